"""Steps that no word shows, where letters act as a group acts on itself.

Then for every state q there is one permutation σ that commutes with all letters and takes the start to q, and
δ(σ(s), x) = σ(δ(s, x)). Known steps of both sides give σ, and σ gives unknown steps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
ROUNDS = 50


def by_the_group(table: Ints) -> Ints:
    """The table with its gaps, −1, filled as far as the group's law says; as it is where there is no such law.

    Args:
        table: (states, letters).
    """
    filled = table.copy()
    for _ in range(ROUNDS):
        before = (filled < 0).sum()
        shifts = [_shift(filled, q) for q in range(len(filled))]
        if any(shift is None for shift in shifts):
            return table
        for shift in shifts:
            assert shift is not None
            source = np.flatnonzero(shift >= 0)
            after = np.where(filled[source] >= 0, shift[filled[source]], -1)  # σ(δ(s, x)), (sources, letters)
            rows = filled[shift[source]]
            if ((rows >= 0) & (after >= 0) & (rows != after)).any():
                return table
            filled[shift[source]] = np.where(rows >= 0, rows, after)
        left = (filled < 0).sum()
        if not left or left == before:
            break
    columns = [column[column >= 0] for column in filled.T]
    return filled if all(len(np.unique(c)) == len(c) for c in columns) else table


def _shift(table: Ints, q: int) -> Ints | None:
    """σ with σ(0) = q as far as it is known, −1 elsewhere; None if there is none."""
    shift = np.full(len(table), -1)
    shift[0] = q
    queue = [0]
    for s in queue:
        known = (table[s] >= 0) & (table[shift[s]] >= 0)
        here, there = table[s][known], table[shift[s]][known]
        for a, b in zip(here.tolist(), there.tolist(), strict=True):
            if shift[a] < 0:
                shift[a] = b
                queue.append(a)
            elif shift[a] != b:
                return None
    images = shift[shift >= 0]
    return shift if len(np.unique(images)) == len(images) else None
