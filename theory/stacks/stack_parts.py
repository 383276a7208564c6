"""What the algorithms below `StackedWeights` read of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from itertools import product
from typing import Protocol

from ..weights.weights import BilinearWeights


class Stack(Protocol):
    """Layers joined by their decisions, and a decoder; see `bistate.theory.stacks.stacked_weights`."""

    @property
    def letters(self) -> tuple[Hashable, ...]:
        """The alphabet."""

    @property
    def states(self) -> tuple[Hashable, ...]:
        """The labels of the classes."""

    @property
    def layers(self) -> tuple[BilinearWeights, ...]:
        """From the bottom up."""

    @property
    def decoder(self) -> tuple[Hashable, ...]:
        """A label for each tuple of decisions."""

    @property
    def note(self) -> str:
        """Where the stack comes from."""

    def read(self, letter: int, decided: Iterable[int]) -> Iterator[int]:
        """The letter that each layer reads."""

    def decode(self, decided: Iterable[int]) -> Hashable:
        """The label of a tuple of decisions."""


def letters_of(letters: Iterable[Hashable], below: Iterable[BilinearWeights]) -> Iterator[Hashable]:
    """The letters of the layer above some layers: x at the bottom, else all tuples (x, q_1, …, q_{i−1})."""
    under = [layer.states for layer in below]
    yield from product(letters, *under) if under else letters
