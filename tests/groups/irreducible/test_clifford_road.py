"""Irreps of solvable groups by Clifford's theorem: against the definition, the general road, and GAP."""

import dataclasses
import json
import random
import shutil
import subprocess
from fractions import Fraction
from math import gcd, lcm

import numpy as np
import pytest
from bistate.groups import Cyclotomic, E, ExactMatrix, PermutationGroup, RepresentationError, named_group
from bistate.groups.arithmetic.cyclotomic_field import root_powers
from bistate.groups.arithmetic.square_roots import square_root
from bistate.groups.fields.cyclotomic_units import CyclotomicProduct
from bistate.groups.fields.local_norms import obstructing_place
from bistate.groups.fields.number_field import NumberField, conjugate
from bistate.groups.irreducible import monomial_irreps, semilinear
from bistate.groups.irreducible import unit_systems as units
from bistate.groups.irreducible.clifford import inducing_characters, products_of
from bistate.groups.irreducible.least_fields import _order_modulo_powers, _tame_generator, all_places_are_tame
from bistate.groups.irreducible.relative_bases import basis_with_root, relative_basis, root_table
from bistate.groups.recognition import choose
from bistate.groups.representations.homomorphism import check_form, check_homomorphism
from helpers.paths import ORACLES
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=25, deadline=None)
STORED = {name: generators for name, _, _, generators, _, _ in json.loads((ORACLES / "oracle.json").read_text())}
# Over the field of the character by roots of unity, by cyclotomic units, over fields in Q(λ) and outside of it; with
# Schur index 2 for each of the proofs, with index 3, and with irreps that are not monomial.
NAMES = [
    *(f"SmallGroup({pair})" for pair in ("21,1", "24,1", "40,1", "40,3", "48,15", "48,16", "48,17", "48,18", "56,10")),
    *("SmallGroup(63,1)", "SmallGroup(60,2)", "SL(2,3)xC4", "C2wrS3", "SmallGroup(96,123)"),
]
OVERGROUPS = ["S4wrC2", "C4wrC3", "S3xS4xC3", "Dic5xC4", "C2wrA4", "Q8xD5"]


@pytest.fixture(scope="module", params=NAMES)
def group(request):
    return PermutationGroup(STORED[request.param])


def test_both_roads_agree(group, monkeypatch):
    found = group.irreps()
    monkeypatch.setattr(choose, "monomial_irreps", lambda group: {})
    for rho, other in zip(found, PermutationGroup(group.generators).irreps(), strict=True):
        assert rho.character().values == other.character().values
        assert (rho.label, rho.schur_index, rho.norm) == (other.label, other.schur_index, other.norm)
        assert rho.field.degree == other.field.degree
        assert rho.field.is_real == other.field.is_real
        assert rho.verify()


@st.composite
def solvable_groups(draw):
    """Subgroups of solvable groups that a few random elements generate, with two of their elements."""
    whole = named_group(draw(st.sampled_from(OVERGROUPS)))
    seed = draw(st.integers(0, 10**6))
    chosen = random.Random(seed).choices(whole.elements, k=draw(st.integers(1, 3)))
    group = PermutationGroup(chosen)
    return group, draw(st.sampled_from(group.elements)), draw(st.sampled_from(group.elements))


@few
@given(solvable_groups())
def test_irreps_of_random_solvable_groups(drawn):
    group, g, h = drawn
    found, table = group.irreps(), group.character_table()
    assert len(found) == len(group.conjugacy_classes())
    assert sum(rho.degree**2 for rho in found) == group.order
    for rho, row in zip(found, table.values, strict=True):
        assert rho(g * h) == rho(g) @ rho(h)
        assert rho(g).trace() == row[group.class_of(g)]
        assert rho(g).H @ rho.form @ rho(g) == rho.form
        assert rho.character().norm() == 1


