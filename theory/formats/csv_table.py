"""Automata as tables of comma-separated values: a row for each state, a column for each letter.

    state,a,b,start,accepting
    0,1,0,1,0
    1,0,1,,1

The columns `start`, `accepting` and `output` may follow; a mark is 1, true, yes or x, none is 0, false, no or nothing.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from ..errors import AutomatonError
from ..files.json_file import reason, shown
from ..machine import Machine
from .described import (
    Described,
    Edges,
    Place,
    check_entries,
    completed,
    labels_of,
    output_texts,
    read_text,
    repeated,
    texts_of,
)

FIRST, COLUMNS = "state", ("start", "accepting", "output")
_MARKS = dict.fromkeys(("1", "true", "yes", "x"), True) | dict.fromkeys(("0", "false", "no", ""), False)


def read_csv(path: str | Path, complete: str | None = None) -> Described:
    """The automaton of a table; without a column `start` it starts in the first row.

    Raises:
        AutomatonError: for a table that is none, with its line, or cells that are empty, unless `complete` says what to
            do.
    """
    place = Place(path)
    head, rows = _rows(read_text(path), place)
    place.line = 1
    letters = [name for name in head[1:] if name not in COLUMNS]
    if head[0] != FIRST or not letters or head[1 : 1 + len(letters)] != letters:
        place.refuse(f"the first line is 'state', the letters, then any of {', '.join(COLUMNS)}; here is {shown(head)}")
    if len(set(head)) < len(head):
        place.refuse(f"a column stands twice: {shown(head)}")
    check_entries(len(rows), len(letters), place)
    texts = [row[0] for _, row in rows]
    state = dict(zip(texts, labels_of(texts), strict=True))
    k = repeated(texts)
    if k is not None:
        place.refuse(f"a second row for the state {texts[k]!r}", rows[k][0])
    label = dict(zip(letters, labels_of(letters), strict=True))
    edges = Edges(place)
    for place.line, row in rows:
        for letter, there in zip(letters, row[1:], strict=False):
            if there and there not in state:
                place.refuse(f"{letter!r} leads from {row[0]!r} to {there!r}, which has no row")
            if there:
                edges.add(state[row[0]], label[letter], state[there])
    column = {name: [row[head.index(name)] for _, row in rows] for name in COLUMNS if name in head}
    marks = {name: _marks(column[name], name, rows, place) for name in ("start", "accepting") if name in column}
    starts = [q for q, mark in zip(state.values(), marks.get("start", [True]), strict=False) if mark]
    if len(starts) != 1:
        place.refuse(f"{len(starts)} states are marked as the start; mark one", 0)
    found = Described(
        states=list(state.values()),
        letters=list(label.values()),
        table=edges.table(list(state.values()), list(label.values())),
        start=starts[0],
        accepting=None
        if "accepting" not in marks
        else [q for q, mark in zip(state.values(), marks["accepting"], strict=True) if mark],
        outputs=labels_of(column["output"]) if "output" in column else None,
    )
    return completed(found, complete, place.name)


def _rows(text: str, place: Place) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The first row, and the others with their lines; all of them of one length, empty ones left out."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            place.line = reader.line_num
            if row:
                rows.append((place.line, row))
    except csv.Error as error:
        place.refuse(f"no comma-separated values: {reason(error)}", reader.line_num)
    if len(rows) < 2:
        place.refuse("a first line of columns and a row for each state are needed")
    head = rows[0][1]
    for line, row in rows[1:]:
        if len(row) != len(head):
            place.refuse(f"{len(row)} values, and the first line has {len(head)}", line)
    return head, rows[1:]


def _marks(values: list[str], name: str, rows: list[tuple[int, list[str]]], place: Place) -> list[bool]:
    for value, (line, _) in zip(values, rows, strict=True):
        if value.strip().lower() not in _MARKS:
            place.refuse(f"{name!r} is 1 or 0, and here is {shown(value)}", line)
    return [_MARKS[value.strip().lower()] for value in values]


def to_csv(automaton: Machine) -> str:
    """The table of an automaton; labels become their texts.

    Raises:
        AutomatonError: if two labels have the same text, or a letter is called like a column.
    """
    states, letters = texts_of(automaton.states, "state"), texts_of(automaton.letters, "letter")
    for letter in letters:
        if letter in (FIRST, *COLUMNS):
            raise AutomatonError(f"the letter {letter!r} is called like a column of a .csv table; .json takes it")
    if "" in states:
        raise AutomatonError("a state '' would be an empty cell of a .csv table; .json takes it")
    accepting, outputs = automaton.accepting, output_texts(automaton)
    columns = ["start", *(["accepting"] if accepting is not None else []), *(["output"] if outputs is not None else [])]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([FIRST, *letters, *columns])
    for k, (state, row) in enumerate(zip(automaton.states, automaton.table.tolist(), strict=True)):
        end = [str(int(state == automaton.start))]
        end += [] if accepting is None else [str(int(state in accepting))]
        end += [] if outputs is None else [outputs[k]]
        writer.writerow([states[k], *(states[there] for there in row), *end])
    return text.getvalue()
