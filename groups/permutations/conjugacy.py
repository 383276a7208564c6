"""Conjugacy classes: of a group that is listed, as orbits of conjugation; of all of S_n, from the partitions of n."""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial, lcm

import numpy as np
from flint import fmpz
from sympy.utilities.iterables import partitions as sympy_partitions

from ..errors import TooLargeError
from ..watch import tell
from .generated_group import GeneratedGroup, IntArray
from .permutation import Permutation
from .tableaux import Partition

PARTITION_LIMIT = 10**5  # conjugacy classes of a symmetric group that are written down: up to S_45


@dataclass(frozen=True)
class ConjugacyClass:
    """The class {h g h⁻¹ : h ∈ G} of an element g: its least element, its size and the order of its elements."""

    representative: Permutation
    size: int
    order: int


def listed_classes(group: GeneratedGroup) -> tuple[tuple[ConjugacyClass, ...], IntArray]:
    """The classes, and the index of the class of every element: orbits of h ↦ s h s⁻¹, s through the generators.

    Raises:
        TooLargeError: for a group too large to list.
    """
    tell("conjugacy classes")
    images = group.images
    if group.is_abelian:
        return _single_elements(group)
    moves = [
        group.right_action(s.inverse())[group.left_action(s)].tolist() for s in group.generators
    ]  # s h, then (s h) s⁻¹
    label = [-1] * group.order
    found: list[tuple[int, int]] = []  # (least element, size)
    for start in range(group.order):
        if label[start] >= 0:
            continue
        label[start] = len(found)
        queue = [start]
        for here in queue:
            for move in moves:
                if label[move[here]] < 0:
                    label[move[here]] = len(found)
                    queue.append(move[here])
        found.append((start, len(queue)))
    least = [Permutation._trusted(images[start].tolist()) for start, _ in found]
    classes = [ConjugacyClass(g, size, g.order) for g, (_, size) in zip(least, found, strict=True)]
    ranking = sorted(range(len(classes)), key=lambda c: (classes[c].order, classes[c].size, found[c][0]))
    position = np.empty(len(classes), dtype=np.int64)
    position[ranking] = np.arange(len(classes))
    indices = position[np.array(label)]
    indices.setflags(write=False)
    return tuple(classes[c] for c in ranking), indices


def _single_elements(group: GeneratedGroup) -> tuple[tuple[ConjugacyClass, ...], IntArray]:
    """The classes of an abelian group, sorted as all classes are.

    On one orbit all cycles of an element have one length, as h g h⁻¹ = g for the h that move the points; so the order
    of g is the least common multiple of one length from each orbit.
    """
    leaders, seen = list[int](), set[int]()
    for point in range(group.degree):
        if point not in seen:
            leaders.append(point)
            seen.update(group.orbit(point))
    elements = group.elements
    orders = [lcm(*(_cycle_length(g, point) for point in leaders)) for g in elements]
    ranking = sorted(range(len(elements)), key=lambda position: (orders[position], position))
    indices = np.empty(len(elements), dtype=np.int64)
    indices[ranking] = np.arange(len(elements))
    indices.setflags(write=False)
    return tuple(ConjugacyClass(elements[k], 1, orders[k]) for k in ranking), indices


def _cycle_length(element: Permutation, point: int) -> int:
    here, length = element[point], 1
    while here != point:
        here, length = element[here], length + 1
    return length


def symmetric_classes(degree: int) -> tuple[tuple[ConjugacyClass, ...], dict[Partition, int]]:
    """The classes of S_n, and the index of the class of every cycle type, without listing elements.

    The class of a cycle type with m_k cycles of length k has n! / Π k^{m_k} m_k! elements. Its least element has its
    cycles on consecutive points, (0)(1)…(a a+1)(a+2 a+3)…, short ones first: closing a cycle as early as possible
    keeps every image as small as it can be.

    Raises:
        TooLargeError: for more than 10⁵ classes.
    """
    count = int(fmpz(degree).partitions_p())
    if count > PARTITION_LIMIT:
        raise TooLargeError(
            f"S{degree} has {count} conjugacy classes; classes are written down up to {PARTITION_LIMIT} (S45)"
        )
    found = []
    for counts in sympy_partitions(degree):
        size = factorial(degree)
        for length, times in counts.items():
            size //= length**times * factorial(times)
        lengths = [length for length in sorted(counts) for _ in range(counts[length])]
        found.append((ConjugacyClass(_least_of(lengths), size, lcm(*lengths)), tuple(reversed(lengths))))
    found.sort(key=lambda pair: (pair[0].order, pair[0].size, pair[0].representative))
    return tuple(cls for cls, _ in found), {cycle_type: c for c, (_, cycle_type) in enumerate(found)}


def _least_of(lengths: list[int]) -> Permutation:
    """Cycles of the given lengths on consecutive points."""
    images: list[int] = []
    for length in lengths:
        start = len(images)
        images += [*range(start + 1, start + length), start]
    return Permutation._trusted(images)
