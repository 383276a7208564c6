"""Outputs of states: labels, the minimal Moore machine, and what words lead to."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from bistate.groups import SymmetricGroup
from bistate.theory import Automaton
from bistate.theory.automata.moore import futures
from bistate.theory.errors import AutomatonError
from hypothesis import given, settings
from hypothesis import strategies as st


@st.composite
def machines(draw: st.DrawFn) -> Automaton:
    size, letters = draw(st.integers(1, 6)), draw(st.integers(1, 3))
    table = draw(
        st.lists(st.lists(st.integers(0, size - 1), min_size=letters, max_size=letters), min_size=size, max_size=size)
    )
    outputs = draw(st.lists(st.sampled_from(["a", "b", "c"]), min_size=size, max_size=size))
    return Automaton.trimmed(range(size), range(letters), table, 0, outputs=outputs)


def words(automaton: Automaton, longest: int) -> list[tuple[object, ...]]:
    return [w for n in range(longest + 1) for w in itertools.product(automaton.letters, repeat=n)]


def test_outputs_are_a_label_for_each_state() -> None:
    A = Automaton.modular_addition(4).with_outputs({0: "even", 1: "odd", 2: "even", 3: "odd"})
    assert A.outputs == ("even", "odd", "even", "odd")
    assert A.labels == ("even", "odd")
    assert A.label_indices.tolist() == [0, 1, 0, 1]
    assert A.output([1, 1, 1]) == "odd"
    assert "outputs" in repr(A)
    assert Automaton.modular_addition(4) != A
    assert A.with_outputs(None) == Automaton.modular_addition(4)
    assert A.group_task is not None


def test_without_outputs_every_state_is_its_own_label() -> None:
    A = Automaton.parity()
    assert A.outputs is None
    assert A.labels == A.states
    assert A.label_indices.tolist() == [0, 1]
    assert A.output([1]) == 1


def test_a_language_answers_whether_a_word_is_accepted() -> None:
    A = Automaton.from_regex("(ab)*")
    assert A.output("ab") is True
    assert A.output("ba") is False
    acceptor = A.acceptor()
    assert set(acceptor.labels) == {True, False}
    assert acceptor.output("ab") is True
    with pytest.raises(AutomatonError, match="accepting is not set"):
        Automaton.parity().acceptor()


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ([1], "1 labels for 2 states"),
        ({0: "a"}, "no label for"),
        ({0: "a", 1: "b", 2: "c"}, "no states"),
        ("ab", "a sequence or a mapping"),
        (7, "a sequence or a mapping"),
        ([[1], [2]], "cannot be hashed"),
    ],
)
def test_other_outputs_are_refused(outputs: object, message: str) -> None:
    with pytest.raises(AutomatonError, match=message):
        Automaton.parity().with_outputs(outputs)  # type: ignore[arg-type]


@given(machines())
@settings(max_examples=60, deadline=None)
def test_the_minimal_machine_gives_the_same_labels_and_has_no_two_states_alike(A: Automaton) -> None:
    small = A.minimize()
    for word in words(A, 4):
        assert small.output(word) == A.output(word)
    assert len(set(futures(small).tolist())) == len(small.states)
    # by definition: the number of different futures, over words long enough to tell any two states apart
    suffixes = words(A, min(len(A.states), 5))
    seen = {tuple(A.output((*prefix, *suffix)) for suffix in suffixes) for prefix in words(A, len(A.states))[:400]}
    assert len(small.states) >= len(seen)
    if len(A.states) <= 5 and len(words(A, len(A.states))) <= 400:
        assert len(small.states) == len(seen)


def test_a_minimal_machine_is_given_back_with_its_group() -> None:
    A = Automaton.word_problem(SymmetricGroup(3)).with_outputs([0, 1, 1, 2, 2, 2])
    assert A.minimize() is A


def test_states_that_no_word_reaches_take_their_labels_with_them() -> None:
    A = Automaton.trimmed("pqr", "x", [[2], [0], [0]], "p", outputs={"p": 1, "q": 2, "r": 3})
    assert A.outputs == (1, 3)


def test_a_graph_keeps_outputs() -> None:
    A = Automaton.modular_addition(3).with_outputs(["a", "a", "b"])
    assert Automaton.from_networkx(A.to_networkx()) == A
    graph: nx.MultiDiGraph = A.to_networkx()
    del graph.nodes[1]["output"]
    with pytest.raises(AutomatonError, match="state 1 has no attribute 'output'"):
        Automaton.from_networkx(graph)


def test_accepting_states_survive_the_merging() -> None:
    A = Automaton(range(4), "a", [[1], [2], [3], [0]], 0, accepting=[0, 2], outputs=["x"] * 4)
    small = A.minimize()
    assert len(small.states) == 2
    assert small.accepting == {0}
    assert np.array_equal(small.label_indices, [0, 0])
