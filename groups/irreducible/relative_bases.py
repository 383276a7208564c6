"""Cyclotomic fields K = Q(z), z = ζ_M, as vector spaces over their subfields F, in the basis 1, z, …, z^{r−1}.

z is a root of Π_γ (x − z^γ), γ through the automorphisms over F, a polynomial of degree r = [K : F] with coefficients
in the integers of F. So z^a has coordinates that are integers of F, which lie in Z[ζ_f], f the conductor of F: arrays
of integers. An element of F given as a sum Σ_a n_a z^a is (1/d) Σ_a n_a Tr(z^a), with the trace from K to Q(ζ_f) and
d its degree.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import lcm

import numpy as np
from flint import fmpz_poly
from numpy.typing import NDArray

from ..arithmetic.cyclotomic_field import field_degree, prime_divisors
from ..fields.number_field import kronecker_symbol, units

IntArray = NDArray[np.int64]
DOUBLING_UP_TO = 48  # coordinates up to which one product of matrices is faster than one of vectors for each power


@dataclass(frozen=True, eq=False)
class RelativeBasis:
    """K over F.

    Attributes:
        conductor: f.
        powers: z^a = Σ_{j,i} powers[a, j, i] ζ_f^i z^j, (M, r, φ(f)).
        traces: Tr_{K/F}(z^a) = Σ_i traces[a, i] ζ_f^i, (M, φ(f)).
    """

    conductor: int
    powers: IntArray
    traces: IntArray


@cache
def root_table(n: int) -> IntArray:
    """The powers of ζ_n in the basis 1, ζ_n, …, ζ_n^{φ(n)−1}, modulo the cyclotomic polynomial: (n, φ(n))."""
    width = field_degree(n)
    last = -np.array([int(c) for c in fmpz_poly.cyclotomic(n).coeffs()[:width]], dtype=np.int64)
    found = np.eye(n, width, dtype=np.int64)
    half = n if n % 2 else n // 2
    for k in range(width, half):
        found[k, 1:] = found[k - 1, :-1]
        found[k] += found[k - 1, -1] * last
    found[half:] = -found[: n - half]  # ζ^{n/2} = −1
    found.setflags(write=False)
    return found


@cache
def relative_basis(root: int, galois: frozenset[int]) -> RelativeBasis:
    """Q(ζ_M) over the field that ζ_M ↦ ζ_M^k, k in `galois`, leave fixed, for an even M; the coordinates are checked.

    Raises:
        AssertionError: if Σ_{j,i} powers[a, j, i] ζ_f^i z^j is not z^a, which would be an error of this function.
    """
    size = len(galois)
    conductor = _conductor(root, galois)
    down = cyclotomic_traces(root, conductor)  # (M, φ(f))
    if size == 1:
        return RelativeBasis(conductor, down[:, None], down)
    if size == field_degree(root):
        return RelativeBasis(1, root_table(root)[..., None], down)
    width = down.shape[1]
    degree = field_degree(root) // width
    exponents = np.arange(root)
    traces = down[exponents[:, None] * sorted(galois) % root].sum(axis=1) // degree
    last = -(_polynomial(sorted(galois), root) @ down)[:size] // degree  # z^r = Σ_j last[j] z^j, (r, φ(f))
    powers = _powers(root, size, _multiplications(last, conductor).reshape(width, -1))
    powers = np.concatenate([powers, -powers])  # z^{M/2} = −1
    table = root_table(root)  # (M, φ(M))
    spread = table[(np.arange(width) * (root // conductor) + np.arange(size)[:, None]) % root]  # ζ_f^i z^j
    assert (exact_product(powers, spread.reshape(size * width, -1)) == table).all(), "powers of ζ in a relative basis"
    return RelativeBasis(conductor, powers.reshape(root, size, width), traces)


@cache
def basis_with_root(conductor: int, radicand: int) -> tuple[int, IntArray]:
    """The least n with √d in Q(ζ_n) ⊇ Q(ζ_f), and √d^p ζ_f^k in the basis 1, ζ_n, …, p = 0, 1: (2 φ(f), φ(n))."""
    n = lcm(conductor, abs(radicand) if radicand % 4 == 1 else 4 * abs(radicand))
    root, table = root_of_integer(radicand, n), root_table(n)
    steps = np.arange(field_degree(conductor)) * (n // conductor)
    spread = np.zeros((len(steps), n), dtype=np.int64)
    spread[np.arange(len(steps))[:, None], (steps[:, None] + np.arange(len(root))) % n] = root
    return n, np.concatenate([table[steps], spread @ table])


@cache
def root_of_integer(radicand: int, n: int) -> IntArray:
    """√d in the basis 1, ζ_n, …, for a squarefree d ≠ 1 whose field has a discriminant D that divides n: (φ(n),).

    √D = Σ_a (D/a) ζ_D^a, a through the units modulo D, by Gauss: positive, or on the positive imaginary axis.

    Raises:
        AssertionError: if its square is not d, which would be an error of this function.
    """
    discriminant = radicand if radicand % 4 == 1 else 4 * radicand
    conductor, table = abs(discriminant), root_table(n)
    residues = units(conductor)
    places = np.array(residues) * (n // conductor)
    signs = np.array([kronecker_symbol(discriminant, a) for a in residues])
    found = signs @ table[places] // (1 if discriminant == radicand else 2)
    spread = np.zeros(n, dtype=np.int64)
    for place, sign in zip(places.tolist(), signs.tolist(), strict=True):
        spread[(place + np.arange(len(found))) % n] += sign * found
    assert (spread @ table == discriminant // (1 if discriminant == radicand else 2) * table[0]).all(), "a square root"
    return found


def _conductor(root: int, galois: frozenset[int]) -> int:
    """The least f such that all automorphisms that are 1 modulo f leave F fixed."""
    n = root // 2 if root % 4 == 2 else root
    if len(galois) == 1 or len(galois) == field_degree(root):
        return n if len(galois) == 1 else 1
    others = np.array([k for k in units(root) if k not in galois])
    return next(f for f in range(1, n + 1) if n % f == 0 and (others % f != 1 % f).all())


def cyclotomic_traces(root: int, conductor: int) -> IntArray:
    """The trace of ζ_M^a from Q(ζ_M) to Q(ζ_f) in the basis 1, ζ_f, …: (M, φ(f)).

    One prime p of n/f at a time: for p² | n the trace of ζ_n^b to Q(ζ_{n/p}) is p ζ_n^b if p | b, else 0; for p ∥ n it
    is p − 1 or −1 times the part of ζ_n^b in Q(ζ_{n/p}).
    """
    exponents = np.arange(root)
    if root == conductor:
        return root_table(root)
    factors = np.ones(root, dtype=np.int64)
    n = root
    if root % 4 == 2:  # ζ_M = −ζ_n^{(n+1)/2}
        n = root // 2
        factors = 1 - 2 * (exponents % 2)
        exponents = exponents * ((n + 1) // 2) % n
    for p in prime_divisors(n // conductor):
        while n // conductor % p == 0:
            smaller = n // p
            if smaller % p == 0:
                factors = factors * np.where(exponents % p == 0, p, 0)
                exponents = exponents // p
            else:
                factors = factors * np.where(exponents % p == 0, p - 1, -1)
                exponents = exponents * pow(p, -1, smaller) % smaller if smaller > 1 else exponents * 0
            n = smaller
    return factors[:, None] * root_table(conductor)[exponents]


def _polynomial(units: list[int], root: int) -> IntArray:
    """The coefficients of Π_γ (x − z^γ), lowest first, each as Σ_a n_a z^a: (r + 1, M)."""
    found = np.zeros((1, root), dtype=np.int64)
    found[0, 0] = 1
    for k in units:
        shifted = np.zeros((len(found) + 1, root), dtype=np.int64)
        shifted[1:] = found
        shifted[:-1] -= found[:, np.arange(-k, root - k)]  # times z^k
        found = shifted
    return found


def _powers(root: int, size: int, times: IntArray) -> IntArray:
    """The coordinates of 1, z, …, z^{M/2−1}, given those of ζ_f^i z^r: (M/2, r · φ(f))."""
    width, whole = times.shape
    if whole > DOUBLING_UP_TO:
        rows = np.zeros((root // 2, whole))
        rows[0, 0] = 1
        factors = times.astype(np.float64)  # small integers; `relative_basis` checks what comes out
        for a in range(1, root // 2):
            rows[a] = rows[a - 1, -width:] @ factors
            rows[a, width:] += rows[a - 1, :-width]
        return rows.astype(np.int64)
    step = np.eye(whole, k=width, dtype=np.int64)  # z · ζ_f^i z^j
    step[-width:] = times
    found = np.eye(1, whole, dtype=np.int64)
    while len(found) < root // 2:  # powers 0, …, k−1, then k, …, 2k−1
        found, step = np.concatenate([found, found @ step]), step @ step
    return found[: root // 2]


def _multiplications(numbers: IntArray, conductor: int) -> IntArray:
    """The products ζ_f^i x_j of basis elements with numbers, (r, φ(f)) → (φ(f), r, φ(f))."""
    table = root_table(conductor)  # (f, φ(f))
    width = table.shape[1]
    if width > DOUBLING_UP_TO:
        return np.stack([exact_product(numbers, table[(i + np.arange(width)) % conductor]) for i in range(width)])
    sums = table[(np.arange(width)[:, None] + np.arange(width)) % conductor]  # ζ^{i+l}, (φ, φ, φ)
    found: IntArray = numbers @ sums
    return found


def exact_product(left: IntArray, right: IntArray) -> IntArray:
    """A product of matrices of integers; by floats, which are much faster, where all sums are exact.

    Raises:
        OverflowError: if sums may be above 2^63.
    """
    bound = float(np.abs(left).max()) * float(np.abs(right).max()) * len(right)
    if bound >= 2**63:
        raise OverflowError(f"sums of products of integers may be as large as {bound:.3g}")
    if bound < 2**53:
        exact: IntArray = (left.astype(np.float64) @ right.astype(np.float64)).astype(np.int64)
        return exact
    found: IntArray = left @ right
    return found
