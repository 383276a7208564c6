"""Proofs that a number is no norm, by looking at one place: N_{K/F}(a) = c has no solution in K if it has none in K_v.

For K/F cyclic of prime degree p, four tests that need no arithmetic in completions:

- a real place of F that becomes complex in K: norms are positive there;
- a place q ≠ p where K/F is ramified: a unit c is a norm only if it is a p-th power in the residue field of F;
- a place q where K/F is inert: a norm has a valuation divisible by p;
- p = 2, K = F(√d) and c, d rational: the algebra (d, c) over Q_q stays non-split over F_q if [F_q : Q_q] is odd.

Sources: J.-P. Serre, Local Fields, chapter XIV; I. Reiner, Maximal Orders, sections 31 and 32.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from typing import Any

from flint import fmpz, fmpz_poly, fq_default_ctx, nmod_poly

from ..arithmetic.cyclotomic import Cyclotomic
from .number_field import NumberField, conjugate, units

INFINITY = 0  # stands for the real places


def obstructing_place(upper: NumberField, lower: NumberField, target: Cyclotomic) -> int | None:
    """A rational prime q (or `INFINITY`) over which one of the tests proves that c is no norm from K.

    None proves nothing.
    """
    degree = upper.degree // lower.degree
    if lower.is_real and not upper.is_real and any(conjugate(target, k).sign() < 0 for k in lower.embeddings()):
        return INFINITY
    size = lower.norm(target)
    primes = {int(q) for x in (upper.conductor, size.numerator, size.denominator) for q, _ in fmpz(abs(x)).factor()}
    for q in sorted(primes):
        place = _Place(upper, lower, q)
        if place.is_inert and any(v % degree for v in place.valuations(target)):
            return q
        if place.is_ramified and q != degree and _integral(target, q) and not any(place.valuations(target)):
            no_norm = place.is_no_power(target, degree)
            if no_norm:
                return q
    return _from_the_rationals(upper, lower, target.to_fraction()) if degree == 2 and target.is_rational else None


def local_degree(field: NumberField, q: int) -> int:
    """[F_q : Q_q] for any prime of F above q; 1 for `INFINITY`, as the real places are the ones asked for."""
    return 1 if q == INFINITY else _Place(field, field, q).local_degree


# --- places prime to p ---


def _valuation(number: int, q: int) -> int:
    count = 0
    while number % q == 0:
        number, count = number // q, count + 1
    return count


def _integral(value: Cyclotomic, q: int) -> bool:
    return all(c.denominator % q for c in value.coefficients)


class _Place:
    """The primes of F and K above a rational prime q, through the groups that decompose it."""

    def __init__(self, upper: NumberField, lower: NumberField, q: int) -> None:
        n = upper.conductor
        self.q, self.n = q, n
        self.tame = n  # the part of n prime to q
        while self.tame % q == 0:
            self.tame //= q
        self.upper, self.lower = upper.over(n), lower.over(n)
        self.frobenius = _powers(q, self.tame)
        self.inertia = {k for k in units(n) if k % self.tame == 1 % self.tame}
        self.decomposition = {k for k in units(n) if k % self.tame in self.frobenius}

    @property
    def is_ramified(self) -> bool:
        """Whether inertia acts on K over F."""
        return not (self.inertia & self.lower) <= self.upper

    @property
    def is_inert(self) -> bool:
        """Whether decomposition acts on K over F though inertia does not."""
        return not self.is_ramified and not (self.decomposition & self.lower) <= self.upper

    @property
    def residue_degree(self) -> int:
        """The degree of the residue field of F over GF(q)."""
        image = {k % self.tame for k in self.decomposition & self.lower}
        return len(self.frobenius) // len(image)

    @property
    def local_degree(self) -> int:
        """[F_q : Q_q]."""
        return len(self.decomposition) // len(self.decomposition & self.lower)

    def valuations(self, value: Cyclotomic) -> list[int]:
        """The valuations of an element of F at the primes above q.

        The norm to the part of F that is unramified at q, in Q(ζ_{n'}), has the same valuations. There the primes above
        q are (q, g(ζ)) for the irreducible factors g of Φ_{n'} modulo q, and for h = Φ_{n'}/g the number h(ζ)/q has
        valuation −1 at (q, g(ζ)) and none is negative elsewhere.
        """
        norm, seen = Cyclotomic([1]), set[int]()
        for k in sorted(self.inertia):
            if k not in seen:
                norm = norm * conjugate(value, k)
                seen |= {k * s % self.n or 1 for s in self.lower}
        shift = max(_valuation(c.denominator, self.q) for c in norm.coefficients)
        norm = norm * self.q**shift
        modulus = fmpz_poly.cyclotomic(self.tame)
        cyclotomic = nmod_poly([int(c) for c in modulus.coeffs()], self.q)
        found = []
        for g, _ in cyclotomic.factor()[1]:
            other = [int(c) for c in (cyclotomic // g).coeffs()]
            step = Cyclotomic(other, self.tame) * Fraction(1, self.q)
            current, count = norm, -shift
            while _divisible(current, self.tame, g, self.q):
                current, count = current * step, count + 1
            found.append(count)
        return found

    def is_no_power(self, target: Cyclotomic, degree: int) -> bool:
        """Whether a q-unit of F is not a p-th power in the residue field of one prime above q."""
        order = self.q**self.residue_degree - 1
        if order % degree:
            return False
        field = fq_default_ctx(self.q, len(self.frobenius))
        root = _root_of_unity(field, self.q ** len(self.frobenius) - 1, self.tame)
        total = field(0)
        # ζ_n = ζ_{n'}^u · (a root of unity of order a power of q, which goes to 1), with u n/n' ≡ 1 modulo n'
        step = self.n // target.conductor * pow(self.n // self.tame, -1, self.tame) if self.tame > 1 else 0
        for k, c in enumerate(target.coefficients):
            power = root ** (k * step % self.tame)
            total = total + power * field(c.numerator) / field(c.denominator)
        return not total.is_zero() and total ** (order // degree) != field(1)


def _divisible(value: Cyclotomic, n: int, g: nmod_poly, q: int) -> bool:
    """Whether a q-integral element of Q(ζ_n) lies in the prime (q, g(ζ_n))."""
    residues = [int(c.p) * pow(int(c.q), -1, q) % q for c in value.over(n)]
    return bool((nmod_poly(residues, q) % g).degree() < 0)


def _powers(q: int, modulus: int) -> set[int]:
    found, power = {1 % modulus}, q % modulus
    while power not in found:
        found.add(power)
        power = power * q % modulus
    return found


def _root_of_unity(field: Any, order: int, n: int) -> Any:
    """An element of multiplicative order n in a finite field with `order` non-zero elements."""
    factors = [int(r) for r, _ in fmpz(n).factor()] if n > 1 else []
    x = field.gen() + 0
    one = field(1)
    shift = 0
    while True:
        candidate = x + shift
        if not candidate.is_zero():
            root = candidate ** (order // n)
            if all(root ** (n // r) != one for r in factors):
                return root
        shift += 1
        if shift > 50:
            x, shift = x * (x + 1), 0


# --- algebras that come from Q ---


def _from_the_rationals(upper: NumberField, lower: NumberField, c: Fraction) -> int | None:
    for d in _rational_radicands(upper, lower):
        for q in sorted({2, *(int(r) for x in (d, c.numerator, c.denominator) for r, _ in fmpz(abs(x)).factor())}):
            if hilbert_symbol(d, c.numerator * c.denominator, q) == -1 and _Place(upper, lower, q).local_degree % 2:
                return q
    return None


def _rational_radicands(upper: NumberField, lower: NumberField) -> list[int]:
    """Squarefree d with K = F(√d), built from the primes that divide the conductor."""
    primes = [int(q) for q, _ in fmpz(upper.conductor).factor()]
    found = []
    for mask in range(2 ** len(primes)):
        d = 1
        for i, q in enumerate(primes):
            d *= q if mask >> i & 1 else 1
        for signed in (d, -d):
            field = NumberField.quadratic(signed) if signed != 1 else lower
            if upper.contains_field(field) and not lower.contains_field(field):
                found.append(signed)
    return found


def hilbert_symbol(a: int, b: int, q: int) -> int:
    """(a, b)_q for non-zero integers: 1 if a x² + b y² = z² has a non-zero solution in Q_q, else −1."""
    alpha, beta = _valuation(a, q), _valuation(b, q)
    u, v = a // q**alpha, b // q**beta
    if q == 2:
        half = (u - 1) // 2 * ((v - 1) // 2) + alpha * ((v * v - 1) // 8) + beta * ((u * u - 1) // 8)
        return -1 if half % 2 else 1
    sign = -1 if alpha * beta * (q - 1) // 2 % 2 else 1
    return sign * _legendre(u, q) ** beta * _legendre(v, q) ** alpha


def _legendre(x: int, q: int) -> int:
    assert gcd(x, q) == 1
    return 1 if pow(x, (q - 1) // 2, q) == 1 else -1
