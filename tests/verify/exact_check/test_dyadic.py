"""Exact arithmetic of the checker: exact where it says so, and upper bounds, close ones, where it rounds."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from types import ModuleType

import pytest
from bistate.verify.exact_check import dyadic as true
from flint import fmpz_mat
from helpers.lemmas import planted, square_of
from hypothesis import given, settings
from hypothesis import strategies as st

STEP = Fraction(1, 2**true.GRID)
NOISE = Fraction(1, 2**50)  # of squared matrices that are rounded to DIGITS
fractions = st.fractions(-(2**40), 2**40) | st.fractions(-1, 1).map(lambda v: v / 2**80)
numbers = st.floats(allow_nan=False, allow_infinity=False)


def fractions_of(matrix: true.Dyadic) -> list[list[Fraction]]:
    return [[Fraction(int(v), 2 ** matrix[1]) for v in row] for row in matrix[0].tolist()]


# what each function says, as a fact that can be false --------------------------------------------------------------


def rounds_up(dyadic: ModuleType, value: Fraction) -> bool:
    found = dyadic.up(value)
    return value <= found < value + STEP and (found / STEP).denominator == 1


def rounds_away(dyadic: ModuleType, value: Fraction) -> bool:
    found = STEP * dyadic.near_counted(value.numerator, value.denominator)
    on_the_grid = abs(value) <= abs(found) < abs(value) + STEP and (found / STEP).denominator == 1
    return on_the_grid and found * value >= 0 and (found == 0) == (value == 0)


def bounds_a_root(dyadic: ModuleType, square: Fraction) -> bool:
    found = dyadic.sqrt_fraction(square)
    lowest = max(found - 2 * STEP, Fraction(0))
    return lowest**2 <= square <= found**2


def bounds_an_integer_root(dyadic: ModuleType, square: int, e: int) -> bool:
    found = dyadic.sqrt(square, e)
    lowest = max(found - 2 * STEP, Fraction(0))
    return lowest**2 <= Fraction(square, 2**e) <= found**2


def rounds_entries_up(dyadic: ModuleType, rows: list[list[int]], factor: Fraction) -> bool:
    found = dyadic.ceiling(fmpz_mat(rows), factor).tolist()
    pairs = [(v, w) for row, new in zip(rows, found, strict=True) for v, w in zip(row, new, strict=True)]
    return all(v * factor <= int(w) < v * factor + 1 for v, w in pairs)


def is_exact(dyadic: ModuleType, values: list[float], rows: int) -> bool:
    columns = len(values) // rows
    found = dyadic.matrix_of(values[: rows * columns], rows, columns)
    given_rows = [[Fraction(v) for v in values[i * columns : (i + 1) * columns]] for i in range(rows)]
    return fractions_of(found) == given_rows


def compares(dyadic: ModuleType, small: list[list[float]], large: list[list[float]]) -> bool:
    """The two matrices have entries of different depth, so that exponents count."""
    pairs = [(v, w) for a, b in zip(small, large, strict=True) for v, w in zip(a, b, strict=True)]
    matrices = [dyadic.matrix_of([v for row in m for v in row], len(m), len(m[0])) for m in (small, large)]
    return dyadic.at_most(*matrices) == all(v <= w for v, w in pairs)


def bounds_the_norm(dyadic: ModuleType, rows: list[list[int]], e: int, squarings: int, norm: Fraction) -> bool:
    """Below the norm nowhere, and above it at most as k squarings of an n × n matrix may be, n**(2**-(k + 1))."""
    found, n = dyadic.spectral(fmpz_mat(rows), e, squarings), min(len(rows), len(rows[0]))
    return norm <= found and found ** (2 ** (squarings + 1)) <= (norm * (1 + NOISE)) ** (2 ** (squarings + 1)) * n


def orthogonal(size: int, scale: int) -> list[list[int]]:
    """scale · (n I − 2 J), whose norm is scale · n: a reflection."""
    return [[scale * (size * (i == j) - 2) for j in range(size)] for i in range(size)]


def facts(dyadic: ModuleType) -> Iterator[bool]:
    """All of them, on numbers that are hard to round."""
    third = Fraction(1, 3)
    for value in (third, -third, 5 * STEP, -5 * STEP, STEP / 7, -STEP / 7, Fraction(0), 2**30 + third):
        yield rounds_up(dyadic, value)
        yield rounds_away(dyadic, value)
    for square in (Fraction(2), third, Fraction(4), STEP**2, STEP**2 / 5, Fraction(0), Fraction(10**40, 3)):
        yield bounds_a_root(dyadic, square)
    yield from (bounds_an_integer_root(dyadic, v, e) for v in (0, 2, 9, 10**30) for e in (0, 4, 7))
    yield from (rounds_entries_up(dyadic, [[0, 1, 2], [3, 6, 10**30]], f) for f in (third, Fraction(7, 3)))
    yield is_exact(dyadic, [0.1, -0.0, 1e300, 5e-324, 3.0, -2.5], 2)
    yield from (compares(dyadic, [[a, 0.0]], [[b, 0.0]]) for a in (0.75, 0.5, 1.0) for b in (0.75, 0.5, 1.0, 2.0**-9))
    yield compares(dyadic, [[1.0, 2.0**-60]], [[2.0, 0.0]])
    for squarings in (0, 1, 5):
        for size, scale, e in ((1, 2**90 + 12345, 3), (3, 2**85 + 99, 0), (4, 1, 7), (70, 2**40 + 1, 5)):
            if size < 70 or squarings < 2:
                norm = Fraction(scale * max(size, 1), 2**e)
                yield bounds_the_norm(dyadic, orthogonal(size, scale) if size > 1 else [[scale]], e, squarings, norm)
        yield bounds_the_norm(dyadic, [[1] * 3] * 3, 0, squarings, Fraction(3))
        for sizes in ((1000, 700, 300), (1000, 999, 998, 997), (3, 2**70, 5)):
            diagonal = [[v * (i == j) for j in range(len(sizes))] for i, v in enumerate(sizes)]
            yield bounds_the_norm(dyadic, diagonal, 9, squarings, Fraction(max(sizes), 2**9))
        yield bounds_the_norm(dyadic, [[3 * 2**99 + 3, 4 * 2**99 + 4]], 100, squarings, Fraction(5 * 2**99 + 5, 2**100))
    yield dyadic.frobenius((fmpz_mat([[1, 1], [0, 0]]), 3)) ** 2 >= Fraction(2, 64)
    yield dyadic.largest_entry((fmpz_mat([[1, -7], [0, 2]]), 3)) == Fraction(7, 8)
    yield dyadic.sum_of_squares(fmpz_mat([[1, -7], [0, 2]])) == 54
    yield dyadic.integer_rows(dyadic.absolute(fmpz_mat([[1, -7], [0, 2]]))) == [[1, 7], [0, 2]]
    yield dyadic.column_of(fmpz_mat([[1, 2], [3, 4], [5, 6]]), 1, 1, 3) == [4, 6]
    joined = dyadic.side_by_side([fmpz_mat([[1], [2]]), fmpz_mat([[3, 4], [5, 6]])])
    yield dyadic.integer_rows(joined) == [[1, 3, 4], [2, 5, 6]]
    half = dyadic.times((fmpz_mat([[1, 2]]), 1), (fmpz_mat([[3], [4]]), 2))
    yield fractions_of(half) == [[Fraction(11, 8)]]
    yield fractions_of((dyadic.identity(2, 5), 5)) == [[1, 0], [0, 1]]


def test_every_function_does_what_it_says_on_numbers_that_are_hard_to_round():
    assert all(facts(true))


@given(fractions)
def test_up_and_near_round_in_the_right_direction_by_less_than_a_step(value):
    assert rounds_up(true, value)
    assert rounds_away(true, value)


@given(fractions.map(abs), st.integers(0, 10**60), st.integers(0, 300))
def test_a_root_is_an_upper_bound_and_at_most_two_steps_above(square, whole, e):
    assert bounds_a_root(true, square)
    assert bounds_an_integer_root(true, whole, e)


@given(st.lists(numbers, min_size=2, max_size=6))
def test_floats_are_read_exactly(values):
    assert is_exact(true, values, 2)
    assert is_exact(true, values, 1)


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=3))
def test_entries_are_compared_exactly(pairs):
    assert compares(true, [[a for a, _ in pairs]], [[b for _, b in pairs]])


@given(st.lists(st.integers(0, 10**30), min_size=1, max_size=4), fractions.map(abs))
def test_entries_are_rounded_upwards_by_less_than_one(row, factor):
    assert rounds_entries_up(true, [row], factor)


@settings(max_examples=60)
@given(
    st.integers(1, 4).flatmap(
        lambda n: st.lists(st.lists(st.integers(-(10**30), 10**30), min_size=n, max_size=n), min_size=1, max_size=4)
    ),
    st.integers(0, 8),
    st.integers(0, 120),
)
def test_the_bound_on_a_norm_is_above_what_the_matrix_does_to_its_own_rows(rows, squarings, e):
    """‖M v‖ ≤ bound ‖v‖ for v a row, and for v after some steps of the power method."""
    bound = true.spectral(fmpz_mat(rows), e, squarings)
    for row in rows:
        v = [Fraction(x) for x in row]
        for _ in range(4):
            moved = [sum((a * b for a, b in zip(r, v, strict=True)), Fraction(0)) for r in rows]
            assert square_of(moved) <= bound**2 * 2 ** (2 * e) * square_of(v)
            v = [sum((r[j] * m for r, m in zip(rows, moved, strict=True)), Fraction(0)) for j in range(len(row))]


@pytest.mark.parametrize(
    ("hypothesis", "old", "new"),
    [
        ("up rounds upwards", "Fraction(-((-value.numerator << GRID)", "Fraction(((value.numerator << GRID)"),
        (
            "near rounds away from 0",
            "size = -(-(abs(above) << GRID) // b",
            "size = ((abs(above) << GRID) // b",
        ),
        ("near keeps the sign", "size if above > 0 else -size", "size"),
        ("a root is rounded upwards", "// square.denominator) + 1, 1", "// square.denominator), 1"),
        ("a root of e digits", "Fraction(square, 1 << e)", "Fraction(square, 1 << (e + 1))"),
        ("entries are rounded upwards", "-(-v * above // below)", "(v * above // below)"),
        ("all floats have one exponent", "n << (e + 1 - d.bit_length())", "n << e"),
        ("exponents of both are compared", "small[0] * (1 << (top - small[1]))", "small[0]"),
        ("an equal entry is at most", "default=0) >= 0", "default=0) > 0"),
        ("what rounding moves is added", "root = norm + n", "root = norm"),
        ("a norm is at most the root of a trace", "top = sqrt(square, 0)", "top = Fraction(own, 2 * n)"),
        ("a squared matrix has the squared norm", "top = sqrt_fraction(_l", "top = (_l"),
        ("shifts are undone, last first", "for shift in reversed(shifts)", "for shift in shifts"),
        ("shifts are undone", "return root * 2**shift if", "return root if"),
        ("small matrices are shifted upwards", "else root / 2**-shift", "else root / 2 ** (1 - shift)"),
        ("the unit of the matrix", "first, n) / 2 ** (2 * e))", "first, n) / 2 ** (3 * e))"),
        ("what is subtracted is added", "_lengthened(low + top, first, n)", "_lengthened(top, first, n)"),
        ("squarings end where one eigenvalue is left", "<= square >> left + CLOSER", "<= square << 9"),
        (
            "the Frobenius norm is in units squared",
            "sqrt(sum_of_squares(matrix[0]), 2 * m",
            "sqrt(sum_of_squares(matrix[0]), 3 * m",
        ),
        ("the largest entry is of either sign", "max(map(abs, matrix[0].entries()))", "max(matrix[0].entries())"),
        ("sizes of both signs", "list(map(abs, matrix.entries()))", "matrix.entries()"),
        ("exponents of products add up", "a[1] + b[1]", "max(a[1], b[1])"),
    ],
)
def test_an_error_planted_in_a_rounding_is_noticed(hypothesis, old, new):
    changed = planted("dyadic", old, new).dyadic
    assert not all(facts(changed)), hypothesis
