"""All subgroups of a small group, one of each conjugacy class, by cyclic extension.

Every subgroup arises from the trivial one by adding elements of prime power order one at a time (J. Neubüser, 1960). A
class is extended through its representative only, because conjugate subgroups have conjugate extensions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import fmpz
from numpy.typing import NDArray

from ..errors import TooLargeError
from ..group import PermutationGroup

IntArray = NDArray[np.int64]

ORDER_LIMIT = 256  # the multiplication table is used, and closures are taken for every class and element
CLASS_LIMIT = 1000  # classes of subgroups; beyond this the search would take minutes


@dataclass(frozen=True)
class SubgroupClass:
    """A conjugacy class of subgroups.

    Attributes:
        members: the elements of a representative, by index in `group.elements`, sorted.
        size: the number of conjugates.
    """

    members: tuple[int, ...]
    size: int

    @property
    def order(self) -> int:
        """The order of the subgroups of the class."""
        return len(self.members)


def subgroup_classes(group: PermutationGroup) -> tuple[SubgroupClass, ...]:
    """One subgroup of each conjugacy class, by order, the trivial one first.

    Raises:
        TooLargeError: above order 256, before any work, or when more than 1000 classes turn up.

    Example:
        >>> from bistate.groups import SymmetricGroup
        >>> [(c.order, c.size) for c in subgroup_classes(SymmetricGroup(3))]
        [(1, 1), (2, 3), (3, 1), (6, 1)]
    """
    if group.order > ORDER_LIMIT:
        raise TooLargeError(f"{group} has order {group.order}; its subgroups are listed up to order {ORDER_LIMIT}")
    table = np.asarray(group.multiplication_table(), dtype=np.int64)  # (order, order)
    conjugation = table[table, group.inverses[:, None]]  # (order, order): [g, h] = index of g h g⁻¹
    additions = _cyclic_generators(group, table)
    first = np.zeros(group.order, dtype=bool)
    first[0] = True
    found = [SubgroupClass((0,), 1)]
    generators: list[list[int]] = [[]]
    seen = {first.tobytes()}
    queue = [first]
    for position, subgroup in enumerate(queue):
        for z in additions:
            if subgroup[z]:
                continue
            larger = _closure(table, [*generators[position], z])
            if larger.tobytes() in seen:
                continue
            members = np.flatnonzero(larger)
            conjugates = _masks(conjugation[:, members], group.order)
            seen |= conjugates
            if len(found) == CLASS_LIMIT:
                raise TooLargeError(f"{group} has more than {CLASS_LIMIT} conjugacy classes of subgroups")
            found.append(SubgroupClass(tuple(members.tolist()), len(conjugates)))
            generators.append([*generators[position], z])
            queue.append(larger)
    return tuple(sorted(found, key=lambda c: (c.order, c.members)))


def _cyclic_generators(group: PermutationGroup, table: IntArray) -> list[int]:
    """One generator of each cyclic subgroup of prime power order, the trivial one left out."""
    kept, seen = [], set[bytes]()
    for k, g in enumerate(group.elements):
        if k and len(fmpz(g.order).factor()) == 1:
            mask = _closure(table, [k]).tobytes()
            if mask not in seen:
                seen.add(mask)
                kept.append(k)
    return kept


def _closure(table: IntArray, generators: list[int]) -> NDArray[np.bool_]:
    """The subgroup that elements generate, as a mask: (order,)."""
    inside = np.zeros(len(table), dtype=bool)
    inside[0] = True
    frontier = np.array([0])
    while len(frontier):
        products = table[frontier][:, generators].ravel()
        frontier = np.unique(products[~inside[products]])
        inside[frontier] = True
    return inside


def _masks(rows: NDArray[Any], order: int) -> set[bytes]:
    """Each row of positions as a mask."""
    masks = np.zeros((len(rows), order), dtype=bool)
    np.put_along_axis(masks, rows, True, axis=1)
    return {mask.tobytes() for mask in masks}
