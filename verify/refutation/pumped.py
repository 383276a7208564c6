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

from ..networks.unit_vectors import unit
from .limits import EACH_ROUND, LONGEST_ENDING, LONGEST_LOOP, LONGEST_POWER, MOST_ENDINGS, MOST_PUMPED, ROUNDS_APART

Floats = NDArray[Any]  # of float64
Ints = NDArray[np.int64]
Word = tuple[int, ...]
Margins = Callable[[Floats, Ints, Ints], tuple[Floats, Ints]]


@dataclass(frozen=True, eq=False)
class Pumped:
    """Beginnings and loops, all pairs of them.

    Attributes:
        begins: u, one or more for each state.
        loops: w.
        endings: v, the empty one first, shorter ones before longer ones.
    """

    begins: list[Word]
    loops: list[Word]
    endings: list[Word]


def pumped_words(table: Ints, start: int, seed: int) -> Pumped:
    """Shortest words to all states, loops that lead some of these back, and endings, as many as there is room for."""
    letters = table.shape[1]
    reached: dict[int, Word] = {start: ()}
    for q in (queue := [start]):
        for x in range(letters):
            target = int(table[q, x])
            if target not in reached:
                reached[target] = (*reached[q], x)
                queue.append(target)
    endings = list(itertools.islice(_short(letters, LONGEST_ENDING, 0), MOST_ENDINGS))
    begins = list(reached.values())
    loops = list(itertools.islice(_short(letters, LONGEST_LOOP, 1), MOST_PUMPED))
    most = max(1, MOST_PUMPED // (len(begins) * len(endings)))
    if len(loops) > most:
        random = np.random.default_rng(seed)
        loops = [loops[i] for i in sorted(random.choice(len(loops), most, replace=False))]
    return Pumped(begins, loops, endings)


def _short(letters: int, longest: int, shortest: int) -> itertools.chain[Word]:
    return itertools.chain.from_iterable(
        itertools.product(range(letters), repeat=n) for n in range(shortest, longest + 1)
    )


def first_wrong_pumped(
    A: Floats, h: Floats, table: Ints, start: int, words: Pumped, margins: Margins, longest: int
) -> Word | None:
    """A word of these forms that is read wrongly, after as few rounds of the loops as possible; None if there is none.

    Args:
        A: (letters, hidden, hidden).
        h: the unit state before the first letter, (hidden,).
        table: δ, (states, letters).
        start: the state before the first letter.
        words: what they are made of.
        margins: the lead after words that lead to states with these last letters.
        longest: of the words.
    """
    pairs = list(itertools.product(words.begins, words.loops))
    vectors, states = np.empty((len(pairs), len(h))), np.empty(len(pairs), dtype=np.int64)
    begun = {u: _moved(A, table, h[None], np.array([start]), u) for u in words.begins}
    for i, (u, _) in enumerate(pairs):
        vectors[i], states[i] = begun[u][0][0], begun[u][1][0]
    loops = [_product(A, w) for _, w in pairs]
    B = np.array(loops)
    onward = np.array([_onward(table, w) for _, w in pairs])  # (pairs, states)
    lengths = np.array([len(u) for u, _ in pairs])
    steps = np.array([len(w) for _, w in pairs])
    asked = 0
    for rounds in range(1, LONGEST_POWER + 1):
        vectors = unit(np.einsum("pij,pj->pi", B, vectors))
        states, lengths = onward[np.arange(len(pairs)), states], lengths + steps
        going = np.flatnonzero(lengths <= longest)
        if not len(going):
            return None
        if rounds > EACH_ROUND and rounds < asked * ROUNDS_APART:  # drift along a loop adds up: it stays wrong
            continue
        asked = rounds
        found = _asked(A, table, vectors[going], states[going], words.endings, margins)
        wrong = [(int(lengths[going[i]]) + len(v), int(going[i]), v) for i, v in found]
        wrong = [entry for entry in wrong if entry[0] <= longest]
        if wrong:
            _, i, v = min(wrong)
            u, w = pairs[i]
            return (*u, *w * ((int(lengths[i]) - len(u)) // len(w)), *v)
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


def _onward(table: Ints, word: Word) -> Ints:
    states = np.arange(len(table))
    for x in word:
        states = table[states, x]
    return states
