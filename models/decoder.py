"""Scores that are no linear function of the state: layers one after the other, as an MLP behind a norm.

A `Decoder` is a tuple of layers, each from a vector v to a vector; arrays may be others for each last letter.

    Affine(W, b)        W v + b                            Gate(g, b)        g v + b, entry by entry
    Activation(name)    σ(v), entry by entry               Norm(ε, centred)  v̄ / √(mean v̄² + ε)
    Residual(layers)    v + f(v)                           Product(f, g)     f(v) g(v), entry by entry

v̄ = v − mean v in a centred norm (LayerNorm), else v (RMSNorm); the weight and bias of a norm are a gate after it. GELU
is y Φ(y), "gelu_tanh" its approximation y (1 + tanh(√(2/π) (y + 0.044715 y³))) / 2.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..groups.compared_by_fields import ComparedByFields
from .errors import ModelError
from .given_arrays import exact_array

Floats = NDArray[Any]  # of float64
FUNCTIONS = ("gelu", "gelu_tanh", "relu", "sigmoid", "silu", "tanh")
DEEPEST = 8  # layers inside layers


def _real(values: Any, name: str, dimensions: int) -> Floats:
    found = exact_array(values, f"decoder: {name}")
    if found.ndim not in (dimensions, dimensions + 1) or 0 in found.shape or np.iscomplexobj(found):
        raise ModelError(
            f"decoder: {name} has the shape {found.shape} and the type {found.dtype}; real numbers in {dimensions} "
            f"dimensions, or one more for the last letter, are needed"
        )
    return found


@dataclass(frozen=True, eq=False)
class Affine(ComparedByFields):
    """v → W v + b; W (out, in) or (letters, out, in), b (out,) or (letters, out), or None."""

    weights: Floats
    add: Floats | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", _real(self.weights, "weights", 2))
        if self.add is not None:
            object.__setattr__(self, "add", _real(self.add, "add", 1))
            if self.add.shape[-1] != self.weights.shape[-2]:
                raise ModelError(f"decoder: weights have {self.weights.shape[-2]} rows and add {self.add.shape[-1]}")


@dataclass(frozen=True, eq=False)
class Gate(ComparedByFields):
    """v → g v + b, entry by entry; g and b (units,) or (letters, units), b may be None."""

    factors: Floats
    add: Floats | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "factors", _real(self.factors, "factors", 1))
        if self.add is not None:
            object.__setattr__(self, "add", _real(self.add, "add", 1))
            if self.add.shape[-1] != self.factors.shape[-1]:
                raise ModelError(f"decoder: factors are {self.factors.shape[-1]} and add {self.add.shape[-1]}")


@dataclass(frozen=True)
class Activation:
    """v → σ(v), entry by entry, by its name: relu, silu, gelu, gelu_tanh, sigmoid or tanh."""

    function: str

    def __post_init__(self) -> None:
        if self.function not in FUNCTIONS:
            raise ModelError(f"decoder: the activation {self.function!r} is none of {', '.join(FUNCTIONS)}")


@dataclass(frozen=True)
class Norm:
    """v → v̄ / √(mean v̄² + ε), v̄ = v − mean v if `centred`, else v; ε is positive."""

    eps: float
    centred: bool = False

    def __post_init__(self) -> None:
        fine = isinstance(self.eps, (int, float)) and not isinstance(self.eps, bool) and math.isfinite(self.eps)
        if not fine or not self.eps > 0:
            raise ModelError(f"decoder: eps has to be a positive number, got eps={self.eps!r}")
        object.__setattr__(self, "eps", float(self.eps))
        if not isinstance(self.centred, bool):
            raise ModelError(f"decoder: centred has to be True or False, got centred={self.centred!r}")


@dataclass(frozen=True)
class Residual:
    """v → v + f(v), f the layers, one after the other."""

    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", _layers(self.layers))


@dataclass(frozen=True)
class Product:
    """v → f(v) g(v), entry by entry, f the layers `left` and g the layers `right`: a gate of the state."""

    left: tuple[Layer, ...]
    right: tuple[Layer, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "left", _layers(self.left))
        object.__setattr__(self, "right", _layers(self.right))


Layer = Affine | Gate | Activation | Norm | Residual | Product


@dataclass(frozen=True)
class Decoder:
    """Layers from the state to the scores, see the file's docstring.

    Attributes:
        layers: one after the other, from the state without a constant unit; a complex unit u + iv is the pair u, v.

    Raises:
        ModelError: for something that is no layer, or arrays of other dimensions.

    >>> mlp = Decoder((Norm(1e-5), Affine([[1, -1], [-1, 1]]), Activation("relu"), Affine([[1, 0], [0, 1]])))
    >>> mlp.width(hidden=2, letters=3)
    2
    """

    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", _layers(self.layers))
        if not self.layers:
            raise ModelError("decoder: there is no layer")

    @property
    def by_last_letter(self) -> bool:
        """Whether any array depends on the last letter."""
        return any(values.ndim > plain for _, values, plain in arrays_of(self.layers))

    def width(self, hidden: int, letters: int) -> int:
        """The number of scores.

        Raises:
            ModelError: if layers do not fit states of so many units, each other, or the number of letters.
        """
        for name, values, plain in arrays_of(self.layers):
            if values.ndim > plain and len(values) != letters:
                raise ModelError(f"decoder: {name} is given for {len(values)} last letters, and there are {letters}")
        return _width(self.layers, hidden, 0)

    def with_constant_unit(self, hidden: int) -> Decoder:
        """The same on (h, 1), which leaves the constant unit out."""
        first, *rest = self.layers
        if not isinstance(first, Affine):
            return Decoder((Affine(np.eye(hidden, hidden + 1)), first, *rest))
        zeros = np.zeros((*first.weights.shape[:-1], 1))
        return Decoder((Affine(np.concatenate([first.weights, zeros], axis=-1), first.add), *rest))

    def in_order(self, order: Sequence[int]) -> Decoder:
        """The same with the scores in another order."""
        last = self.layers[-1]
        if not isinstance(last, Affine):
            return Decoder((*self.layers, Affine(np.eye(max(order) + 1)[list(order)])))
        add = None if last.add is None else last.add[..., list(order)]
        return Decoder((*self.layers[:-1], Affine(last.weights[..., list(order), :], add)))

    def first_letters(self, letters: int) -> Decoder:
        """The same for the first letters alone."""
        return Decoder(tuple(_cut(layer, letters) for layer in self.layers))


def _layers(given: Sequence[Any]) -> tuple[Layer, ...]:
    found = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    for layer in found:
        if not isinstance(layer, Layer):
            raise ModelError(
                f"decoder: {type(layer).__name__} is no layer; Affine, Gate, Activation, Norm, Residual and Product are"
            )
    return found


def arrays_of(layers: Sequence[Layer]) -> Iterator[tuple[str, Floats, int]]:
    """All arrays: their name in the layer, themselves, and how many dimensions one for all letters has."""
    for layer in layers:
        if isinstance(layer, Affine):
            yield "weights", layer.weights, 2
        if isinstance(layer, Gate):
            yield "factors", layer.factors, 1
        if isinstance(layer, (Affine, Gate)) and layer.add is not None:
            yield "add", layer.add, 1
        if isinstance(layer, Residual):
            yield from arrays_of(layer.layers)
        if isinstance(layer, Product):
            yield from arrays_of((*layer.left, *layer.right))


def _width(layers: Sequence[Layer], width: int, depth: int) -> int:
    if depth > DEEPEST:
        raise ModelError(f"decoder: layers stand over {DEEPEST} deep in each other")
    for layer in layers:
        if isinstance(layer, Affine):
            if layer.weights.shape[-1] != width:
                raise ModelError(f"decoder: weights have {layer.weights.shape[-1]} columns for {width} units")
            width = layer.weights.shape[-2]
        elif isinstance(layer, Gate) and layer.factors.shape[-1] != width:
            raise ModelError(f"decoder: a gate has {layer.factors.shape[-1]} factors for {width} units")
        elif isinstance(layer, Residual):
            if (inside := _width(layer.layers, width, depth + 1)) != width:
                raise ModelError(f"decoder: a residual adds {inside} units to {width}")
        elif isinstance(layer, Product):
            left, right = (_width(side, width, depth + 1) for side in (layer.left, layer.right))
            if left != right:
                raise ModelError(f"decoder: a product of {left} units with {right}")
            width = left
    return width


def _cut(layer: Layer, letters: int) -> Layer:
    if isinstance(layer, Residual):
        return Residual(tuple(_cut(inner, letters) for inner in layer.layers))
    if isinstance(layer, Product):
        left, right = (tuple(_cut(inner, letters) for inner in side) for side in (layer.left, layer.right))
        return Product(left, right)
    if isinstance(layer, (Affine, Gate)):
        main, plain = (layer.weights, 2) if isinstance(layer, Affine) else (layer.factors, 1)
        add = layer.add
        main = main[:letters] if main.ndim > plain else main
        return type(layer)(main, add[:letters] if add is not None and add.ndim > 1 else add)
    return layer
