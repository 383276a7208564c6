"""Subgroups and blocks of permutation groups: normality, series, Sylow subgroups, systems of imprimitivity."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations

from flint import fmpz

from ..errors import GroupError
from .generated_group import GeneratedGroup
from .permutation import Permutation


def conjugates_lie_in(group: GeneratedGroup, subgroup: GeneratedGroup) -> bool:
    """Whether a subgroup is normal: its generators and their conjugates by those of the group lie in it.

    Raises:
        GroupError: for another number of points.
    """
    if subgroup.degree != group.degree:
        raise GroupError(f"the subgroup moves {subgroup.degree} points and the group {group.degree}")
    if not all(h in group for h in subgroup.generators):
        return False
    return all(g * h * g.inverse() in subgroup for g in group.generators for h in subgroup.generators)


def normal_closure(group: GeneratedGroup, elements: Iterable[Permutation]) -> GeneratedGroup:
    """The smallest normal subgroup of a group with some elements of it."""
    found, pending = GeneratedGroup([], group.degree), list(elements)
    for element in pending:
        if element not in found:
            found = GeneratedGroup([*found.generators, element], group.degree)
            pending += [s * element * s.inverse() for s in group.generators]
    return found


def commutators(group: GeneratedGroup) -> list[Permutation]:
    """[p, q] = p q p⁻¹ q⁻¹ for pairs of generators; the commutator subgroup is their normal closure."""
    return [p * q * p.inverse() * q.inverse() for q, p in combinations(group.generators, 2)]


def derived_series(group: GeneratedGroup) -> tuple[GeneratedGroup, ...]:
    """G, G', G'', … until it stops: at 1 for a solvable group, else at a group that is its own commutator subgroup.

    Its k-th term lies in the k-th term of every series whose factors are abelian, each term normal in the one before.

    Example:
        >>> [H.order for H in derived_series(GeneratedGroup([(1, 2, 3, 0), (1, 0, 2, 3)]))]
        [24, 12, 4, 1]
    """
    return _descending(group, commutators)


def square_series(group: GeneratedGroup) -> tuple[GeneratedGroup, ...]:
    """G, the group G² of its squares, the squares of that, …, until it stops: at 1 exactly for 2-groups.

    G² is the least normal subgroup whose factor group is elementary abelian of exponent 2, or 1.

    Example:
        >>> [H.order for H in square_series(GeneratedGroup([(1, 2, 3, 4, 5, 6, 7, 0)]))]
        [8, 4, 2, 1]
    """
    return _descending(group, lambda inner: [*(g * g for g in inner.generators), *commutators(inner)])


def _descending(
    group: GeneratedGroup, relations: Callable[[GeneratedGroup], list[Permutation]]
) -> tuple[GeneratedGroup, ...]:
    """Each term is the normal closure, in the term before, of what has to be trivial in the factor group."""
    found = [group]
    while found[-1].order > 1:
        inner = normal_closure(found[-1], relations(found[-1]))
        if inner.order == found[-1].order:
            break
        found.append(inner)
    return tuple(found)


def is_solvable(group: GeneratedGroup) -> bool:
    """Whether the series of commutator subgroups reaches 1."""
    order = group.order
    # Burnside, Feit and Thompson; without 3 and 5 no simple group is left: only those of Suzuki are prime to 3
    if len(fmpz(order).factor()) < 3 or order % 4 or (order % 3 and order % 5):
        return True
    while group.order > 1:
        inner = normal_closure(group, commutators(group))
        if inner.order == group.order:
            return False
        group = inner
    return True


def outside_of_earlier(elements: Iterable[Permutation], degree: int) -> list[Permutation]:
    """Those of the elements that are not in the group of the ones before; they generate the same group."""
    found = GeneratedGroup([], degree)
    for element in elements:
        if element not in found:
            found = GeneratedGroup([*found.generators, element], degree)
    return list(found.generators)


def sylow_generators(group: GeneratedGroup, p: int) -> list[Permutation]:
    """Generators of a Sylow p-subgroup, found by sympy; its order is checked.

    Raises:
        GroupError: if p is no prime, or what was found has another order.
    """
    if not isinstance(p, int) or p < 2 or not fmpz(p).is_prime():
        raise GroupError(f"Sylow subgroups are for primes, not for {p!r}")
    found = group._sylow(p) if group.order % p == 0 else []
    order, power = GeneratedGroup(found, group.degree).order, 1
    while group.order % (power * p) == 0:
        power *= p
    if order != power:
        raise GroupError(f"no Sylow {p}-subgroup of {group} was found: {order} elements in place of {power}")
    return found


def blocks_of(group: GeneratedGroup) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """The systems of minimal blocks: for each pair (0, i) the finest partition that the group keeps, and that joins it.

    Raises:
        GroupError: if the group is not transitive.
    """
    if not group.is_transitive:
        raise GroupError(f"blocks are those of a transitive group; {group} has several orbits")
    systems = {_joined(group, i) for i in range(1, group.degree)}
    proper = [system for system in systems if len(system) > 1]
    return tuple(
        sorted(system for system in proper if not any(other != system and _finer(other, system) for other in proper))
    )


def _joined(group: GeneratedGroup, i: int) -> tuple[tuple[int, ...], ...]:
    """The finest partition that the group keeps and in which 0 and i are together (M. D. Atkinson, 1975)."""
    above = list(range(group.degree))

    def top(point: int) -> int:
        while above[point] != point:
            above[point] = above[above[point]]
            point = above[point]
        return point

    above[i], queue = 0, [(0, i)]
    for a, b in queue:
        for g in group.generators:
            first, second = sorted((top(g(a)), top(g(b))))
            if first != second:
                above[second] = first
                queue.append((first, second))
    parts: dict[int, list[int]] = {}
    for point in range(group.degree):
        parts.setdefault(top(point), []).append(point)
    return tuple(map(tuple, parts.values()))


def _finer(one: tuple[tuple[int, ...], ...], other: tuple[tuple[int, ...], ...]) -> bool:
    where = {point: k for k, part in enumerate(other) for point in part}
    return all(len({where[point] for point in part}) == 1 for part in one)
