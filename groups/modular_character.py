"""Which irreducible characters a representation contains, from its matrices modulo a prime.

For a homomorphism ρ with entries in Z_(p)[ζ_n], p ≡ 1 modulo n, the traces modulo p determine the multiplicities

    m_i = (1/|G|) Σ_C |C| χ_ρ(C) χ_i(C⁻¹),

because they are integers between 0 and deg ρ < p. So this is a proof once ρ is known to be a homomorphism.
"""

from __future__ import annotations

import numpy as np
from flint import fmpq_mat
from numpy.typing import NDArray

from .class_function import power_map
from .dixon import ModularTable
from .errors import RepresentationError
from .exact_matrix import ExactMatrix
from .permutation import Permutation
from .permutation_group import PermutationGroup
from .representation import Representation

IntArray = NDArray[np.int64]


def multiplicities(rho: Representation, modular: ModularTable) -> dict[int, int]:
    """The rows of the table that occur in ρ, with how often.

    Raises:
        RepresentationError: if ρ cannot be reduced modulo the table's prime.
    """
    group, prime = rho.group, modular.prime
    traces = modular_traces(rho, modular)  # (r,)
    sizes = np.array([cls.size for cls in group.conjugacy_classes()], dtype=np.int64)
    inverse = list(power_map(group, -1))
    weighted = traces * (sizes % prime) % prime
    products = modular.values[:, inverse] * weighted % prime  # (r, r)
    scale = pow(group.order, -1, prime)
    counts = products.sum(axis=1) % prime * scale % prime
    return {i: int(m) for i, m in enumerate(counts.tolist()) if m}


def modular_traces(rho: Representation, modular: ModularTable) -> IntArray:
    """χ_ρ modulo the prime on every class, with ζ_e ↦ the table's root: (r,)."""
    prime = modular.prime
    images = [reduce_matrix(matrix, modular, rho.group.exponent) for matrix in rho.images]
    powers: dict[tuple[int, int], IntArray] = {}
    traces = []
    for element in short_representatives(rho.group):
        product: IntArray | None = None
        for k, exponent in rho.group.word(element):
            if (k, exponent) not in powers:
                order = rho.group.presentation.generators[k].order
                powers[k, exponent] = _power(images[k], exponent % order, prime)
            factor = powers[k, exponent]
            product = factor if product is None else modular_product(product, factor, prime)
        traces.append(rho.degree if product is None else int(np.trace(product)) % prime)
    return np.array(traces, dtype=np.int64)


def short_representatives(group: PermutationGroup) -> list[Permutation]:
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


def reduce_matrix(matrix: ExactMatrix, modular: ModularTable, exponent: int) -> IntArray:
    """The matrix modulo p with ζ_e ↦ the table's root: (rows, columns).

    Raises:
        RepresentationError: if its conductor does not divide e, or p divides a denominator.
    """
    prime = modular.prime
    reduced = matrix.reduced()
    if exponent % reduced.conductor and (2 * exponent) % reduced.conductor:
        raise RepresentationError(f"a matrix over Q(ζ_{reduced.conductor}) has no reduction by ζ_{exponent}")
    if exponent % reduced.conductor:  # odd e: ζ_2e = −ζ_e^((e+1)/2)
        root = -pow(modular.root, (exponent + 1) // 2 * (2 * exponent // reduced.conductor), prime) % prime
    else:
        root = pow(modular.root, exponent // reduced.conductor, prime)
    total = np.zeros(matrix.shape, dtype=np.int64)
    for k, part in enumerate(reduced._parts):
        total = (total + _reduce_rational(part, prime) * pow(root, k, prime)) % prime
    return total


def _reduce_rational(part: fmpq_mat, prime: int) -> IntArray:
    numerators, denominator = part.numer_denom()
    if int(denominator) % prime == 0:
        raise RepresentationError(f"the denominator {denominator} is divisible by {prime}")
    entries = np.array([int(x) % prime for x in numerators.entries()], dtype=np.int64)
    return entries.reshape(part.nrows(), part.ncols()) * pow(int(denominator), -1, prime) % prime


def _power(matrix: IntArray, exponent: int, prime: int) -> IntArray:
    result = np.eye(len(matrix), dtype=np.int64)
    while exponent:
        if exponent & 1:
            result = modular_product(result, matrix, prime)
        matrix, exponent = modular_product(matrix, matrix, prime), exponent >> 1
    return result


def modular_product(left: IntArray, right: IntArray, prime: int) -> IntArray:
    """The product modulo a prime below 2^30 without overflow: the right factor in halves of 15 bits."""
    high, low = right >> 15, right & 0x7FFF
    return ((left @ high % prime << 15) + left @ low) % prime
