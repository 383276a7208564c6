"""Tables of words: groups by their real names, sides, wrong labels, labels that states share, and what is refused."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from bistate.groups import DihedralGroup, SymmetricGroup
from bistate.groups.catalogue.named import named_group
from bistate.models import TaskError
from bistate.theory import Automaton
from bistate.verify import MismatchError, recognise_words
from helpers.word_tables import table_of

S3 = named_group("S3")


@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("wrong", [0.0, 0.02])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_group_by_its_name_and_side(side: str, wrong: float, every: bool) -> None:
    A = Automaton.word_problem(S3, side=side)
    found = recognise_words(*table_of(A, 5000, 1, 12, every, wrong))
    assert (found.group, found.order, found.solvable, found.side) == ("S3", 6, True, side)
    np.testing.assert_array_equal(found.automaton.table, A.table)
    assert found.automaton.start == 0
    assert found.labels_are_states
    assert not found.unseen
    assert 0.6 * wrong <= found.noise <= wrong  # one in six drawn anew is right again


def test_a_set_called_q8_whose_words_are_those_of_d4() -> None:
    # The words are the only witness: numbers are shuffled, so that neither order nor identity is the usual one.
    def shuffled(name: str) -> Automaton:
        A = Automaton.word_problem(named_group(name))
        to = np.random.default_rng(1).permutation(8)
        back = np.argsort(to)
        return Automaton(range(8), range(8), to[A.table[back][:, back]], int(to[A.start_index]))

    for name in ("Q8", "D4"):
        found = recognise_words(*table_of(shuffled(name), 20_000, 3, 20))  # no word of one or two letters
        assert found.group == name
        assert found.automaton == shuffled(name)
        assert (found.side, found.noise) == ("", 0.0)
        assert "lexicographic" in found.side_by


def test_elements_that_are_given_tell_the_side() -> None:
    D4 = DihedralGroup(4)
    order = np.random.default_rng(3).permutation(8).tolist()
    elements = {k: D4.elements[j] for k, j in enumerate(order)}
    number = {p: k for k, p in elements.items()}
    for side in ("left", "right"):
        table = [[number[elements[x] * elements[q] if side == "left" else elements[q] * elements[x]] for x in range(8)]
                 for q in range(8)]  # fmt: skip
        A = Automaton(range(8), range(8), table, number[D4.identity])
        assert recognise_words(*table_of(A, 8000, 1, 9), elements=elements).side == side
    words, labels = table_of(Automaton.word_problem(S3), 3000, 1, 6)
    names = [tuple(p) for p in S3.elements]
    named = [[names[x] for x in word] for word in words], [names[y] for y in labels]
    assert recognise_words(*named).side == "left"
    assert recognise_words(*table_of(Automaton.modular_addition(4), 500, 1, 6)).side == "both"


def test_a_group_too_large_for_every_step_is_completed_by_its_law() -> None:
    A = Automaton.word_problem(SymmetricGroup(4))
    found = recognise_words(*table_of(A, 120, 10, 20, every=True))
    assert found.unseen
    assert found.group == "S4"
    np.testing.assert_array_equal(found.automaton.table, A.table)
    assert recognise_words(*table_of(Automaton.word_problem(named_group("A5"), letters="generators"), 9000, 1, 30)
                           ).solvable is False  # fmt: skip


@pytest.mark.parametrize("wrong", [0.0, 0.02])
@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("pattern", ["(ab)*", "(a|b)*abb", "a*b*"])
def test_states_that_share_labels(pattern: str, every: bool, wrong: float) -> None:
    A = Automaton.from_regex(pattern).acceptor().minimize()
    found = recognise_words(*table_of(A, 3000, 1, 12, every, wrong), letters=[0, 1])
    assert len(found.automaton.states) == len(A.states)
    assert not found.labels_are_states
    assert found.group is None
    for word in product(range(2), repeat=7):
        said = A.labels.index(A.output(["ab"[x] for x in word]))
        assert found.automaton.output(word) == said


def test_a_start_that_no_word_leads_back_to() -> None:
    # Whether the first letter is the last one: every label is seen after a letter, the start has none.
    words = [w for n in range(1, 8) for w in product("ab", repeat=n)]
    found = recognise_words(words, [w[0] == w[-1] for w in words])
    assert len(found.automaton.states) == 5
    assert found.automaton.output("") is None
    assert all(found.automaton.output(w) == (w[0] == w[-1]) for w in words)
    again = recognise_words([*words, ""], [*(w[0] == w[-1] for w in words), True])
    assert again.automaton.output("") is True


def test_random_labels_are_refused_with_the_reason() -> None:
    random = np.random.default_rng(0)
    words = [random.integers(3, size=n).tolist() for n in random.integers(1, 15, size=2000)]
    with pytest.raises(MismatchError, match=r"no automaton was found .* 2000 words of 1 to 14 letters.*not learned"):
        recognise_words(words, random.integers(4, size=2000))
    with pytest.raises(MismatchError, match=r"12 words are too few|no automaton was found"):
        recognise_words(words[:12], random.integers(4, size=12))


def test_an_automaton_that_is_right_on_short_words_alone_is_refused() -> None:
    # Parity up to eight letters, and then a label that no small automaton has.
    random = np.random.default_rng(0)
    words = [random.integers(2, size=n).tolist() for n in random.integers(1, 11, size=4000)]
    labels = [sum(w) % 2 if len(w) < 9 else int(random.integers(2)) for w in words]
    with pytest.raises(
        MismatchError, match=r"wrong on [01]\.\d% of the labels of words up to \d letters and on .* of longer"
    ):
        recognise_words(words, labels)


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(TaskError, match="2 words and 1 labels"):
        recognise_words(["a", "b"], [0])
