"""The parts of an automaton: what its builders return, and what algorithms on it read."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from typing import Any, NamedTuple

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
