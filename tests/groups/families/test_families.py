"""Exact numbers and matrices, families, products and Young's forms."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from bistate.groups import (
    AbelianGroup,
    AlternatingGroup,
    BistateError,
    CyclicGroup,
    Cyclotomic,
    DihedralGroup,
    E,
    ExactMatrix,
    GroupError,
    MatrixError,
    QuaternionGroup,
    Representation,
    RepresentationError,
    SymmetricGroup,
    TooLargeError,
    cos_turn,
    direct_product,
    named_group,
    orthogonal_generators,
    partitions,
    semidirect_product,
    seminormal,
    sin_turn,
    specht,
    standard_tableaux,
    wreath_product,
)
from bistate.verify import strategies as bst
from hypothesis import given
from hypothesis import strategies as st

numbers = bst.cyclotomics()


# --- cyclotomic numbers ---


@given(numbers, numbers, numbers)
def test_field_axioms(x, y, z):
    assert (x + y) + z == x + (y + z)
    assert x * (y + z) == x * y + x * z
    assert x * y == y * x
    assert (x * y) * z == x * (y * z)
    assert x - x == 0
    if x:
        assert x * x.inverse() == 1
        assert (y / x) * x == y


@given(numbers)
def test_numbers_are_canonical_and_parse_back(x):
    for factor in (2, 3, 4):
        again = Cyclotomic(x.over(x.conductor * factor), x.conductor * factor)
        assert again == x
        assert hash(again) == hash(x)
        assert again.conductor == x.conductor
    assert eval(repr(x), {"E": E, "Fraction": Fraction}) == x
    assert x.conductor % 4 != 2


@given(numbers, st.integers(1, 60))
def test_galois_automorphisms_are_homomorphisms(x, k):
    y = x * x + 1
    if math.gcd(k, x.conductor) == 1:
        assert y.galois(k % y.conductor) == x.galois(k) * x.galois(k) + 1
    assert x.conjugate().conjugate() == x
    assert (x * x.conjugate()).is_real
    assert x.real + x.imag * E(4) == x


def precise(x, digits=60):
    with mpmath.workdps(digits):
        terms = [
            mpmath.mpf(c.numerator) / c.denominator * mpmath.expjpi(mpmath.mpf(2 * k) / x.conductor)
            for k, c in enumerate(x.coefficients)
        ]
        return mpmath.fsum(terms)


@given(numbers)
def test_floats_are_correctly_rounded(x):
    """Against 60 decimal digits: mpmath's own conversion of a 60-digit number to a float is correctly rounded."""
    with mpmath.workdps(60):
        value = precise(x)
        assert complex(x).real == float(value.real) or abs(value.real) < 1e-50
        assert complex(x).imag == float(value.imag) or abs(value.imag) < 1e-50


@given(st.fractions())
def test_float32_is_rounded_once(q):
    rounded = ExactMatrix([[q]]).to_numpy(np.float32)[0, 0]
    if np.isfinite(rounded):
        error = abs(Fraction(float(rounded)) - q)
        for other in (np.nextafter(rounded, np.float32(np.inf)), np.nextafter(rounded, np.float32(-np.inf))):
            if np.isfinite(other):
                assert error <= abs(Fraction(float(other)) - q)


def test_a_float32_that_rounding_twice_gets_wrong():
    value = 1 + Fraction(1, 2**24) + Fraction(1, 2**60)  # rounds to a tie in float64, then to even
    assert np.float32(float(value)) == 1
    assert ExactMatrix([[value]]).to_numpy(np.float32)[0, 0] == np.float32(1 + 2**-23)


@given(numbers, numbers)
def test_order_agrees_with_high_precision(x, y):
    left, right = x.real, y.real
    with mpmath.workdps(60):
        difference = (precise(left) - precise(right)).real
    if left == right:
        assert abs(difference) < 1e-50
        assert left <= right <= left
    else:
        assert (left > right) == (difference > 0)


