"""Galois descent, norm equations, Schur indices, real and rational forms.

Schur indices are those of the literature: Q8 and SL(2,3) 2 (quaternions), C5:C8 and C3:C16 2, C7:C9 3, and of the
groups 48/15 and 48/41 of order 48 one irrep of real type with index 2 (the manual of GAP's package wedderga).
"""

import json
from dataclasses import replace
from fractions import Fraction

import pytest
from bistate.groups import (
    Cyclotomic,
    E,
    ExactMatrix,
    FieldError,
    NumberField,
    PermutationGroup,
    RepresentationError,
    named_group,
    semidirect_product,
)
from bistate.groups.arithmetic.square_roots import square_root
from bistate.groups.families.cyclic import CyclicGroup
from bistate.groups.fields.local_norms import hilbert_symbol, obstructing_place
from bistate.groups.fields.norm_equation import norm, root_in, solve_norm
from bistate.groups.fields.number_field import conjugate, units
from helpers.paths import ORACLES
from hypothesis import given
from hypothesis import strategies as st

STORE = ORACLES / "oracle.json"  # groups with GAP's answers; only generators are used here
SMALL = {name: (generators, degree) for name, _, degree, generators, _, _ in json.loads(STORE.read_text())}
Q = NumberField.cyclotomic(1)


def small_group(order, number):
    name = f"SmallGroup({order},{number})"
    generators, degree = SMALL[name]
    return PermutationGroup(generators, degree=degree, name=name)


def metacyclic(m, n, r):
    """C_m : C_n, where the generator of C_n acts by x ↦ x^r."""
    normal, acting = CyclicGroup(m), CyclicGroup(n)
    g = normal.generators[0]
    return semidirect_product(normal, acting, {acting.generators[0]: {g: g**r}})


# --- number fields ---


@pytest.mark.parametrize(
    ("values", "degree", "text"),
    [
        ([Cyclotomic([3])], 1, "Q"),
        ([E(4)], 2, "Q(√-1)"),
        ([E(8) + E(8, -1)], 2, "Q(√2)"),
        ([E(8) + E(8, 3)], 2, "Q(√-2)"),
        ([E(5) + E(5, -1)], 2, "Q(√5)"),
        ([E(7) + E(7, -1)], 3, "Q(ζ_7)⁺"),
        ([E(9)], 6, "Q(ζ_9)"),
        ([E(3), E(4)], 4, "Q(ζ_12)"),
        ([E(7) + E(7, 2) + E(7, 4)], 2, "Q(√-7)"),
        ([E(12) + E(12, -1)], 2, "Q(√3)"),
    ],
)
def test_the_field_of_numbers(values, degree, text):
    field = NumberField.containing(values)
    assert (field.degree, str(field)) == (degree, text)
    assert all(value in field for value in values)
    assert len(field.basis) == len(field.embeddings()) == degree


@pytest.mark.parametrize("d", [-1, 2, -2, 3, -3, 5, -7, 6, -15])
def test_quadratic_fields_hold_their_root(d):
    field = NumberField.quadratic(d)
    root = square_root(Fraction(abs(d))) * (E(4) if d < 0 else 1)
    assert root * root == d
    assert field == NumberField.containing([root])
    assert field.is_real == (d > 0)


@given(st.sampled_from([1, 3, 4, 5, 8, 12, 15]), st.lists(st.integers(-3, 3), min_size=8, max_size=8))
def test_trace_norm_and_multiplication_agree(n, numbers):
    field = NumberField.cyclotomic(n)
    value = sum((b * x for b, x in zip(field.basis, numbers, strict=False)), start=Cyclotomic([0]))
    matrix = ExactMatrix.from_parts([field.multiplication(value)], 1)
    assert matrix.trace() == field.trace(value)
    assert matrix.rank() == (field.degree if value else 0)


def test_parts_put_a_matrix_together_again():
    field = NumberField.containing([E(7) + E(7, -1)])
    matrix = ExactMatrix([[E(7) + E(7, 6), 1], [Fraction(1, 2), E(7, 3) + E(7, 4)]])
    total = ExactMatrix.zeros(2, 2)
    for part, b in zip(field.parts(matrix), field.basis, strict=True):
        total = total + ExactMatrix.from_parts([part], 1) * b
    assert total == matrix
    with pytest.raises(FieldError, match="does not lie over Q"):
        field.parts(ExactMatrix([[E(5)]]))


@pytest.mark.parametrize("value", ["4", "12", "1/3", "8/27", "75", "2/9"])
def test_square_roots_of_rational_numbers(value):
    root = square_root(Fraction(value))
    assert root * root == Fraction(value)
    assert root > 0


