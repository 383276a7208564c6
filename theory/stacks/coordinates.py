"""Elements of a group in coordinates along a series G = G_0 > G_1 > … > G_k = 1, each term normal in the one before.

Let s_i(c) be a representative of the coset c of G_i in G_{i−1}. Every g is s_1(c_1) s_2(c_2) ⋯ s_k(c_k) in exactly one
way. Multiplication by x from the left moves c_1 to x c_1, and hands x_2 = s_1(x c_1)⁻¹ x s_1(c_1) ∈ G_1 on to the other
coordinates: with x_1 = x,

    c_i ↦ x_i c_i,    x_{i+1} = s_i(x_i c_i)⁻¹ x_i s_i(c_i),

so that c_i moves by the coset of x_i in G_{i−1}/G_i, and x_i depends on x, c_1, …, c_{i−1} alone. This embeds G into
the iterated wreath product of the factor groups (Krasner and Kaloujnine, 1951).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from ...groups.permutations.generated_group import GeneratedGroup
from ...groups.permutations.permutation import Permutation


@dataclass(frozen=True, eq=False)
class Section:
    """The cosets of a normal subgroup N in a group H.

    Attributes:
        representatives: s(0) = 1, s(1), …, one of each coset.
        coset: the number of the coset of every element of H.
    """

    representatives: tuple[Permutation, ...]
    coset: dict[Permutation, int]

    def moved(self, g: Permutation, c: int) -> int:
        """The coset g c."""
        return self.coset[g * self.representatives[c]]


def sections_of(series: Sequence[GeneratedGroup]) -> tuple[Section, ...]:
    """The cosets of each term of a series in the one before; for a series of one term, that of the whole group."""
    return tuple(_section(*pair) for pair in pairwise(series)) or (_section(series[0], series[0]),)


def _section(group: GeneratedGroup, normal: GeneratedGroup) -> Section:
    inside = normal.elements
    found, coset = [group.identity], dict.fromkeys(inside, 0)
    for s in found:
        for generator in group.generators:
            t = generator * s
            if t not in coset:
                coset |= dict.fromkeys((t * n for n in inside), len(found))
                found.append(t)
    return Section(tuple(found), coset)


def letter_cosets(sections: Sequence[Section], x: Permutation) -> list[list[int]]:
    """For each coordinate i the coset of x_i, for all (c_1, …, c_{i−1}) in the order of `itertools.product`."""
    handed, found = [x], []
    for section in sections:
        found.append([section.coset[g] for g in handed])
        handed = [
            section.representatives[section.moved(g, c)].inverse() * g * s
            for g in handed
            for c, s in enumerate(section.representatives)
        ]
    return found


def elements_in_order(sections: Sequence[Section]) -> list[Permutation]:
    """s_1(c_1) s_2(c_2) ⋯ for all coordinates, in the order of `itertools.product`."""
    found = []
    for factors in product(*(section.representatives for section in sections)):
        g = factors[0]
        for s in factors[1:]:
            g = g * s
        found.append(g)
    return found
