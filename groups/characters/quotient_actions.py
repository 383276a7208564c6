"""Two actions of G with a normal subgroup N in the kernel: on the orbits of N, and on its cosets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import TooLargeError
from ..permutations.generated_group import IntArray
from ..permutations.listed_group import ListedGroup
from ..permutations.permutation import Permutation
from .normal_subgroups import NormalSubgroup

INDEX_LIMIT = 10**4  # cosets on which a quotient is made to act


@dataclass(frozen=True, eq=False)
class Blocks:
    """G on the orbits of a normal subgroup on points: `leaders` holds a point of each, `owner` the orbit of a point."""

    leaders: tuple[int, ...]
    owner: tuple[int, ...]

    def image(self, element: Permutation) -> Permutation:
        """How an element moves the orbits."""
        return Permutation([self.owner[element[point]] for point in self.leaders])


@dataclass(frozen=True, eq=False)
class Cosets:
    """G on the cosets of a normal subgroup by left multiplication, given by positions of elements."""

    group: ListedGroup
    leaders: IntArray
    owner: IntArray

    def image(self, element: Permutation) -> Permutation:
        """How an element moves the cosets."""
        leaders = self.group.images[self.leaders]
        return Permutation(self.owner[self.group.index_rows(np.array(element, dtype=np.uint32)[leaders])].tolist())


def on_orbits(group: ListedGroup, normal: NormalSubgroup) -> Blocks:
    """G on the orbits of a normal subgroup N; for N = 1 every orbit is a point, and this is G as it is."""
    orbits = sorted({normal.subgroup.orbit(point) for point in range(group.degree)})
    owner = {point: k for k, orbit in enumerate(orbits) for point in orbit}
    return Blocks(tuple(orbit[0] for orbit in orbits), tuple(owner[point] for point in range(group.degree)))


def on_cosets(group: ListedGroup, normal: NormalSubgroup) -> Cosets:
    """G on the cosets xN, in the order of their first elements.

    Raises:
        TooLargeError: above 10⁴ cosets, or for a group too large to list.
    """
    index = group.order // normal.order
    if index > INDEX_LIMIT:
        raise TooLargeError(
            f"{group._short} has {index} cosets of a normal subgroup of order {normal.order}; quotients act on up to "
            f"{INDEX_LIMIT}"
        )
    members = np.flatnonzero(np.isin(group.class_indices, sorted(normal.classes)))
    on_base = group.images[members][:, group.base]  # (|N|, |base|)
    owner = np.full(group.order, -1, dtype=np.int64)
    leaders: list[int] = []
    for start in range(group.order):
        if owner[start] < 0:
            owner[group.index_base_images(group.images[start][on_base])] = len(leaders)
            leaders.append(start)
    return Cosets(group, np.array(leaders), owner)
