"""From the tree of a regular expression to a deterministic automaton: Thompson's construction, and the subsets.

K. Thompson, Regular expression search algorithm, Comm. ACM 11 (1968). Letters that lie in the same sets of the pattern
act alike, so both work on kinds of letters; `[a-z]` is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import AutomatonError
from .alphabet import members
from .parser import shortened
from .syntax import Letter, Node, Ranges, Repeat, Sequence, letters_of

if TYPE_CHECKING:
    from automata.fa.dfa import DFA

MOST_WORK = 10**6  # entries looked at in making it deterministic: a few seconds


@dataclass
class Steps:
    """A nondeterministic automaton with the start 0.

    Attributes:
        silent: for each state, those that are reached without a letter.
        moves: for each state, the set of letters and the state that it leads to, if there is one.
        end: the accepting state.
    """

    silent: list[list[int]] = field(default_factory=lambda: [[]])
    moves: list[tuple[Ranges, int] | None] = field(default_factory=lambda: [None])
    end: int = 0

    def new(self) -> int:
        """One more state."""
        self.silent.append([])
        self.moves.append(None)
        return len(self.silent) - 1


def recogniser(tree: Node, alphabet: NDArray[np.int64], pattern: str) -> tuple[DFA, NDArray[np.int64]]:
    """A deterministic automaton of the words that match, and the kind of each letter.

    Args:
        tree: of the pattern.
        alphabet: code points of the letters, in increasing order.
        pattern: for messages.

    Returns:
        automata-lib's DFA, partial, over the kinds "0", "1", …; and for each letter its kind: (letters,). Kinds are
        numbered by their first letters.

    Raises:
        AutomatonError: when it has looked at `MOST_WORK` entries.
    """
    kinds, covered = kinds_of(tree, alphabet)
    return determinised(steps_of(tree), covered, len(alphabet), pattern), kinds


def kinds_of(tree: Node, alphabet: NDArray[np.int64]) -> tuple[NDArray[np.int64], dict[Ranges, tuple[str, ...]]]:
    """The kind of each letter, (letters,), and the kinds that each set of the tree consists of."""
    sets = list(dict.fromkeys(leaf.ranges for leaf in letters_of(tree)))
    kinds = np.zeros(len(alphabet), dtype=np.int64)
    for ranges in sets:
        kinds = np.unique(2 * kinds + members(ranges, alphabet), return_inverse=True)[1]
    _, first, kinds = np.unique(kinds, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))  # by first letters
    kinds, example = order[kinds], np.sort(first)
    covered = {ranges: np.flatnonzero(members(ranges, alphabet[example])).tolist() for ranges in sets}
    return kinds, {ranges: tuple(map(str, found)) for ranges, found in covered.items()}


def steps_of(tree: Node) -> Steps:
    """Thompson's automaton of a tree: no state is entered again from a part that begins in it."""
    steps = Steps()
    steps.end = _append(steps, tree, 0)
    return steps


def _append(steps: Steps, node: Node, start: int) -> int:
    """Add the states of a part that begins in `start`, which has no move yet; the state in which it ends."""
    if isinstance(node, Letter):
        if steps.moves[start] is not None:  # one move a state: a choice has others
            fresh = steps.new()
            steps.silent[start].append(fresh)
            start = fresh
        there = steps.new()
        steps.moves[start] = node.ranges, there
        return there
    if isinstance(node, Sequence):
        for part in node.parts:
            start = _append(steps, part, start)
        return start
    if isinstance(node, Repeat):
        return _repeated(steps, node, start)
    ends = [_append(steps, part, start) for part in node.parts]
    return _joined(steps, ends)


def _repeated(steps: Steps, node: Repeat, start: int) -> int:
    for _ in range(node.least):
        start = _append(steps, node.part, start)
    if node.most is None:
        loop = steps.new()
        steps.silent[start].append(loop)
        end = _append(steps, node.part, loop)
        steps.silent[end].append(loop)
        return _joined(steps, [loop])
    ends = [start]
    for _ in range(node.most - node.least):
        ends.append(_append(steps, node.part, ends[-1]))
    return _joined(steps, ends) if len(ends) > 1 else start


def _joined(steps: Steps, ends: list[int]) -> int:
    end = steps.new()
    for state in ends:
        steps.silent[state].append(end)
    return end


def determinised(steps: Steps, covered: dict[Ranges, tuple[str, ...]], letters: int, pattern: str) -> DFA:
    """The automaton of the sets of states that words lead to, the empty set left out; it stops when it grows too large.

    Raises:
        AutomatonError: when it has looked at `MOST_WORK` entries, `letters` of them for each state.
    """
    from automata.fa.dfa import DFA

    work = 0

    def spend(entries: int) -> None:
        nonlocal work
        work += entries
        if work > MOST_WORK:
            raise AutomatonError(
                f"the regular expression {shortened(pattern)} is too large: its deterministic automaton has more than "
                f"{len(number)} states; give one with a smaller automaton"
            )

    def closure(states: set[int]) -> frozenset[int]:
        """The states that are reached without a letter."""
        found, stack = set(states), list(states)
        while stack:
            new = [q for q in steps.silent[stack.pop()] if q not in found]
            found.update(new)
            stack += new
        spend(len(found))
        return frozenset(found)

    def moves(states: frozenset[int]) -> Iterator[tuple[str, frozenset[int]]]:
        targets: dict[str, set[int]] = {}
        for move in map(steps.moves.__getitem__, states):
            if move is not None:
                kinds = covered[move[0]]
                spend(len(kinds))
                for kind in kinds:
                    targets.setdefault(kind, set()).add(move[1])
        for kind, reached in targets.items():
            yield kind, closure(reached)

    number: dict[frozenset[int], int] = {}
    start = closure({0})
    number[start] = 0
    queue, transitions = [start], {}
    for states in queue:
        spend(letters)
        row = {}
        for kind, reached in moves(states):
            if reached not in number:
                number[reached] = len(number)
                queue.append(reached)
            row[kind] = number[reached]
        transitions[number[states]] = row
    return DFA(
        states=set(number.values()),
        input_symbols={kind for kinds in covered.values() for kind in kinds} or {"0"},
        transitions=transitions,
        initial_state=0,
        final_states={k for states, k in number.items() if steps.end in states},
        allow_partial=True,
    )
