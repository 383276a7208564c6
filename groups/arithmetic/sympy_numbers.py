"""SymPy expressions as exact numbers: what is built from rationals by these rules, and nothing else.

    I = ζ_4,   exp(2πi r) = ζ_n^k for r = k/n,   cos(2πr) and sin(2πr),   d^(k/2),   (−1)^r = exp(πi r),

for rational r, and d rational or in a real quadratic field, where its root is cyclotomic (`square_roots`); sums,
products, integer powers and conjugates of such, real and imaginary parts, and GoldenRatio = (1 + √5)/2. Powers
are principal values, as SymPy has them. Nothing is evaluated in floats and nothing is guessed: what has another form is
refused.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from math import gcd
from operator import add, mul
from typing import Any

import sympy

from ..errors import CyclotomicError
from .cyclotomic import Cyclotomic, E, cos_turn, sin_turn, to_cyclotomic
from .square_roots import root_or_reason, square_root

LARGEST = 1000  # degree over Q of the field of a square root that is made
MOST = 10_000  # the largest n of a root of unity that is read: coordinates are as many as φ(n)
_TURNED: dict[type, Callable[[int, int], Cyclotomic]] = {sympy.cos: cos_turn, sympy.sin: sin_turn}
_OF_ONE: dict[type, Callable[[Cyclotomic], Cyclotomic]] = {
    sympy.conjugate: Cyclotomic.conjugate,
    sympy.re: lambda x: x.real,
    sympy.im: lambda x: x.imag,
}


def number_from_sympy(value: Any) -> Cyclotomic:
    """The exact number that a SymPy expression, or an int or Fraction, is; see the file's docstring.

    Raises:
        CyclotomicError: for floats, symbols, cube roots of numbers but ±1, and other expressions, naming the part.

    Example:
        >>> number_from_sympy(sympy.sqrt(2) / 2) == cos_turn(1, 8)
        True
        >>> number_from_sympy(sympy.exp(2 * sympy.pi * sympy.I / 3)), number_from_sympy(sympy.GoldenRatio)
        (E(3), -E(5)**2 - E(5)**3)
    """
    if not isinstance(value, sympy.Basic) or isinstance(value, sympy.Rational):
        return to_cyclotomic(value)
    if value is sympy.I:
        return E(4)
    if value is sympy.GoldenRatio:
        return (1 + square_root(Fraction(5))) * Fraction(1, 2)
    if isinstance(value, sympy.Add | sympy.Mul):
        return reduce(add if isinstance(value, sympy.Add) else mul, map(number_from_sympy, value.args))
    if isinstance(value, sympy.exp):
        return E(*_turn(value, value.args[0] / (2 * sympy.pi * sympy.I)))
    if isinstance(value, sympy.Pow):
        return _power(value, *value.args)
    if type(value) in _TURNED:
        k, n = _turn(value, value.args[0] / (2 * sympy.pi))[::-1]
        return _TURNED[type(value)](k, n)
    if type(value) in _OF_ONE:
        return _OF_ONE[type(value)](number_from_sympy(value.args[0]))
    raise _refused(value)


def _refused(value: Any) -> CyclotomicError:
    return CyclotomicError(
        f"{value} is not read as an exact number: give rationals, I, roots of unity, square roots of rationals, "
        "cosines and sines of rational multiples of pi, and sums, products and powers of these"
    )


def _turn(value: Any, share: Any) -> tuple[int, int]:
    """(n, k) with share = k/n of a turn."""
    part = sympy.sympify(share)
    if not isinstance(part, sympy.Rational):
        raise _refused(value)
    if part.q > MOST:
        raise CyclotomicError(f"{value} needs roots of unity of order {part.q}; at most {MOST} are read")
    return int(part.q), int(part.p)


def _power(value: Any, base: Any, exponent: Any) -> Cyclotomic:
    if base is sympy.E:
        return E(*_turn(value, exponent / (2 * sympy.pi * sympy.I)))
    if not isinstance(exponent, sympy.Rational):
        raise _refused(value)
    if exponent.q == 1:
        found = number_from_sympy(base)
        if not found and exponent < 0:
            raise CyclotomicError(f"{value} is a quotient by zero")
        return found ** int(exponent)
    if base == -1:
        return E(*_turn(value, exponent / 2))
    if exponent.q == 2 and (root := _root(base)) is not None:
        return root ** int(exponent.p)
    raise _refused(value)


def _root(base: Any) -> Cyclotomic | None:
    """The principal square root of a rational number, or a real one in a quadratic field; None where none is found."""
    inside = number_from_sympy(base)
    images = {inside.galois(k) for k in range(1, inside.conductor + 1) if gcd(k, inside.conductor) == 1}
    if not inside or len(images) > 2 or not inside.is_real:
        return None if inside else inside
    negative = inside < 0
    conjugate = None if inside.is_rational else (images - {inside}).pop()
    if negative:
        inside, conjugate = -inside, None if conjugate is None else -conjugate
    found = root_or_reason(inside, conjugate, LARGEST)
    if isinstance(found, str):
        return None
    return found * E(4) if negative else found
