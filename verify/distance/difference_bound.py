"""How far apart two trained networks are on every word up to a length, proved.

For networks f(w) = C A[w] h_0 and g(w) = C' A'[w] h_0' with float weights, letters may be measured in units λ_x and
μ_x, because positive factors change no prediction: B[x] = A[x]/λ_x, B'[x] = A'[x]/μ_x. Let S be any matrix, the best
predictor of the first hidden state from the second one. Then d_w = B[w] h_0 − S B'[w] h_0' satisfies

    d_wx = B[x] d_w + (B[x] S − S B'[x]) z_w,    z_wx = B'[x] z_w,

and the logits differ by C d_w + (C S − φ C') z_w, φ the factor of the second network's logits. In coordinates that
split signal and remainder of both networks, the norms of the parts of (d, z) grow at most by one nonnegative matrix,
whose entries bound block norms over all letters. S, the factors and the coordinates are looked for in floats; the norms
are then computed in ball arithmetic (Arb, by python-flint) from the weights as they are, and rounded up, so that the
bound is proved whatever was looked for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from ...groups.compared_by_fields import ComparedByFields
from ...models.protocols import LinearRecurrence
from ..errors import MismatchError
from ..networks.codes_and_rows import ranks
from ..networks.float_network import float_weights
from ..networks.gramians import (
    LARGEST,
    LONGEST,
    SMALLEST,
    Balanced,
    Scaled,
    balanced,
    finite,
    growth,
    in_units,
    invariant_signal,
    reachability,
    scaled,
)
from ..networks.gramians import centred as centred_rows
from .balls import PRECISION, ball, block, centred, frobenius, norm, parts_of

Floats = NDArray[Any]  # of float64
Weights = tuple[Floats, Floats, Floats]  # A, h_0, C
FEW_UNITS = 24  # up to which the coordinates as they are are tried as well
MOST_SIGNAL = 24  # dimension from which signals are not matched by an eigenproblem of its square
UP = 1 + 1e-13  # more than the rounding of one step of the recursion, in which all terms are positive
TINY = 2.0**-1000  # more than what is lost in a step where products are too small for floats, or flushed to 0


@dataclass(frozen=True, eq=False)
class Difference(ComparedByFields):
    """A proved bound on the difference of two networks.

    With the raw logits f(w) = C A[w] h_0 of the first network and g(w) of the second one, neither of them normalised,
    and their means f̄ and ḡ over the states (all logits may be moved by one number), the bounds are proved of

        | (f_q(w) − f̄(w)) / λ_w − factor · (g_q(w) − ḡ(w)) / μ_w |

    for all words w of t letters and all states q, where λ_w and μ_w are the products of λ_x and μ_x over the letters of
    w: exactly these floats, multiplied without rounding.

    Attributes:
        bounds: for each length t, a bound on the number above; infinite where none was found. (length + 1,)
        size: root mean square of (f_q(w) − f̄(w)) / λ_w over random words: what the bounds are to be compared with.
        factors: λ_x and μ_x, (2, letters).
        factor: the positive number that the second network's logits are multiplied by; 1 if networks are compared as
            functions.
    """

    bounds: Floats = field(repr=False)
    size: float
    factors: Floats = field(repr=False)
    factor: float = 1.0

    @property
    def relative(self) -> float:
        """The largest bound over all lengths, divided by `size`; 0 if it is 0, and infinite if only `size` is."""
        largest = float(self.bounds.max())
        return 0.0 if largest == 0 else largest / self.size if 0 < self.size < math.inf else math.inf


def difference(
    first: LinearRecurrence, second: LinearRecurrence, length: int = 100, *, up_to_factors: bool = True
) -> Difference:
    """Bound the difference of the logits of two models on every word of at most `length` letters.

    The weights are multiplied without rounding and without normalising; `Difference` has the number that is bounded.

    Args:
        first: a linear recurrence; affine terms count as the constant unit they are.
        second: another one, of any kind and hidden size, with the same letters and states.
        length: of the words.
        up_to_factors: compare up to a positive factor per letter and one for all logits, as predictions do; else the
            first model's factors are used for both, and the networks are compared as functions.

    Raises:
        MismatchError: for different letters or states, a model that is no linear recurrence or has a readout for each
            last letter, or a negative length.
        ModelError: if a weight is not finite.
    """
    one, two = float_weights(first), float_weights(second)
    if (first.letters, first.states) != (second.letters, second.states):
        raise MismatchError(
            f"the first model has {first.letters} letters and {first.states} states, the second one "
            f"{second.letters} and {second.states}"
        )
    if length < 0:
        raise MismatchError(f"length={length} has to be at least 0")
    lam = _growth(one)
    mu = _growth(two) if up_to_factors else lam
    return difference_of_weights(one, two, lam, mu, length, up_to_factors)


def _growth(weights: Weights) -> Floats:
    A, h, C = weights
    return growth(A, h, centred_rows(C))


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
    with np.errstate(all="ignore"):  # what overflows in the search is left out; the bounds say what overflows in them
        factor, size, links = _found(one, two, lam, mu, fit_size)
        found = [
            _bounds(one, two, lam, mu, factor, link, P1, P2, length)
            for link in (links if S is None else [S])
            for P1 in _coordinates(one, lam)
            for P2 in _coordinates(two, mu)
        ]
    return Difference(np.min(found, axis=0), size, np.stack([lam, mu]), factor)


def _found(one: Weights, two: Weights, lam: Floats, mu: Floats, fit_size: bool) -> tuple[float, float, list[Floats]]:
    """The factor of the second network's logits, the size of the first one's, and matrices S with h ≈ S h'.

    All of it is looked for in even scales; what overflows there is taken for 1, for infinity, and for S = 0.
    """
    even, even2 = scaled(*_seen(one)), scaled(*_seen(two))
    B, B2, n = in_units(one[0], lam), in_units(two[0], mu), len(even.h)
    joint = np.zeros((len(B), n + len(even2.h), n + len(even2.h)))
    joint[:, :n, :n], joint[:, n:, n:] = B, B2
    try:
        P = finite(reachability(joint, np.concatenate([even.h, even2.h]), LONGEST))
        links = _links(B, B2, even, even2, P[:n, n:], P[n:, n:])
    except np.linalg.LinAlgError:
        return 1.0, math.inf, [np.zeros((n, len(even2.h)))]
    links = [np.ldexp(link, even.start - even2.start) for link in links]
    kept = [link for link in links if np.isfinite(link).all()] or [np.zeros((n, len(even2.h)))]
    along, own = (float(np.sum(C * (even2.C @ Q))) for C, Q in ((even.C, P[n:, :n]), (even2.C, P[n:, n:])))
    factor = 1.0
    if fit_size and along > 0 and own > 0:
        shift = even.start + even.readout - even2.start - even2.readout
        factor = float(np.clip(np.ldexp(along / own, shift), SMALLEST, LARGEST))
    mean = float(np.sum(even.C * (even.C @ P[:n, :n]))) / len(even.C)
    return factor, float(np.ldexp(math.sqrt(max(mean, 0.0)), even.start + even.readout)), kept


def _seen(weights: Weights) -> Weights:
    """The same weights with centred rows."""
    A, h, C = weights
    return A, h, centred_rows(C)


def _links(B: Floats, B2: Floats, even: Scaled, even2: Scaled, both: Floats, second: Floats) -> list[Floats]:
    """Matrices S with h ≈ S h': the best predictor, and ones that intertwine the signals best, (hidden, hidden').

    Args:
        B: (letters, hidden, hidden).
        B2: (letters, hidden', hidden').
        even: start and readout of the first network.
        even2: of the second one.
        both: E[h h'ᵀ], (hidden, hidden').
        second: E[h' h'ᵀ], (hidden', hidden').

    Raises:
        LinAlgError: if there is no predictor.
    """
    predictor = both @ np.linalg.pinv(second, rcond=1e-12)
    found = [predictor]
    try:
        one, two = balanced(B, even.h, even.C, LONGEST), balanced(B2, even2.h, even2.C, LONGEST)
        for d in ranks(one.singular_values)[:4] if len(one.singular_values) and len(two.singular_values) else []:
            d = min(d, len(two.singular_values))
            if d <= MOST_SIGNAL:
                found.append(_intertwining(B, B2, one, two, predictor, d))
    except np.linalg.LinAlgError:
        pass
    return found


def _intertwining(B: Floats, B2: Floats, one: Balanced, two: Balanced, predictor: Floats, d: int) -> Floats:
    """S of rank d that intertwines the first d balanced coordinates best, near the predictor: (hidden, hidden')."""
    R, R2 = one.to[:d], two.to[:d]
    S, S2 = one.back[:, :d], two.back[:, :d]
    system = np.zeros((d * d, d * d))
    for left, right in zip(R @ B @ S, R2 @ B2 @ S2, strict=True):
        step = np.kron(left, np.eye(d)) - np.kron(np.eye(d), right.T)  # of vec T, row by row: G T − T G'
        system += step.T @ step
    values, vectors = np.linalg.eigh(finite(system))
    near = vectors[:, values <= max(1e3 * values[0], 1e-9 * values[-1])]
    T = (near @ (near.T @ (R @ predictor @ S2).ravel())).reshape(d, d)
    return np.asarray(S @ T @ R2)


def _coordinates(weights: Weights, lam: Floats) -> list[tuple[Floats, tuple[int, ...]]]:
    """Bases, signal first, and the sizes of their parts."""
    even, B = scaled(*_seen(weights)), in_units(weights[0], lam)
    n = len(even.h)
    found: list[tuple[Floats, tuple[int, ...]]] = [(np.eye(n), (n,))] if n <= FEW_UNITS else []
    try:
        split = balanced(B, even.h, even.C, LONGEST)
    except np.linalg.LinAlgError:
        return [(np.eye(n), (n,))]
    for d in ranks(split.singular_values)[:6] if len(split.singular_values) else []:
        try:
            S, R, _ = invariant_signal(split, B, d)
            full, _ = np.linalg.qr(finite(np.concatenate([R.T, np.eye(n)], axis=1)[:, : n + d]))
            basis = finite(np.concatenate([S, full[:, d:n]], axis=1))
        except np.linalg.LinAlgError:
            continue
        found.append((basis, (d, n - d) if d < n else (d,)))
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
    for t in range(length + 1):
        bounds[t] = _times(weight, reached).max()
        reached = _times(M, reached)
    return np.where(np.isnan(bounds), np.inf, bounds)


def _times(matrix: Floats, vector: Floats) -> Floats:
    """At least the product of a matrix and a vector without negative entries, underflow included."""
    touched = (matrix != 0).astype(float) @ (vector != 0) > 0  # where the product is not 0, or not known
    with np.errstate(all="ignore"):
        return np.where(touched, (matrix @ vector) * UP + TINY, 0.0)
