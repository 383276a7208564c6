"""Schur multipliers against the literature, factor systems by products of matrices, lifts with their witnesses.

Multipliers: Karpilovsky, The Schur Multiplier, 1987 (abelian, dihedral, symmetric and alternating groups); those of the
simple groups and the degrees of 2.A_5, 2.S_5, 3.A_6 and 2.A_6 stand in the Atlas of Finite Groups, 1985.
`oracles/multipliers.txt` is GAP's answer, written by `oracles/multipliers.g`.
"""

from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import pytest
from bistate.groups import (
    AbelianGroup,
    CyclicGroup,
    E,
    ExactMatrix,
    GroupError,
    ProjectiveRepresentation,
    RepresentationError,
    SymmetricGroup,
    TooLargeError,
    identify,
    named_group,
    projective_irreps,
    schur_cover,
    schur_multiplier,
    small_group,
    small_groups,
)
from bistate.groups.permutations.presentation import evaluate
from bistate.groups.projective.factor_system import FactorSystem
from bistate.groups.projective.roots import even_root, turn_of
from bistate.groups.projective.smith_form import smith_form
from helpers.paths import ORACLES
from sympy import factorint

MULTIPLIERS = {
    "C1": (), "C7": (), "C2xC2": (2,), "C3xC3": (3,), "C2xC2xC2": (2, 2, 2), "C4xC6": (2,), "C4xC4": (4,),
    "C2xC4xC4": (2, 2, 4),
    "S3": (), "D4": (2,), "D5": (), "D6": (2,), "Q8": (), "D4xC2": (2, 2, 2), "A4": (2,), "S4": (2,), "SL(2,3)": (),
    "A5": (2,), "S5": (2,), "PSL(2,7)": (2,), "A6": (6,), "S6": (2,), "A7": (6,),
}  # fmt: skip
X, Z = ExactMatrix([[0, 1], [1, 0]]), ExactMatrix([[1, 0], [0, -1]])
V4 = AbelianGroup(2, 2)


def pauli():
    return ProjectiveRepresentation.from_images(V4, [X, Z])


def assert_law(rho):
    """ρ(g) ρ(h) = α(g, h) ρ(gh) by products of matrices, and the 2-cocycle law for all triples."""
    alpha, group = rho.factor_system(), rho.group
    for g, h in product(group.elements, repeat=2):
        assert rho(g) @ rho(h) == rho(g * h) * alpha(g, h)
    x, table = alpha.exponents, group.multiplication_table()
    for g, h, k in product(range(group.order), repeat=3):
        assert (x[g, h] + x[table[g, h], k] - x[g, table[h, k]] - x[h, k]) % alpha.root_order == 0


@pytest.mark.parametrize("name", MULTIPLIERS)
def test_multipliers_of_the_literature(name):
    multiplier = schur_multiplier(named_group(name))
    assert multiplier.invariants == MULTIPLIERS[name]
    assert multiplier.order == len(multiplier.classes) == prod(MULTIPLIERS[name])


