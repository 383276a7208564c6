"""Exact weights that predict the outputs of a task."""

from __future__ import annotations

import itertools

import pytest
from bistate.groups import AlternatingGroup, SymmetricGroup
from bistate.theory import Automaton, realize
from bistate.theory.errors import RungError, WeightsError
from bistate.theory.weights.label_readout import label_readout
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize("pattern", ["(ab)*", "a*b*", "(a|b)*abb", "(a|b)*a(a|b)(a|b)(a|b)"])
def test_a_language_is_accepted_by_exact_weights(pattern: str) -> None:
    A = Automaton.from_regex(pattern).acceptor()
    weights = realize(A)
    assert set(weights.states) == {True, False}
    assert weights.prove(A).proved
    for n in range(6):
        for word in itertools.product("ab", repeat=n):
            assert weights.predict(word) is A.output(word)


def test_two_halves_of_a_hexagon_are_read_from_the_plane_and_alternating_corners_are_not() -> None:
    A = Automaton.modular_addition(6)
    plane = realize(A, "rotation")
    assert plane.hidden_size == 2
    halves, odd = (A.with_outputs([f(q) for q in range(6)]) for f in (lambda q: q // 3, lambda q: q % 2))
    assert label_readout(plane, halves) is not None
    assert label_readout(plane, odd) is None
    assert realize(halves, "rotation").hidden_size == 2
    assert realize(odd, "rotation").hidden_size == 1  # the minimal Moore machine is parity


def test_more_irreps_are_taken_where_the_least_do_not_do() -> None:
    A = Automaton.modular_addition(6).with_outputs([0, 1, 0, 1, 1, 0])
    weights = realize(A, "rotation")
    assert len(A.minimize().states) == 6
    assert weights.hidden_size == 3
    assert weights.prove(A).proved


def test_one_element_against_the_others_takes_a_constant() -> None:
    A = Automaton.word_problem(AlternatingGroup(5)).with_outputs([k == 0 for k in range(60)])
    weights = realize(A, "full")
    assert weights.hidden_size == 4
    assert "trivial" in weights.note
    reflecting = realize(A, "householder")
    assert reflecting.factors is not None
    assert reflecting.factors.count == 2  # type: ignore[union-attr]


def test_weights_for_labels_are_no_weights_for_states_and_the_message_says_so() -> None:
    A = Automaton.word_problem(SymmetricGroup(3))
    labelled = A.with_outputs(["a", "b", "b", "a", "a", "b"])
    weights = realize(labelled)
    with pytest.raises(WeightsError, match="states"):
        weights.prove(A)
    with pytest.raises(WeightsError, match="outputs"):
        realize(A).prove(labelled)


def test_wrong_labels_are_refuted_with_a_word() -> None:
    A = Automaton.modular_addition(4).with_outputs(["low", "low", "high", "high"])
    B = A.with_outputs(["low", "high", "high", "low"])
    verdict = realize(A).prove(B)
    assert verdict.refuted
    assert realize(A).predict(verdict.witness) != B.output(verdict.witness)


def test_one_label_for_all() -> None:
    A = Automaton.random(5, 2, seed=3).with_outputs(["same"] * 5)
    weights = realize(A)
    assert weights.states == ("same",)
    assert weights.prove(A).proved


def test_a_rung_that_cannot_track_the_states_is_refused_whatever_the_labels() -> None:
    A = Automaton.modular_addition(3).with_outputs(["a", "a", "b"])
    with pytest.raises(RungError, match="diagonal"):
        realize(A, "diagonal")


def test_options_hold_for_labelled_tasks_too() -> None:
    A = Automaton.word_problem(AlternatingGroup(5)).with_outputs([k == 0 for k in range(60)])
    with pytest.raises(RungError, match="reflections=1"):
        realize(A, "householder", reflections=1)


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_any_labels_of_any_small_machine(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 5))
    A = Automaton.random(size, 2, seed=data.draw(st.integers(0, 50)))
    A = A.with_outputs(data.draw(st.lists(st.integers(0, 2), min_size=size, max_size=size)))
    assert realize(A).prove(A).proved
