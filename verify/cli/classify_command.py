"""`bistate classify A5`: which transition families can do a task, how small, and why not smaller."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ...theory.ladder.classification import classify as classify_task
from ...theory.ladder.ladder_row import ANY, shown_robustness
from ..reports.ladder_facts import PROVED_SIZE, ladder_facts, robust_facts
from ..task_texts import large_group, parse_task
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
    table,
    task_options,
    working,
)


@command()
def classify(
    task: Task,
    prove: Annotated[
        bool | None,
        typer.Option(
            "--prove/--no-prove",
            help=f"Build and prove weights for every rung; by default up to {PROVED_SIZE} states × letters.",
            show_default=False,
        ),
    ] = None,
    why: Annotated[
        bool, typer.Option("--why", help="Print why nothing smaller does it, and the irreps looked at.")
    ] = False,
    letters: LettersOption = Letters.ALL,
    track: TrackOption = Track.ELEMENT,
    side: SideOption = Side.LEFT,
    alphabet: AlphabetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show which transition families can do a task, how small, and on what proof."""
    by_characters = (letters, track, side, alphabet) == (Letters.ALL, Track.ELEMENT, Side.LEFT, None) and not prove
    with working(f"classifying {task}"):
        group = large_group(task) if by_characters else None
        if group is not None:
            ladder = classify_task(group)
            rows = ladder_facts(None, ladder, False)
        else:
            automaton = parse_task(task, **task_options(letters, track, side, alphabet))
            built = len(automaton.states) * len(automaton.letters) <= PROVED_SIZE if prove is None else prove
            ladder = classify_task(automaton)
            rows = ladder_facts(automaton, ladder, built)
    if as_json:
        show_json({"task": task, "about": ladder.task, "rows": rows, "robust": robust_facts(ladder.robust)})
        return
    show(f"{task}: {ladder.task}\n")
    for line in _lines(rows):
        show(line)
    show(shown_robustness(ladder.robust))
    if why:
        for row in rows:
            show(f"\n{row['rung']}: {row['shown']} {row['unit'] * row['possible']}".rstrip())
            show(f"  {'not smaller' if row['possible'] else 'why'}: {row['why_not_smaller']}")
            if row["possible"]:
                show(f"  reached by: {row['construction']}")
        _show_irreps(rows)
    else:
        show("bistate classify --why prints the proofs; bistate build writes the weights of a rung to a file.")


def _lines(rows: list[dict[str, Any]]) -> list[str]:
    """The table as lines of text, and a note for every scope that is not "any weights"."""
    notes = list(dict.fromkeys(row["scope"] for row in rows if row["scope"] != ANY))
    marks = {scope: "*" * (k + 1) for k, scope in enumerate(notes)}
    cells = [("rung", "least", "counted in", "", "weights")]
    for row in rows:
        label = row["label"] + marks.get(row["scope"], "")
        unit = row["unit"] if row["possible"] else ""
        cells.append((row["rung"], row["shown"], unit, label, _built(row)))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    return [*lines, "", *(f"{mark} for {scope}; elsewhere a conjecture" for scope, mark in marks.items())]


def _built(row: dict[str, Any]) -> str:
    if row["proved"]:
        return f"proved, hidden {row['hidden']}"
    return "not built" if row["possible"] and row["upper"] is not None else ""


def _show_irreps(rows: list[dict[str, Any]]) -> None:
    irreps: list[dict[str, Any]] = next((row["irreps"] for row in rows if row["irreps"]), [])
    if not irreps:
        return
    kinds = {1: "real", 0: "complex", -1: "quaternionic"}
    cells = [(v["label"], str(v["degree"]), kinds[v["type"]], str(v["fixed"]), str(v["rank"])) for v in irreps]
    title = "real irreps that tell states apart"
    head = ("irrep", "degree", "type", "fixed by the start's stabiliser", "largest rank of a letter")
    show("")
    show(table(head, cells, title))
