"""Automata: running words, constructors, conversions, errors."""

import networkx as nx
import numpy as np
import pytest
from automata.fa.dfa import DFA
from bistate.groups import AlternatingGroup, CyclicGroup, DihedralGroup, GroupError, Permutation, SymmetricGroup
from bistate.theory import Automaton, AutomatonError, group_task_of
from hypothesis import given
from hypothesis import strategies as st

S3 = SymmetricGroup(3)


def test_the_product_of_a_word_is_built_from_the_left_or_the_right():
    x, y = Permutation([1, 2, 0]), Permutation([1, 0, 2])
    assert x * y != y * x
    left = Automaton.word_problem(S3, letters=[x, y])
    right = Automaton.word_problem(S3, letters=[x, y], side="right")
    assert left.run([x, y]) == y * x
    assert right.run([x, y]) == x * y


@given(st.lists(st.sampled_from(S3.elements), max_size=8))
def test_word_problem_tracks_elements_and_points(word):
    product = S3.identity
    for letter in word:
        product = letter * product
    assert Automaton.word_problem(S3).run(word) == product
    assert Automaton.word_problem(S3, track="point", start=1).run(word) == product(1)


def test_letters_that_generate_a_subgroup_reach_only_it():
    rotation = Permutation([1, 2, 0])
    A = Automaton.word_problem(S3, letters=[rotation])
    assert set(A.states) == {rotation**k for k in range(3)}
    assert A.states[0] == A.start == S3.identity


def test_run_batch_agrees_with_run():
    A = Automaton.random(7, 3, seed=4)
    words = np.random.default_rng(0).integers(3, size=(20, 15))
    every = A.run_batch(words, every=True)
    assert (every[:, -1] == A.run_batch(words)).all()
    for word, states in zip(words.tolist(), every.tolist(), strict=True):
        assert [A.state_index(A.run(word[: t + 1])) for t in range(15)] == states
    assert A.run_batch(np.zeros((3, 0), dtype=int)).tolist() == [A.start_index] * 3
    assert A.run_batch(np.zeros((3, 0), dtype=int), every=True).shape == (3, 0)


def test_modular_tasks():
    assert Automaton.modular_addition(5).run([3, 4, 1]) == 3
    assert Automaton.parity() == Automaton.modular_addition(2)
    assert Automaton.modular_arithmetic(7).run([3, "×", 4, "-", 6]) == (6, "-")
    assert Automaton.modular_arithmetic(10).run([4, 5, "-", "×", 3, 3]) == (1, "×")


@pytest.mark.parametrize("kind", ["map", "permutation"])
def test_random_machines_are_reproducible_and_reachable(kind):
    A = Automaton.random(9, 2, kind=kind, seed=3)
    assert A == Automaton.random(9, 2, kind=kind, seed=3)
    assert A != Automaton.random(9, 2, kind=kind, seed=4)
    assert A.is_permutation == (kind == "permutation")


def test_regular_expressions_accept_what_they_should():
    import re

    A = Automaton.from_regex("a(b|ca)*")
    for word in ["", "a", "ab", "aca", "ac", "abcab", "b", "acac"]:
        assert (A.run(word) in A.accepting) == bool(re.fullmatch("a(b|ca)*", word)), word


def test_dfa_conversion_completes_and_refuses_unreachable_states():
    partial = DFA(
        states={"p", "q"}, input_symbols={"x", "y"}, transitions={"p": {"x": "q"}, "q": {}}, initial_state="p",
        final_states={"q"}, allow_partial=True,
    )  # fmt: skip
    A = Automaton.from_dfa(partial)
    assert A.run("x") == "q"
    assert A.run("xx") == A.run("y") == "sink"
    lost = DFA(
        states={"p", "lost"}, input_symbols={"x"}, transitions={"p": {"x": "p"}, "lost": {"x": "p"}}, initial_state="p",
        final_states={"p"},
    )  # fmt: skip
    with pytest.raises(AutomatonError, match="'lost'"):
        Automaton.from_dfa(lost)
    assert Automaton.from_dfa(lost, trim=True).states == ("p",)


def test_minimize_merges_equivalent_states_only():
    # two copies of parity
    A = Automaton(["e", "o", "E", "O"], "01", [[0, 1], [1, 2], [2, 3], [3, 0]], "e", accepting=["o", "O"])
    small = A.minimize()
    assert len(small.states) == 2
    for word in ["", "1", "11", "0110", "1011", "11011"]:
        assert (A.run(word) in A.accepting) == (small.run(word) in small.accepting)
    plain = Automaton.random(6, 2, seed=1)
    assert plain.minimize() is plain


@pytest.mark.parametrize(
    "A", [Automaton.random(5, 3, seed=2), Automaton.from_regex("(ab)*"), Automaton.word_problem(S3, "generators")]
)
def test_networkx_round_trip(A):
    assert Automaton.from_networkx(A.to_networkx()) == A


