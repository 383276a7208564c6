"""Exact cyclotomic numbers: elements of Q(ζ_e), ζ_e = exp(2πi/e).

An element is a rational polynomial in ζ_e of degree below φ(e), reduced modulo the e-th cyclotomic
polynomial Φ_e. Values are kept at their conductor, the least e whose field holds them, so equality is
equality of coefficients and every value has one form. FLINT does the arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from math import gcd, lcm
from typing import Any

import sympy
from flint import arb, fmpq, fmpq_poly, fmpz, fmpz_poly
from flint import ctx as flint_context

from ..errors import CyclotomicError
from .cyclotomic_field import combine, descend, lift, root_powers
from .rounding import nearest_float

FEW_TERMS = 25  # products of powers of ζ up to which they are added one by one; more are multiplied as polynomials


class Cyclotomic:
    """An exact element of a cyclotomic field, in canonical form: immutable and hashable.

    Made by arithmetic on `E(n)` and rationals; ints, Fractions and flint rationals mix freely with it.
    Real values can be compared with `<` and `.sign()`.

    Attributes:
        conductor: the least e with the value in Q(ζ_e); 1 for rational values.
        coefficients: its coordinates in 1, ζ_e, …, ζ_e^{φ(e)−1}, as Fractions.

    Example:
        >>> golden = -E(5)**2 - E(5)**3
        >>> golden**2 == golden + 1, golden.is_real, golden > Fraction(8, 5)
        (True, True, True)
        >>> golden
        -E(5)**2 - E(5)**3
    """

    __slots__ = ("_coefficients", "conductor")
    conductor: int
    _coefficients: tuple[fmpq, ...]

    def __init__(self, coefficients: Sequence[Any], conductor: int = 1) -> None:
        if isinstance(conductor, bool) or not isinstance(conductor, int) or conductor < 1:
            raise CyclotomicError(f"the conductor has to be a positive integer, not {conductor!r}")
        terms = [(k, to_fmpq(c)) for k, c in enumerate(coefficients)]
        found, e = descend(combine(conductor, terms, fmpq(0)), conductor, fmpq(0))
        object.__setattr__(self, "_coefficients", tuple(found))
        object.__setattr__(self, "conductor", e)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Cyclotomic is immutable; {name!r} cannot be set")

    def __reduce__(self) -> tuple[Any, ...]:
        return (Cyclotomic, (self.coefficients, self.conductor))

    @property
    def coefficients(self) -> tuple[Fraction, ...]:
        """Coordinates in 1, ζ_e, …, ζ_e^{φ(e)−1} at the value's own conductor e."""
        return tuple(Fraction(int(c.p), int(c.q)) for c in self._coefficients)

    def over(self, conductor: int) -> tuple[fmpq, ...]:
        """Coordinates over Q(ζ_m) for a multiple m of the conductor."""
        if conductor % self.conductor:
            raise CyclotomicError(f"{self!r} has conductor {self.conductor}, which does not divide {conductor}")
        if conductor == self.conductor:
            return self._coefficients
        return tuple(lift(self._coefficients, self.conductor, conductor, fmpq(0)))

    # arithmetic

    def _pair(self, other: object) -> tuple[tuple[fmpq, ...], tuple[fmpq, ...], int] | None:
        value = _coerce(other)
        if value is None:
            return None
        e = lcm(self.conductor, value.conductor)
        return self.over(e), value.over(e), e

    def __add__(self, other: object) -> Cyclotomic:
        if (pair := self._pair(other)) is None:
            return NotImplemented
        left, right, e = pair
        return Cyclotomic([a + b for a, b in zip(left, right, strict=True)], e)

    __radd__ = __add__

    def __neg__(self) -> Cyclotomic:
        return Cyclotomic([-c for c in self._coefficients], self.conductor)

    def __sub__(self, other: object) -> Cyclotomic:
        value = _coerce(other)
        return NotImplemented if value is None else self + (-value)

    def __rsub__(self, other: object) -> Cyclotomic:
        return -self + other

    def __mul__(self, other: object) -> Cyclotomic:
        if (pair := self._pair(other)) is None:
            return NotImplemented
        left, right, e = pair
        return _from_polynomial(fmpq_poly(list(left)) * fmpq_poly(list(right)), e)

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> Cyclotomic:
        if exponent < 0:
            return self.inverse() ** -exponent
        result, base = Cyclotomic([1]), self
        while exponent:
            if exponent & 1:
                result = result * base
            base, exponent = base * base, exponent >> 1
        return result

    def inverse(self) -> Cyclotomic:
        """The value 1/x.

        Raises:
            ZeroDivisionError: for zero.
        """
        if not self:
            raise ZeroDivisionError("zero has no inverse in a cyclotomic field")
        # Φ_e is irreducible, so u·x + v·Φ_e = 1 has a solution, and u is the inverse.
        _, inverse, _ = fmpq_poly(list(self._coefficients)).xgcd(_modulus(self.conductor))
        return _from_polynomial(inverse, self.conductor)

    def __truediv__(self, other: object) -> Cyclotomic:
        value = _coerce(other)
        return NotImplemented if value is None else self * value.inverse()

    def __rtruediv__(self, other: object) -> Cyclotomic:
        return self.inverse() * other

    def galois(self, k: int) -> Cyclotomic:
        """The image under the automorphism ζ_e ↦ ζ_e^k, k prime to the conductor e.

        Raises:
            CyclotomicError: if k and the conductor have a common factor.
        """
        if gcd(k, self.conductor) != 1:
            raise CyclotomicError(f"ζ ↦ ζ^{k} is no automorphism of Q(ζ_{self.conductor}): not coprime")
        terms = [(i * k, c) for i, c in enumerate(self._coefficients)]
        return Cyclotomic(combine(self.conductor, terms, fmpq(0)), self.conductor)

    def conjugate(self) -> Cyclotomic:
        """The complex conjugate."""
        return self.galois(-1) if self.conductor > 2 else self

    def minimal_polynomial(self) -> tuple[Fraction, ...]:
        """The coefficients c_0, …, c_d = 1 of the polynomial of least degree over Q with this root, Σ_k c_k x^k.

        Its roots are the images of the number under all automorphisms of its field.

        Example:
            >>> [str(c) for c in (E(5) + E(5) ** 4).minimal_polynomial()]
            ['-1', '1', '1']
        """
        e = self.conductor
        found = [Cyclotomic([1])]
        for root in {self.galois(k) for k in range(1, max(e, 2)) if gcd(k, e) == 1}:
            shifted = [Cyclotomic([0]), *found]
            found = [up - root * down for up, down in zip(shifted, [*found, Cyclotomic([0])], strict=True)]
        return tuple(c.to_fraction() for c in found)

    # predicates and order

    def __bool__(self) -> bool:
        return any(self._coefficients)

    @property
    def is_rational(self) -> bool:
        """Whether the value lies in Q."""
        return self.conductor == 1

    @property
    def is_real(self) -> bool:
        """Whether the value equals its complex conjugate."""
        return self == self.conjugate()

    def sign(self) -> int:
        """−1, 0 or 1 for a real value, decided exactly.

        Raises:
            CyclotomicError: if the value is not real.
        """
        if self.is_rational:
            value = self._coefficients[0]
            return (value > 0) - (value < 0)
        if not self.is_real:
            raise CyclotomicError(f"{self!r} is not real, so it has no sign")
        precision = 64
        while True:  # an irrational number is not zero, so some precision separates it from zero
            ball = self.real_ball(precision)
            if ball > 0 or ball < 0:
                return 1 if ball > 0 else -1
            precision *= 2

    def __eq__(self, other: object) -> bool:
        value = _coerce(other)
        if value is None:
            return NotImplemented
        return self.conductor == value.conductor and self._coefficients == value._coefficients

    def __lt__(self, other: object) -> bool:
        return (self - other).sign() < 0

    def __le__(self, other: object) -> bool:
        return (self - other).sign() <= 0

    def __gt__(self, other: object) -> bool:
        return (self - other).sign() > 0

    def __ge__(self, other: object) -> bool:
        return (self - other).sign() >= 0

    def __hash__(self) -> int:
        if self.is_rational:
            return hash(self.to_fraction())  # equal to the hash of equal ints and Fractions
        return hash((self.conductor, self.coefficients))

    # conversions

    def to_fraction(self) -> Fraction:
        """The value as a Fraction.

        Raises:
            CyclotomicError: if it is not rational.
        """
        if not self.is_rational:
            raise CyclotomicError(f"{self!r} is not rational")
        return self.coefficients[0]

    def real_ball(self, precision: int) -> arb:
        """A ball of about `precision` bits that contains the real part."""
        return _ball(self._coefficients, self.conductor, precision, arb.cos_pi_fmpq)

    def imag_ball(self, precision: int) -> arb:
        """A ball of about `precision` bits that contains the imaginary part."""
        return _ball(self._coefficients, self.conductor, precision, arb.sin_pi_fmpq)

    @property
    def real(self) -> Cyclotomic:
        """(x + x̄)/2."""
        return (self + self.conjugate()) * Fraction(1, 2)

    @property
    def imag(self) -> Cyclotomic:
        """(x − x̄)/(2i)."""
        return (self - self.conjugate()) * E(4) * Fraction(-1, 2)

    def __complex__(self) -> complex:
        return complex(nearest_float(self.real), nearest_float(self.imag))

    def __float__(self) -> float:
        if not self.is_real:
            raise CyclotomicError(f"{self!r} is not real: use complex(…)")
        return nearest_float(self)

    def to_sympy(self) -> Any:
        """The value as a SymPy expression in exp(2πi/e), without loss; `number_from_sympy` reads it again."""
        zeta = sympy.exp(2 * sympy.pi * sympy.I / self.conductor)
        rationals = [sympy.Rational(int(c.p), int(c.q)) for c in self._coefficients]
        return sympy.Add(*[c * zeta**k for k, c in enumerate(rationals)])

    def _terms(self, one: str) -> list[str]:
        """The nonzero terms as text, each with its sign."""
        names = ["", f"E({self.conductor})"] + [f"E({self.conductor})**{k}" for k in range(2, self.conductor)]
        terms = []
        for c, name in zip(self.coefficients, names, strict=False):
            if c:
                size = str(abs(c)) if abs(c).denominator == 1 else one.format(abs(c).numerator, abs(c).denominator)
                text = size if not name else name if abs(c) == 1 else f"{size}*{name}"
                terms.append(("-" if c < 0 else "+") + text)
        return terms

    def _joined(self, one: str) -> str:
        terms = self._terms(one)
        if not terms:
            return "0"
        first = terms[0].removeprefix("+")
        return first + "".join(f" {term[0]} {term[1:]}" for term in terms[1:])

    def __repr__(self) -> str:
        return self._joined("Fraction({}, {})")

    def __str__(self) -> str:
        return self._joined("{}/{}")