def test_special_values():
    assert cos_turn(1, 12) ** 2 == Fraction(3, 4)
    assert sin_turn(1, 8) ** 2 == Fraction(1, 2)
    assert E(5) + E(5, 2) + E(5, 3) + E(5, 4) == -1
    assert (E(6) - E(3)).is_rational
    assert hash(E(3) * E(3, 2)) == hash(1)
    assert not E(4).is_real
    with pytest.raises(BistateError, match="not real"):
        E(4).sign()
    with pytest.raises(ZeroDivisionError):
        1 / (E(3) - E(3))
    with pytest.raises(BistateError, match="not coprime"):
        E(9).galois(3)


@given(numbers)
def test_sympy_conversion_is_lossless(x):
    parts = x.to_sympy().evalf(50).as_real_imag()
    with mpmath.workdps(50):
        assert abs(mpmath.mpc(*(mpmath.mpf(str(part)) for part in parts)) - precise(x)) < 1e-40


# --- matrices ---


square = st.integers(1, 4).flatmap(lambda n: bst.exact_matrices(n, n))
cyclotomic_square = st.integers(1, 3).flatmap(lambda n: bst.exact_matrices(n, n, bst.cyclotomics(max_conductor=6)))


@given(st.integers(1, 4), st.integers(1, 4), st.data())
def test_rational_matrices_agree_with_sympy(n, m, data):
    M = data.draw(bst.exact_matrices(n, m))
    K = data.draw(bst.exact_matrices(m, n))
    assert (M @ K).to_sympy() == M.to_sympy() * K.to_sympy()
    assert M.rank() == M.to_sympy().rank()
    echelon, pivots = M.rref()
    assert (echelon.to_sympy(), pivots) == M.to_sympy().rref()
    assert ExactMatrix.from_sympy(M.to_sympy()) == M


@given(st.integers(1, 3), st.integers(1, 4), st.data())
def test_kernel_spans_what_the_matrix_kills(n, m, data):
    M = data.draw(bst.exact_matrices(n, m, bst.cyclotomics(max_conductor=6)))
    kernel = M.kernel()
    assert kernel.shape == (m, m - M.rank())
    assert (M @ kernel).is_zero
    if kernel.shape[1]:
        assert kernel.rank() == kernel.shape[1]


@given(cyclotomic_square)
def test_inverse_and_powers(M):
    size = M.shape[0]
    if M.rank() == size:
        assert M @ M.inverse() == ExactMatrix.identity(size)
        assert (M @ M).inverse() == M**-2
    else:
        with pytest.raises(MatrixError, match="no inverse"):
            M.inverse()
    assert M**3 == M @ M @ M
    assert (M.H @ M).H == M.H @ M
    assert (M @ M).trace() == sum(((M @ M)[i, i] for i in range(size)), start=E(1) * 0)
    assert M.reduced() == M
    assert hash(M.reduced()) == hash(M)


@given(cyclotomic_square, cyclotomic_square)
def test_arithmetic_is_entrywise_or_by_definition(M, K):
    product = M.kronecker(K)
    n, k = M.shape[0], K.shape[0]
    assert product[0, 0] == M[0, 0] * K[0, 0]
    assert product[n * k - 1, 0] == M[n - 1, 0] * K[k - 1, 0]
    assert M + M == M * 2 == 2 * M
    assert (M - M).is_zero
    blocks = ExactMatrix.block_diagonal([M, K])
    assert blocks.shape == (n + k, n + k)
    assert blocks.submatrix(range(n), range(n)) == M
    assert eval(repr(M), {"ExactMatrix": ExactMatrix, "E": E, "Fraction": Fraction}) == M


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: ExactMatrix([[0.5]]), "0.5"),
        (lambda: ExactMatrix([["1"]]), "'1'"),
        (lambda: ExactMatrix([[1, 2], [3]]), r"\[2, 1\]"),
        (lambda: ExactMatrix([[1, 2]]) @ ExactMatrix([[1, 2]]), r"\(1, 2\)"),
        (lambda: ExactMatrix([[1, 2]]) + ExactMatrix([[1]]), "cannot add"),
        (lambda: ExactMatrix([[1, 2]]).trace(), "not square"),
        (lambda: ExactMatrix([[E(4)]]).to_numpy(float), "not real"),
        (lambda: ExactMatrix([[1]]).to_numpy(int), "complex128"),
    ],
)
def test_bad_matrices_are_named(build, message):
    with pytest.raises(MatrixError, match=message):
        build()


