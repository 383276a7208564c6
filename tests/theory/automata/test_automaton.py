"""Automata: running words, constructors, conversions, errors."""

import re
from collections import Counter
from functools import reduce
from itertools import product

import networkx as nx
import numpy as np
import pytest
from automata.fa.dfa import DFA
from bistate.groups import (
    AlternatingGroup,
    CyclicGroup,
    DihedralGroup,
    GroupError,
    Permutation,
    SymmetricGroup,
    TooLargeError,
)
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


TASKS = {
    "S3 left": Automaton.word_problem(S3),
    "S3 right": Automaton.word_problem(S3, side="right"),
    "S3 subgroup": Automaton.word_problem(S3, letters=[[1, 2, 0]], side="right"),
    "A4 generators": Automaton.word_problem(AlternatingGroup(4), "generators", side="right"),
    "D4 points": Automaton.word_problem(DihedralGroup(4), track="point", start=2),
    "S4 points, one orbit of two": Automaton.word_problem(SymmetricGroup(4), [[1, 0, 3, 2]], track="point", start=3),
    "C6": Automaton.modular_addition(6),
    "permutations": Automaton.random(5, 2, kind="permutation", seed=1),
}


@pytest.mark.parametrize("name", TASKS)
def test_the_group_task_says_what_the_table_does(name):
    """x * g_q (or g_q * x) and g_δ(q,x) differ by an element that fixes the start, and representatives are apart."""
    A, task = TASKS[name], group_task_of(TASKS[name])
    fixing = set(task.stabiliser)
    assert task.states[A.start_index] == task.group.identity
    for q, g in enumerate(task.states):
        for k, x in enumerate(task.letters):
            moved = x * g if task.side == "left" else g * x
            assert task.states[A.table[q, k]].inverse() * moved in fixing
        assert [r for r in task.states if r.inverse() * g in fixing] == [g]
    assert all(g in task.group for g in (*task.letters, *task.states, *fixing))
    assert task.track == "point" or fixing == {task.group.identity}


def test_the_stabiliser_of_a_point_is_all_that_fixes_it():
    task = TASKS["D4 points"].group_task
    assert task.group == DihedralGroup(4)
    assert len(task.stabiliser) == 2
    assert all(g(2) == 2 for g in task.stabiliser)


def test_points_of_a_group_too_large_to_list():
    group = SymmetricGroup(12)
    A = Automaton.word_problem(group, "generators", track="point", start=5)
    assert A.states == tuple(range(12))
    assert A.group_task is None
    assert A.run(A.letters) == A.letters[1](A.letters[0](5))
    with pytest.raises(TooLargeError, match="479001600"):
        group_task_of(A)


@pytest.mark.parametrize("side", ["left", "right"])
def test_all_letters_in_another_order_and_the_whole_table_agree(side):
    group = SymmetricGroup(4)
    shuffled = Automaton.word_problem(group, letters=group.elements[::-1], side=side)
    assert (shuffled.table[:, ::-1] == Automaton.word_problem(group, side=side).table).all()
    few = Automaton.word_problem(group, letters=group.elements[1:], side=side)
    assert (few.table == Automaton.word_problem(group, side=side).table[:, 1:]).all()


@given(st.lists(st.sampled_from([0, 1, 2, 3, 4, "+", "-", "×"]), max_size=12))
def test_left_to_right_arithmetic_evaluates_from_left_to_right(word):
    value, operator = 0, "+"
    for letter in word:
        if isinstance(letter, str):
            operator = letter
        else:
            value = {"+": value + letter, "-": value - letter, "×": value * letter}[operator] % 5
    assert Automaton.left_to_right_arithmetic(5).run(word) == (value, operator)


@given(st.integers(2, 7), st.lists(st.sampled_from([*range(7), "+", "-", "×"]), max_size=12))
def test_arithmetic_is_that_of_python_on_expressions_and_nothing_else(modulus, word):
    A, text = Automaton.arithmetic(modulus), "".join(map(str, word)).replace("×", "*")
    word = [x % modulus if isinstance(x, int) else x for x in word]
    whole = re.fullmatch(r"\d([-+*]\d)*", text) is not None
    assert A.output(word) == (eval(text) % modulus if whole else None)
    assert (A.run(word) in A.accepting) == whole


def test_the_two_arithmetics_differ_where_a_product_follows_a_sum():
    word = [1, "+", 2, "×", 3]
    assert Automaton.arithmetic(10).output(word) == 7
    assert Automaton.left_to_right_arithmetic(10).run(word) == (9, "×")
    assert Automaton.modular_arithmetic(5) == Automaton.left_to_right_arithmetic(5)  # the old name


@pytest.mark.parametrize("modulus", [2, 3, 4, 5, 6])
def test_arithmetic_has_its_minimal_states(modulus):
    A = Automaton.arithmetic(modulus)
    assert len(A.minimize().states) == len(A.states) == 2 * modulus**2 + 1


