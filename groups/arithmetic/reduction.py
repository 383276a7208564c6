"""Cyclotomic numbers and matrices modulo a prime p ≡ 1 (mod n): the ring homomorphism with ζ_n ↦ a root of order n."""

from __future__ import annotations

from collections.abc import Sequence
from math import lcm

import numpy as np
from flint import fmpq_mat, fmpz

from ..errors import RepresentationError
from .cyclotomic import Cyclotomic
from .exact_matrix import ExactMatrix
from .prime_field import IntArray, root_of_unity, to_flint


def splitting_prime(matrices: Sequence[ExactMatrix]) -> tuple[int, int, int]:
    """(p, root, n) with p ≡ 1 modulo n, root of order n modulo p, and all entries in Z_(p)[ζ_n]; p below 2^30."""
    order = lcm(*(matrix.conductor for matrix in matrices))
    denominators = {int(part.numer_denom()[1]) for matrix in matrices for part in matrix._parts}
    k = 2**30 // order
    while not fmpz(k * order + 1).is_prime() or any(d % (k * order + 1) == 0 for d in denominators):
        k -= 1
    prime = k * order + 1
    return prime, root_of_unity(prime, order), order


def reduced(value: Cyclotomic, prime: int, root: int, exponent: int) -> int:
    """A cyclotomic number modulo p, by ζ_e ↦ root, for a value in Q(ζ_e) with denominators prime to p."""
    step, total = exponent // value.conductor, 0
    for k, coefficient in enumerate(value._coefficients):  # most are zero, as of roots of unity
        if coefficient:
            total += int(coefficient.p) * pow(int(coefficient.q), -1, prime) * pow(root, k * step, prime)
    return total % prime


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


def has_full_column_rank(matrix: ExactMatrix) -> bool:
    """Whether the columns are independent: modulo a prime if they are so there, else exactly."""
    prime, root, order = splitting_prime([matrix])
    image = reduce_matrix(matrix, prime, root, order)
    if to_flint(image, prime).rank() == matrix.shape[1]:
        return True
    return matrix.rank() == matrix.shape[1]
