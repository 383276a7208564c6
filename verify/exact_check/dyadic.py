"""Exact arithmetic of the checker: matrices of integers times a power of two, and bounds that are rounded upwards.

A float is an integer times a power of two, so a matrix of floats is one of integers together with an exponent:
`Dyadic = (M, e)` stands for M · 2**-e. Sums and products of these are exact. Bounds are fractions; they are rounded
upwards to multiples of 2**-GRID, or they would grow without end.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import chain
from math import isqrt
from typing import Any

from flint import fmpz, fmpz_mat

GRID = 96  # far below the 53 binary digits of what is bounded, and small enough to be cheap
DIGITS = 62  # of matrices that are squared: their norms to a few parts in 10**17, and fast
CLOSER = 6  # digits by which a norm is nearer than it has to be, where squarings end early: one or two of them
Dyadic = tuple[fmpz_mat, int]  # an integer matrix and e: its entries times 2**-e


def matrix_of(values: Sequence[float], rows: int, columns: int) -> Dyadic:
    """Finite floats, row by row, as integers and an exponent: exactly."""
    pairs = [v.as_integer_ratio() for v in values]
    e = max(d.bit_length() - 1 for _, d in pairs)
    return fmpz_mat(rows, columns, [n << (e + 1 - d.bit_length()) for n, d in pairs]), e


def times(a: Dyadic, b: Dyadic) -> Dyadic:
    """The product of two matrices."""
    return a[0] * b[0], a[1] + b[1]


def identity(n: int, e: int) -> fmpz_mat:
    """The identity times 2**e."""
    return fmpz_mat(n, n, [(1 << e) if i == j else 0 for i in range(n) for j in range(n)])


def rows_of(matrix: fmpz_mat) -> list[list[Any]]:
    """The entries, row by row."""
    return matrix.tolist()


def integer_rows(matrix: fmpz_mat) -> list[list[int]]:
    """The entries, row by row, as Python's integers."""
    return [list(map(int, row)) for row in matrix.tolist()]


def column_of(matrix: fmpz_mat, j: int, first: int, last: int) -> list[int]:
    """Entries first to last − 1 of a column."""
    return [int(matrix[i, j]) for i in range(first, last)]


def absolute(matrix: fmpz_mat) -> fmpz_mat:
    """The absolute values of the entries."""
    return fmpz_mat(matrix.nrows(), matrix.ncols(), list(map(abs, matrix.entries())))


def side_by_side(matrices: Sequence[fmpz_mat]) -> fmpz_mat:
    """Matrices of as many rows beside each other."""
    return fmpz_mat([list(chain.from_iterable(rows)) for rows in zip(*map(rows_of, matrices), strict=True)])


def sum_of_squares(matrix: fmpz_mat) -> int:
    """The square of the Frobenius norm."""
    return int(sum((v * v for v in matrix.entries()), start=fmpz(0)))  # FLINT's integers are not converted one by one


def frobenius(matrix: Dyadic) -> Fraction:
    """An upper bound on the Frobenius norm."""
    return sqrt(sum_of_squares(matrix[0]), 2 * matrix[1])


def largest_entry(matrix: Dyadic) -> Fraction:
    """The largest absolute value of an entry."""
    return Fraction(int(max(map(abs, matrix[0].entries()))), 1 << matrix[1])


def at_most(small: Dyadic, large: Dyadic) -> bool:
    """Whether the entries of one matrix are at most those of another."""
    top = max(small[1], large[1])
    difference = large[0] * (1 << (top - large[1])) - small[0] * (1 << (top - small[1]))
    return bool(min(difference.entries(), default=0) >= 0)


