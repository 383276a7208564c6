"""Abelian permutation groups: a polycyclic presentation, exponents of elements, and all characters.

The generators g_1, g_2, … give a chain 1 = H_0 ≤ H_1 ≤ …, H_i = ⟨g_1, …, g_i⟩. With m_i the least m ≥ 1 such that
g_i^m ∈ H_{i−1}, every element is g_1^{a_1} g_2^{a_2} … with 0 ≤ a_i < m_i in exactly one way.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from .abelian_chain import AbelianChain, abelian_chain
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
    """The chain of `abelian_chain`, with all elements listed in the order of its numbers."""
    group.images  # noqa: B018  # refuses a group too large to list before any work is done
    chain = abelian_chain(group)
    known: dict[Permutation, tuple[int, ...]] = {group.identity: ()}
    for generator, m in zip(chain.generators, chain.relative_orders, strict=True):
        powers = [group.identity]
        while len(powers) < m:
            powers.append(powers[-1] * generator)
        known = {h * p: (*a, k) for k, p in enumerate(powers) for h, a in known.items()}
    return AbelianStructure(chain.generators, chain.relative_orders, chain.tails, known)


def abelian_presentation(structure: AbelianStructure) -> Presentation:
    """Relators g_i^{m_i} · tail⁻¹ and [g_i, g_j]."""
    powers: list[Word] = [
        ((i, m), *((j, -a) for j, a in enumerate(tail) if a))
        for i, (m, tail) in enumerate(zip(structure.relative_orders, structure.tails, strict=True))
    ]
    count = len(structure.generators)
    commutators: list[Word] = [((i, 1), (j, 1), (i, -1), (j, -1)) for j in range(count) for i in range(j)]
    return Presentation(structure.generators, tuple(powers + commutators))


def character_exponents(structure: AbelianStructure | AbelianChain) -> tuple[int, list[tuple[int, ...]]]:
    """A multiple e of the exponent and all characters χ(g_i) = exp(2πi·x_i/e) as tuples (x_1, x_2, …), sorted.

    g_i^{m_i} = tail forces m_i x_i ≡ Σ_j tail_j x_j (mod e), which has m_i solutions, as m_i divides e.
    """
    orders: list[int] = []  # multiples of those of the generators
    for m, tail in zip(structure.relative_orders, structure.tails, strict=True):
        orders.append(m * lcm(*(n // gcd(n, a) for n, a in zip(orders, tail, strict=True))))
    e = lcm(*orders)
    found: list[tuple[int, ...]] = [()]
    for m, tail in zip(structure.relative_orders, structure.tails, strict=True):
        terms = [(j, a) for j, a in enumerate(tail) if a]
        found = [
            (*x, (sum(a * x[j] for j, a in terms) % e + k * e) // m) for x in found for k in range(m)
        ]  # the sum is a multiple of m: some x has these values
    return e, sorted(found)


def characters(structure: AbelianStructure) -> list[tuple[Fraction, ...]]:
    """All characters χ(g_i) = exp(2πi·x_i) as tuples (x_1, x_2, …) in [0, 1), in lexicographic order."""
    e, found = character_exponents(structure)
    return [tuple(Fraction(x, e) for x in row) for row in found]
