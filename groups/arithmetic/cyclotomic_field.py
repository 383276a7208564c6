"""The fields Q(ζ_e), ζ_e = exp(2πi/e), as coordinates in 1, ζ, …, ζ^{φ(e)−1}.

Coordinates may be numbers or matrices: a matrix over Q(ζ_e) is Σ_k M_k ζ^k with rational M_k, and both are reduced,
lifted to larger fields and brought down to smaller ones by the same formulas.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from flint import fmpq, fmpz, fmpz_poly

T = TypeVar("T", bound=Any)


@cache
def field_degree(conductor: int) -> int:
    """φ(e) = [Q(ζ_e) : Q]."""
    return int(fmpz(conductor).euler_phi())


@cache
def root_powers(conductor: int) -> tuple[tuple[int, ...], ...]:
    """The coefficients of ζ_e^k in the basis 1, ζ, …, ζ^{φ(e)−1}, for k = 0, …, e−1."""
    modulus = fmpz_poly.cyclotomic(conductor)
    degree = field_degree(conductor)
    power, table = fmpz_poly([1]) % modulus, []
    for _ in range(conductor if conductor % 2 else conductor // 2):
        coefficients = [int(c) for c in power.coeffs()]
        table.append(tuple(coefficients + [0] * (degree - len(coefficients))))
        power = (power * fmpz_poly([0, 1])) % modulus
    if conductor % 2 == 0:  # ζ^{e/2} = −1
        table += [tuple(-c for c in row) for row in table]
    return tuple(table)


@cache
def _nonzero_powers(conductor: int) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Of every ζ_e^k the coefficients that are not zero, with their positions."""
    return tuple(tuple((i, c) for i, c in enumerate(row) if c) for row in root_powers(conductor))


def combine(conductor: int, terms: Sequence[tuple[int, T]], zero: T) -> list[T]:
    """Σ c·ζ_e^k over terms (k, c), as φ(e) coefficients; c may be numbers or matrices."""
    coefficients: list[Any] = [None] * field_degree(conductor)
    table = _nonzero_powers(conductor)
    for k, c in terms:
        if type(c) is fmpq and not c:
            continue
        for position, factor in table[k % conductor]:
            term = c if factor == 1 else -c if factor == -1 else c * factor
            known = coefficients[position]
            coefficients[position] = term if known is None else known + term
    return [zero if c is None else c for c in coefficients]


def lift(coefficients: Sequence[T], conductor: int, larger: int, zero: T) -> list[T]:
    """Coefficients over Q(ζ_e) rewritten over Q(ζ_m), e | m: ζ_e = ζ_m^{m/e}."""
    step = larger // conductor
    return combine(larger, [(k * step, c) for k, c in enumerate(coefficients)], zero)


def descend(coefficients: Sequence[Any], conductor: int, zero: Any) -> tuple[list[Any], int]:
    """The same element(s) over the smallest cyclotomic field; coefficients may be numbers or matrices."""
    current, e = list(coefficients), conductor
    for prime in prime_divisors(conductor):
        while e % prime == 0:
            smaller = _step_down(current, e, prime, zero)
            if smaller is None:
                break
            current, e = smaller, e // prime
    return current, e


def _step_down(coefficients: list[Any], conductor: int, prime: int, zero: Any) -> list[Any] | None:
    """Coefficients over Q(ζ_{e/p}) if the element lies there, else None."""
    smaller = conductor // prime
    if smaller % prime == 0:
        # Φ_e(x) = Φ_{e/p}(x^p): the subfield is spanned by the powers ζ^{pk}.
        if any(c != zero for k, c in enumerate(coefficients) if k % prime):
            return None
        return list(coefficients[::prime])
    # p ∥ e: average over Gal(Q(ζ_e)/Q(ζ_{e/p})); ζ_p^a averages to 1 if p | a, else to −1/(p−1).
    inverse = pow(prime, -1, smaller) if smaller > 1 else 0
    terms = []
    for k, c in enumerate(coefficients):
        # ζ_e^k = ζ_p^a ζ_{e/p}^b with k ≡ b·p (mod e/p) and k ≡ a·(e/p) (mod p)
        terms.append((k * inverse % smaller, c if k % prime == 0 else c * fmpq(-1, prime - 1)))
    average = combine(smaller, terms, zero)
    return average if lift(average, smaller, conductor, zero) == coefficients else None


@cache
def prime_divisors(n: int) -> tuple[int, ...]:
    """The primes that divide n, in increasing order."""
    return tuple(int(p) for p, _ in fmpz(n).factor())
