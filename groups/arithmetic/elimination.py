"""Elimination over Q(ζ_e), for matrices M = Σ_k M_k ζ_e^k with integer coefficient matrices M_k.

Everything is computed modulo primes that split (see `split_primes`) and then proved. The pivots modulo one prime name a
square minor A that is not singular there, so it is not singular: a lower bound for the rank. The columns that are left
solve A X = B. X is read off enough primes by rational reconstruction, enough being known by the exact product A X. That
M's other rows and columns depend on the chosen ones is checked by exact products too. Determinants and characteristic
polynomials have no such check: there the number of primes comes from Hadamard's inequality.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from math import isqrt
from typing import NamedTuple

from flint import fmpz_mat, nmod_mat

from .coefficient_products import product_terms
from .cyclotomic_field import combine, field_degree
from .matrix_assembly import select
from .split_primes import (
    Remainders,
    SplitPrime,
    charpoly_bound,
    minor_bound,
    rational_from_residue,
    split_prime,
    split_primes,
)

Parts = Sequence[fmpz_mat]
_ATTEMPTS = 3  # primes modulo which a matrix may be singular before its rank is determined


class Fractional(NamedTuple):
    """The matrix (Σ_k parts[k] ζ^k)/denominator."""

    parts: list[fmpz_mat]
    denominator: int


class Echelon(NamedTuple):
    """A reduced row echelon form: the identity in the pivot columns, `block` in the others."""

    pivots: list[int]
    free: list[int]
    block: Fractional


def echelon(parts: Parts, conductor: int) -> Echelon:
    """The reduced row echelon form of M over Q(ζ_e)."""
    rows, columns = parts[0].nrows(), parts[0].ncols()
    for index in count():  # only the finitely many primes that divide some minor fail
        chosen, pivots = _pivots(split_prime(conductor, index), parts)
        free = [j for j in range(columns) if j not in set(pivots)]
        if not free:  # the rank modulo a prime is a lower bound
            return Echelon(pivots, free, Fractional([fmpz_mat(columns, 0) for _ in parts], 1))
        minor, right = select(parts, chosen, pivots), select(parts, chosen, free)
        block = _solve_minor(minor, right, conductor, index)
        if block is None or not _is_reduced(block.parts, pivots, free):
            continue
        rest = [i for i in range(rows) if i not in set(chosen)]
        if not rest or _solves(select(parts, rest, pivots), block, select(parts, rest, free), conductor):
            return Echelon(pivots, free, block)
    raise AssertionError("unreachable")


def row_reduced(parts: Parts, conductor: int) -> tuple[Fractional, list[int]]:
    """The reduced row echelon form as a whole matrix, and its pivot columns."""
    pivots, free, block = echelon(parts, conductor)
    rows, columns = parts[0].nrows(), parts[0].ncols()
    flat = [[0] * (rows * columns) for _ in block.parts]
    for i, pivot in enumerate(pivots):
        flat[0][i * columns + pivot] = block.denominator
    for entries, part in zip(flat, block.parts, strict=True):
        for i, row in enumerate(part.tolist()):
            for j, value in zip(free, row, strict=True):
                entries[i * columns + j] = value
    return Fractional([fmpz_mat(rows, columns, entries) for entries in flat], block.denominator), pivots


def kernel(parts: Parts, conductor: int) -> Fractional:
    """A basis of {x : M x = 0} as columns: one for each column j without a pivot, with the entry 1 at j."""
    pivots, free, block = echelon(parts, conductor)
    rows, width = parts[0].ncols(), len(free)
    flat = [[0] * (rows * width) for _ in block.parts]
    for position, j in enumerate(free):
        flat[0][j * width + position] = block.denominator
    for entries, part in zip(flat, block.parts, strict=True):
        for pivot, row in zip(pivots, (-part).tolist(), strict=True):
            entries[pivot * width : (pivot + 1) * width] = row
    return Fractional([fmpz_mat(rows, width, entries) for entries in flat], block.denominator)


def rank(parts: Parts, conductor: int) -> int:
    """The rank of M over Q(ζ_e)."""
    if conductor == 1:
        return int(parts[0].rank())
    prime = split_prime(conductor, 0)
    found = int(prime.split(parts)[0].rank())
    if found == min(parts[0].nrows(), parts[0].ncols()):
        return found  # the rank modulo a prime is a lower bound
    tall = parts[0].nrows() >= parts[0].ncols()
    return len(echelon(parts if tall else [part.transpose() for part in parts], conductor).pivots)


def solve(left: Parts, right: Parts, conductor: int) -> Fractional:
    """The X with M X = right, for a square M.

    Raises:
        ZeroDivisionError: if M is singular.
    """
    for index in count():
        solution = _solve_minor(left, right, conductor, index)
        if solution is not None:
            return solution
        if index == _ATTEMPTS and rank(left, conductor) < left[0].nrows():
            raise ZeroDivisionError("a singular matrix")
    raise AssertionError("unreachable")


def determinant(parts: Parts, conductor: int) -> list[int]:
    """The coordinates of det(M) in 1, ζ, …"""
    if conductor == 1:
        return [int(parts[0].det())]
    lifted, bound = Remainders([(1, 1)] * len(parts)), 2 * minor_bound(parts, conductor)
    for prime in split_primes(conductor):
        lifted.add(prime.join([_scalar(image.det(), prime.p) for image in prime.split(parts)]), prime.p)
        if lifted.modulus > bound:
            return [int(value[0, 0]) for value in lifted.values]
    raise AssertionError("unreachable")


def charpoly(parts: Parts, conductor: int) -> list[list[int]]:
    """det(x − M) as coordinates, from the constant coefficient to the leading one."""
    if conductor == 1:
        return [[int(c)] for c in parts[0].charpoly().coeffs()]
    shape = (1, parts[0].nrows() + 1)
    lifted, bound = Remainders([shape] * len(parts)), 2 * charpoly_bound(parts, conductor)
    for prime in split_primes(conductor):
        images = [nmod_mat(*shape, image.charpoly().coeffs(), prime.p) for image in prime.split(parts)]
        lifted.add(prime.join(images), prime.p)
        if lifted.modulus > bound:
            return [[int(value[0, k]) for value in lifted.values] for k in range(shape[1])]
    raise AssertionError("unreachable")


def _pivots(prime: SplitPrime, parts: Parts) -> tuple[list[int], list[int]]:
    """Rows and columns of a largest minor that is not zero under one map to F_p; the columns are the first such."""
    image = prime.split(parts)[0]
    columns = _leading(image)
    rows = list(range(image.nrows()))
    return (rows if len(columns) == len(rows) else _leading(image.transpose())), columns


def _leading(image: nmod_mat) -> list[int]:
    """The pivot columns of a matrix over F_p."""
    reduced, found = image.rref()
    pivots: list[int] = []
    for i in range(found):
        j = pivots[-1] + 1 if pivots else 0
        while int(reduced[i, j]) == 0:
            j += 1
        pivots.append(j)
    return pivots


def _is_reduced(block: Parts, pivots: Sequence[int], free: Sequence[int]) -> bool:
    """Whether each free column is a combination of the pivot columns before it."""
    late = [(i, k) for i, pivot in enumerate(pivots) for k, j in enumerate(free) if j < pivot]
    return not any(part[i, k] for part in block for i, k in late)


def _solve_minor(left: Parts, right: Parts, conductor: int, start: int) -> Fractional | None:
    """The X with A X = B for a square A; None if A is singular modulo the first prime taken.

    More and more primes are taken until the fractions that they determine pass the product A X = B.
    """
    if conductor == 1:
        try:
            numerators, denominator = left[0].solve(right[0]).numer_denom()
        except ZeroDivisionError:
            return None
        return Fractional([numerators], int(denominator))
    shape = (left[0].nrows(), right[0].ncols())
    lifted, attempt = Remainders([shape] * field_degree(conductor)), 1
    for number, prime in enumerate(split_primes(conductor, start), 1):
        images = _solve_modulo(prime, left, right)
        if images is None:
            if number == 1:
                return None
            continue
        lifted.add(prime.join(images), prime.p)
        if number >= attempt:
            solution = _fractions(lifted)
            if solution is not None and _solves(left, solution, right, conductor):
                return solution
            attempt = number + number // 2 + 1
    raise AssertionError("unreachable")


def _solve_modulo(prime: SplitPrime, left: Parts, right: Parts) -> list[nmod_mat] | None:
    """A⁻¹B under each map to F_p; None if A is singular under one of them."""
    try:
        return [a.solve(b) for a, b in zip(prime.split(left), prime.split(right), strict=True)]
    except ZeroDivisionError:
        return None


def _fractions(lifted: Remainders) -> Fractional | None:
    """The entries as fractions of one denominator, numerators and denominator below the root of half the modulus."""
    modulus = lifted.modulus
    bound, denominator = isqrt((modulus - 1) // 2), 1
    entries = [list(map(int, value.entries())) for value in lifted.values]
    for flat in entries:
        for value in flat:
            scaled = value * denominator % modulus
            if bound < scaled < modulus - bound:
                fraction = rational_from_residue(scaled, modulus, bound)
                if fraction is None or denominator * fraction[1] > bound:
                    return None
                denominator *= fraction[1]
    found = []
    for matrix, flat in zip(lifted.values, entries, strict=True):
        numerators = [(value * denominator + bound) % modulus - bound for value in flat]
        if max(map(abs, numerators), default=0) > bound:
            return None
        found.append(fmpz_mat(matrix.nrows(), matrix.ncols(), numerators))
    return Fractional(found, denominator)


def _solves(left: Parts, solution: Fractional, right: Parts, conductor: int) -> bool:
    """Whether A X = B, exactly."""
    zero = fmpz_mat(right[0].nrows(), right[0].ncols())
    product = combine(conductor, product_terms(left, solution.parts), zero)
    return all(a == b * solution.denominator for a, b in zip(product, right, strict=True))


def _scalar(value: object, p: int) -> nmod_mat:
    return nmod_mat(1, 1, [int(value)], p)  # type: ignore[call-overload]
