"""The shortest word after which two automata say different things."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import AutomatonError
from ..machine import Machine
from .transition_table import shown

MOST_PAIRS = 10**8  # a byte each


def shortest_difference(first: Machine, second: Machine) -> tuple[Hashable, ...] | None:
    """A shortest word after which the labels differ; None if there is none, so that both say the same after every word.

    The label after a word is the output of its state; without outputs whether the word is accepted; without accepting
    states the state itself. Letters may come in another order.

    Raises:
        AutomatonError: for different alphabets, or more than `MOST_PAIRS` pairs of states.

    Example:
        >>> from bistate.theory import Automaton
        >>> shortest_difference(Automaton.from_regex("(aa)*"), Automaton.from_regex("(a{3})*"))
        ('a', 'a')
    """
    if set(first.letters) != set(second.letters):
        raise AutomatonError(
            f"the alphabets {shown(tuple(first.letters))} and {shown(tuple(second.letters))} differ; automata are "
            "compared on words of the same letters"
        )
    size = len(second.states)
    if len(first.states) * size > MOST_PAIRS:
        raise AutomatonError(f"{len(first.states)} × {size} pairs of states are too many; at most {MOST_PAIRS}")
    column = {letter: k for k, letter in enumerate(second.letters)}
    other = np.asarray(second.table)[:, [column[letter] for letter in first.letters]]  # (states, letters)
    labels: dict[Hashable, int] = {}
    says, said = (
        np.array([labels.setdefault(label, len(labels)) for label in _labels(machine)]) for machine in (first, second)
    )
    start = list(first.states).index(first.start) * size + list(second.states).index(second.start)
    seen = np.zeros(len(first.states) * size, dtype=bool)
    seen[start] = True
    level = np.array([start])
    before: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []  # for each length: place one shorter, and letter
    while len(level):
        wrong = np.flatnonzero(says[level // size] != said[level % size])
        if len(wrong):
            return _word(first.letters, before, int(wrong[0]))
        there = first.table[level // size] * size + other[level % size]  # (pairs, letters)
        flat = there.ravel()
        _, place = np.unique(flat, return_index=True)
        place = np.sort(place[~seen[flat[place]]])
        level = flat[place]
        seen[level] = True
        before.append((place // there.shape[1], place % there.shape[1]))
    return None


def _labels(machine: Machine) -> list[Hashable]:
    if machine.outputs is not None:
        return list(machine.outputs)
    accepting = machine.accepting
    return list(machine.states) if accepting is None else [q in accepting for q in machine.states]


def _word(
    letters: Sequence[Hashable], before: list[tuple[NDArray[np.int64], NDArray[np.int64]]], place: int
) -> tuple[Hashable, ...]:
    found = []
    for parent, letter in reversed(before):
        found.append(letters[int(letter[place])])
        place = int(parent[place])
    return tuple(reversed(found))
