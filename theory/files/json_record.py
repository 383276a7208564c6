"""Objects of JSON with known fields: which there are, and what each may hold.

In Python `True` is an int, `1 == True` and `"no"` is truthy. A file that says so is damaged or forged, so the kinds
here tell all types apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...groups.errors import BistateError
from .json_file import shown

LARGEST = 2**63 - 1  # of an integer: what torch and numpy take


@dataclass(frozen=True)
class Kind:
    """What a field may hold.

    Attributes:
        accepts: whether it may hold this value.
        wanted: the same in words.
    """

    accepts: Callable[[Any], bool]
    wanted: str


def whole(least: int = 0) -> Kind:
    """An integer of at least `least`."""
    return Kind(lambda v: type(v) is int and least <= v <= LARGEST, f"an integer of at least {least}")


def number(least: float = -math.inf, most: float = math.inf) -> Kind:
    """A finite number in the interval."""
    interval = "" if (least, most) == (-math.inf, math.inf) else f" from {least} to {most}"
    return Kind(lambda v: is_number(v) and least <= v <= most, f"a number{interval}")


def is_number(value: object) -> bool:
    """Whether this is a finite float, or an int that is no larger than `LARGEST`; True and False are not."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST


TEXT = Kind(lambda v: type(v) is str, "a text")
FLAG = Kind(lambda v: type(v) is bool, "true or false")
LIST = Kind(lambda v: type(v) is list, "a list")
RECORD = Kind(lambda v: type(v) is dict, "an object")
NOTHING = Kind(lambda v: v is None, "null")
POSITIVE = Kind(lambda v: is_number(v) and v > 0, "a positive number")


def one_of(values: Iterable[str]) -> Kind:
    """One of some texts."""
    known = tuple(values)
    return Kind(lambda v: type(v) is str and v in known, f"one of {', '.join(known)}")


def either(first: Kind, second: Kind) -> Kind:
    """What one of two kinds accepts."""
    return Kind(lambda v: first.accepts(v) or second.accepts(v), f"{first.wanted} or {second.wanted}")


def list_of(kind: Kind) -> Kind:
    """A list of values of a kind."""
    return Kind(lambda v: type(v) is list and all(map(kind.accepts, v)), f"a list, each entry {kind.wanted}")


def check_record(
    value: Any, fields: Mapping[str, Kind], what: str, error: type[BistateError], may_lack: Iterable[str] = ()
) -> None:
    """Refuse a value that is not an object with exactly these fields.

    Args:
        value: as JSON gave it.
        fields: what each field may hold.
        what: where the value stands, for messages.
        error: the class of the error to raise.
        may_lack: fields that may be missing.

    Raises:
        BistateError: of the class given; it names the first field that is wrong.

    Example:
        >>> check_record({"size": True}, {"size": whole(1)}, "this", BistateError)
        Traceback (most recent call last):
        ...
        bistate.groups.errors.BistateError: this: 'size' has to be an integer of at least 1, got True
    """
    if type(value) is not dict:
        raise error(f"{what}: an object with {', '.join(fields)} is needed, got {shown(value)}")
    for name in fields:
        if name not in value and name not in may_lack:
            raise error(f"{what}: {name!r} is missing; it has {shown(sorted(value))}")
    for name, found in value.items():
        if name not in fields:
            raise error(f"{what}: {shown(name)} is not known; known are {', '.join(fields)}")
        if not fields[name].accepts(found):
            raise error(f"{what}: {name!r} has to be {fields[name].wanted}, got {shown(found)}")
