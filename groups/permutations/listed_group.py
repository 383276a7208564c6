"""Permutation groups with their conjugacy classes, and with words for their elements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isqrt, lcm
from typing import TYPE_CHECKING

import numpy as np

from ..errors import TooLargeError
from .cayley_graphs import cayley_graph
from .class_search import SearchedClasses
from .conjugacy import ConjugacyClass, listed_classes, symmetric_classes
from .defining_words import is_natural_symmetric, presentation_of, word_of
from .generated_group import GeneratedGroup, IntArray
from .permutation import Permutation
from .presentation import Presentation, Word

if TYPE_CHECKING:
    import networkx as nx

SEARCHED_FROM = 2 * 10**5  # order of a group above which classes are searched before elements are listed


@dataclass(frozen=True, init=False, eq=False, repr=False)
class ListedGroup(GeneratedGroup):
    """A permutation group with its conjugacy classes, a presentation, and words: all that characters are made from."""

    # --- conjugacy: without listing where the group consists of all permutations of its points ---

    @cached_property
    def _listed_classes(self) -> tuple[tuple[ConjugacyClass, ...], IntArray]:
        return listed_classes(self)

    @cached_property
    def _symmetric_classes(self) -> tuple[tuple[ConjugacyClass, ...], dict[tuple[int, ...], int]] | None:
        """Classes and their cycle types; None where the group is not all of S_n."""
        return symmetric_classes(self.degree) if is_natural_symmetric(self) else None

    @cached_property
    def searched_classes(self) -> SearchedClasses | None:
        """The classes by random search, for large groups; None where the group is small, or listed instead.

        Raises:
            TooLargeError: where the search fails and the group is too large to list.
        """
        if self.order <= SEARCHED_FROM or self.is_abelian or is_natural_symmetric(self):
            return None
        try:
            return SearchedClasses(self)
        except TooLargeError:
            if not self.can_be_listed:
                raise
            return None

    def conjugacy_classes(self) -> tuple[ConjugacyClass, ...]:
        """The conjugacy classes, sorted by element order, then size, then representative; {identity} is first.

        Representatives are the least elements, but for groups of over 2·10⁵ elements, whose classes are found by a
        random search and proved to be all; see `bistate.groups.permutations.class_search`.

        Raises:
            TooLargeError: for a group that is too large to list, where that search does not end. For the group of all
                permutations of n points the classes come from the partitions of n, up to n = 45.
        """
        if self._symmetric_classes:
            return self._symmetric_classes[0]
        return self._listed_classes[0] if self.searched_classes is None else self.searched_classes.classes

    def class_of(self, element: Sequence[int]) -> int:
        """The index in `conjugacy_classes()` of the class of an element.

        Raises:
            GroupError: if it is not in the group.
            TooLargeError: as for `conjugacy_classes`.
        """
        if self._symmetric_classes:
            return self._symmetric_classes[1][self.element(element).cycle_type]
        if self.searched_classes is not None:
            return int(self.searched_classes.indices(np.array([self.element(element)]))[0])
        return int(self._listed_classes[1][self.index(element)])

    @cached_property
    def class_indices(self) -> IntArray:
        """For each element of `elements`, the index of its class in `conjugacy_classes()`: shape (order,)."""
        listed, indices = self._listed_classes
        if self.searched_classes is None:
            return indices
        places = self.searched_classes.indices(np.array([cls.representative for cls in listed]))
        return places[indices]

    @cached_property
    def _power_maps(self) -> dict[int, tuple[int, ...]]:
        return {}

    def power_map(self, k: int) -> tuple[int, ...]:
        """For each conjugacy class, the index of the class that holds the powers gᵏ of its elements."""
        k %= self.exponent
        known = self._power_maps
        if k not in known:
            # gᵏ = (gᵐ)ᵈ for k = d m: where the map of a factor is known, no power is taken for k itself
            d = next((d for d in range(2, isqrt(k) + 1) if k % d == 0), k)
            if 1 < d < k and (d in known or k // d in known):
                outer, inner = self.power_map(d), self.power_map(k // d)
                known[k] = tuple(outer[j] for j in inner)
            else:
                known[k] = tuple(self.class_of(cls.representative**k) for cls in self.conjugacy_classes())
        return known[k]

    @cached_property
    def exponent(self) -> int:
        """The least common multiple of the orders of all elements."""
        if is_natural_symmetric(self):
            return lcm(*range(1, self.degree + 1))
        return lcm(*(cls.order for cls in self.conjugacy_classes()))

    # --- words and presentations ---

    @cached_property
    def presentation(self) -> Presentation:
        """Generators and defining relators; see `bistate.groups.permutations.presentation`."""
        return self._build_presentation()

    def _build_presentation(self) -> Presentation:
        return presentation_of(self)

    def word(self, element: Sequence[int]) -> Word:
        """An element as a word in the generators of `presentation`: pairs (generator, exponent), leftmost first.

        Raises:
            GroupError: if it is not in the group.
        """
        return self._word(self.element(element))

    def _word(self, element: Permutation) -> Word:
        return word_of(self, element)

    def cayley_graph(self, side: str = "left") -> nx.MultiDiGraph:
        """The Cayley graph: an edge g → s*g (or g → g*s for side "right") for every generator s."""
        return cayley_graph(self, side=side)
