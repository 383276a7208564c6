"""Exact numbers to SymPy and back, and what SymPy writes otherwise; checked in floats and by squaring."""

import cmath

import pytest
import sympy
from bistate.groups import CyclotomicError, E, ExactMatrix, MatrixError, cos_turn, number_from_sympy, sin_turn
from bistate.verify import strategies as bst
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import I, Rational, Symbol, pi, sqrt


@settings(max_examples=60)
@given(bst.cyclotomics(max_conductor=24))
def test_numbers_come_back(x):
    expression = x.to_sympy()
    assert number_from_sympy(expression) == x
    assert number_from_sympy(sympy.conjugate(expression)) == x.conjugate()
    assert cmath.isclose(complex(expression), complex(x), abs_tol=1e-9)


@settings(max_examples=10)
@given(st.lists(bst.cyclotomics(max_conductor=24), min_size=4, max_size=4))
def test_matrices_come_back(entries):
    M = ExactMatrix([entries[:2], entries[2:]])
    assert ExactMatrix.from_sympy(M.to_sympy()) == M


@settings(max_examples=40)
@given(st.integers(-50, 50), st.integers(1, 24))
def test_cosines_and_sines(k, n):
    """SymPy writes some of them with nested square roots by itself, as sin(2π/5)."""
    assert number_from_sympy(sympy.cos(2 * pi * Rational(k, n))) == cos_turn(k, n)
    assert number_from_sympy(sympy.sin(2 * pi * Rational(k, n))) == sin_turn(k, n)
    assert number_from_sympy(sympy.exp(2 * pi * I * Rational(k, n))) == E(n, k)
    assert number_from_sympy((-1) ** Rational(2 * k, n)) == E(n, k)


@settings(max_examples=25)
@given(st.fractions(-10, 10, max_denominator=4))
def test_square_roots(r):
    expression = sqrt(Rational(r.numerator, r.denominator))
    root = number_from_sympy(expression)
    assert root * root == r
    assert cmath.isclose(complex(root), complex(expression), abs_tol=1e-9)  # the principal one
    if r:
        assert number_from_sympy(1 / expression) * root == 1


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (I, E(4)),
        (sympy.Integer(3), 3),
        (sympy.GoldenRatio, -(E(5) ** 2) - E(5) ** 3),
        (sympy.re(sympy.exp(2 * pi * I / 7)), cos_turn(1, 7)),
        (sqrt(-2 - sqrt(2)), E(4) * 2 * cos_turn(1, 16)),
        ((1 + I) ** -2, E(4) * E(2) / 2),
        (sympy.Integer(2) ** Rational(-3, 2), cos_turn(1, 8) / 2),
        (2, 2),
    ],
)
def test_other_forms(expression, value):
    assert number_from_sympy(expression) == value


@pytest.mark.parametrize(
    ("expression", "part"),
    [
        (sympy.Float(0.5), "0.5"),
        (0.5, "0.5"),
        (Symbol("x") + 1, "x is not read"),
        (sympy.cbrt(2), r"2\*\*\(1/3\) is not read"),
        (sympy.exp(1), "E is not read"),
        (sympy.cos(1), r"cos\(1\) is not read"),
        (sympy.pi, "pi is not read"),
        (sqrt(1 + I), r"sqrt\(1 \+ I\) is not read"),
        (sqrt(1 + sqrt(3)), r"sqrt\(1 \+ sqrt\(3\)\) is not read"),
        (sqrt(1000003), r"sqrt\(1000003\) is not read"),
        (sympy.exp(2 * pi * I / 20011), "at most 10000"),
        (sympy.zoo, "zoo is not read"),
    ],
)
def test_what_is_not_read_is_named(expression, part):
    with pytest.raises(CyclotomicError, match=part):
        number_from_sympy(expression)


def test_an_entry_that_is_not_read_is_named():
    with pytest.raises(MatrixError, match=r"matrix entry x is not read"):
        ExactMatrix.from_sympy(sympy.Matrix([[1, Symbol("x")]]))
