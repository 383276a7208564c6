"""Products and elimination over cyclotomic fields against the definitions, for many conductors and sizes of numbers."""

from fractions import Fraction

import pytest
from bistate.groups import Cyclotomic, E, ExactMatrix, MatrixError
from bistate.groups.arithmetic.coefficient_products import _by_polynomials, _schoolbook
from bistate.groups.arithmetic.elimination import determinant
from bistate.groups.arithmetic.positive import _all_pivots_positive, _enclosed, is_positive_definite
from flint import fmpz_mat
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Poly, Symbol
from sympy import minimal_polynomial as sympy_minimal_polynomial

CONDUCTORS = [1, 3, 4, 5, 12, 60]


@st.composite
def numbers(draw, conductor, size=9):
    terms = draw(st.lists(st.tuples(st.integers(0, conductor - 1), st.integers(-size, size)), max_size=3))
    total = Cyclotomic([draw(st.sampled_from([0, 1, Fraction(1, 2), Fraction(-3, 7)]))])
    for k, c in terms:
        total = total + E(conductor, k) * c
    return total


@st.composite
def matrices(draw, rows=None, columns=None, conductor=None, size=9):
    conductor = draw(st.sampled_from(CONDUCTORS)) if conductor is None else conductor
    rows = draw(st.integers(1, 4)) if rows is None else rows
    columns = draw(st.integers(1, 4)) if columns is None else columns
    return ExactMatrix([[draw(numbers(conductor, size)) for _ in range(columns)] for _ in range(rows)])


def by_definition(left, right):
    a, b = left.tolist(), right.tolist()
    return [
        [sum((a[i][k] * b[k][j] for k in range(len(b))), start=Cyclotomic([0])) for j in range(len(b[0]))]
        for i in range(len(a))
    ]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_products(data):
    left = data.draw(matrices(columns=3))
    right = data.draw(matrices(rows=3))
    assert (left @ right).tolist() == by_definition(left, right)


@pytest.mark.parametrize("conductor", [1, 5, 12])
@pytest.mark.parametrize("bits", [3, 40, 200])
def test_larger_products_with_short_and_long_numbers(conductor, bits):
    """Beyond the sizes where products are taken coefficient by coefficient: associativity with a vector is exact."""
    size, unit = 14, 2**bits

    def entry(i, j, salt):
        value = E(conductor, i * j + salt) * ((i * 37 + j * 11 + salt) % 17 - 8) * unit
        return value + E(conductor, i + 2 * j) * (i - j)

    a = ExactMatrix([[entry(i, j, 1) for j in range(size)] for i in range(size)])
    b = ExactMatrix([[entry(i, j, 2) for j in range(size)] for i in range(size)])
    v = ExactMatrix.column([i * i - 3 for i in range(size)])
    assert (a @ b) @ v == a @ (b @ v)
    assert (a @ b)[2, 3] == sum((a[2, k] * b[k, 3] for k in range(size)), start=Cyclotomic([0]))


@settings(max_examples=40, deadline=None)
@given(matrices())
def test_reduced_row_echelon_form(matrix):
    reduced, pivots = matrix.rref()
    rows, columns = matrix.shape
    assert list(pivots) == sorted(set(pivots))
    for i, pivot in enumerate(pivots):
        assert [reduced[k, pivot] for k in range(rows)] == [int(k == i) for k in range(rows)]
        assert all(reduced[i, j] == 0 for j in range(pivot))
    assert all(reduced[i, j] == 0 for i in range(len(pivots), rows) for j in range(columns))
    # the same row space: each row of M is a combination of the rows found, with the pivot entries as coefficients
    coefficients = matrix.submatrix(range(rows), list(pivots))
    assert coefficients @ reduced.submatrix(range(len(pivots)), range(columns)) == matrix


@settings(max_examples=40, deadline=None)
@given(matrices())
def test_kernel_and_rank(matrix):
    kernel = matrix.kernel()
    assert kernel.shape[0] == matrix.shape[1]
    assert (matrix @ kernel).is_zero
    assert kernel.shape[1] == matrix.shape[1] - matrix.rank()
    assert kernel.rank() == kernel.shape[1]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_solutions_and_inverses(data):
    size = data.draw(st.integers(1, 4))
    matrix = data.draw(matrices(rows=size, columns=size))
    right = data.draw(matrices(rows=size))
    if matrix.rank() < size:
        with pytest.raises(MatrixError, match="has no inverse"):
            matrix.inverse()
        return
    assert matrix @ matrix.solve(right) == right
    assert matrix @ matrix.inverse() == matrix.inverse() @ matrix == ExactMatrix.identity(size)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_determinants_are_multiplicative(data):
    conductor = data.draw(st.sampled_from(CONDUCTORS))
    a, b = (data.draw(matrices(rows=3, columns=3, conductor=conductor)) for _ in range(2))
    assert (a @ b).det() == a.det() * b.det()
    assert bool(a.det()) == (a.rank() == 3)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_cayley_and_hamilton(data):
    matrix = data.draw(matrices(rows=3, columns=3))
    coefficients = matrix.charpoly()
    total, power = ExactMatrix.zeros(3, 3), ExactMatrix.identity(3)
    for c in coefficients:
        total, power = total + power * c, power @ matrix
    assert total.is_zero
    assert coefficients[-1] == 1
    assert coefficients[0] == -matrix.det()


