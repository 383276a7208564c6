"""Matrices over Z[ζ_e] modulo primes p ≡ 1 (mod e), and back.

Such a prime splits completely: Z[ζ_e]/p ≅ F_p^{φ(e)}, through the φ(e) maps ζ_e ↦ a root of Φ_e modulo p. A matrix
Σ_k M_k ζ^k goes to φ(e) matrices over F_p, each a matrix that FLINT eliminates at word size; interpolation brings φ(e)
results back to coefficients modulo p, and the Chinese remainder theorem puts several primes together. An integer of
absolute value below P/2 is determined by its residue modulo P, the product of the primes used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from math import gcd, isqrt, prod

from flint import fmpq_mat, fmpz, fmpz_mat, nmod_mat

from .cyclotomic_field import field_degree, root_powers
from .prime_field import root_of_unity

_LARGEST = 2**62  # residues fit into int64


@dataclass(frozen=True)
class SplitPrime:
    """A prime p ≡ 1 (mod e), the roots of Φ_e modulo p, and the inverse of their Vandermonde matrix."""

    p: int
    roots: tuple[int, ...]
    interpolation: tuple[tuple[int, ...], ...]

    def split(self, parts: Sequence[fmpz_mat], places: Sequence[int] | None = None) -> list[nmod_mat]:
        """The images of Σ_k parts[k] ζ^k under ζ ↦ each root, or those at some places."""
        residues = [nmod_mat(part, self.p) for part in parts]
        images = []
        for root in self.roots if places is None else [self.roots[place] for place in places]:
            value = residues[-1]
            for residue in residues[-2::-1]:  # Horner's rule
                value = value * root + residue
            images.append(value)
        return images

    def join(self, images: Sequence[nmod_mat]) -> list[nmod_mat]:
        """The coefficient matrices modulo p with the given images: inverse to `split`."""
        if len(images) == 1:
            return list(images)
        parts = []
        for row in self.interpolation:
            total = images[0] * row[0]
            for image, factor in zip(images[1:], row[1:], strict=True):
                total = total + image * factor
            parts.append(total)
        return parts


@cache
def split_prime(conductor: int, index: int) -> SplitPrime:
    """The index-th prime p ≡ 1 (mod e) counted downwards from 2^62."""
    below = split_prime(conductor, index - 1).p if index else _LARGEST
    candidate = (below - 2) // conductor * conductor + 1
    while not fmpz(candidate).is_prime():
        candidate -= conductor
    root = root_of_unity(candidate, conductor)
    units = [k for k in range(1, conductor + 1) if gcd(k, conductor) == 1]
    roots = tuple(pow(root, k, candidate) for k in units)
    vandermonde = nmod_mat(
        len(roots), len(roots), [pow(r, k, candidate) for r in roots for k in range(len(roots))], candidate
    )
    inverse = vandermonde.inv()
    rows = tuple(tuple(int(x) for x in row) for row in inverse.tolist())
    return SplitPrime(candidate, roots, rows)


def split_primes(conductor: int, start: int = 0) -> Iterator[SplitPrime]:
    """The primes p ≡ 1 (mod e) below 2^62, downwards."""
    return (split_prime(conductor, index) for index in count(start))


# --- from residues to integers ---


class Remainders:
    """Integer matrices known modulo a growing product of primes, as the representatives of least absolute value."""

    def __init__(self, shapes: Sequence[tuple[int, int]]) -> None:
        self.values = [fmpz_mat(*shape) for shape in shapes]
        self.modulus = 1

    def add(self, residues: Sequence[nmod_mat], p: int) -> None:
        """Take in one more prime: value ← value + P·c with c ≡ (residue − value)/P (mod p) and |c| < p/2."""
        inverse = pow(self.modulus, -1, p)
        for k, (value, residue) in enumerate(zip(self.values, residues, strict=True)):
            digit = (residue - nmod_mat(value, p)) * inverse
            self.values[k] = value + balanced(digit, p) * self.modulus
        self.modulus *= p


def balanced(residue: nmod_mat, p: int) -> fmpz_mat:
    """The integer matrix with the given residues and entries of absolute value below p/2."""
    half = p // 2
    entries = [x if x <= half else x - p for x in map(int, residue.entries())]
    return fmpz_mat(residue.nrows(), residue.ncols(), entries)


def rational_from_residue(residue: int, modulus: int, bound: int) -> tuple[int, int] | None:
    """The fraction (n, d) ≡ residue with |n| ≤ bound and 0 < d ≤ bound, None where there is none.

    There is at most one if 2·bound² < modulus. Source: Wang, Guy & Davenport, SIGSAM Bulletin 16 (1982).
    """
    r0, r1, t0, t1 = modulus, residue, 0, 1
    while abs(r1) > bound:
        quotient = r0 // r1
        r0, r1, t0, t1 = r1, r0 - quotient * r1, t1, t0 - quotient * t1
    if t1 < 0:
        r1, t1 = -r1, -t1
    return (r1, t1) if 0 < t1 <= bound and gcd(r1, t1) == 1 else None


# --- bounds ---


@cache
def coordinate_factor(conductor: int) -> int:
    """A number c with: if |σ(x)| ≤ H for all embeddings σ, the coordinates of x in 1, ζ, … are at most c·H.

    The traces Tr(x ζ^{−j}) = Σ_k x_k Tr(ζ^{k−j}) are at most φ(e)·H, and the coordinates are their image under the
    inverse of the matrix (Tr(ζ^{k−j})), whose row sums are exact rationals.
    """
    degree = field_degree(conductor)
    table = root_powers(conductor)
    power_traces = [sum(table[(k + i) % conductor][i] for i in range(degree)) for k in range(conductor)]
    gram = fmpq_mat(degree, degree, [power_traces[(k - j) % conductor] for j in range(degree) for k in range(degree)])
    sums = [sum(abs(x) for x in row) for row in gram.inv().tolist()]
    return max(int(-(-degree * s.p // s.q)) for s in sums)


def row_sums(parts: Sequence[fmpz_mat]) -> list[int]:
    """For each row an integer at least Σ_j |σ(m_ij)| under every embedding σ."""
    rows = zip(*(part.tolist() for part in parts), strict=True)
    return [sum(abs(int(x)) for part in row for x in part) for row in rows]


def row_norms_squared(parts: Sequence[fmpz_mat]) -> list[int]:
    """For each row an integer at least Σ_j |σ(m_ij)|² under every embedding σ: |σ(Σ_k c_k ζ^k)| ≤ Σ_k |c_k|."""
    columns = parts[0].ncols()
    sizes = [sum(abs(int(x)) for x in entry) for entry in zip(*(part.entries() for part in parts), strict=True)]
    return [sum(x * x for x in sizes[i * columns : (i + 1) * columns]) for i in range(parts[0].nrows())]


def minor_bound(parts: Sequence[fmpz_mat], conductor: int) -> int:
    """A bound for the coordinates of every minor of M that uses all its rows (Hadamard's inequality)."""
    return coordinate_factor(conductor) * (isqrt(prod(row_norms_squared(parts))) + 1)


def charpoly_bound(parts: Sequence[fmpz_mat], conductor: int) -> int:
    """A bound for the coordinates of the coefficients of det(x − M): all |principal minors| add up to ≤ Π(1+‖row‖)."""
    return coordinate_factor(conductor) * prod(2 + isqrt(norm) for norm in row_norms_squared(parts))
