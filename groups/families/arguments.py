"""Checks of integer arguments, shared by the families of groups."""

from __future__ import annotations

from ..errors import GroupError


def positive(value: object, what: str, least: int = 1) -> int:
    """The value, if it is an int of at least `least`.

    Raises:
        GroupError: otherwise, repeating the value.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise GroupError(f"{what}({value!r}): an integer of at least {least} is needed")
    return value
