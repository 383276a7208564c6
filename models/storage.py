"""Files: safetensors for numbers, JSON for the rest, each replaced in one step; never pickle.

A file is written beside its place, flushed to disk and renamed over it, so that a kill at any moment leaves
the old file or the new one.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from ..theory.files.json_file import SMALL_FILE, open_regular, parse_json, reason, shown
from ..theory.files.json_file import read_json as _read_json
from ..theory.files.json_record import FLAG, NOTHING, POSITIVE, Kind, check_record, either, one_of, whole
from .baselines import KINDS, Baseline
from .bilinear_rnn import BilinearRNN
from .errors import CheckpointError, ModelError
from .full import BATCHING
from .shapes import parameter_shapes
from .transitions import TRANSITIONS, BlockTransition

MODEL_TENSORS = "model.safetensors"
MODEL_CONFIG = "model.json"
MOST_BYTES = 2**32  # of a file of tensors: twelve matrices, say, of size 5000 with both moments of the optimiser
MOST_NOTE = 2**26  # characters of the note in it, which has 100 for each validation
Entry = tuple[str, torch.dtype, tuple[int, ...]]  # name, type and shape of a tensor
Expect = Callable[[Any, Collection[str]], Iterable[Entry]]


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
    """The JSON value in `path`, a small file.

    Raises:
        CheckpointError: when the file is missing, no file, too large, or not JSON.
    """
    return _read_json(path, SMALL_FILE, CheckpointError)


def write_tensors(path: Path, tensors: Mapping[str, Tensor], note: Any) -> None:
    """Replace `path` by tensors and a JSON note, in one safetensors file.

    Raises:
        CheckpointError: when `read_tensors` would refuse the file for its size.
    """
    text = json.dumps(note)
    size = sum(t.numel() * t.element_size() for t in tensors.values())
    if size > MOST_BYTES - 2 * MOST_NOTE or len(text) > MOST_NOTE:
        raise CheckpointError(
            f"{path} would have {size} bytes of numbers and {len(text)} of notes; read again are files of at most "
            f"{MOST_BYTES} bytes with notes of {MOST_NOTE}"
        )
    plain = {name: t.detach().cpu().contiguous() for name, t in tensors.items()}
    write_atomically(path, safetensors.torch.save(plain, {"bistate": text}))


def read_tensors(path: Path, expect: Expect) -> tuple[dict[str, Tensor], Any]:
    """Tensors and note of a file made by `write_tensors`.

    Args:
        path: of the file.
        expect: from the note and the names in the file to the tensors that there have to be. They are compared with the
            file's header, which has to fit the file's size, before any tensor is read or made. May raise a
            `CheckpointError` itself.

    Raises:
        CheckpointError: when the file is missing, truncated, not one of ours, or has other tensors.
    """
    try:
        with open_regular(path, MOST_BYTES, CheckpointError):
            pass
        with safetensors.safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get("bistate")
            if text is None:
                raise CheckpointError(f"{path} is a safetensors file, but not one that bistate wrote")
            if len(text) > MOST_NOTE:
                raise CheckpointError(f"{path} has a note of {len(text)} bytes; at most {MOST_NOTE} are accepted")
            note = parse_json(text, f"the note in {path}", CheckpointError)
            names = set(file.keys())
            _compare(path, {name: _entry(file.get_slice(name)) for name in names}, expect(note, names))
            return {name: file.get_tensor(name) for name in names}, note
    except (OSError, safetensors.SafetensorError) as error:
        raise CheckpointError(f"cannot read {path}, truncated or not a safetensors file: {reason(error)}") from error


def _entry(piece: Any) -> tuple[str, tuple[int, ...]]:
    """The type and shape that the header of a file gives for a tensor."""
    return str(piece.get_dtype()), tuple(piece.get_shape())


def _compare(path: Path, found: dict[str, tuple[str, tuple[int, ...]]], expected: Iterable[Entry]) -> None:
    """Refuse a file whose tensors are others; the first that is missing ends it, however many are expected."""
    known = set()
    for name, dtype, shape in expected:
        known.add(name)
        if found.get(name) != (NAMES[dtype], shape):
            there = "{} of shape {}".format(*found[name]) if name in found else "none"
            raise CheckpointError(
                f"{path} holds {there} as {name!r}, the model needs {NAMES[dtype]} of shape {shown(shape)}"
            )
    if strange := sorted(found.keys() - known):
        raise CheckpointError(f"{path} holds {shown(strange)}, the model needs no such tensors")


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
NAMES = {torch.float32: "F32", torch.float64: "F64"}  # as headers of files have them
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
