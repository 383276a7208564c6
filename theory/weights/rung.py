"""The rungs of the ladder of transition families."""

from __future__ import annotations

from enum import StrEnum

from ..errors import RungError
from ..files.json_file import shown


class Rung(StrEnum):
    """The transition families, from the most to the least restricted; docs/ladder.md lists what each can do.

    A member equals its name, so `rung="block"` and `rung=Rung.BLOCK` mean the same.
    """

    POSITIVE = "positive"
    DIAGONAL = "diagonal"
    ROTATION = "rotation"
    BLOCK = "block"
    HOUSEHOLDER = "householder"
    HOUSEHOLDER_PER_HEAD = "householder_per_head"
    MONOMIAL = "monomial"
    CP = "cp"
    FULL = "full"


def as_rung(name: str) -> Rung:
    """The rung of a name.

    Raises:
        RungError: for a name that is no rung; the message lists them.
    """
    try:
        return Rung(name)
    except ValueError:
        raise RungError(f"rung {shown(name)} is not known; choose one of {', '.join(Rung)}") from None