def test_values_are_immutable():
    for value, name in ((E(3), "conductor"), (ExactMatrix([[1]]), "shape"), (CyclicGroup(3), "degree")):
        with pytest.raises(AttributeError):
            setattr(value, name, 5)


# --- families and products ---


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("C12", 12), ("Z60", 60), ("C2xC4", 8), ("S4", 24), ("A5", 60), ("D4", 8), ("D1", 2), ("D2", 4), ("Q8", 8),
        ("Q16", 16), ("Dic3", 12), ("V4", 4), ("C2^3", 8), ("A4xC5", 60), ("C2wrS4", 384), ("PSL(2,7)", 168),
        ("PSL(2,8)", 504), ("GL(2,3)", 48), ("SL(2,5)", 120), ("PGL(2,7)", 336), ("SL(2,4)", 60), ("PSL(3,2)", 168),
        ("M11", 7920), ("M12", 95040), ("S3 x C2", 12),
    ],
)  # fmt: skip
def test_named_groups(name, order):
    assert named_group(name).order == order


@pytest.mark.parametrize("name", ["", "B5", "S", "C0", "S-1", "Q9", "M13", "PSL(2,6)", "GL(1,3)", "C2^0", "C2xx", "5"])
def test_unknown_names_are_repeated(name):
    with pytest.raises(GroupError):
        named_group(name)


def test_an_unknown_name_lists_what_is_understood():
    with pytest.raises(GroupError, match=r"'Foo' is not understood.*PSL\(2,7\)"):
        named_group("Foo")


@pytest.mark.parametrize("family", [CyclicGroup, DihedralGroup, SymmetricGroup, AlternatingGroup, QuaternionGroup])
@pytest.mark.parametrize("size", [0, -1, 2.5, "3", True])
def test_sizes_have_to_be_positive_integers(family, size):
    with pytest.raises(GroupError, match=str(size)):
        family(size)


def test_products():
    S3, C2 = SymmetricGroup(3), CyclicGroup(2)
    G = direct_product(C2, S3)
    assert G.order == 12
    assert G.generators[0][:2] == (1, 0)
    frobenius = semidirect_product(CyclicGroup(5), CyclicGroup(4), lambda h, n: n ** (2 ** h[0]))
    assert frobenius.order == 20
    assert len(frobenius.conjugacy_classes()) == 5
    n, h = frobenius.generators
    assert h * n * h.inverse() == n**2
    dihedral = semidirect_product(
        CyclicGroup(6), C2, {C2.generators[0]: {CyclicGroup(6).generators[0]: CyclicGroup(6).elements[5]}}
    )
    assert sorted(c.order for c in dihedral.conjugacy_classes()) == sorted(
        c.order for c in DihedralGroup(6).conjugacy_classes()
    )
    assert wreath_product(S3, C2).order == 72


def test_products_refuse_what_is_no_action():
    with pytest.raises(GroupError, match="not one to one"):
        semidirect_product(CyclicGroup(4), CyclicGroup(2), lambda h, n: n**2)
    with pytest.raises(GroupError, match="no homomorphism"):
        semidirect_product(CyclicGroup(5), CyclicGroup(2), lambda h, n: n**2)
    with pytest.raises(GroupError, match="at least one group"):
        direct_product()


def test_a_heisenberg_group_is_not_dihedral():
    plane, line = AbelianGroup([3, 3]), CyclicGroup(3)
    x, y = plane.generators
    heisenberg = semidirect_product(plane, line, {line.generators[0]: {x: x * y, y: y}})
    assert heisenberg.order == 27
    assert heisenberg.exponent == 3
    assert not heisenberg.is_abelian


def test_limits_are_named_before_any_work():
    with pytest.raises(TooLargeError, match="3628800 elements"):
        _ = SymmetricGroup(10).elements
    with pytest.raises(TooLargeError, match="order 40320"):
        SymmetricGroup(8).multiplication_table()
    assert SymmetricGroup(12).order == math.factorial(12)
    assert [11, *range(11)] in SymmetricGroup(12)
    with pytest.raises(GroupError, match=r"\[0, 2, 1\]"):
        CyclicGroup(3).index([0, 2, 1])


