"""`bistate build S3 --rung block -o s3.json`: exact weights, proved and saved."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from ..theory.errors import RungError
from ..theory.realize import realize
from ..theory.verdict import Verdict
from ..theory.weights import BilinearWeights
from .cli_output import (
    NO,
    CommandError,
    JsonOption,
    Letters,
    LettersOption,
    Side,
    SideOption,
    Task,
    Track,
    TrackOption,
    command,
    complain,
    show,
    show_json,
    working,
)
from .parse_task import parse_task


class BuildRung(StrEnum):
    """The rungs for which exact weights can be built."""

    POSITIVE = "positive"
    DIAGONAL = "diagonal"
    ROTATION = "rotation"
    BLOCK = "block"
    FULL = "full"


@command()
def build(
    task: Task,
    rung: Annotated[BuildRung, typer.Option(help="Transition family of the weights.")] = BuildRung.BLOCK,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write the weights to (JSON).")] = None,
    block_size: Annotated[int | None, typer.Option(help="With --rung block: refuse larger blocks.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it exists.")] = False,
    letters: LettersOption = Letters.ALL,
    track: TrackOption = Track.ELEMENT,
    side: SideOption = Side.LEFT,
    as_json: JsonOption = False,
) -> int:
    """Build exact weights for a task, prove them right for words of every length, and save them.

    Exit code 1: the rung cannot do the task; the message says why.
    """
    if output is not None:
        check_output(output, force)
    if block_size is not None and rung is not BuildRung.BLOCK:
        raise CommandError(f"--block-size {block_size} goes with --rung block, not --rung {rung.value}")
    automaton = parse_task(task, letters=letters.value, track=track.value, side=side.value)
    try:
        with working(f"building {rung.value} weights for {task}"):
            weights = realize(automaton, rung=rung.value, block_size=block_size)
            verdict = weights.prove(automaton)
    except RungError as error:
        if as_json:
            show_json({"task": task, "rung": rung.value, "possible": False, "reason": str(error)})
        complain(str(error))
        return NO
    if output is not None:
        weights.save(output)
    facts = build_facts(task, weights, verdict, output)
    if as_json:
        show_json(facts)
    else:
        _show(facts)
    return 0


def check_output(output: Path, force: bool) -> None:
    """Refuse a file that exists, unless forced, or whose folder is missing.

    Raises:
        CommandError: naming the path.
    """
    if output.is_dir():
        raise CommandError(f"{str(output)!r} is a folder; give a file name")
    if output.exists() and not force:
        raise CommandError(f"{str(output)!r} exists; give another name, or --force to overwrite it")
    if not output.parent.is_dir():
        raise CommandError(f"the folder {str(output.parent)!r} of {str(output)!r} does not exist; make it first")


def build_facts(task: str, weights: BilinearWeights, verdict: Verdict, output: Path | None) -> dict[str, Any]:
    """What the command says about weights, as JSON values."""
    assert verdict.certificate is not None
    return {
        "task": task,
        "rung": str(weights.rung),
        "possible": True,
        "letters": len(weights.letters),
        "states": len(weights.states),
        "hidden": weights.hidden_size,
        "blocks": list(weights.blocks),
        "note": weights.note,
        "proved": verdict.proved,
        "verdict": verdict.reason,
        "directions": verdict.certificate.directions,
        "file": None if output is None else str(output),
    }


def _show(facts: dict[str, Any]) -> None:
    blocks = " + ".join(map(str, facts["blocks"]))
    show(f"task     {facts['task']}: {facts['states']} states, {facts['letters']} letters")
    show(
        f"weights  {facts['rung']}, hidden size {facts['hidden']} = {blocks}"
        + f" ({facts['note']})" * bool(facts["note"])
    )
    show(f"proof    {facts['verdict']}")
    show(f"file     {facts['file']}" if facts["file"] else "file     none; give -o FILE to save the weights")
