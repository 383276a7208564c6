"""Groups that are recognised before their irreps are computed: against the general road and against verification."""

import random
from functools import reduce
from itertools import combinations, product
from math import factorial

import numpy as np
import pytest
from bistate.groups import (
    AlternatingGroup,
    PermutationGroup,
    RepresentationError,
    SymmetricGroup,
    TooLargeError,
    direct_product,
    named_group,
    wreath_product,
)
from bistate.groups.arithmetic.reduction import reduced
from bistate.groups.fields.number_field import NumberField
from bistate.groups.irreducible.general import general_irreps
from bistate.groups.recognition import symmetric_irreps
from bistate.groups.recognition.choose import recognised_irreps
from bistate.groups.recognition.direct_factors import direct_factors, hidden_factors
from bistate.groups.recognition.recognised import InOrder, Residues
from bistate.groups.recognition.symmetric_actions import _pairs, _share_two, _triples, natural_points
from bistate.groups.recognition.symmetric_irreps import _matrix, associator, conjugate_shape
from bistate.groups.recognition.wreath_blocks import wreath_blocks
from bistate.groups.recognition.wreath_irreps import _matrix as wreath_matrix
from bistate.groups.recognition.wreath_irreps import _orbits, _tensor_traces, wreath_irreps


def nameless(group):
    return PermutationGroup(group.generators, group.degree)


def on_subsets(group, size):
    """The group on the sets of so many points."""
    sets = list(combinations(range(group.degree), size))
    place = {chosen: k for k, chosen in enumerate(sets)}
    return PermutationGroup([[place[tuple(sorted(g[x] for x in chosen))] for chosen in sets] for g in group.generators])


def on_pairs_of_points(left, right, mixed=True):
    """The direct product on pairs of points, transitive, with generators in neither factor."""
    points = list(product(range(left.degree), range(right.degree)))
    place = {pair: k for k, pair in enumerate(points)}
    both = [(g, h) for g in left.generators for h in right.generators] if mixed else []
    both += [(g, right.identity) for g in left.generators] if not mixed else []
    both += [(left.identity, h) for h in right.generators] if not mixed else []
    return PermutationGroup([[place[g[x], h[y]] for x, y in points] for g, h in both])


CASES = {
    "A5xA5": lambda: nameless(named_group("A5xA5")),
    "S5xQ8xS3": lambda: nameless(named_group("S5xQ8xS3")),
    "C3xPSL(2,11), commuting generators": lambda: on_pairs_of_points(
        named_group("C3"), named_group("PSL(2,11)"), mixed=False
    ),
    "A5xA5, transitive": lambda: on_pairs_of_points(AlternatingGroup(5), AlternatingGroup(5)),
    "A7": lambda: nameless(AlternatingGroup(7)),
    "S7 on pairs": lambda: on_subsets(SymmetricGroup(7), 2),
    "A7 on triples": lambda: on_subsets(AlternatingGroup(7), 3),
    "A5wrC2": lambda: nameless(named_group("A5wrC2")),
    "C3wrS4": lambda: nameless(wreath_product(named_group("C3"), SymmetricGroup(4))),
    "Q8wrC3": lambda: nameless(named_group("Q8wrC3")),
    "D5wrC3": lambda: nameless(named_group("D5wrC3")),
    "C2wrA5": lambda: nameless(named_group("C2wrA5")),
}


@pytest.fixture(scope="module", params=CASES)
def group(request):
    return CASES[request.param]()


def test_recognised_irreps_are_those_of_the_table_over_the_fields_of_the_characters(group):
    irreps, table = recognised_irreps(group), group.character_table()
    assert irreps is not None
    assert [rho.label for rho in irreps] == list(table.labels)
    for rho, values, indicator in zip(irreps, table.values, table.indicators, strict=True):
        assert rho._traces().values == values
        field = NumberField.containing(values)
        assert rho.field.degree == (2 if indicator == -1 else 1) * field.degree
        assert rho.schur_index == (2 if indicator == -1 else 1)
        assert rho.field.is_real or indicator != 1
        assert rho.verify()