def test_accessible_maps_are_drawn_uniformly():
    """Of the 16 tables of 2 states and 2 letters, 12 leave the start; each comes about as often."""
    drawn = Counter(Automaton.random(2, 2, seed=seed).table.tobytes() for seed in range(2400))
    assert len(drawn) == 12
    assert min(drawn.values()) > 140  # 200 expected, deviation 14
    assert max(drawn.values()) < 260


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


def test_merging_and_noncommuting_letters_are_named():
    A = Automaton("pqr", "ab", [[1, 2], [2, 0], [0, 0]], "p")
    assert A.merged_states() == ("b", "q", "r")
    x, y, q = A.noncommuting_letters()
    there = {(p, z): A.states[A.table[A.state_index(p), A.letter_index(z)]] for p in A.states for z in A.letters}
    assert there[there[q, x], y] != there[there[q, y], x]
    assert not A.is_commutative
    C = Automaton.modular_addition(4)
    assert (C.merged_states(), C.noncommuting_letters(), C.is_commutative) == (None, None, True)


@pytest.mark.parametrize("kind", ["map", "permutation"])
def test_random_machines_are_reproducible_and_reachable(kind):
    A = Automaton.random(9, 2, kind=kind, seed=3)
    assert Automaton.random(9, 2, kind=kind, seed=3) == A
    assert Automaton.random(9, 2, kind=kind, seed=4) != A
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


def test_dfa_round_trip():
    A = Automaton.from_regex("(a|b)*abb")
    assert len(A.states) == 4  # minimal; the subset construction has 5
    back = Automaton.from_dfa(A.to_dfa())
    assert back == A
    assert A.to_dfa().accepts_input("babb")
    with pytest.raises(AutomatonError, match="accepting=None"):
        Automaton.random(3, 2).to_dfa()
    with pytest.raises(AutomatonError, match="letter 0 is not a text"):
        Automaton(["p"], [0], [[0]], "p", accepting=["p"]).to_dfa()


def test_a_sink_does_not_clash_with_a_state_called_sink():
    dfa = DFA(
        states={"sink"}, input_symbols={"x"}, transitions={"sink": {}}, initial_state="sink", final_states={"sink"},
        allow_partial=True,
    )  # fmt: skip
    A = Automaton.from_dfa(dfa)
    assert len(A.states) == 2
    assert A.run("x") not in A.accepting
    assert A.run("xx") == A.run("x")


def test_minimize_merges_equivalent_states_only():
    # two copies of parity
    A = Automaton(["e", "o", "E", "O"], "01", [[0, 1], [1, 2], [2, 3], [3, 0]], "e", accepting=["o", "O"])
    small = A.minimize()
    assert len(small.states) == 2
    for word in ["", "1", "11", "0110", "1011", "11011"]:
        assert (A.run(word) in A.accepting) == (small.run(word) in small.accepting)
    # letters that are no texts, and the alphabet's order, survive
    odd = Automaton(range(4), [(1,), None], [[2, 1], [3, 0], [0, 3], [1, 2]], 0, accepting=[1, 3])
    assert odd.minimize() == Automaton([0, 1], [(1,), None], [[0, 1], [1, 0]], 0, accepting=[1])
    plain = Automaton.random(6, 2, seed=1)
    assert plain.minimize() is plain


@pytest.mark.parametrize(
    "A", [Automaton.random(5, 3, seed=2), Automaton.from_regex("(ab)*"), Automaton.word_problem(S3, "generators")]
)
def test_networkx_round_trip(A):
    assert Automaton.from_networkx(A.to_networkx()) == A


def test_networkx_letters_keep_the_order_that_is_given():
    graph = nx.MultiDiGraph(start="p", letters=["y", "x"])
    for here, there, letter in (("p", "q", "x"), ("p", "p", "y"), ("q", "p", "x"), ("q", "q", "y")):
        graph.add_edge(here, there, letter=letter)
    assert Automaton.from_networkx(graph) == Automaton("pq", "yx", [[0, 1], [1, 0]], "p")
    del graph.graph["letters"]
    assert Automaton.from_networkx(graph).letters == ("x", "y")


def test_networkx_errors_name_the_state():
    graph = nx.MultiDiGraph(start="a")
    graph.add_edge("a", "b", letter=0)
    with pytest.raises(AutomatonError, match="'b' has no edge for the letter 0"):
        Automaton.from_networkx(graph)
    graph.add_edge("a", "a", letter=0)
    with pytest.raises(AutomatonError, match="'a' has two edges for the letter 0"):
        Automaton.from_networkx(graph)
    bare = nx.MultiDiGraph(start="a")
    bare.add_edge("a", "b")
    with pytest.raises(AutomatonError, match="edge 'a' → 'b' has no attribute 'letter'"):
        Automaton.from_networkx(bare)
    with pytest.raises(AutomatonError, match="no attribute 'start'"):
        Automaton.from_networkx(nx.MultiDiGraph())


