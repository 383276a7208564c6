"""`bistate sweep`, `reproduce` and `tabulate`: many trainings, resumable, and the tables that are made from them."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import typer

from ...groups.text_file import write_text
from ...models.baselines import KINDS
from ...models.transitions.registry import TRANSITIONS
from ..experiments.fair_cells import read_lines
from ..experiments.fair_page import fair_page
from ..experiments.fair_table import CSV, Selection, fair_table, with_steps
from ..experiments.leaderboard import leaderboard_page
from ..experiments.presets import TABLES
from ..experiments.protocols import LABELS, PROTOCOLS, Protocol
from ..experiments.reproduce import MARKDOWN, PAGE
from ..experiments.reproduce import reproduce as make_table
from ..experiments.sweep import SOLVED, TABLE, Cell
from ..experiments.sweep import sweep as run_sweep
from ..task_texts import ACCEPT, REGEX, parse_task
from ..terminal.limits import (
    MOST_CELLS,
    MOST_JOBS,
    MOST_LETTERS,
    MOST_SEED,
    MOST_STEPS,
    MOST_UNITS,
    CommandError,
    check_file,
    check_folder,
    check_memory,
)
from ..terminal.output import (
    AlphabetOption,
    Device,
    DeviceOption,
    JsonOption,
    WordLaw,
    chosen_device,
    command,
    counting,
    parse_lengths,
    show,
    show_json,
    table,
)

TableName = StrEnum("TableName", {name.replace("-", "_").upper(): name for name in TABLES})  # type: ignore[misc]
ProtocolName = StrEnum("ProtocolName", {name.upper(): name for name in PROTOCOLS})  # type: ignore[misc]
Labels = StrEnum("Labels", {name.upper(): name for name in LABELS})  # type: ignore[misc]
BATCH = 64  # words of a step, by default
AGAIN = "Finished trainings are saved: the same command goes on from there."


@command(resume=AGAIN)
def sweep(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the results; a stopped sweep goes on.")],
    task: Annotated[list[str], typer.Option(help="A task; may be given several times.")],
    model: Annotated[list[str], typer.Option(help="A transition family or baseline; may be given several times.")],
    seeds: Annotated[int, typer.Option(max=MOST_CELLS, help="How many seeds.")] = 3,
    first_seed: Annotated[int, typer.Option(min=0, max=MOST_SEED - MOST_CELLS, help="The first of the seeds.")] = 0,
    hidden: Annotated[int, typer.Option(max=MOST_UNITS, help="Hidden size.")] = 64,
    block: Annotated[int | None, typer.Option(max=MOST_UNITS, help="Of block models: block size.")] = None,
    rank: Annotated[int | None, typer.Option(max=MOST_UNITS, help="Of cp models: rank-one terms.")] = None,
    reflections: Annotated[
        int | None, typer.Option(max=MOST_UNITS, help="Of householder models: factors per letter and head.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(max=MOST_STEPS, help="Optimiser steps; by default what suits model and task.")
    ] = None,
    lr: Annotated[
        list[float] | None,
        typer.Option(help="A learning rate; may be given several times. By default what suits the model."),
    ] = None,
    weight_decay: Annotated[float | None, typer.Option(help="Weight decay; by default what suits the model.")] = None,
    decay_transitions: Annotated[
        bool | None,
        typer.Option(
            "--decay-transitions/--no-decay-transitions",
            help="Whether decay shrinks the transitions too; by default what suits the model.",
        ),
    ] = None,
    label_smoothing: Annotated[
        float | None,
        typer.Option(help="Share of every label that is spread over all; by default what suits the model."),
    ] = None,
    lengths: Annotated[str, typer.Option(help="Lengths of training words: 2-10, or one number.")] = "2-10",
    law: Annotated[
        WordLaw, typer.Option("--words", help="How words are drawn, in training and test.")
    ] = WordLaw.UNIFORM,
    every: Annotated[bool, typer.Option("--every/--last", help="Labels at every position, or the last.")] = False,
    test_length: Annotated[int, typer.Option(min=1, max=MOST_LETTERS, help="Length of the words that count.")] = 500,
    alphabet: AlphabetOption = None,
    device: DeviceOption = Device.CPU,
    jobs: Annotated[int, typer.Option(max=MOST_JOBS, help="Processes.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Train every task with every model, rate and seed, each once, and write one table of results."""
    for name in model:
        if name not in (*TRANSITIONS, *KINDS):
            raise CommandError(f"--model {name!r} is not known; choose from {', '.join((*TRANSITIONS, *KINDS))}")
    _check_counts(seeds, 1, jobs)
    regular = [t for t in task if t.lstrip().removeprefix(ACCEPT).startswith(REGEX)]
    if alphabet is not None and not regular:
        raise CommandError(f"--alphabet {alphabet!r} is about tasks regex:…, and none is given")
    given = {
        "steps": steps,
        "weight_decay": weight_decay,
        "decay_transitions": decay_transitions,
        "label_smoothing": label_smoothing,
    }
    sizes = {"block": ("block", block), "cp": ("rank", rank), "householder": ("reflections", reflections)}
    for kind, (option, value) in sizes.items():
        if value is not None and kind not in model:
            raise CommandError(f"--{option} {value} goes with --model {kind}, which is not among {', '.join(model)}")
    training = {name: value for name, value in given.items() if value is not None}
    rates: list[float | None] = [*lr] if lr else [None]
    check_folder(output)
    place = chosen_device(device)
    if (count := len(task) * len(model) * len(rates) * seeds) > MOST_CELLS:
        raise CommandError(f"--seeds {seeds} makes {count} trainings; up to {MOST_CELLS} are accepted")
    span = parse_lengths(lengths)
    for t, m in product(task, model):
        options = {"alphabet": alphabet} if alphabet is not None and t in regular else {}
        A = parse_task(t, **options)
        asked = {name: value for name, value in sizes.values() if value is not None}
        check_memory(m, len(A.letters), len(A.labels), span[1], hidden, BATCH, 1, asked)
    cells = [
        Cell(
            task=t,
            model=m,
            hidden=hidden,
            seed=s,
            lengths=span,
            test_length=test_length,
            options={name: value for name, value in [sizes.get(m, ("", None))] if value is not None},
            training=training if r is None else {**training, "lr": r},
            every=every,
            law=law.value,
            task_options={"alphabet": alphabet} if alphabet is not None and t in regular else {},
            device=place,
        )
        for t in task
        for m in model
        for r in rates
        for s in range(first_seed, first_seed + seeds)
    ]
    results = []
    with counting("trainings", len(cells)) as tell:
        for result in run_sweep(cells, output, jobs):
            results.append(result)
            tell(len(results), len(cells), f"{result['cell']['model']} on {result['cell']['task']}")
    facts = _facts(results, str(output / TABLE))
    if as_json:
        show_json(facts)
        return
    rows = [[f["task"], f["model"], str(f["seeds"]), str(f["solved"]), _number(f["best"])] for f in facts["groups"]]
    show(table(("task", "model", "trainings", f"at least {SOLVED}", "best, normalised"), rows))
    show(f"table  {facts['table']}")


