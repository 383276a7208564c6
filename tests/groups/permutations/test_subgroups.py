"""Normality, Sylow subgroups and blocks, by their definitions; and groups as sympy has them."""

from __future__ import annotations

from itertools import combinations, pairwise, product

import pytest
from bistate.groups import AbelianGroup, GroupError, Permutation, PermutationGroup, named_group
from bistate.groups.permutations.subgroups import commutators, normal_closure, outside_of_earlier
from sympy.combinatorics.named_groups import AbelianGroup as SympyAbelian
from sympy.combinatorics.named_groups import DihedralGroup as SympyDihedral

NAMES = ("S4", "A4", "D6", "D4", "C6", "C2wrS3", "PSL(2,7)", "A5", "GL(2,3)")


@pytest.mark.parametrize("name", ["S4", "D6", "A4", "C6"])
def test_normal_subgroups_are_those_that_all_conjugations_keep(name):
    group = named_group(name)
    for pair in combinations(group.elements, 2):
        subgroup = PermutationGroup(pair, group.degree)
        inside = set(subgroup.elements)
        expected = all(g * h * g.inverse() in inside for g in group.elements for h in inside)
        assert group.is_normal(subgroup) == expected


def test_a_group_that_is_no_subgroup_is_not_normal():
    assert not named_group("A4").is_normal(named_group("S4"))
    with pytest.raises(GroupError, match="moves 5 points and the group 4"):
        named_group("A4").is_normal(named_group("A5"))


@pytest.mark.parametrize("name", NAMES)
def test_sylow_subgroups_have_the_right_order_and_lie_in_the_group(name):
    group = named_group(name)
    for p in (2, 3, 5, 7):
        power = 1
        while group.order % (power * p) == 0:
            power *= p
        found = group.sylow_subgroup(p)
        assert found.order == power
        assert all(g in group for g in found.generators)


@pytest.mark.parametrize("p", [0, 1, 4, -3, 2.0, "2"])
def test_other_numbers_are_refused(p):
    with pytest.raises(GroupError, match="for primes, not for"):
        named_group("S4").sylow_subgroup(p)


def kept(group: PermutationGroup, block: set[int]) -> bool:
    """Whether every image of the block is the block, or meets it nowhere."""
    return all(image == block or not image & block for image in ({g(i) for i in block} for g in group.elements))


@pytest.mark.parametrize("name", ["S4", "C6", "C8", "D6", "D4", "C2wrS3", "A5", "C2xC2"])
def test_blocks_are_the_smallest_that_the_group_keeps(name):
    group = named_group(name)
    if not group.is_transitive:
        group = PermutationGroup(
            [[group.elements.index(g * h) for h in group.elements] for g in group.generators]
        )  # acting on itself
    points = range(group.degree)
    sets = [set(c) for size in range(2, group.degree) for c in combinations(points, size) if 0 in c]
    blocks = [block for block in sets if kept(group, block)]
    smallest = [block for block in blocks if not any(other < block for other in blocks)]
    assert {frozenset(system[0]) for system in group.blocks()} == set(map(frozenset, smallest))
    for system in group.blocks():
        assert sorted(point for block in system for point in block) == list(points)
        assert all(kept(group, set(block)) for block in system)
    assert group.is_primitive == (not smallest)


def test_blocks_of_several_orbits_are_refused():
    group = PermutationGroup([[1, 0, 2]])
    assert not group.is_primitive
    with pytest.raises(GroupError, match="several orbits"):
        group.blocks()
    assert PermutationGroup([], 1).is_primitive


def test_groups_of_sympy():
    assert PermutationGroup.from_sympy(SympyDihedral(5)) == named_group("D5")
    assert PermutationGroup.from_sympy(SympyAbelian(2, 4)).order == 8
    assert AbelianGroup(2, 4) == AbelianGroup([2, 4])
    assert AbelianGroup().order == 1
    assert AbelianGroup(6).orders == (6,)


def test_images_counted_from_one_are_told():
    with pytest.raises(GroupError, match=r"counted from 1, as here, it is \[1, 0, 2\]"):
        Permutation([2, 1, 3])
    with pytest.raises(GroupError, match=r"in some order$"):
        Permutation([0, 0, 2])


@pytest.mark.parametrize("name", ["S4", "D6", "A5", "C2wrS3"])
def test_a_normal_closure_is_generated_by_all_conjugates(name):
    group = named_group(name)
    for h in group.elements[::5]:
        conjugates = {g * h * g.inverse() for g in group.elements}
        assert normal_closure(group, [h]).order == PermutationGroup(sorted(conjugates), group.degree).order
    every = {g * h * g.inverse() * h.inverse() for g, h in product(group.elements, repeat=2)}
    derived = normal_closure(group, commutators(group))
    assert derived.order == PermutationGroup(sorted(every), group.degree).order


def test_what_is_in_the_group_of_earlier_elements_is_left_out():
    group = named_group("S4")
    few = outside_of_earlier(group.elements, group.degree)
    assert PermutationGroup(few).order == 24
    orders = [PermutationGroup(few[:k], group.degree).order for k in range(len(few) + 1)]
    assert all(b % a == 0 and b > a for a, b in pairwise(orders))
    assert outside_of_earlier([group.identity], 4) == []
