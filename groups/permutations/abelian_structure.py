"""Abelian permutation groups: a polycyclic presentation, exponents of elements, and all characters.

The generators g_1, g_2, … give a chain 1 = H_0 ≤ H_1 ≤ …, H_i = ⟨g_1, …, g_i⟩. With m_i the least m ≥ 1 such that
g_i^m ∈ H_{i−1}, every element is g_1^{a_1} g_2^{a_2} … with 0 ≤ a_i < m_i in exactly one way.

`AbelianChain` needs no list of permutations. An abelian group acts on each orbit as a regular group, so that an element
is known by the images of one point of each orbit; with the least points, in increasing order, the lexicographic order
of these images is that of the whole permutations. Elements are numbered by their exponents in mixed radix, the first
generator's running fastest.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

import numpy as np
from numpy.typing import NDArray

from .generated_group import GeneratedGroup
from .permutation import Permutation
from .presentation import Presentation, Word

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class AbelianChain:
    """Generators g_1, g_2, … with every element g_1^{a_1} g_2^{a_2} …, 0 ≤ a_i < m_i, in exactly one way.

    Attributes:
        generators: those of the group's generators that enlarge the chain.
        relative_orders: m_i for each of them.
        tails: the exponents of g_i^{m_i} in g_1, …, g_{i−1}.
        told: the images of the least point of each orbit under every element, (order, orbits).
    """

    generators: tuple[Permutation, ...]
    relative_orders: tuple[int, ...]
    tails: tuple[tuple[int, ...], ...]
    told: IntArray

    def lexicographic(self) -> IntArray:
        """The numbers of all elements in the order of `group.elements`: (order,)."""
        return np.lexsort(self.told.T[::-1]) if self.told.shape[1] else np.arange(len(self.told))

    def exponents(self) -> IntArray:
        """The exponents of every element: (order, generators)."""
        return _digits(np.arange(len(self.told)), self.relative_orders)

    def reduced(self, exponents: IntArray) -> IntArray:
        """Exponents within their ranges of the same elements: (k, generators)."""
        left = exponents.copy()
        for i in range(len(self.relative_orders) - 1, -1, -1):
            rounds, left[:, i] = np.divmod(left[:, i], self.relative_orders[i])
            left[:, :i] += rounds[:, None] * np.array(self.tails[i], dtype=np.int64)
        return left

    def numbers(self, exponents: IntArray) -> IntArray:
        """The number of each element with exponents within their ranges: (k, generators) → (k,)."""
        places = np.cumprod([1, *self.relative_orders[:-1]])[: exponents.shape[1]]
        return np.asarray(exponents @ places, dtype=np.int64)

    def elements(self, exponents: IntArray, degree: int) -> list[Permutation]:
        """The permutations with these exponents."""
        rows = np.broadcast_to(np.arange(degree), (len(exponents), degree))
        for i, generator in enumerate(self.generators):
            used, which = np.unique(exponents[:, i], return_inverse=True)
            powers = np.array([generator ** int(a) for a in used], dtype=np.int64).reshape(-1, degree)
            rows = np.take_along_axis(powers[which], rows, axis=1)
        return [Permutation(row) for row in rows.tolist()]


def abelian_chain(group: GeneratedGroup) -> AbelianChain:
    """Climb the chain one generator at a time, with the images of one point of each orbit."""
    base: list[int] = []
    covered: set[int] = set()
    for point in range(group.degree):
        if point not in covered:
            orbit = group.orbit(point)
            covered.update(orbit)
            if len(orbit) > 1:
                base.append(point)
    told = np.array([base], dtype=np.int64).reshape(1, -1)
    kept: list[Permutation] = []
    orders: list[int] = []
    tails: list[tuple[int, ...]] = []
    for generator in group.generators:
        step = np.array(generator, dtype=np.int64)
        known = {row.tobytes(): i for i, row in enumerate(told)}
        power, count = step[told[0]], 1
        if power.tobytes() in known:
            continue
        blocks = [told]
        while power.tobytes() not in known:
            blocks.append(step[blocks[-1]])
            power, count = step[power], count + 1
        at = np.array([known[power.tobytes()]])
        tails.append(tuple(_digits(at, orders)[0].tolist()))
        kept.append(generator)
        orders.append(count)
        told = np.concatenate(blocks)
    return AbelianChain(tuple(kept), tuple(orders), tuple(tails), told)


def _digits(numbers: IntArray, orders: list[int] | tuple[int, ...]) -> IntArray:
    """Mixed radix, the first digit running fastest: (k,) → (k, digits)."""
    found = np.zeros((len(numbers), len(orders)), dtype=np.int64)
    left = numbers
    for i, m in enumerate(orders):
        left, found[:, i] = np.divmod(left, m)
    return found


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
