"""What a search for wrong words hands back."""

from __future__ import annotations

from dataclasses import dataclass

Word = tuple[int, ...]


@dataclass(frozen=True)
class Found:
    """A wrong word.

    Attributes:
        word: letter indices, without the prefix.
        score: the index of a score that is not below the right one.
        random_horizon: see `Refutation`.
        random_length: see `Refutation`.
    """

    word: Word
    score: int
    random_horizon: int | None
    random_length: int