def test_composita_and_subfields():
    i, root2 = NumberField.quadratic(-1), NumberField.quadratic(2)
    assert i * root2 == NumberField.cyclotomic(8)
    assert NumberField.cyclotomic(8).contains_field(NumberField.quadratic(-2))
    assert not NumberField.cyclotomic(8).contains_field(NumberField.quadratic(3))


# --- norm equations ---


def test_sums_of_two_squares():
    """x² + y² = c is solvable in rationals iff no prime 3 modulo 4 divides c to an odd power."""
    field = NumberField.quadratic(-1)
    for c in range(1, 60):
        possible = all(p % 4 != 3 or e % 2 == 0 for p, e in factor(c))
        answer = solve_norm(field, Q, 3, Cyclotomic([c]))
        assert (answer.solution is not None, answer.impossible) == (possible, not possible)
        if possible:
            assert norm(answer.solution, 3, 2) == c


def factor(n):
    found, p = [], 2
    while n > 1:
        e = 0
        while n % p == 0:
            n, e = n // p, e + 1
        if e:
            found.append((p, e))
        p += 1
    return found


@pytest.mark.parametrize("d", [-1, -3, 2, 5, -7])
@pytest.mark.parametrize("c", [-1, 2, 3, 5, -6, 7, 10, Fraction(3, 7)])
def test_conics_agree_with_hilbert_symbols(d, c):
    c = Fraction(c)
    number = c.numerator * c.denominator
    places = {2, *(p for p, _ in factor(abs(number))), *(p for p, _ in factor(abs(d)))}
    symbols = {p: hilbert_symbol(d, number, p) for p in places}
    infinite = -1 if d < 0 and c < 0 else 1
    product = infinite
    for value in symbols.values():
        product *= value
    assert product == 1  # Hilbert's reciprocity law
    field = NumberField.quadratic(d)
    k = next(k for k in units(field.conductor) if conjugate(field.basis[1], k) != field.basis[1])
    solvable = infinite == 1 and all(value == 1 for value in symbols.values())
    answer = solve_norm(field, Q, k, Cyclotomic([c]))
    assert (answer.solution is not None) == solvable


def test_local_tests_never_contradict_a_solution():
    """N(a) is a norm for every a, so no test may say otherwise."""
    pairs = [(12, 4), (15, 5), (20, 5), (21, 3), (24, 8), (9, 3), (28, 7), (16, 8)]
    for n, m in pairs:
        upper, lower = NumberField.cyclotomic(n), NumberField.cyclotomic(m)
        degree = upper.degree // lower.degree
        generators = [k for k in lower.over(n) if NumberField.fixed_by(n, [k]) == lower]
        if degree not in (2, 3) or not generators:
            continue
        for shift in range(1, 8):
            a = E(n) + shift * E(n, shift + 1) + 1
            if a:
                assert obstructing_place(upper, lower, norm(a, generators[0], degree)) is None


def test_roots_in_fields():
    field = NumberField.quadratic(2)
    root2 = square_root(Fraction(2))
    assert root_in(field, root2 * 2 + 3, 2) ** 2 == root2 * 2 + 3  # (1 + √2)²
    assert root_in(field, root2, 2) is None
    assert root_in(Q, Cyclotomic([Fraction(-8, 27)]), 3) == Fraction(-2, 3)


# --- Schur indices ---


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (named_group("Q8"), {(2, 2)}),
        (named_group("SL(2,3)"), {(2, 2), (2, 1), (3, 1)}),
        (named_group("Dic3"), {(2, 1), (2, 2)}),
        (metacyclic(5, 8, 2), {(4, 1), (4, 2)}),
        (metacyclic(5, 8, 4), {(2, 1), (2, 2)}),
        (metacyclic(3, 8, 2), {(2, 1), (2, 2)}),
        (metacyclic(3, 16, 2), {(2, 1), (2, 2)}),
        (metacyclic(7, 9, 2), {(3, 1), (3, 3)}),
        (small_group(48, 15), {(2, 1), (4, 2)}),
        (small_group(48, 17), {(2, 1), (4, 1)}),
        (small_group(48, 41), {(2, 1), (4, 2)}),
        (small_group(56, 10), {(2, 2)}),
        (named_group("A5"), {(3, 1), (4, 1), (5, 1)}),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_schur_indices(group, expected):
    found = {(rho.degree, rho.schur_index) for rho in group.irreps() if rho.degree > 1}
    assert expected <= found
    assert all(index == 1 for degree, index in found if (degree, index) not in expected)


