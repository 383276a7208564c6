"""`bistate build S3 --rung block -o s3.json`: exact weights, proved and saved."""

from __future__ import annotations

from enum import StrEnum
from math import inf
from pathlib import Path
from typing import Annotated, Any

import typer

from ...theory.constructions.choose import realize
from ...theory.errors import RungError
from ...theory.stacks.stacked_weights import StackedWeights
from ...theory.verdict import Verdict
from ...theory.weights.margin import PRECISIONS, decision_margin, numerical_horizon
from ...theory.weights.weights import BilinearWeights
from ..task_texts import parse_task
from ..terminal.endings import NO, complain
from ..terminal.limits import MOST_FACTORS, CommandError, check_file
from ..terminal.output import (
    AlphabetOption,
    JsonOption,
    Letters,
    LettersOption,
    Side,
    SideOption,
    Task,
    Track,
    TrackOption,
    command,
    show,
    show_json,
    task_options,
    working,
)


class Family(StrEnum):
    """The rungs, and stacks of layers."""

    POSITIVE = "positive"
    DIAGONAL = "diagonal"
    ROTATION = "rotation"
    BLOCK = "block"
    HOUSEHOLDER = "householder"
    HOUSEHOLDER_PER_HEAD = "householder_per_head"
    MONOMIAL = "monomial"
    CP = "cp"
    FULL = "full"
    STACK = "stack"


class Layers(StrEnum):
    """The families that the layers of a stack may have."""

    ROTATION = "rotation"
    DIAGONAL = "diagonal"
    BLOCK = "block"


MARGIN_SIZE = 20_000  # states × letters up to which the margin is computed


@command()
def build(
    task: Task,
    rung: Annotated[
        Family, typer.Option(help="Transition family of the weights, or a stack of layers.")
    ] = Family.BLOCK,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write the weights to (JSON).")] = None,
    layers: Annotated[Layers | None, typer.Option(help="With --rung stack: the family of its layers.")] = None,
    block_size: Annotated[
        int | None,
        typer.Option(min=1, max=MOST_FACTORS, help="With --rung block or --layers block: refuse larger blocks."),
    ] = None,
    reflections: Annotated[
        int | None,
        typer.Option(
            min=1, max=MOST_FACTORS, help="With --rung householder or householder_per_head: refuse more per letter."
        ),
    ] = None,
    rank: Annotated[
        int | None, typer.Option(min=1, max=MOST_FACTORS, help="With --rung cp: the number of rank-one terms.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it exists.")] = False,
    letters: LettersOption = Letters.ALL,
    track: TrackOption = Track.ELEMENT,
    side: SideOption = Side.LEFT,
    alphabet: AlphabetOption = None,
    as_json: JsonOption = False,
) -> int:
    """Build exact weights for a task, prove them right for words of every length, and save them.

    Exit code 1: the rung cannot do the task; the message says why.
    """
    if output is not None:
        check_output(output, force)
    _check_options(rung, layers, block_size, reflections, rank)
    automaton = parse_task(task, **task_options(letters, track, side, alphabet))
    try:
        with working(f"building {rung.value} weights for {task}"):
            if rung is Family.STACK:
                weights: BilinearWeights | StackedWeights = realize(
                    automaton, "stack", layers=layers or Layers.ROTATION, block_size=block_size
                )
            else:
                weights = realize(automaton, rung.value, block_size=block_size, reflections=reflections, rank=rank)
            verdict = weights.prove(automaton)
    except RungError as error:
        if as_json:
            show_json({"task": task, "rung": rung.value, "possible": False, "reason": str(error)})
        complain(str(error))
        return NO
    if output is not None:
        weights.save(output)
    if isinstance(weights, StackedWeights):
        facts = stack_facts(task, weights, verdict, output)
    else:
        facts = build_facts(task, weights, verdict, output)
    if as_json:
        show_json(facts)
    elif isinstance(weights, StackedWeights):
        _show_stack(facts)
    else:
        _show(facts)
    return 0