def E(n: int, k: int = 1) -> Cyclotomic:
    """The root of unity ζ_n^k = exp(2πik/n).

    Raises:
        CyclotomicError: if n is not a positive integer.

    Example:
        >>> E(4)**2, E(6) - E(3)
        (-1, 1)
    """
    if not isinstance(n, int) or n < 1:
        raise CyclotomicError(f"E({n!r}): n has to be a positive integer")
    k %= n
    order, k = n // gcd(n, k), k // gcd(n, k)
    return _primitive_root(order, k)


@cache
def _small_integer(c: int) -> fmpq:
    return fmpq(c)


def _primitive_root(order: int, k: int) -> Cyclotomic:
    """ζ_n^k for k prime to n, whose conductor is known: n, or n/2 for n ≡ 2 (mod 4), as ζ_2m = −ζ_m^{(m+1)/2}."""
    sign = 1
    if order % 4 == 2:
        order //= 2
        k, sign = k * (order + 1) // 2 % order, -1
    found = object.__new__(Cyclotomic)
    coefficients = tuple(_small_integer(sign * c) for c in root_powers(order)[k % order])
    object.__setattr__(found, "_coefficients", coefficients)
    object.__setattr__(found, "conductor", order)
    return found


def cos_turn(k: int, n: int) -> Cyclotomic:
    """cos(2πk/n), exactly."""
    return (E(n, k) + E(n, -k)) * Fraction(1, 2)


