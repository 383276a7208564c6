"""Short presentations read off the Cayley graph (J. J. Cannon, Construction of defining relators, 1973).

Every edge of the Cayley graph outside a spanning tree is a loop at the identity, and all these loops together define
the group. Most follow from a few: once a relator r is known, it may be traced from every vertex, and where all edges of
the traced loop but one are already known to follow, the last one follows as well. So edges are taken in
breadth-first order, a relator is added only for an edge not yet known, and its consequences are traced before the next
edge is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..watch import tell
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
    tell("defining relators")
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


@dataclass(frozen=True, eq=False)
class _Loops:
    """The loops of one relator, one from every vertex.

    Attributes:
        letters: generators with signs, as they are applied.
        starts: for each letter and each tail of the edge that it runs along the vertex where that loop starts,
            (letters, order).
        unknown: how many edges of each loop are not known yet, (order,).
    """

    letters: tuple[tuple[int, int], ...]
    starts: NDArray[np.int32]
    unknown: IntArray


class _Search:
    """Which edges v → s_k v follow from the relators so far; edges of the spanning tree are known from the start."""

    def __init__(self, group: GeneratedGroup) -> None:
        self.moves: IntArray = np.stack([group.left_action(g) for g in group.generators])  # (generators, order)
        self.back: IntArray = inverted(self.moves)  # (generators, order)
        self.known = np.zeros(self.moves.shape, dtype=bool)
        for parent, k in group.cayley_tree[1:]:
            self.known[k, parent] = True
        self.loops: list[_Loops] = []

    def add(self, relators: list[Word]) -> None:
        """Trace the new relators from every vertex, and mark what follows until nothing more does.

        A loop of which all edges but one are known makes that one known. Every edge that becomes known is counted off
        once in each loop that runs along it.
        """
        count = self.moves.shape[1]
        nearly: list[tuple[_Loops, IntArray]] = []  # loops of which one edge is left
        for relator in relators:
            letters = tuple((k, 1 if e > 0 else -1) for k, e in reversed(relator) for _ in range(abs(e)))
            starts = np.empty((len(letters), count), dtype=np.int32)
            unknown = np.zeros(count, dtype=np.int64)
            for row, (k, tails) in zip(starts, self._tails(letters, np.arange(count)), strict=True):
                row[tails] = np.arange(count)
                unknown += ~self.known[k, tails]
            self.loops.append(_Loops(letters, starts, unknown))
            nearly.append((self.loops[-1], np.flatnonzero(unknown == 1)))
        while nearly:
            nearly = self._counted_off(self._last_edges(nearly))

    def _tails(self, letters: Sequence[tuple[int, int]], here: IntArray) -> Iterator[tuple[int, IntArray]]:
        """The generator of each edge along loops from some vertices, and the edges' tails."""
        for k, sign in letters:
            there = (self.moves if sign > 0 else self.back)[k, here]
            yield k, here if sign > 0 else there
            here = there

    def _last_edges(self, nearly: list[tuple[_Loops, IntArray]]) -> dict[int, IntArray]:
        """The tails of the edges that are left over, by generators; they are marked as known."""
        found: dict[int, list[IntArray]] = {}
        for loops, vertices in nearly:
            for k, tails in self._tails(loops.letters, vertices):
                found.setdefault(k, []).append(tails[~self.known[k, tails]])
        fresh = {k: np.unique(np.concatenate(tails)) for k, tails in found.items()}
        for k, tails in fresh.items():
            self.known[k, tails] = True
        return fresh

    def _counted_off(self, fresh: dict[int, IntArray]) -> list[tuple[_Loops, IntArray]]:
        """The loops of which only one edge is left after some edges became known."""
        nearly = []
        for loops in self.loops:
            touched = []
            for (k, _), starts in zip(loops.letters, loops.starts, strict=True):
                if len(fresh.get(k, ())):
                    touched.append(starts[fresh[k]])
                    loops.unknown[touched[-1]] -= 1
            if touched:
                vertices = np.concatenate(touched)
                nearly.append((loops, np.unique(vertices[loops.unknown[vertices] == 1])))
        return [(loops, vertices) for loops, vertices in nearly if len(vertices)]