def test_words_of_the_monoid_are_shortest_and_induce_its_maps():
    A = Automaton.random(4, 2, seed=5)
    monoid = A.transition_monoid()
    letters = [tuple(column) for column in A.table.T.tolist()]
    lengths = {}
    for length in range(5):  # every word of up to 4 letters
        for word in product(range(2), repeat=length):
            image = tuple(reduce(lambda q, k: letters[k][q], word, q) for q in range(4))
            lengths.setdefault(image, length)
    for element, word in zip(monoid.elements, monoid.words, strict=True):
        assert element == tuple(reduce(lambda q, k: letters[k][q], word, q) for q in range(4))
        assert len(word) > 4 or lengths[element] == len(word)
    assert set(lengths) <= set(monoid.elements)
    assert monoid.elements[0] == (0, 1, 2, 3)
    assert {tuple(b[q] for q in a) for a in monoid.elements for b in monoid.elements} == set(monoid.elements)


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
    assert flip_flop.transition_monoid(limit=3) == monoid
    with pytest.raises(AutomatonError, match="more than 2 elements"):
        flip_flop.transition_monoid(limit=2)


def test_group_task_is_derived_for_permutation_automata():
    A = Automaton.random(6, 2, kind="permutation", seed=0)
    task = group_task_of(A)
    assert len(task.states) == 6
    assert all(g(A.start_index) == q for q, g in enumerate(task.states))
    assert len(task.stabiliser) * 6 == task.group.order
    C4 = Automaton.modular_addition(4)
    assert group_task_of(C4) is C4.group_task
    assert C4.group_task.group == CyclicGroup(4)
    plain = Automaton(range(4), range(4), C4.table, 0)
    assert plain.group_task is None
    assert plain == C4  # where it comes from is no part of what it is
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
        (lambda: Automaton([["a"]], [0], [[0]], "a"), r"\['a'\] is no label"),
        (lambda: Automaton(["a"], [0], [[0]], ["a"]), r"\['a'\] is not a state"),
        (lambda: Automaton(["a"], [0], [[0]], "a", accepting=["b"]), "'b' is not a state"),
        (lambda: Automaton(["a", "b"], [0, 1], [[0, 1], [0]], "a"), r"\[\[0, 1\], \[0\]\] differ in length"),
        (lambda: Automaton.trimmed(["a"], [0], [[0]], "z"), "'z' is not a state"),
        (lambda: Automaton.trimmed(["a"], [0], [["a"]], "a"), "<U1"),
        (lambda: Automaton.trimmed(["a"], [0], [[0]], "a", accepting=["b"]), "'b' is not a state"),
        (lambda: Automaton.parity().run([0, [1]]), r"letter \[1\] at position 1"),
        (lambda: Automaton.parity().letter_index(2), "2 is not a letter"),
        (lambda: Automaton.parity().state_index(2), "2 is not a state"),
        (lambda: Automaton.parity().run_batch([[0, 1], [0]]), r"\[\[0, 1\], \[0\]\]"),
        (lambda: Automaton.random(3, 2, seed=-1), "seed=-1"),
        (lambda: Automaton.from_regex(""), "'' has no letters"),
        (lambda: Automaton.from_regex("ab", letters="a"), "'b' at position 1 .* 'ab'"),
        (lambda: Automaton.word_problem(S3, track="point", start="1"), "start point '1'"),
        (lambda: Automaton.word_problem(S3, letters=[[1, 2, 0]] * 2), "given twice"),
        (lambda: Automaton.parity().run([0, 7]), "letter 7 at position 1"),
        (lambda: Automaton.parity().run_batch(np.array([[0, 2]])), "position 2"),
        (lambda: Automaton.parity().run_batch(np.array([0, 1])), r"shape \(2,\)"),
        (lambda: Automaton.random(30, 1), "more letters"),
        (lambda: Automaton.random(3, 2, kind="maps"), "'maps'"),
        (lambda: Automaton.random(0, 2), "states=0"),
        (lambda: Automaton.modular_addition(0), "modulus 0"),
        (lambda: Automaton.modular_arithmetic(1), "modulus 1"),
        (lambda: Automaton.arithmetic(1), "modulus 1"),
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
    marked = Automaton(["even", "odd"], [0, 1], [[0, 1], [1, 0]], "even", accepting=["odd"])
    assert marked != A
    assert eval(repr(marked)) == marked
    assert eval(repr(A)) == A
    assert hash(eval(repr(A))) == hash(A)
    with pytest.raises(ValueError, match="read-only"):
        A.table[0, 0] = 1
    with pytest.raises(AttributeError):
        A.start = "odd"