def test_multipliers_of_the_319_groups_of_order_up_to_63_agree_with_gap():
    lines = (ORACLES / "multipliers.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 319
    for line in lines:
        order, number, *expected = map(int, line.split())
        found = schur_multiplier(small_group(order, number)).invariants
        parts = sorted(p**e for d in found for p, e in factorint(d).items())
        assert parts == sorted(expected), line


def test_generators_of_the_multiplier_lie_in_the_commutator_subgroup_of_the_free_group():
    for name in ("C2xC2xC2", "S4", "A6"):
        multiplier = schur_multiplier(named_group(name))
        for row in multiplier.generator_exponents:
            for k in range(len(multiplier.group.presentation.generators)):
                sums = [sum(e for i, e in relator if i == k) for relator in multiplier.relators]
                assert sum(a * s for a, s in zip(row, sums, strict=True)) == 0


@pytest.mark.parametrize(("name", "cover"), [("C3xC3", None), ("A4", "SL(2,3)"), ("A5", "SL(2,5)"), ("C2xC2xC2", None)])
def test_schur_covers(name, cover):
    extension = schur_cover(named_group(name))
    group, big = extension.group, extension.cover
    assert big.order == group.order * schur_multiplier(group).order
    assert cover is None or identify(big) == cover
    # stem: as many linear characters as G has, so the kernel lies in the commutator subgroup
    linear = [sum(chi.values[0] == 1 for chi in G.character_table().characters) for G in (group, big)]
    assert linear[0] == linear[1]
    assert all(z * s == s * z and extension.project(z).is_identity for z in extension.kernel for s in big.generators)
    generators = group.presentation.generators
    assert [extension.project(s) for s in extension.lifts] == list(generators)
    g, h = big.elements[3], big.elements[-2]
    assert extension.project(g * h) == extension.project(g) * extension.project(h)


@pytest.mark.parametrize(
    ("name", "cohomology_class", "degrees"),
    [
        ("C2xC2", (1,), [2]),
        ("C3xC3", (2,), [3]),
        ("C4xC4", (2,), [2, 2, 2, 2]),
        ("D4xC2", (1, 0, 1), [4]),
        ("S4", (1,), [2, 2, 4]),
        ("A5", (1,), [2, 2, 4, 6]),
        ("S5", (1,), [4, 4, 4, 6, 6]),
        ("A6", (2,), [3, 3, 6, 9, 15]),
        ("A6", (3,), [4, 4, 8, 8, 10, 10]),
    ],
)
def test_irreps_of_a_class(name, cohomology_class, degrees):
    group = named_group(name)
    found = projective_irreps(group, cohomology_class)
    assert [rho.degree for rho in found] == degrees
    for rho in found[:2]:
        assert rho.cohomology_class() == cohomology_class
        assert not rho.lifts
    rho = found[0]
    assert len(rho.factor_system().regular_classes()) == len(degrees)
    # Irreducible and inequivalent: Σ_g tr ρ(g) conj(tr σ(g)) = |G| or 0, as ρ is unitary in some basis.
    if group.order <= 60:
        traces = [[matrix.trace() for matrix in sigma.matrices()] for sigma in found]
        for i, j in product(range(len(found)), repeat=2):
            assert sum(a * b.conjugate() for a, b in zip(traces[i], traces[j], strict=True)) == group.order * (i == j)


@pytest.mark.parametrize("entry", list(small_groups(12)), ids=str)
def test_all_classes_of_small_groups(entry):
    group = small_group(entry.order, entry.number)
    multiplier = schur_multiplier(group)
    for cohomology_class in multiplier.classes:
        found = projective_irreps(group, cohomology_class, multiplier)
        assert sum(rho.degree**2 for rho in found) == group.order
        assert all(rho.cohomology_class(multiplier) == cohomology_class for rho in found)
        assert all(rho.lifts == (not any(cohomology_class)) for rho in found)


def test_the_trivial_class_gives_linear_irreps():
    found = projective_irreps(named_group("S4"), (0,))
    assert [rho.degree for rho in found] == [1, 1, 2, 3, 3]
    assert all(rho.lifts and set(rho.scalars) == {1} for rho in found)


def test_the_law_for_all_pairs():
    assert_law(pauli())
    assert_law(projective_irreps(named_group("C3xC3"), (1,))[0])
    assert_law(projective_irreps(named_group("D4xC2"), (1, 0, 1))[0])


def test_classes_of_tensor_products_add():
    group = named_group("C2xC2xC2")
    multiplier = schur_multiplier(group)
    irreps = {c: projective_irreps(group, c, multiplier)[0] for c in multiplier.classes}
    for a, b in product(irreps, repeat=2):
        found = (irreps[a] * irreps[b]).cohomology_class(multiplier)
        assert found == tuple((x + y) % 2 for x, y in zip(a, b, strict=True))


def test_scaled_linear_representations_lift():
    group = SymmetricGroup(4)
    rho = group.irreps()[3]
    twisted = ProjectiveRepresentation.from_images(group, [m * E(6) for m in rho.images])
    assert any(scalar != 1 for scalar in twisted.scalars)
    assert twisted.lifts
    assert twisted.cohomology_class() == (0,)
    lift = twisted.linear_lift()
    assert lift.verify()
    assert lift.degree == 3
    for old, new in zip(rho.images, lift.images, strict=True):
        assert old @ new.inverse() == ExactMatrix.identity(3) * (old @ new.inverse())[0, 0]


def _ratio(left, right):
    column = next(j for j in range(right.shape[1]) if right[0, j])
    return left[0, column] / right[0, column]


@pytest.mark.parametrize("name", ["C2xC4xC4", "D4xC2", "S5", "SL(2,3)"])
def test_generators_may_be_scaled_differently(name):
    group = named_group(name)
    rho = group.irreps()[-1]
    images = [m * E(5 * k + 7) for k, m in enumerate(rho.images)]
    scaled = ProjectiveRepresentation.from_images(group, images)
    assert set(scaled.scalars) != {1}
    lift = scaled.linear_lift()
    assert lift.verify()
    for old, new in zip(rho.images, lift.images, strict=True):
        assert new == old * _ratio(new, old)


def test_a_witness_is_a_product_of_commutators():
    rho = projective_irreps(named_group("S4"), (1,))[2]
    witness, presentation = rho.obstruction, rho.group.presentation
    one = ExactMatrix.identity(4)
    for scale in (1, E(5)):  # however the matrices are scaled, the same value
        images = [m * scale**k for k, m in enumerate(rho.images)]
        value = one
        for relator, exponent in zip(presentation.relators, witness.exponents, strict=True):
            value = value @ evaluate(relator, images, one) ** exponent
        assert value == one * witness.value
    assert witness.value != 1
    with pytest.raises(RepresentationError, match=r"no linear lift: .* lies in \[F, F\] and is -1 times"):
        rho.linear_lift()


def test_scaling():
    hadamard = ExactMatrix([[1, 1], [1, -1]])
    rho = ProjectiveRepresentation.from_images(V4, [hadamard * 3, ExactMatrix([[0, 1], [-1, 0]])])
    assert rho.scalars == (18, -1, -1)
    assert not rho.lifts
    with pytest.raises(RepresentationError, match="is 18 times the identity, which is no root of unity"):
        rho.factor_system()
    assert_law(rho.scaled())
    assert rho.cohomology_class() == rho.scaled().cohomology_class() == (1,)
    cube = [[0, 0, 2], [1, 0, 0], [0, 1, 0]]
    with pytest.raises(RepresentationError, match=r"divided by a δ with δ\^3 = 2 .*no such cyclotomic number"):
        ProjectiveRepresentation.from_images(CyclicGroup(3), [cube]).scaled()
    with pytest.raises(RepresentationError, match="no root of unity times a positive number"):
        ProjectiveRepresentation.from_images(CyclicGroup(2), [[[3 + 4 * E(4)]]]).scaled()


@pytest.mark.parametrize(
    ("images", "said"),
    [
        ([X, [[1, 1], [0, 1]]], r"the relator .* is ExactMatrix\(.*no multiple of the identity"),
        ([X, [[1, 0], [0, 2]]], "no multiple of the identity"),
        ([X], "1 matrices for 2 generators"),
        ([X, [[1, 0], [0, 0]]], "invertible d × d matrices"),
        ([X, [[1]]], "of one size"),
        ({V4.generators[0]: X}, "no matrix given for the generator"),
    ],
)
def test_matrices_that_are_no_projective_representation(images, said):
    with pytest.raises(RepresentationError, match=said):
        ProjectiveRepresentation.from_images(V4, images)


def test_what_is_refused():
    with pytest.raises(GroupError, match=r"\(1, 0\) is no class .* invariants \(2,\)"):
        projective_irreps(V4, (1, 0))
    with pytest.raises(GroupError, match="<Schur multiplier C3 of C3xC3> is not that of"):
        projective_irreps(V4, (1,), schur_multiplier(named_group("C3xC3")))
    with pytest.raises(TooLargeError, match="up to order 10000"):
        schur_multiplier(named_group("A8"))
    with pytest.raises(TooLargeError, match="up to order 1000"):
        projective_irreps(named_group("A7"), (1,))
    with pytest.raises(TooLargeError, match="order 15120; they are made up to 2500"):
        schur_cover(named_group("A7"))
    with pytest.raises(RepresentationError, match="one group with one presentation"):
        pauli() * projective_irreps(named_group("C3xC3"), (1,))[0]
    with pytest.raises(RepresentationError, match="is not that of the group"):
        pauli().cohomology_class(schur_multiplier(named_group("C3xC3")))


@pytest.mark.parametrize("place", [(1, 2), (3, 3), (0, 1), (2, 0)])
def test_a_changed_factor_system_is_refused(place):
    alpha = pauli().factor_system()
    assert alpha.verify()
    exponents = np.array(alpha.exponents)
    exponents[place] += 1
    with pytest.raises(RepresentationError):
        FactorSystem(alpha.group, alpha.root_order, exponents).verify()


def test_a_factor_system_is_normalized():
    alpha = pauli().factor_system()
    with pytest.raises(RepresentationError, match=r"α\(1, g\) and α\(g, 1\) have to be 1"):
        FactorSystem(alpha.group, alpha.root_order, (alpha.exponents + 1) % alpha.root_order).verify()


def test_a_coboundary_has_all_classes_regular():
    rho = ProjectiveRepresentation.from_images(V4, [[[E(3)]], [[E(5)]]])
    alpha = rho.factor_system()
    assert alpha.root_order > 1
    assert alpha.regular_classes() == (0, 1, 2, 3)
    assert pauli().factor_system().regular_classes() == (0,)


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (3, 2), (4, 4), (5, 3)])
def test_smith_forms(shape):
    rng = np.random.default_rng(shape)
    for _ in range(10):
        rows = rng.integers(-4, 5, shape) * rng.integers(1, 4, shape)
        form = smith_form(rows.tolist(), shape[1])
        expected = np.zeros(shape, dtype=object)
        for i in range(min(shape)):
            expected[i, i] = form.diagonal[i]
        assert (np.array(form.left, dtype=object) @ rows @ np.array(form.right, dtype=object) == expected).all()
        # d_1 is the greatest common divisor of the entries
        assert form.diagonal[0] == np.gcd.reduce(rows.ravel())


def test_roots():
    for n in (1, 2, 3, 4, 5, 6, 10, 12, 15):
        for k in range(n):
            assert turn_of(E(n, k)) == Fraction(k, n)
    assert turn_of(E(5) + E(5, 4)) is None
    assert turn_of((3 + 4 * E(4)) / 5) is None
    assert even_root(Fraction(4, 9), 2) ** 4 == Fraction(4, 9)
    assert even_root(Fraction(8), 3) ** 6 == 8
    assert even_root(Fraction(4), 3) is None
