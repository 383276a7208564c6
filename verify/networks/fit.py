"""Whether a model and a task fit together at all."""

from __future__ import annotations

from typing import Protocol

from ...theory.automata.automaton import Automaton
from ..errors import MismatchError


class Sized(Protocol):
    """Anything that says how many letters it reads and how many scores it gives."""

    @property
    def letters(self) -> int:
        """Number of letters."""

    @property
    def states(self) -> int:
        """Number of scores."""


def require_sizes(model: Sized, automaton: Automaton) -> None:
    """Refuse a network whose letters or scores are not those of the task.

    Raises:
        MismatchError: if the numbers differ.
    """
    for what, mine, theirs in (
        ("letters", model.letters, len(automaton.letters)),
        ("states" if automaton.outputs is None else "labels", model.states, len(automaton.labels)),
    ):
        if mine != theirs:
            raise MismatchError(f"the model has {mine} {what}, the task has {theirs}: {automaton!r}")
