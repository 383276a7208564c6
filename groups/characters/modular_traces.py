"""Which irreducible characters a representation contains, from its matrices modulo a prime.

For a homomorphism ρ with entries in Z_(p)[ζ_n], p ≡ 1 modulo n, the traces modulo p determine the multiplicities

    m_i = (1/|G|) Σ_C |C| χ_ρ(C) χ_i(C⁻¹),

because they are integers between 0 and deg ρ < p. So this is a proof once ρ is known to be a homomorphism.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from ..arithmetic.exact_matrix import ExactMatrix
from ..arithmetic.prime_field import IntArray, modular_power, modular_product
from ..arithmetic.reduction import reduce_matrix
from ..permutations.listed_group import ListedGroup
from ..permutations.permutation import Permutation
from ..permutations.presentation import Word
from .dixon import ModularTable


class GroupMatrices(Protocol):
    """The matrices of the generators of `group.presentation`: a representation is known by them."""

    @property
    def group(self) -> ListedGroup:
        """The group."""
        ...

    @property
    def images(self) -> tuple[ExactMatrix, ...]:
        """One matrix for each generator."""
        ...

    @property
    def degree(self) -> int:
        """Their size."""
        ...

    @property
    def label(self) -> str:
        """The name of the representation."""
        ...


def multiplicities(rho: GroupMatrices, modular: ModularTable) -> dict[int, int]:
    """The rows of the table that occur in ρ, with how often.

    Raises:
        RepresentationError: if ρ cannot be reduced modulo the table's prime.
    """
    group, prime = rho.group, modular.prime
    traces = modular_traces(rho, modular)  # (r,)
    sizes = np.array([cls.size for cls in group.conjugacy_classes()], dtype=np.int64)
    inverse = list(group.power_map(-1))
    weighted = traces * (sizes % prime) % prime
    products = modular.values[:, inverse] * weighted % prime  # (r, r)
    scale = pow(group.order, -1, prime)
    counts = products.sum(axis=1) % prime * scale % prime
    return {i: int(m) for i, m in enumerate(counts.tolist()) if m}


def modular_traces(rho: GroupMatrices, modular: ModularTable) -> IntArray:
    """χ_ρ modulo the prime on every class, with ζ_e ↦ the table's root: (r,)."""
    prime = modular.prime
    images = [reduce_matrix(matrix, prime, modular.root, rho.group.exponent) for matrix in rho.images]
    steps, ends = _shared_words(rho.group)
    powers: dict[tuple[int, int], IntArray] = {}
    for k, exponent in sorted({syllable for syllable, _ in steps}):  # dihedral groups have all powers of one generator
        before = powers.get((k, exponent - 1))
        powers[k, exponent] = (
            modular_power(images[k], exponent, prime) if before is None else modular_product(before, images[k], prime)
        )
    products = [np.eye(rho.degree, dtype=np.int64)]
    for syllable, rest in steps:
        factor = powers[syllable]
        products.append(modular_product(factor, products[rest], prime) if rest else factor)
    return np.array([int(np.trace(products[end])) % prime for end in ends], dtype=np.int64)


def _shared_words(group: ListedGroup) -> tuple[list[tuple[tuple[int, int], int]], list[int]]:
    """Words for `short_representatives` that share their ends, found once per group.

    Returns:
        Products as pairs: a syllable, and the number of the product that it is multiplied by from the left, where 0 is
        the identity and the k-th pair makes number k + 1; and for each class the number of its representative.
    """
    if "_shared_words" not in group.__dict__:
        numbers: dict[Word, int] = {(): 0}
        steps: list[tuple[tuple[int, int], int]] = []
        orders = [g.order for g in group.presentation.generators]
        words = [
            tuple((k, exponent % orders[k]) for k, exponent in group.word(element))
            for element in short_representatives(group)
        ]
        for word in words:
            for start in range(len(word) - 1, -1, -1):
                if word[start:] not in numbers:
                    steps.append((word[start], numbers[word[start + 1 :]]))
                    numbers[word[start:]] = len(steps)
        group.__dict__["_shared_words"] = steps, [numbers[word] for word in words]
    found: tuple[list[tuple[tuple[int, int], int]], list[int]] = group.__dict__["_shared_words"]
    return found


def short_representatives(group: ListedGroup) -> list[Permutation]:
    """One element per class, nearest to the identity in the Cayley tree: their words are short. Found only once."""
    if "_short_representatives" not in group.__dict__:
        group.__dict__["_short_representatives"] = _short_representatives(group)
    found: list[Permutation] = group.__dict__["_short_representatives"]
    return found


def _short_representatives(group: ListedGroup) -> list[Permutation]:
    classes = group.conjugacy_classes()
    if group.presentation.generators != group.generators:
        return [cls.representative for cls in classes]
    order = np.array(group.tree_order)
    _, first = np.unique(group.class_indices[order], return_index=True)  # the first of each class in the tree's order
    return [group.elements[position] for position in order[first].tolist()]
