"""Lemma 1 for scores that stand behind norms: RMSNorm or LayerNorm, also one for each head, with their ε.

Statement
---------
Let x be the last letter, h the state, and the scores

    scores(h) = d + Σ_k E_k y_k / r_k(h),   y_k = R_k h,   r_k(h)² = mean y_k² + ε_k (κ h)²,   ε_k > 0,

E_k (scores × m), R_k (m × hidden) and d of the letter x. A centred part has y_k − mean y_k for y_k. κ is a unit that
is 1 after every word: row κ of every transition is that of the identity, and h_0 has a 1 there. Without such a unit
‖h‖ stands for κ h: the network divides states by their norm. Roots are real numbers: nothing is rounded.

If for every word w of `shortest` to `prefix` letters, q the state it leads to, score q of H_w is above all others, then
all of them are classified rightly.

Proof
-----
By definition, as scores are of degree 0 in h, and H_w, multiplied exactly, is a positive multiple of the state; with κ
it is the state. 1 / r is enclosed between two fractions by integer square roots, and scores by two integers times
2**-digits. r > 0 is checked: with κ h = 1 it holds as ε > 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

from flint import fmpz_mat

from .document import Claim
from .dyadic import Dyadic, integer_rows, times
from .errors import require
from .normed_document import Part

DIGITS = 160  # binary digits of 1 / r and of scores, counted from their first one
Square = tuple[int, int]  # a fraction, not in lowest terms


@dataclass(frozen=True)
class Root:
    """1 / r is from low to low + 1, times 2**-shift.

    Attributes:
        low: see above.
        shift: see above.
    """

    low: int
    shift: int

    def of(self, value: int) -> tuple[int, int]:
        """An integer times 1 / r, at least and at most, times 2**-shift."""
        one, other = value * self.low, value * (self.low + 1)
        return (one, other) if value >= 0 else (other, one)


def inverse_root(square: Square) -> Root:
    """The root of a positive square, enclosed.

    >>> root = inverse_root((1, 2))
    >>> root.low**2 < 2 << 2 * root.shift < (root.low + 1) ** 2, root.low.bit_length() > DIGITS
    (True, True)
    """
    below, above = square
    shift = DIGITS + 1 + max(0, (below.bit_length() - above.bit_length()) // 2 + 1)
    return Root(isqrt((above << 2 * shift) // below), shift)


@dataclass(frozen=True)
class Rows:
    """y and κ h of one part after one last letter, as rows for h in some coordinates.

    Attributes:
        y: m rows, times `mean`.
        mean: 1, or m in a centred part: rows less their mean, times m, are integers.
        E: (scores, m).
        eps: ε.
        kappa: κ, one row, or all coordinates, for ‖h‖.
    """

    y: Dyadic
    mean: int
    E: Dyadic
    eps: Fraction
    kappa: Dyadic

    @property
    def units(self) -> int:
        """The number m."""
        return int(self.y[0].nrows())

    def times(self, matrix: Dyadic) -> Rows:
        """The same in other coordinates, or of columns."""
        return Rows(times(self.y, matrix), self.mean, self.E, self.eps, times(self.kappa, matrix))

    def square(self, y: Sequence[int], kappa: Sequence[int]) -> Square:
        """r² from a column of y and of κ h, as the integers they hold."""
        of_y, of_kappa = sum(v * v for v in y), sum(v * v for v in kappa)
        below, unit = (self.units * self.mean**2) << 2 * self.y[1], self.eps.denominator << 2 * self.kappa[1]
        return of_y * unit + self.eps.numerator * of_kappa * below, below * unit


def rows_after(claim: Claim, part: Part, x: int) -> Rows:
    """One part in the network's own coordinates, after the last letter x."""
    R, e = part.rows[x if len(part.rows) > 1 else 0]
    mean, n = 1, claim.hidden
    if part.centred:
        rows, mean = integer_rows(R), int(R.nrows())
        sums = [sum(column) for column in zip(*rows, strict=True)]
        R = fmpz_mat([[mean * v - total for v, total in zip(row, sums, strict=True)] for row in rows])
    at = range(n) if claim.constant is None else [claim.constant]
    kappa = fmpz_mat([[int(i == j) for j in range(n)] for i in at])
    return Rows((R, e), mean, part.weights[x if len(part.weights) > 1 else 0], part.eps, (kappa, 0))


def offset_after(claim: Claim, x: int) -> tuple[Fraction, ...]:
    """The bias d after the last letter x."""
    return claim.offset[x if len(claim.offset) > 1 else 0]


def digits_of(claim: Claim) -> int:
    """Binary digits after the point in which scores are counted: `DIGITS`, and more where all weights are small."""
    sizes = [max(abs(int(v)) for v in E.entries()).bit_length() - e for part in claim.parts for E, e in part.weights]
    return DIGITS + max(0, -max(sizes))


def require_constant(claim: Claim) -> None:
    """That the constant unit is 1 after every word, if there is one.

    Raises:
        CheckError: if it need not be.
    """
    if claim.constant is None:
        return
    i = claim.constant
    for matrix, e in claim.A:
        kept = all(int(matrix[i, j]) == (1 << e if j == i else 0) for j in range(claim.hidden))
        require(kept, "a letter changes the constant unit")
    require(int(claim.h[0][i, 0]) == 1 << claim.h[1], "the constant unit is not 1 at the start")


def require_right(claim: Claim, H: Dyadic, states: Sequence[int], x: int, length: int) -> None:
    """That the states after some words with the last letter x are read out rightly.

    Args:
        claim: with parts.
        H: columns, one for each word.
        states: where the words lead.
        x: their last letter.
        length: their length.

    Raises:
        CheckError: if one is not.
    """
    digits, d = digits_of(claim), offset_after(claim, x)
    low = [[(v.numerator << digits) // v.denominator for v in d] for _ in states]  # scores, at least
    high = [[v + 1 for v in row] for row in low]
    for part in claim.parts:
        rows = rows_after(claim, part, x).times(H)
        y, kappa = integer_rows(rows.y[0].transpose()), integer_rows(rows.kappa[0].transpose())
        scores, f = times(rows.E, rows.y)
        for j, column in enumerate(integer_rows(scores.transpose())):
            square = rows.square(y[j], kappa[j])
            require(square[0] > 0, "a state is 0 before a norm")
            root = inverse_root(square)
            below = rows.mean << (f + root.shift)
            for p, value in enumerate(column):
                least, most = root.of(value)
                low[j][p] += (least << digits) // below
                high[j][p] -= (-most << digits) // below
    for q, under, over in zip(states, low, high, strict=True):
        right = all(under[q] > over[p] for p in claim.rivals(q))
        require(right, f"words of {length} letters are not all classified rightly")
