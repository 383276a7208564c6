"""Labels of states and letters as JSON: texts, integers, booleans, permutations and tuples of these."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from ...groups.errors import BistateError
from ...groups.permutations.permutation import Permutation
from .json_file import shown


def encode_label(label: Hashable, error: type[BistateError]) -> Any:
    """A label as JSON.

    Raises:
        BistateError: of the class given, for a label that is no text, int, bool, permutation or tuple of these.

    Example:
        >>> encode_label((0, "+"), BistateError)
        {'tuple': [0, '+']}
    """
    if isinstance(label, Permutation):
        return {"permutation": list(label)}
    if isinstance(label, tuple):
        return {"tuple": [encode_label(item, error) for item in label]}
    if isinstance(label, str | int):
        return label
    raise error(f"label {label!r} cannot be saved: use texts, integers, permutations or tuples of them")


def decode_label(value: Any, error: type[BistateError]) -> Hashable:
    """The label of `encode_label`.

    Raises:
        BistateError: of the class given, for a value that `encode_label` does not make.
        GroupError: for a list that is no permutation.
    """
    if isinstance(value, str | int):
        return value
    if isinstance(value, dict) and len(value) == 1:
        images, items = value.get("permutation"), value.get("tuple")
        if isinstance(images, list) and all(type(image) is int for image in images):
            return Permutation(images)
        if isinstance(items, list):
            return tuple(decode_label(item, error) for item in items)
    raise error(
        f"{shown(value)} is no label; accepted: a text, an integer, true, false, "
        '{"permutation": [images]} and {"tuple": [labels]}'
    )
