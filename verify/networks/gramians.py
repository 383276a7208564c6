"""Hankel singular values of a trained network, and the balanced coordinates that belong to them.

With letters drawn uniformly and lengths uniform between 0 and L, let h_w be the hidden state after w, in units of the
letters' typical growth λ_x, so that B[x] = A[x] / λ_x. The Gramians of what words reach and of what the readout sees,

    P = E[h_w h_wᵀ],    Q = E[B[w]ᵀ CᵀC B[w]],

have the squared Hankel singular values σ_i² as eigenvalues of P Q: σ are the singular values of the Hankel matrix
√p(u) F[uv] √p(v), where F[uv] = C B[v] B[u] h_0. They do not depend on the basis of the hidden space, and as many of
them are nonzero as the minimal network has hidden units (B. Balle, P. Panangaden, D. Precup, Singular value automata,
arXiv:1711.05994, where lengths are not bounded).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.bilinear_rnn import BilinearRNN
from ..errors import MismatchError
from .float_network import weights_without_shift
from .invariant_form import invariant_form

Floats = NDArray[Any]  # of float64
WORDS = 256  # random words that the growth of letters is measured on
LONGEST = 16  # L, where nothing else is said


@dataclass(frozen=True)
class Balanced:
    """Balanced coordinates of a network.

    Attributes:
        singular_values: σ, largest first, (k,).
        back: columns S with h ≈ S z, best first, (hidden, k).
        to: rows R with z = R h, R S = I, (k, hidden).
    """

    singular_values: Floats
    back: Floats
    to: Floats


def hankel_singular_values(model: BilinearRNN, length: int = LONGEST) -> Floats:
    """The Hankel singular values of a model, divided by the largest, (k,) with k ≤ hidden; see the module's text.

    Args:
        model: a model without additive terms.
        length: L, the longest words of the two Gramians.

    Raises:
        MismatchError: for additive terms or a negative length.
        ModelError: if a weight is not finite.
    """
    A, h, C = weights_without_shift(model)
    C = C - C.mean(axis=0)  # a number added to all logits is no signal
    if length < 0:
        raise MismatchError(f"length={length} has to be at least 0")
    values = balanced(A / growth(A, h, C)[:, None, None], h, C, length).singular_values
    return np.asarray(values / max(float(values[0]), 1e-300)) if len(values) else values


def growth(A: Floats, h: Floats, C: Floats) -> Floats:
    """λ_x, by how much a letter enlarges the signal: (letters,).

    The signal's matrices G[x], in balanced coordinates, are multiplied by L with LᵀL kept on average by all letters;
    then L G[x] L⁻¹ / λ_x is orthogonal where weights are a representation up to factors, and λ_x = ‖L G[x] L⁻¹‖_F / √d.
    Letters that merge states keep the mean growth of hidden states along random words.
    """
    found = _mean_growth(A, h)
    for _ in range(3):
        split = balanced(A / found[:, None, None], h, C, LONGEST)
        if not len(split.singular_values):
            return found
        drops = split.singular_values[1:] / split.singular_values[:-1]
        d = int(np.argmin(drops)) + 1 if len(drops) and drops.min() < 0.1 else len(split.singular_values)
        try:
            G = invariant_signal(split, A / found[:, None, None], d)[2]
        except np.linalg.LinAlgError:
            return found
        values = np.linalg.svd(G, compute_uv=False)  # (letters, d)
        kept = values[:, -1] > 0.5 * values[:, 0]
        found = np.where(kept, found * np.sqrt((values**2).mean(axis=1)), found)
    return found


def invariant_signal(split: Balanced, B: Floats, d: int) -> tuple[Floats, Floats, Floats]:
    """S (hidden, d), R (d, hidden) with R S = I and R B S (letters, d, d), in a norm that B keeps on average.

    Raises:
        LinAlgError: if there is no such norm.
    """
    S, R = split.back[:, :d], split.to[:d]
    form = invariant_form(R @ B @ S)
    S, R = np.linalg.solve(form.T, S.T).T, form @ R
    return S, R, R @ B @ S


def _mean_growth(A: Floats, h: Floats, seed: int = 0) -> Floats:
    """The geometric mean of ‖A[x] h‖ / ‖h‖ over the states of random words: (letters,)."""
    random = np.random.default_rng(seed)
    vectors = np.repeat(h[None] / max(float(np.linalg.norm(h)), 1e-300), WORDS, axis=0)  # (words, hidden)
    total, seen = np.zeros(len(A)), np.zeros(len(A))
    for step in range(LONGEST):
        letters = random.integers(len(A), size=WORDS)
        for x in np.unique(letters):
            moved = vectors[letters == x] @ A[x].T
            size = np.maximum(np.linalg.norm(moved, axis=1), 1e-300)
            if step >= 4:  # the first letters forget the start
                total[x] += np.log(size).sum()
                seen[x] += len(size)
            vectors[letters == x] = moved / size[:, None]
    return np.exp(total / np.maximum(seen, 1))


def reachability(B: Floats, h: Floats, length: int) -> Floats:
    """P, (hidden, hidden)."""
    term = np.outer(h, h)
    total = term.copy()
    for _ in range(length):
        term = (B @ term @ B.transpose(0, 2, 1)).mean(axis=0)
        total += term
    return np.asarray(total / (length + 1))


def observability(B: Floats, C: Floats, length: int) -> Floats:
    """Q, (hidden, hidden)."""
    term = C.T @ C
    total = term.copy()
    for _ in range(length):
        term = (B.transpose(0, 2, 1) @ term @ B).mean(axis=0)
        total += term
    return np.asarray(total / (length + 1))


def balanced(B: Floats, h: Floats, C: Floats, length: int) -> Balanced:
    """Coordinates in which both Gramians are diag(σ), without the directions whose σ is below rounding."""
    X, Y = _root(reachability(B, h, length)), _root(observability(B, C, length))
    left, values, right = np.linalg.svd(Y.T @ X)
    kept = int((values > 1e-13 * max(float(values[0]), 1e-300)).sum())
    scale = 1 / np.sqrt(values[:kept])
    return Balanced(values[:kept], X @ right[:kept].T * scale, (left[:, :kept] * scale).T @ Y.T)


def _root(gramian: Floats) -> Floats:
    """X with X Xᵀ = the Gramian, (hidden, hidden)."""
    values, vectors = np.linalg.eigh((gramian + gramian.T) / 2)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0)))
