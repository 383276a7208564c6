"""Checks of the parts of an automaton: labels that differ, a table that stays inside, states that words reach."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import AutomatonError


def checked_labels(labels: Iterable[Hashable], what: str) -> tuple[Hashable, ...]:
    """The labels as a tuple.

    Args:
        labels: labels of the states or the letters.
        what: "state" or "letter", for the message.

    Raises:
        AutomatonError: if there are none, one is given twice, or one cannot be hashed (a list, say).
    """
    found = tuple(labels)
    if not found:
        raise AutomatonError(f"an automaton needs at least one {what}, and got none")
    seen: set[Hashable] = set()
    for label in found:
        if not is_hashable(label):
            raise AutomatonError(f"the {what} {label!r} is no label, as it cannot be hashed; a tuple or text would do")
        if label in seen:
            raise AutomatonError(f"the {what} {label!r} is given twice; {what}s have to be different")
        seen.add(label)
    return found


def checked_table(table: Any, states: int, letters: int) -> NDArray[np.int64]:
    """The table as a read-only array of positions of states: (states, letters).

    Raises:
        AutomatonError: for another shape, rows of unequal length, entries that are no integers or lead outside.
    """
    try:
        found = np.asarray(table)
    except ValueError:
        raise AutomatonError(
            f"the rows of the table {table!r} differ in length; each needs {letters} entries"
        ) from None
    if found.shape != (states, letters) or found.dtype.kind not in "iu":
        raise AutomatonError(
            f"the table has shape {found.shape} and type {found.dtype}; integers of shape ({states}, {letters}), "
            "a row per state and a column per letter, are needed"
        )
    if not 0 <= found.min() <= found.max() < states:
        bad = found[(found < 0) | (found >= states)][0]
        raise AutomatonError(f"the table leads to state position {bad}, outside 0, …, {states - 1}")
    checked = found.astype(np.int64)
    checked.setflags(write=False)
    return checked


def checked_words(words: Any, letters: int) -> NDArray[np.int64]:
    """Words of one length as an array of positions of letters: (batch, time).

    Raises:
        AutomatonError: for another shape or type, or a position outside the alphabet.
    """
    try:
        found = np.asarray(words)
    except ValueError:
        raise AutomatonError(f"words of one length are needed, shape (batch, time), not {words!r}") from None
    if found.ndim != 2 or found.dtype.kind not in "iu":
        raise AutomatonError(f"words are integers of shape (batch, time), not {found.dtype} of shape {found.shape}")
    if found.size and not 0 <= found.min() <= found.max() < letters:
        bad = found[(found < 0) | (found >= letters)][0]
        raise AutomatonError(f"letter position {bad} is outside 0, …, {letters - 1}")
    return found


def reachable(table: NDArray[np.integer[Any]], start: int) -> NDArray[np.bool_]:
    """Which states words reach from the start: (states,)."""
    hit = np.zeros(len(table), dtype=bool)
    hit[start] = True
    frontier = np.array([start])
    while len(frontier) and not hit.all():  # the rows of a large table are not copied once all is reached
        fresh = np.zeros(len(table), dtype=bool)
        fresh[table[frontier]] = True
        frontier = np.flatnonzero(fresh & ~hit)
        hit[frontier] = True
    return hit


def moved(table: NDArray[np.int64], states: NDArray[np.int64], word: Iterable[int]) -> NDArray[np.int64]:
    """Where a word, letters as positions, takes some states."""
    for x in word:
        states = table[states, x]
    return states


def noncommuting(table: NDArray[np.int64], start: int) -> tuple[int, int, int] | None:
    """Two letters and a state from which their order matters, as positions; None if all letters commute.

    Letters are taken up until the states they reach from the start are all states. If these few commute with each
    other, any letter that commutes with them acts as the word of theirs that takes the start to the same state:
    comparing whole columns then decides, without looking at all pairs of letters.
    """
    kept: list[int] = []
    hit = np.zeros(len(table), dtype=bool)
    hit[start] = True
    for k in range(table.shape[1]):
        if not hit[table[start, k]]:
            kept.append(k)
            hit = reachable(table[:, kept], start)
    for j in kept:
        for k in kept:
            state = _differ(table, j, k)
            if state is not None:
                return j, k, state
    words = np.full(
        (len(table), len(table)), -1, dtype=np.int64
    )  # row r: where a word that leads to r takes each state
    words[start] = np.arange(len(table))
    queue = [start]
    for r in queue:
        for k in kept:
            there = int(table[r, k])
            if words[there, 0] < 0:
                words[there] = table[words[r], k]
                queue.append(there)
    for x in np.flatnonzero((words[table[start]] != table.T).any(axis=1)).tolist():
        for k in range(table.shape[1]):
            state = _differ(table, x, k)
            if state is not None:
                return x, k, state
    return None


def _differ(table: NDArray[np.int64], j: int, k: int) -> int | None:
    """A state from which j then k, and k then j, lead apart."""
    different = table[table[:, j], k] != table[table[:, k], j]  # (states,)
    return int(different.argmax()) if different.any() else None


def is_hashable(label: object) -> bool:
    """Whether a label can be a dictionary's key; a tuple that holds a list cannot."""
    try:
        hash(label)
    except TypeError:
        return False
    return True


def position_of(positions: dict[Hashable, int], label: object) -> int | None:
    """Where a label stands, None if nowhere; a label that cannot be hashed stands nowhere."""
    return positions.get(label) if is_hashable(label) else None


def shown(labels: tuple[Hashable, ...]) -> str:
    """The labels as text, shortened if they are many."""
    return repr(labels) if len(labels) <= 8 else f"({', '.join(map(repr, labels[:6]))}, … {len(labels)} in all)"
