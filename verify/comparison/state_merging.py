"""The automaton of a table of words by merging states of its prefix tree, where several states share a label.

The tree of the prefixes of some words is an automaton that says what the table says. Two of its nodes are merged when
everything that follows them agrees, up to a share of wrong labels: the evidence is the number of labels that are
compared by it, and errors those that are outvoted. A node that agrees with no state so far is a new state. Nodes with
most evidence come first. (K. J. Lang, B. A. Pearlmutter, R. A. Price, Results of the Abbadingo One DFA learning
competition, ICGI 1998: evidence-driven merging, here in the order of evidence.)
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...models.tasks.encoded_words import EncodedWords

Ints = NDArray[np.int64]
NODES = 8000  # of the tree, from the shortest words on
PAIRS = 1000  # of nodes that are looked at for one merge
WORK = 1_000_000  # of such pairs in all, after which the search is given up: half a minute at most
FEW = 4  # labels below a node, up to which it is no state of its own where labels may be wrong


@dataclass(eq=False)
class _Node:
    votes: Counter[int] = field(default_factory=Counter)
    next: dict[int, _Node] = field(default_factory=dict)
    weight: int = 0  # labels at this node and below


@dataclass(frozen=True, eq=False)
class Merged:
    """States found by merging.

    Attributes:
        table: (states, letters), −1 where no word shows the step; the start is state 0.
        outputs: the label of each state, −1 where none is seen.
    """

    table: Ints
    outputs: Ints


def merged_states(words: EncodedWords, order: Ints, wrong: float, most_states: int) -> Merged | None:
    """The automaton, None beyond `most_states` states or `WORK` pairs of nodes.

    Args:
        words: the table.
        order: numbers of its words, those that are to be used first.
        wrong: share of labels that may be wrong; 0: none.
        most_states: states from which the search is given up.
    """
    root = _tree(words, order)
    states = [root]
    fringe: list[tuple[_Node, int]] = [(root, x) for x in root.next]
    left: list[tuple[_Node, int]] = []
    work = 0
    while fringe:
        if work > WORK:
            return None
        fringe.sort(key=lambda edge: edge[0].next[edge[1]].weight)
        source, x = fringe.pop()
        node = source.next[x]
        fine = []
        for k, state in enumerate(states):
            source.next[x] = state  # as it would be
            seen, errors, looked = _compare(state, node)
            work += looked
            if _allowed(seen, errors, wrong):
                fine.append((seen - 4 * errors, -k))
        source.next[x] = node
        if not fine and (not wrong or node.weight > FEW):
            states.append(node)
            if len(states) > most_states:
                return None
            fringe.extend((node, letter) for letter in node.next)
            continue
        if not fine:
            left.append((source, x))
            continue
        state = states[-max(fine)[1]]
        source.next[x] = state
        fringe.extend(_fold(state, node, {id(s) for s in states}))
    for source, x in left:
        source.next.pop(x, None)
    return _numbered(states, len(words.letters))


def _tree(words: EncodedWords, order: Ints) -> _Node:
    """The prefixes of words with their labels, up to `NODES` of them."""
    root, count = _Node(), 1
    begins, lengths, flat, y = words.begins[order], words.lengths[order], words.x, words.y
    for k, begin, n in zip(order.tolist(), begins.tolist(), lengths.tolist(), strict=True):
        if count + n > NODES and count > 1:
            break
        node, path = root, [root]
        for t in range(begin, begin + n):
            x = int(flat[t])
            if x not in node.next:
                node.next[x] = _Node()
                count += 1
            node = node.next[x]
            path.append(node)
            if words.every:
                node.votes[int(y[t])] += 1
        if not words.every:
            node.votes[int(y[k])] += 1
        for depth, passed in enumerate(path):
            passed.weight += n - max(depth - 1, 0) if words.every else 1
    return root


def _allowed(seen: int, errors: int, wrong: float) -> bool:
    mean = 2 * wrong * seen
    return errors <= mean + 2 * mean**0.5


def _compare(state: _Node, node: _Node) -> tuple[int, int, int]:
    """Labels compared, and those outvoted, if a subtree were folded into a state; and pairs that were looked at."""
    votes: dict[int, Counter[int]] = {}
    grown: dict[tuple[int, int], _Node] = {}  # edges that folding adds
    seen = errors = 0
    queue, looked = deque([(state, node)]), 0
    while queue and looked < PAIRS:
        here, other = queue.popleft()
        looked += 1
        if other.votes:
            mine = votes.get(id(here), here.votes)
            if mine:
                both = mine + other.votes
                seen += min(mine.total(), other.votes.total())
                errors += max(mine.values()) + max(other.votes.values()) - max(both.values())
                votes[id(here)] = both
            else:
                votes[id(here)] = other.votes
        for x, below in other.next.items():
            there = here.next.get(x) or grown.get((id(here), x))
            if there is None:
                grown[id(here), x] = below
            else:
                queue.append((there, below))
    return seen, errors, looked


def _fold(state: _Node, node: _Node, states: set[int]) -> list[tuple[_Node, int]]:
    """Merge a subtree into a state; the edges from states that are new."""
    new = []
    queue = deque([(state, node)])
    while queue:
        here, other = queue.popleft()
        here.votes += other.votes
        if id(here) not in states:
            here.weight += other.weight
        for x, below in other.next.items():
            if x in here.next:
                queue.append((here.next[x], below))
            else:
                here.next[x] = below
                if id(here) in states:
                    new.append((here, x))
    return new


def _numbered(states: list[_Node], letters: int) -> Merged:
    number = {id(state): k for k, state in enumerate(states)}
    table = np.full((len(states), letters), -1, dtype=np.int64)
    for k, state in enumerate(states):
        for x, there in state.next.items():
            table[k, x] = number[id(there)]
    outputs = [max(s.votes, key=lambda label: (s.votes[label], -label)) if s.votes else -1 for s in states]
    return Merged(table, np.array(outputs, dtype=np.int64))
