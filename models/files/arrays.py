"""Somebody's arrays in a file, `.npz` or `.safetensors`, named as the arguments of `LinearRNN.from_arrays`."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
from torch import Tensor

from ...theory.files.json_file import open_regular, reason
from ..errors import CheckpointError, ModelError
from ..linear_rnn import LinearRNN
from .atomic import MOST_BYTES

NAMES = ("A", "start", "readout", "add", "bias", "normalize")
NEEDED = NAMES[:3]


def read_network(path: str | Path) -> LinearRNN:
    """The network whose arrays are in a file: A, start, readout and, if there are any, add, bias and normalize.

    Raises:
        CheckpointError: when the file is missing, too large, neither `.npz` nor `.safetensors`, damaged, holds pickled
            objects, lacks an array or has another one.
        ModelError: when the arrays do not go together.
    """
    place = Path(path)
    readers = {".npz": _npz, ".safetensors": _safetensors}
    if place.suffix not in readers:
        raise CheckpointError(f"{str(place)!r} ends with {place.suffix!r}; {' and '.join(readers)} are read")
    with open_regular(place, MOST_BYTES, CheckpointError):
        pass
    arrays = readers[place.suffix](place)
    normalize = _flag(arrays.pop("normalize", False), place)
    try:
        return LinearRNN.from_arrays(**arrays, normalize=normalize)
    except ModelError as error:
        raise ModelError(f"{str(place)!r}: {error}") from None


def _npz(path: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(item.file_size for item in archive.infolist())
        if size > MOST_BYTES:
            raise CheckpointError(f"{str(path)!r} unpacks to {size} bytes; at most {MOST_BYTES} are read")
        with np.load(path, allow_pickle=False) as file:
            _check_names(path, file.files)
            return {name: file[name] for name in file.files}
    except CheckpointError:
        raise
    except Exception as error:  # zipfile, zlib, lzma and numpy have errors of all kinds for damaged archives
        raise CheckpointError(f"cannot read {str(path)!r} as arrays of numpy: {reason(error)}") from error


def _safetensors(path: Path) -> dict[str, Any]:
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            names = list(file.keys())
            _check_names(path, names)
            return {name: file.get_tensor(name) for name in names}
    except CheckpointError:
        raise
    except (OSError, safetensors.SafetensorError) as error:
        raise CheckpointError(f"cannot read {str(path)!r} as safetensors: {reason(error)}") from error


def _check_names(path: Path, names: list[str]) -> None:
    missing, strange = sorted(set(NEEDED) - set(names)), sorted(set(names) - set(NAMES))
    if missing or strange:
        what = f"lacks {', '.join(missing)}" if missing else f"has {', '.join(strange)[:200]}"
        raise CheckpointError(
            f"{str(path)!r} {what}; its arrays have to be named {', '.join(NEEDED)} and, if there are any, "
            f"{', '.join(NAMES[3:])}"
        )


def _flag(value: Any, path: Path) -> bool:
    found = np.asarray(value.double() if isinstance(value, Tensor) and value.is_floating_point() else value)
    if found.shape not in ((), (1,)) or found.dtype.kind not in "biuf" or found.item() not in (0, 1):
        raise CheckpointError(f"{str(path)!r}: normalize has to be one number, 0 or 1, got {str(value)[:60]}")
    return bool(found.item())
