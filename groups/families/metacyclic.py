"""Split metacyclic groups C_n : C_m, among them the Frobenius groups and the semidihedral groups."""

from __future__ import annotations

from math import gcd

from ..errors import GroupError
from ..group import PermutationGroup
from ..permutations.permutation import Permutation
from .arguments import positive


def metacyclic_group(n: int, m: int, unit: int) -> PermutationGroup:
    """⟨a, x | a^n = x^m = 1, x a x⁻¹ = a^u⟩ of order n m.

    It acts on Z/n by a: i ↦ i + 1 and x: i ↦ u i, and on m more points that x turns.

    Args:
        n: the order of the normal subgroup ⟨a⟩.
        m: the order of ⟨x⟩.
        unit: u, with u^m ≡ 1 (mod n).

    Raises:
        GroupError: if u^m is not 1 modulo n.

    Example:
        >>> G = metacyclic_group(7, 3, 2)
        >>> a, x = G.generators
        >>> G.order, x * a * x.inverse() == a**2, str(G)
        (21, True, 'C7:C3[2]')
    """
    positive(n, "metacyclic_group n")
    positive(m, "metacyclic_group m")
    if pow(unit, m, n) != 1 % n:
        raise GroupError(
            f"C{n}:C{m}[{unit}] does not exist: {unit}^{m} is {pow(unit, m, n)} modulo {n} and has to be 1"
        )
    turn = Permutation([*((i + 1) % n for i in range(n)), *range(n, n + m)])
    act = Permutation([*(unit * i % n for i in range(n)), *(n + (i + 1) % m for i in range(m))])
    name = f"C{n}xC{m}" if unit % n == 1 % n else f"C{n}:C{m}[{unit % n}]"
    return PermutationGroup([turn, act], n + m, name=name)


def metacyclic_units(n: int, m: int) -> tuple[int, ...]:
    """One u for every way in which C_m acts on C_n, but the trivial one: the least generator of each group ⟨u⟩.

    Units that generate the same subgroup of (Z/n)* give isomorphic groups: one is a power u^k of the other, with k
    prime to the order of u, hence k may be chosen prime to m, and x ↦ x^k is an automorphism of C_m.
    """
    found: dict[frozenset[int], int] = {}
    for u in range(2, n):
        if gcd(u, n) == 1 and pow(u, m, n) == 1:
            powers = {1}
            while (last := pow(u, len(powers), n)) != 1:
                powers.add(last)
            found.setdefault(frozenset(powers), u)
    return tuple(found.values())
