"""The name of a group that is given by generators.

Cheap facts come first: the order, from the chain of stabilisers, whether the group is abelian, and whether it is all of
S_n or A_n. Then the order decides whether elements are listed at all. Then element orders and classes, normal
subgroups, and only at the end other groups are built, those whose order and classes fit.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache
from math import factorial, gcd

from sympy import isprime

from ..errors import TooLargeError
from ..families.metacyclic import metacyclic_units
from ..group import PermutationGroup
from ..permutations.permutation import Permutation
from .cheap_facts import derived_subgroup, invariant_factors, moved_points
from .isomorphisms import ORDER_LIMIT, class_counts, isomorphism
from .isomorphisms import _profile as profile
from .named import named_group
from .numbered import MAX_ORDER, SmallGroup, small_groups
from .other_candidates import candidates
from .simple_groups import near_simple_name

CELL_LIMIT = 3 * 10**7  # order × points of a group whose elements are listed
DRAWS = 50  # products of generators among which elements of an order are looked for before all are listed
CLASS_LIMIT = 150  # conjugacy classes of a group whose normal subgroups are looked at


def identify(group: PermutationGroup) -> str:
    """The name of a group up to isomorphism, as `named_group` understands it.

    Up to order 63 every group has a name. Above, these are known: abelian groups; S_n, A_n, D_n, Dic_n, SD_n and other
    split extensions of cyclic groups of coprime orders; the simple groups except Sz(8), PGL(2,p), SL(2,q), Sp(4,3)
    and W(E6); linear, affine and wreath products of small groups; direct products of all these. The rest is "a group of
    order N".

    The limit is order 10⁵, and 3 · 10⁷ for order × points; S_n and A_n on their own points and abelian groups are
    named at any order.

    Raises:
        TooLargeError: above that order, at once; or where two groups were compared and the search was given up.

    Example:
        >>> [identify(named_group(name)) for name in ("Z6", "V4", "C6xC2", "SmallGroup(8,4)", "D3", "2T", "Ih", "M11")]
        ['C6', 'C2xC2', 'C2xC6', 'Q8', 'S3', 'SL(2,3)', 'C2xA5', 'M11']
    """
    n = group.order
    if group.is_abelian:
        return "x".join(f"C{k}" for k in invariant_factors(group)) or "C1"
    moved = moved_points(group)
    if n == factorial(moved):
        return f"S{moved}"
    if 2 * n == factorial(moved):  # the alternating group is the only subgroup of index 2
        return f"A{moved}"
    if n > ORDER_LIMIT:
        raise TooLargeError(
            f"{group._short} has order {n}; groups are named up to order {ORDER_LIMIT}, larger ones only if they are "
            "abelian, or S_n or A_n on n points"
        )
    if n <= MAX_ORDER:
        return _small_name(group)
    name = _dihedral_name(group)
    if name is None and n * group.degree > CELL_LIMIT:
        raise TooLargeError(
            f"{group._short} has {n} elements on {group.degree} points; groups are named where order × points is at "
            f"most {CELL_LIMIT}"
        )
    for way in (near_simple_name, _product_name, _coprime_name, _candidate_name):
        name = name or way(group)
    if name is not None:
        return name
    return f"a group of order {n}"


def name_or_order(group: PermutationGroup) -> str:
    """The name of a group, and "a group of order N" also where `identify` refuses: for sentences about a group."""
    try:
        return identify(group)
    except TooLargeError:
        return f"a group of order {group.order}"


# --- up to order 63: the catalogue is complete ---


@cache
def _entries(order: int) -> tuple[tuple[SmallGroup, tuple[tuple[int, int], ...]], ...]:
    return tuple((entry, class_counts(entry.group)) for entry in small_groups(order, min_order=order))


def _small_name(group: PermutationGroup) -> str:
    mine = class_counts(group)
    alike = [entry for entry, theirs in _entries(group.order) if theirs == mine]
    if len(alike) > 1:
        own = profile(group)
        alike = [entry for entry in alike if profile(entry.group) == own]
    # a single one needs no search
    entry = next(e for e in alike if len(alike) == 1 or isomorphism(group, e.group) is not None)
    return entry.name if "," in entry.structure.partition("[")[2] else entry.structure


# --- groups with a large cyclic subgroup ---


def _element_of_order(group: PermutationGroup, order: int) -> Permutation | None:
    """An element of an order: among some products of generators, then, where elements may be listed, among all."""
    drawn = next((g for g in _some_elements(group) if g.order == order), None)
    if drawn is not None or group.order * group.degree > CELL_LIMIT:
        return drawn
    return next((c.representative for c in group.conjugacy_classes() if c.order == order), None)


def _some_elements(group: PermutationGroup) -> Iterator[Permutation]:
    draw, element = random.Random(0), group.identity
    yield from group.generators
    for _ in range(DRAWS):
        element = element * draw.choice(group.generators)
        yield element


def _unit(a: Permutation, x: Permutation, order: int) -> int | None:
    """The u with x a x⁻¹ = a^u."""
    image, power = x * a * x.inverse(), a
    for u in range(1, order):
        if power == image:
            return u
        power = power * a
    return None


def _dihedral_name(group: PermutationGroup) -> str | None:
    """D_n, Dic_n, Q_n or SD_n, where a cyclic subgroup ⟨a⟩ has index 2.

    With x outside of it and x a x⁻¹ = a^u, (x a^i)² = x² a^{(u+1)i}: for u = −1 all x a^i are involutions, or none.
    """
    half = group.order // 2
    a = _element_of_order(group, half) if group.order % 2 == 0 else None
    if a is None:
        return None
    cyclic = PermutationGroup([a])
    x = next(g for g in group.generators if g not in cyclic)
    unit, two_power = _unit(a, x, half), half & (half - 1) == 0
    if unit == half - 1:
        if x.order == 2:
            return f"D{half}"
        return f"Q{2 * half}" if two_power else f"Dic{half // 2}"
    # in the other group with this unit, M-like or not, the squares x² a^{(u+1)i} miss the identity
    if two_power and unit == half // 2 - 1 and any((x * a**i).order == 2 for i in range(2)):
        return f"SD{2 * half}"
    return None


def _coprime_name(group: PermutationGroup) -> str | None:
    """C_m : C_k for a cyclic derived subgroup of order m and an element of order k prime to m, m k the order.

    An element of order prime to m meets the derived subgroup trivially, so that it generates a complement. The part of
    C_k that acts trivially and is prime to the rest is a direct factor.
    """
    inner = derived_subgroup(group)
    m, k = inner.order, group.order // inner.order
    if gcd(m, k) > 1 or not inner.is_abelian or len(invariant_factors(inner)) != 1:
        return None
    x = _element_of_order(group, k)
    a = next((g for g in inner.elements if g.order == m), None)
    unit = _unit(a, x, m) if a is not None and x is not None else None
    if unit is None:
        return None
    acting = next(e for e in range(1, k + 1) if pow(unit, e, m) == 1)
    idle = k
    while (common := gcd(idle, acting)) > 1:
        idle //= common
    return "x".join([*([f"C{idle}"] if idle > 1 else []), _split_name(m, k // idle, unit, idle > 1)])


def _split_name(m: int, k: int, unit: int, in_product: bool) -> str:
    powers = {pow(unit, e, m) for e in range(k)}
    units = metacyclic_units(m, k)
    if k == 2 and unit == m - 1:
        return f"D{m}" if m > 3 else "S3"
    if isprime(m) and k == m - 1 and len(powers) == k:
        return f"AGL(1,{m})"
    least = next(u for u in units if {pow(u, e, m) for e in range(k)} == powers)
    name = f"C{m}:C{k}" if len(units) == 1 else f"C{m}:C{k}[{least}]"
    return f"({name})" if in_product else name


# --- direct products ---


def _product_name(group: PermutationGroup) -> str | None:
    """The factors by their names, when two normal subgroups meet trivially and have the right orders.

    A factor of least order does not fall apart itself, and by the theorem of Krull, Remak and Schmidt factors that do
    not fall apart are the same, up to isomorphism, however they are found.
    """
    if len(group.conjugacy_classes()) > CLASS_LIMIT:
        return None
    normal = group.character_table().normal_subgroups()
    for one in normal:
        if one.order == 1 or one.order**2 > group.order:
            continue
        for other in normal:
            if one.order * other.order == group.order and len(one.classes & other.classes) == 1:
                return _joined([one.subgroup, other.subgroup])
    return None


def _joined(factors: list[PermutationGroup]) -> str | None:
    """Names of factors in one product: the abelian part first, as invariant factors."""
    names: list[str] = []
    orders: list[int] = []
    for factor in factors:
        name = identify(factor)
        if name.startswith("a group"):
            return None
        if factor.is_abelian:
            orders += invariant_factors(factor)
            continue
        parts = _factors(name)
        orders += [int(part[1:]) for part in parts if part[:1] == "C" and part[1:].isdigit()]
        names += [part for part in parts if not (part[:1] == "C" and part[1:].isdigit())]
    first = identify(named_group("x".join(f"C{k}" for k in orders))) if orders else ""
    names.sort(key=lambda name: (named_group(name).order, name))
    bracketed = [f"({name})" if ":" in _outside(name) else name for name in names]
    return "x".join([*([first] if first else []), *bracketed])


def _outside(name: str) -> str:
    """What stands outside of brackets."""
    while (shorter := re.sub(r"\([^()]*\)", "", name)) != name:
        name = shorter
    return name


def _factors(name: str) -> list[str]:
    """The factors of a product, split at the x outside of brackets."""
    parts, depth = [""], 0
    for character in name:
        depth += (character in "([") - (character in ")]")
        if character == "x" and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


# --- the rest: groups of this order that are built and compared ---


def _candidate_name(group: PermutationGroup) -> str | None:
    mine = class_counts(group)
    for name in candidates(group.order):
        other = named_group(name)
        if class_counts(other) == mine and isomorphism(group, other) is not None:
            return name
    return None
