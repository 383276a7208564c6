"""Exact unitary matrices, square roots of quadratic numbers, and the names of real irreps."""

from fractions import Fraction
from math import isqrt, prod

import numpy as np
import pytest
from bistate.groups import Cyclotomic, E, ExactMatrix, NumberField, RepresentationError, named_group
from bistate.groups.arithmetic.square_roots import root_or_reason, square_root
from bistate.groups.representations.orthogonal_bases import with_few_roots
from bistate.groups.representations.unitary import pivots_of, require_unitary
from bistate.verify import strategies as bst
from hypothesis import given, settings

GOLDEN = -(E(5) ** 2) - E(5) ** 3
ROOT5, ROOT2 = 2 * GOLDEN - 1, E(8) + E(8, -1)


@pytest.mark.parametrize("name", ["C5", "S3", "S4", "D5", "D8", "Q8", "SL(2,3)", "A5", "C7:C3", "PSL(2,7)"])
def test_exact_matrices_are_unitary_and_the_same_representation(name):
    group = named_group(name)
    for rho in group.irreps():
        found = rho.unitary()
        one = ExactMatrix.identity(rho.degree)
        for g in group.generators:
            assert found(g).H @ found(g) == one
            assert found(g).trace() == rho(g).trace()
        assert found.verify()
        assert found.character() == rho.character()


@pytest.mark.parametrize(
    "norms", [(2, Fraction(3, 2), Fraction(4, 3), Fraction(5, 4), Fraction(6, 5), Fraction(7, 6)), (5, 7), (3,)]
)
def test_changed_bases_are_orthogonal_and_have_the_norms_that_are_said(norms):
    change, found = with_few_roots([Fraction(x) for x in norms])
    assert change.T @ ExactMatrix.diagonal(norms) @ change == ExactMatrix.diagonal(found)
    assert isqrt_of(prod(found) * prod(map(Fraction, norms)))


def isqrt_of(value):
    """Whether a positive rational number is a square."""
    return all(isqrt(x) ** 2 == x for x in (value.numerator, value.denominator))


def test_the_form_of_a_root_lattice_needs_few_roots():
    """A_6, the irrep of PSL(2,7) of degree 6, has determinant 7; in the usual basis 2, 3, 5 are there as well."""
    _, found = with_few_roots([Fraction(k + 1, k) for k in range(1, 7)])
    assert sum(not isqrt_of(x / found[0]) for x in found) <= 3
    field = named_group("PSL(2,7)").irreps()[3].unitary().field
    assert field.is_real
    assert (field.degree, field.contains_field(NumberField.quadratic(7))) == (4, True)


def test_real_representations_become_orthogonal():
    rho = named_group("S4").irreps("real")[3].unitary()
    assert all(matrix.is_real for matrix in rho.images)
    assert all(matrix.T @ matrix == ExactMatrix.identity(3) for matrix in rho.images)


def test_what_has_no_square_root_here_is_said_and_floats_remain():
    rho = named_group("D7").irreps()[2]
    with pytest.raises(RepresentationError, match="its degree over Q is above 2"):
        rho.unitary()
    for g in rho.group.elements:
        array = rho.unitary_array(g)
        assert np.abs(array.conj().T @ array - np.eye(2)).max() < 1e-12
        assert abs(np.trace(array) - complex(rho(g).trace())) < 1e-12


def test_fields_of_large_degree_are_refused_before_numbers_in_them_are_made():
    """Pivots of an irrep of A6 of degree 10 have prime factors whose Gauss sums together need gigabytes."""
    with pytest.raises(RepresentationError, match=r"lies in Q\(ζ_\d+\), of degree \d+ over Q and not 48"):
        named_group("A6").irreps()[6].unitary()
    prime = 10**9 + 7
    assert f"lies in Q(ζ_{4 * prime})" in root_or_reason(Cyclotomic([prime]), None, 48)


def test_a_form_that_is_not_the_identity_is_refused():
    rho = named_group("S3").irreps()[2]
    assert not rho.form.is_identity
    with pytest.raises(RepresentationError, match="is not the identity"):
        require_unitary(rho)


def test_pivots_give_the_form_back():
    form = named_group("A5").irreps()[1].form
    lower, pivots = pivots_of(form)
    diagonal = ExactMatrix([[pivots[i] if i == j else 0 for j in range(3)] for i in range(3)])
    assert lower @ diagonal @ lower.H == form


def conjugate5(x):
    return x.galois(2)


def test_square_roots_in_quadratic_fields():
    for root in (GOLDEN, 3 + ROOT5, ROOT5 + 2):  # squares in the field
        assert root_or_reason(root * root, conjugate5(root * root), 48) == root
    biquadratic = 3 + ROOT5  # of norm 4: √(5/2) + √(1/2)
    found = root_or_reason(biquadratic, conjugate5(biquadratic), 48)
    assert found * found == biquadratic
    assert found > 0
    assert "no cyclotomic field, as its norm is 7" in root_or_reason(3 + ROOT2, 3 - ROOT2, 48)
    assert root_or_reason(Cyclotomic([6]), None, 48) ** 2 == 6
    assert "degree over Q is above 2" in root_or_reason(E(7) + E(7, -1) + 2, None, 48)


@pytest.mark.parametrize(("D", "b"), [(2, 1), (5, 1), (5, 2), (13, 2), (13, 3), (17, 1), (17, 4), (29, 5), (41, 4)])
def test_square_roots_in_cyclic_fields_of_degree_four(D, b):
    """For D = a² + b² the norm of D + b√D is D a²."""
    root = square_root(Fraction(D))
    for value, conjugate in ((D + b * root, D - b * root), ((D - b * root) * 3, (D + b * root) * 3)):
        found = root_or_reason(value, conjugate, 500)
        assert found * found == value
        assert found > 0


def test_cyclic_fields_over_other_quadratic_fields_are_not_looked_at():
    root = square_root(Fraction(10))
    assert "cyclic field of degree 4 that holds √10" in root_or_reason(10 + 3 * root, 10 - 3 * root, 48)


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("C3", {1: "trivial", 2: "rot1"}),
        ("C5", {1: "trivial", 2: "rot1 rot2"}),
        ("Q8", {1: "trivial χ2 χ3 χ4", 4: "2·χ5"}),
        ("SL(2,3)", {1: "trivial", 2: "χ2+χ2*", 3: "χ7", 4: "χ4+χ4* 2·χ6"}),
    ],
)
def test_real_irreps_are_named_by_their_type(name, labels):
    found: dict[int, set[str]] = {}
    for rho in named_group(name).irreps("real"):
        found.setdefault(rho.degree, set()).add(rho.label)
    assert found == {degree: set(text.split()) for degree, text in labels.items()}


@settings(max_examples=20, deadline=None)
@given(bst.groups(max_order=40))
def test_labels_of_one_group_are_different(group):
    for field in ("complex", "real", "rational"):
        labels = [rho.label for rho in group.irreps(field)]
        assert len(set(labels)) == len(labels)
    for rho in group.irreps("real"):
        assert rho.label.startswith("2·") == (rho.indicator == -1)
