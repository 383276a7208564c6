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

from flint import fmpz_mat

GRID = 96  # far below the 53 binary digits of what is bounded, and small enough to be cheap
SMALL = 64  # matrices up to this size are squared with 160 digits, larger ones with 64
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
    return [[int(v) for v in row] for row in matrix.tolist()]


def column_of(matrix: fmpz_mat, j: int, first: int, last: int) -> list[int]:
    """Entries first to last − 1 of a column."""
    return [int(matrix[i, j]) for i in range(first, last)]


def absolute(matrix: fmpz_mat) -> fmpz_mat:
    """The absolute values of the entries."""
    return fmpz_mat([[abs(int(v)) for v in row] for row in rows_of(matrix)])


def side_by_side(matrices: Sequence[fmpz_mat]) -> fmpz_mat:
    """Matrices of as many rows beside each other."""
    return fmpz_mat([list(chain.from_iterable(rows)) for rows in zip(*map(rows_of, matrices), strict=True)])


def sum_of_squares(matrix: fmpz_mat) -> int:
    """The square of the Frobenius norm."""
    return sum(int(v) ** 2 for v in chain.from_iterable(rows_of(matrix)))


def frobenius(matrix: Dyadic) -> Fraction:
    """An upper bound on the Frobenius norm."""
    return sqrt(sum_of_squares(matrix[0]), 2 * matrix[1])


def largest_entry(matrix: Dyadic) -> Fraction:
    """The largest absolute value of an entry."""
    return Fraction(max(abs(int(v)) for v in chain.from_iterable(rows_of(matrix[0]))), 1 << matrix[1])


def at_most(small: Dyadic, large: Dyadic) -> bool:
    """Whether the entries of one matrix are at most those of another."""
    top = max(small[1], large[1])
    difference = large[0] * (1 << (top - large[1])) - small[0] * (1 << (top - small[1]))
    return all(int(v) >= 0 for v in chain.from_iterable(rows_of(difference)))


def ceiling(matrix: fmpz_mat, factor: Fraction) -> fmpz_mat:
    """The entries, not negative, times the factor, rounded upwards."""
    above, below = factor.numerator, factor.denominator
    return fmpz_mat([[-(-int(v) * above // below) for v in row] for row in rows_of(matrix)])


def up(value: Fraction) -> Fraction:
    """The value rounded upwards to a multiple of 2**-GRID."""
    return Fraction(-((-value.numerator << GRID) // value.denominator), 1 << GRID)


def near(value: Fraction) -> Fraction:
    """The value rounded away from 0 to a multiple of 2**-GRID; 0 only for 0."""
    size = -(-(abs(value.numerator) << GRID) // value.denominator)
    return Fraction(size if value > 0 else -size, 1 << GRID)


def sqrt(square: int, e: int) -> Fraction:
    """An upper bound on the root of square · 2**-e."""
    return sqrt_fraction(Fraction(square, 1 << e))


def sqrt_fraction(square: Fraction) -> Fraction:
    """An upper bound on a root, at most 2 · 2**-GRID above it."""
    if not square:
        return Fraction(0)
    return Fraction(isqrt((square.numerator << 2 * GRID) // square.denominator) + 1, 1 << GRID)


def spectral(matrix: fmpz_mat, e: int, squarings: int) -> Fraction:
    """An upper bound on the 2-norm by squaring F = AᵀA: ‖F‖² = ‖F²‖, and a norm is at most the Frobenius norm.

    Before a squaring F is divided by a power of two and rounded, which moves its norm by less than its size n.
    """
    if matrix.nrows() < matrix.ncols():
        matrix = matrix.transpose()
    n = matrix.ncols()
    keep = 160 if n <= SMALL else 64
    F = matrix.transpose() * matrix
    shifts: list[int] = []
    for _ in range(squarings):
        largest = max(int(F[i, i]) for i in range(n))  # of a positive semidefinite matrix no entry is larger
        shifts.append(largest.bit_length() - keep)
        F = _shifted(F, shifts[-1])
        F = F * F
    top = sqrt(sum_of_squares(F), 0)
    for shift in reversed(shifts):
        root = sqrt_fraction(top) + n  # rounding moved every entry by less than 1
        top = root * 2**shift if shift >= 0 else root / 2**-shift
    return sqrt_fraction(top / 2 ** (2 * e))


def _shifted(matrix: fmpz_mat, shift: int) -> fmpz_mat:
    if shift <= 0:
        return matrix * (1 << -shift)
    return fmpz_mat([[int(v) >> shift for v in row] for row in rows_of(matrix)])
