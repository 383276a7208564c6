"""Symmetric and alternating groups in any action: their n points, found among the elements.

In S_n and A_n, n ≥ 7, the 3-cycles are the one class of n (n−1) (n−2)/3 elements of order 3. With each one and its
inverse as one triple of points, two triples have two points in common exactly if (t u)² = 1 or (t u⁻¹)² = 1. From that
the points are built: pairs of points as cliques of triples, points as stars of pairs. Conjugation by g permutes the
triples; where it takes all triples of a point to those of another one, it is a permutation of the points, and g ↦ this
permutation is a homomorphism. Its image is found to have the order of G, so that it is an isomorphism onto S_n or A_n:
this is checked for every group and relies on nothing above.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import factorial

import numpy as np
from numpy.typing import NDArray

from ..permutations.generated_group import GeneratedGroup
from ..permutations.permutation import Permutation
from ..permutations.stabiliser_chain import inverted
from ..representations.representation import RepresentedGroup

LEAST, LARGEST = 7, 9  # n: S_6 has order 720 and needs no recognition, A_10 has too many elements to be listed
Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class NaturalPoints:
    """An isomorphism onto the symmetric or alternating group of n points.

    Attributes:
        n: the number of points.
        image: the isomorphism.
        alternating: whether the image is A_n, not S_n.
    """

    n: int
    image: Callable[[Permutation], Permutation]
    alternating: bool


def natural_points(group: RepresentedGroup) -> NaturalPoints | None:
    """The isomorphism of a group onto S_n or A_n, 7 ≤ n ≤ 9; None if there is none."""
    for n in range(LEAST, LARGEST + 1):
        alternating = 2 * group.order == factorial(n)
        if not alternating and group.order != factorial(n):
            continue
        if group.degree == n:  # the only subgroup of index 2 of S_n is A_n
            return NaturalPoints(n, lambda g: g, alternating)
        for cls in group.conjugacy_classes():
            if cls.order == 3 and cls.size == n * (n - 1) * (n - 2) // 3:
                return _points(group, n, cls.representative, alternating)
    return None


def _points(group: RepresentedGroup, n: int, three_cycle: Permutation, alternating: bool) -> NaturalPoints | None:
    triples = _triples(group, three_cycle)
    members = _members(triples, n)
    if members is None:
        return None
    where = {row.tobytes(): i for i, pair in enumerate(triples) for row in pair}
    of_point = [np.flatnonzero([point in three for three in members]) for point in range(n)]

    def image(g: Permutation) -> Permutation:
        moved = np.array(g)[triples[:, 0][:, np.array(g.inverse())]]  # g t g⁻¹
        targets = [members[where[row.tobytes()]] for row in moved]
        common = [frozenset.intersection(*(targets[i] for i in mine)) for mine in of_point]
        return Permutation(point for (point,) in common)

    try:
        images = [image(g) for g in group.generators]
    except (KeyError, ValueError):  # elements that do not permute these points
        return None
    order = GeneratedGroup(images, n).order
    return NaturalPoints(n, image, alternating) if order == group.order else None


def _triples(group: RepresentedGroup, first: Permutation) -> Rows:
    """The class of an element, each with its inverse: (triples, 2, degree)."""
    rows = group.images[group.class_indices == group.class_of(first)].astype(np.int64)
    backward = inverted(rows)
    at = (rows != backward).argmax(axis=1)[:, None]  # the first point where an element and its inverse differ
    ones = (np.take_along_axis(rows, at, axis=1) < np.take_along_axis(backward, at, axis=1))[:, 0]
    return np.stack([rows[ones], backward[ones]], axis=1)


def _members(triples: Rows, n: int) -> Sequence[frozenset[int]] | None:
    """The three points of each triple, None if they are not all triples of n points."""
    near = _share_two(triples)
    lines = _pairs(near)
    stars = _stars(lines)
    if len(lines) != n * (n - 1) // 2 or len(stars) != n:
        return None
    members = [
        frozenset(k for k, star in enumerate(stars) if any(i in lines[line] for line in star))
        for i in range(len(triples))
    ]
    return members if {len(three) for three in members} == {3} else None


def _share_two(triples: Rows) -> NDArray[np.bool_]:
    """Whether (t u)² = 1 or (t u⁻¹)² = 1, for different triples: (triples, triples)."""
    count, _, degree = triples.shape
    near = np.zeros((count, count), dtype=bool)
    for i, (t, _) in enumerate(triples):
        products = t[triples]  # t u, (triples, 2, degree)
        squares = np.take_along_axis(products, products, axis=2)
        near[i] = (squares == np.arange(degree)).all(axis=2).any(axis=1)
    return near & ~np.eye(count, dtype=bool)


def _pairs(near: NDArray[np.bool_]) -> list[frozenset[int]]:
    """The triples {a, b, x} of each pair {a, b}.

    {a, b, c} and {a, b, d} are next to the others {a, b, x}, and to {a, c, d}, {b, c, d}, which are next to only each
    other among these.
    """
    found: set[frozenset[int]] = set()
    done = np.zeros(near.shape, dtype=bool)
    for i, j in np.argwhere(np.triu(near)).tolist():
        if not done[i, j]:
            common = np.flatnonzero(near[i] & near[j])
            kept = common[near[np.ix_(common, common)].sum(axis=1) != 1]
            line = np.array([i, j, *kept.tolist()])
            done[np.ix_(line, line)] = True
            found.add(frozenset(line.tolist()))
    return sorted(found, key=sorted)


def _stars(lines: Sequence[frozenset[int]]) -> list[frozenset[int]]:
    """The pairs {a, x} of each point a, by their positions.

    {a, b} and {a, c} meet in the triple {a, b, c}; {a, x} meets both, as {b, c} does, which alone holds that triple.
    """
    found: set[frozenset[int]] = set()
    for k, one in enumerate(lines):
        for m in range(k + 1, len(lines)):
            triple = one & lines[m]
            if len(triple) == 1 and not any({k, m} <= star for star in found):
                others = (r for r, line in enumerate(lines) if line & one and line & lines[m] and not triple <= line)
                found.add(frozenset({k, m, *others}))
    return sorted(found, key=sorted)
