"""A decoder as a torch module: how it runs, is saved, and is read off modules of torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .decoder import Activation, Affine, Decoder, Gate, Layer, Norm, Product, Residual
from .errors import ModelError
from .given_arrays import exact_array

Floats = NDArray[Any]  # of float64
RUN = {
    "gelu": nn.functional.gelu,
    "gelu_tanh": lambda v: nn.functional.gelu(v, approximate="tanh"),
    "relu": nn.functional.relu,
    "sigmoid": torch.sigmoid,
    "silu": nn.functional.silu,
    "tanh": torch.tanh,
}


class DecoderScores(nn.Module):
    """A `Decoder` as a torch module; its arrays are buffers.

    Args:
        layers: what it computes.
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(map(_LayerModule, layers))

    @property
    def values(self) -> tuple[Layer, ...]:
        """The layers, in double precision."""
        return tuple(layer.value for layer in self.layers)  # type: ignore[misc]

    @property
    def config(self) -> list[dict[str, Any]]:
        """What a file says beside the arrays: plain JSON values, one record for each layer."""
        return [layer.config for layer in self.layers]  # type: ignore[misc]

    def forward(self, v: Tensor, last: Tensor | None) -> Tensor:
        """(…, hidden), (…) → (…, scores)."""
        for layer in self.layers:
            v = layer(v, last)
        return v


class _LayerModule(nn.Module):
    """One layer."""

    weights: Tensor
    add: Tensor | None

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self.kind = type(layer).__name__.lower()
        self.options: dict[str, Any] = {}
        if isinstance(layer, (Affine, Gate)):
            main = layer.weights if isinstance(layer, Affine) else layer.factors
            self.register_buffer("weights", torch.from_numpy(np.array(main)))
            self.register_buffer("add", None if layer.add is None else torch.from_numpy(np.array(layer.add)))
        elif isinstance(layer, Activation):
            self.options = {"function": layer.function}
        elif isinstance(layer, Norm):
            self.options = {"eps": layer.eps, "centred": layer.centred}
        elif isinstance(layer, Residual):
            self.layers = DecoderScores(layer.layers)
        else:
            self.left, self.right = DecoderScores(layer.left), DecoderScores(layer.right)

    @property
    def value(self) -> Layer:
        """The layer, in double precision."""
        if self.kind in ("affine", "gate"):
            main, add = (None if t is None else t.double().numpy(force=True) for t in (self.weights, self.add))
            assert main is not None
            return Affine(main, add) if self.kind == "affine" else Gate(main, add)
        if self.kind == "activation":
            return Activation(**self.options)
        if self.kind == "norm":
            return Norm(**self.options)
        return Residual(self.layers.values) if self.kind == "residual" else Product(self.left.values, self.right.values)

    @property
    def config(self) -> dict[str, Any]:
        """See `DecoderScores.config`."""
        found = {"kind": self.kind, **self.options}
        if self.kind in ("affine", "gate"):
            plain = 2 if self.kind == "affine" else 1
            found["units"] = self.weights.shape[-1]
            found["out"] = self.weights.shape[-plain]
            found["weights"] = "each letter" if self.weights.ndim > plain else "one"
            found["add"] = "none" if self.add is None else "each letter" if self.add.ndim > 1 else "one"
        for name in ("layers", "left", "right"):
            if isinstance(inside := getattr(self, name, None), DecoderScores):
                found[name] = inside.config
        return found

    def forward(self, v: Tensor, last: Tensor | None) -> Tensor:
        """(…, in), (…) → (…, out)."""
        if self.kind == "activation":
            return RUN[self.options["function"]](v)
        if self.kind == "norm":
            v = v - v.mean(-1, keepdim=True) if self.options["centred"] else v
            return v * torch.rsqrt(v.square().mean(-1, keepdim=True) + self.options["eps"])
        if self.kind == "residual":
            return v + self.layers(v, last)
        if self.kind == "product":
            return self.left(v, last) * self.right(v, last)
        add = 0.0 if self.add is None else self.add if self.add.ndim == 1 else self.add[last]
        if self.kind == "gate":
            return v * (self.weights if self.weights.ndim == 1 else self.weights[last]) + add
        if self.weights.ndim == 2:
            return v @ self.weights.t() + add
        return (self.weights[last] @ v.unsqueeze(-1)).squeeze(-1) + add


def decoded(decoder: Decoder, h: Floats, last: NDArray[np.int64]) -> Floats:
    """Scores of states, in double precision: (words, hidden), (words,) → (words, scores)."""
    with torch.no_grad():
        found = DecoderScores(decoder.layers)(torch.from_numpy(np.ascontiguousarray(h)), torch.from_numpy(last))
    return np.asarray(found.numpy())


# --- files ---


