"""Functions of one real number that decoders are made of: values at points, and derivatives on intervals, in balls.

For x < y there is a ξ between with σ(y) − σ(x) = σ'(ξ) (y − x); for ReLU a number from 0 to 1 stands for σ'(0). So
where `slope` encloses the derivative on an interval, σ is enclosed by σ(x) + slope · (interval − x). The logistic
function s(y) = 1 / (1 + e^−y) and the normal distribution Φ rise, so they are enclosed by their values at the ends.
With these

    silu(y) = y s(y),   silu' = s (1 + y (1 − s)),      gelu(y) = y Φ(y),   gelu' = Φ + y φ,   φ = e^(−y²/2) / √(2π),
    gelu_tanh(y) = y s(2 u),   u = √(2/π) (y + 0.044715 y³),   its derivative s + 2 y u' s (1 − s),

as 1 + tanh u = 2 s(2 u), and, for positive numbers, 1 / y and 1 / √y, which fall.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flint import arb, fmpq

from .errors import require_decided

Real = Callable[[arb], arb]


@dataclass(frozen=True)
class Function:
    """A function of one number.

    Attributes:
        value: at a ball that is as good as a point.
        slope: the derivative from a number to one that is not smaller, enclosed.
        positive: whether it is defined for positive numbers alone.
    """

    value: Real
    slope: Callable[[arb, arb], arb]
    positive: bool = False

    def at(self, y: arb) -> arb:
        """The value at a ball.

        Raises:
            UndecidedError: if it need not be defined there.
        """
        self.require(y)
        return self.value(y)

    def require(self, y: arb) -> None:
        """Refuse a ball that reaches beyond the positive numbers, where these alone are allowed."""
        require_decided(not self.positive or y > 0, "a ball reaches 0 where it is divided by")


def ends(y: arb) -> tuple[arb, arb]:
    """The ends of a ball, exact numbers."""
    return y.lower(), y.upper()


def _logistic(y: arb) -> arb:
    return 1 / (1 + (-y).exp())


def _normal(y: arb) -> arb:
    return (-y / arb(2).sqrt()).erfc() / 2


def _bent(y: arb) -> arb:
    """2 u."""
    return (8 / arb.pi()).sqrt() * (y + arb(fmpq(44715, 1000000)) * y**3)


def _between(function: Real, low: arb, high: arb) -> arb:
    """All values of a monotone function from low to high."""
    return function(low).union(function(high))


def _silu_slope(low: arb, high: arb) -> arb:
    s = _between(_logistic, low, high)
    return s * (1 + low.union(high) * (1 - s))


def _gelu_slope(low: arb, high: arb) -> arb:
    y = low.union(high)
    return _between(_normal, low, high) + y * (-y * y / 2).exp() / (2 * arb.pi()).sqrt()


def _gelu_tanh_slope(low: arb, high: arb) -> arb:
    y, s = low.union(high), _between(lambda y: _logistic(_bent(y)), low, high)
    return s + y * (8 / arb.pi()).sqrt() * (1 + arb(fmpq(3 * 44715, 1000000)) * y * y) * s * (1 - s)


def _relu(y: arb) -> arb:
    low, high = ends(y)
    return (low if low > 0 else arb(0)).union(high if high > 0 else arb(0))


def _relu_slope(low: arb, high: arb) -> arb:
    return arb(0) if high <= 0 else arb(1) if low >= 0 else arb(0).union(arb(1))


def _sigmoid_slope(low: arb, high: arb) -> arb:
    s = _between(_logistic, low, high)
    return s * (1 - s)


def _tanh_slope(low: arb, high: arb) -> arb:
    return 1 - _between(arb.tanh, low, high) ** 2


def _inverse(y: arb) -> arb:
    return 1 / y


def _inverse_slope(low: arb, high: arb) -> arb:
    return -(_between(_inverse, low, high) ** 2)


def _inverse_root_slope(low: arb, high: arb) -> arb:
    return -(_between(arb.rsqrt, low, high) ** 3) / 2


INVERSE = Function(_inverse, _inverse_slope, positive=True)
INVERSE_ROOT = Function(arb.rsqrt, _inverse_root_slope, positive=True)
ACTIVATIONS = {
    "gelu": Function(lambda y: y * _normal(y), _gelu_slope),
    "gelu_tanh": Function(lambda y: y * _logistic(_bent(y)), _gelu_tanh_slope),
    "relu": Function(_relu, _relu_slope),
    "sigmoid": Function(_logistic, _sigmoid_slope),
    "silu": Function(lambda y: y * _logistic(y), _silu_slope),
    "tanh": Function(arb.tanh, _tanh_slope),
}
