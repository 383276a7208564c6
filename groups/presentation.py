"""Presentations: generators with defining relators, and elements as words in the generators.

A word is a tuple of syllables (k, e), meaning generators[k]**e, written from left to right as the
product is: ((0, 2), (1, −1)) is a² b⁻¹, whose right factor acts first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Protocol, Self, TypeVar

from .errors import TooLargeError
from .permutation import Permutation

if TYPE_CHECKING:
    from .permutation_group import PermutationGroup

Word = tuple[tuple[int, int], ...]
RELATOR_LIMIT = 5000  # order up to which the generic presentation is written out


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


def _collect(letters: Iterable[int]) -> Word:
    """Letters k, k, l, … as syllables (k, 2), (l, 1), …"""
    word: list[tuple[int, int]] = []
    for k in letters:
        if word and word[-1][0] == k:
            word[-1] = (k, word[-1][1] + 1)
        else:
            word.append((k, 1))
    return tuple(word)


def cayley_word(group: PermutationGroup, element: Permutation) -> Word:
    """A shortest positive word in the group's own generators, read off the Cayley tree."""
    letters = []
    here = group.index(element)
    while here:
        here, k = group.cayley_tree[here]
        letters.append(k)
    return _collect(letters)


def inverse_word(word: Word) -> Word:
    """The word of the inverse: syllables reversed, exponents negated."""
    return tuple((k, -e) for k, e in reversed(word))


def cayley_presentation(group: PermutationGroup) -> Presentation:
    """One relator s·word(g)·word(s g)⁻¹ for every edge of the Cayley graph outside its spanning tree.

    This is Schreier's presentation of the trivial subgroup's index-|G| coset graph: it defines G.

    Raises:
        TooLargeError: above order 5000.
    """
    if group.order > RELATOR_LIMIT:
        raise TooLargeError(
            f"{group!r} has order {group.order}; a presentation is read off the Cayley graph up to order "
            f"{RELATOR_LIMIT}"
        )
    words = [cayley_word(group, g) for g in group.elements]
    relators = []
    for k, generator in enumerate(group.generators):
        for here, there in enumerate(group.left_action(generator).tolist()):
            if group.cayley_tree[there] != (here, k) or there == 0:
                relators.append(((k, 1), *words[here], *inverse_word(words[there])))
    return Presentation(group.generators, tuple(relators))
