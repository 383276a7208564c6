"""The signal of a trained model: vectors that words to a state lead to, and rows that tell states apart, as averages.

For an exact solution A[x] v_q = λ_x v_δ(q,x) and C_δ(q,x) A[x] = λ_x C_q up to what the readout ignores. For a trained
model the equations hold up to an error, and the codes c_q and rows K_q here solve them on average over the letters:

    c_q = mean of A[x] c_p / λ_x over the edges p → q under x,     K_q = mean over x of K_δ(q,x) A[x] / λ_x,

iterated from the mean hidden states of short words and from the readout. With the singular value decomposition of the
matrix (K_p c_q) = U Σ Vᵀ, truncated to rank d, S = c V Σ^{-1/2} spans the signal, Σ^{-1/2} Uᵀ K reads its coordinates,
and the Σ are the model's Hankel singular values on the task: the truncation is balanced (arXiv:1807.01406, section 3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.clean_up.codes import mean_directions
from .float_network import FloatNetwork

Floats = NDArray[Any]  # of float64


@dataclass(frozen=True)
class Tracking:
    """Codes and rows of a model.

    Attributes:
        codes: c_q, (states, hidden).
        rows: K_q, (states, hidden).
        scales: λ_x, (letters,).
        hankel: singular values of (K_p c_q), largest first; 0 where codes or rows are too large for floats. (states,)
    """

    codes: Floats
    rows: Floats
    scales: Floats
    hankel: Floats


def tracking(network: FloatNetwork, rounds: int, seed: int = 0) -> Tracking:
    """Codes, rows and scales, by `rounds` rounds of averaging; letters that merge states want few rounds.

    Args:
        network: weights and task.
        rounds: of averaging.
        seed: of the words.
    """
    A, table = network.A, network.table
    codes, scales, _ = mean_directions(A, network.unit_start, table, network.start, seed)
    largest = (
        float(np.abs(network.C).max()) if rounds else 0.0
    )  # rounds divide by the norm of rows: it must not overflow
    rows = replace(network, C=np.ldexp(network.C, -math.frexp(largest)[1])).centred_rows()
    B = A / scales[:, None, None]
    indegree = np.bincount(table.ravel(), minlength=len(table))  # edges into each state
    for _ in range(rounds):
        moved = np.zeros_like(codes)
        pulled = np.zeros_like(rows)
        for x, matrix in enumerate(B):
            np.add.at(moved, table[:, x], codes @ matrix.T)
            pulled += rows[table[:, x]] @ matrix
        hit = indegree > 0
        codes = np.where(hit[:, None], moved / np.maximum(indegree, 1)[:, None], codes)
        codes *= np.sqrt(len(codes)) / max(float(np.linalg.norm(codes)), 1e-300)
        rows = pulled * np.sqrt(len(rows)) / max(float(np.linalg.norm(pulled)), 1e-300)
    products = rows @ codes.T  # (states, states)
    hankel = np.zeros(len(rows))
    if np.isfinite(products).all():
        hankel = np.linalg.svd(products, compute_uv=False)
    return Tracking(codes, rows, scales, hankel)


def ranks(hankel: Floats) -> list[int]:
    """Ranks worth trying: where the singular values drop most, and a few thresholds."""
    positive = hankel[hankel > 1e-12 * hankel[0]]
    if len(positive) < 2:
        return [1]
    drops = positive[1:] / positive[:-1]
    found = {int(k) + 1 for k in np.argsort(drops)[:6]} | {len(positive)}
    found |= {int((positive > level * positive[0]).sum()) for level in (0.3, 0.03, 0.003)}
    return sorted(k for k in found if k >= 1)


def signal_basis(found: Tracking, d: int) -> tuple[Floats, Floats]:
    """S, (hidden, d), and rows, (d, hidden), with rows @ S = I, of the balanced truncation to rank d."""
    left, values, right = np.linalg.svd(found.rows @ found.codes.T)
    root = np.sqrt(np.maximum(values[:d], 1e-300))
    return found.codes.T @ right[:d].T / root, (left[:, :d].T @ found.rows) / root[:, None]
