"""Modules of other people in files: their tensors, and what can be said of them without their code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..baselines import Baseline
from ..bilinear_rnn import BilinearRNN
from ..checks import check_finite
from ..clean_up.refreshed import Refreshed
from ..errors import CheckpointError, ModelError
from ..layers.base import RecurrentLayer
from ..layers.registry import LAYERS
from ..linear_rnn import LinearRNN
from .atomic import NAMES, read_tensors, write_json, write_tensors

MODEL_TENSORS, MODEL_CONFIG = "model.safetensors", "model.json"
OWN = "own module"
KNOWN = (BilinearRNN, Baseline, LinearRNN, Refreshed, *LAYERS.values())  # not their subclasses, whose code is not here


def require_finite(module: nn.Module) -> None:
    """Raise a `ModelError` that names the first weight with a NaN or an infinity; else do nothing."""
    check = getattr(module, "check_finite", None)
    if callable(check):
        check()
    else:
        check_finite((*module.named_parameters(), *module.named_buffers()))


def config_of(module: nn.Module) -> dict[str, Any]:
    """What a file says of a module beside its weights: the `config` of a model of this library; else its class, its
    sizes, and its own `config` if that is JSON.
    """
    if isinstance(module, BilinearRNN | Baseline | LinearRNN | Refreshed | RecurrentLayer) and type(module) in KNOWN:
        return module.config
    found = ((name, getattr(module, name, None)) for name in ("letters", "states"))
    sizes = {name: size for name, size in found if isinstance(size, int)}
    about = {"kind": OWN, "class": f"{type(module).__module__}.{type(module).__qualname__}", **sizes}
    config = getattr(module, "config", None)
    return about | ({"config": config} if isinstance(config, dict) and _is_json(config) else {})


def save_model(module: nn.Module, directory: str | Path) -> None:
    """Write `model.safetensors` and `model.json` into a directory, made when missing.

    Args:
        module: a `BilinearRNN`, `Baseline`, `LinearRNN`, `Refreshed` or layer, which `load_network` builds again; or
            any other module, whose weights `load_weights` puts into one that was built in Python.
        directory: the folder.

    Raises:
        ModelError: when a weight is not finite, or is no float32 or float64; nothing is written.
    """
    require_finite(module)
    place, state, config = Path(directory), module.state_dict(), config_of(module)
    for name, values in state.items():
        if values.dtype not in NAMES:
            raise ModelError(f"{name} is in {values.dtype}; torch.float32 and torch.float64 are saved")
    place.mkdir(parents=True, exist_ok=True)
    write_tensors(place / MODEL_TENSORS, state, config)
    write_json(place / MODEL_CONFIG, config)


def load_weights(module: nn.Module, directory: str | Path) -> None:
    """Put the weights that `train` or `save_model` wrote into a module that was built as the saved one was.

    Args:
        module: of the same class, with parameters of the same names, types and shapes.
        directory: the folder.

    Raises:
        CheckpointError: for missing or damaged files, or tensors of other names, types or shapes.
        ModelError: when a weight is not finite; the module is left as it was.
    """
    state = module.state_dict()
    path = Path(directory) / MODEL_TENSORS
    tensors, _ = read_tensors(path, lambda *_: ((name, t.dtype, tuple(t.shape)) for name, t in state.items()))
    for name, values in tensors.items():
        if not torch.isfinite(values).all():
            raise ModelError(f"weight {name} is not finite in {str(path)!r}; weights have to be finite")
    module.load_state_dict(tensors)


def refuse_own(config: Any, directory: str | Path) -> None:
    """Refuse to build a module whose code is not here.

    Raises:
        CheckpointError: for the configuration of one.
    """
    if isinstance(config, dict) and config.get("kind") == OWN:
        name = str(config.get("class"))[:200]
        raise CheckpointError(
            f"{str(directory)!r} holds weights of {name}, which this library cannot build: build it in Python, and put "
            "them into it with bistate.models.load_weights(module, directory)"
        )


def _is_json(value: Any) -> bool:
    try:
        return bool(json.loads(json.dumps(value)) == value)
    except (TypeError, ValueError):
        return False
