"""What the algorithms below `BilinearWeights` read of it: h_t = A[x_t] h_{t−1}, logits C h_T."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol

from ...groups.arithmetic.exact_matrix import ExactMatrix


class Labelled(Protocol):
    """What is compared with an automaton's labels."""

    @property
    def letters(self) -> tuple[Hashable, ...]:
        """The alphabet, in the order of `transitions`."""

    @property
    def states(self) -> tuple[Hashable, ...]:
        """The labels of the rows of `readout`."""


class Network(Labelled, Protocol):
    """A start vector, a matrix per letter and a readout, all exact."""

    @property
    def transitions(self) -> tuple[ExactMatrix, ...]:
        """A[x] for each letter, each (hidden, hidden)."""

    @property
    def initial(self) -> ExactMatrix:
        """The start h_0: (hidden, 1)."""

    @property
    def readout(self) -> ExactMatrix:
        """C: (states, hidden)."""

    @property
    def hidden_size(self) -> int:
        """The number of hidden units."""
