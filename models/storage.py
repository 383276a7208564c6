"""Files: safetensors for numbers, JSON for the rest, each replaced in one step; never pickle.

A file is written beside its place, flushed to disk and renamed over it, so that a kill at any moment leaves
the old file or the new one.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from inspect import signature
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from .baselines import Baseline
from .bilinear_rnn import BilinearRNN
from .errors import CheckpointError

MODEL_TENSORS = "model.safetensors"
MODEL_CONFIG = "model.json"


def write_atomically(path: Path, data: bytes) -> None:
    """Replace the file at `path` by `data`, all or nothing."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        if error.errno is None or error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error  # a full disk does not say which file
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    """Replace `path` by the value as readable JSON."""
    write_atomically(path, (json.dumps(value, indent=2, sort_keys=True) + "\n").encode())


def read_json(path: Path) -> Any:
    """The JSON value in `path`.

    Raises:
        CheckpointError: when the file is missing or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"cannot read {path}: {error}") from error


def write_tensors(path: Path, tensors: Mapping[str, Tensor], note: Any) -> None:
    """Replace `path` by tensors and a JSON note, in one safetensors file."""
    plain = {name: t.detach().cpu().contiguous() for name, t in tensors.items()}
    write_atomically(path, safetensors.torch.save(plain, {"bistate": json.dumps(note)}))


def read_tensors(path: Path) -> tuple[dict[str, Tensor], Any]:
    """Tensors and note of a file made by `write_tensors`.

    Raises:
        CheckpointError: when the file is missing, truncated, or not one of ours.
    """
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            note = (file.metadata() or {}).get("bistate")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if note is None:
            raise CheckpointError(f"{path} is a safetensors file, but not one that bistate wrote")
        return tensors, json.loads(note)
    except (OSError, safetensors.SafetensorError) as error:
        raise CheckpointError(f"cannot read {path}, truncated or not a safetensors file: {error}") from error


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
    return _load(directory, device, build_model)


def load_baseline(directory: str | Path, device: torch.device | str = "cpu") -> Baseline:
    """The baseline that `save_model` wrote.

    Raises:
        CheckpointError: for missing or damaged files, a configuration that does not fit the tensors, or another model.
        ModelError: when a weight is not finite.
    """
    return _load(directory, device, build_baseline)


Model = TypeVar("Model", BilinearRNN, Baseline)


def _load(
    directory: str | Path, device: torch.device | str, build: Callable[[Any, torch.device | str], Model]
) -> Model:
    place = Path(directory)
    config = read_json(place / MODEL_CONFIG)
    tensors, written = read_tensors(place / MODEL_TENSORS)
    if config != written:
        raise CheckpointError(f"{place / MODEL_CONFIG} says {config}, {MODEL_TENSORS} beside it holds {written}")
    model = build(config, device)
    load_tensors(model, tensors, place / MODEL_TENSORS)
    return model


def build_model(config: Any, device: torch.device | str = "cpu") -> BilinearRNN:
    """A model from `BilinearRNN.config`, with start values.

    Raises:
        CheckpointError: when the configuration lacks an entry or has one too many.
    """
    return BilinearRNN(**_options(config), device=device) if _fits(config, BilinearRNN) else _no_model(config)


def build_baseline(config: Any, device: torch.device | str = "cpu") -> Baseline:
    """A model from `Baseline.config`, with start values.

    Raises:
        CheckpointError: when the configuration lacks an entry or has one too many.
    """
    return Baseline(**_options(config), device=device) if _fits(config, Baseline) else _no_model(config)


def _fits(config: Any, kind: type) -> bool:
    """Whether the entries are arguments of the class, the ones without a default among them."""
    if not isinstance(config, dict) or "dtype" not in config:
        return False
    try:
        signature(kind).bind(**config)
    except TypeError:
        return False
    return config["dtype"] in DTYPES


def _options(config: dict[str, Any]) -> dict[str, Any]:
    return {**config, "dtype": DTYPES[config["dtype"]]}


def _no_model(config: Any) -> NoReturn:
    if _fits(config, Baseline):
        raise CheckpointError(
            f"the model is a baseline, {config['kind']}, without matrices to look at; a bilinear model is needed here "
            "(load_baseline loads the other one)"
        )
    if _fits(config, BilinearRNN):
        raise CheckpointError(f"the model is bilinear, {config['transition']}; load_model loads it")
    raise CheckpointError(f"not a model configuration of the kind asked for: {config!r}")


DTYPES = {"float32": torch.float32, "float64": torch.float64}


def load_tensors(model: BilinearRNN | Baseline, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Copy tensors into a model, after checking that they are its own and finite."""
    expected = {name: tuple(p.shape) for name, p in model.state_dict().items()}
    found = {name: tuple(t.shape) for name, t in tensors.items()}
    if expected != found:
        raise CheckpointError(f"{path} holds {found}, the model needs {expected}")
    model.load_state_dict(dict(tensors))
    model.check_finite()
