"""Automata in the Hanoi Omega-Automata format, version 1: deterministic and complete, with labels on the edges.

A file is read as an automaton on finite words: a state is accepting when its acceptance set, `Inf(0)`, holds it; with
`Acceptance: 0 t` no states are said to accept. A letter is a valuation of the atomic propositions, written like `a&!b`.
Automata whose letters are not all valuations are written with a proposition for each letter, exactly one of which holds
at a time; the header `alphabet: one-hot` says so, and is ignored by other tools, as all headers in small letters are.

T. Babiak and others, The Hanoi Omega-Automata Format, CAV 2015, http://adl.github.io/hoaf/
"""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import AutomatonError
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
from .dot_text import quote
from .hoa_text import MOST_PROPOSITIONS, Document, parse_hoa

MOST_VALUED = 16  # propositions, where letters are their valuations: there are 2^k of k
MOST_WORK = 10**9  # signs of different labels, times letters: a second
ONE_HOT = "one-hot"


def read_hoa(path: str | Path, complete: str | None = None) -> Described:
    """The automaton of a HOA file.

    Raises:
        AutomatonError: for a text that is none, with its line; for what goes beyond deterministic automata with
            acceptance `Inf(0)` on states, with the reason; for labels that leave letters out, unless `complete` says
            what to do.
    """
    place = Place(path)
    found = parse_hoa(read_text(path), place)
    one_hot = found.alphabet == ONE_HOT
    most, unit = (MOST_PROPOSITIONS, "one-hot letters") if one_hot else (MOST_VALUED, "atomic propositions")
    if not 0 < len(found.propositions) <= most:
        place.refuse(f"{len(found.propositions)} {unit}; from 1 to {most} are read", 0)
    count = len(found.propositions) if one_hot else 2 ** len(found.propositions)
    check_entries(max(len(found.names), 1), count, place)
    values = _valuations(len(found.propositions), one_hot)  # (propositions, letters)
    texts = found.propositions if one_hot else [_valuation(found.propositions, column) for column in values.T]
    letters = labels_of(texts)
    if repeated(letters) is not None:
        place.refuse("two atomic propositions have the same name", 0)
    edges = _edges(found, letters, values, place)
    states = list(found.names)
    labels = _labels(found, place)
    described = Described(
        states=labels,
        letters=letters,
        table=edges.table(states, letters),
        start=labels[states.index(found.start)],
        accepting=None
        if found.accepting is None
        else [label for number, label in zip(states, labels, strict=True) if number in found.accepting],
        outputs=None if not found.outputs else labels_of([found.outputs.get(number, "") for number in states]),
    )
    return completed(described, complete, place.name)


def _valuations(propositions: int, one_hot: bool) -> NDArray[np.bool_]:
    """Which propositions hold in each letter: (propositions, letters)."""
    if one_hot:
        return np.eye(propositions, dtype=bool)
    return (np.arange(2**propositions)[None, :] >> np.arange(propositions)[:, None]) % 2 == 1


def _valuation(names: list[str], holds: NDArray[np.bool_]) -> str:
    return "&".join(name if here else f"!{name}" for name, here in zip(names, holds.tolist(), strict=True))


def _labels(found: Document, place: Place) -> list[Hashable]:
    """What the states are called: their names, if all have one, else their numbers."""
    names = [name for name in found.names.values() if name is not None]
    if len(names) < len(found.names):
        return list(found.names)
    if repeated(names) is not None:
        place.refuse("two states have the same name", 0)
    return labels_of(names)


def _edges(found: Document, letters: list[Hashable], values: NDArray[np.bool_], place: Place) -> Edges:
    edges = Edges(place)
    columns: dict[tuple[object, ...], list[int]] = {}  # of each label, which often stands in many lines
    work, room = MOST_WORK // len(letters), len(found.names) * len(letters)
    for place.line, here, formula, there in found.edges:
        key = tuple(formula)
        if key not in columns:
            work -= len(key)
            if work < 0:
                place.refuse(f"the labels up to here are too long for {len(letters)} letters")
            columns[key] = np.flatnonzero(_evaluated(formula, values)).tolist()
        room -= len(columns[key])
        if room < 0:
            place.refuse("the labels up to here overlap: a letter leads twice from one state")
        for column in columns[key]:
            edges.add(here, letters[column], there)
    place.line = 0
    return edges


def _evaluated(formula: list[int | str], values: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """In which letters a formula in postfix order holds: (letters,)."""
    stack: list[NDArray[np.bool_]] = []
    for sign in formula:
        if isinstance(sign, int):
            stack.append(values[sign])
        elif sign in "tf":
            stack.append(np.full(values.shape[1], sign == "t"))
        elif sign == "!":
            stack.append(~stack.pop())
        else:
            second, first = stack.pop(), stack.pop()
            stack.append(first & second if sign == "&" else first | second)
    return stack.pop()


def to_hoa(automaton: Machine) -> str:
    """The HOA text of an automaton, its letters one-hot; labels become their texts.

    Raises:
        AutomatonError: if two labels have the same text, or there are more than `MOST_PROPOSITIONS` letters.
    """
    states, letters = texts_of(automaton.states, "state"), texts_of(automaton.letters, "letter")
    outputs = output_texts(automaton)
    accepting = automaton.accepting
    acceptance = (
        ["acc-name: all", "Acceptance: 0 t"] if accepting is None else ["acc-name: Buchi", "Acceptance: 1 Inf(0)"]
    )
    if len(letters) > MOST_PROPOSITIONS:
        raise AutomatonError(
            f"{len(letters)} letters are too many for a .hoa file; at most {MOST_PROPOSITIONS} are written"
        )
    lines = [
        "HOA: v1",
        f"States: {len(states)}",
        f"Start: {list(automaton.states).index(automaton.start)}",
        f"AP: {len(letters)} {' '.join(map(quote, letters))}",
        *acceptance,
        "properties: trans-labels explicit-labels state-acc deterministic",
        f"alphabet: {ONE_HOT}",
    ]
    if outputs is not None:
        lines.append(f"outputs: {' '.join(map(quote, outputs))}")
    lines.append("--BODY--")
    for k, row in enumerate(automaton.table.tolist()):
        mark = " {0}" if accepting is not None and automaton.states[k] in accepting else ""
        lines.append(f"State: {k} {quote(states[k])}{mark}")
        lines += [f"[{letter}] {there}" for letter, there in enumerate(row)]
    return "\n".join([*lines, "--END--"]) + "\n"
