"""What a certificate says of scores that stand behind norms, read and validated; see `normed_readout.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any

from .dyadic import Dyadic
from .errors import require_form
from .fields import MOST_NUMBERS, MOST_PRODUCTS, field, floats, integer, integers, matrices

MOST_PARTS = 256


@dataclass(frozen=True)
class Part:
    """A part of the scores that stands behind a norm, see `normed_readout.py`.

    Attributes:
        weights: E, scores × units: one, or one for each last letter.
        rows: R, units × hidden: one, or one for each last letter.
        eps: ε, positive.
        centred: whether the mean over the units is taken off first.
    """

    weights: tuple[Dyadic, ...]
    rows: tuple[Dyadic, ...]
    eps: Fraction
    centred: bool

    @property
    def units(self) -> int:
        """Number of units that are normalised together."""
        return int(self.rows[0][0].nrows())


def normed_shape(stored: Mapping[str, Any], letters: int, states: int, n: int) -> tuple[int, int, bool]:
    """How many readouts there are, scores, and whether a readout is for a last letter; no array is read yet.

    Raises:
        FormatError: for shapes that do not go together, or more numbers than can be checked.
    """
    parts = field(stored, "parts", list)
    require_form(0 < len(parts) <= MOST_PARTS, f"there are {len(parts)} norms, and have to be 1 to {MOST_PARTS}")
    require_form(all(isinstance(part, dict) for part in parts), "a norm is an object with weights, rows, eps, centred")
    ends = [_count_of(stored, "offset", 1, letters)]
    scores, numbers = _last_of_shape(stored, "offset", 1)[-1], 0
    for part in parts:
        for name in ("weights", "rows"):
            ends.append(_count_of(part, name, 2, letters))
            numbers += ends[-1] * prod(_last_of_shape(part, name, 2))
        (rows, m), (units, hidden) = _last_of_shape(part, "weights", 2), _last_of_shape(part, "rows", 2)
        require_form((rows, hidden) == (scores, n) and m == units, "the shapes of a norm do not go together")
    require_form(
        numbers <= MOST_NUMBERS and numbers * n <= MOST_PRODUCTS and max(ends) * scores * n <= MOST_NUMBERS,
        f"{len(parts)} norms with {numbers} numbers are more than can be checked",
    )
    require_form(scores >= states, f"there are {scores} scores for {states} states")
    named = [(stored, "offset", 1), *((part, name, 2) for part in parts for name in ("weights", "rows"))]
    by_letter = any(len(holder[name]["shape"]) > dimensions for holder, name, dimensions in named)
    return max(ends), scores, by_letter


def _last_of_shape(holder: Mapping[str, Any], name: str, dimensions: int) -> list[int]:
    """The last dimensions of a stored array that may have one more, for the last letter."""
    shape = integers(field(holder, name, dict), "shape", 1, MOST_NUMBERS)
    fine = len(shape) in (dimensions, dimensions + 1)
    require_form(fine, f"{name!r} has {dimensions} dimensions or, one for each last letter, one more, not {shape}")
    return shape[-dimensions:]


def _count_of(holder: Mapping[str, Any], name: str, dimensions: int, letters: int) -> int:
    last, shape = _last_of_shape(holder, name, dimensions), holder[name]["shape"]
    count = shape[0] if len(shape) > len(last) else 1
    require_form(len(shape) == len(last) or count == letters, f"there are {count} {name} for {letters} letters")
    return int(count)


def normed_of(stored: Mapping[str, Any], scores: int, n: int) -> dict[str, Any]:
    """Parts, offset and constant unit, whose shapes are known to be right."""
    found = []
    for part in field(stored, "parts", list):
        units = _last_of_shape(part, "rows", 2)[0]
        arrays = {
            name: matrices(part[name], prod(part[name]["shape"]) // (rows * columns), rows, columns, name)
            for name, rows, columns in (("weights", scores, units), ("rows", units, n))
        }
        eps = Fraction(*floats(field(part, "eps", dict), (1,), "eps")[0].as_integer_ratio())
        require_form(eps > 0, "the eps of a norm has to be positive")
        found.append(Part(**arrays, eps=eps, centred=field(part, "centred", bool)))
    count = prod(stored["offset"]["shape"]) // scores
    flat = [Fraction(*v.as_integer_ratio()) for v in floats(stored["offset"], (count, scores), "offset")]
    offset = tuple(tuple(flat[k * scores : (k + 1) * scores]) for k in range(count))
    constant = integer(stored, "constant", -1, n - 1)
    return {"parts": tuple(found), "offset": offset, "constant": None if constant < 0 else constant}
