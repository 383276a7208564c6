"""What may have been meant by a group's name that is not understood."""

from __future__ import annotations

import re
from difflib import get_close_matches

from .point_groups import HERMANN_MAUGUIN, SCHOENFLIES
from .single_names import KINDS

CLOSE = 0.6  # of `difflib`: the share of characters that agree


def suggestion(piece: str) -> str | None:
    """The nearest name that is understood, with the numbers of the piece where they fit; None if none is near.

    Example:
        >>> [suggestion(piece) for piece in ("psl(2,11)", "s4", "Symm(5)", "oh", "Foo")]
        ['PSL(2,11)', 'S4', 'Sym(5)', 'Oh', None]
    """
    shapes = {symbol.lower(): symbol for symbol in HERMANN_MAUGUIN}
    shapes |= {_shape(name): name for name in (*SCHOENFLIES, *(name for kind in KINDS[::-1] for name in kind.examples))}
    for near in get_close_matches(_shape(piece), shapes, n=3, cutoff=CLOSE):
        name, numbers = shapes[near], re.findall(r"\d+", piece)
        if name not in HERMANN_MAUGUIN and len(numbers) == len(re.findall(r"\d+", name)):
            name = re.sub(r"\d+", "{}", name).format(*numbers)
        if name != piece and any(kind.pattern.fullmatch(name) for kind in KINDS):
            return name
    return None


def _shape(name: str) -> str:
    """Small letters, one # for every number: what is compared."""
    return re.sub(r"\d+", "#", name).lower()
