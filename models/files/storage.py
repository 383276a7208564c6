"""Models in files: what `save_model` writes, and what is checked before a model is made of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor

from ...theory.files.json_file import shown
from ...theory.files.json_record import FLAG, NOTHING, POSITIVE, Kind, check_record, either, one_of, whole
from ..baselines import KINDS, Baseline
from ..bilinear_rnn import BilinearRNN
from ..errors import CheckpointError, ModelError
from ..recurrence.by_letter import BATCHING
from ..transitions.block import BlockTransition
from ..transitions.registry import TRANSITIONS
from .atomic import Entry, read_json, read_tensors, write_json, write_tensors
from .shapes import parameter_shapes

MODEL_TENSORS = "model.safetensors"
MODEL_CONFIG = "model.json"


def save_model(model: BilinearRNN | Baseline, directory: str | Path) -> None:
    """Write `model.safetensors` and `model.json` into a directory, made when missing.

    Raises:
        ModelError: when a weight is not finite; nothing is written.
    """
    model.check_finite()
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


Model = TypeVar("Model", BilinearRNN, Baseline)


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


def _check_model(config: Any) -> None:
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
BASELINE_FIELDS = _SIZES | {"kind": one_of(KINDS), "layers": whole(1), "heads": whole(1)}


def load_tensors(model: BilinearRNN | Baseline, tensors: Mapping[str, Tensor]) -> None:
    """Copy tensors, whose shapes are known to be right, into a model.

    Raises:
        ModelError: when a weight is not finite; the model is left as it was.
    """
    for name, values in tensors.items():
        if not torch.isfinite(values).all():
            raise ModelError(f"weight {name} is not finite in the file; weights have to be finite")
    model.load_state_dict(dict(tensors))
