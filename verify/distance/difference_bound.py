"""How far apart two trained networks are on every word up to a length, proved.

For networks f(w) = C A[w] h_0 and g(w) = C' A'[w] h_0' with float weights, letters may be measured in units λ_x and
μ_x, because positive factors change no prediction: B[x] = A[x]/λ_x, B'[x] = A'[x]/μ_x. Let S be any matrix, the best
predictor of the first hidden state from the second one. Then d_w = B[w] h_0 − S B'[w] h_0' satisfies

    d_wx = B[x] d_w + (B[x] S − S B'[x]) z_w,    z_wx = B'[x] z_w,

and the logits differ by C d_w + (C S − C') z_w. In coordinates that split signal and remainder of both networks, the
norms of the parts of (d, z) grow at most by one nonnegative matrix, whose entries bound block norms over all letters.
S, the factors and the coordinates are looked for in floats; the norms are then computed in ball arithmetic (Arb, by
python-flint) from the weights as they are, and rounded up, so that the bound is proved whatever was looked for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from ...models.bilinear_rnn import BilinearRNN
from ..errors import MismatchError
from ..networks.codes_and_rows import ranks
from ..networks.float_network import weights_without_shift
from ..networks.gramians import LONGEST, balanced, growth, invariant_signal, reachability
from .balls import PRECISION, ball, block, centred, frobenius, norm, parts_of

Floats = NDArray[Any]  # of float64
Weights = tuple[Floats, Floats, Floats]  # A, h_0, C
FEW_UNITS = 24  # up to which the coordinates as they are are tried as well
MOST_SIGNAL = 24  # dimension from which signals are not matched by an eigenproblem of its square
UP = 1 + 1e-13  # more than the rounding of one step of the recursion, in which all terms are positive


@dataclass(frozen=True)
class Difference:
    """A proved bound on the difference of two networks.

    Attributes:
        bounds: for each length t, a bound on |f_q(w)/λ_w − g_q(w)/μ_w| for all words of t letters and all states q,
            where λ_w is the product of the factors; logits of a network may all be moved by one number, so their mean
            over the states is taken off first. (length + 1,)
        size: root mean square of the first network's logits in the same units, over random words: what the bounds are
            to be compared with.
        factors: λ_x and μ_x, (2, letters).
    """

    bounds: Floats = field(repr=False)
    size: float
    factors: Floats = field(repr=False)

    @property
    def relative(self) -> float:
        """The largest bound over all lengths, divided by `size`."""
        return float(self.bounds.max() / self.size) if self.size else math.inf


def difference(first: BilinearRNN, second: BilinearRNN, length: int = 100, *, up_to_factors: bool = True) -> Difference:
    """Bound the difference of the logits of two models on every word of at most `length` letters.

    The weights are multiplied without rounding and without normalising.

    Args:
        first: a model without additive terms.
        second: another one, of any family and hidden size, with the same letters and states.
        length: of the words.
        up_to_factors: compare up to a positive factor per letter and one for all logits, as predictions do; else the
            first model's factors are used for both, and the networks are compared as functions.

    Raises:
        MismatchError: for different letters or states, additive terms, or a negative length.
        ModelError: if a weight is not finite.
    """
    if (first.letters, first.states) != (second.letters, second.states):
        raise MismatchError(
            f"the first model has {first.letters} letters and {first.states} states, the second one "
            f"{second.letters} and {second.states}"
        )
    if length < 0:
        raise MismatchError(f"length={length} has to be at least 0")
    one, two = weights_without_shift(first), weights_without_shift(second)
    lam = _growth(one)
    mu = _growth(two) if up_to_factors else lam
    return difference_of_weights(one, two, lam, mu, length, up_to_factors)


def _growth(weights: Weights) -> Floats:
    A, h, C = weights
    return growth(A, h, C - C.mean(axis=0))


def difference_of_weights(
    one: Weights, two: Weights, lam: Floats, mu: Floats, length: int, fit_size: bool, S: Floats | None = None
) -> Difference:
    """`difference` for arrays.

    Args:
        one: A (letters, hidden, hidden), h_0 (hidden,), C (states, hidden) of the first network.
        two: the same of the second network, with its own hidden size.
        lam: λ, (letters,).
        mu: μ, (letters,).
        length: of the words.
        fit_size: whether the second network's logits may be multiplied by a positive number.
        S: (hidden, hidden'), if it is known.
    """
    (A, h, C), (A2, h2, C2) = one, two
    B, B2 = A / lam[:, None, None], A2 / mu[:, None, None]
    n = len(h)
    joint = np.zeros((len(B), n + len(h2), n + len(h2)))
    joint[:, :n, :n], joint[:, n:, n:] = B, B2
    P = reachability(joint, np.concatenate([h, h2]), LONGEST)
    near, near2 = C - C.mean(axis=0), C2 - C2.mean(axis=0)
    along, own = float(np.sum(near * (near2 @ P[n:, :n]))), float(np.sum(near2 * (near2 @ P[n:, n:])))
    factor = along / own if fit_size and along > 0 and own > 0 else 1.0
    links = [S] if S is not None else _links(B, B2, h, h2, near, near2, P[:n, n:], P[n:, n:])
    size = math.sqrt(max(float(np.sum(near * (near @ P[:n, :n]))) / len(C), 0.0))
    found = [
        _bounds(one, two, lam, mu, factor, link, P1, P2, length)
        for link in links
        for P1 in _coordinates(B, h, near)
        for P2 in _coordinates(B2, h2, near2)
    ]
    bounds = np.min(found, axis=0) if found else np.full(length + 1, np.inf)
    return Difference(bounds, size, np.stack([lam, mu]))


def _links(
    B: Floats, B2: Floats, h: Floats, h2: Floats, C: Floats, C2: Floats, both: Floats, second: Floats
) -> list[Floats]:
    """Matrices S with h ≈ S h': the best predictor, and ones that intertwine the signals best, (hidden, hidden').

    Args:
        B: (letters, hidden, hidden).
        B2: (letters, hidden', hidden').
        h: (hidden,).
        h2: (hidden',).
        C: (states, hidden).
        C2: (states, hidden').
        both: E[h h'ᵀ], (hidden, hidden').
        second: E[h' h'ᵀ], (hidden', hidden').
    """
    predictor = both @ np.linalg.pinv(second, rcond=1e-12)
    found = [predictor]
    one, two = balanced(B, h, C, LONGEST), balanced(B2, h2, C2, LONGEST)
    for d in ranks(one.singular_values)[:4] if len(one.singular_values) and len(two.singular_values) else []:
        d = min(d, len(two.singular_values))
        R, R2 = one.to[:d], two.to[:d]
        S, S2 = one.back[:, :d], two.back[:, :d]
        if d > MOST_SIGNAL:
            continue
        system = np.zeros((d * d, d * d))
        for left, right in zip(R @ B @ S, R2 @ B2 @ S2, strict=True):
            step = np.kron(left, np.eye(d)) - np.kron(np.eye(d), right.T)  # of vec T, row by row: G T − T G'
            system += step.T @ step
        values, vectors = np.linalg.eigh(system)
        near = vectors[:, values <= max(1e3 * values[0], 1e-9 * values[-1])]
        T = (near @ (near.T @ (R @ predictor @ S2).ravel())).reshape(d, d)
        found.append(S @ T @ R2)
    return found


def _coordinates(B: Floats, h: Floats, C: Floats) -> list[tuple[Floats, tuple[int, ...]]]:
    """Bases, signal first, and the sizes of their parts."""
    n = len(h)
    found: list[tuple[Floats, tuple[int, ...]]] = [(np.eye(n), (n,))] if n <= FEW_UNITS else []
    split = balanced(B, h, C, LONGEST)
    for d in ranks(split.singular_values)[:6] if len(split.singular_values) else []:
        try:
            S, R, _ = invariant_signal(split, B, d)
        except np.linalg.LinAlgError:
            continue
        full, _ = np.linalg.qr(np.concatenate([R.T, np.eye(n)], axis=1)[:, : n + d])
        found.append((np.concatenate([S, full[:, d:n]], axis=1), (d, n - d) if d < n else (d,)))
    return found or [(np.eye(n), (n,))]


def _bounds(
    one: Weights,
    two: Weights,
    lam: Floats,
    mu: Floats,
    factor: float,
    S: Floats,
    basis: tuple[Floats, tuple[int, ...]],
    basis2: tuple[Floats, tuple[int, ...]],
    length: int,
) -> Floats:
    """The bounds of the module's text for given coordinates, infinite where they are singular: (length + 1,)."""
    before, ctx.prec = ctx.prec, PRECISION
    try:
        (A, h, C), (A2, h2, C2) = one, two
        P, P2, link = ball(basis[0]), ball(basis2[0]), ball(S)
        try:
            L, L2 = P.inv(), P2.inv()
        except ZeroDivisionError:
            return np.full(length + 1, np.inf)
        parts, parts2 = parts_of(basis[1]), parts_of(basis2[1])
        k, total = len(parts), len(parts) + len(parts2)
        M = np.zeros((total, total))
        for x in range(len(A)):
            moved, moved2 = ball(A[x]) / arb(float(lam[x])), ball(A2[x]) / arb(float(mu[x]))
            own, cross, other = L * moved * P, L * (moved * link - link * moved2) * P2, L2 * moved2 * P2
            for i, rows in enumerate(parts):
                for j, columns in enumerate(parts):
                    M[i, j] = max(M[i, j], norm(block(own, rows, columns)))
                for j, columns in enumerate(parts2):
                    M[i, k + j] = max(M[i, k + j], norm(block(cross, rows, columns)))
            for i, rows in enumerate(parts2):
                for j, columns in enumerate(parts2):
                    M[k + i, k + j] = max(M[k + i, k + j], norm(block(other, rows, columns)))
        start2 = ball(h2[:, None])
        d, z = L * (ball(h[:, None]) - link * start2), L2 * start2
        reached = np.array(
            [frobenius(block(d, p, range(1))) for p in parts] + [frobenius(block(z, p, range(1))) for p in parts2]
        )
        read, read2 = centred(C), centred(C2) * arb(factor)
        out, out2 = read * P, (read * link - read2) * P2
        weight = np.array(
            [
                [frobenius(block(out, range(q, q + 1), p)) for p in parts]
                + [frobenius(block(out2, range(q, q + 1), p)) for p in parts2]
                for q in range(len(C))
            ]
        )  # (states, parts)
    finally:
        ctx.prec = before
    bounds = np.empty(length + 1)
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(length + 1):
            bounds[t] = (weight @ reached).max() * UP
            reached = (M @ reached) * UP
    return np.where(np.isnan(bounds), np.inf, bounds)