def _check_options(
    rung: Family, layers: Layers | None, block_size: int | None, reflections: int | None, rank: int | None
) -> None:
    """Refuse an option that does not go with the rung, in the words of the command line."""
    heads = (Family.HOUSEHOLDER, Family.HOUSEHOLDER_PER_HEAD)
    options = (
        ("layers", layers, (Family.STACK,)),
        ("block-size", block_size, (Family.BLOCK, *((Family.STACK,) if layers is Layers.BLOCK else ()))),
        ("reflections", reflections, heads),
        ("rank", rank, (Family.CP,)),
    )
    for name, value, rungs in options:
        if value is not None and rung not in rungs:
            wanted = " or ".join(f"--rung {r.value}" for r in rungs)
            raise CommandError(f"--{name} {value} goes with {wanted}, not --rung {rung.value}")


def check_output(output: Path, force: bool) -> None:
    """Refuse a file that exists, unless forced, or whose folder is missing.

    Raises:
        CommandError: naming the path.
    """
    check_file(output)
    if output.exists() and not force:
        raise CommandError(f"{str(output)!r} exists; give another name, or --force to overwrite it")


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
        "reflections": getattr(weights.factors, "count", None),
        "rank": getattr(weights.factors, "rank", None),
        "proved": verdict.proved,
        "verdict": verdict.reason,
        "directions": verdict.certificate.directions,
        **_margin(weights),
        "file": None if output is None else str(output),
    }


def stack_facts(task: str, stack: StackedWeights, verdict: Verdict, output: Path | None) -> dict[str, Any]:
    """What the command says about a stack, as JSON values."""
    assert verdict.certificate is not None
    return {
        "task": task,
        "rung": "stack",
        "possible": True,
        "letters": len(stack.letters),
        "states": len(stack.states),
        "depth": stack.depth,
        "hidden": stack.hidden_size,
        "layers": [
            {"rung": str(layer.rung), "hidden": layer.hidden_size, "decisions": len(layer.states), "note": layer.note}
            for layer in stack.layers
        ],
        "note": stack.note,
        "proved": verdict.proved,
        "verdict": verdict.reason,
        "directions": verdict.certificate.directions,
        "file": None if output is None else str(output),
    }


def _show_stack(facts: dict[str, Any]) -> None:
    show(f"task     {facts['task']}: {facts['states']} states, {facts['letters']} letters")
    show(f"weights  a stack, hidden size {facts['hidden']} ({facts['note']})")
    for k, layer in enumerate(facts["layers"], 1):
        show(f"layer {k}  {layer['rung']}, hidden size {layer['hidden']}, decides on {layer['decisions']} states")
    show(f"proof    {facts['verdict']}")
    show(f"file     {facts['file']}" if facts["file"] else "file     none; give -o FILE to save the weights")


def _margin(weights: BilinearWeights) -> dict[str, Any]:
    """The decision margin and the lengths that floats are sure to last; null where there is none, or no end to it."""
    found: dict[str, Any] = {"margin": None, "margin_squared": None, "horizons": {}}
    if len(weights.states) * len(weights.letters) > MARGIN_SIZE:
        return found
    margin = decision_margin(weights)
    if margin is not None:
        found |= {"margin": margin.value, "margin_squared": str(margin.squared)}
    if weights.form is not None:
        lengths = {dtype: numerical_horizon(weights, dtype) for dtype in PRECISIONS}
        found["horizons"] = {dtype: None if length == inf else int(length) for dtype, length in lengths.items()}
    return found


def _show(facts: dict[str, Any]) -> None:
    blocks = " + ".join(map(str, facts["blocks"]))
    show(f"task     {facts['task']}: {facts['states']} states, {facts['letters']} letters")
    show(
        f"weights  {facts['rung']}, hidden size {facts['hidden']} = {blocks}"
        + f" ({facts['note']})" * bool(facts["note"])
    )
    if facts["reflections"] is not None:
        show(
            f"factors  at most {facts['reflections']} reflections per letter" + " and head" * (len(facts["blocks"]) > 1)
        )
    if facts["rank"] is not None:
        show(f"factors  {facts['rank']} rank-one terms")
    show(f"proof    {facts['verdict']}")
    if facts["margin"] is not None:
        exact = f", squared {facts['margin_squared']}" if len(facts["margin_squared"]) < 40 else ""
        show(f"margin   {facts['margin']:.4g} of a unit hidden state{exact}")
    if facts["horizons"]:
        lengths = (f"{dtype} {'for ever' if n is None else max(n, 0)}" for dtype, n in facts["horizons"].items())
        show(f"floats   surely right up to length: {', '.join(lengths)}")
    show(f"file     {facts['file']}" if facts["file"] else "file     none; give -o FILE to save the weights")
