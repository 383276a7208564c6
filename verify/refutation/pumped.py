"""Words u w w ⋯ w v: a state is reached, a loop is run through again and again, and then the model is asked.

Where letters merge states a random word forgets what it was, and so does a beam that looks at the present decision
alone: an error that a loop lets grow may show only after further letters.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...theory.automata.transition_table import moved
from ..networks.unit_vectors import unit
from .few_words import Word, short_words, some_of
from .limits import EACH_ROUND, LONGEST_ENDING, LONGEST_LOOP, LONGEST_POWER, MOST_ENDINGS, MOST_PUMPED, ROUNDS_APART

Floats = NDArray[Any]  # of float64
Ints = NDArray[np.int64]
Margins = Callable[[Floats, Ints, Ints], tuple[Floats, Ints]]


@dataclass(frozen=True, eq=False)
class Pumped:
    """What words are made of; all combinations count.

    Attributes:
        begins: u, one for each state.
        loops: w.
        endings: v, the empty one first, shorter ones before longer ones.
    """

    begins: list[Word]
    loops: list[Word]
    endings: list[Word]


def pumped_words(table: Ints, start: int, seed: int) -> Pumped:
    """Shortest words to all states, short loops and endings, as many as there is room for."""
    letters = table.shape[1]
    reached: dict[int, Word] = {start: ()}
    for q in (queue := [start]):
        for x in range(letters):
            target = int(table[q, x])
            if target not in reached:
                reached[target] = (*reached[q], x)
                queue.append(target)
    endings = list(itertools.islice(short_words(letters, 0, LONGEST_ENDING), MOST_ENDINGS))
    most = max(1, MOST_PUMPED // (len(reached) * len(endings)))
    loops = some_of(short_words(letters, 1, LONGEST_LOOP), MOST_PUMPED, most, seed)
    return Pumped(list(reached.values()), loops, endings)


def first_wrong_pumped(
    A: Floats, h: Floats, table: Ints, start: int, words: Pumped, margins: Margins, lengths: tuple[int, int]
) -> Word | None:
    """A word of these forms that is read wrongly, after as few rounds of the loops as possible; None if there is none.

    Args:
        A: (letters, hidden, hidden).
        h: the unit state before the first letter, (hidden,).
        table: δ, (states, letters).
        start: the state before the first letter.
        words: what they are made of.
        margins: the lead after words that lead to states with these last letters.
        lengths: of the words, the shortest and the longest.
    """
    shortest, longest = lengths
    begun = [_moved(A, table, h[None], np.array([start]), u) for u in words.begins]
    B = np.array([_product(A, w) for w in words.loops])  # (loops, hidden, hidden)
    onward = np.array([moved(table, np.arange(len(table)), w) for w in words.loops])  # (loops, states)
    vectors = np.repeat([v for v, _ in begun], len(B), axis=1)  # (begins, loops, hidden)
    states = np.repeat([q for _, q in begun], len(B), axis=1)  # (begins, loops)
    counts = np.array([len(u) for u in words.begins])[:, None] + np.zeros(len(B), dtype=np.int64)
    asked = 0
    for rounds in range(1, LONGEST_POWER + 1):
        vectors = unit(np.einsum("lij,blj->bli", B, vectors))
        states = onward[np.arange(len(B)), states]
        counts = counts + [len(w) for w in words.loops]
        going = np.argwhere(counts <= longest)
        if not len(going):
            return None
        if rounds > EACH_ROUND and rounds < asked * ROUNDS_APART:  # drift along a loop adds up: it stays wrong
            continue
        asked = rounds
        here = tuple(going.T)
        found = _asked(A, table, vectors[here], states[here], words.endings, margins)
        wrong = [(int(counts[here][i]) + len(v), *going[i].tolist(), v) for i, v in found]
        wrong = [entry for entry in wrong if shortest <= entry[0] <= longest]
        if wrong:
            _, b, k, v = min(wrong)
            return (*words.begins[b], *words.loops[k] * rounds, *v)
    return None


def _asked(
    A: Floats, table: Ints, vectors: Floats, states: Ints, endings: list[Word], margins: Margins
) -> list[tuple[int, Word]]:
    """Which vectors are read wrongly after which endings; the empty one follows the loop's last letter."""
    found: list[tuple[int, Word]] = []
    known: dict[Word, tuple[Floats, Ints]] = {(): (vectors, states)}
    for v in endings:
        if v:
            moved, reached = known[v[:-1]]
            moved, reached = unit(moved @ A[v[-1]].T), table[reached, v[-1]]
            if len(v) < LONGEST_ENDING:
                known[v] = moved, reached
            lead, _ = margins(moved, reached, np.full(len(moved), v[-1]))
            found.extend((int(i), v) for i in np.flatnonzero(lead <= 0))
    return found


def _moved(A: Floats, table: Ints, vectors: Floats, states: Ints, word: Word) -> tuple[Floats, Ints]:
    for x in word:
        vectors, states = unit(vectors @ A[x].T), table[states, x]
    return vectors, states


def _product(A: Floats, word: Word) -> Floats:
    product = np.eye(A.shape[1])
    for x in word:
        product = A[x] @ product
        product /= max(float(np.abs(product).max()), np.finfo(float).tiny)
    return product