def test_both_roads_agree():
    group = nameless(named_group("A5wrC2"))
    expected = general_irreps(nameless(group), "complex")
    for rho, other in zip(group.irreps(), expected, strict=True):
        assert rho.character().values == other.character().values
        assert (rho.label, rho.schur_index) == (other.label, other.schur_index)


def test_matrices_and_traces_of_any_element_of_a_wreath_product():
    """Least elements of classes have few parts h_b other than 1: they do not tell the order of products."""
    group = nameless(named_group("D5wrA4"))
    wreath = wreath_blocks(group)
    rhos = wreath.base.irreps()
    colouring = tuple(k for k, rho in enumerate(rhos) if rho.degree == 2)[:1] * 3 + (len(rhos) - 1,)
    orbit = next(orbit for orbit in _orbits(wreath.top, [colouring]))
    sigma = orbit.kept.irreps()[0]
    draw = random.Random(1)
    elements = [group.generators[-1]]
    for _ in range(30):
        elements.append(reduce(lambda g, _: g * draw.choice(group.generators), range(20), elements[-1]))
    matrices = [wreath_matrix(rhos, sigma, orbit, *wreath.split(g)) for g in elements]
    assert matrices[5] @ matrices[9] == wreath_matrix(rhos, sigma, orbit, *wreath.split(elements[5] * elements[9]))
    residues = Residues(group)
    values = residues.table(wreath.base.character_table())
    splits = [wreath.split(g) for g in elements]
    traces = _tensor_traces(wreath.base, values, np.array(orbit.colourings), splits, residues.prime).sum(axis=1)
    found = [reduced(m.trace(), residues.prime, residues.root, group.exponent) for m in matrices]
    assert (traces % residues.prime).tolist() == found
    assert len(set(found)) > 5