@pytest.mark.parametrize("conductor", [1, 5, 12])
def test_solutions_with_long_numbers_need_more_than_one_prime(conductor):
    size = 5
    matrix = ExactMatrix(
        [[E(conductor, i * j) * (i + 2 * j + 1) + 10**12 * (i == j) for j in range(size)] for i in range(size)]
    )
    right = ExactMatrix.identity(size)
    solution = matrix.solve(right)
    assert matrix @ solution == right
    assert max(abs(c.numerator) for row in solution.tolist() for x in row for c in x.coefficients) > 2**62


def test_determinant_of_integers():
    assert determinant([fmpz_mat(2, 2, [2**70, 1, 3, 2**70])], 1) == [2**140 - 3]


def test_empty_shapes():
    assert ExactMatrix.zeros(2, 3).kernel().shape == (3, 3)
    assert ExactMatrix.identity(3).kernel().shape == (3, 0)
    assert ExactMatrix.zeros(2, 2).rank() == 0


@settings(max_examples=40, deadline=None)
@given(matrices(rows=3, columns=3), st.booleans())
def test_positive_definiteness(matrix, shift):
    form = matrix.H @ matrix
    if shift:
        form = form - ExactMatrix.identity(3) * Fraction(1, 2)
    expected = _all_pivots_positive(form)
    assert is_positive_definite(form) == expected
    if _enclosed(form):  # an enclosure is a proof, so it never says yes to a form with another pivot
        assert expected
    if not shift:
        assert expected == (matrix.rank() == 3)


def test_forms_of_size_one_and_none():
    assert [is_positive_definite(ExactMatrix([[x]])) for x in (1, 0, -1, Fraction(1, 10**400))] == [
        True,
        False,
        False,
        True,
    ]
    assert is_positive_definite(ExactMatrix.identity(0))


def test_forms_that_are_hard_to_enclose():
    tiny = Fraction(1, 10**40)
    assert is_positive_definite(ExactMatrix([[1, 1], [1, 1 + tiny]]))
    assert not is_positive_definite(ExactMatrix([[1, 1], [1, 1 - tiny]]))
    assert not is_positive_definite(ExactMatrix([[1, 1], [1, 1]]))


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.data())
def test_products_by_polynomials_are_the_schoolbook_ones(rows, inner, columns, data):
    def coefficients(m, n):
        entries = st.lists(st.integers(-9, 9), min_size=m * n, max_size=m * n)
        parts = data.draw(st.lists(st.none() | entries, min_size=1, max_size=5))
        return [fmpz_mat(m, n, [0] * (m * n) if part is None else part) for part in parts]

    a, b = coefficients(rows, inner), coefficients(inner, columns)
    left = [None if part.is_zero() else part for part in a]
    right = [None if part.is_zero() else part for part in b]
    if not any(left) or not any(right):
        return
    expected = [(k, part) for k, part in enumerate(_schoolbook(left, right)) if part is not None and not part.is_zero()]
    assert _by_polynomials(left, right) == expected


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(CONDUCTORS).flatmap(numbers))
def test_minimal_polynomials_of_numbers_are_those_of_sympy(number):
    x = Symbol("x")
    expected = Poly(sympy_minimal_polynomial(number.to_sympy(), x), x).monic().all_coeffs()
    assert list(number.minimal_polynomial()) == [Fraction(str(c)) for c in reversed(expected)]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_minimal_polynomials_of_matrices_vanish_and_none_of_less_degree_does(data):
    size = data.draw(st.integers(1, 4))
    matrix = data.draw(matrices(rows=size, columns=size, size=2))
    if data.draw(st.booleans()):  # eigenvalues that are there twice
        matrix = ExactMatrix.block_diagonal([matrix, matrix])
    found = matrix.minimal_polynomial()
    zero = ExactMatrix.zeros(*matrix.shape)
    assert found[-1] == 1
    assert sum((matrix**k * c for k, c in enumerate(found)), start=zero) == zero
    powers = [[v for row in (matrix**k).tolist() for v in row] for k in range(len(found) - 1)]
    assert not powers or ExactMatrix(powers).rank() == len(powers)


def test_minimal_polynomials_are_of_square_matrices():
    with pytest.raises(MatrixError, match="not square"):
        ExactMatrix([[1, 2]]).minimal_polynomial()
