"""Bounds on the automata of regular expressions, and the subset construction that stops, against automata-lib."""

from contextlib import suppress

import numpy as np
import pytest
from automata.fa.dfa import DFA
from automata.fa.nfa import NFA
from bistate.theory import Automaton, AutomatonError
from bistate.theory.automata.languages import _numbered
from bistate.theory.regular import recogniser as module
from bistate.theory.regular.parser import parse
from bistate.theory.regular.recogniser import recogniser, steps_of
from bistate.theory.regular.size import states_at_most
from hypothesis import given, settings
from hypothesis import strategies as st

ATOMS = st.sampled_from(["a", "b", "c", "[ab]", "[a-c]", "x"])
QUANTIFIERS = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}", "{,2}"])


def longer(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda t: f"({'|'.join(t)})"),
        st.tuples(inner, QUANTIFIERS).map(lambda t: f"({t[0]}){t[1]}"),
    )


PATTERNS = st.recursive(ATOMS, longer, max_leaves=6)  # they mean the same in automata-lib


@settings(max_examples=150)
@given(PATTERNS)
def test_bounds_are_bounds(pattern: str) -> None:
    tree = parse(pattern)
    assert len(steps_of(tree).silent) <= states_at_most(tree) + 1


@settings(max_examples=100)
@given(PATTERNS)
def test_the_automaton_is_that_of_automata_lib(pattern: str) -> None:
    nfa = NFA.from_regex(pattern, input_symbols=set("abcx"))
    right = Automaton(*_numbered(DFA.from_nfa(nfa, minify=True)))
    found = Automaton.from_regex(pattern, "abcx")
    assert (found, found.accepting) == (right, right.accepting)


def test_bounds_are_near() -> None:
    """A bound that is far off would refuse patterns that are small."""
    for pattern in ("ab" * 50, "(a|b)*abb", "(a{30}){30}", "a{10}b{10}c{10}", "(|a)*"):
        assert states_at_most(parse(pattern)) <= 4 * len(steps_of(parse(pattern)).silent)


@pytest.mark.parametrize("pattern", ["", "()", "a{", "a{2", "a{}", "(){9}", "((((){9999}){9999}){9999}){9999}", "a{0}"])
def test_empty_and_odd_patterns_are_bounded_too(pattern: str) -> None:
    assert states_at_most(parse(pattern)) >= 1
    with suppress(AutomatonError):  # no other error
        Automaton.from_regex(pattern)


def test_the_subset_construction_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WORK", 1000)
    pattern = "(a|b)*a(a|b){8}"
    with pytest.raises(AutomatonError, match=r"'\(a\|b\)\*a\(a\|b\)\{8\}' is too large: .* more than \d+ states"):
        recogniser(parse(pattern), np.array([97, 98]), pattern)


def test_a_large_alphabet_counts() -> None:
    with pytest.raises(AutomatonError, match="at most 1000000 states times letters"):
        Automaton.from_regex(".{2000}", letters=[chr(300 + k) for k in range(1000)])
    with pytest.raises(AutomatonError, match="its deterministic automaton has more than"):
        Automaton.from_regex(".*a.{11}", letters=[chr(97 + k) for k in range(900)])


def test_letters_of_one_kind_are_looked_at_once() -> None:
    """`[ -~]` is one kind of letters; without kinds each of its 95 letters would have a move in each state."""
    _, kinds = recogniser(parse("[ -~]{3}a"), np.arange(32, 127), "")
    assert sorted(set(kinds.tolist())) == [0, 1]
    assert kinds[0] == 0
    assert kinds[ord("a") - 32] == 1