def test_networkx_errors_name_the_state():
    graph = nx.MultiDiGraph(start="a")
    graph.add_edge("a", "b", letter=0)
    with pytest.raises(AutomatonError, match="'b' has no edge for the letter 0"):
        Automaton.from_networkx(graph)
    with pytest.raises(AutomatonError, match="no attribute 'start'"):
        Automaton.from_networkx(nx.MultiDiGraph())


@pytest.mark.parametrize(("group", "order"), [(S3, 6), (DihedralGroup(4), 8), (AlternatingGroup(4), 12)])
def test_transition_monoid_of_a_word_problem_is_the_group(group, order):
    monoid = Automaton.word_problem(group, letters="generators").transition_monoid()
    assert monoid.order == order
    assert monoid.is_group


def test_transition_monoid_of_a_reset_is_no_group_and_the_limit_is_named():
    flip_flop = Automaton(["0", "1"], ["keep", "set", "reset"], [[0, 1, 0], [1, 1, 0]], "0")
    monoid = flip_flop.transition_monoid()
    assert monoid.order == 3
    assert not monoid.is_group
    with pytest.raises(AutomatonError, match="more than 10"):
        Automaton.word_problem(S3, track="point").random(6, 3, seed=0).transition_monoid(limit=10)


def test_group_task_is_derived_for_permutation_automata():
    A = Automaton.random(6, 2, kind="permutation", seed=0)
    task = group_task_of(A)
    assert len(task.states) == 6
    assert all(g(A.start_index) == q for q, g in enumerate(task.states))
    assert len(task.stabiliser) * 6 == task.group.order
    plain = Automaton(range(4), range(4), Automaton.modular_addition(4).table, 0)
    assert group_task_of(plain).track == "element"
    with pytest.raises(AutomatonError, match="letter"):
        group_task_of(Automaton.random(8, 2, seed=0))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Automaton(["a", "b"], [0], [[0], [0]], "a"), r"\('b',\)"),
        (lambda: Automaton(["a", "a"], [0], [[0], [0]], "a"), "'a' is given twice"),
        (lambda: Automaton(["a"], [], [[]], "a"), "at least one letter"),
        (lambda: Automaton(["a"], [0], [[0]], "z"), "'z' is not a state"),
        (lambda: Automaton(["a"], [0], [[1]], "a"), "position 1"),
        (lambda: Automaton(["a"], [0], [[0.5]], "a"), "float64"),
        (lambda: Automaton(["a"], [0], [[0, 0]], "a"), r"shape \(1, 2\)"),
        (lambda: Automaton.parity().run([0, 7]), "letter 7 at position 1"),
        (lambda: Automaton.parity().run_batch(np.array([[0, 2]])), "position 2"),
        (lambda: Automaton.parity().run_batch(np.array([0, 1])), r"shape \(2,\)"),
        (lambda: Automaton.random(30, 1), "more letters"),
        (lambda: Automaton.random(3, 2, kind="maps"), "'maps'"),
        (lambda: Automaton.random(0, 2), "states=0"),
        (lambda: Automaton.modular_addition(0), "modulus 0"),
        (lambda: Automaton.modular_arithmetic(1), "modulus 1"),
        (lambda: Automaton.from_regex("(ab"), r"'\(ab'"),
        (lambda: Automaton.word_problem(S3, letters="some"), "'some'"),
        (lambda: Automaton.word_problem(S3, track="points"), "'points'"),
        (lambda: Automaton.word_problem(S3, side="up"), "'up'"),
        (lambda: Automaton.word_problem(S3, track="point", side="right"), "side 'right'"),
        (lambda: Automaton.word_problem(S3, track="point", start=3), "start point 3"),
        (lambda: Automaton.word_problem(S3, letters=[]), "at least one letter"),
    ],
)
def test_bad_input_is_named(build, message):
    with pytest.raises(AutomatonError, match=message):
        build()


def test_letters_outside_the_group_are_refused():
    with pytest.raises(GroupError, match=r"Permutation\(\[1, 0, 2\]\)"):
        Automaton.word_problem(CyclicGroup(3), letters=[[1, 0, 2]])


def test_trimmed_drops_what_cannot_be_reached():
    A = Automaton.trimmed("abc", [0], [[1], [0], [0]], "a", accepting="bc")
    assert A.states == ("a", "b")
    assert A.accepting == {"b"}


def test_values_are_frozen_and_parse_back():
    A = Automaton(["even", "odd"], [0, 1], [[0, 1], [1, 0]], "even")
    assert eval(repr(A)) == A
    assert hash(eval(repr(A))) == hash(A)
    with pytest.raises(ValueError, match="read-only"):
        A.table[0, 0] = 1
    with pytest.raises(AttributeError):
        A.start = "odd"
