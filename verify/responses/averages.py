"""Codes that are averages of the states of random words."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..certificates.limits import TINY
from ..networks.float_network import FloatNetwork
from .limits import AVERAGED, TURNS, WORDS

Floats = NDArray[Any]  # of float64


def averaged_codes(network: FloatNetwork, seed: int = 0) -> Floats:
    """For every state the mean of h / s over random words that lead to it, s = h·c / c·c: (states, hidden).

    The state of a word has any scale, so mean and scales are found in turns. A state that no word leads to has the
    code 0.
    """
    draw = np.random.default_rng(seed)
    A, table = network.A, network.table
    vectors, states = np.repeat(network.unit_start[None], WORDS, axis=0), np.full(WORDS, network.start)
    seen = []
    for length in range(1, max(AVERAGED) + 1):
        letters = draw.integers(len(A), size=WORDS)
        moved = np.empty_like(vectors)
        for x in range(len(A)):
            moved[letters == x] = vectors[letters == x] @ A[x].T
        vectors = moved / np.maximum(np.linalg.norm(moved, axis=1), TINY)[:, None]
        states = table[states, letters]
        if length in AVERAGED:
            seen.append((vectors, states))
    H, where = np.concatenate([v for v, _ in seen]), np.concatenate([q for _, q in seen])
    counts = np.bincount(where, minlength=len(table))
    codes = np.zeros((len(table), H.shape[1]))
    for turn in range(TURNS):
        sums = np.zeros_like(codes)
        np.add.at(sums, where, H)
        codes = sums / np.maximum(counts, 1)[:, None]
        if turn + 1 < TURNS:
            own = codes[where]
            along = (H * own).sum(axis=1) / np.maximum((own**2).sum(axis=1), TINY)
            H = np.where(along[:, None] > 0, H / np.where(along > 0, along, 1.0)[:, None], H)
    return codes
