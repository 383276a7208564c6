"""Abelian groups as products of cyclic groups."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from math import prod

from ..group import PermutationGroup
from ..permutations.permutation import Permutation
from .arguments import positive


class AbelianGroup(PermutationGroup):
    """C_{n_1} × C_{n_2} × …, acting on n_1 + n_2 + … points, one cycle per factor.

    Args:
        orders: the orders of the cyclic factors, in any order, one by one or as one list; factors of order 1 are fixed
            points.

    Raises:
        GroupError: if an order is not a positive integer.

    Example:
        >>> AbelianGroup([2, 4]).order, AbelianGroup(2, 4).exponent
        (8, 4)
    """

    orders: tuple[int, ...]

    def __init__(self, *orders: int | Iterable[int]) -> None:
        given = orders[0] if len(orders) == 1 and isinstance(orders[0], Iterable) else orders
        listed = tuple(positive(n, "AbelianGroup factor") for n in given)
        degree = max(sum(listed), 1)
        generators, start = [], 0
        for n in listed:
            images = list(range(degree))
            images[start : start + n] = [start + (i + 1) % n for i in range(n)]
            generators.append(Permutation(images))
            start += n
        super().__init__(generators, degree, name="x".join(f"C{n}" for n in listed) or "C1")
        object.__setattr__(self, "orders", listed)

    @cached_property
    def order(self) -> int:
        """The number of elements: the product of the orders."""
        return prod(self.orders)

    def __repr__(self) -> str:
        return f"AbelianGroup({list(self.orders)})"
