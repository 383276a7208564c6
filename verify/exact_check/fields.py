"""The fields of a certificate: each of a type and in a range, arrays of finite floats in base64."""

from __future__ import annotations

import base64
from array import array
from collections.abc import Mapping, Sequence
from math import isfinite, prod
from typing import Any

from .dyadic import Dyadic, matrix_of
from .errors import FormatError, require_form

MOST_NUMBERS = 2**25  # in an array, as in the transitions
MOST_PRODUCTS = 2**34  # of numbers in one product of all transitions with a matrix


def field(holder: Mapping[str, Any], name: str, kind: type) -> Any:
    """An entry that has to be there and of a type."""
    require_form(name in holder, f"this is not a horizon certificate of bistate: {name!r} is missing")
    value = holder[name]
    require_form(type(value) is kind, f"{name!r} is {type(value).__name__}, and has to be {kind.__name__}")
    return value


def integer(holder: Mapping[str, Any], name: str, least: int, most: int) -> int:
    """An entry that has to be there, a whole number in a range."""
    value = field(holder, name, int)
    require_form(least <= value <= most, f"{name!r} is {str(value)[:40]}, and has to be from {least} to {most}")
    return int(value)


def integers(holder: Mapping[str, Any], name: str, least: int, most: int) -> list[int]:
    """An entry that has to be a list of whole numbers in a range."""
    values = field(holder, name, list)
    fine = all(type(v) is int and least <= v <= most for v in values)
    require_form(fine, f"{name!r} has to be whole numbers from {least} to {most}")
    return list(values)


def shape_of(stored: Mapping[str, Any], dimensions: int) -> list[int]:
    """The shape of a stored array."""
    shape = integers(stored, "shape", 1, MOST_NUMBERS)
    require_form(len(shape) == dimensions, f"an array of {dimensions} dimensions is needed, not of shape {shape}")
    return shape


def floats(stored: Any, shape: Sequence[int], name: str) -> array[float]:
    """The numbers of a stored array of a given shape, little endian doubles in base64, all finite."""
    require_form(isinstance(stored, dict), f"{name!r} is not a stored array")
    found, size = integers(stored, "shape", 1, MOST_NUMBERS), prod(shape)
    require_form(prod(found) == size, f"the {name} have the shape {str(found)[:60]}, another shape than {list(shape)}")
    text = field(stored, "float64", str)
    wrong = f"the text of {name!r} does not hold {size} numbers"
    require_form(len(text) == 4 * (-(-8 * size // 3)), wrong)
    values = array("d")
    try:
        values.frombytes(base64.b64decode(text, validate=True))
    except ValueError as error:
        raise FormatError(f"{wrong}: {error}") from None
    if array("H", b"\x01\x00")[0] != 1:
        values.byteswap()
    require_form(len(values) == size, wrong)
    if not all(map(isfinite, values)):
        value = next(value for value in values if not isfinite(value))
        require_form(False, f"{value} among the numbers of {name!r}; they have to be finite")
    return values


def matrices(stored: Any, count: int, rows: int, columns: int, name: str) -> tuple[Dyadic, ...]:
    """The matrices of a stored array, (count, rows, columns)."""
    entries, size = floats(stored, (count, rows, columns), name), rows * columns
    return tuple(matrix_of(entries[k * size : (k + 1) * size], rows, columns) for k in range(count))
