"""Whether a model and a task fit together at all."""

from __future__ import annotations

from typing import Protocol

from ...models.bilinear_rnn import BilinearRNN
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
        ("states", model.states, len(automaton.states)),
    ):
        if mine != theirs:
            raise MismatchError(f"the model has {mine} {what}, the task has {theirs}: {automaton!r}")


def require_fit(model: BilinearRNN, automaton: Automaton) -> None:
    """Refuse a model that cannot be compared with the task.

    Raises:
        MismatchError: if the numbers of letters or states differ, or the model has an additive path.
        ModelError: if a weight is not finite.
    """
    require_sizes(model, automaton)
    if model.additive:
        raise MismatchError(
            "the model has an additive input path (additive=True), so it is affine and not bilinear: it has no "
            "exact bilinear counterpart to compare with"
        )
    model.check_finite()
