"""Length laws: how long a training word is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..errors import TaskError

Draw = Callable[[np.random.Generator], int]
SHORT = 12  # letters, up to which uniform lengths do
ACCEPTED = "an int, a (low, high) range, a mapping length -> weight, or a function of a numpy Generator"


@dataclass(frozen=True)
class LengthLaw:
    """A finite distribution of word lengths, or a function that draws one.

    Attributes:
        lengths: the lengths with a positive weight, ascending; empty for a function.
        weights: their probabilities, exact.
        draw_one: the function, or None.
    """

    lengths: tuple[int, ...]
    weights: tuple[Fraction, ...]
    draw_one: Draw | None = None

    @property
    def longest(self) -> int | None:
        """The largest length, None when only a function is known."""
        return self.lengths[-1] if self.lengths else None

    def draw(self, rng: np.random.Generator, count: int) -> list[int]:
        """`count` independent lengths."""
        if self.draw_one is not None:
            return [checked_length(self.draw_one(rng)) for _ in range(count)]
        chosen = rng.choice(len(self.lengths), size=count, p=[float(w) for w in self.weights])
        return [self.lengths[i] for i in chosen]

    def only(self, accepts: Callable[[int], bool], otherwise: str) -> LengthLaw:
        """The law of the lengths that are accepted; a function's lengths cannot be looked at and stay.

        Raises:
            TaskError: where none is accepted, with what is said for that case.

        >>> length_law((1, 5)).only(lambda n: n % 2 == 1, "").weights
        (Fraction(1, 3), Fraction(1, 3), Fraction(1, 3))
        """
        if self.draw_one is not None:
            return self
        kept = [(n, w) for n, w in zip(self.lengths, self.weights, strict=True) if accepts(n)]
        if not kept:
            raise TaskError(otherwise)
        norm = sum(w for _, w in kept)
        return LengthLaw(tuple(n for n, _ in kept), tuple(w / norm for _, w in kept))

    def describe(self) -> Any:
        """A JSON value that tells two laws apart."""
        if self.draw_one is not None:
            return getattr(self.draw_one, "__qualname__", repr(self.draw_one))
        return {str(n): str(w) for n, w in zip(self.lengths, self.weights, strict=True)}


def length_law(lengths: Any, choices: Sequence[int] | None = None) -> LengthLaw:
    """The law meant by what a user writes.

    Args:
        lengths: an int; a pair (low, high), uniform with both ends included; a mapping from length to weight;
            or a function from a numpy Generator to a length.
        choices: lengths drawn uniformly (a repeated one counts twice); takes the place of `lengths`.

    Raises:
        TaskError: for an empty law, a negative length or weight, or anything else.

    >>> length_law((2, 4)).lengths, length_law({3: 1, 9: 3}).weights
    ((2, 3, 4), (Fraction(1, 4), Fraction(3, 4)))
    """
    if choices is not None:
        return _weighted([(n, 1) for n in choices], f"choices={choices!r}")
    if isinstance(lengths, Mapping):
        return _weighted(lengths.items(), f"lengths={lengths!r}")
    if callable(lengths):
        return LengthLaw((), (), lengths)
    if isinstance(lengths, tuple) and len(lengths) == 2:
        low, high = (checked_length(n) for n in lengths)
        return _weighted([(n, 1) for n in range(low, high + 1)], f"lengths={lengths!r}")
    if isinstance(lengths, int | np.integer):
        return _weighted([(lengths, 1)], f"lengths={lengths!r}")
    raise TaskError(f"lengths is {ACCEPTED}, got {lengths!r}")


def harmonic_lengths(low: int, high: int) -> dict[int, Fraction]:
    """The length law P(n) ∝ 1/n from `low` to `high`, both included: many short words, some of each long length.

    Short words teach what a letter does; long ones teach that it is to be done exactly. Uniform lengths up to 40, as
    benchmarks have them, show too few short words for the first: see docs/training.md for what was measured.

    Raises:
        TaskError: unless 1 ≤ low ≤ high.

    >>> length_law(harmonic_lengths(1, 3)).weights
    (Fraction(6, 11), Fraction(3, 11), Fraction(2, 11))
    """
    first, last = checked_length(low), checked_length(high)
    if not 1 <= first <= last:
        raise TaskError(f"the law 1/n is for lengths from 1 on, low to high; got {low!r} to {high!r}")
    return {n: Fraction(1, n) for n in range(first, last + 1)}


def usual_lengths(low: int, high: int) -> Any:
    """The law to train by: uniform up to length 12, else `harmonic_lengths`; length 0 counts as length 1.

    >>> usual_lengths(2, 10), len(usual_lengths(1, 40))
    ((2, 10), 40)
    """
    if checked_length(high) <= SHORT or checked_length(low) >= high:
        return low, high
    harmonic: dict[int, Fraction] = harmonic_lengths(max(1, low), high)
    return harmonic | {0: Fraction(1)} if low == 0 else harmonic


def checked_length(length: Any) -> int:
    """The length as an int, or a `TaskError` that repeats it."""
    if isinstance(length, bool) or not isinstance(length, int | np.integer):
        raise TaskError(f"a word length is an integer of at least 0, got {length!r}")
    if length < 0:
        raise TaskError(f"a word length is an integer of at least 0, got {int(length)}")
    return int(length)


def _weighted(pairs: Iterable[tuple[Any, Any]], shown: str) -> LengthLaw:
    total: dict[int, Fraction] = {}
    for length, weight in pairs:
        n = checked_length(length)
        total[n] = total.get(n, Fraction(0)) + _checked_weight(weight, shown)
    positive = {n: w for n, w in sorted(total.items()) if w}
    if not positive:
        raise TaskError(f"the length law is empty: {shown} allows no length; give {ACCEPTED}")
    norm = sum(positive.values())
    return LengthLaw(tuple(positive), tuple(w / norm for w in positive.values()))


def _checked_weight(weight: Any, shown: str) -> Fraction:
    if not math.isfinite(weight) or weight < 0:
        raise TaskError(f"weights of lengths are finite and at least 0, got {weight!r} in {shown}")
    return Fraction(weight)
