"""Models in files: what `save_model` writes, and what is checked before a model is made of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from ...theory.files.json_file import shown
from ...theory.files.json_record import (
    FLAG,
    NOTHING,
    POSITIVE,
    RECORD,
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
from ..checks import DTYPES
from ..clean_up.refreshed import Refreshed
from ..decoder import Decoder
from ..decoder_module import decoder_like
from ..errors import CheckpointError, ModelError, checked_device
from ..layers.base import RecurrentLayer
from ..layers.registry import LAYERS, build_layer, layer_shapes
from ..linear_rnn import LinearRNN
from ..normed_readout import NormedReadout
from ..recurrence.by_letter import BATCHING
from ..step_windows import Window
from ..transitions.block import BlockTransition
from ..transitions.registry import TRANSITIONS
from .atomic import Entry, read_json, read_tensors
from .decoder_fields import check_layers
from .own_module import MODEL_CONFIG, MODEL_TENSORS, refuse_own
from .shapes import parameter_shapes


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


def load_layer(directory: str | Path, device: torch.device | str = "cpu") -> RecurrentLayer:
    """The layer of `bistate.models.layers` that `save_model` wrote.

    Raises:
        CheckpointError: for missing or damaged files, a configuration that does not fit the tensors, or another model.
        ModelError: when a weight is not finite.
    """
    return _load(directory, device, _check_layer, build_layer)


def load_network(
    directory: str | Path, device: torch.device | str = "cpu"
) -> BilinearRNN | Baseline | LinearRNN | Refreshed | RecurrentLayer:
    """Whatever model of this library `save_model` wrote.

    Raises:
        CheckpointError: for missing or damaged files, a configuration that does not fit the tensors, or a module of
            somebody else, which `load_weights` is for.
        ModelError: when a weight is not finite.
    """
    config = read_json(Path(directory) / MODEL_CONFIG)
    refuse_own(config, directory)
    kind = config.get("kind") if isinstance(config, dict) else None
    if isinstance(config, dict) and "layer" in config:
        return load_layer(directory, device)
    if kind == "linear":
        return load_linear(directory, device)
    if kind == "refreshed":
        return _load(directory, device, _check_refreshed, _build_refreshed)
    if isinstance(kind, str) and kind in KINDS:
        return load_baseline(directory, device)
    return load_model(directory, device)


Model = TypeVar("Model", BilinearRNN, Baseline, LinearRNN, Refreshed, RecurrentLayer)


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
        [
            NormedReadout(
                arrays[f"norms.{k}.weights"],
                arrays[f"norms.{k}.rows"],
                part["eps"],
                part["centred"],
                arrays.get(f"norms.{k}.add"),
            )
            for k, part in enumerate(config.get("norms", ()))
        ],
        Window(**config["window"]) if "window" in config else None,
        Decoder(decoder_like(config["decoder"], config["letters"])) if "decoder" in config else None,
    )
    return net.to(dtype=DTYPES[config["dtype"]], device=checked_device(device))


def _build_refreshed(config: Any, device: torch.device | str = "cpu") -> Refreshed:
    """A recurrence with a clean-up, with start values and codes of zeros."""
    inner = config["model"]
    model = _build_linear(inner, device) if inner.get("kind") == "linear" else build_model(inner, device)
    return Refreshed(model, None, config["every"], codes=np.zeros((inner["states"], inner["hidden"])))


def _check_refreshed(config: Any) -> None:
    """Refuse a configuration of another recurrence than `recurrence_of` makes."""
    what = "not a configuration of a Refreshed"
    check_record(config, REFRESHED_FIELDS, what, CheckpointError)
    inner = config["model"]
    if inner.get("kind") == "linear":
        _check_linear(inner)
        plain = (inner["add"], inner["bias"]) == (False, "none")
        plain &= not inner.get("norms") and not inner.get("decoder")
    else:
        _check_model(inner)
        plain = not inner.get("additive", False)
    if not plain:
        raise CheckpointError(f"{what}: its recurrence has affine terms, or scores that are not linear")
    if inner["dtype"] != config["dtype"]:
        raise CheckpointError(f"{what}: dtype is {config['dtype']!r}, and {inner['dtype']!r} inside")


def _check_linear(config: Any) -> None:
    if isinstance(config, dict) and config.get("kind") != "linear":
        raise CheckpointError("the model is no LinearRNN; load_network loads any")
    _check_config(config, LINEAR_FIELDS, ("norms", "window", "decoder"))
    if "window" in config:
        check_record(config["window"], WINDOW_FIELDS, "the window of a LinearRNN", CheckpointError)
        if config["hidden"] % config["window"]["contexts"]:
            raise CheckpointError(f"{config['hidden']} hidden units are no blocks: {config['window']['contexts']}")
    for part in config.get("norms", ()):
        check_record(part, NORM_FIELDS, "a norm of a LinearRNN", CheckpointError)
    check_layers(config.get("decoder", ()))


def _check_layer(config: Any) -> None:
    """Refuse a configuration that no layer has; what its options may be, the layer itself says."""
    if not isinstance(config, dict) or "layer" not in config:
        raise CheckpointError("the model is no layer of bistate.models.layers; load_network loads any")
    check_record(
        {name: config.get(name) for name in ("layer", "dtype")},
        {"layer": one_of(LAYERS), "dtype": one_of(DTYPES)},
        "not a configuration of a layer",
        CheckpointError,
    )
    try:
        layer_shapes(config)
    except ModelError as error:
        raise CheckpointError(f"the configuration of the layer does not go together: {error}") from None
    except (TypeError, ValueError, RuntimeError, OverflowError, AttributeError, ZeroDivisionError) as error:
        reason = str(error).splitlines()[0][:200]
        raise CheckpointError(f"the configuration of the layer cannot be read: {reason}") from error


def _check_model(config: Any) -> None:
    refuse_own(config, "the folder")
    if isinstance(config, dict) and "layer" in config:
        raise CheckpointError("the model is a layer of bistate.models.layers; load_network loads it")
    if isinstance(config, dict) and config.get("kind") == "linear":
        raise CheckpointError("the model is a LinearRNN; load_linear loads it")
    if isinstance(config, dict) and config.get("kind") == "refreshed":
        raise CheckpointError("the model is a Refreshed, a recurrence with a clean-up; load_network loads it")
    if isinstance(config, dict) and (kind := config.get("kind")) in KINDS:
        raise CheckpointError(
            f"the model is a baseline, {kind}, without matrices to look at; a bilinear model is "
            "needed here (load_baseline loads the other one)"
        )
    _check_config(config, MODEL_FIELDS, MODEL_FIELDS.keys() - NEEDED)


def _check_baseline(config: Any) -> None:
    if isinstance(config, dict) and (family := config.get("transition")) in TRANSITIONS:
        raise CheckpointError(f"the model is bilinear, {family}; load_model loads it")
    _check_config(config, BASELINE_FIELDS, BASELINE_FIELDS.keys() - NEEDED)


def _check_config(config: Any, fields: dict[str, Kind], may_lack: Iterable[str]) -> None:
    check_record(config, fields, "not a model configuration of the kind asked for", CheckpointError, may_lack)


NEEDED = {"letters", "hidden", "states", "kind", "dtype"}  # what else a constructor takes has a default
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
    "norms": list_of(RECORD),
    "window": RECORD,
    "decoder": list_of(RECORD),
}
WINDOW_FIELDS = {"letters": whole(2), "contexts": whole(1), "constant": FLAG}
REFRESHED_FIELDS = {"kind": one_of(["refreshed"]), "every": whole(1), "model": RECORD, "dtype": one_of(DTYPES)}
NORM_FIELDS = {
    "units": whole(1),
    "eps": POSITIVE,
    "centred": FLAG,
    **dict.fromkeys(("weights", "rows"), one_of(["one", "each letter"])),
    "add": one_of(["none", "one", "each letter"]),
}
BASELINE_FIELDS = _SIZES | {"kind": one_of(KINDS), "layers": whole(1), "heads": whole(1)}


def load_tensors(model: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Copy tensors, whose shapes are known to be right, into a model.

    Raises:
        ModelError: when a weight is not finite; the model is left as it was.
    """
    for name, values in tensors.items():
        if not torch.isfinite(values).all():
            raise ModelError(f"weight {name} is not finite in the file; weights have to be finite")
    model.load_state_dict(dict(tensors))
