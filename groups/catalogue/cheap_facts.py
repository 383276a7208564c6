"""Facts about a group that cost little: from its generators and the chain of stabilisers alone, listing no elements."""

from __future__ import annotations

import math

from sympy import primefactors

from ..group import PermutationGroup
from ..permutations.permutation import Permutation
from ..permutations.subgroups import commutators, normal_closure


def invariant_factors(group: PermutationGroup) -> tuple[int, ...]:
    """d_1 | d_2 | … with the abelian group isomorphic to C_{d_1} × C_{d_2} × ⋯, none of them 1.

    The powers g^(p^k) of the generators generate a subgroup of index p^(Σ_i min(e_i, k)), when C_{p^(e_i)} are the
    factors for the prime p, so that the growth of the exponent with k counts the factors with e_i ≥ k.

    Example:
        >>> from bistate.groups import named_group
        >>> invariant_factors(named_group("C6xC4xC10"))
        (2, 2, 60)
    """
    powers: list[list[int]] = []  # of each prime, largest first
    for p in primefactors(group.order):
        mine: list[int] = []
        before, k = 0, 1
        while True:
            index = group.order // _generated([g ** (p**k) for g in group.generators], group.degree).order
            exponent = round(math.log(index, p))
            if exponent == before:
                break
            mine += [1] * (exponent - before - len(mine))
            for i in range(exponent - before):
                mine[i] *= p
            before, k = exponent, k + 1
        powers.append(mine)
    longest = max(map(len, powers), default=0)
    return tuple(math.prod(mine[i] for mine in powers if i < len(mine)) for i in reversed(range(longest)))


def _generated(generators: list[Permutation], degree: int) -> PermutationGroup:
    return PermutationGroup(generators, degree)


def derived_subgroup(group: PermutationGroup) -> PermutationGroup:
    """The subgroup of the commutators."""
    return _generated(list(normal_closure(group, commutators(group)).generators), group.degree)


def moved_points(group: PermutationGroup) -> int:
    """The number of points that are not fixed by the whole group."""
    return sum(any(g[p] != p for g in group.generators) for p in range(group.degree))