def sin_turn(k: int, n: int) -> Cyclotomic:
    """sin(2πk/n), exactly; it lies in Q(ζ_{lcm(4,n)})."""
    return (E(n, k) - E(n, -k)) * E(4) * Fraction(-1, 2)


def to_fmpq(value: Any) -> fmpq:
    """A rational number of any exact type as a flint rational; floats are refused.

    Raises:
        CyclotomicError: for anything that is not an exact rational.
    """
    if isinstance(value, fmpq):
        return value
    if isinstance(value, fmpz | int) and not isinstance(value, bool):
        return fmpq(value)
    if isinstance(value, Fraction | sympy.Rational):
        return fmpq(int(value.numerator), int(value.denominator))
    if hasattr(value, "__index__") and not isinstance(value, bool):
        return fmpq(value.__index__())
    raise CyclotomicError(f"{value!r} is not an exact rational number: give an int or a Fraction")


def to_cyclotomic(value: Any) -> Cyclotomic:
    """A rational or cyclotomic number as a `Cyclotomic`.

    Raises:
        CyclotomicError: for floats and everything else that is not exact.
    """
    return value if isinstance(value, Cyclotomic) else Cyclotomic([to_fmpq(value)])


@cache
def _modulus(conductor: int) -> fmpq_poly:
    """Φ_e as a rational polynomial."""
    return fmpq_poly(fmpz_poly.cyclotomic(conductor))