def ceiling(matrix: fmpz_mat, factor: Fraction) -> fmpz_mat:
    """The entries, not negative, times the factor, rounded upwards."""
    above, below = factor.numerator, factor.denominator
    entries = [-(-v * above // below) for v in matrix.entries()]
    return fmpz_mat(matrix.nrows(), matrix.ncols(), entries)


def up(value: Fraction) -> Fraction:
    """The value rounded upwards to a multiple of 2**-GRID."""
    return Fraction(-((-value.numerator << GRID) // value.denominator), 1 << GRID)


def near_counted(above: int, below: int) -> int:
    """The multiple of 2**-GRID, counted in these, that above / below, below > 0, is rounded to, away from 0."""
    size = -(-(abs(above) << GRID) // below)
    return size if above > 0 else -size


def sqrt(square: int, e: int) -> Fraction:
    """An upper bound on the root of square · 2**-e."""
    return sqrt_fraction(Fraction(square, 1 << e))


def sqrt_fraction(square: Fraction) -> Fraction:
    """An upper bound on a root, at most 2 · 2**-GRID above it."""
    if not square:
        return Fraction(0)
    return Fraction(isqrt((square.numerator << 2 * GRID) // square.denominator) + 1, 1 << GRID)


def root_counted(square: int, shift: int) -> int:
    """A whole number that is at least √(square · 2**shift), by at most 1 too large; 0 for 0."""
    return isqrt(square << shift if shift >= 0 else square >> -shift) + 1 if square else 0


def square_distances(rows: fmpz_mat) -> list[list[int]]:
    """The squares of the 2-norms of all differences of two rows: sums of entries of a Gram matrix, exactly."""
    gram = integer_rows(rows * rows.transpose())
    own = [row[q] for q, row in enumerate(gram)]
    return [[a + b - 2 * both for b, both in zip(own, row, strict=True)] for a, row in zip(own, gram, strict=True)]


def spectral(matrix: fmpz_mat, e: int, squarings: int) -> Fraction:
    """An upper bound on the 2-norm, as near to it as so many squarings of a Gram matrix surely bring it.

    ‖A‖² is the norm of F = AᵀA, at most μ + ‖F − μ I‖ for any μ ≥ 0; for a symmetric M, ‖M‖² = ‖M²‖ and
    ‖M‖² ≤ tr M². Before a squaring M is divided by a power of two and rounded, which moves its norm by less than its
    size n. The μ taken is a lower bound on the eigenvalues of F (P. A. Samuelson, J. Amer. Statist. Assoc. 63, 1968),
    so that those of M are far apart even where those of F are not: as many binary digits as F loses are as many
    squarings saved. And where M has nearly one eigenvalue alone, (tr M)² = (1 + δ) tr M² with a small δ, tr M² is off
    by 1 + δ at most, and no more squarings are needed.
    """
    if matrix.nrows() < matrix.ncols():
        matrix = matrix.transpose()
    n = matrix.ncols()
    F, first = _shortened(matrix.transpose() * matrix)
    low = _below_eigenvalues(F)
    M = F - identity(n, 0) * low
    own = _trace(M)
    squarings -= min(max(_trace(F).bit_length() - own.bit_length() - 1, 0), squarings)
    shifts: list[int] = []
    for left in range(squarings, -1, -1):
        M = M * M
        square = _trace(M)
        if not left or own * own - square <= square >> left + CLOSER:
            break
        M, shift = _shortened(M)
        own = _trace(M)
        shifts.append(shift)
    top = sqrt(square, 0)
    for shift in reversed(shifts):
        top = sqrt_fraction(_lengthened(top, shift, n))
    return sqrt_fraction(_lengthened(low + top, first, n) / 2 ** (2 * e))


def _trace(matrix: fmpz_mat) -> int:
    return sum(int(matrix[i, i]) for i in range(matrix.nrows()))


def _below_eigenvalues(F: fmpz_mat) -> int:
    """A number that no eigenvalue of a positive semidefinite matrix is below: mean − √(n − 1) · standard deviation."""
    n, trace = F.nrows(), _trace(F)
    spread = (n - 1) * (n * _trace(F * F) - trace**2)
    return max(0, (trace - isqrt(max(spread, 0)) - 1) // n)


def _shortened(matrix: fmpz_mat) -> tuple[fmpz_mat, int]:
    """A positive semidefinite matrix divided by a power of two, rounded, so that its trace has `DIGITS`; the power."""
    shift = _trace(matrix).bit_length() - DIGITS
    if shift <= 0:
        return matrix * (1 << -shift), shift
    return fmpz_mat(matrix.nrows(), matrix.ncols(), [v >> shift for v in matrix.entries()]), shift


def _lengthened(norm: Fraction, shift: int, n: int) -> Fraction:
    """The norm before a matrix was shortened: rounding moved every entry by less than 1, so the norm by less than n."""
    root = norm + n
    return root * 2**shift if shift >= 0 else root / 2**-shift
