"""Conjugacy classes and characters of the symmetric groups, from partitions, by the rule of Murnaghan and Nakayama.

    χ^λ(μ) = Σ (−1)^{height(ξ)} χ^{λ∖ξ}(μ_2, μ_3, …)

over the border strips ξ of length μ_1 of the diagram of λ, where the height is the number of rows met less one. In beta
numbers, the strictly decreasing b_i = λ_i + (l − i), i = 1, …, l, removing a strip of length k from row i is to replace
b_i by b_i − k ≥ 0, where this is not a beta number already, and the height is the number of beta numbers between.
Source: James & Kerber, The Representation Theory of the Symmetric Group, 2.4.7 and 2.7.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import factorial, lcm

from flint import fmpz
from sympy.utilities.iterables import partitions as sympy_partitions

from .errors import GroupError, TooLargeError
from .permutation import Permutation
from .permutation_group import ConjugacyClass
from .seminormal import Partition
from .young import check_partition, partitions

PARTITION_LIMIT = 10**5  # conjugacy classes of a symmetric group that are written down: up to S_45
Strips = tuple[tuple[Partition, int], ...]  # what is left of a diagram without a border strip, and the strip's sign


@cache
def border_strips(partition: Partition, length: int) -> Strips:
    """Every λ∖ξ with its sign (−1)^{height(ξ)}, ξ the border strips of one length."""
    rows = len(partition)
    beta = [part + rows - 1 - i for i, part in enumerate(partition)]
    found = []
    for here in beta:
        there = here - length
        if there < 0 or there in beta:
            continue
        height = sum(there < other < here for other in beta)
        left = sorted((set(beta) - {here}) | {there}, reverse=True)
        parts = (b - (rows - 1 - i) for i, b in enumerate(left))
        found.append((tuple(part for part in parts if part), -1 if height % 2 else 1))
    return tuple(found)


@cache
def _value(partition: Partition, cycle_type: Partition) -> int:
    if not cycle_type:
        return 1
    strips = border_strips(partition, cycle_type[0])
    return sum(sign * _value(left, cycle_type[1:]) for left, sign in strips)


def murnaghan_nakayama(partition: Sequence[int], cycle_type: Sequence[int]) -> int:
    """χ^λ(μ), the irreducible character of S_n of a partition λ at the permutations with cycle lengths μ.

    Args:
        partition: λ, positive parts in decreasing order.
        cycle_type: μ, the cycle lengths with fixed points as 1, in any order.

    Raises:
        GroupError: if λ is not a partition, or μ is not one of the same number.

    Example:
        >>> murnaghan_nakayama([3, 1], [2, 1, 1]), murnaghan_nakayama([3, 1], [4])
        (1, -1)
    """
    shape = check_partition(partition, sum(partition))
    lengths = sorted(cycle_type, reverse=True)
    if sum(lengths) != sum(shape) or any(length < 1 for length in lengths):
        raise GroupError(
            f"{cycle_type!r} is not the cycle type of a permutation of {sum(shape)} points, the sum of {partition!r}: "
            f"give positive cycle lengths, fixed points included, that add up to {sum(shape)}"
        )
    return _value(shape, tuple(lengths))


def symmetric_character_values(n: int, cycle_types: Sequence[Partition]) -> dict[Partition, list[int]]:
    """χ^λ at some cycle types of S_n, given in decreasing order, for every partition λ of n."""
    return {shape: [_value(shape, cycle_type) for cycle_type in cycle_types] for shape in partitions(n)}


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
