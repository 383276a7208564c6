"""The composition factors of a permutation group by their names."""

from __future__ import annotations

from math import factorial

from sympy import factorint

from ...groups.catalogue.cheap_facts import derived_subgroup, moved_points
from ...groups.catalogue.simple_groups import simple_name
from ...groups.group import PermutationGroup

LISTED = 100_000  # order of a group whose normal subgroups are looked at


def simple_factors(group: PermutationGroup) -> tuple[str, ...]:
    """The composition factors, sorted by order, then name: those of G/G′ are cyclic of prime order, and so on down.

    Abelian quotients need the orders of the derived series only. A perfect group is A_n on n points, or has a largest
    proper normal subgroup N, with G/N simple. Where neither is cheap, from order 10⁵ on, there is one entry "factors of
    a perfect group of order N".

    Example:
        >>> from bistate.groups import SymmetricGroup
        >>> simple_factors(SymmetricGroup(4)), simple_factors(SymmetricGroup(5))
        (('C2', 'C2', 'C2', 'C3'), ('C2', 'A5'))
    """
    found: list[tuple[int, str]] = []
    while group.order > 1:
        inner = derived_subgroup(group)
        if inner.order == group.order:
            group = _below_perfect(group, found)
            continue
        for prime, power in factorint(group.order // inner.order).items():
            found += [(prime, f"C{prime}")] * power
        group = inner
    return tuple(name for _, name in sorted(found))


def _below_perfect(group: PermutationGroup, found: list[tuple[int, str]]) -> PermutationGroup:
    """Note the factor on top of a perfect group; the normal subgroup under it."""
    trivial = PermutationGroup([], group.degree)
    moved = moved_points(group)
    if 2 * group.order == factorial(moved):
        found.append((group.order, f"A{moved}"))
        return trivial
    if group.order > LISTED:
        found.append((group.order, f"factors of a perfect group of order {group.order}"))
        return trivial
    table = group.character_table()
    below = table.normal_subgroups()[-2]  # by order, so that nothing lies between it and the group
    top = table.quotient(below).group
    found.append((top.order, simple_name(top) or f"a simple group of order {top.order}"))
    return below.subgroup
