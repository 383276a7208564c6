"""Which irreducible characters a representation contains, from its matrices modulo a prime.

For a homomorphism ρ with entries in Z_(p)[ζ_n], p ≡ 1 modulo n, the traces modulo p determine the multiplicities

    m_i = (1/|G|) Σ_C |C| χ_ρ(C) χ_i(C⁻¹),

because they are integers between 0 and deg ρ < p. So this is a proof once ρ is known to be a homomorphism.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import lcm

import numpy as np
from flint import fmpq_mat, fmpz
from numpy.typing import NDArray

from .class_function import power_map
from .dixon import ModularTable
from .dixon import _root_of_unity as root_of_unity
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
    images = [reduce_matrix(matrix, prime, modular.root, rho.group.exponent) for matrix in rho.images]
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


def splitting_prime(matrices: Sequence[ExactMatrix]) -> tuple[int, int, int]:
    """(p, root, n) with p ≡ 1 modulo n, root of order n modulo p, and all entries in Z_(p)[ζ_n]; p below 2^30."""
    order = lcm(*(matrix.conductor for matrix in matrices))
    denominators = {int(part.numer_denom()[1]) for matrix in matrices for part in matrix._parts}
    k = 2**30 // order
    while not fmpz(k * order + 1).is_prime() or any(d % (k * order + 1) == 0 for d in denominators):
        k -= 1
    prime = k * order + 1
    return prime, root_of_unity(prime, order), order


def reduce_matrix(matrix: ExactMatrix, prime: int, root: int, order: int) -> IntArray:
    """The matrix modulo p with ζ_n ↦ root, n the order of the root: (rows, columns).

    Raises:
        RepresentationError: if its conductor does not divide n or 2n (for odd n), or p divides a denominator.
    """
    conductor = matrix.conductor
    if order % conductor and (order * 2) % conductor == 0 and order % 2:
        root, order = -pow(root, (order + 1) // 2, prime) % prime, 2 * order  # ζ_2n = −ζ_n^((n+1)/2)
    if order % conductor:
        matrix = matrix.reduced()
        conductor = matrix.conductor
    if order % conductor:
        raise RepresentationError(
            f"a matrix over Q(ζ_{conductor}) cannot be reduced by a root of unity of order {order}"
        )
    step = pow(root, order // conductor, prime)
    total = np.zeros(matrix.shape, dtype=np.int64)
    for k, part in enumerate(matrix._parts):
        total = (total + _reduce_rational(part, prime) * pow(step, k, prime)) % prime
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
