"""Tables of abelian groups: Fourier matrices, whose values are roots of unity that are made once each."""

from __future__ import annotations

from itertools import product
from math import gcd, lcm

import pytest
from bistate.groups import AbelianGroup, CyclicGroup, Cyclotomic, E, PermutationGroup
from bistate.groups.arithmetic.cyclotomic import weighted_sum
from bistate.groups.arithmetic.cyclotomic_field import root_powers
from hypothesis import given
from hypothesis import strategies as st


def test_the_table_of_c1000_is_the_fourier_matrix():
    group = CyclicGroup(1000)
    table = group.character_table()
    shifts = [cls.representative[0] for cls in table.classes]  # the shift by k takes 0 to k
    assert [cls.order for cls in table.classes] == [1000 // gcd(1000, k) for k in shifts]
    place = shifts.index(1)
    steps = {row[place]: i for i, row in enumerate(table.values)}
    for a, b in ((1, 1), (3, 7), (500, 999), (999, 999), (0, 5)):
        assert table.values[steps[E(1000, a)]][shifts.index(b)] == E(1000, a * b)
    assert len({id(value) for row in table.values for value in row}) == 1000
    assert table.indicators.count(1) == 2
    assert table.indicators.count(0) == 998
    i, j = steps[E(1000, 3)], steps[E(1000, 999)]
    assert table.tensor(i, j).index(1) == steps[E(1000, 2)]
    assert (table.inner(i, i), table.inner(i, j)) == (1, 0)


@pytest.mark.parametrize("orders", [[2, 4, 6], [3, 9], [1], [2, 2, 2, 5]])
def test_elements_and_their_orders_are_those_of_the_product(orders):
    group = AbelianGroup(orders)
    expected = sorted(
        lcm(*(n // gcd(n, a) for n, a in zip(orders, exponents, strict=True)))
        for exponents in product(*map(range, orders))
    )
    assert [cls.order for cls in group.conjugacy_classes()] == expected
    assert list(group.elements) == sorted(set(group.elements))
    assert len(group.elements) == group.order


def test_orbits_of_an_abelian_group_may_share_nothing_or_all():
    """⟨(0 1 2)(3 4 5), (0 1 2)⟩ with a point that is fixed, and one generator twice."""
    a, b = [1, 2, 0, 4, 5, 3, 6], [1, 2, 0, 3, 4, 5, 6]
    group = PermutationGroup([a, b, a])
    assert group.order == len(group.elements) == 9
    assert [cls.order for cls in group.conjugacy_classes()] == [1] + [3] * 8
    assert all(group.elements[group.index(g)] == g for g in group.elements)


@given(st.integers(1, 240), st.integers(-500, 500))
def test_roots_of_unity_are_made_at_their_conductor(n, k):
    found = E(n, k)
    assert found == Cyclotomic(root_powers(n)[k % n], n)
    assert hash(found) == hash(Cyclotomic(found.coefficients, found.conductor))


CONDUCTORS = st.sampled_from([1, 3, 4, 5, 8, 12, 15, 24, 60])


@given(st.lists(st.tuples(st.integers(-3, 3), CONDUCTORS, st.integers(0, 23), CONDUCTORS), min_size=1, max_size=8))
def test_weighted_sums_are_sums(terms):
    weights = [w for w, *_ in terms]
    left = [E(n, k) + E(n) for _, n, k, _ in terms]
    right = [E(m) - 2 for *_, m in terms]
    expected = sum((a * b * w for w, a, b in zip(weights, left, right, strict=True)), start=Cyclotomic([0]))
    assert weighted_sum(weights, left, right) == expected


def test_multiplicities_by_residues_are_those_of_the_field():
    table = PermutationGroup(
        [[1, 2, 3, 4, 0, 5, 6, 7], [0, 2, 1, 4, 3, 5, 6, 7], [0, 1, 2, 3, 4, 6, 7, 5]]
    ).character_table()
    for i, j in product(range(0, len(table.characters), 2), range(1, len(table.characters), 3)):
        exact = (table.characters[i] * table.characters[j]).multiplicities()
        assert table.tensor(i, j) == tuple(int(m.to_fraction()) for m in exact)
