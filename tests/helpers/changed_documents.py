"""Every way to change one place of a JSON value a little."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

Place = tuple[str | int, ...]


def leaves(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """The places of all numbers, texts and nulls, with what stands there."""
    if isinstance(value, dict | list):
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for key, entry in entries:
            yield from leaves(entry, (*place, key))
    else:
        yield place, value


def with_change(document: Any, place: Place, new: Any) -> Any:
    """A copy with another value at a place; a deleted entry for the value `...`."""
    changed = here = copy.copy(document)
    for key in place[:-1]:  # what stands elsewhere is shared
        here[key] = copy.copy(here[key])
        here = here[key]
    if new is ...:
        del here[place[-1]]
    else:
        here[place[-1]] = new
    return changed


def changes(document: Any) -> Iterator[tuple[Place, Any, Any]]:
    """All documents with one number moved by one or negated, one text or null replaced, or one entry taken out."""
    for place, value in leaves(document):
        if isinstance(value, int):
            others: set[Any] = {value + 1, value - 1, -value} - {value}
        else:
            others = {1, "x"}
        for new in (*others, ...):
            yield place, new, with_change(document, place, new)
