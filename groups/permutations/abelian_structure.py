"""Abelian permutation groups: a polycyclic presentation, exponents of elements, and all characters.

The generators g_1, g_2, … give a chain 1 = H_0 ≤ H_1 ≤ …, H_i = ⟨g_1, …, g_i⟩. With m_i the least m ≥ 1 such that
g_i^m ∈ H_{i−1}, every element is g_1^{a_1} g_2^{a_2} … with 0 ≤ a_i < m_i in exactly one way.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from .generated_group import GeneratedGroup
from .permutation import Permutation
from .presentation import Presentation, Word


@dataclass(frozen=True)
class AbelianStructure:
    """The chain of an abelian group.

    Attributes:
        generators: those of the group's generators that enlarge the chain.
        relative_orders: m_i for each of them.
        tails: the exponents of g_i^{m_i} in g_1, …, g_{i−1}.
        exponents: the exponents (a_1, a_2, …) of every element.
    """

    generators: tuple[Permutation, ...]
    relative_orders: tuple[int, ...]
    tails: tuple[tuple[int, ...], ...]
    exponents: dict[Permutation, tuple[int, ...]]


def abelian_structure(group: GeneratedGroup) -> AbelianStructure:
    """Climb the chain one generator at a time, listing the elements of each H_i."""
    group.images  # noqa: B018  # refuses a group too large to list before any work is done
    known: dict[Permutation, tuple[int, ...]] = {group.identity: ()}
    kept, orders, tails = [], [], []
    for generator in group.generators:
        if generator in known:
            continue
        power, powers = generator, [group.identity]
        while power not in known:
            powers.append(power)
            power = power * generator
        kept.append(generator)
        orders.append(len(powers))
        tails.append(known[power])
        known = {h * p: (*a, k) for k, p in enumerate(powers) for h, a in known.items()}
    return AbelianStructure(tuple(kept), tuple(orders), tuple(tails), known)


def abelian_presentation(structure: AbelianStructure) -> Presentation:
    """Relators g_i^{m_i} · tail⁻¹ and [g_i, g_j]."""
    powers: list[Word] = [
        ((i, m), *((j, -a) for j, a in enumerate(tail) if a))
        for i, (m, tail) in enumerate(zip(structure.relative_orders, structure.tails, strict=True))
    ]
    count = len(structure.generators)
    commutators: list[Word] = [((i, 1), (j, 1), (i, -1), (j, -1)) for j in range(count) for i in range(j)]
    return Presentation(structure.generators, tuple(powers + commutators))


def characters(structure: AbelianStructure) -> list[tuple[Fraction, ...]]:
    """All characters χ(g_i) = exp(2πi·x_i) as tuples (x_1, x_2, …) in [0, 1), in lexicographic order.

    g_i^{m_i} = tail forces m_i x_i ≡ Σ_j tail_j x_j (mod 1), which has m_i solutions.
    """
    found: list[tuple[Fraction, ...]] = [()]
    for m, tail in zip(structure.relative_orders, structure.tails, strict=True):
        found = [
            (*x, (sum((a * b for a, b in zip(tail, x, strict=True)), start=Fraction(0)) % 1 + k) / m)
            for x, k in product(found, range(m))
        ]
    return sorted(found)
