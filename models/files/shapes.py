"""The shapes of all parameters of a model, from its configuration alone: nothing is allocated.

A file that claims a model of a million hidden units is compared with these before such a model is built. They come one
by one, as a file may also claim a milliard of layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

from ..decoder_module import decoder_shapes
from ..layers.registry import layer_shapes
from ..transitions.family import Sizes
from ..transitions.registry import FAMILIES

Shapes = Iterator[tuple[str, tuple[int, ...]]]
GATES = {"rnn": 1, "gru": 3, "lstm": 4}
MAMBA_STATE, MAMBA_EXPAND, MAMBA_TAPS = 16, 2, 4  # the defaults of `MambaLayer`


def parameter_shapes(config: dict[str, Any]) -> Shapes:
    """Names and shapes as in `state_dict()` of the model with this configuration, in some order.

    Args:
        config: of a `BilinearRNN`, a `Baseline`, a `LinearRNN` or a `Refreshed`, its types checked; what has a default
            there may be missing.

    Example:
        >>> dict(parameter_shapes({"letters": 3, "hidden": 10**6, "states": 2, "transition": "diagonal"}))
        {'start': (1000000,), 'readout': (2, 1000000), 'family.weight': (3, 1000000)}
    """
    if "layer" in config:
        return iter(layer_shapes(config).items())
    if config.get("kind") == "linear":
        return _recurrence(config)
    if config.get("kind") == "refreshed":
        return _refreshed(config["model"])
    return _baseline(config) if "kind" in config else _bilinear(config)


def _recurrence(config: dict[str, Any]) -> Shapes:
    letters, hidden, states = config["letters"], config["hidden"], config["states"]
    yield "A", (letters, hidden, hidden)
    yield "start", (hidden,)
    yield "readout", (letters, states, hidden) if config["readouts"] == "each letter" else (states, hidden)
    if config["add"]:
        yield "add", (letters, hidden)
    if config["bias"] != "none":
        yield "bias", (letters, states) if config["bias"] == "each letter" else (states,)
    for k, part in enumerate(config.get("norms", ())):
        ends = {"weights": (states, part["units"]), "rows": (part["units"], hidden), "add": (part["units"],)}
        for name, end in ends.items():
            if part[name] != "none":
                yield f"norms.{k}.{name}", (letters, *end) if part[name] == "each letter" else end
    yield from decoder_shapes(config.get("decoder", ()), letters)


def _refreshed(inner: dict[str, Any]) -> Shapes:
    yield "codes", (inner["states"], inner["hidden"])
    for name, shape in parameter_shapes(inner):
        yield f"model.{name}", shape


def _bilinear(config: dict[str, Any]) -> Shapes:
    letters, hidden, states = config["letters"], config["hidden"], config["states"]
    yield "start", (hidden,)
    yield "readout", (states, hidden)
    if config.get("additive", False):
        yield "shift", (letters, hidden)
    sizes = Sizes(**{field.name: config[field.name] for field in fields(Sizes) if field.name in config})
    for name, shape in FAMILIES[config.get("transition", "full")].shapes(sizes).items():
        yield f"family.{name}", shape


def _baseline(config: dict[str, Any]) -> Shapes:
    letters, hidden, states = config["letters"], config["hidden"], config["states"]
    kind = config.get("kind", "lstm")
    yield "start", (hidden,)
    yield "embedding.weight", (letters, hidden)
    yield from _linear("readout", hidden, states)
    if kind in ("transformer", "mamba"):
        yield from _norm("norm", hidden)
    others: dict[str, Callable[[int, int], Shapes]] = {
        "slstm": lambda k, h: _slstm(k, h, config.get("heads", 4)),
        "transformer": _transformer,
        "mamba": _mamba,
    }
    layer = others.get(kind, lambda k, h: _recurrent(k, h, GATES[kind]))
    for k in range(config.get("layers", 1)):
        yield from layer(k, hidden)


def _recurrent(k: int, hidden: int, gates: int) -> Shapes:
    for side in ("ih", "hh"):
        yield f"body.weight_{side}_l{k}", (gates * hidden, hidden)
        yield f"body.bias_{side}_l{k}", (gates * hidden,)


def _slstm(k: int, hidden: int, heads: int) -> Shapes:
    yield from _linear(f"body.{k}.enter", hidden, 4 * hidden)
    yield f"body.{k}.mix", (heads, hidden // heads, 4 * (hidden // heads))


def _transformer(k: int, hidden: int) -> Shapes:
    for name in ("first", "second"):
        yield from _norm(f"body.{k}.{name}", hidden)
    for name, ins, outs in (("mix", 1, 3), ("out", 1, 1), ("feed.0", 1, 4), ("feed.2", 4, 1)):
        yield from _linear(f"body.{k}.{name}", ins * hidden, outs * hidden)


def _mamba(k: int, hidden: int) -> Shapes:
    inner, rank = MAMBA_EXPAND * hidden, max(1, -(-hidden // 16))
    shapes = {
        "norm.weight": (hidden,),
        "enter.weight": (2 * inner, hidden),
        "conv.weight": (inner, 1, MAMBA_TAPS),
        "conv.bias": (inner,),
        "select.weight": (rank + 2 * MAMBA_STATE, inner),
        "step.weight": (inner, rank),
        "step.bias": (inner,),
        "log_decay": (inner, MAMBA_STATE),
        "skip": (inner,),
        "leave.weight": (hidden, inner),
    }
    for name, shape in shapes.items():
        yield f"body.{k}.{name}", shape


def _linear(name: str, ins: int, outs: int) -> Shapes:
    yield f"{name}.weight", (outs, ins)
    yield f"{name}.bias", (outs,)


def _norm(name: str, size: int) -> Shapes:
    yield f"{name}.weight", (size,)
    yield f"{name}.bias", (size,)
