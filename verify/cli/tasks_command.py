"""`bistate tasks`: the published benchmark tasks by their names, and all about one of them."""

from __future__ import annotations

import math
from typing import Annotated, Any

import typer

from ...theory.benchmarks.entry import Benchmark
from ...theory.benchmarks.registry import BENCHMARKS, benchmark
from ...theory.ladder.classification import classify
from ...theory.ladder.ladder_row import LadderRow
from ..terminal.output import JsonOption, command, show, show_json, working

SHOWN = 12  # ids that are printed


@command()
def tasks(
    name: Annotated[
        str | None,
        typer.Argument(
            help="A task of the list, such as chomsky/even-pairs: what it is, its traps and its ladder. Also "
            "NAME+bos and NAME+query, with the source's token before or after the word, and paper/modular-addition-7.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the published benchmark tasks, or show one; every name is a task of the other commands."""
    if name is not None:
        _one(benchmark(name.strip()), as_json)
        return
    listed = [facts_of(task) for task in BENCHMARKS.values()]
    if as_json:
        show_json(listed)
        return
    for line in _lines(listed):
        show(line)
    show("bistate tasks NAME shows one: labels, source, traps, ladder. All are tasks of classify, build, train, sweep.")


def facts_of(task: Benchmark) -> dict[str, Any]:
    """A task as JSON values, without its ladder."""
    A = task.automaton
    return {
        "name": task.name,
        "label": task.label,
        "letters": list(A.letters),
        "states": len(A.states),
        "labels": list(A.labels),
        "train_lengths": list(task.train_lengths),
        "test_lengths": list(task.test_lengths),
        "labelled": task.position,
        "words": task.words,
        "side": task.side,
        "bos": task.bos,
        "query": task.query,
        "source": task.source,
        "traps": list(task.traps),
    }


def _one(task: Benchmark, as_json: bool) -> None:
    facts = facts_of(task)
    with working(f"classifying {task.name}"):
        rows = classify(task.automaton).rows
    sizes = {row.rung: _sizes(row) for row in rows}
    if as_json:
        show_json({**facts, "ladder": sizes})
        return
    side = {"right": ", each letter on the right: g to g*x", "left": ", each letter on the left: g to x*g", None: ""}
    low, high = facts["train_lengths"]
    shortest, longest = facts["test_lengths"]
    lines = [
        ("task", f"{task.name}: {facts['label']}"),
        ("letters", f"{_ids(facts['letters'])}{side[facts['side']]}"),
        ("labels", f"{_ids(facts['labels'])}; {facts['states']} states"),
        ("lengths", f"{low} to {high} in training, {shortest} to {longest} in test"),
        (
            "labelled",
            {"every": "at every position", "last": "at the last letter"}.get(task.position, "at a query token"),
        ),
        ("words", "those that the automaton accepts" if task.words == "accepted" else "all, uniformly"),
        *([("also", f"{task.name}+bos, with the token {task.bos} before every word")] if task.bos is not None else []),
        *([("also", f"{task.name}+query, with the token {task.query} at its end")] if task.query is not None else []),
        ("source", task.source),
        *(("mind", trap) for trap in task.traps),
        ("ladder", ", ".join(f"{rung} {_interval(**size)}" for rung, size in sizes.items())),
    ]
    for what, text in lines:
        show(f"{what:<9} {text}")


def _lines(listed: list[dict[str, Any]]) -> list[str]:
    """The list as aligned lines, the tasks of a source below a line for it."""
    cells: list[tuple[str, ...]] = [("task", "letters", "states", "labels", "train", "test", "labelled", "words")]
    cells += [_row(facts) for facts in listed]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    found, above = lines[:1], None
    for facts, line in zip(listed, lines[1:], strict=True):
        if facts["source"] != above:
            above = facts["source"]
            found += ["", above]
        found.append(line)
    return [*found, ""]


def _row(facts: dict[str, Any]) -> tuple[str, ...]:
    low, high = facts["train_lengths"]
    shortest, longest = facts["test_lengths"]
    counts = (len(facts["letters"]), facts["states"], len([y for y in facts["labels"] if y is not None]))
    spans = (f"{low}-{high}", f"{shortest}-{longest}")
    return (facts["name"], *map(str, counts), *spans, facts["labelled"], facts["words"])


def _ids(ids: list[Any]) -> str:
    """Ids in a line; None, which is not asked about, is left out."""
    known = [str(x) for x in ids if x is not None]
    shown = known if len(known) <= SHOWN else [*known[:3], "…", known[-1]]
    return f"{len(known)}: {', '.join(shown)}"


def _sizes(row: LadderRow) -> dict[str, Any]:
    """Least and known size of a rung as JSON values; None for what is not known."""
    possible = not math.isinf(row.lower.size)
    lower = int(row.lower.size) if possible else None
    return {"possible": possible, "lower": lower, "upper": None if math.isinf(row.upper.size) else int(row.upper.size)}


def _interval(possible: bool, lower: int | None, upper: int | None) -> str:
    if not possible:
        return "impossible"
    if upper is None:
        return f"≥ {lower}"
    return str(lower) if lower == upper else f"{lower} to {upper}"