def test_real_and_rational_irreps_of_a_recognised_group():
    group = nameless(named_group("C3wrS4"))
    for field in ("real", "rational"):
        found = group.irreps(field)
        assert sum(rho.degree**2 // rho.norm for rho in found) == group.order
        for rho in found[::5]:
            assert rho.verify()


# --- what is recognised, and what is not ---


def test_small_groups_and_simple_ones_are_left_to_other_roads():
    for name in ("S3xS3", "A5xC2", "PSL(2,17)", "M11", "PSL(3,4)"):
        assert recognised_irreps(nameless(named_group(name))) is None
    order = factorial(8) // 2
    assert named_group("PSL(3,4)").order == order
    assert natural_points(nameless(named_group("PSL(3,4)"))) is None


@pytest.mark.parametrize(("n", "size"), [(7, 2), (7, 3), (8, 2)])
def test_points_are_permuted_as_in_the_natural_action(n, size):
    natural = SymmetricGroup(n)
    group = on_subsets(natural, size)
    points = natural_points(group)
    assert not points.alternating
    assert sorted(points.image(g).cycle_type for g in group.generators) == sorted(
        g.cycle_type for g in natural.generators
    )
    g, h = group.generators
    assert points.image(g * h * g) == points.image(g) * points.image(h) * points.image(g)


def test_triples_meet_as_sets_do():
    group = nameless(AlternatingGroup(7))
    triples = _triples(group, group.generators[0])  # (0 1 2)
    assert len(triples) == 35
    sets = [frozenset(np.flatnonzero(one != np.arange(7)).tolist()) for one, _ in triples]
    near = _share_two(triples)
    assert near.tolist() == [[len(a & b) == 2 for b in sets] for a in sets]
    lines = {frozenset.intersection(*(sets[i] for i in line)) for line in _pairs(near)}
    assert lines == {frozenset(pair) for pair in combinations(range(7), 2)}


def test_factors_multiply_to_the_group():
    for found in (
        direct_factors(nameless(named_group("A5xS4xC2"))),
        hidden_factors(on_pairs_of_points(AlternatingGroup(5), SymmetricGroup(4))),
        hidden_factors(on_pairs_of_points(named_group("C3"), named_group("PSL(2,11)"))),
    ):
        one, other = found.factors
        assert one.order > 1
        assert other.order > 1
    group = on_pairs_of_points(AlternatingGroup(5), SymmetricGroup(4))
    found = hidden_factors(group)
    for g in group.generators:
        n, m = found.project(g)
        assert n in found.factors[0]
        assert m in found.factors[1]
        assert n * m == m * n == g


def test_orbits_that_are_linked_by_a_sign_do_not_split():
    """S_4 × S_4 × S_4 modulo signs: any two of three orbits are independent, all three are not."""
    whole = direct_product(*[SymmetricGroup(4)] * 3)
    even = [g for g in whole.generators if g.sign == 1]
    odd = [g for g in whole.generators if g.sign == -1]
    assert direct_factors(PermutationGroup([*even, *[odd[0] * g for g in odd[1:]]])) is None


def test_a_wreath_product_is_all_of_it_and_has_few_blocks():
    found = wreath_blocks(nameless(named_group("C2wrC2wrC2wrC2")))
    assert (found.base.order, found.top.order, len(found.blocks)) == (128, 2, 2)
    group = nameless(named_group("S3wrA4"))
    wreath = wreath_blocks(group)
    g, h = group.generators[0] * group.generators[-1], group.generators[-1] * group.generators[1]
    (k, parts), (m, others) = wreath.split(g), wreath.split(h)
    top, inner = wreath.split(g * h)
    assert top == k * m
    assert inner == tuple(parts[m[b]] * others[b] for b in range(4))
    odd = next(g for g in group.generators if g.sign == -1)
    even = [g for s in group.generators for g in (s * odd, odd * s, odd * s * odd) if g.sign == 1]
    even += [g for g in group.generators if g.sign == 1]
    assert PermutationGroup(even).order * 2 == group.order
    assert wreath_blocks(PermutationGroup(even)) is None
    assert wreath_blocks(nameless(named_group("PSL(2,17)"))) is None


# --- what is checked ---


def test_a_representation_too_few_is_noticed():
    group = nameless(named_group("A5wrC2"))
    residues = Residues(group)
    made = wreath_irreps(group, residues, wreath_blocks(group))
    with pytest.raises(RepresentationError, match="19 irreps"):
        InOrder(residues, made[1:])
    with pytest.raises(RepresentationError, match="not orthonormal"):
        InOrder(residues, [*made[1:], made[1]])


def test_the_map_of_transposes_changes_signs_and_a_wrong_one_is_noticed(monkeypatch):
    shape = (3, 2, 1)
    assert conjugate_shape(shape) == shape
    found = associator(shape)
    for s in named_group("S6").presentation.generators:
        moved = _matrix(shape, s)
        for k, other in enumerate(found.transposed):
            for m, there in enumerate(found.transposed):
                # S s_i = −s_i S, entry (T', U): c_T (s_i)_{T,U} = −(s_i)_{T',U'} c_U
                assert moved[k, m] * found.factors[k] == -moved[other, there] * found.factors[m]
    monkeypatch.setattr(symmetric_irreps, "_transpose", lambda rows: rows)
    with pytest.raises(RepresentationError, match=r"change signs|no scalar"):
        associator.__wrapped__(shape)


def test_groups_beyond_every_limit_are_refused():
    with pytest.raises(TooLargeError, match="1594323"):
        nameless(named_group("C3wrC3wrC3")).irreps()


@pytest.mark.slow
def test_the_alternating_group_of_nine_points():
    group = nameless(AlternatingGroup(9))
    irreps = group.irreps()
    assert [rho.degree for rho in irreps] == [
        1,
        8,
        21,
        21,
        27,
        28,
        35,
        35,
        42,
        48,
        56,
        84,
        105,
        120,
        162,
        168,
        189,
        216,
    ]
    assert {str(rho.field) for rho in irreps} == {"Q", "Q(√-15)"}
    for rho in irreps:
        assert rho.verify()