def _from_polynomial(polynomial: fmpq_poly, conductor: int) -> Cyclotomic:
    """The value of a polynomial at ζ_e."""
    return Cyclotomic((polynomial % _modulus(conductor)).coeffs(), conductor)


def weighted_sum(weights: Sequence[int], left: Sequence[Cyclotomic], right: Sequence[Cyclotomic]) -> Cyclotomic:
    """Σ_j w_j a_j b_j, brought to canonical form once at the end and not at every step."""
    e = lcm(*(value.conductor for value in (*left, *right)))
    sparse = [(w, _powers(a, e), _powers(b, e)) for w, a, b in zip(weights, left, right, strict=True)]
    if sum(len(a) * len(b) for _, a, b in sparse) <= FEW_TERMS * len(sparse):
        terms: dict[int, fmpq] = {}
        for weight, a, b in sparse:
            for i, c in a:
                for j, d in b:
                    k = (i + j) % e
                    terms[k] = terms.get(k, fmpq(0)) + c * d * weight
        return Cyclotomic(combine(e, list(terms.items()), fmpq(0)), e)
    total = fmpq_poly([0])
    for weight, first, second in zip(weights, left, right, strict=True):
        total += fmpq_poly(list(first.over(e))) * fmpq_poly(list(second.over(e))) * weight
    return _from_polynomial(total, e)


def _powers(value: Cyclotomic, conductor: int) -> list[tuple[int, fmpq]]:
    """The value as a sum of c·ζ_e^k: pairs (k, c), c not zero."""
    step = conductor // value.conductor
    return [(k * step, c) for k, c in enumerate(value._coefficients) if c]


def _coerce(value: object) -> Cyclotomic | None:
    try:
        return to_cyclotomic(value)
    except CyclotomicError:
        return None


def _ball(coefficients: Sequence[fmpq], conductor: int, precision: int, wave: Any) -> arb:
    saved = flint_context.prec
    try:
        flint_context.prec = precision + 16
        return sum((arb(c) * wave(fmpq(2 * k, conductor)) for k, c in enumerate(coefficients) if c), start=arb(0))
    finally:
        flint_context.prec = saved
