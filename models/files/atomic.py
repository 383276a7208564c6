"""Files: safetensors for numbers, JSON for the rest, each replaced in one step; never pickle.

A file is written beside its place, flushed to disk and renamed over it, so that a kill at any moment leaves
the old file or the new one.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from ...theory.files.json_file import SMALL_FILE, open_regular, parse_json, reason, shown
from ...theory.files.json_file import read_json as _read_json
from ..errors import CheckpointError

MOST_BYTES = 2**32  # of a file of tensors: twelve matrices, say, of size 5000 with both moments of the optimiser
MOST_NOTE = 2**26  # characters of the note in it, which has 100 for each validation
Entry = tuple[str, torch.dtype, tuple[int, ...]]  # name, type and shape of a tensor
Expect = Callable[[Any, Collection[str]], Iterable[Entry]]
NAMES = {torch.float32: "F32", torch.float64: "F64"}  # as headers of files have them


def write_atomically(path: Path, data: bytes) -> None:
    """Replace the file at `path` by `data`, all or nothing."""
    with replacing(path) as file:
        file.write(data)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write into, which replaces the one at `path` when the block ends without an error."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
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