def decoder_shapes(config: Sequence[dict[str, Any]], letters: int, place: str = "decoder") -> Iterator[tuple[str, Any]]:
    """Names of buffers and their shapes, from the configuration of a decoder alone."""
    for k, layer in enumerate(config):
        here = f"{place}.layers.{k}"
        if layer["kind"] in ("affine", "gate"):
            end = (layer["out"], layer["units"]) if layer["kind"] == "affine" else (layer["units"],)
            yield f"{here}.weights", (letters, *end) if layer["weights"] == "each letter" else end
            if layer["add"] != "none":
                yield f"{here}.add", (letters, layer["out"]) if layer["add"] == "each letter" else (layer["out"],)
        for name in ("layers", "left", "right"):
            if name in layer:
                yield from decoder_shapes(layer[name], letters, f"{here}.{name}")


def decoder_like(config: Sequence[dict[str, Any]], letters: int) -> tuple[Layer, ...]:
    """Layers of the shapes of a configuration, with zeros."""
    found: list[Layer] = []
    for layer in config:
        kind = layer["kind"]
        if kind in ("affine", "gate"):
            arrays = {name.rpartition(".")[2]: np.zeros(shape) for name, shape in decoder_shapes([layer], letters)}
            found.append((Affine if kind == "affine" else Gate)(arrays["weights"], arrays.get("add")))
        elif kind == "activation":
            found.append(Activation(layer["function"]))
        elif kind == "norm":
            found.append(Norm(layer["eps"], layer["centred"]))
        elif kind == "residual":
            found.append(Residual(decoder_like(layer["layers"], letters)))
        else:
            found.append(Product(decoder_like(layer["left"], letters), decoder_like(layer["right"], letters)))
    return tuple(found)


# --- modules of torch ---


def is_known(module: object) -> bool:
    """Whether a module of torch is read as a decoder, as far as its own class says."""
    return type(module) in (nn.Sequential, nn.Linear, nn.GELU, *SIMPLE, *NORMS)


def decoder_of(module: nn.Module) -> Decoder:
    """The decoder that a module of torch is: `Sequential` of `Linear`, activations, `LayerNorm`, `RMSNorm`.

    Raises:
        ModelError: for another module, or a norm over more than the last dimension; it is named.

    >>> decoder_of(nn.Sequential(nn.RMSNorm(4), nn.Linear(4, 8), nn.SiLU(), nn.Linear(8, 6))).width(4, letters=2)
    6
    """
    return Decoder(tuple(_read(module, type(module).__name__)))


SIMPLE: dict[type[nn.Module], str] = {nn.ReLU: "relu", nn.SiLU: "silu", nn.Sigmoid: "sigmoid", nn.Tanh: "tanh"}
NORMS = (nn.LayerNorm, nn.RMSNorm)


def _read(module: nn.Module, name: str) -> Iterator[Layer]:
    if type(module) is nn.Sequential:
        for key, inner in module.named_children():
            yield from _read(inner, f"{name}[{key}] {type(inner).__name__}")
    elif type(module) is nn.Linear:
        yield Affine(_array(module.weight), None if module.bias is None else _array(module.bias))
    elif type(module) in SIMPLE:
        yield Activation(SIMPLE[type(module)])
    elif type(module) is nn.GELU:
        yield Activation("gelu" if module.approximate == "none" else "gelu_tanh")
    elif type(module) is nn.LayerNorm or type(module) is nn.RMSNorm:
        yield from _norm(module, name)
    elif type(module) is nn.Identity or (type(module) is nn.Dropout and (module.p == 0 or not module.training)):
        return
    else:
        mode = "; it is in training mode, use eval()" if isinstance(module, nn.Dropout) else ""
        raise ModelError(
            f"readout: {name} is not read as a layer of a decoder{mode}; Sequential, Linear, ReLU, SiLU, GELU, "
            "Sigmoid, Tanh, LayerNorm and RMSNorm of torch are, and a Decoder can be given instead"
        )


def _norm(module: nn.LayerNorm | nn.RMSNorm, name: str) -> Iterator[Layer]:
    shape, centred = module.normalized_shape, isinstance(module, nn.LayerNorm)
    if len(shape) != 1:
        raise ModelError(f"readout: {name} is over {len(shape)} dimensions; one, the last, is covered")
    eps = module.eps
    if eps is None:  # of RMSNorm alone, as torch has it
        eps = torch.finfo(torch.float64 if module.weight is None else module.weight.dtype).eps
    yield Norm(eps, centred)
    bias = getattr(module, "bias", None)
    if module.weight is not None:
        yield Gate(_array(module.weight), None if bias is None else _array(bias))


def _array(values: Tensor) -> Floats:
    """The numbers of a parameter, exactly, as float64."""
    return exact_array(values, "readout")
