"""Partitions of n and the standard tableaux of their shapes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import factorial, prod
from typing import Any

from sympy.utilities.iterables import partitions as sympy_partitions

from ..errors import GroupError

Partition = tuple[int, ...]
Tableau = tuple[int, ...]  # entry i is the row that holds the number i


def partitions(n: int) -> list[Partition]:
    """The partitions of n as decreasing tuples, from (n) to (1, …, 1)."""
    found = [
        tuple(part for part in sorted(counts, reverse=True) for _ in range(counts[part]))
        for counts in sympy_partitions(n)
    ]
    return sorted(found, reverse=True)


def check_partition(partition: Any, n: int) -> Partition:
    """The partition as a tuple.

    Raises:
        GroupError: if it is not a partition of n.
    """
    parts = tuple(int(part) for part in partition)
    if sum(parts) != n or any(part < 1 for part in parts) or list(parts) != sorted(parts, reverse=True):
        raise GroupError(f"{partition!r} is not a partition of {n}: give positive parts in decreasing order")
    return parts


def degree_of(partition: Partition) -> int:
    """The number of standard tableaux of a shape, n! / Π hook lengths (Frame, Robinson & Thrall 1954)."""
    columns = [sum(part > j for part in partition) for j in range(partition[0])]
    hooks = (part - j + columns[j] - i - 1 for i, part in enumerate(partition) for j in range(part))
    return factorial(sum(partition)) // prod(hooks)


@cache
def standard_tableaux(partition: Partition) -> tuple[Tableau, ...]:
    """Standard tableaux of a shape, as the row of each number 0, …, n−1; the row-by-row tableau is first."""
    return tuple(sorted(_fill((), [0] * len(partition), partition)))


def _fill(rows: Tableau, filled: list[int], shape: Partition) -> Iterator[Tableau]:
    if len(rows) == sum(shape):
        yield rows
        return
    for row, length in enumerate(shape):
        if filled[row] < length and (row == 0 or filled[row] < filled[row - 1]):
            filled[row] += 1
            yield from _fill((*rows, row), filled, shape)
            filled[row] -= 1
