"""What algorithms and files of automata read, below the class `Automaton`."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Machine(Protocol):
    """The parts of an automaton, whoever holds them."""

    @property
    def states(self) -> Sequence[Hashable]:
        """The labels of Q."""

    @property
    def letters(self) -> Sequence[Hashable]:
        """The labels of Σ."""

    @property
    def table(self) -> NDArray[np.int64]:
        """δ by positions: (states, letters)."""

    @property
    def start(self) -> Hashable:
        """The label q_0."""

    @property
    def accepting(self) -> Collection[Hashable] | None:
        """The labels of the accepting states, if there are any to speak of."""

    @property
    def outputs(self) -> Sequence[Hashable] | None:
        """A label for each state, if states have others than themselves."""
