"""The parts of an automaton: what its builders return, and what algorithms on it read."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from .group_task import GroupTask


class Parts(NamedTuple):
    """(Q, Σ, δ, q_0) in the order of `Automaton`'s arguments, which it checks: `Automaton(*parts)`."""

    states: Sequence[Hashable]
    letters: Sequence[Hashable]
    table: Any  # (states, letters)
    start: Hashable
    accepting: Collection[Hashable] | None = None
    group_task: GroupTask | None = None
    outputs: Sequence[Hashable] | None = None


class Machine(Protocol):
    """What the algorithms below `Automaton` read of it."""

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
