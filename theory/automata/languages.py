"""Regular languages, through automata-lib, which is imported where a language is read or written."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Any

from ..errors import AutomatonError
from .constructors import trimmed
from .parts import Machine, Parts
from .regex_size import check_size, determinised, shortened

if TYPE_CHECKING:
    from automata.fa.dfa import DFA

SINK = "sink"


def from_regex(pattern: str, letters: Iterable[str] | None = None) -> Parts:
    """The minimal complete automaton that recognises a regular expression.

    States are 0, 1, … in breadth-first order from the start 0, letters sorted; `accepting` holds those where the word
    read so far matches.

    Args:
        pattern: a regular expression in automata-lib's syntax: concatenation, |, *, +, ?, (), [a-z], &, {m,n}.
        letters: the alphabet, single characters; by default the characters of the pattern.

    Raises:
        AutomatonError: for a pattern that cannot be read or whose automaton would be too large, or an alphabet that
            does not hold its characters.

    Example:
        >>> from bistate.theory import Automaton
        >>> A = Automaton.from_regex("(ab)*")
        >>> [A.run(word) in A.accepting for word in ("", "ab", "aba", "abab", "b")]
        [True, True, False, True, False]
    """
    from automata.base.exceptions import AutomatonException, RegexException
    from automata.fa.nfa import NFA

    alphabet = None if letters is None else set(letters)
    check_size(pattern, 0 if alphabet is None else len(alphabet))
    try:
        nfa = NFA.from_regex(pattern, input_symbols=alphabet)
    except (AutomatonException, RegexException) as error:
        raise AutomatonError(f"the regular expression {shortened(pattern)} cannot be read: {error}") from None
    dfa = determinised(nfa, pattern).minify()
    if not dfa.input_symbols:
        raise AutomatonError(f"the regular expression {pattern!r} has no letters: name the alphabet, letters=...")
    return _numbered(dfa)


def from_dfa(dfa: DFA, trim: bool = False) -> Parts:
    """The automaton of an automata-lib DFA, states and letters sorted by their text, a sink added if it is partial.

    Args:
        dfa: the DFA.
        trim: drop states that cannot be reached instead of refusing them.

    Raises:
        AutomatonError: if states cannot be reached and `trim` is not set, or the DFA has no letters.
    """
    letters = sorted(dfa.input_symbols, key=str)
    partial = any(x not in dfa.transitions.get(q, {}) for q in dfa.states for x in letters)
    sink: Hashable = SINK if SINK not in dfa.states else (SINK, len(dfa.states))
    states: list[Hashable] = [*sorted(dfa.states, key=str), *([sink] if partial else [])]
    position = {q: k for k, q in enumerate(states)}
    table = [[position[dfa.transitions.get(q, {}).get(x, sink)] for x in letters] for q in states]
    build = trimmed if trim else Parts
    return build(states, letters, table, dfa.initial_state, dfa.final_states)


def to_dfa(automaton: Machine) -> DFA:
    """The automata-lib DFA of an automaton whose letters are texts.

    Raises:
        AutomatonError: if `accepting` is not set or a letter is not a text.
    """
    from automata.fa.dfa import DFA

    if automaton.accepting is None:
        raise AutomatonError("a DFA needs accepting states, and this automaton has none set (accepting=None)")
    for letter in automaton.letters:
        if not isinstance(letter, str):
            raise AutomatonError(f"letter {letter!r} is not a text, as automata-lib's letters have to be")
    transitions = {
        q: {x: automaton.states[automaton.table[i, k]] for k, x in enumerate(automaton.letters)}
        for i, q in enumerate(automaton.states)
    }
    return DFA(
        states=set(automaton.states),
        input_symbols=set(automaton.letters),
        transitions=transitions,
        initial_state=automaton.start,
        final_states=set(automaton.accepting),
    )


def minimize(automaton: Machine) -> Parts:
    """The minimal DFA of an automaton with accepting states, its states numbered in breadth-first order.

    Letters may be any labels: they are numbered for automata-lib and given back.
    """
    renamed = Parts(
        automaton.states,
        [str(k) for k in range(len(automaton.letters))],
        automaton.table,
        automaton.start,
        automaton.accepting,
    )
    small = to_dfa(renamed).minify()
    numbered = _numbered(small, [str(k) for k in range(len(automaton.letters))])
    return Parts(numbered.states, automaton.letters, numbered.table, numbered.start, numbered.accepting)


def _numbered(dfa: DFA, order: list[str] | None = None) -> Parts:
    """The completed, reachable part of a DFA with states 0, 1, … in breadth-first order."""
    letters = sorted(dfa.input_symbols, key=str) if order is None else order
    sink = object()
    number: dict[Any, int] = {dfa.initial_state: 0}
    queue: list[Any] = [dfa.initial_state]
    table = []
    for state in queue:
        row = []
        for letter in letters:
            there = dfa.transitions.get(state, {}).get(letter, sink)
            if there not in number:
                number[there] = len(number)
                queue.append(there)
            row.append(number[there])
        table.append(row)
    return Parts(range(len(number)), letters, table, 0, [number[q] for q in dfa.final_states if q in number])
