"""What a certificate says of a decoder, scores that are no linear function of the state, read and validated.

A decoder is a list of layers, each from a vector to a vector; see `decoder.py` for what they compute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any

from .dyadic import Dyadic
from .errors import require_form
from .fields import MOST_NUMBERS, field, floats, integer, integers, matrices

FUNCTIONS = ("gelu", "gelu_tanh", "relu", "sigmoid", "silu", "tanh")
MOST_LAYERS = 256  # inner ones counted as well
DEEPEST = 8  # layers inside layers
WIDEST = 2**13


@dataclass(frozen=True)
class Affine:
    """v → W v + b; W and b are one, or one for each last letter, and b may be missing."""

    weights: tuple[Dyadic, ...]
    add: tuple[Dyadic, ...]


@dataclass(frozen=True)
class Gate:
    """v → g v + b, entry by entry; g and b are one, or one for each last letter, columns, and b may be missing."""

    factors: tuple[Dyadic, ...]
    add: tuple[Dyadic, ...]


@dataclass(frozen=True)
class Activation:
    """v → σ(v), entry by entry."""

    function: str


@dataclass(frozen=True)
class Norm:
    """v → v̄ / √(mean v̄² + ε), v̄ = v − mean v if `centred`, else v."""

    eps: Fraction
    centred: bool


@dataclass(frozen=True)
class Residual:
    """v → v + f(v), f the layers inside."""

    layers: tuple[Layer, ...]


@dataclass(frozen=True)
class Product:
    """v → f(v) g(v), entry by entry, f and g the layers inside."""

    left: tuple[Layer, ...]
    right: tuple[Layer, ...]


Layer = Affine | Gate | Activation | Norm | Residual | Product


@dataclass
class _Reader:
    """Reads layers, and counts them.

    Attributes:
        letters: of the task.
        layers: that have been read.
        numbers: in their arrays.
        work: products of numbers for one vector.
        symbols: entries whose rounding to first order has a symbol of its own, see `affine_forms.py`.
        by_letter: whether any array is one for each last letter.
    """

    letters: int
    layers: int = 0
    numbers: int = 0
    work: int = 0
    symbols: int = 0
    by_letter: bool = False

    def read(self, stored: Sequence[Any], width: int, depth: int) -> tuple[tuple[Layer, ...], int]:
        """The layers, and how many entries they give, from vectors of `width` entries."""
        require_form(depth <= DEEPEST, f"layers of a decoder stand over {DEEPEST} deep in each other")
        found = []
        for layer in stored:
            self.layers += 1
            require_form(self.layers <= MOST_LAYERS, f"a decoder has over {MOST_LAYERS} layers")
            require_form(isinstance(layer, dict), "a layer of a decoder is an object with a kind")
            made, width = self._one(layer, width, depth)
            found.append(made)
        return tuple(found), width

    def _one(self, stored: Mapping[str, Any], width: int, depth: int) -> tuple[Layer, int]:
        kind = field(stored, "kind", str)
        if kind == "affine":
            shape = integers(field(stored, "weights", dict), "shape", 1, MOST_NUMBERS)
            require_form(len(shape) in (2, 3) and shape[-1] == width, "the shapes of a decoder do not go together")
            rows = shape[-2]
            require_form(rows <= WIDEST, f"a layer of a decoder has over {WIDEST} entries")
            self.work += rows * width
            weights = self._arrays(stored, "weights", rows, width)
            return Affine(weights, self._arrays(stored, "add", rows, 1) if "add" in stored else ()), rows
        if kind == "gate":
            factors = self._arrays(stored, "factors", width, 1)
            return Gate(factors, self._arrays(stored, "add", width, 1) if "add" in stored else ()), width
        if kind == "activation":
            function = field(stored, "function", str)
            require_form(function in FUNCTIONS, f"the activation {function[:40]!r} is none of {', '.join(FUNCTIONS)}")
            self.symbols += width
            return Activation(function), width
        if kind == "norm":
            eps = Fraction(*floats(field(stored, "eps", dict), (1,), "eps")[0].as_integer_ratio())
            require_form(eps > 0, "the eps of a norm has to be positive")
            self.symbols += width + 2
            return Norm(eps, field(stored, "centred", bool)), width
        require_form(kind in ("residual", "product"), f"a layer of the kind {kind[:40]!r} is not known")
        names = ("layers",) if kind == "residual" else ("left", "right")
        sides = [self.read(field(stored, name, list), width, depth + 1) for name in names]
        fine = sides[0][1] == (width if kind == "residual" else sides[1][1])
        require_form(fine, f"the sides of a {kind} do not have the same size")
        if kind == "residual":
            return Residual(sides[0][0]), width
        self.symbols += sides[0][1]
        return Product(sides[0][0], sides[1][0]), sides[0][1]

    def _arrays(self, stored: Mapping[str, Any], name: str, rows: int, columns: int) -> tuple[Dyadic, ...]:
        held, plain = field(stored, name, dict), [rows, columns] if name == "weights" else [rows]
        shape = integers(held, "shape", 1, MOST_NUMBERS)
        each = len(shape) == len(plain) + 1
        require_form(shape == ([self.letters, *plain] if each else plain), f"{name!r} does not fit its layer")
        self.by_letter |= each
        self.numbers += prod(shape)
        require_form(self.numbers <= MOST_NUMBERS, "a decoder has more numbers than can be checked")
        return matrices(held, self.letters if each else 1, rows, columns, name)


@dataclass(frozen=True)
class Decoder:
    """The layers, and what they cost.

    Attributes:
        layers: from the state to the scores.
        by_last_letter: whether an array is one for each last letter.
        work: products of numbers for the scores of one vector.
        symbols: see `affine_forms.py`, the most that layers can add.
    """

    layers: tuple[Layer, ...]
    by_last_letter: bool
    work: int
    symbols: int


def decoder_of(stored: Mapping[str, Any], letters: int, states: int, n: int) -> tuple[Decoder, int, int | None]:
    """The decoder, how many scores it gives, and the constant unit, None for the norm of the state.

    Raises:
        FormatError: for shapes that do not go together, or more numbers than can be checked.
    """
    reader = _Reader(letters)
    layers, scores = reader.read(field(stored, "layers", list), n, 0)
    require_form(len(layers) > 0, "a decoder has no layer")
    require_form(scores >= states, f"there are {scores} scores for {states} states")
    constant = integer(stored, "constant", -1, n - 1)
    work = reader.work + reader.symbols + n
    return Decoder(layers, reader.by_letter, work, reader.symbols), scores, None if constant < 0 else constant