def test_cayley_graphs():
    graph = SymmetricGroup(3).cayley_graph()
    x, y = SymmetricGroup(3).generators
    assert set(graph.successors(y)) == {x * y, y * y}
    right = SymmetricGroup(3).cayley_graph(side="right")
    assert set(right.successors(y)) == {y * x, y * y}
    with pytest.raises(GroupError, match="'up'"):
        SymmetricGroup(3).cayley_graph(side="up")


# --- Young's forms ---


def hook_lengths(partition):
    columns = [sum(part > c for part in partition) for c in range(partition[0])]
    return math.prod(part - c + columns[c] - r - 1 for r, part in enumerate(partition) for c in range(part))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6])
def test_young_forms(n):
    G = SymmetricGroup(n)
    for partition in partitions(n):
        degree = math.factorial(n) // hook_lengths(partition)
        assert len(standard_tableaux(partition)) == degree
        if n < 3:
            continue
        normal, integral = seminormal(G, partition), specht(G, partition)
        assert normal.degree == integral.degree == degree
        assert normal.character().values == integral.character().values
        assert all(
            value.to_fraction().denominator == 1
            for g in G.elements[:50]
            for row in integral(g).tolist()
            for value in row
        )
        numeric = orthogonal_generators(partition)
        assert np.allclose(numeric @ numeric, np.eye(degree))
        assert np.allclose(numeric, numeric.transpose(0, 2, 1))
        if n <= 4:
            signs = [np.abs(numeric[i]) - np.abs(normal.orthogonal(g)) for i, g in enumerate(G.presentation.generators)]
            assert np.allclose(signs, 0)


def test_known_characters_of_s4():
    """Columns by element order and size: 1, (ab)(cd), (ab), (abc), (abcd); James & Kerber, table of S_4."""
    table = SymmetricGroup(4).character_table()
    assert [(c.order, c.size) for c in table.classes] == [(1, 1), (2, 3), (2, 6), (3, 8), (4, 6)]
    assert set(table.values) == {
        (1, 1, 1, 1, 1), (1, 1, -1, 1, -1), (2, 2, 0, -1, 0), (3, -1, 1, 0, -1), (3, -1, -1, 0, 1),
    }  # fmt: skip


def test_partitions_are_checked():
    with pytest.raises(GroupError, match=r"\(2, 2\) is not a partition of 3"):
        seminormal(SymmetricGroup(3), (2, 2))


def test_orthogonal_view_is_orthogonal():
    for rho in SymmetricGroup(4).irreps("real"):
        for g in SymmetricGroup(4).elements[::5]:
            matrix = rho.orthogonal(g)
            assert np.allclose(matrix @ matrix.T, np.eye(rho.degree))
    with pytest.raises(RepresentationError, match="not real"):
        CyclicGroup(3).irreps()[1].orthogonal([1, 2, 0])


# --- representations by hand ---


def test_own_matrices_are_verified():
    G = SymmetricGroup(3)
    standard = [ExactMatrix.permutation(g) for g in G.presentation.generators]
    rho = Representation.from_images(G, standard, label="points")
    assert rho.character().inner(G.irreps()[0].character()) == 1
    wrong = [standard[0], ExactMatrix([[0, 1, 0], [1, 0, 0], [0, 1, 1]])]
    with pytest.raises(RepresentationError, match="no homomorphism"):
        Representation.from_images(G, wrong)
    with pytest.raises(RepresentationError, match="not invariant"):
        Representation.from_images(G, standard, form=ExactMatrix.diagonal([1, 2, 3]))
    with pytest.raises(RepresentationError, match="positive definite"):
        Representation.from_images(G, standard, form=ExactMatrix.identity(3) * -1)
    with pytest.raises(RepresentationError, match="1 matrices for 2 generators"):
        Representation.from_images(G, standard[:1])


def test_a_reducible_representation_is_not_irreducible():
    G = SymmetricGroup(3)
    images = tuple(ExactMatrix.permutation(g) for g in G.presentation.generators)
    claimed = Representation(G, images, ExactMatrix.identity(3), norm=1)
    with pytest.raises(RepresentationError, match="= 2, not 1"):
        claimed.verify()


def test_fields_are_named():
    with pytest.raises(BistateError, match="'reals'"):
        CyclicGroup(3).irreps("reals")
