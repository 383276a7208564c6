"""Codes of the states of a task: the mean directions of the hidden states that random words lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ...theory.automata.automaton import Automaton
    from ..linear_weights import LinearWeights

Floats = NDArray[Any]  # of float64
Table = NDArray[np.int64]
WORDS, LENGTH, SKIP = 512, 16, 4  # random words, their letters, and how many of these let the start be forgotten
TINY = 1e-300  # where nothing may be divided by zero: the least normal float, about


def mean_directions(
    A: Floats, first: Floats, table: Table, start: int, seed: int = 0
) -> tuple[Floats, Floats, NDArray[Any]]:
    """Mean unit hidden states of short random words by true state, and the mean growth under each letter.

    Args:
        A: (letters, hidden, hidden).
        first: the state before the first letter, of norm 1, (hidden,).
        table: δ, (states, letters).
        start: the state of the start.
        seed: of the words.

    Returns:
        Means, (states, hidden), 0 for states that none of the words leads to but the start itself; growth, (letters,);
        how many hidden states are in each mean, (states,).
    """
    random = np.random.default_rng(seed)
    words = random.integers(len(A), size=(WORDS, LENGTH))  # (words, time)
    vectors = np.repeat(first[None], WORDS, axis=0)  # (words, hidden)
    states = np.full(WORDS, start)
    sums, counts = np.zeros((len(table), len(first))), np.zeros(len(table))
    growth, seen = np.zeros(len(A)), np.zeros(len(A))
    for t in range(LENGTH):
        for x in range(len(A)):
            mine = words[:, t] == x
            moved = vectors[mine] @ A[x].T
            size = np.maximum(np.linalg.norm(moved, axis=1), TINY)
            growth[x] += np.log(size).sum()
            seen[x] += len(size)
            vectors[mine] = moved / size[:, None]
        states = table[states, words[:, t]]
        if t >= SKIP:
            np.add.at(sums, states, vectors)
            np.add.at(counts, states, 1)
    sums[start] += first * (counts[start] == 0)
    return sums / np.maximum(counts, 1)[:, None], np.exp(growth / np.maximum(seen, 1)), counts


def codes_of(weights: LinearWeights, automaton: Automaton, seed: int = 0) -> Floats:
    """A code of norm 1 for every state: the mean direction of its hidden states, (states, hidden).

    A state that no random word leads to has the image of a neighbour's code, or of the start.

    Args:
        weights: of the recurrence; only rays matter, so that states of norm 1 are averaged.
        automaton: the task, letter i being letter i of the recurrence.
        seed: of the words.
    """
    A, table = weights.A, np.asarray(automaton.table, dtype=np.int64)
    first = _unit(weights.first)
    with np.errstate(all="ignore"):
        means, _, counts = mean_directions(A, first, table, automaton.start_index, seed)
        codes = np.array([_unit(mean) for mean in means])
    known = {q for q in range(len(table)) if counts[q] and codes[q].any() and np.isfinite(codes[q]).all()}
    queue = sorted(known | {automaton.start_index})
    codes[automaton.start_index] = codes[automaton.start_index] if automaton.start_index in known else first
    found = set(queue)
    for q in queue:
        for x, p in enumerate(table[q].tolist()):
            if p not in found:
                codes[p] = _unit(A[x] @ codes[q])
                found.add(p)
                queue.append(p)
    return codes


def _unit(vector: Floats) -> Floats:
    """A vector over its norm, 0 for 0; its entries may be too large or small for squares."""
    largest = float(np.abs(vector).max())
    if not largest:
        return vector
    vector = vector / largest
    return np.asarray(vector / np.linalg.norm(vector))
