"""The one gate from exact numbers to floats: every value is the nearest float, ties to even."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from flint import arb


class RealNumber(Protocol):
    """An exact real number that can be enclosed as narrowly as one likes: a real `Cyclotomic` is one."""

    @property
    def is_rational(self) -> bool:
        """Whether the number is known as a fraction."""
        ...

    def to_fraction(self) -> Fraction:
        """The value of a rational number."""
        ...

    def real_ball(self, precision: int) -> arb:
        """A ball of about `precision` bits that contains the number."""
        ...


def nearest_float(value: RealNumber, dtype: Any = np.float64) -> Any:
    """The float nearest to a real number, as a Python float (or a scalar of another real dtype)."""
    if value.is_rational:
        return _round(value.to_fraction(), dtype)
    precision = 80
    while True:  # an irrational number is never halfway between two floats, so this ends
        low, high = _interval(value.real_ball(precision))
        rounded = _round(low, dtype)
        if rounded == _round(high, dtype):
            return rounded
        precision *= 2


def _interval(ball: arb) -> tuple[Fraction, Fraction]:
    middle, radius = (_dyadic(part) for part in (ball.mid(), ball.rad()))
    return middle - radius, middle + radius


def _dyadic(exact: arb) -> Fraction:
    mantissa, exponent = exact.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _round(value: Fraction, dtype: Any) -> Any:
    """The nearest float of a real dtype, ties to even."""
    double = value.numerator / value.denominator  # Python's int division is correctly rounded
    if np.dtype(dtype) == np.float64:
        return double
    # Rounding twice can be wrong by one unit: choose among the neighbours by exact comparison.
    near = np.dtype(dtype).type(double)
    info = np.finfo(dtype)
    candidates = [near, np.nextafter(near, info.max, dtype=dtype), np.nextafter(near, info.min, dtype=dtype)]
    return min(candidates, key=lambda f: (abs(Fraction(float(f)) - value), _is_odd(f)))


def _is_odd(value: Any) -> int:
    return int(value.view(f"u{value.itemsize}")) & 1