def test_induced_characters_are_all_and_different():
    group = PermutationGroup(STORED["SmallGroup(48,9)"])
    products = products_of(group)
    batches, complete = inducing_characters(products)
    assert complete
    assert sum(len(b.exponents) * (group.order // len(b.members)) ** 2 for b in batches) == group.order
    for batch in batches:
        assert set(batch.members.tolist()) == {
            group.index(g) for g in group.plain([group.elements[i] for i in batch.generators], group.degree).elements
        }
        place = {int(x): i for i, x in enumerate(batch.members)}
        for x in batch.members.tolist():
            for y in batch.generators.tolist():
                both = batch.exponents[:, place[x]] + batch.exponents[:, place[y]]
                assert not ((both - batch.exponents[:, place[int(products.table[x, y])]]) % group.exponent).any()


def test_the_road_ends_where_no_character_is_monomial():
    batches, complete = inducing_characters(products_of(named_group("SL(2,3)")))
    assert not complete
    assert sorted(24 // len(b.members) for b in batches for _ in b.exponents) == [1, 1, 1, 3]
    assert inducing_characters(products_of(named_group("A5"))) == ([], False)


# --- planted errors ---


def planted(monkeypatch, change):
    """`monomial_irreps` of C7:C3 with another action on the blocks."""
    honest = semilinear.action

    def wrong(products, twisted):
        return change(honest(products, twisted))

    monkeypatch.setattr(monomial_irreps, "action", wrong)
    return monomial_irreps.monomial_irreps(PermutationGroup(STORED["SmallGroup(21,1)"]))


def test_a_wrong_exponent_is_no_homomorphism(monkeypatch):
    def change(found):
        exponents = found.exponents.copy()
        exponents[5] += 1
        return dataclasses.replace(found, exponents=exponents)

    with pytest.raises(RepresentationError, match=r"homomorphism|character"):
        planted(monkeypatch, change)


def test_the_wrong_representation_is_noticed_by_its_character(monkeypatch):
    def change(found):
        return dataclasses.replace(found, exponents=found.exponents * 0)

    with pytest.raises(RepresentationError, match="do not have the character"):
        planted(monkeypatch, change)


def test_equal_characters_are_noticed(monkeypatch):
    honest = monomial_irreps.inducing_characters

    def twice(products):
        batches, complete = honest(products)
        return [
            dataclasses.replace(b, exponents=b.exponents * 0) if b.exponents.shape[1] > 7 else b for b in batches
        ], complete

    monkeypatch.setattr(monomial_irreps, "inducing_characters", twice)
    with pytest.raises(RepresentationError, match="not orthonormal"):
        monomial_irreps.monomial_irreps(PermutationGroup(STORED["SmallGroup(21,1)"]))


# --- fields ---

ROOTS = {1: Cyclotomic([1]), -2: E(8) + E(8, 3), -5: (E(5) - E(5, 2) - E(5, 3) + E(5, 4)) * E(4)}  # √d


@pytest.mark.parametrize("root", [2, 6, 8, 10, 12, 20, 24, 30])
def test_powers_and_traces_in_relative_bases(root):
    units = [k for k in range(1, root) if gcd(k, root) == 1]
    for k in units:
        galois = frozenset(pow(k, i, root) for i in range(root))
        basis = relative_basis(root, galois)
        field = NumberField.fixed_by(root, galois)
        assert basis.conductor == field.conductor
        assert basis.powers.shape[1] == len(galois)
        for a in range(root):
            coordinates = [Cyclotomic(row, basis.conductor) for row in basis.powers[a].tolist()]
            assert all(NumberField.containing([x]).over(root) >= field.over(root) for x in coordinates)
            total = sum((x * E(root, j) for j, x in enumerate(coordinates)), start=Cyclotomic([0]))
            assert total == E(root, a)
            trace = sum((E(root, a * g) for g in galois), start=Cyclotomic([0]))
            assert Cyclotomic(basis.traces[a].tolist(), basis.conductor) == trace


@pytest.mark.parametrize(
    ("root", "galois", "radicand"),
    [
        (12, (1, 5), 1),
        (20, (1, 11), 1),
        (12, (1, 5, 7, 11), 1),
        (30, (1, 19), 1),
        (10, (1, 3, 7, 9), -2),
        (10, (1, 3, 7, 9), -5),
        (130, (1, 51, 79, 129), 1),
        (58, (1, 17, 41, 57), -2),
    ],
)
def test_units_and_their_cocycles(root, galois, radicand):
    """α_γ γ(α_δ) = ζ^β α_{γδ}, and γ(w) = w α_γ ᾱ_γ for w > 0, with γ fixing √d."""
    root_of_d = ROOTS[radicand]
    assert root_of_d * root_of_d == radicand
    order = lcm(root, root_of_d.conductor)

    def moved(x, k):
        lift = next(u for u in range(k, 40 * root, root) if gcd(u, order) == 1 and conjugate(root_of_d, u) == root_of_d)
        return conjugate(x, lift)

    systems = list(units.unit_systems(root, frozenset(galois), radicand))
    assert systems
    for system in systems:

        def number(parts, system=system):
            halves = [Cyclotomic([Fraction(int(x), system.denominator) for x in part], root) for part in parts]
            return halves[0] + (halves[1] * root_of_d if len(halves) > 1 else 0)

        alpha = {k: number(system.numbers[:, k]) for k in galois}
        weight = number(system.weight)
        assert alpha[1] == 1
        assert weight.sign() > 0
        for g in galois:
            assert moved(weight, g) == weight * alpha[g] * alpha[g].conjugate()
            for h in galois:
                beta = int(system.cocycle[g, h])
                assert alpha[g] * moved(alpha[h], g) == E(root, beta) * alpha[g * h % root]


def test_minus_one_is_a_sum_of_two_squares_of_fifth_roots_by_theory():
    """The norm equation of Q8 × C5: −1 = N(α), up to norms of roots of unity, from Q(ζ_20) to Q(ζ_5)."""
    systems = list(units.unit_systems(20, frozenset({1, 11})))
    exponents = [int(system.cocycle[11, 11]) for system in systems]
    assert any((s - 10) % gcd(12, 20) == 0 for s in exponents)
    assert (
        list(units.unit_systems(28, frozenset({1, 15}))) == []
    )  # no sum of two squares of seventh roots: the index of Q8 × C7 is 2


@pytest.mark.parametrize(("root", "k", "prime"), [(24, 17, 2), (20, 9, 2), (42, 25, 3), (12, 5, 2), (26, 3, 3)])
def test_tame_places_agree_with_the_local_tests(root, k, prime):
    galois = frozenset(pow(k, i, root) for i in range(prime))
    fields = NumberField.cyclotomic(root), NumberField.fixed_by(root, galois)
    for q in (q for q in (2, 3, 5, 7, 13) if root % q == 0 and _tame_generator(q, root, galois)[1] == prime):
        for target in (x for x in range(root) if x * (k - 1) % root == 0):
            if _order_modulo_powers(q, root, prime, target) > 1:
                assert obstructing_place(*fields, E(root, target)) is not None


@pytest.mark.parametrize(("p", "n", "root"), [(13, 12, 156), (13, 6, 78), (7, 3, 42), (19, 9, 114)])
def test_orders_modulo_powers_in_a_prime_field_are_those_of_its_numbers(p, n, root):
    """ζ_M^x is g^{x (p−1)/m} modulo p up to an automorphism, m the part of M prime to p."""
    m = root // p
    g = next(g for g in range(2, p) if len({pow(g, i, p) for i in range(p - 1)}) == p - 1)
    powers = {pow(x, n, p) for x in range(1, p)}
    for x in range(root):
        value = pow(g, x * (p - 1) // m, p)
        order = next(i for i in range(1, p) if pow(value, i, p) in powers)
        assert _order_modulo_powers(p, root, n, x) == order


def test_schur_indices_up_to_twelve_are_reached_by_fields_of_that_degree():
    """C13 : C144, where C12 acts trivially: z in C12 of order m gives −1, ζ_3, … as λ(t^12), and the index m.

    The two real characters are the one with m = 1 and the quaternionic one with m = 2.
    """
    t = [*(2 * i % 13 for i in range(13)), *(13 + (i + 1) % 144 for i in range(144))]
    group = PermutationGroup([[*((i + 1) % 13 for i in range(13)), *range(13, 157)], t])
    walked = monomial_irreps.monomial_irreps(group)
    assert len(walked) == 156  # all of them, so that nothing is left to Dixon's method
    large = [rho for rho in walked.values() if rho.degree == 12]
    assert sorted(rho.schur_index for rho in large) == [1, 2, 3, 3, 4, 4, 6, 6, 12, 12, 12, 12]
    for rho in large:
        check_homomorphism(rho)
        check_form(rho)
        values = NumberField.of_matrices([ExactMatrix([[x]]) for x in rho.character().values])
        assert rho.field.degree == rho.schur_index * values.degree


def test_minus_one_is_a_norm_by_a_distribution_relation():
    """From Q(ζ_95) to the subfield that inverts ζ_19 alone: the product of 1 − ζ_5 ζ_19^j, j = 1, …, 9."""
    (system,) = units.unit_systems(190, frozenset({1, 151}))
    exponent = int(system.cocycle[151, 151])
    assert (exponent - 95) % gcd(152, 190) == 0
    alpha = Cyclotomic([Fraction(int(x), system.denominator) for x in system.numbers[0, 151]], 190)
    assert alpha * conjugate(alpha, 151) == E(190, exponent)


@pytest.mark.parametrize("root", [826, 938])
def test_minus_one_is_a_norm_by_the_unit_of_a_quadratic_field(root):
    """From Q(ζ_7, ζ_q), q = 59 or 67, where one of both is inverted: a product of hundreds of numbers 1 − ζ^a."""
    galois = next({1, k} for k in range(3, root, 2) if k % 7 == (1 if root == 826 else 6) and (k * k - 1) % root == 0)
    (system,) = units.unit_systems(root, frozenset(galois))
    (k,) = galois - {1}
    exponent = int(system.cocycle[k, k])
    assert (exponent - root // 2) % gcd(1 + k, root) == 0
    alpha = Cyclotomic([Fraction(int(x), system.denominator) for x in system.numbers[0, k]], root)
    assert alpha * conjugate(alpha, k) == E(root, exponent)


def test_candidates_without_a_cocycle_are_dropped(monkeypatch):
    """1 − ζ_5 is no unit whose norm is a root of unity; the candidates are checked in integers."""
    wrong = CyclotomicProduct(20, ((4, 1),), 1, 1)
    monkeypatch.setattr(units, "products_with_root_norms", lambda *given: iter([[wrong]]))
    units._kept.cache_clear()
    assert list(units.unit_systems(20, frozenset({1, 11}))) == []
    monkeypatch.undo()
    units._kept.cache_clear()
    assert list(units.unit_systems(20, frozenset({1, 11}))) != []


def frobenius(p, order, whole):
    """C_p : C_w where C_w acts by automorphisms of an order."""
    a = next(a for a in range(2, p) if order == next(i for i in range(1, p) if pow(a, i, p) == 1))
    t = [*(a * i % p for i in range(p)), *(p + (i + 1) % whole for i in range(whole))]
    return PermutationGroup([[*((i + 1) % p for i in range(p)), *range(p, p + whole)], t])


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ((101, 4, 8), [(4, 25, 1, 1)] * 25 + [(4, 50, -1, 2)] * 25),  # over Q(√−2)
        ((17, 16, 32), [(16, 1, 1, 1), (16, 2, -1, 2)]),  # over Q(√−3), 3 does not divide the order
        # ζ_3 is a norm at every place, but the norm of no cyclotomic number: the third field is three times too large
        ((19, 3, 27), [(3, 6, 0, 1)] * 6 + [(3, 36, 0, 1)] * 12 + [(3, 108, 0, 3)] * 36),
    ],
)
def test_norms_by_units_of_subfields(given, fields):
    group = frobenius(*given)
    walked = monomial_irreps.monomial_irreps(group)
    assert len(walked) == len(group.conjugacy_classes())
    large = [rho for rho in walked.values() if rho.degree > 1]
    kinds = {(rho.degree, rho.field.degree, rho.indicator, rho.schur_index): rho for rho in large}
    assert sorted((rho.degree, rho.field.degree, rho.indicator, rho.schur_index) for rho in large) == sorted(fields)
    for rho in kinds.values():
        check_homomorphism(rho)
        check_form(rho)


@pytest.mark.parametrize(
    ("root", "galois", "tame"),
    [(380, (1, 39, 151, 189), True), (114, (1, 7, 49), True), (12, (1, 5, 7, 11), False), (8, (1, 3), False)],
)
def test_places_where_units_are_decided_by_residues(root, galois, tame):
    """No place is ramified, one at 19 is totally ramified, one at 3 has residue degree 2, one at 2 is wild."""
    whole = semilinear.Twisted(np.arange(len(galois)), root, np.zeros(len(galois)), np.array(galois))
    assert all_places_are_tame(whole) is tame


def test_matrices_are_monomial_where_the_field_allows_it():
    """The Heisenberg group of order 27: the field of the characters is that of the monomial matrices."""
    for rho in PermutationGroup(STORED["SmallGroup(27,3)"]).irreps():
        assert all((matrix.support.sum(axis=0) == 1).all() for matrix in rho.images)
        assert rho.form == ExactMatrix.identity(rho.degree)


# --- GAP ---


@pytest.mark.gap
@pytest.mark.skipif(not shutil.which("gap"), reason="GAP is not installed")
def test_random_solvable_groups_against_gap():
    draw = random.Random(1)
    groups = []
    for name in OVERGROUPS:
        whole = named_group(name)
        groups += [PermutationGroup(draw.choices(whole.elements, k=2)) for _ in range(4)]
    lists = [[[i + 1 for i in g] for g in group.generators] for group in groups]
    text = (
        f"for l in {json.dumps(lists)} do G := Group(List(l, PermList), ()); t := Irr(G); "
        'Print(SortedList(List(t, c -> [c[1], Indicator(CharacterTable(G), [c], 2)[1]])), ";\\n"); od; QUIT;'
    )
    done = subprocess.run(
        ["gap", "-q", "-x", "4096"], input=text, capture_output=True, text=True, timeout=300, check=True
    )
    answers = [json.loads(answer) for answer in done.stdout.replace("\n", "").split(";") if answer.strip()]
    for group, answer in zip(groups, answers, strict=True):
        assert sorted([rho.degree, rho.indicator] for rho in group.irreps()) == answer


@pytest.mark.parametrize(
    ("radicand", "conductor"), [(-1, 3), (2, 5), (-2, 8), (3, 1), (5, 4), (-15, 6), (21, 7), (-6, 9)]
)
def test_square_roots_by_gauss_sums_are_those_of_square_root(radicand, conductor):
    n, rows = basis_with_root(conductor, radicand)
    width = len(rows) // 2
    root = square_root(Fraction(radicand))
    assert n == lcm(conductor, root.conductor)
    for k in range(width):
        assert Cyclotomic(rows[k].tolist(), n) == E(conductor, k)
        assert Cyclotomic(rows[width + k].tolist(), n) == E(conductor, k) * root


@pytest.mark.parametrize("n", [1, 2, 5, 6, 12, 15, 20, 105])
def test_powers_of_a_root_of_unity_in_its_basis(n):
    table = root_table(n)
    assert [Cyclotomic(row.tolist(), n) for row in table] == [E(n, k) for k in range(n)]
    values = np.exp(2j * np.pi * np.arange(n) / n)
    assert np.allclose(table @ values[: table.shape[1]], values)
    assert root_powers(n) == tuple(map(tuple, table.tolist()))


def test_products_of_rows_of_cyclotomic_numbers():
    table = root_table(20)
    rows = np.random.default_rng(5).integers(-9, 10, (4, table.shape[1]))
    products = units._times(rows[1:], rows[0], table)
    for row, product in zip(rows[1:], products, strict=True):
        assert Cyclotomic(product.tolist(), 20) == Cyclotomic(row.tolist(), 20) * Cyclotomic(rows[0].tolist(), 20)
        assert (units._times(row, rows[0], table) == product).all()
    with pytest.raises(OverflowError):
        units._times(rows * 2**50, rows[0] * 2**10, table)