@pytest.mark.parametrize("pair", [(24, 1), (24, 11), (32, 10), (40, 3), (48, 9), (48, 27), (60, 2)], ids=str)
def test_the_field_is_as_small_as_the_schur_index_allows(pair):
    for rho in small_group(*pair).irreps():
        character_field = NumberField.containing(rho.character().values)
        whole = NumberField.of_matrices([*rho.images, rho.form])
        assert whole.contains_field(character_field)
        assert whole.degree == rho.schur_index * character_field.degree
        assert rho.verify()


# --- real and rational forms ---

GROUPS = ["A4", "Q8", "Q16", "SL(2,3)", "GL(2,3)", "A5", "SL(2,5)", "PSL(2,7)", "C2wrS3", "Dic5", "A4xC3"]


@pytest.mark.parametrize("name", GROUPS)
def test_real_irreps_are_real(name):
    check_real(named_group(name))


@pytest.mark.parametrize("pair", [(40, 1), (40, 3), (48, 15), (48, 17), (48, 41), (63, 1)], ids=str)
def test_real_irreps_of_difficult_groups_are_real(pair):
    check_real(small_group(*pair))


def check_real(group):
    table, found = group.character_table(), group.irreps("real")
    for rho in found:
        assert rho.verify()
        assert all(matrix.is_real for matrix in (*rho.images, rho.form))
    expected = []
    for chi, indicator in zip(table.characters, table.indicators, strict=True):
        degree = int(chi.degree.to_fraction())
        expected += [degree] if indicator == 1 else [2 * degree] if indicator == -1 else [degree]  # a pair gives 2d
    assert sum(rho.degree**2 // rho.norm for rho in found) == group.order
    complex_type = sum(i == 0 for i in table.indicators)
    assert len(found) == len(table.indicators) - complex_type // 2
    assert sum(rho.degree for rho in found) == sum(expected)


@pytest.mark.parametrize("name", GROUPS)
def test_rational_irreps_are_rational(name):
    check_rational(named_group(name))


@pytest.mark.parametrize("pair", [(40, 1), (40, 3), (48, 15), (48, 17), (48, 41), (63, 1), (56, 10)], ids=str)
def test_rational_irreps_of_difficult_groups_are_rational(pair):
    check_rational(small_group(*pair))


def check_rational(group):
    found = group.irreps("rational")
    cyclic_classes = {
        frozenset(group.class_indices[group.index(cls.representative**k)] for k in coprime(cls.order))
        for cls in group.conjugacy_classes()
    }
    assert len(found) == len(cyclic_classes)  # as many as classes of cyclic subgroups
    for rho in found:
        assert rho.verify()
        assert all(matrix.is_rational for matrix in (*rho.images, rho.form))
    assert sum(rho.degree**2 // rho.norm for rho in found) == group.order


def coprime(n):
    from math import gcd

    return [k for k in range(1, n + 1) if gcd(k, n) == 1]


def test_the_rational_degree_is_index_times_degree_times_field():
    rational = small_group(40, 3).irreps("rational")
    assert sorted(rho.degree for rho in rational) == [1, 1, 2, 4, 4, 8]
    assert sorted(rho.degree for rho in metacyclic(7, 9, 2).irreps("rational"))[-1] == 3 * 3 * 4


def test_a_wrong_matrix_is_not_returned(monkeypatch):
    """A planted error in the change of basis is caught by the check on relators."""
    import bistate.groups.irreducible.descent as descent
    import bistate.groups.recognition.choose as choose

    monkeypatch.setattr(choose, "monomial_irreps", lambda group: {})  # which makes these without a change of basis
    honest = descent._fixed_basis

    def wrong(*args):
        basis = honest(*args)
        rows = basis.tolist()
        rows[0][0] = rows[0][0] + 1
        return ExactMatrix(rows)

    monkeypatch.setattr(descent, "_fixed_basis", wrong)
    with pytest.raises((RepresentationError, FieldError)):
        small_group(24, 1).irreps("rational")


def test_a_wrong_character_is_noticed():
    from bistate.groups.characters.dixon import modular_table
    from bistate.groups.irreducible.general import _require_character

    group = named_group("A5")
    rho = group.irreps()[1]
    with pytest.raises(RepresentationError, match="belong to"):
        _require_character(replace(rho, images=group.irreps()[2].images), modular_table(group), 1)


def test_angles_that_are_no_character_are_refused(monkeypatch):
    from bistate.groups.irreducible import abelian

    monkeypatch.setattr(abelian, "character_exponents", lambda structure: (4, [(0,), (1,)]))
    with pytest.raises(RepresentationError, match=r"\(1,\)/4 are no angles of a character of C6"):
        named_group("C6").irreps()
