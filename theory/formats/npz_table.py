"""Automata as arrays of numpy: `table` (states, letters), `start`, `accepting` (states,), and labels if there are any.

`states`, `letters` and `outputs` are arrays of whole numbers or of texts; without them states and letters are numbered.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import AutomatonError
from ..files.json_file import read_bytes, reason, shown
from ..machine import Machine
from .described import MOST_BYTES, MOST_LABEL, Described, Place, check_entries, labels_of, output_texts, texts_of

KINDS = {"table": "iu", "start": "iu", "accepting": "b", "states": "iuU", "letters": "iuU", "outputs": "iuU"}
_WORDS = {"i": "integers", "b": "bool", "U": "texts"}
DIMENSIONS = {"table": 2, "start": 0}
MOST_UNPACKED = 8 * MOST_BYTES  # bytes of all arrays together: the table takes eight for each entry


def read_npz(path: str | Path, complete: str | None = None) -> Described:
    """The automaton of a file of arrays; δ is total there, so `complete` has nothing to do.

    Raises:
        AutomatonError: for a file that is none, or arrays that are missing, unknown, or of the wrong shape or type.
    """
    place = Place(path)
    arrays = _arrays(read_bytes(path, MOST_BYTES, AutomatonError), place)
    table = arrays["table"]
    check_entries(table.shape[0], table.shape[1], place)
    if 0 in table.shape:
        place.refuse(f"'table' has the shape {table.shape}, and needs a state and a letter")
    start = int(arrays.get("start", np.int64(0)))
    if not 0 <= start < len(table):
        place.refuse(f"'start' is {start}, and the states have the positions 0, …, {len(table) - 1}")
    for name, size in (
        ("states", len(table)),
        ("letters", table.shape[1]),
        ("accepting", len(table)),
        ("outputs", len(table)),
    ):
        if name in arrays and arrays[name].shape != (size,):
            place.refuse(f"{name!r} has the shape {arrays[name].shape}; ({size},) is needed")
    states, letters = _labels(arrays.get("states"), len(table)), _labels(arrays.get("letters"), table.shape[1])
    marks = arrays.get("accepting")
    return Described(
        states=states,
        letters=letters,
        table=table,
        start=states[start],
        accepting=None if marks is None else [q for q, mark in zip(states, marks.tolist(), strict=True) if mark],
        outputs=None if "outputs" not in arrays else _labels(arrays["outputs"], len(table)),
    )


def _labels(array: NDArray[Any] | None, size: int) -> list[Hashable]:
    return list(range(size)) if array is None else array.tolist()


def _arrays(data: bytes, place: Place) -> dict[str, NDArray[Any]]:
    """The arrays of an archive, after a look at how large they say they are."""
    found = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            sizes = {item.filename.removesuffix(".npy"): item.file_size for item in archive.infolist()}
            whole = sum(item.file_size for item in archive.infolist())
            if whole > MOST_UNPACKED:
                place.refuse(f"it unpacks to {whole} bytes; at most {MOST_UNPACKED} are read")
            for name, size in sizes.items():
                if name not in KINDS:
                    place.refuse(f"the array {shown(name)} is not known; known are {', '.join(KINDS)}")
                with archive.open(f"{name}.npy") as file:
                    found[name] = _array(file.read(), name, size, place)
    except AutomatonError:
        raise
    except Exception as error:  # zipfile, zlib, lzma and numpy have errors of all kinds for damaged archives
        raise AutomatonError(f"cannot read {place.name} as arrays of numpy: {reason(error)}") from error
    if "table" not in found:
        place.refuse(f"there is no array 'table'; there are {shown(sorted(found))}")
    return found


def _array(data: bytes, name: str, size: int, place: Place) -> NDArray[Any]:
    file = io.BytesIO(data)
    version = np.lib.format.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        place.refuse(f"{name!r} is of the format {version}; 1.0 and 2.0 are read")
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, kind = header(file)
    if kind.kind not in KINDS[name] or len(shape) != DIMENSIONS.get(name, 1):
        wanted = " or ".join(word for letter, word in _WORDS.items() if letter in KINDS[name])
        place.refuse(
            f"{name!r} has the shape {shape} and the type {kind}; {DIMENSIONS.get(name, 1)} dimensions of {wanted} are "
            "needed"
        )
    if math.prod(shape) * kind.itemsize > size or kind.itemsize > 4 * MOST_LABEL:
        place.refuse(f"{name!r} says that it has the shape {shape} and the type {kind}, and has {size} bytes")
    file.seek(0)
    found: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    return found


def to_npz(automaton: Machine) -> bytes:
    """The arrays of an automaton, as bytes of a file; labels that are neither numbers nor texts become their texts.

    Raises:
        AutomatonError: if two labels have the same text.
    """
    accepting = automaton.accepting
    arrays: dict[str, Any] = {
        "table": automaton.table,
        "start": np.int64(list(automaton.states).index(automaton.start)),
        "states": _array_of(texts_of(automaton.states, "state"), list(automaton.states)),
        "letters": _array_of(texts_of(automaton.letters, "letter"), list(automaton.letters)),
    }
    if accepting is not None:
        arrays["accepting"] = np.array([q in accepting for q in automaton.states])
    outputs = output_texts(automaton)
    if outputs is not None and automaton.outputs is not None:
        arrays["outputs"] = _array_of(outputs, list(automaton.outputs))
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def _array_of(texts: list[str], labels: list[Hashable]) -> NDArray[Any]:
    """The labels as whole numbers if all of them are, else as texts."""
    if all(type(label) is int for label in labels) and labels_of(texts) == labels:
        return np.array(labels, dtype=np.int64)
    if any(text.endswith("\0") for text in texts):
        raise AutomatonError("a label that ends with the null character cannot stand in an .npz file; .json takes it")
    return np.array(texts, dtype=str)
