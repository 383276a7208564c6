"""Isomorphisms of permutation groups, and the name of a group.

A map of the generators of a presentation extends to a homomorphism if and only if the images satisfy the relators; it
is an isomorphism of groups of equal order if the images generate. Images are looked for among the elements that look
alike: of the same order, in classes of the same size. The image of the first generator matters up to conjugacy only.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable

import numpy as np
from sympy import primefactors

from ..errors import TooLargeError
from ..group import PermutationGroup
from ..permutations.permutation import Permutation
from ..permutations.presentation import evaluate
from .named import named_group
from .numbered import MAX_ORDER, small_groups

SIMPLE_NAMES = ("A5", "S5", "A6", "S6", "A7", "S7", "PSL(2,7)", "PGL(2,7)", "SL(2,5)", "PSL(2,8)", "PSL(2,11)", "M11")
TRIED = 200_000  # images of generators, from which a search is given up


def isomorphism(group: PermutationGroup, other: PermutationGroup) -> tuple[Permutation, ...] | None:
    """Images of `few_generators(group)` under an isomorphism onto `other`, None if there is none.

    Raises:
        TooLargeError: after 200 000 partial maps without an answer.

    Example:
        >>> from bistate.groups import CyclicGroup, SymmetricGroup, named_group
        >>> isomorphism(SymmetricGroup(3), named_group("D3")) is not None
        True
        >>> isomorphism(CyclicGroup(4), named_group("V4")) is None
        True
    """
    if group.order != other.order or _profile(group) != _profile(other):
        return None
    generators = few_generators(group)
    presentation = PermutationGroup(generators, degree=group.degree).presentation
    if presentation.generators != generators:  # families have their own
        generators = presentation.generators
    looks = dict(zip(other.elements, _looks(other), strict=True))
    wanted = [_look(group, g) for g in generators]
    candidates = [[h for h, look in looks.items() if look == mine] for mine in wanted]
    if candidates:  # one element of each class is enough for the first generator
        chosen: dict[int, Permutation] = {}
        for h in candidates[0]:
            chosen.setdefault(other.class_of(h), h)
        candidates[0] = list(chosen.values())
    # a relator is checked as soon as all its generators have images
    due = [[r for r in presentation.relators if max(i for i, _ in r) == k] for k in range(len(generators))]
    tried = 0

    def extended(images: list[Permutation]) -> tuple[Permutation, ...] | None:
        nonlocal tried
        k = len(images)
        if k == len(generators):
            return tuple(images) if PermutationGroup(images, degree=other.degree).order == other.order else None
        for h in candidates[k]:
            tried += 1
            if tried > TRIED:
                raise TooLargeError(f"no isomorphism from {group} to {other} among {TRIED} maps; undecided")
            now = [*images, h]
            if all(evaluate(r, now, other.identity).is_identity for r in due[k]):
                found = extended(now)
                if found is not None:
                    return found
        return None

    return extended([])


def few_generators(group: PermutationGroup) -> tuple[Permutation, ...]:
    """Some of the generators, each outside of the group of those before it, that generate the group."""
    chosen: list[Permutation] = []
    for g in group.generators:
        if g not in PermutationGroup(chosen, degree=group.degree):
            chosen.append(g)
    return tuple(chosen)


def invariant_factors(group: PermutationGroup) -> tuple[int, ...]:
    """d_1 | d_2 | … with an abelian group isomorphic to C_{d_1} × C_{d_2} × ⋯, none of them 1.

    p^(Σ_i min(e_i, k)) elements satisfy x^(p^k) = 1 when C_{p^(e_i)} are the factors for the prime p, so that the
    growth of the exponent with k counts the factors with e_i ≥ k.
    """
    orders = Counter(g.order for g in group.elements)
    powers: list[list[int]] = []  # of each prime, largest first
    for p in primefactors(group.order):
        mine, before, k = [], 0, 1
        while True:
            exponent = round(math.log(sum(times for n, times in orders.items() if p**k % n == 0), p))
            if exponent == before:
                break
            mine += [p] * (exponent - before) if k == 1 else []
            for i in range(exponent - before if k > 1 else 0):
                mine[i] *= p
            before, k = exponent, k + 1
        powers.append(mine)
    longest = max(map(len, powers), default=0)
    return tuple(math.prod(mine[i] for mine in powers if i < len(mine)) for i in reversed(range(longest)))


def identify(group: PermutationGroup) -> str:
    """The name of a group up to isomorphism, as `named_group` understands it.

    Cyclic and abelian groups get C_n and products of these; S_n, A_n, D_n, Dic_n, Q_8 and some others their own names;
    other groups of order up to 63 GAP's number; the rest "a group of order N".

    Example:
        >>> from bistate.groups import named_group
        >>> [identify(named_group(name)) for name in ("Z6", "V4", "C6xC2", "SmallGroup(8,4)", "D3", "SL(2,3)")]
        ['C6', 'C2xC2', 'C2xC6', 'Q8', 'S3', 'SmallGroup(24,3)']
    """
    n = group.order
    if group.is_abelian:
        return "x".join(f"C{k}" for k in invariant_factors(group)) or "C1"
    moved = sum(any(g[p] != p for g in group.generators) for p in range(group.degree))
    if n == math.factorial(moved):
        return f"S{moved}"
    if 2 * n == math.factorial(moved):  # the alternating group is the only subgroup of index 2
        return f"A{moved}"
    for name in _candidates(n):
        if isomorphism(group, named_group(name)) is not None:
            return name
    if n <= MAX_ORDER:
        profile = _profile(group)
        alike = [entry for entry in small_groups(n, min_order=n) if _profile(entry.group) == profile]
        for entry in alike:  # the catalogue is complete, so that a single one needs no search
            if len(alike) == 1 or isomorphism(group, entry.group) is not None:
                return entry.name
    return f"a group of order {n}"


def _candidates(order: int) -> list[str]:
    """Names of non-abelian groups of an order, the best known first."""
    found = [name for name in ("S3", "S4", "A4") if named_group(name).order == order]
    if order % 2 == 0 and order >= 6:
        found.append(f"D{order // 2}")
    if order == 8:
        found.append("Q8")
    elif order % 4 == 0 and order >= 12:
        found.append(f"Dic{order // 4}")
    return found + [name for name in SIMPLE_NAMES if named_group(name).order == order]


def _look(group: PermutationGroup, element: Permutation) -> Hashable:
    return element.order, group.conjugacy_classes()[group.class_of(element)].size


def _looks(group: PermutationGroup) -> list[tuple[int, int]]:
    classes = group.conjugacy_classes()
    by_class = [(c.representative.order, c.size) for c in classes]
    return [by_class[k] for k in group.class_indices]


def _profile(group: PermutationGroup) -> Hashable:
    """An invariant: how often elements of which looks have products of which looks; larger groups: the looks alone."""
    looks = _looks(group)
    names = {look: k for k, look in enumerate(sorted(set(looks)))}
    kinds = np.array([names[look] for look in looks])
    counts = tuple(sorted(Counter(looks).items()))
    if group.order > 2 * MAX_ORDER:
        return counts
    table = group.multiplication_table()  # (order, order)
    triples = kinds[:, None] * len(names) ** 2 + kinds[None, :] * len(names) + kinds[table]
    values, times = np.unique(triples, return_counts=True)
    return counts, tuple(values.tolist()), tuple(times.tolist())