def _check_counts(seeds: int | None, least: int, jobs: int) -> None:
    """Refuse too few seeds, and no process at all; joblib takes −1 for as many as there are processors."""
    if seeds is not None and seeds < least:
        raise CommandError(f"--seeds {seeds} has to be at least {least}")
    if jobs == 0:
        raise CommandError("--jobs 0 is no number of processes; give 1 or more, or -1 for all processors")


def _facts(results: list[dict[str, Any]], path: str) -> dict[str, Any]:
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for result in results:
        groups.setdefault((result["cell"]["task"], result["cell"]["model"]), []).append(result)
    found = []
    for (task, model), members in sorted(groups.items()):
        figures = [r["normalised"] for r in members if r.get("normalised") is not None]
        found.append(
            {
                "task": task,
                "model": model,
                "seeds": len(members),
                "solved": sum(x >= SOLVED for x in figures),
                "best": max(figures, default=None),
            }
        )
    return {"trainings": len(results), "groups": found, "table": path}


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


@command(resume=AGAIN)
def reproduce(
    name: Annotated[TableName, typer.Argument(help="The table.", show_default=False)],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder; by default reproduce/NAME, or PROTOCOL/NAME.")
    ] = None,
    protocol: Annotated[
        ProtocolName | None,
        typer.Option(
            help="What is the same for all rows: fair, paper or best. Without one: each row with the settings that "
            "were chosen for it, beside the published figures.",
            show_default=False,
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(
            max=MOST_CELLS, help="Seeds for each cell; by default 3, or 5 with a protocol.", show_default=False
        ),
    ] = None,
    first_seed: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=MOST_SEED - MOST_CELLS,
            help="The first of the seeds; by default 0, or 100 with a protocol.",
            show_default=False,
        ),
    ] = None,
    size: Annotated[list[int] | None, typer.Option(help="Only this column; may be given several times.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="Only the rows of this model; several times.")] = None,
    hidden: Annotated[list[int] | None, typer.Option(help="With a protocol: only this width; several times.")] = None,
    rate: Annotated[
        list[float] | None,
        typer.Option("--lr", "--rate", help="With a protocol: only this learning rate of its search; several times."),
    ] = None,
    labels: Annotated[
        list[Labels] | None,
        typer.Option(help="With a protocol: only labels at the last position, or at every one, of its search."),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(min=1, max=MOST_STEPS, help="With a protocol: other steps than it has, to try something out."),
    ] = None,
    device: DeviceOption = Device.CPU,
    jobs: Annotated[int, typer.Option(max=MOST_JOBS, help="Processes.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Train the cells of one of the paper's tables: as published figures are compared, or by a fair protocol."""
    _check_counts(seeds, 1 if protocol is None else 0, jobs)
    folder = output or Path("reproduce" if protocol is None else protocol.value) / name.value
    check_folder(folder)
    on = chosen_device(device)
    if protocol is not None:
        _by_protocol(
            name.value,
            on,
            PROTOCOLS[protocol.value] if steps is None else with_steps(PROTOCOLS[protocol.value], steps),
            folder,
            first_seed,
            seeds,
            Selection(
                tuple(size or ()),
                tuple(model or ()),
                tuple(hidden or ()),
                tuple(rate or ()),
                tuple(place.value for place in labels or ()),
            ),
            jobs,
            as_json,
        )
        return
    for option, value in (("--hidden", hidden), ("--lr", rate), ("--labels", labels), ("--steps", steps)):
        if value:
            shown = value if isinstance(value, int) else " ".join(map(str, value))
            raise CommandError(f"{option} {shown} goes with --protocol; without one every row has settings of its own")
    with counting("trainings") as tell:
        found = make_table(
            name.value,
            folder,
            seeds or 3,
            tuple(size or ()),
            tuple(model or ()),
            jobs,
            _telling(tell, "cell", "model"),
            first_seed or 0,
            on,
        )
    if as_json:
        show_json(found)
        return
    show((folder / MARKDOWN).read_text(encoding="utf-8"))
    show(f"files  {folder / MARKDOWN}, {folder / PAGE}, {folder / TABLE}")


def _telling(
    tell: Callable[[int, int, str], None], part: str, model: str
) -> Callable[[int, int, dict[str, Any]], None]:
    """What tells of every training that has ended."""
    return lambda done, total, result: tell(done, total, f"{result[part][model]} on {result[part]['task']}")


def _by_protocol(
    name: str,
    device: str,
    protocol: Protocol,
    folder: Path,
    first_seed: int | None,
    seeds: int | None,
    selection: Selection,
    jobs: int,
    as_json: bool,
) -> None:
    with counting("trainings") as tell:
        told = _telling(tell, "run", "row")
        lines = fair_table(name, protocol, folder, first_seed, seeds, selection, jobs, told, device)
    if as_json:
        show_json(lines)
        return
    show(fair_page(lines))
    show(f"runs   {folder / CSV}")
    show(f"next   bistate tabulate {folder / CSV} -o table.md")


@command()
def tabulate(
    runs: Annotated[list[Path], typer.Argument(help="CSV files of `bistate reproduce --protocol`, of one protocol.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Markdown file; by default it is shown.")
    ] = None,
    leaderboard: Annotated[
        bool, typer.Option("--leaderboard", help="State tracking by worst case, families by tasks, in place of tables.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a page of tables from the CSV of trainings; nothing is trained."""
    if output is not None:
        check_file(output)
    lines = read_lines(runs)
    text = leaderboard_page(lines) if leaderboard else fair_page(lines)
    if output is not None:
        write_text(output, text)
    if as_json:
        show_json({"runs": lines, "page": text, "file": None if output is None else str(output)})
    else:
        show(text if output is None else f"saved  {output}")
