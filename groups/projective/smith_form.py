"""The Smith normal form of small integer matrices, with both transformations.

U A V = D with unimodular U and V, and D diagonal with d_1 | d_2 | …; so Z^n / (rows of A) ≅ ⊕ Z/d_i by x ↦ x V.
Source: H. J. S. Smith, On systems of linear indeterminate equations and congruences, 1861.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from flint import fmpz_mat

Rows = list[list[int]]


@dataclass(frozen=True)
class SmithForm:
    """U A V = D.

    Attributes:
        left: U, m × m.
        diagonal: d_1, …, d_n, not negative, each a divisor of the next; those beyond the rank are 0.
        right: V, n × n.
    """

    left: tuple[tuple[int, ...], ...]
    diagonal: tuple[int, ...]
    right: tuple[tuple[int, ...], ...]


def smith_form(rows: Sequence[Sequence[int]], width: int) -> SmithForm:
    """The Smith normal form of an m × n integer matrix, n = `width`; U A V = D and det U, det V = ±1 are checked.

    Example:
        >>> smith_form([[2, 4], [0, 6]], 2).diagonal
        (2, 6)
    """
    height = len(rows)
    # [A | 1] under row operations, [A; 1] under column operations: one table, whose last corner is not used.
    table = [[*map(int, row), *(int(i == j) for j in range(height))] for i, row in enumerate(rows)]
    table += [[int(i == j) for j in range(width)] + [0] * height for i in range(width)]
    for corner in range(min(height, width)):
        while _cleared(table, corner, height, width):
            pass
    left = [row[width:] for row in table[:height]]
    right = [row[:width] for row in table[height:]]
    diagonal = [table[i][i] if i < height else 0 for i in range(width)]
    _check(rows, left, diagonal, right)
    return SmithForm(tuple(map(tuple, left)), tuple(diagonal), tuple(map(tuple, right)))


def _cleared(table: Rows, corner: int, height: int, width: int) -> bool:
    """One step towards a row and a column that are zero but for the corner, which divides all that is left.

    Returns:
        Whether there is another step to do. Each one makes the corner smaller, or is the last but one.
    """
    entries = [(abs(table[i][j]), i, j) for i in range(corner, height) for j in range(corner, width) if table[i][j]]
    if not entries:
        return False
    _, i, j = min(entries)
    table[corner], table[i] = table[i], table[corner]
    _swap_columns(table, corner, j)
    if table[corner][corner] < 0:
        table[corner] = [-x for x in table[corner]]
    pivot = table[corner][corner]
    for i in range(corner + 1, height):
        if factor := table[i][corner] // pivot:
            table[i] = [x - factor * y for x, y in zip(table[i], table[corner], strict=True)]
    for j in range(corner + 1, width):
        if factor := table[corner][j] // pivot:
            for row in table:
                row[j] -= factor * row[corner]
    if any(table[i][corner] for i in range(corner + 1, height)) or any(table[corner][corner + 1 : width]):
        return True
    for i in range(corner + 1, height):
        if any(x % pivot for x in table[i][corner + 1 : width]):
            table[corner] = [x + y for x, y in zip(table[corner], table[i], strict=True)]
            return True
    return False


def _swap_columns(table: Rows, i: int, j: int) -> None:
    for row in table:
        row[i], row[j] = row[j], row[i]


def _check(rows: Sequence[Sequence[int]], left: Rows, diagonal: list[int], right: Rows) -> None:
    height, width = len(left), len(right)
    assert all(abs(int(_matrix(side, n).det())) == 1 for side, n in ((left, height), (right, width)) if n)
    if height and width:
        product = _matrix(left, height) * _matrix(rows, width) * _matrix(right, width)
        expected = [[diagonal[i] if i == j else 0 for j in range(width)] for i in range(height)]
        assert product == _matrix(expected, width)
    assert all((b % a == 0) if a else b == 0 for a, b in pairwise(diagonal))


def _matrix(rows: Sequence[Sequence[int]], width: int) -> fmpz_mat:
    return fmpz_mat(len(rows), width, [int(x) for row in rows for x in row])
