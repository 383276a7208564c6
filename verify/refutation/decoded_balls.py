"""A decoder in ball arithmetic, at one state: written anew, so that an error in the checker is no error here."""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import arb, arb_mat

from ...models.decoder import Activation, Affine, Decoder, Gate, Layer, Norm, Residual


def decoded_balls(decoder: Decoder, h: Any, x: int) -> Any:
    """Scores of a state, (hidden, 1), after the last letter x: (scores, 1), both matrices of balls."""
    return _through(decoder.layers, h, x)


def _through(layers: tuple[Layer, ...], v: Any, x: int) -> Any:
    for layer in layers:
        v = _layer(layer, v, x)
    return v


def _layer(layer: Layer, v: Any, x: int) -> Any:
    if isinstance(layer, Affine):
        W = layer.weights if layer.weights.ndim == 2 else layer.weights[x]
        return _plus(arb_mat(W.tolist()) * v, layer.add, x)
    if isinstance(layer, Gate):
        g = layer.factors if layer.factors.ndim == 1 else layer.factors[x]
        return _plus(arb_mat([[arb(float(a)) * b] for a, b in zip(g, v.entries(), strict=True)]), layer.add, x)
    if isinstance(layer, Activation):
        return arb_mat([[_value(layer.function, y)] for y in v.entries()])
    if isinstance(layer, Norm):
        values = v.entries()
        mean = sum(values, arb(0)) / len(values) if layer.centred else arb(0)
        values = [y - mean for y in values]
        square = sum((y * y for y in values), arb(0)) / len(values)
        return arb_mat([[y / (square + arb(layer.eps)).sqrt()] for y in values])
    if isinstance(layer, Residual):
        return v + _through(layer.layers, v, x)
    left, right = (_through(side, v, x).entries() for side in (layer.left, layer.right))
    return arb_mat([[a * b] for a, b in zip(left, right, strict=True)])


def _plus(v: Any, add: Any, x: int) -> Any:
    if add is None:
        return v
    return v + arb_mat([[float(b)] for b in (add if np.ndim(add) == 1 else add[x])])


def _value(name: str, y: Any) -> Any:
    if name == "relu":
        return (y + abs(y)) / 2
    if name == "silu":
        return y / (1 + (-y).exp())
    if name == "sigmoid":
        return 1 / (1 + (-y).exp())
    if name == "tanh":
        return y.tanh()
    if name == "gelu":
        return y * (1 + (y / arb(2).sqrt()).erf()) / 2
    return y * (1 + ((2 / arb.pi()).sqrt() * (y + arb(44715) / 1000000 * y * y * y)).tanh()) / 2
