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
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]  # of float64
Table = NDArray[np.int64]
WORDS, LENGTH, SKIP = 512, 16, 4
FORMS = 200  # rounds of averaging an inner product


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


def tracking(A: Floats, h: Floats, C: Floats, table: Table, start: int, rounds: int, seed: int = 0) -> Tracking:
    """Codes, rows and scales, by `rounds` rounds of averaging; letters that merge states want few rounds.

    Args:
        A: (letters, hidden, hidden).
        h: the start, (hidden,).
        C: (states, hidden).
        table: δ, (states, letters).
        start: the start state.
        rounds: of averaging.
        seed: of the words.
    """
    codes, scales = _means(A, h, table, start, seed)
    largest = (
        float(np.abs(C).max()) if rounds else 0.0
    )  # rounds divide by the norm of the rows, which must not overflow
    C = np.ldexp(C, -math.frexp(largest)[1])
    rows = C - C.mean(axis=0)
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


def _means(A: Floats, h: Floats, table: Table, start: int, seed: int) -> tuple[Floats, Floats]:
    """Mean unit hidden states of short random words by true state, and the mean growth under each letter."""
    random = np.random.default_rng(seed)
    words = random.integers(len(A), size=(WORDS, LENGTH))  # (words, time)
    vectors = np.repeat((h / max(float(np.linalg.norm(h)), 1e-300))[None], WORDS, axis=0)  # (words, hidden)
    states = np.full(WORDS, start)
    sums, counts = np.zeros((len(table), len(h))), np.zeros(len(table))
    growth, seen = np.zeros(len(A)), np.zeros(len(A))
    for t in range(LENGTH):
        for x in range(len(A)):
            mine = words[:, t] == x
            moved = vectors[mine] @ A[x].T
            size = np.maximum(np.linalg.norm(moved, axis=1), 1e-300)
            growth[x] += np.log(size).sum()
            seen[x] += len(size)
            vectors[mine] = moved / size[:, None]
        states = table[states, words[:, t]]
        if t >= SKIP:
            np.add.at(sums, states, vectors)
            np.add.at(counts, states, 1)
    sums[start] += h / max(float(np.linalg.norm(h)), 1e-300) * (counts[start] == 0)
    return sums / np.maximum(counts, 1)[:, None], np.exp(growth / np.maximum(seen, 1))


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


def invariant_form(G: Floats) -> Floats:
    """R, upper triangular, such that ‖R z‖ is kept by the matrices G on average: (d, d) from (letters, d, d).

    Raises:
        LinAlgError: if there is none, or matrices are too large for floats.
    """
    d = G.shape[1]
    form = np.eye(d)
    for _ in range(FORMS):
        form = (G.transpose(0, 2, 1) @ form @ G).mean(axis=0)
        form = (form + form.T) * (d / 2 / max(float(np.trace(form)), 1e-300))
    least = np.linalg.eigvalsh(form)[0]
    form += max(0.0, 1e-6 - least) * np.eye(d)  # directions that all letters forget
    return np.linalg.cholesky(form).T


def invariant_coordinates(G: Floats, permuting: bool = True) -> Floats:
    """`invariant_form` of matrices up to a factor each, which is found with the form: (d, d) from (letters, d, d).

    In coordinates in which G[x] is a multiple of an orthogonal matrix the multiple is ‖G[x]‖_F / √d; before these are
    known, |det G[x]|^(1/d) says it, unless some direction is forgotten.
    """
    d = G.shape[1]
    if not permuting:
        return invariant_form(G)
    size = np.maximum(np.sqrt((G**2).sum(axis=(1, 2)) / d), 1e-300)
    roots = np.abs(np.linalg.det(G / size[:, None, None])) ** (1 / d)
    if (roots > 1e-2).all():
        size = size * roots
    form = np.eye(d)
    for _ in range(3):
        form = invariant_form(G / size[:, None, None])
        turned = np.linalg.solve(form.T, (form @ G).transpose(0, 2, 1))  # transposed, in the new coordinates
        size = np.maximum(np.sqrt((turned**2).sum(axis=(1, 2)) / d), 1e-300)
    return form


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
