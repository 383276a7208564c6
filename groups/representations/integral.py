"""All matrices of an integral representation at once, as one array of integers.

Every element is u_1 u_2 ⋯ with u_k in the k-th transversal of a chain of stabilisers, so the matrices of the k-th group
of the chain are those of the transversal times those of the next group: one product of an (m d × d) by a (d × d)
matrix for each element of the transversal, instead of one small product for each element of the group.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RepresentationError
from ..permutations.permutation import Permutation
from ..permutations.stabiliser_chain import inverted
from .homomorphism import Homomorphism

IntArray = NDArray[np.int64]
Numbers = NDArray[np.int64] | NDArray[np.float64]  # integers, in either type
EXACT = 2**53  # float64 holds all integers up to here


def integer_matrices(rho: Homomorphism) -> IntArray:
    """ρ(g) for every g of `group.elements`, in that order: (order, d, d), exact.

    Products are taken in float64, with a bound that keeps every intermediate sum an exact integer, or else in int64.

    Raises:
        RepresentationError: if the matrices of the generators are not integral (for symmetric groups see `specht`), or
            numbers grow beyond 64 bits.
        TooLargeError: if the elements cannot be listed.

    Example:
        >>> from bistate.groups import SymmetricGroup, specht
        >>> integer_matrices(specht(SymmetricGroup(4), (3, 1))).shape
        (24, 3, 3)
    """
    group, degree = rho.group, rho.degree
    _ = group.images  # a group too large to list is refused before any work
    generators = [_integral(rho, k) for k in range(len(rho.images))]
    inverses = [_integral(rho, k, inverse=True) for k in range(len(rho.images))]
    rows = np.arange(group.degree, dtype=np.uint32)[None, :]  # (1, degree of the group)
    stack: Numbers = np.eye(degree)  # (m · d, d): the matrices of the inverses of the m elements in `rows`
    for coset in reversed(group.transversals):
        # (u g)⁻¹ = g⁻¹ u⁻¹: multiplying the whole stack on the right leaves it in one piece
        matrices = [_on_word(rho, np.argsort(row), generators, inverses) for row in coset]
        stack = np.concatenate([_product(stack, matrix) for matrix in matrices])
        rows = coset[:, rows].reshape(-1, group.degree)
    result = np.empty((group.order, degree, degree), dtype=np.int64)
    result[group.index_rows(inverted(rows))] = stack.reshape(-1, degree, degree)
    return result


def _integral(rho: Homomorphism, k: int, inverse: bool = False) -> IntArray:
    matrix = rho.images[k].inverse() if inverse else rho.images[k]
    if not matrix.is_rational or matrix._parts[0].numer_denom()[1] != 1:
        raise RepresentationError(
            f"{rho!r} is not integral: generator {rho.group.presentation.generators[k]!r} has other entries"
        )
    entries = [int(x) for x in matrix._parts[0].numer_denom()[0].entries()]
    if max(map(abs, entries)) >= EXACT:
        raise RepresentationError(f"{rho!r} has entries of more than 53 bits")
    return np.array(entries, dtype=np.int64).reshape(matrix.shape)


def _on_word(rho: Homomorphism, row: NDArray[Any], generators: list[IntArray], inverses: list[IntArray]) -> Numbers:
    """ρ of an element, as a product along its word: (d, d)."""
    product: Numbers = np.eye(rho.degree)
    for k, exponent in rho.group.word(Permutation._trusted(row.tolist())):
        for _ in range(abs(exponent)):
            product = _product(product, generators[k] if exponent > 0 else inverses[k])
    return product


def _product(left: Numbers, right: Numbers) -> Numbers:
    """The exact product: every partial sum is at most (largest |left|) · (largest column sum of |right|).

    Floats hold integers here, and stay floats while the bound allows it.
    """
    bound = int(max(left.max(), -left.min())) * int(np.abs(right).sum(axis=0).max())
    if bound <= EXACT:
        return left.astype(np.float64, copy=False) @ right.astype(np.float64, copy=False)
    if bound >= 2**63:
        raise RepresentationError(f"entries of {bound.bit_length()} bits do not fit 64-bit integers")
    return left.astype(np.int64) @ right.astype(np.int64)
