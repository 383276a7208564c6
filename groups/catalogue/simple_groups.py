"""Names of non-abelian simple groups, and of groups close to one, by their orders.

A simple group of order up to 10⁵ is determined by its order, but for 20160, the order of A_8 and of PSL(3,4); only A_8
has elements of order 15. Out(A_n) has order 2 for n ≥ 5, n ≠ 6, and so have Out(PSL(2,p)) and Out(PSp(4,3)); the Schur
multipliers of PSL(2,q), q > 3 odd and not 9, and of PSp(4,3) have order 2, that of A_6 order 6.

Source: Conway, Curtis, Norton, Parker and Wilson, ATLAS of finite groups, 1985, tables 1 and 5 and pages 239 to 242.
"""

from __future__ import annotations

from math import factorial, gcd

from sympy import isprime

from ..group import PermutationGroup
from ..permutations.subgroups import normal_closure
from .cheap_facts import derived_subgroup

SIMPLE_ORDERS = {
    60: "A5", 360: "A6", 2520: "A7", 20160: "A8", 5616: "PSL(3,3)", 6048: "PSU(3,3)", 7920: "M11", 25920: "PSp(4,3)",
    62400: "PSU(3,4)", 95040: "M12",
} | {
    q * (q * q - 1) // gcd(2, q - 1): f"PSL(2,{q})"
    for q in (7, 8, 11, 13, 16, 17, 19, 23, 25, 27, 29, 31, 32, 37, 41, 43, 47, 49, 53)
}  # fmt: skip
DOUBLE_COVERS = {"A5": "SL(2,5)", "A6": "SL(2,9)", "PSp(4,3)": "Sp(4,3)"}


def is_simple(group: PermutationGroup) -> bool:
    """Whether the classes of the group each generate all of it; groups of prime order are not asked for."""
    return all(_generates(group, k) for k in range(1, len(group.conjugacy_classes())))


def _generates(group: PermutationGroup, k: int) -> bool:
    """Whether the k-th class generates the group."""
    return normal_closure(group, [group.conjugacy_classes()[k].representative]).order == group.order


def simple_name(group: PermutationGroup) -> str | None:
    """The name of a simple group that is not abelian; None for Sz(8), of order 29120, which has no name here."""
    if group.order == 20160:
        return "A8" if any(c.order == 15 for c in group.conjugacy_classes()) else "PSL(3,4)"
    return SIMPLE_ORDERS.get(group.order)


def near_simple_name(group: PermutationGroup) -> str | None:
    """The name of a simple group, of its double cover, or of a group in which it has index 2; None for others."""
    order, classes = group.order, group.conjugacy_classes()
    central = [k for k, c in enumerate(classes) if c.size == 1]
    if len(central) == 1 and order in SIMPLE_ORDERS and is_simple(group):
        return simple_name(group)
    if order % 2 or order // 2 not in SIMPLE_ORDERS:
        return None
    if len(central) == 1:
        return _of_index_two(group)
    if len(central) == 2 and all(_generates(group, k) for k in range(len(classes)) if k not in central):
        inner = SIMPLE_ORDERS[order // 2]  # the quotient by the centre is simple, and the group perfect
        if inner.startswith("PSL(2,") and order % 4 == 0 and not _even_field(inner):
            return f"SL(2,{inner[6:]}"
        return DOUBLE_COVERS.get(inner)
    return None


def _even_field(name: str) -> bool:
    return int(name[6:-1]) % 2 == 0


def _of_index_two(group: PermutationGroup) -> str | None:
    """A group without centre, whose subgroup of index 2 is simple, is made of automorphisms of it."""
    inner = derived_subgroup(group)
    if 2 * inner.order != group.order or not is_simple(inner):
        return None
    name = simple_name(inner)
    orders = {c.order for c in group.conjugacy_classes()}
    if name == "A6":  # the third one, M_10, has elements of neither order
        return "PGL(2,9)" if 10 in orders else "S6" if 6 in orders else None
    if name == "PSp(4,3)":
        return "W(E6)"
    if name is not None and name.startswith("A"):
        return f"S{name[1:]}" if inner.order == factorial(int(name[1:])) // 2 else None
    if name is not None and name.startswith("PSL(2,") and isprime(int(name[6:-1])):
        return f"PGL(2,{name[6:]}"
    return None
