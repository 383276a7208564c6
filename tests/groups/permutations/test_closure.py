"""Small groups listed as strings of bytes, against SymPy's chain of stabilisers."""

import numpy as np
from bistate.groups import CyclicGroup, PermutationGroup, SymmetricGroup, named_group
from bistate.groups.permutations.closure import CLOSURE_LIMIT, small_closure
from bistate.verify import strategies as bst
from hypothesis import given, settings


def by_sympy(group):
    """The elements as SymPy lists them, and its order: nothing of the closure is used."""
    whole = group._sympy
    return sorted(tuple(p.array_form) for p in whole.generate()), int(whole.order())


@settings(max_examples=25, deadline=None)
@given(bst.groups(max_order=48))
def test_elements_are_those_of_sympy(group):
    plain = PermutationGroup(group.generators, group.degree)
    elements, order = by_sympy(plain)
    assert [tuple(g) for g in plain.elements] == elements
    assert plain.order == order
    on_base = {tuple(g[point] for point in plain.base) for g in plain.elements}
    assert len(on_base) == order  # an element is known by what it does to the base
    assert plain.index_rows(plain.images).tolist() == list(range(order))


def test_groups_that_are_too_large_are_left_to_the_chain():
    assert small_closure(SymmetricGroup(7).generators, 7) is None
    assert small_closure(CyclicGroup(300).generators, 300) is None  # points are bytes
    rows = small_closure(SymmetricGroup(6).generators, 6)
    assert rows is not None
    assert len(rows) == 720 <= CLOSURE_LIMIT


def test_membership_is_looked_up():
    group = PermutationGroup(named_group("A4").generators)
    assert [1, 0, 3, 2] in group
    assert [1, 0, 2, 3] not in group
    assert [1, 0, 3, 2, 4] not in group
    assert np.array_equal(PermutationGroup(degree=3).images, [[0, 1, 2]])
