"""The worst sum of errors in the direction that counts, along the letters of a word."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]  # of float64
Table = NDArray[np.int64]


def potentials(weight: Floats, table: Table, rounds: int = 150) -> Floats:
    """π with weight(x, q, p) + π(q, p) − π(q·x, p·x) at most about the largest mean weight of a cycle.

    Args:
        weight: gain of the edge out of the pair (q, p) under x, (letters, states, states); −∞ on the diagonal.
        table: δ, every letter a permutation, (states, letters).
        rounds: of value iteration.
    """
    letters, states, _ = weight.shape
    back = np.argsort(table, axis=0)  # (states, letters): the state before
    value, history = np.zeros((states, states)), []
    for _ in range(rounds):
        value = np.max(
            [(value + weight[x])[np.ix_(back[:, x], back[:, x])] for x in range(letters)], axis=0
        )  # (states, states)
        np.fill_diagonal(value, -np.inf)
        history.append(value)
    half = len(history) // 2
    mean = (np.max(history[-1]) - np.max(history[half - 1])) / (len(history) - half)
    best = np.max([v - (t + 1) * mean for t, v in enumerate(history)], axis=0)
    best[~np.isfinite(best)] = 0
    return best - best.min()
