"""Short presentations read off the Cayley graph (J. J. Cannon, Construction of defining relators, 1973).

Every edge of the Cayley graph outside a spanning tree is a loop at the identity, and all these loops together define
the group. Most follow from a few: once a relator r is known, it may be traced from every vertex, and where all edges of
the traced loop but one are already known to follow, the last one follows as well. So edges are taken in
breadth-first order, a relator is added only for an edge not yet known, and its consequences are traced before the next
edge is looked at.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .generated_group import GeneratedGroup
from .permutation import Permutation
from .presentation import Presentation, Word, collect, inverse_word
from .stabiliser_chain import inverted

IntArray = NDArray[np.int64]


def cayley_presentation(group: GeneratedGroup) -> Presentation:
    """The group's own generators with relators read off its Cayley graph.

    Raises:
        TooLargeError: for a group too large to list.
    """
    return Presentation(group.generators, defining_relators(group))


def defining_relators(group: GeneratedGroup) -> tuple[Word, ...]:
    """Relators in the group's own generators that define it: their orders first, then as edges need them."""
    search = _Search(group)
    relators: list[Word] = []
    for k, generator in enumerate(group.generators):
        relators.append(((k, generator.order),))
    search.add(relators)
    for vertex in group.tree_order:
        for k in range(len(group.generators)):
            if not search.known[k, vertex]:
                relators.append(_loop(group, search, vertex, k))
                search.add(relators[-1:])
    return tuple(relators)


def cayley_word(group: GeneratedGroup, element: Permutation) -> Word:
    """A shortest positive word in the group's own generators, read off the Cayley tree."""
    letters = []
    here = group.index(element)
    while here:
        here, k = group.cayley_tree[here]
        letters.append(k)
    return collect((k, 1) for k in letters)


def _loop(group: GeneratedGroup, search: _Search, vertex: int, k: int) -> Word:
    """s_k · word(v) · word(s_k v)⁻¹, freely reduced."""
    there = int(search.moves[k, vertex])
    word = ((k, 1), *cayley_word(group, group.elements[vertex]))
    return collect((*word, *inverse_word(cayley_word(group, group.elements[there]))))


class _Search:
    """Which edges v → s_k v follow from the relators so far; edges of the spanning tree are known from the start."""

    def __init__(self, group: GeneratedGroup) -> None:
        self.moves: IntArray = np.stack([group.left_action(g) for g in group.generators])  # (generators, order)
        self.back: IntArray = inverted(self.moves)  # (generators, order)
        self.known = np.zeros(self.moves.shape, dtype=bool)
        for parent, k in group.cayley_tree[1:]:
            self.known[k, parent] = True
        self.loops: list[IntArray] = []

    def add(self, relators: list[Word]) -> None:
        """Trace the new relators from every vertex, then all loops again until nothing more follows."""
        for relator in relators:
            self.loops.append(self._trace(relator))
        progress = True
        while progress:
            progress = sum(self._deduce(k) for k in range(len(self.loops))) > 0  # every loop gets its turn

    def _trace(self, relator: Word) -> IntArray:
        """The edges of the loop from every vertex, each as generator · order + tail: (length, order)."""
        order = self.moves.shape[1]
        here, edges = np.arange(order), []
        for k, exponent in reversed(relator):  # the right factor acts first
            for _ in range(abs(exponent)):
                there = (self.moves if exponent > 0 else self.back)[k, here]
                edges.append((here if exponent > 0 else there) + k * order)
                here = there
        return np.stack(edges)

    def _deduce(self, k: int) -> bool:
        """Mark the single unknown edge of each loop that has just one; whether there was any.

        Loops all of whose edges are known have no more to say and are dropped.
        """
        edges, known = self.loops[k], self.known.ravel()
        unknown = ~known[edges]  # (length, loops)
        counts = unknown.sum(axis=0)
        single = counts == 1
        known[edges[:, single][unknown[:, single].argmax(axis=0), np.arange(int(single.sum()))]] = True
        left = counts > 1
        if 2 * int(left.sum()) < len(left):
            self.loops[k] = edges[:, left]
        return bool(single.any())
