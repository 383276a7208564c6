"""Automata in Aldebaran's AUT format: `des (0, 4, 2)`, then an edge a line, `(0, "a", 1)`.

The format has numbers for states and neither accepting states nor outputs. CADP's manual page `aut`,
https://cadp.inria.fr/man/aut.html
"""

from __future__ import annotations

import re
from pathlib import Path

from ..errors import AutomatonError
from ..files.json_file import shown
from ..machine import Machine
from .described import MOST_LABEL, Described, Edges, Place, check_entries, completed, labels_of, read_text, texts_of

MOST_LINE = 3 * MOST_LABEL  # characters: an edge, each character of its letter written as two

_HEAD = re.compile(r"\s*des\s*\(\s*(\d{1,9})\s*,\s*(\d{1,9})\s*,\s*(\d{1,9})\s*\)\s*")
_EDGE = re.compile(r'\s*\(\s*(\d{1,9})\s*,\s*("(?:[^"\\]|\\.)*"|[^",\s][^"]*?)\s*,\s*(\d{1,9})\s*\)\s*')


def read_aut(path: str | Path, complete: str | None = None) -> Described:
    """The automaton of an AUT file; states are its numbers, letters come in the order of their first edges.

    Raises:
        AutomatonError: for a line that is none, counts that are wrong, or edges that are missing, unless `complete`
            says what to do.
    """
    place = Place(path)
    lines = read_text(path).splitlines()
    for place.line, line in enumerate(lines, 1):
        if len(line) > MOST_LINE:
            place.refuse(f"a line of {len(line)} characters; at most {MOST_LINE} are read")
    place.line = 1
    head = _HEAD.fullmatch(lines[0]) if lines else None
    if head is None:
        place.refuse(f"the first line is 'des (start, edges, states)', and here is {shown(lines[0] if lines else '')}")
    start, count, size = map(int, head.groups())
    if start >= size:
        place.refuse(f"the start {start} is none of the states 0, …, {size - 1}")
    check_entries(size, 1, place)
    rows: list[tuple[int, int, str, int]] = []
    for place.line, line in enumerate(lines[1:], 2):
        if line.strip():
            rows.append((place.line, *_edge(line, size, place)))
    if len(rows) != count:
        place.refuse(f"the first line counts {count} edges, and there are {len(rows)}", 1)
    texts = list(dict.fromkeys(letter for _, _, letter, _ in rows))
    label = dict(zip(texts, labels_of(texts), strict=True))
    if not label:
        place.refuse("there are no edges, so there are no letters", 0)
    edges = Edges(place)
    for place.line, here, letter, there in rows:
        edges.add(here, label[letter], there)
    letters = list(label.values())
    return completed(Described(range(size), letters, edges.table(range(size), letters), start), complete, place.name)


def _edge(line: str, size: int, place: Place) -> tuple[int, str, int]:
    match = _EDGE.fullmatch(line)
    if match is None:
        place.refuse(f"an edge is '(state, letter, state)', and here is {shown(line)}")
    here, there = int(match[1]), int(match[3])
    if max(here, there) >= size:
        place.refuse(f"the state {max(here, there)} is none of 0, …, {size - 1}")
    text = match[2]
    return here, re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text, there


def to_aut(automaton: Machine) -> str:
    """The AUT text of an automaton; its states become their positions.

    Raises:
        AutomatonError: if it has accepting states or outputs, for which the format has no place; or a letter that is
            empty or has a line break, or two with the same text.
    """
    if automaton.accepting is not None or automaton.outputs is not None:
        what = "accepting states" if automaton.accepting is not None else "outputs"
        raise AutomatonError(f"the format .aut has no place for {what}; .json, .dot and .csv have")
    letters = [_quoted(letter) for letter in texts_of(automaton.letters, "letter")]
    size = len(automaton.states)
    lines = [f"des ({list(automaton.states).index(automaton.start)}, {size * len(letters)}, {size})"]
    for here, row in enumerate(automaton.table.tolist()):
        lines += [f"({here}, {letter}, {there})" for letter, there in zip(letters, row, strict=True)]
    return "\n".join(lines) + "\n"


def _quoted(letter: str) -> str:
    if len(letter.splitlines()) > 1 or letter.splitlines() != [letter]:
        raise AutomatonError(f"the letter {letter!r} cannot stand in a line of an .aut file; .json takes it")
    inside = letter.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inside}"'
