"""Which cyclotomic numbers are roots of unity, and real roots of positive rational numbers."""

from __future__ import annotations

from cmath import phase
from fractions import Fraction
from math import tau

from flint import fmpz

from ..arithmetic.cyclotomic import Cyclotomic, E
from ..arithmetic.square_roots import square_root


def turn_of(value: Cyclotomic) -> Fraction | None:
    """The x in [0, 1) with exp(2πi x) = value; None for a number that is no root of unity.

    The roots of unity in Q(ζ_e) are the powers of ζ_e and their negatives. A float proposes one, which is compared
    exactly.

    Example:
        >>> turn_of(-E(3)), turn_of(E(4) + 1)
        (Fraction(5, 6), None)
    """
    if value * value.conjugate() != 1:
        return None
    n = value.conductor * (2 if value.conductor % 2 else 1)
    k = round(phase(complex(value)) / tau * n) % n
    return Fraction(k, n) if E(n, k) == value else None


def root_of_unity(turn: Fraction) -> Cyclotomic:
    """exp(2πi x)."""
    return E(turn.denominator, turn.numerator)


def even_root(value: Fraction, degree: int) -> Cyclotomic | None:
    """The positive s with s^{2·degree} = value > 0, if it is a cyclotomic number: the root of a rational number r.

    For a positive rational a and x = a^{1/n} > 0 a cyclotomic number, x² is rational: Q(x) is real and normal, so the
    conjugates of x are real n-th roots of a, that is ±x.

    Example:
        >>> even_root(Fraction(4), 1), even_root(Fraction(4), 2), even_root(Fraction(2), 2)
        (2, E(8) - E(8)**3, None)
    """
    parts = []
    for number in (value.numerator, value.denominator):
        root = int(fmpz(number).root(degree))
        if root**degree != number:
            return None
        parts.append(root)
    return square_root(Fraction(*parts))
