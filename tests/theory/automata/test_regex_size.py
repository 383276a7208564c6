"""Bounds on the automata of regular expressions, and the subset construction that stops, against automata-lib."""

from contextlib import suppress

import pytest
from automata.fa.dfa import DFA
from automata.fa.nfa import NFA
from bistate.theory import Automaton, AutomatonError
from bistate.theory.automata import regex_size as module
from bistate.theory.automata.languages import _numbered
from bistate.theory.automata.regex_size import determinised, letters_at_most, states_at_most
from hypothesis import given, settings
from hypothesis import strategies as st

ATOMS = st.sampled_from(["a", "b", "c", ".", "[ab]", "[a-c]", "[^b]", r"\d", r"\.", "x1"])
QUANTIFIERS = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}", "{,2}", "{0}"])


def longer(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, st.sampled_from("|&^"), inner).map(lambda t: f"({''.join(t)})"),
        st.tuples(inner, st.sampled_from("|&^"), inner).map("".join),
        st.tuples(inner, QUANTIFIERS).map(lambda t: f"({t[0]}){t[1]}"),
    )


PATTERNS = st.recursive(ATOMS, longer, max_leaves=6)


@settings(max_examples=150)
@given(PATTERNS)
def test_bounds_are_bounds(pattern: str) -> None:
    nfa = NFA.from_regex(pattern)
    assert len(nfa.states) <= states_at_most(pattern)
    assert len(nfa.input_symbols) <= letters_at_most(pattern)


@settings(max_examples=150)
@given(PATTERNS)
def test_the_automaton_is_that_of_automata_lib(pattern: str) -> None:
    nfa = NFA.from_regex(pattern)
    if not nfa.input_symbols:
        return
    right = Automaton(*_numbered(DFA.from_nfa(nfa, minify=True)))
    found = Automaton.from_regex(pattern)
    assert (found, found.accepting) == (right, right.accepting)


def test_bounds_are_near() -> None:
    """A bound that is far off would refuse patterns that are small."""
    for pattern in ("ab" * 50, "(a|b)*abb", "(a{30}){30}", "a{10}b{10}c{10}", "(ab)*&(a|b)*"):
        assert states_at_most(pattern) <= 4 * len(NFA.from_regex(pattern).states)


@pytest.mark.parametrize("pattern", ["(", ")", "a)", "(a", "[a", "{2}", "a{", "a{2", "*", "|", "\\", "", "a{}", "()"])
def test_patterns_that_are_none_are_bounded_too(pattern: str) -> None:
    assert states_at_most(pattern) >= 0
    with suppress(AutomatonError):  # no other error
        Automaton.from_regex(pattern)


def test_the_subset_construction_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WORK", 1000)
    pattern = "(a|b)*a(a|b){8}"
    with pytest.raises(AutomatonError, match=r"'\(a\|b\)\*a\(a\|b\)\{8\}' is too large: .* more than \d+ states"):
        determinised(NFA.from_regex(pattern), pattern)


def test_a_large_alphabet_counts() -> None:
    with pytest.raises(AutomatonError, match="at most 1000000 states times letters"):
        Automaton.from_regex(".{2000}", letters=[chr(300 + k) for k in range(1000)])
