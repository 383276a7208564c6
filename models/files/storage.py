"""Models in files: what `save_model` writes, and what is checked before a model is made of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from ...theory.files.json_file import shown
from ...theory.files.json_record import (
    FLAG,
    NOTHING,
    POSITIVE,
    TEXT,
    Kind,
    check_record,
    either,
    list_of,
    one_of,
    whole,
)
from ..baselines import KINDS, Baseline
from ..bilinear_rnn import BilinearRNN
from ..errors import CheckpointError, ModelError, checked_device
from ..linear_rnn import LinearRNN
from ..recurrence.by_letter import BATCHING
from ..transitions.block import BlockTransition
from ..transitions.registry import TRANSITIONS
from .atomic import Entry, read_json, read_tensors, write_json, write_tensors
from .shapes import parameter_shapes

MODEL_TENSORS = "model.safetensors"
MODEL_CONFIG = "model.json"


def save_model(model: BilinearRNN | Baseline | LinearRNN, directory: str | Path) -> None:
    """Write `model.safetensors` and `model.json` into a directory, made when missing.

    Raises:
        ModelError: when a weight is not finite; nothing is written.
    """
    model.check_finite()
    if str(model.start.dtype).removeprefix("torch.") not in DTYPES:
        raise ModelError(f"the model is in {model.start.dtype}; {' and '.join(DTYPES)} are saved")
    place = Path(directory)
    place.mkdir(parents=True, exist_ok=True)
    write_tensors(place / MODEL_TENSORS, model.state_dict(), model.config)
    write_json(place / MODEL_CONFIG, model.config)


def load_model(directory: str | Path, device: torch.device | str = "cpu") -> BilinearRNN:
    """The model that `save_model` wrote.

    Raises:
        CheckpointError: for missing or damaged files, a configuration that does not fit the tensors, or a baseline,
            which `load_baseline` loads.
        ModelError: when a weight is not finite.
    """
    return _load(directory, device, _check_model, build_model)


def load_baseline(directory: str | Path, device: torch.device | str = "cpu") -> Baseline:
    """The baseline that `save_model` wrote.

    Raises:
        CheckpointError: for missing or damaged files, a configuration that does not fit the tensors, or another model.
        ModelError: when a weight is not finite.
    """
    return _load(directory, device, _check_baseline, build_baseline)


def load_linear(directory: str | Path, device: torch.device | str = "cpu") -> LinearRNN:
    """The `LinearRNN` that `save_model` wrote.

    Raises:
        CheckpointError: for missing or damaged files, a configuration that does not fit the tensors, or another model.
        ModelError: when a number is not finite.
    """
    return _load(directory, device, _check_linear, _build_linear)


def load_network(directory: str | Path, device: torch.device | str = "cpu") -> BilinearRNN | Baseline | LinearRNN:
    """Whatever model `save_model` wrote.

    Raises:
        CheckpointError: for missing or damaged files, or a configuration that does not fit the tensors.
        ModelError: when a weight is not finite.
    """
    config = read_json(Path(directory) / MODEL_CONFIG)
    kind = config.get("kind") if isinstance(config, dict) else None
    if kind == "linear":
        return load_linear(directory, device)
    if isinstance(kind, str) and kind in KINDS:
        return load_baseline(directory, device)
    return load_model(directory, device)


Model = TypeVar("Model", BilinearRNN, Baseline, LinearRNN)


def _load(
    directory: str | Path,
    device: torch.device | str,
    check: Callable[[Any], None],
    build: Callable[[Any, torch.device | str], Model],
) -> Model:
    place = Path(directory)
    config = read_json(place / MODEL_CONFIG)

    def expect(written: Any, _: Collection[str]) -> Iterable[Entry]:
        if config != written:
            raise CheckpointError(
                f"{place / MODEL_CONFIG} says {shown(config)}, {MODEL_TENSORS} beside it holds {shown(written)}"
            )
        check(config)
        return ((name, DTYPES[config["dtype"]], shape) for name, shape in parameter_shapes(config))

    tensors, _ = read_tensors(place / MODEL_TENSORS, expect)
    model = build(config, device)
    load_tensors(model, tensors)
    return model


def build_model(config: Any, device: torch.device | str = "cpu") -> BilinearRNN:
    """A model from `BilinearRNN.config`, with start values.

    Raises:
        CheckpointError: when the configuration lacks an entry, has one too many or one of another type.
        ModelError: when its entries do not go together.
    """
    _check_model(config)
    return BilinearRNN(**{**config, "dtype": DTYPES[config["dtype"]]}, device=device)


def build_baseline(config: Any, device: torch.device | str = "cpu") -> Baseline:
    """A model from `Baseline.config`, with start values.

    Raises:
        CheckpointError: when the configuration lacks an entry, has one too many or one of another type.
        ModelError: when its entries do not go together.
    """
    _check_baseline(config)
    return Baseline(**{**config, "dtype": DTYPES[config["dtype"]]}, device=device)


def _build_linear(config: Any, device: torch.device | str = "cpu") -> LinearRNN:
    """A network of the shapes of a configuration, with zeros."""
    arrays = {name: np.zeros(shape) for name, shape in parameter_shapes(config)}
    net = LinearRNN(
        arrays["A"],
        arrays["start"],
        arrays["readout"],
        arrays.get("add"),
        arrays.get("bias"),
        config["normalize"],
        tuple(config["changes"]),
    )
    return net.to(dtype=DTYPES[config["dtype"]], device=checked_device(device))


def _check_linear(config: Any) -> None:
    if isinstance(config, dict) and config.get("kind") != "linear":
        raise CheckpointError("the model is no LinearRNN; load_network loads any")
    _check_config(config, LINEAR_FIELDS)


def _check_model(config: Any) -> None:
    if isinstance(config, dict) and config.get("kind") == "linear":
        raise CheckpointError("the model is a LinearRNN; load_linear loads it")
    if isinstance(config, dict) and (kind := config.get("kind")) in KINDS:
        raise CheckpointError(
            f"the model is a baseline, {kind}, without matrices to look at; a bilinear model is "
            "needed here (load_baseline loads the other one)"
        )
    _check_config(config, MODEL_FIELDS)


def _check_baseline(config: Any) -> None:
    if isinstance(config, dict) and (family := config.get("transition")) in TRANSITIONS:
        raise CheckpointError(f"the model is bilinear, {family}; load_model loads it")
    _check_config(config, BASELINE_FIELDS)


def _check_config(config: Any, fields: dict[str, Kind]) -> None:
    has_default = fields.keys() - {"letters", "hidden", "states", "kind", "dtype"}
    if fields is LINEAR_FIELDS:
        has_default = set()
    check_record(config, fields, "not a model configuration of the kind asked for", CheckpointError, has_default)


DTYPES = {"float32": torch.float32, "float64": torch.float64}
_SIZES = dict.fromkeys(("letters", "hidden", "states"), whole(1)) | {"dtype": one_of(DTYPES)}
MODEL_FIELDS = _SIZES | {
    "transition": one_of(TRANSITIONS),
    **dict.fromkeys(("block", "reflections", "heads", "dictionary"), whole(1)),
    "rank": either(whole(1), NOTHING),
    **dict.fromkeys(("normalize", "additive"), FLAG),
    **dict.fromkeys(("temperature", "gain"), either(POSITIVE, NOTHING)),
    "batching": one_of(dict.fromkeys((*BATCHING, *BlockTransition.ways))),
}
LINEAR_FIELDS = _SIZES | {
    "kind": one_of(["linear"]),
    "readouts": one_of(["one", "each letter"]),
    "bias": one_of(["none", "one", "each letter"]),
    "changes": list_of(TEXT),
    **dict.fromkeys(("normalize", "add"), FLAG),
}
BASELINE_FIELDS = _SIZES | {"kind": one_of(KINDS), "layers": whole(1), "heads": whole(1)}


def load_tensors(model: BilinearRNN | Baseline | LinearRNN, tensors: Mapping[str, Tensor]) -> None:
    """Copy tensors, whose shapes are known to be right, into a model.

    Raises:
        ModelError: when a weight is not finite; the model is left as it was.
    """
    for name, values in tensors.items():
        if not torch.isfinite(values).all():
            raise ModelError(f"weight {name} is not finite in the file; weights have to be finite")
    model.load_state_dict(dict(tensors))
