"""Characters of the symmetric groups, from partitions, by the rule of Murnaghan and Nakayama.

    χ^λ(μ) = Σ (−1)^{height(ξ)} χ^{λ∖ξ}(μ_2, μ_3, …)

over the border strips ξ of length μ_1 of the diagram of λ, where the height is the number of rows met less one. In beta
numbers, the strictly decreasing b_i = λ_i + (l − i), i = 1, …, l, removing a strip of length k from row i is to replace
b_i by b_i − k ≥ 0, where this is not a beta number already, and the height is the number of beta numbers between.
Source: James & Kerber, The Representation Theory of the Symmetric Group, 2.4.7 and 2.7.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from ..errors import GroupError
from ..permutations.tableaux import Partition, check_partition, partitions

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
