"""Regular languages, through automata-lib, which is imported where a language is read or written."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import AutomatonError
from ..machine import Machine
from ..regular.alphabet import alphabet_of
from ..regular.parser import parse
from ..regular.recogniser import recogniser
from ..regular.size import check_size
from ..regular.state_elimination import pattern_of
from .constructors import trimmed
from .parts import Parts

if TYPE_CHECKING:
    from automata.fa.dfa import DFA

SINK = "sink"


def from_regex(pattern: str, letters: Iterable[str] | None = None) -> Parts:
    r"""The minimal complete automaton that recognises a regular expression.

    States are 0, 1, … in breadth-first order from the start 0, letters sorted; `accepting` holds those where the word
    read so far matches. Patterns mean what they mean in Python's `re` for words that match as a whole, with the ASCII
    sets for `\d`, `\w` and `\s`; `bistate.theory.regular.parser` has the details.

    Args:
        pattern: a regular expression in the syntax of Python's `re`.
        letters: the alphabet, single characters; by default the characters that match somewhere in the pattern. It has
            to be given where a part stands for all characters but some: `.`, `[^a]`, `\D`.

    Raises:
        AutomatonError: for a pattern that cannot be read, with the position, or whose automaton would be too large; for
            an alphabet that cannot be read off, or that does not hold the letters that the pattern writes out.

    Example:
        >>> from bistate.theory import Automaton
        >>> A = Automaton.from_regex("(ab)*")
        >>> [A.run(word) in A.accepting for word in ("", "ab", "aba", "abab", "b")]
        [True, True, False, True, False]
        >>> Automaton.from_regex("(a{2})*") == Automaton.from_regex("(aa)*")
        True
        >>> Automaton.from_regex("[^a]*", letters="ab").letters
        ('a', 'b')
    """
    tree = parse(pattern)
    alphabet = alphabet_of(tree, letters, pattern)
    check_size(tree, len(alphabet), pattern)
    dfa, kinds = recogniser(tree, alphabet, pattern)
    small = _numbered(dfa.minify(), [str(k) for k in range(int(kinds.max()) + 1)])
    table = np.array(small.table)[:, kinds]  # (states, letters)
    return Parts(small.states, tuple(map(chr, alphabet.tolist())), table, 0, small.accepting)


def to_regex(automaton: Machine) -> str:
    """A regular expression of the accepted words; its language is compared with the automaton's before it is returned.

    Raises:
        AutomatonError: if `accepting` is not set, no word is accepted, a letter is no single character, or the
            expression is too large.

    Example:
        >>> from bistate.theory import Automaton
        >>> Automaton.from_regex("(ab|b)*a").to_regex()
        '(b|ab)*a'
    """
    if automaton.accepting is None:
        raise AutomatonError("a regular expression needs accepting states, and this automaton has none set")
    for letter in automaton.letters:
        if not isinstance(letter, str) or len(letter) != 1:
            raise AutomatonError(f"letter {letter!r} is no single character, as those of regular expressions are")
    if not automaton.accepting:
        raise AutomatonError("no word is accepted, and no regular expression says so")
    small = minimize(automaton)
    letters = [str(letter) for letter in small.letters]
    pattern = pattern_of(np.asarray(small.table), letters, 0, [int(str(q)) for q in small.accepting or ()])
    try:
        again = from_regex(pattern, letters)
    except AutomatonError as error:
        raise AutomatonError(
            f"the regular expression of this automaton of {len(small.states)} states has {len(pattern)} characters, "
            f"too many to check it: {error}"
        ) from None
    order = [list(again.letters).index(letter) for letter in letters]
    table = np.asarray(again.table)[:, order]
    same = minimize(Parts(again.states, small.letters, table, again.start, again.accepting))
    if not np.array_equal(same.table, small.table) or set(same.accepting or ()) != set(small.accepting or ()):
        raise AssertionError(f"{pattern!r} has another language than the automaton it was made from")
    return pattern


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
