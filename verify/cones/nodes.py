"""Nodes for cones: a state together with the last letters, and what words to a node have in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..certificates.first_words import no_letters, step_of, with_a_letter
from ..certificates.limits import LONGEST_PREFIX
from ..certificates.short_words import decided
from ..networks.float_network import FloatNetwork
from .limits import LONGEST_ROUNDED, MOST_EDGES, MOST_NUMBERS, PREFIX_WORDS

Floats = NDArray[Any]  # of float64
Indices = NDArray[np.int64]
Graph = tuple[tuple[tuple[int, tuple[int, ...]], ...], Indices, Indices, Indices]


@dataclass(frozen=True, eq=False)
class Nodes:
    """Where words of a few letters and more are.

    Attributes:
        network: weights and task.
        memory: how many last letters a node knows.
        prefix: length of the words that are multiplied out, at least `memory`.
        keys: state and last letters of every node.
        states: of the nodes, (nodes,).
        following: the next node, (nodes, letters).
        begins: the node of every word of the prefix, the last letter changing slowest, (words,).
        vectors: unit hidden states of these words, (words, hidden).
        off: what rounding may have added to them, (words, hidden).
        unit: relative rounding of a step, 0 for exact arithmetic.
        spread: |A| as the code rounds it, (letters, hidden, hidden).
    """

    network: FloatNetwork
    memory: int
    prefix: int
    keys: tuple[tuple[int, tuple[int, ...]], ...]
    states: Indices
    following: Indices
    begins: Indices
    vectors: Floats
    off: Floats
    unit: float
    spread: Floats

    @cached_property
    def edges(self) -> tuple[Indices, Indices, Indices]:
        """Node, letter and next node of every edge; the letter changes fastest."""
        v, x = (index.ravel() for index in np.indices(self.following.shape))
        return v, x, self.following.ravel()

    @cached_property
    def rivalries(self) -> tuple[Indices, Floats]:
        """Nodes, and the rows C_q − C_p that have to be positive there, of all rivals and last letters."""
        last: list[set[int]] = [set() for _ in self.states]
        many = len(self.network.readouts) > 1
        for x, column in enumerate(self.following.T):
            for w in column:
                last[w].add(x if many else 0)
        nodes, rows = [], []
        for v, q in enumerate(self.states):
            for x in sorted(last[v]):
                C = self.network.readouts[x]
                for p in np.flatnonzero(self.network.rivals[q]):
                    nodes.append(v)
                    rows.append(C[q] - C[p])
        return np.array(nodes, dtype=np.int64), np.array(rows).reshape(len(nodes), -1)


def nodes_of(
    network: FloatNetwork, longest: int = LONGEST_PREFIX, unit: float = 0.0, spread: Floats | None = None
) -> Iterator[Nodes]:
    """Nodes that know one letter, if there is room, then as many as there is room for; none if one letter is wrong.

    Args:
        network: weights and task.
        longest: words that are multiplied out.
        unit: relative rounding of a step, 0 for exact arithmetic.
        spread: |A| as the code rounds it, if it is not |A| itself.
    """
    X = len(network.A)
    longest = max(min(longest, LONGEST_ROUNDED) if unit else longest, network.shortest - 1)
    step = step_of(network, unit, spread)
    first, words = no_letters(network, step), np.zeros((1, 0), dtype=np.int64)
    found, prefix = [(first, words)], 0
    while len(words) * X <= PREFIX_WORDS and prefix < longest:
        first, letters = with_a_letter(first, network, step), np.repeat(np.arange(X), len(words))
        words = np.concatenate([np.tile(words, (X, 1)), letters[:, None]], axis=1)
        prefix += 1
        if not _right(network, first.vectors, first.states, letters, prefix):
            break
        found.append((first, words))
    prefix = len(found) - 1
    if not prefix or prefix < network.shortest - 1:
        return
    chosen: list[tuple[int, Graph]] = []
    first, words = found[prefix]
    for m in range(prefix + 1):
        graph = _graph(network.table, first.states, words, m)
        if graph[2].size > MOST_EDGES or graph[2].size * network.A.shape[1] ** 2 > MOST_NUMBERS:
            break
        chosen.append((m, graph))
    for m, graph in [*chosen[:2][-1:], *chosen[2:][-1:]]:
        yield Nodes(network, m, prefix, *graph, first.vectors, first.off, unit, step.wide)


def _right(network: FloatNetwork, vectors: Floats, states: Indices, letters: Indices, length: int) -> bool:
    """Whether words are read out rightly; `decided` takes the letters in turn."""
    order = np.argsort(np.arange(len(letters)) % (len(letters) // len(network.A)), kind="stable")
    return decided(network, vectors[order], states[order], length)


def _graph(table: Indices, states: Indices, words: Indices, m: int) -> Graph:
    """Keys and states of all nodes, the next ones, and those of the words."""
    index: dict[tuple[int, tuple[int, ...]], int] = {}
    ends = [(int(q), tuple(map(int, word[len(word) - m :]))) for q, word in zip(states, words, strict=True)]
    begins = [index.setdefault(key, len(index)) for key in ends]
    queue, following = list(index), []
    for q, last in queue:
        row = []
        for x, target in enumerate(table[q]):
            node = (int(target), (*last, x)[1:] if m else ())
            if node not in index:
                index[node] = len(index)
                queue.append(node)
            row.append(index[node])
        following.append(row)
    return tuple(queue), np.array([q for q, _ in queue]), np.array(following), np.array(begins)
