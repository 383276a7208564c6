"""Equality of values that hold arrays, field by field.

`==` of two arrays is an array, so that the equality that `dataclass` writes raises for a class with an array in it.
`ComparedByFields` compares arrays as wholes: equal types, shapes and entries; NaN equals NaN, as a copy has to equal
what it was made from. The hash looks at shapes and lengths only where entries may be changed or are expensive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np


def alike(first: Any, second: Any) -> bool:
    """Whether two fields hold equal values: arrays entry by entry, also inside tuples, lists and mappings."""
    if first is second:
        return True
    if isinstance(first, np.ndarray) or isinstance(second, np.ndarray):
        return _alike_arrays(first, second)
    if isinstance(first, float) and isinstance(second, float):
        return first == second or (first != first and second != second)
    if type(first) is type(second) and isinstance(first, (tuple, list)):
        return len(first) == len(second) and all(map(alike, first, second))
    if type(first) is type(second) and isinstance(first, dict):
        return first.keys() == second.keys() and all(alike(value, second[key]) for key, value in first.items())
    return bool(first == second)


def _alike_arrays(first: Any, second: Any) -> bool:
    if not (isinstance(first, np.ndarray) and isinstance(second, np.ndarray)):
        return False
    same_kind = first.dtype == second.dtype and first.shape == second.shape
    return same_kind and np.array_equal(first, second, equal_nan=first.dtype.kind in "fc")


def _outline(value: Any) -> Any:
    """Something hashable that equal values share."""
    if isinstance(value, np.ndarray):
        return value.shape
    if isinstance(value, (list, Mapping)):
        return len(value)
    if isinstance(value, tuple):
        return tuple(map(_outline, value))
    return None if isinstance(value, float) and value != value else value  # NaNs have hashes of their own


class ComparedByFields:
    """Base of a dataclass with `eq=False`: two values of one class are equal if their fields are, see `alike`.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass(frozen=True, eq=False)
        ... class Line(ComparedByFields):
        ...     points: np.ndarray
        >>> Line(np.zeros(3)) == Line(np.zeros(3)), Line(np.zeros(3)) == Line(np.zeros(4)), Line(np.zeros(3)) == 0
        (True, False, False)
    """

    def _compared(self) -> tuple[Any, ...]:
        """What tells values apart: the fields, but those with `compare=False`."""
        shown: Any = self  # a dataclass, as every class that inherits is
        return tuple(getattr(self, field.name) for field in fields(shown) if field.compare)

    def _alike(self, first: Any, second: Any) -> bool:
        return alike(first, second)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, ComparedByFields) or type(other) is not type(self):
            return NotImplemented
        return all(map(self._alike, self._compared(), other._compared()))

    def __hash__(self) -> int:
        return hash((type(self), *map(_outline, self._compared())))
