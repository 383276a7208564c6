"""Residues modulo a prime. Arrays of them are for primes below 2^30, so that products of residues fit 64 bits."""

from __future__ import annotations

import numpy as np
from flint import nmod_mat
from numpy.typing import NDArray

from .cyclotomic_field import prime_divisors

IntArray = NDArray[np.int64]


def root_of_unity(prime: int, exponent: int) -> int:
    """An element of multiplicative order exactly e modulo p."""
    for base in range(2, prime):
        root = pow(base, (prime - 1) // exponent, prime)
        if all(pow(root, exponent // q, prime) != 1 for q in prime_divisors(exponent)):
            return root
    raise AssertionError("a prime field has a primitive root")


def powers(base: int, count: int, prime: int) -> IntArray:
    """1, b, b², … modulo p: (count,)."""
    found = [1]
    for _ in range(count - 1):
        found.append(found[-1] * base % prime)
    return np.array(found, dtype=np.int64)


def to_flint(matrix: IntArray, prime: int) -> nmod_mat:
    """An array of residues as a FLINT matrix."""
    return nmod_mat(*matrix.shape, matrix.ravel().tolist(), prime)


def from_flint(matrix: nmod_mat) -> IntArray:
    """A FLINT matrix of residues as an array."""
    entries = np.array([int(x) for x in matrix.entries()], dtype=np.int64)
    return entries.reshape(matrix.nrows(), matrix.ncols())


def matmul(left: IntArray, right: IntArray, prime: int) -> IntArray:
    """The product left @ right modulo a prime."""
    return from_flint(to_flint(left, prime) * to_flint(right, prime))


def modular_product(left: IntArray, right: IntArray, prime: int) -> IntArray:
    """The product modulo a prime below 2^30 without overflow: the right factor in halves of 15 bits."""
    high, low = right >> 15, right & 0x7FFF
    return ((left @ high % prime << 15) + left @ low) % prime


def modular_power(matrix: IntArray, exponent: int, prime: int) -> IntArray:
    """M^k modulo a prime below 2^30, k ≥ 0."""
    result = np.eye(len(matrix), dtype=np.int64)
    while exponent:
        if exponent & 1:
            result = modular_product(result, matrix, prime)
        matrix, exponent = modular_product(matrix, matrix, prime), exponent >> 1
    return result
