"""Regular expressions of automata: Python's `re` accepts the same words, and the automaton comes back."""

import re
from itertools import product

import pytest
from bistate.theory import Automaton, AutomatonError
from bistate.theory.automata import languages
from hypothesis import assume, given, settings
from hypothesis import strategies as st


@settings(max_examples=60)
@given(st.integers(1, 5), st.sampled_from(["a", "ab", "a^]", "-*\\", "abcd", " ."]), st.integers(0, 999), st.data())
def test_re_accepts_the_same_words(states: int, letters: str, seed: int, data: st.DataObject) -> None:
    try:
        A = Automaton.random(states, len(letters), seed=seed)
    except AutomatonError:  # all draws have states that cannot be reached
        assume(False)
    accepting = data.draw(st.lists(st.sampled_from(A.states), min_size=1, unique=True))
    B = Automaton(A.states, letters, A.table, A.start, accepting)
    compiled = re.compile(B.to_regex(), re.DOTALL)
    for length in range(5):
        for word in product(letters, repeat=length):
            assert (compiled.fullmatch("".join(word)) is not None) == (B.run(word) in B.accepting)


@pytest.mark.parametrize("pattern", ["(ab)*", "a?", "", "(a|b)*abb", "a{3,5}b?", "[^a]a", "(aa|bb)*"])
def test_an_expression_comes_back_as_its_automaton(pattern: str) -> None:
    A = Automaton.from_regex(pattern, "ab")
    found = Automaton.from_regex(A.to_regex(), "ab")
    assert (found, found.accepting) == (A, A.accepting)
    assert len(A.to_regex()) < 40


def test_what_has_no_expression() -> None:
    with pytest.raises(AutomatonError, match="none set"):
        Automaton.parity().to_regex()
    with pytest.raises(AutomatonError, match="letter 0 is no single character"):
        Automaton([0], [0], [[0]], 0, [0]).to_regex()
    with pytest.raises(AutomatonError, match="no word is accepted"):
        Automaton([0], "a", [[0]], 0, []).to_regex()
    A = Automaton.random(40, 3, seed=0)
    with pytest.raises(AutomatonError, match="has more than 100000 characters"):
        Automaton(A.states, "abc", A.table, 0, [1]).to_regex()


def test_a_wrong_expression_is_not_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "pattern_of", lambda *_: "(ab)*a")
    with pytest.raises(AssertionError, match="another language"):
        Automaton.from_regex("(ab)*").to_regex()
