"""Block diagonal families: every block a component, without any coupling."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..networks.codes_and_rows import Tracking, signal_basis
from ..networks.float_network import FloatNetwork
from ..networks.invariant_form import invariant_coordinates
from .attempt import Attempt, grid, scales_of
from .limits import CONDITION, DEAD, FLAT

Floats = NDArray[Any]  # of float64


def blocks(network: FloatNetwork, found: Tracking, width: int) -> Attempt:
    """Every block a component, in coordinates that the letters keep on average; two, if part of it carries nothing."""
    A, table = network.A, network.table
    n = A.shape[1]
    L: Floats = np.zeros((n, n))
    P: Floats = np.zeros((n, n))
    sizes: list[int] = []
    for first in range(0, n, width):
        part = slice(first, first + width)
        P[part, part], inner = _block_basis(found, A[:, part, part] / found.scales[:, None, None], part)
        sizes += inner
    P = grid(P)
    L = np.eye(n) if np.array_equal(P, np.eye(n)) else np.linalg.inv(P)
    codes = found.codes @ L.T
    codes /= np.sqrt((codes**2).sum(axis=1).mean())
    cuts = np.concatenate([[0], np.cumsum(sizes)])
    parts = [np.arange(a, b) for a, b in itertools.pairwise(cuts)]
    order = np.argsort([-np.linalg.norm(codes[:, p]) for p in parts], kind="stable")  # the strongest block first
    permutation = np.concatenate([parts[k] for k in order])
    L, P, codes = grid(L[permutation]), P[:, permutation], grid(codes[:, permutation])
    rows = network.readouts - network.readouts.mean(axis=1, keepdims=True)
    seen = rows.reshape(-1, n) @ P  # what decides: codes are compared as they are read out
    scales = scales_of(seen @ L @ A @ P, codes, codes @ seen.T, table)
    in_order = tuple(sizes[k] for k in order)
    return Attempt("blocks", 0, L, P, in_order, ("l2",) * len(in_order), codes, scales, found.rows @ P)


def _block_basis(found: Tracking, G: Floats, part: slice) -> tuple[Floats, list[int]]:
    """A basis of one block, signal first, (width, width), and the sizes of its components.

    Args:
        found: codes and rows of the whole network.
        G: the block's matrices in units of the letters' scales, (letters, width, width).
        part: where the block is.
    """
    width = G.shape[1]
    codes, rows = found.codes[:, part], found.rows[:, part]
    values = np.linalg.svd(rows @ codes.T, compute_uv=False)[:width]
    d = int((values > DEAD * values[0]).sum())
    basis: Floats
    if 0 < d < width:
        try:
            S, R = signal_basis(Tracking(codes, rows, found.scales, values), d)
            S = np.linalg.solve(invariant_coordinates(R @ G @ S).T, S.T).T
            full, _ = np.linalg.qr(np.concatenate([R.T, np.eye(width)], axis=1)[:, : width + d])
            basis = np.concatenate([S, full[:, d:width]], axis=1)
            if np.linalg.cond(basis) < CONDITION:
                return basis, [d, width - d]
        except np.linalg.LinAlgError:
            pass
    R = invariant_coordinates(G)
    flat = np.abs(R - np.eye(width) * R[0, 0]).max() < FLAT * R[0, 0]
    return np.eye(width) if flat else np.linalg.inv(R), [width]
