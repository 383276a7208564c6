"""From an automaton to a regular expression, by taking states out one after the other.

J. A. Brzozowski and E. J. McCluskey, Signal flow graph techniques for sequential circuit state diagrams, IEEE Trans.
Electronic Computers 12 (1963). The state with the shortest detours goes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from numpy.typing import NDArray

from ..errors import AutomatonError

MOST_CHARACTERS = 10**5  # of an expression; each state may make it four times as long
_SPECIAL, _SPECIAL_INSIDE = frozenset(".^$*+?{}[]\\|()"), frozenset("[]\\^-&~|")


class Expression(NamedTuple):
    """A pattern and how strongly it holds together.

    Attributes:
        text: the pattern.
        bond: 0 for a choice, 1 for a sequence, 2 for a part with a quantifier, 3 for one part.
        repeated: what stands before a last `*` or `?`.
    """

    text: str
    bond: int
    repeated: str = ""


EMPTY = Expression("", 1)


def pattern_of(table: NDArray, letters: Sequence[str], start: int, accepting: Sequence[int]) -> str:
    """A pattern, in the syntax of Python's `re`, of the words that lead from the start to an accepting state.

    Args:
        table: δ by positions: (states, letters).
        letters: single characters.
        start: the position of the start.
        accepting: positions of the accepting states, at least one of which can be reached.

    Raises:
        AutomatonError: if the pattern has more than `MOST_CHARACTERS` characters.

    Example:
        >>> import numpy as np
        >>> pattern_of(np.array([[1, 2], [2, 0], [2, 2]]), "ab", 0, [0])
        '(ab)*'
    """
    edges = _edges(table, letters, start, accepting)
    first, last = len(table), len(table) + 1
    left = [q for q in range(len(table)) if q in edges]
    while left:
        state = min(left, key=lambda q: _detour(edges, q))
        left.remove(state)
        _take_out(edges, state)
    return edges[first][last].text if last in edges.get(first, {}) else ""


Graph = dict[int, dict[int, Expression]]


def _edges(table: NDArray, letters: Sequence[str], start: int, accepting: Sequence[int]) -> Graph:
    """An edge for each pair of states, one from a new first state and others to a new last one, without dead states."""
    first, last = len(table), len(table) + 1
    backwards: dict[int, set[int]] = {}
    for here, row in enumerate(table.tolist()):
        for there in row:
            backwards.setdefault(there, set()).add(here)
    alive, stack = set(accepting), list(accepting)
    while stack:
        new = backwards.get(stack.pop(), set()) - alive
        alive |= new
        stack += new
    edges: Graph = {first: {start: EMPTY}}
    for here in sorted(alive):
        between: dict[int, list[str]] = {}
        for letter, there in zip(letters, table[here].tolist(), strict=True):
            if there in alive:
                between.setdefault(there, []).append(letter)
        edges[here] = {there: _one_of(names) for there, names in between.items()}
        if here in accepting:
            edges[here][last] = EMPTY
    return edges


def _detour(edges: Graph, state: int) -> int:
    """How many characters the edges around a state will take."""
    into = [len(row[state].text) for here, row in edges.items() if state in row and here != state]
    out = [len(e.text) for there, e in edges[state].items() if there != state]
    loop = len(edges[state][state].text) if state in edges[state] else 0
    return len(into) * sum(out) + len(out) * sum(into) + len(into) * len(out) * (loop + 1)


def _take_out(edges: Graph, state: int) -> None:
    row = edges.pop(state)
    loop = _star(row.pop(state)) if state in row else EMPTY
    for other in edges.values():
        into = other.pop(state, None)
        if into is None:
            continue
        for there, out in row.items():
            path = _sequence(_sequence(into, loop), out)
            other[there] = _choice(other[there], path) if there in other else path
            if len(other[there].text) > MOST_CHARACTERS:
                raise AutomatonError(
                    f"a regular expression of this automaton has more than {MOST_CHARACTERS} characters; smaller "
                    "ones are written"
                )


def _one_of(letters: list[str]) -> Expression:
    if len(letters) == 1:
        letter = letters[0]
        return Expression(f"\\{letter}" if letter in _SPECIAL else letter, 3)
    inside = "".join(f"\\{letter}" if letter in _SPECIAL_INSIDE else letter for letter in letters)
    return Expression(f"[{inside}]", 3)


def _tight(expression: Expression, bond: int) -> str:
    return expression.text if expression.bond >= bond else f"({expression.text})"


def _star(expression: Expression) -> Expression:
    inside = expression.repeated or _tight(expression, 3)
    return EMPTY if expression == EMPTY else Expression(f"{inside}*", 2, inside)


def _sequence(first: Expression, second: Expression) -> Expression:
    if EMPTY in (first, second):
        return second if first == EMPTY else first
    return Expression(_tight(first, 1) + _tight(second, 1), 1)


def _choice(first: Expression, second: Expression) -> Expression:
    if first == second:
        return first
    if EMPTY in (first, second):
        other = second if first == EMPTY else first
        if other.repeated:  # x* and x? hold the empty word
            return other
        inside = _tight(other, 3)
        return Expression(f"{inside}?", 2, inside)
    return Expression(f"{first.text}|{second.text}", 0)
