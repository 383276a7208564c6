"""Which presentation and which words a group uses: decided by what the group is, not by its name."""

from __future__ import annotations

from math import factorial

from .abelian_structure import AbelianStructure, abelian_presentation, abelian_structure
from .coset_relators import cayley_presentation, cayley_word
from .generated_group import GeneratedGroup
from .permutation import Permutation
from .presentation import Presentation, Word


def is_natural_symmetric(group: GeneratedGroup) -> bool:
    """Whether the group consists of all permutations of its points, three or more (S_1 and S_2 are cyclic)."""
    return group.degree >= 3 and group.order == factorial(group.degree)


def coxeter_presentation(degree: int) -> Presentation:
    """S_n on the adjacent transpositions s_i = (i i+1): s_i² = (s_i s_{i+1})³ = (s_i s_j)² = 1, |i − j| ≥ 2."""
    identity = list(range(degree))
    generators = []
    for i in range(degree - 1):
        images = identity.copy()
        images[i], images[i + 1] = i + 1, i
        generators.append(Permutation(images))
    relators: list[Word] = [((i, 2),) for i in range(degree - 1)]
    for j in range(degree - 1):
        for i in range(j):
            relators.append(((i, 1), (j, 1)) * (3 if j == i + 1 else 2))
    return Presentation(tuple(generators), tuple(relators))


def coxeter_word(element: Permutation) -> Word:
    """A reduced word in the adjacent transpositions, by bubble sort: p s_i swaps the images at i and i+1."""
    images, swaps = list(element), []
    for end in range(len(images) - 1, 0, -1):
        for i in range(end):
            if images[i] > images[i + 1]:
                images[i], images[i + 1] = images[i + 1], images[i]
                swaps.append((i, 1))
    return tuple(reversed(swaps))


def presentation_of(group: GeneratedGroup) -> Presentation:
    """Generators and defining relators for any group that can be listed."""
    if is_natural_symmetric(group):
        return coxeter_presentation(group.degree)
    if group.is_abelian:
        return abelian_presentation(structure_of(group))
    return cayley_presentation(group)


def word_of(group: GeneratedGroup, element: Permutation) -> Word:
    """The element as a word in the generators of `presentation_of(group)`."""
    if is_natural_symmetric(group):
        return coxeter_word(element)
    if group.is_abelian:
        return tuple((i, a) for i, a in enumerate(structure_of(group).exponents[element]) if a)
    return cayley_word(group, element)


def structure_of(group: GeneratedGroup) -> AbelianStructure:
    """The chain of an abelian group, computed once per group object."""
    if "_abelian_structure" not in group.__dict__:
        group.__dict__["_abelian_structure"] = abelian_structure(group)
    structure: AbelianStructure = group.__dict__["_abelian_structure"]
    return structure
