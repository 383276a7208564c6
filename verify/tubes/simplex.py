"""Codes as the corners of a simplex, with the 1-norm, for letters that merge states."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..networks.codes_and_rows import Tracking
from ..networks.float_network import FloatNetwork
from .attempt import Attempt, grid, scales_of
from .limits import INVERSE


def simplex(network: FloatNetwork, found: Tracking) -> Iterator[Attempt]:
    """Coordinates in which the codes are unit vectors, with the 1-norm: letters that merge states don't expand it."""
    states, n = found.codes.shape
    if states > n:
        return
    try:
        S = found.codes.T  # (hidden, states)
        rows = np.linalg.pinv(found.rows @ S) @ found.rows
        full, _ = np.linalg.qr(np.concatenate([rows.T, np.eye(n)], axis=1)[:, : n + states])
        P = grid(np.concatenate([S, full[:, states:n]], axis=1))
        L = grid(np.linalg.inv(P))
    except np.linalg.LinAlgError:
        return
    if np.linalg.norm(np.eye(n) - L @ P) > INVERSE:
        return
    unit = np.eye(states)
    scales = scales_of(L[:states] @ network.A @ P[:, :states], unit, unit, network.table)
    sizes = (states, n - states) if states < n else (states,)
    norms = ("l1", "l2")[: len(sizes)]
    codes = np.concatenate([np.eye(states), np.zeros((states, n - states))], axis=1)
    yield Attempt("signal and remainder", states, L, P, sizes, norms, codes, scales)
