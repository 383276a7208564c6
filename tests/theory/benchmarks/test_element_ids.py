"""Word problems with numbers for elements: any numbering, both sides, some letters."""

from __future__ import annotations

import random
from itertools import product

import pytest
from bistate.groups import CyclicGroup, SymmetricGroup
from bistate.theory import AutomatonError
from bistate.theory.benchmarks.element_ids import lexicographic, moving_at_most, word_problem

S4 = SymmetricGroup(4)


@pytest.mark.parametrize("side", ["left", "right"])
def test_any_numbering_of_the_elements(side: str) -> None:
    others = list(S4.elements[1:])
    random.Random(3).shuffle(others)
    elements = [S4.identity, *others]
    A = word_problem(S4, elements, side)
    for g, x in product(range(24), repeat=2):
        p, q = (elements[g], elements[x]) if side == "right" else (elements[x], elements[g])
        assert tuple(elements[A.table[g, x]]) == tuple(p[q[i]] for i in range(4))
    assert A.start == 0
    assert A.group_task is not None
    assert A.group_task.states == tuple(elements)


def test_letters_keep_their_numbers() -> None:
    elements = lexicographic(S4)
    few = moving_at_most(elements, 2)
    assert {k: tuple(g) for k, g in few.items()} == {
        k: tuple(g) for k, g in enumerate(elements) if sum(g[i] != i for i in range(4)) in (0, 2)
    }
    A, whole = word_problem(S4, elements, "right", few), word_problem(S4, elements, "right")
    assert A.letters == tuple(few)
    assert (A.table == whole.table[:, list(few)]).all()


def test_what_is_no_numbering_is_refused() -> None:
    elements = lexicographic(S4)
    for wrong in (elements[1:], elements[::-1], (*elements, elements[1])):
        with pytest.raises(AutomatonError, match="each once and the identity first"):
            word_problem(S4, wrong, "right")
    with pytest.raises(AutomatonError, match="do not generate"):
        word_problem(CyclicGroup(6), CyclicGroup(6).elements, "left", {2: CyclicGroup(6).elements[2]})
