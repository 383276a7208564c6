"""Numbers of Z[ζ_e], ζ_e = exp(2πi/e), as sums of powers of ζ_e with integer coefficients; exact equality.

A number is a polynomial f modulo x^e − 1, kept as {exponent: coefficient}; many polynomials stand for one number.

**Lemma.** Let g = Π_p (1 − x^{e/p}) over the primes p that divide e. Then f(ζ_e) = h(ζ_e) exactly if f·g ≡ h·g modulo
x^e − 1. So f·g is a canonical form, and the cyclotomic polynomial is not needed.

Proof. It is enough to take h = 0. A polynomial is 0 modulo x^e − 1 exactly if it vanishes at ζ_e^k for all k. If k is
not prime to e, some prime p divides both, and ζ_e^{k·e/p} = exp(2πi·k/p) = 1, so that g vanishes there. If k is prime
to e, then ζ_e^{k·e/p} = exp(2πi·k/p) ≠ 1 for all p, so that g does not vanish there. So f·g ≡ 0 exactly if f vanishes
at all primitive e-th roots of unity; as these are conjugate over Q, exactly if f(ζ_e) = 0. ∎
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

Number = Mapping[int, int]  # the coefficients of powers of ζ_e, by exponents from 0 to e − 1
Canonical = tuple[int, ...]  # the e coefficients of f·g


@cache
def primes_of(n: int) -> tuple[int, ...]:
    """The primes that divide n ≥ 1."""
    found, p = [], 2
    while n > 1:
        if n % p == 0:
            found.append(p)
            while n % p == 0:
                n //= p
        p = p + 1 if p * p <= n else max(p + 1, n)
    return tuple(found)


def canonical(number: Number, e: int) -> Canonical:
    """f·g modulo x^e − 1: equal exactly for equal numbers."""
    row = [0] * e
    for exponent, coefficient in number.items():
        row[exponent] += coefficient
    for p in primes_of(e):
        step = e // p
        row = [row[k] - row[k - step] for k in range(e)]
    return tuple(row)


def is_zero(number: Number, e: int) -> bool:
    """Whether f(ζ_e) = 0: as `canonical`, for numbers of few terms."""
    here = {k: c for k, c in number.items() if c}
    for p in primes_of(e) if here else ():
        moved = dict(here)
        for k, c in here.items():
            place = (k + e // p) % e
            moved[place] = moved.get(place, 0) - c
        here = {k: c for k, c in moved.items() if c}
    return not here


def product(left: Number, right: Number, e: int) -> dict[int, int]:
    """f·h modulo x^e − 1."""
    found: dict[int, int] = {}
    for a, c in left.items():
        for b, d in right.items():
            place = (a + b) % e
            found[place] = found.get(place, 0) + c * d
    return found


def combination(terms: Iterable[tuple[int, Number]]) -> dict[int, int]:
    """Σ c·f over terms (c, f)."""
    found: dict[int, int] = {}
    for factor, number in terms:
        for exponent, coefficient in number.items():
            found[exponent] = found.get(exponent, 0) + factor * coefficient
    return found


def difference(left: Number, right: Number) -> dict[int, int]:
    """The number f − h."""
    return combination(((1, left), (-1, right)))


def conjugated(number: Number, e: int, unit: int = -1) -> dict[int, int]:
    """The image under ζ_e ↦ ζ_e^u, u prime to e; the complex conjugate for u = −1."""
    return {exponent * unit % e: coefficient for exponent, coefficient in number.items()}


def widened(number: Number, e: int, wider: int) -> dict[int, int]:
    """The same number as a sum of powers of ζ_w, for a multiple w of e."""
    return {exponent * (wider // e): coefficient for exponent, coefficient in number.items()}


def is_integer(number: Number, value: int, e: int) -> bool:
    """Whether f(ζ_e) is a given integer."""
    return is_zero(combination([(1, number), (-value, {0: 1})]), e)
