"""How large the automata of a regular expression become: bounds before they are built, and a subset construction that
stops.

`a{1000}` nested four times has 10¹² states in 30 characters, and `(a|b)*a(a|b){30}` a minimal automaton of 2³¹. A name
of a task may come from a file, so these are refused before the memory is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from automata.fa.dfa import DFA
from automata.fa.nfa import NFA

from ..errors import AutomatonError

MOST_ENTRIES = 10**6  # states times letters of the nondeterministic automaton: a few seconds
MOST_WORK = 10**6  # entries looked at in making it deterministic: as long again
PRINTABLE = 100  # characters that \\w and the like stand for, at most

_TOKEN = re.compile(r"\[[^\]]*\]|\{(\d*)(,?)(\d*)\}|\\.|.", re.DOTALL)


@dataclass
class _Group:
    """What has been read inside parentheses: sizes left and right of the last infix sign, and of the last atom."""

    left: int = 0
    sign: str = "|"
    term: int = 0
    atom: int = 0

    def add(self, size: int) -> None:
        self.term, self.atom = self.term + size, size

    def repeat(self, times: int) -> None:
        longer = self.atom * max(times, 1) + 1
        self.term, self.atom = self.term - self.atom + longer, longer

    def join(self, sign: str) -> None:
        self.left = self.left + self.term + 1 if self.sign == "|" else self.left * (self.term + 1)
        self.sign, self.term, self.atom = sign, 0, 0


def check_size(pattern: str, letters: int) -> None:
    """Refuse a pattern whose nondeterministic automaton may have more than `MOST_ENTRIES` states times letters.

    Args:
        pattern: the regular expression.
        letters: how many there are besides those that it names.

    Raises:
        AutomatonError: with the pattern.
    """
    states, alphabet = states_at_most(pattern), letters_at_most(pattern) + letters
    if states * alphabet > MOST_ENTRIES:
        raise AutomatonError(
            f"the regular expression {shortened(pattern)} is too large: up to {min(states, 10**18)} states for "
            f"{alphabet} letters before it is made small; at most {MOST_ENTRIES} states times letters are accepted"
        )


def states_at_most(pattern: str) -> int:
    """An upper bound on the states of the automaton that automata-lib builds for a pattern.

    Two for a character; sums for `ab` and `a|b`; products for `a&b` and `a^b`; copies for `a{m,n}`.

    Example:
        >>> from bistate.theory.automata.regex_size import states_at_most
        >>> states_at_most("ab"), states_at_most("(a{100}){100}")
        (5, 20302)
    """
    groups = [_Group()]
    for match in _TOKEN.finditer(pattern):
        token = match[0]
        if token == "(":
            groups.append(_Group())
        elif token == ")" and len(groups) > 1:
            inner = groups.pop()
            inner.join("|")
            groups[-1].add(inner.left + 1)
        elif token in "|&^":
            groups[-1].join(token)
        elif token in "*+?":
            groups[-1].repeat(1)
        elif match[2] is not None:
            groups[-1].repeat(max(_number(match[1]), _number(match[3])))
        else:
            groups[-1].add(2)
    total = 0
    for group in groups:  # one, if the parentheses are right
        group.join("|")
        total += group.left
    return total


def letters_at_most(pattern: str) -> int:
    """An upper bound on the letters that a pattern names, those of ranges and classes included."""
    spans = sum(abs(ord(last) - ord(first)) + 1 for first, last in re.findall(r"(.)-\\?(.)", pattern, re.DOTALL))
    return len(set(pattern)) + spans + PRINTABLE * bool(re.search(r"\\[sSdDwW]", pattern))


def _number(digits: str) -> int:
    return int(digits[:10] or 0)


def determinised(nfa: NFA, pattern: str) -> DFA:
    """The automaton of the sets of states that words lead to, the empty set left out: as `DFA.from_nfa`, but it stops.

    Raises:
        AutomatonError: when it has looked at `MOST_WORK` entries.
    """
    work = 0

    def spend(entries: int) -> None:
        nonlocal work
        work += entries
        if work > MOST_WORK:
            raise AutomatonError(
                f"the regular expression {shortened(pattern)} is too large: its deterministic automaton has more than "
                f"{len(number)} states; give one with a smaller automaton"
            )

    def closure(states: frozenset[int]) -> frozenset[int]:
        """The states that are reached without a letter."""
        found, stack = set(states), list(states)
        while stack:
            new = nfa.transitions.get(stack.pop(), {}).get("", frozenset()) - found
            found |= new
            stack += new
        spend(len(found))
        return frozenset(found)

    def moves(states: frozenset[int]) -> Iterator[tuple[str, frozenset[int]]]:
        targets: dict[str, set[int]] = {}
        for q in states:
            for letter, there in nfa.transitions.get(q, {}).items():
                if letter:
                    spend(len(there))
                    targets.setdefault(letter, set()).update(there)
        for letter, reached in targets.items():
            yield letter, closure(frozenset(reached))

    number: dict[frozenset[int], int] = {}
    start = closure(frozenset([nfa.initial_state]))
    number[start] = 0
    queue, transitions = [start], {}
    for states in queue:
        row = {}
        for letter, reached in moves(states):
            if reached not in number:
                number[reached] = len(number)
                queue.append(reached)
            row[letter] = number[reached]
        transitions[number[states]] = row
    return DFA(
        states=set(number.values()),
        input_symbols=nfa.input_symbols,
        transitions=transitions,
        initial_state=0,
        final_states={k for states, k in number.items() if not states.isdisjoint(nfa.final_states)},
        allow_partial=True,
    )


def shortened(pattern: str) -> str:
    """The pattern as it is written in Python, shortened if it is long."""
    return repr(pattern) if len(pattern) <= 80 else f"{pattern[:80]!r}…"
