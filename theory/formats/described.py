"""What a file tells about an automaton, and what is asked of it whatever the format."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from ..errors import AutomatonError
from ..files.json_file import read_bytes, shown
from ..machine import Machine

MOST_BYTES = 2**24  # of a file: texts of automata take some ten bytes for an entry of the table
MOST_ENTRIES = 10**6  # states times letters, as for the tasks that have a name
MOST_LABEL = 1000  # characters of a label

_NUMBER = re.compile(r"-?[1-9][0-9]{0,17}|0")
COMPLETIONS = ("sink", "stay")


class Described(NamedTuple):
    """An automaton in the order of the arguments of `Automaton.trimmed`, which checks it."""

    states: Sequence[Hashable]
    letters: Sequence[Hashable]
    table: Any  # (states, letters)
    start: Hashable
    accepting: Collection[Hashable] | None = None
    outputs: Sequence[Hashable] | None = None


class Place:
    """A file, and a line in it, as messages name them."""

    def __init__(self, path: str | Path) -> None:
        self.name = repr(str(path))
        self.line = 0

    def refuse(self, what: str, line: int | None = None) -> NoReturn:
        """Raise an error about a line, or about the file."""
        number = self.line if line is None else line
        where = f"{self.name}, line {number}" if number else self.name
        raise AutomatonError(f"{where}: {what}")


def read_text(path: str | Path) -> str:
    """The text of a file.

    Raises:
        AutomatonError: for a file that is missing, not regular, larger than `MOST_BYTES` or not UTF-8.
    """
    try:
        return read_bytes(path, MOST_BYTES, AutomatonError).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AutomatonError(f"cannot read {str(path)!r}: byte {error.start} is not UTF-8 text") from None


def labels_of(texts: Iterable[str]) -> list[Hashable]:
    """Labels as a text has them: whole numbers if all of them are written as such, else the texts.

    Example:
        >>> labels_of(["0", "10"]), labels_of(["0", "01"])
        ([0, 10], ['0', '01'])
    """
    found = list(texts)
    return [int(text) for text in found] if all(map(_NUMBER.fullmatch, found)) else list(found)


def repeated(labels: Iterable[Hashable]) -> int | None:
    """Where a label stands that stood before, None if nowhere."""
    seen: set[Hashable] = set()
    for k, label in enumerate(labels):
        if label in seen:
            return k
        seen.add(label)
    return None


def texts_of(labels: Iterable[Hashable], what: str) -> list[str]:
    """Labels as texts.

    Raises:
        AutomatonError: if two labels have the same text, or one is very long.
    """
    found: dict[str, Hashable] = {}
    for label in labels:
        text = str(label)
        if text in found:
            raise AutomatonError(f"the {what}s {found[text]!r} and {label!r} have the same text; save as .json instead")
        if len(text) > MOST_LABEL:
            raise AutomatonError(f"the {what} {shown(text)} has {len(text)} characters; at most {MOST_LABEL} are saved")
        found[text] = label
    return list(found)


def output_texts(automaton: Machine) -> list[str] | None:
    """Outputs as texts, where different outputs have different ones."""
    if automaton.outputs is None:
        return None
    different = list(dict.fromkeys(automaton.outputs))
    text = dict(zip(different, texts_of(different, "output"), strict=True))
    return [text[label] for label in automaton.outputs]


def check_entries(states: int, letters: int, place: Place) -> None:
    """Refuse a table with more than `MOST_ENTRIES` entries before it is made."""
    if states * letters > MOST_ENTRIES:
        place.refuse(f"{states} states times {letters} letters are too many; at most {MOST_ENTRIES} are read", 0)


class Edges:
    """Edges of a graph, one after the other, for a table.

    Args:
        place: the file.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self.found: dict[tuple[Hashable, Hashable], tuple[Hashable, int]] = {}

    def add(self, here: Hashable, letter: Hashable, there: Hashable) -> None:
        """One more edge; the same one twice is no fault.

        Raises:
            AutomatonError: for a second state that a letter leads to.
        """
        before, line = self.found.setdefault((here, letter), (there, self.place.line))
        if before != there:
            first = f" (line {line})" if line else ""
            self.place.refuse(
                f"the letter {letter!r} leads from state {here!r} to {there!r} and to {before!r}{first}; deterministic "
                "automata are read"
            )

    def table(self, states: Sequence[Hashable], letters: Sequence[Hashable]) -> list[list[int | None]]:
        """δ by positions, None where there is no edge."""
        check_entries(len(states), len(letters), self.place)
        position = {q: k for k, q in enumerate(states)}
        nowhere = (None, 0)
        return [[position.get(self.found.get((q, x), nowhere)[0]) for x in letters] for q in states]


def completed(described: Described, complete: str | None, where: str = "") -> Described:
    """The automaton with an edge for every state and letter.

    Args:
        described: with None in the table where an edge is missing.
        complete: "sink" leads the missing edges to a new state that is never left and not accepting; "stay" leaves the
            state as it is; None refuses.
        where: the name of the file, for messages.

    Raises:
        AutomatonError: for a missing edge, when `complete` is None; for a sink that would need an output; for another
            word.
    """
    if complete not in (None, *COMPLETIONS):
        raise AutomatonError(f"complete={complete!r} is not known; choose 'sink', 'stay' or None")
    rows = [list(row) for row in described.table]
    missing = [(i, k) for i, row in enumerate(rows) for k, there in enumerate(row) if there is None]
    if not missing:
        return described
    i, k = missing[0]
    start = f"{where}: " if where else ""
    what = f"state {described.states[i]!r} has no edge for the letter {described.letters[k]!r}"
    if complete is None:
        raise AutomatonError(
            f"{start}{what}; complete='sink' adds a state from which nothing is accepted, complete='stay' stays"
        )
    if complete == "stay":
        return described._replace(table=[[i if t is None else t for t in row] for i, row in enumerate(rows)])
    if described.outputs is not None:
        raise AutomatonError(f"{start}{what}, and a sink would need an output; add it, or say complete='stay'")
    sink = next(name for name in ("sink", *(f"sink{n}" for n in range(len(rows)))) if name not in described.states)
    end = len(rows)
    table = [[end if t is None else t for t in row] for row in rows] + [[end] * len(described.letters)]
    return described._replace(states=[*described.states, sink], table=table)
