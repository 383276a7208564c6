"""Which tuples of points a permutation group takes to each other: a canonical form of every tuple.

The first point is taken to the least one of its orbit by a fixed element of G; the second then to the least one of its
orbit under the stabiliser of the first; and so on. Two tuples lie in one orbit of G if and only if their canonical
forms are equal: an element that takes one to the other takes the first points to one canonical point, and after that
it lies in the stabiliser of that point. Stabilisers are computed as they are met, one for each canonical prefix.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from .stabiliser_chain import Rows, chain_on, inverted

STABILISERS = 300  # canonical prefixes with a stabiliser that is not trivial


class TooManyOrbits(Exception):
    """The group has so many orbits of tuples that stabilisers would fill the memory."""


class _Node:
    """The stabiliser of a canonical prefix: the least point of each orbit, and elements that take points there."""

    def __init__(self, generators: Rows, degree: int) -> None:
        identity = np.arange(degree)
        self.trivial = not len(generators)
        self.children: dict[int, _Node] = {}
        if self.trivial:
            return
        self.least = np.full(degree, -1)
        movers = np.tile(identity, (degree, 1))
        for start in range(degree):
            if self.least[start] >= 0:
                continue
            self.least[start] = start
            orbit = [start]
            for here in orbit:
                for s in generators:
                    there = int(s[here])
                    if self.least[there] < 0:
                        self.least[there] = start
                        movers[there] = s[movers[here]]
                        orbit.append(there)
        self.back = inverted(movers)  # row c takes the point c to the least one of its orbit


class TupleOrbits:
    """Canonical forms of tuples of points under a group of known order.

    Args:
        generators: (generators, degree).
        order: that of the group.
        elements: draws so many elements of it uniformly.
    """

    def __init__(self, generators: Rows, order: int, elements: Callable[[int], Rows]) -> None:
        self.order, self._elements, self.degree = order, elements, generators.shape[1]
        self._root = _Node(generators, self.degree)
        self._count = 0

    def canonical(self, tuples: Rows, length: int) -> tuple[Rows, NDArray[np.bool_]]:
        """The canonical forms, (k, length), and whether only the identity fixes so many of their points, (k,)."""
        found, whole = tuples.copy(), np.ones(len(tuples), dtype=bool)
        pending: list[tuple[_Node, Rows, tuple[int, ...]]] = [(self._root, np.arange(len(tuples)), ())]
        while pending:
            node, rows, prefix = pending.pop()
            if node.trivial:
                continue
            if len(prefix) == length:
                whole[rows] = False
                continue
            points = found[rows, len(prefix)]
            found[rows] = np.take_along_axis(node.back[points], found[rows], axis=1)
            first = node.least[points]
            for point in np.unique(first).tolist():
                pending.append((self._child(node, prefix, point), rows[first == point], (*prefix, point)))
        return found, whole

    def _child(self, node: _Node, prefix: Sequence[int], point: int) -> _Node:
        if point not in node.children:
            self._count += 1
            if self._count > STABILISERS:
                raise TooManyOrbits
            fixed = (*prefix, point)
            levels = chain_on(fixed, self.order, self._elements, self.degree)
            deeper = levels[len(fixed)].generators if len(levels) > len(fixed) else levels[0].generators[:0]
            node.children[point] = _Node(deeper, self.degree)
        return node.children[point]
