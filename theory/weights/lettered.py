"""Words as positions of their letters, for weights of every kind."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import cached_property

from ..errors import WeightsError


class Lettered:
    """Base of a value with an alphabet, `letters`."""

    letters: tuple[Hashable, ...]

    @cached_property
    def _letter_positions(self) -> dict[Hashable, int]:
        return {letter: k for k, letter in enumerate(self.letters)}

    def encode(self, word: Iterable[Hashable]) -> list[int]:
        """The word as positions in `letters`.

        Raises:
            WeightsError: for a letter outside the alphabet.
        """
        positions = []
        for place, letter in enumerate(word):
            if letter not in self._letter_positions:
                raise WeightsError(f"letter {letter!r} at position {place} is not in the alphabet {self.letters!r}")
            positions.append(self._letter_positions[letter])
        return positions
