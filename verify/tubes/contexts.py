"""Coordinates that depend on the last letters: what these leave in the remainder is then no error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..networks.float_network import FloatNetwork
from .attempt import Attempt, grid, one_per_letter, scales_of
from .limits import LARGEST_TILT, MORE_ROUNDS, MOST_EDGES, MOST_LETTERS_KEPT, MOST_NUMBERS

Floats = NDArray[Any]  # of float64


def in_context(attempt: Attempt, network: FloatNetwork, most: int = MOST_EDGES, above: int = 0) -> Iterator[Attempt]:
    """The same signal and remainder in coordinates that depend on the last letters, with so many edges at most.

    There are none unless they depend on more letters than `above`.

    After the letters v the remainder is about Φ_v z, z the signal: with B = L A P

        Φ_vx (B_11 + B_12 Φ_v) = B_21 + B_22 Φ_v,

    solved in the mean over what came before, from Φ = 0. What is left of drift and coupling into the remainder shrinks
    with every letter of v by the norm of B_22.
    """
    A, table = network.A, network.table
    letters, d, n = len(A), attempt.sizes[0], A.shape[1]
    states, memory = len(table), 0
    while memory < MOST_LETTERS_KEPT:
        contexts = letters ** (memory + 1)
        numbers = contexts * max(letters * n * n, 2 * letters * states * n, states**2 * n)
        if contexts * letters > most or numbers > MOST_NUMBERS:
            break
        memory += 1
    if memory <= above or len(attempt.sizes) != 2 or set(attempt.norms) != {"l2"}:
        return
    B = attempt.to @ A @ attempt.back
    made = replace(attempt, memory=memory, tilts=np.zeros((letters**memory, n - d, d)))
    v, letter, after = made.edges(letters)
    tilts: Floats = np.zeros((letters**memory, n - d, d))
    for _ in range(memory + MORE_ROUNDS):
        signal = B[letter, :d, :d] + B[letter, :d, d:] @ tilts[v]  # (edges, d, d)
        rest = B[letter, d:, :d] + B[letter, d:, d:] @ tilts[v]  # (edges, hidden − d, d)
        try:
            solved = np.linalg.solve(signal.transpose(0, 2, 1), rest.transpose(0, 2, 1)).transpose(0, 2, 1)
        except np.linalg.LinAlgError:
            return
        tilts = np.zeros_like(tilts)
        np.add.at(tilts, after, solved / letters)  # every context is reached from as many others
        if not np.abs(tilts).max() < LARGEST_TILT:  # a remainder that grows remembers for ever
            return
    codes = attempt.codes.copy()
    codes[:, d:] = 0
    made = replace(made, tilts=grid(tilts), codes=codes)
    G = made.turned_back(made.turned(B[letter], after, -1), v)
    scales = scales_of(G[:, :d], codes, codes[:, :d], table[:, letter])
    yield replace(made, scales=scales)
    yield replace(made, scales=one_per_letter(scales))
