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
    powers: dict[tuple[int, int], IntArray] = {}
    traces = []
    for element in short_representatives(rho.group):
        product: IntArray | None = None
        for k, exponent in rho.group.word(element):
            if (k, exponent) not in powers:
                order = rho.group.presentation.generators[k].order
                powers[k, exponent] = modular_power(images[k], exponent % order, prime)
            factor = powers[k, exponent]
            product = factor if product is None else modular_product(product, factor, prime)
        traces.append(rho.degree if product is None else int(np.trace(product)) % prime)
    return np.array(traces, dtype=np.int64)


def short_representatives(group: ListedGroup) -> list[Permutation]:
    """One element per class, nearest to the identity in the Cayley tree: their words are short."""
    if group.presentation.generators != group.generators:
        return [cls.representative for cls in group.conjugacy_classes()]
    found: dict[int, int] = {}
    owner = group.class_indices
    for position in group.tree_order:
        found.setdefault(int(owner[position]), position)
        if len(found) == len(group.conjugacy_classes()):
            break
    return [group.elements[found[c]] for c in range(len(found))]
