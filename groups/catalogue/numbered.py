"""All groups of order at most 63, numbered as in GAP's library of small groups.

The data file holds generators for which GAP confirmed the number (`IdGroup`); tests/oracles/make_small_groups.py
makes it.
Source: H. U. Besche, B. Eick and E. A. O'Brien, A millennium project: constructing small groups, 2002.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

from ..errors import GroupError
from ..group import PermutationGroup

MAX_ORDER = 63  # of the data file: 319 groups; order 64 alone has 267 more

Generators = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class SmallGroup:
    """An entry of the catalogue.

    Attributes:
        order: the order of the group.
        number: its number among the groups of this order, from 1.
        structure: a description that `named_group` understands: GAP's, with D4 for the dihedral group of order 8, `:`
            for a semidirect product, and GAP's number behind it where several groups are described alike.
        degree: the number of points that `group` moves about.
        generators: permutations of these, as image lists.
    """

    order: int
    number: int
    structure: str
    degree: int
    generators: Generators

    @property
    def name(self) -> str:
        """GAP's number, as a name that `named_group` understands."""
        return f"SmallGroup({self.order},{self.number})"

    @cached_property
    def group(self) -> PermutationGroup:
        """The group itself."""
        return PermutationGroup(self.generators, degree=self.degree, name=self.name)


@cache
def _catalogue() -> dict[tuple[int, int], SmallGroup]:
    text = files(__package__).joinpath("small_groups.json").read_text(encoding="utf-8")
    found = {}
    for order, number, structure, degree, generators in json.loads(text):
        images = tuple(tuple(g) for g in generators)
        found[order, number] = SmallGroup(order, number, structure, degree, images)
    return found


def small_group(order: int, number: int) -> PermutationGroup:
    """The group SmallGroup(order, number) of GAP's library, for orders up to 63.

    Raises:
        GroupError: for an order that is not 1, …, 63, or a number that no group of this order has.

    Example:
        >>> small_group(8, 4).order, small_group(8, 4).character_table().degrees
        (8, (1, 1, 1, 1, 2))
    """
    _require_order(order)
    entry = _catalogue().get((order, number))
    if entry is None:
        count = sum(n == order for n, _ in _catalogue())
        raise GroupError(
            f"there is no SmallGroup({order},{number!r}): of order {order} there are the numbers 1 to {count}"
        )
    return entry.group


def small_groups(max_order: int = MAX_ORDER, min_order: int = 1) -> Iterator[SmallGroup]:
    """The groups of some orders, up to isomorphism, by order and number.

    Raises:
        GroupError: for a largest or least order that is not 1, …, 63.

    Example:
        >>> [entry.structure for entry in small_groups(8, min_order=8)]
        ['C8', 'C4xC2', 'D4', 'Q8', 'C2xC2xC2']
    """
    _require_order(max_order)
    _require_order(min_order)
    return (entry for entry in _catalogue().values() if min_order <= entry.order <= max_order)


def _require_order(order: object) -> None:
    if isinstance(order, bool) or not isinstance(order, int) or not 1 <= order <= MAX_ORDER:
        raise GroupError(f"order {order!r} is not in the catalogue, which has the orders 1 to {MAX_ORDER}")
