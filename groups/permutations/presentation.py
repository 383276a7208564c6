"""Presentations: generators with defining relators, and elements as words in the generators.

A word is a tuple of syllables (k, e), meaning generators[k]**e, written from left to right as the
product is: ((0, 2), (1, −1)) is a² b⁻¹, whose right factor acts first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Protocol, Self, TypeVar

from .permutation import Permutation

Word = tuple[tuple[int, int], ...]


class _Multiplicative(Protocol):
    def __mul__(self, other: Self, /) -> Self: ...
    def __pow__(self, exponent: int, /) -> Self: ...


M = TypeVar("M", bound=_Multiplicative)


@dataclass(frozen=True)
class Presentation:
    """⟨generators | relators⟩: the relators hold in the group and define it.

    Example:
        >>> from bistate.groups import DihedralGroup
        >>> DihedralGroup(5).presentation.relators
        (((0, 5),), ((1, 2),), ((1, 1), (0, 1), (1, 1), (0, 1)))
    """

    generators: tuple[Permutation, ...]
    relators: tuple[Word, ...]

    def holds_in_group(self) -> bool:
        """Whether every relator is the identity permutation (necessary, not sufficient, to define the group)."""
        identity = self.generators[0] ** 0 if self.generators else Permutation([0])
        return all(evaluate(word, self.generators, identity).is_identity for word in self.relators)


def evaluate(word: Word, values: Iterable[M], identity: M) -> M:
    """The product of values[k]**e over the syllables (k, e) of the word, from left to right."""
    table = tuple(values)
    return reduce(lambda product, syllable: product * table[syllable[0]] ** syllable[1], word, identity)


def evaluate_with(word: Word, power: Callable[[int, int], M], identity: M) -> M:
    """As `evaluate`, with `power(k, e)` giving the value of a syllable (so that powers can be cached)."""
    return reduce(lambda product, syllable: product * power(*syllable), word, identity)


def collect(word: Iterable[tuple[int, int]]) -> Word:
    """The freely reduced word: neighbouring powers of one generator merged, zero powers dropped."""
    found: list[tuple[int, int]] = []
    for k, exponent in word:
        if found and found[-1][0] == k:
            exponent += found.pop()[1]
        if exponent:
            found.append((k, exponent))
    return tuple(found)


def inverse_word(word: Word) -> Word:
    """The word of the inverse: syllables reversed, exponents negated."""
    return tuple((k, -e) for k, e in reversed(word))
