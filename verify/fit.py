"""Whether a model and a task fit together at all."""

from __future__ import annotations

from ..models.bilinear_rnn import BilinearRNN
from ..theory.automata.automaton import Automaton
from .errors import MismatchError


def require_fit(model: BilinearRNN, automaton: Automaton) -> None:
    """Refuse a model that cannot be compared with the task.

    Raises:
        MismatchError: if the numbers of letters or states differ, or the model has an additive path.
        ModelError: if a weight is not finite.
    """
    for what, mine, theirs in (
        ("letters", model.letters, len(automaton.letters)),
        ("states", model.states, len(automaton.states)),
    ):
        if mine != theirs:
            raise MismatchError(f"the model has {mine} {what}, the task has {theirs}: {automaton!r}")
    if model.additive:
        raise MismatchError(
            "the model has an additive input path (additive=True), so it is affine and not bilinear: it has no "
            "exact bilinear counterpart to compare with"
        )
    model.check_finite()
