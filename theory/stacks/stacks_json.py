"""Stacks as JSON: the layers as `bistate.theory.weights.weights_json` writes them, and the decoder.

The letters of a layer above the first are the tuples that the states below it give, many of which act alike. So a file
has the different transitions of a layer, numbered 0, 1, …, and for each letter, in order, the number of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any, TypeVar

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ...groups.text_file import write_text
from ..errors import WeightsError
from ..files.json_file import read_json, shown
from ..files.json_labels import decode_label, encode_label
from ..files.json_record import LIST, RECORD, TEXT, check_record, list_of, whole
from ..weights import weights_json
from ..weights.weights import BilinearWeights
from .stack_parts import Stack, letters_of

FORMAT = "bistate stack of exact weights"
VERSION = 1
S = TypeVar("S", bound=Stack)
FIELDS = {
    "format": TEXT,
    "version": whole(1),
    "note": TEXT,
    "letters": LIST,
    "states": LIST,
    "layers": list_of(RECORD),
    "reads": list_of(list_of(whole())),
    "decoder": list_of(whole()),
}


def to_json(stack: Stack) -> dict[str, Any]:
    """The stack as a JSON-ready dictionary; the decoder as positions in `states`."""
    rows = {label: k for k, label in enumerate(stack.states)}
    layers, reads = [], []
    for layer in stack.layers:
        numbers: dict[ExactMatrix, int] = {}
        reads.append([numbers.setdefault(matrix, len(numbers)) for matrix in layer.transitions])
        # a form stays invariant, but factors belong to all the letters
        short = replace(layer, letters=tuple(range(len(numbers))), transitions=tuple(numbers), factors=None)
        layers.append(weights_json.to_json(short))
    return {
        "format": FORMAT,
        "version": VERSION,
        "note": stack.note,
        "letters": [encode_label(label, WeightsError) for label in stack.letters],
        "states": [encode_label(label, WeightsError) for label in stack.states],
        "layers": layers,
        "reads": reads,
        "decoder": [rows[label] for label in stack.decoder],
    }


def from_json(data: Any, build: Callable[..., S]) -> S:
    """The stack of a dictionary made by `to_json`; `build` makes it of its fields, as `StackedWeights` does.

    Raises:
        WeightsError: if it is not such a dictionary.
        BistateError: another one, where layers do not fit together.
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise WeightsError(f"this is not a {FORMAT!r} file")
    if data.get("version") != VERSION:
        raise WeightsError(
            f"version {shown(data.get('version'))} of {FORMAT!r} is not known; this library reads {VERSION}"
        )
    check_record(data, FIELDS, "the stack", WeightsError)
    if len(data["reads"]) != len(data["layers"]):
        raise WeightsError(
            f"the stack has {len(data['layers'])} layers and says what {len(data['reads'])} of them read"
        )
    letters = tuple(decode_label(label, WeightsError) for label in data["letters"])
    states = tuple(decode_label(label, WeightsError) for label in data["states"])
    layers: list[BilinearWeights] = []
    for i, (stored, reads) in enumerate(zip(data["layers"], data["reads"], strict=True), 1):
        short = weights_json.from_json(stored, BilinearWeights)
        needed = len(letters) * prod(len(layer.states) for layer in layers)
        if len(reads) != needed or max(reads, default=0) >= len(short.transitions):
            raise WeightsError(
                f"layer {i} has {len(short.transitions)} transitions, and {len(reads)} letters say which they take; "
                f"there are {needed} letters"
            )
        chosen = tuple(short.transitions[k] for k in reads)
        layers.append(replace(short, letters=tuple(letters_of(letters, layers)), transitions=chosen))
    if max(data["decoder"], default=0) >= len(states):
        raise WeightsError(f"the decoder has the label {max(data['decoder'])}; there are {len(states)}, counted from 0")
    decoder = tuple(states[k] for k in data["decoder"])
    return build(letters=letters, states=states, layers=tuple(layers), decoder=decoder, note=data["note"])


def save(stack: Stack, path: str | Path) -> None:
    """Write the stack to a file, whole or not at all.

    Raises:
        WeightsError: for a label that cannot be saved, or a stack that `load` would refuse for its size.
    """
    text = json.dumps(to_json(stack), indent=1, ensure_ascii=False) + "\n"
    if len(text.encode()) > weights_json.MOST_BYTES:
        raise WeightsError(
            f"the stack takes {len(text.encode())} bytes; files of at most {weights_json.MOST_BYTES} are read again"
        )
    write_text(Path(path), text)


def load(path: str | Path, build: Callable[..., S]) -> S:
    """Read a stack from a file; `build` as for `from_json`.

    Raises:
        WeightsError: if the file is missing, truncated or not such a file.
        BistateError: another one, where layers do not fit together.
    """
    data = read_json(path, weights_json.MOST_BYTES, WeightsError)
    try:
        return from_json(data, build)
    except WeightsError as error:
        raise WeightsError(f"{str(path)!r}: {error}") from None
