"""Short words, and some of them where they are too many."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

Word = tuple[int, ...]


def short_words(letters: int, shortest: int, longest: int) -> Iterator[Word]:
    """All words of these lengths, shorter ones first."""
    return itertools.chain.from_iterable(
        itertools.product(range(letters), repeat=n) for n in range(shortest, longest + 1)
    )


def some_of(words: Iterator[Word], among: int, most: int, seed: int) -> list[Word]:
    """At most so many of the first words, in their order; the same seed gives the same ones."""
    found = list(itertools.islice(words, among))
    if len(found) <= most:
        return found
    random = np.random.default_rng(seed)
    return [found[i] for i in sorted(random.choice(len(found), most, replace=False))]
