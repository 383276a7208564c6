"""Groups from labels of long words alone: layers, sides, wrong labels, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from bistate.groups.catalogue.named import named_group
from bistate.models.tasks.encoded_words import encoded
from bistate.theory import Automaton
from bistate.verify import MismatchError, recognise_words
from bistate.verify.comparison.abelian_layers import abelian_layers
from helpers.word_tables import table_of


def shuffled(name: str, side: str = "left") -> Automaton:
    """A word problem whose numbers say nothing: neither order nor identity is the usual one."""
    A = Automaton.word_problem(named_group(name), side=side)
    to = np.random.default_rng(1).permutation(len(A.states))
    back = np.argsort(to)
    numbers = range(len(to))
    return Automaton(numbers, numbers, to[A.table[back][:, back]], int(to[A.start_index]))


@pytest.mark.parametrize(
    ("name", "side", "wrong"),
    [("Q16", "left", 0.0), ("D8", "right", 0.0), ("Q16", "right", 0.01), ("S4", "left", 0.0), ("C2xC8", "left", 0.0)],
)
def test_a_solvable_group_from_long_words(name: str, side: str, wrong: float) -> None:
    A = shuffled(name, side)
    found = recognise_words(*table_of(A, 700, 50, 60, wrong=wrong))  # no word prolongs another one
    assert found.automaton == A
    assert found.group == name
    assert found.noise <= wrong
    assert (found.noise > 0) == (wrong > 0)


def test_steps_are_those_of_the_group_and_the_start_is_its_identity() -> None:
    A = shuffled("Q32")
    found = abelian_layers(encoded(*table_of(A, 700, 20, 40)), 256, 0)
    assert found.table is not None
    np.testing.assert_array_equal(found.table, np.concatenate([A.table, A.table[[A.start_index]]]))


def test_generators_of_which_one_is_the_identity_and_states_of_another_letter_set() -> None:
    D4 = Automaton.word_problem(named_group("D4"), letters="generators")
    A = Automaton(D4.states, range(3), np.concatenate([D4.table, np.arange(8)[:, None]], axis=1), D4.start)
    words, labels = table_of(A, 400, 100, 140)
    found = recognise_words(words, labels)
    np.testing.assert_array_equal(found.automaton.table, A.table)


def test_what_is_missing_is_said() -> None:
    with pytest.raises(MismatchError, match=r"4 classes as in a group .* takes 101 words of any length, there are 100"):
        recognise_words(*table_of(shuffled("Q16"), 100, 50, 60))
    with pytest.raises(MismatchError, match=r"2 classes .* no further abelian layer.* each of 14400 steps"):
        recognise_words(*table_of(Automaton.word_problem(named_group("S5")), 1500, 50, 60))
    random = np.random.default_rng(0)
    words, _ = table_of(shuffled("D4"), 400, 50, 60)
    with pytest.raises(MismatchError, match="no class is found"):
        recognise_words(words, random.integers(8, size=400))


def test_labels_that_are_not_the_elements_of_the_group_are_no_group_of_them() -> None:
    A = Automaton.modular_addition(8)
    words, labels = table_of(A, 400, 50, 60)
    found = abelian_layers(encoded(words, [label // 2 for label in labels]), 256, 0)  # pairs that carry
    assert found.table is None
    halves = abelian_layers(encoded(words, [label % 4 for label in labels]), 256, 0)
    assert halves.table is not None
    assert len(halves.table) == 5  # four residues, and the start
