"""Shortest words that tell automata apart, against all words in order of length."""

from itertools import product

import pytest
from bistate.theory import Automaton, AutomatonError
from bistate.verify import strategies as bst
from hypothesis import given, settings
from hypothesis import strategies as st


def by_trying(A: Automaton, B: Automaton, longest: int) -> int | None:
    """The length of the shortest word with different labels."""
    for length in range(longest + 1):
        if any(A.output(word) != B.output(word) for word in product(A.letters, repeat=length)):
            return length
    return None


@settings(max_examples=80)
@given(bst.automata(max_states=4, max_letters=2), st.data())
def test_the_word_is_a_shortest_one(A: Automaton, data: st.DataObject) -> None:
    table = A.table.copy()
    q, k = (data.draw(st.integers(0, size - 1)) for size in table.shape)
    table[q, k] = data.draw(st.integers(0, len(A.states) - 1))
    B = Automaton.trimmed(A.states, A.letters, table, A.start)
    labels = data.draw(st.sampled_from([None, ("x", "y"), ("x", "x", "y")]))
    if labels is not None:
        A, B = (m.with_outputs([labels[m.states.index(q) % len(labels)] for q in m.states]) for m in (A, B))
    word = A.equivalent(B)
    if word is None:
        assert by_trying(A, B, 7) is None
    else:
        assert A.output(word) != B.output(word)
        assert len(word) > 7 or by_trying(A, B, len(word)) == len(word)


@pytest.mark.parametrize(
    ("first", "second", "length"),
    [
        ("(aa)*", "(a{2})*", None),
        ("(aa)*", "(aaa)*", 2),
        ("a{0,4}", "a{0,5}", 5),
        ("a?", "", 1),
        ("(a|b)*", "[ab]*", None),
    ],
)
def test_languages(first: str, second: str, length: int | None) -> None:
    A, B = (Automaton.from_regex(p, "ab") for p in (first, second))
    word = A.equivalent(B)
    assert word is None if length is None else len(word) == length
    assert (B.equivalent(A) is None) == (word is None)


def test_letters_may_come_in_another_order() -> None:
    A = Automaton("xy", "ab", [[1, 0], [0, 1]], "x", outputs=[0, 1])
    B = Automaton("uvw", "ba", [[0, 1], [1, 2], [2, 1]], "u", outputs=[0, 1, 0])
    assert A.equivalent(B) is None
    assert A.minimize().equivalent(A) is None


def test_empty_words_and_other_alphabets() -> None:
    A = Automaton.from_regex("a*")
    assert A.equivalent(Automaton.from_regex("a+")) == ()
    with pytest.raises(AutomatonError, match=r"the alphabets \('a',\) and \('b',\) differ"):
        A.equivalent(Automaton.from_regex("b*"))


def test_long_words_are_found() -> None:
    A = Automaton.from_regex("a{0,300}")
    B = Automaton.from_regex("a{0,301}")
    assert A.equivalent(B) == ("a",) * 301
