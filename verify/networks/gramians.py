"""Hankel singular values of a trained network, and the balanced coordinates that belong to them.

With letters drawn uniformly and lengths uniform between 0 and L, let h_w be the hidden state after w, in units of the
letters' typical growth λ_x, so that B[x] = A[x] / λ_x. The Gramians of what words reach and of what the readout sees,

    P = E[h_w h_wᵀ],    Q = E[B[w]ᵀ CᵀC B[w]],

have the squared Hankel singular values σ_i² as eigenvalues of P Q: σ are the singular values of the Hankel matrix
√p(u) F[uv] √p(v), where F[uv] = C B[v] B[u] h_0. They do not depend on the basis of the hidden space, and as many of
them are nonzero as the minimal network has hidden units (B. Balle, P. Panangaden, D. Precup, Singular value automata,
arXiv:1711.05994, where lengths are not bounded).

Gramians have the squares of the weights, so weights are first divided by powers of two, one for each letter, the start
and the readout (`Scaled`): their scale says nothing. Where sizes inside a matrix are so far apart that a Gramian
overflows nonetheless, a `LinAlgError` is raised here, and never leaves the package.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.errors import ModelError
from ...models.protocols import LinearRecurrence
from ..errors import MismatchError
from .float_network import float_weights
from .invariant_form import invariant_form

Floats = NDArray[Any]  # of float64
WORDS = 256  # random words that the growth of letters is measured on
LONGEST = 16  # L, where nothing else is said
SMALLEST, LARGEST = sys.float_info.min, sys.float_info.max
DEAD = 1e-300  # length of a hidden state, from one of length 1, that counts as 0


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


@dataclass(frozen=True)
class Scaled:
    """Weights divided by powers of two, which floats do without rounding, so that the largest entries are about 1.

    Attributes:
        A: A[x] / 2^letters[x], (letters, hidden, hidden).
        h: h_0 / 2^start, (hidden,).
        C: C / 2^readout, (states, hidden).
        letters: exponents, (letters,); 0 where all numbers are 0.
        start: exponent.
        readout: exponent.
    """

    A: Floats
    h: Floats
    C: Floats
    letters: NDArray[np.int64]
    start: int
    readout: int


def scaled(A: Floats, h: Floats, C: Floats) -> Scaled:
    """The weights with largest entries in [1/2, 1)."""
    letters = np.array([exponent(matrix) for matrix in A], dtype=np.int64)
    start, readout = exponent(h), exponent(C)
    return Scaled(
        np.ldexp(A, -letters[:, None, None]), np.ldexp(h, -start), np.ldexp(C, -readout), letters, start, readout
    )


def exponent(values: Floats) -> int:
    """The e with 2^(e−1) ≤ largest entry < 2^e; 0 where all are 0."""
    return math.frexp(float(np.abs(values).max(initial=0.0)))[1]


def hankel_singular_values(model: LinearRecurrence, length: int = LONGEST) -> Floats:
    """The Hankel singular values of a model, divided by the largest, (k,) with k ≤ hidden; see the module's text.

    Args:
        model: a linear recurrence; affine terms count as the constant unit they are.
        length: L, the longest words of the two Gramians.

    Raises:
        MismatchError: if the model is none, has a readout for each last letter, or for a negative length.
        ModelError: if a weight is not finite, or sizes of weights are too far apart.
    """
    A, h, C = float_weights(model)
    if length < 0:
        raise MismatchError(f"length={length} has to be at least 0")
    try:
        values = balanced_weights(A, h, C, length)[0].singular_values
    except np.linalg.LinAlgError as error:
        raise too_far_apart(error) from None
    return np.asarray(values / max(float(values[0]), 1e-300)) if len(values) else values


def too_far_apart(error: np.linalg.LinAlgError) -> ModelError:
    """The complaint about weights whose Gramians are beyond floats."""
    return ModelError(
        f"the sizes of the weights are too far apart for Hankel singular values in floats ({error}); the largest "
        "entry of a hidden state may be at most about 1e150 times the smallest one that matters"
    )


def balanced_weights(A: Floats, h: Floats, C: Floats, length: int) -> tuple[Balanced, Floats]:
    """The balanced coordinates of weights of any scale, and λ, (letters,).

    Raises:
        LinAlgError: if sizes of weights are too far apart.
    """
    C = centred(C)  # a number added to all logits is no signal
    lam, even = growth(A, h, C), scaled(A, h, C)
    with np.errstate(all="ignore"):
        return balanced(in_units(A, lam), even.h, even.C, length), lam


def centred(C: Floats) -> Floats:
    """C minus the mean of its rows, of any size: (states, hidden)."""
    size = exponent(C)
    rows = np.ldexp(C, -size)
    with np.errstate(over="ignore"):
        return np.clip(np.ldexp(rows - rows.mean(axis=0), size), -LARGEST, LARGEST)


def in_units(A: Floats, lam: Floats) -> Floats:
    """A[x] / λ_x: (letters, hidden, hidden)."""
    with np.errstate(all="ignore"):
        return np.asarray(A / lam[:, None, None])


def growth(A: Floats, h: Floats, C: Floats) -> Floats:
    """λ_x, by how much a letter enlarges the signal: (letters,).

    The signal's matrices G[x], in balanced coordinates, are multiplied by L with LᵀL kept on average by all letters;
    then L G[x] L⁻¹ / λ_x is orthogonal where weights are a representation up to factors, and λ_x = ‖L G[x] L⁻¹‖_F / √d.
    Letters that merge states keep the mean growth of hidden states along random words. All of them are positive floats.
    """
    even = scaled(A, h, C)
    with np.errstate(all="ignore"):
        found = np.ldexp(_growth(even.A, even.h, even.C), even.letters)
    return np.clip(found, SMALLEST, LARGEST)


def _growth(A: Floats, h: Floats, C: Floats) -> Floats:
    """`growth` for weights whose largest entries are about 1."""
    found = _mean_growth(A, h)
    for _ in range(3):
        try:
            split = balanced(in_units(A, found), h, C, LONGEST)
            if not len(split.singular_values):
                return found
            drops = split.singular_values[1:] / split.singular_values[:-1]
            d = int(np.argmin(drops)) + 1 if len(drops) and drops.min() < 0.1 else len(split.singular_values)
            G = invariant_signal(split, in_units(A, found), d)[2]
            values = np.linalg.svd(finite(G), compute_uv=False)  # (letters, d)
        except np.linalg.LinAlgError:
            return found
        kept = values[:, -1] > 0.5 * values[:, 0]
        found = np.where(kept, found * np.sqrt((values**2).mean(axis=1)), found)
    return found


def invariant_signal(split: Balanced, B: Floats, d: int) -> tuple[Floats, Floats, Floats]:
    """S (hidden, d), R (d, hidden) with R S = I and R B S (letters, d, d), in a norm that B keeps on average.

    Raises:
        LinAlgError: if there is no such norm.
    """
    S, R = split.back[:, :d], split.to[:d]
    form = invariant_form(finite(R @ B @ S))
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
            size = np.maximum(np.linalg.norm(moved, axis=1), DEAD)
            alive = size > DEAD
            if step >= 4:  # the first letters forget the start
                total[x] += np.log(size[alive]).sum()
                seen[x] += alive.sum()
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
    """Coordinates in which both Gramians are diag(σ), without the directions whose σ is below rounding.

    Raises:
        LinAlgError: if a Gramian overflows.
    """
    X, Y = _root(reachability(B, h, length)), _root(observability(B, C, length))
    left, values, right = np.linalg.svd(finite(Y.T @ X))
    kept = int((values > 1e-13 * max(float(values[0]), 1e-300)).sum())
    scale = 1 / np.sqrt(values[:kept])
    return Balanced(values[:kept], X @ right[:kept].T * scale, (left[:, :kept] * scale).T @ Y.T)


def _root(gramian: Floats) -> Floats:
    """X with X Xᵀ = the Gramian, (hidden, hidden)."""
    values, vectors = np.linalg.eigh(finite((gramian + gramian.T) / 2))
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0)))


def finite(values: Floats) -> Floats:
    """The values themselves.

    Raises:
        LinAlgError: if one of them is not finite.
    """
    if not np.isfinite(values).all():
        raise np.linalg.LinAlgError("a product of weights overflows")
    return values
