"""`bistate verify runs/c5`: what a trained model learned, its exact repair, and the proof."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ...models.files.own_module import MODEL_CONFIG
from ...models.files.storage import load_network
from ...models.training.run_directory import CHECKPOINT
from ...theory.automata.automaton import Automaton
from ..networks.float_network import require_linear
from ..networks.threads import one_thread
from ..reports.findings import LENGTHS, WORDS, Findings, gather
from ..reports.report_folder import check_place, write_report
from ..reports.report_html import facts_of
from ..task_texts import parse_task
from ..terminal.endings import NO
from ..terminal.limits import MOST_LETTERS, MOST_STEPS, CommandError, check_folder, check_words
from ..terminal.output import (
    AlphabetOption,
    Device,
    DeviceOption,
    JsonOption,
    Letters,
    LettersOption,
    OutputsOption,
    PrefixOption,
    Side,
    SideOption,
    Track,
    TrackOption,
    chosen_device,
    command,
    numbers_of,
    show,
    show_json,
    task_options,
    working,
)
from .train_command import task_of_run


@command()
def verify(
    run: Annotated[Path, typer.Argument(help="Folder of a run of `bistate train`, or of a saved model.")],
    task: Annotated[str | None, typer.Option(help="The task, if the folder does not say; as for train.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Folder for the report (HTML, plots).")] = None,
    words: Annotated[int, typer.Option(min=1, max=MOST_STEPS, help="Random words per length.")] = WORDS,
    longest: Annotated[int, typer.Option(min=1, max=MOST_LETTERS, help="Longest word.")] = LENGTHS[-1],
    prefix: PrefixOption = "",
    outputs: OutputsOption = "",
    letters: LettersOption = Letters.ALL,
    track: TrackOption = Track.ELEMENT,
    side: SideOption = Side.LEFT,
    alphabet: AlphabetOption = None,
    device: DeviceOption = Device.CPU,
    as_json: JsonOption = False,
) -> int:
    """Compare a trained model with exact representations, repair it to exact weights, and prove these.

    Exit code 1: no exact repair was found; the report says what was learned instead.
    """
    check_words(words, longest)
    on = chosen_device(device)
    check_run(run)
    if output is not None:
        check_folder(output)
        check_place(output)
    options = task_options(letters, track, side, alphabet)
    reading: dict[str, Any] = {
        "prefix": numbers_of(prefix, "--prefix"),
        "outputs": numbers_of(outputs, "--outputs") or None,
    }
    title, automaton, trained = _task(run, task, options)
    model = require_linear(load_network(run))
    with working("comparing, repairing, proving, measuring accuracy"), one_thread():
        lengths = [n for n in LENGTHS if n < longest] + [longest]
        asked: dict[str, Any] = {"lengths": lengths, "words": words, "device": on}
        findings = gather(model, automaton, title=title, trained=trained, **asked, **reading)
    path = None if output is None else write_report(findings, output)
    if as_json:
        show_json(findings.to_json() | {"run": str(run), "report": None if path is None else str(path)})
    else:
        _show(findings, path)
    return 0 if findings.proved else NO


def check_run(run: Path) -> None:
    """Refuse a folder without a trained model.

    Raises:
        CommandError: saying what the folder lacks.
    """
    if not run.is_dir():
        raise CommandError(f"there is no folder {str(run)!r}; give the folder of a run of `bistate train`")
    if not (run / MODEL_CONFIG).exists():
        unfinished = (run / CHECKPOINT).exists()
        hint = "its training has not ended: give the same `bistate train` command again" if unfinished else "no run"
        raise CommandError(f"{str(run)!r} holds no {MODEL_CONFIG}: {hint}")


def task_and_automaton(run: Path, task: str | None, options: dict[str, str]) -> tuple[str, Automaton]:
    """Text and automaton of the task asked for, else of the one noted in the folder."""
    title, automaton, _ = _task(run, task, options)
    return title, automaton


def _task(run: Path, task: str | None, options: dict[str, str]) -> tuple[str, Automaton, tuple[int, int] | None]:
    """The task asked for, else the one noted in the folder; training lengths as far as they are noted."""
    if task is not None:
        return task, parse_task(task, **options), None
    noted = task_of_run(run)
    if noted is None:
        raise CommandError(
            f"{str(run)!r} does not say which task it was trained on; give --task, for example --task S3"
        )
    return noted


def _show(findings: Findings, path: Path | None) -> None:
    for name, value in facts_of(findings):
        show(f"{name:<48}  {value}")
    if findings.proved and findings.verdict is not None:
        show(f"\nrepaired to exact weights, proved {findings.verdict.reason}")
    else:
        show(f"\nno exact repair: {findings.snap_refusal}")
    show(f"report: {path}" if path else "give -o FOLDER for a report with plots")
