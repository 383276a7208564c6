"""Pairs and triples of states as nodes of a graph: a letter is an edge where it keeps all of them apart."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]
MERGED = -1  # in place of a node, where a letter merges two of the states


@dataclass(frozen=True, eq=False)
class Subsets:
    """Sets of `size` states of an automaton, and where letters take them.

    Attributes:
        members: the states of every set, ascending, (sets, size).
        following: the next set, or `MERGED`, (sets, letters).
        number: the position of a set by the digits of its states in base |Q|; `MERGED` for digits that are none.
        states: |Q|.
    """

    members: Indices
    following: Indices
    number: Indices
    states: int

    def positions(self, lists: Indices) -> Indices:
        """The positions of sets that are given as lists of states in any order, (lists, size)."""
        digits = self.states ** np.arange(lists.shape[1])[::-1]
        return np.asarray(self.number[np.sort(lists, axis=1) @ digits])


def subsets(table: Indices, size: int) -> Subsets:
    """All sets of `size` states; table is (states, letters)."""
    states, letters = table.shape
    members = np.array(list(combinations(range(states), size)), dtype=np.int64).reshape(-1, size)  # (sets, size)
    number = np.full(states**size, MERGED, dtype=np.int64)
    number[members @ states ** np.arange(size)[::-1]] = np.arange(len(members))
    graph = Subsets(members, np.empty((len(members), letters), dtype=np.int64), number, states)
    for x in range(letters):
        graph.following[:, x] = graph.positions(table[members, x])  # states that are merged have no number
    return graph


def rounds(graph: Subsets, kept: Flags) -> int | None:
    """The number of sets on a longest walk through the sets that are kept; None where there is a cycle.

    Sets without a predecessor are taken away, round by round; what is left then has a cycle.

    Args:
        graph: sets and letters.
        kept: (sets,).
    """
    edges = [(v[into], w[into]) for v, w in _edges(graph) for into in [kept[v] & kept[w]]]
    before, after = (np.concatenate([e[k] for e in edges]) for k in (0, 1))
    order = np.argsort(before, kind="stable")
    before, after = before[order], after[order]
    first = np.searchsorted(before, np.arange(len(kept) + 1))  # where the edges out of a set begin
    missing = np.bincount(after, minlength=len(kept))  # edges into a set that are not taken away yet
    ready, left, count = np.flatnonzero(kept & (missing == 0)), int(kept.sum()), 0
    while len(ready):
        left -= len(ready)
        count += 1
        reached = np.concatenate([after[first[v] : first[v + 1]] for v in ready.tolist()])
        np.subtract.at(missing, reached, 1)
        touched = np.unique(reached)
        ready = touched[missing[touched] == 0]
    return None if left else count


def _edges(graph: Subsets) -> list[tuple[Indices, Indices]]:
    found = []
    for column in graph.following.T:
        v = np.flatnonzero(column != MERGED)
        found.append((v, column[v]))
    return found


def letters_to(graph: Subsets, targets: Flags) -> Indices:
    """The least number of letters that lead from a set to one of the targets or merge two of its states, (sets,).

    A word that merges states ends there: it counts as arrived after its last letter. −1 where no word does.

    Args:
        graph: sets and letters.
        targets: (sets,).
    """
    distance = np.where(targets, 0, -1)
    distance[(distance < 0) & (graph.following == MERGED).any(axis=1)] = 1
    reached = 1
    while True:
        arrived = (distance >= 0) & (distance < reached)  # sets whose distance is final
        near = np.where(graph.following == MERGED, False, arrived[graph.following]).any(axis=1)
        new = near & (distance < 0)
        distance[new] = reached
        if not new.any() and reached > distance.max():
            return distance
        reached += 1


def cyclic(graph: Subsets, kept: Flags) -> Flags:
    """Which of the kept sets lie on a cycle of kept sets, (sets,)."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    edges = [(v[into], w[into]) for v, w in _edges(graph) for into in [kept[v] & kept[w]]]
    before, after = (np.concatenate([e[k] for e in edges]) for k in (0, 1))
    size = len(kept)
    matrix = coo_matrix((np.ones(len(before), dtype=np.int8), (before, after)), shape=(size, size))
    _, component = connected_components(matrix, connection="strong")
    together = np.bincount(component, minlength=size)[component] > 1
    together[before[before == after]] = True
    return np.asarray(together & kept)
