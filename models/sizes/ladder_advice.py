"""What a user should know before training: what the ladder says about a model and a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...theory.ladder.classification import classify
from ...theory.ladder.ladder_row import LadderRow, shown_size
from ..bilinear_rnn import BilinearRNN
from ..transitions.registry import FAMILIES

if TYPE_CHECKING:
    from ...theory.automata.automaton import Automaton


def advice(model: BilinearRNN, automaton: Automaton) -> tuple[str, ...]:
    """Reasons why a model cannot track a task, or not as its user may expect; empty if none is known.

    From `classify`: the family cannot do the task, or the model is smaller than the least size. Besides: transitions
    that are only positive, and additive terms. A model with additive terms is not bound by the ladder.

    Args:
        model: the model.
        automaton: the task.

    Returns:
        Sentences, each with its reason.

    Example:
        >>> from bistate.theory import Automaton
        >>> model = BilinearRNN(letters=3, hidden=8, states=3, transition="diagonal")
        >>> advice(model, Automaton.modular_addition(3))[0][:60]
        "the family 'diagonal' cannot represent this task: real diago"
    """
    found = []
    if model.additive:
        found.append(
            "an additive path breaks scale invariance: predictions depend on the scale of the hidden state, so "
            "normalising it, in training or afterwards, changes what the network computes"
        )
    if model.transition == "positive":
        found.append("transitions can only be positive: no hidden unit ever changes its sign")
    family = FAMILIES[model.transition]
    if family.rung is None or model.additive:
        return tuple(found)
    if automaton.outputs is not None:
        automaton = automaton.minimize()
    merged = automaton.merged_states()
    if family.name == "rotation" and merged is not None:
        letter, first, second = merged
        found.append(
            f"the family 'rotation' cannot represent this task: letter {letter!r} takes the states {first!r} and "
            f"{second!r} to one, while powers of a rotation come back to the identity as nearly as one likes, and so "
            "to every state that the letter leaves"
        )
        return tuple(found)
    rung, has = _rung(model, family.rung), getattr(model, family.counted)
    row = classify(automaton.with_outputs(None), rung)[rung]  # labels need no less than their states, and take longer
    if row.size is None:
        found.append(f"the family {model.transition!r} cannot represent this task: {row.lower.reason}")
    elif has < row.lower.size:
        found += _too_small(has, classify(automaton, rung)[rung])
    return tuple(found)


def _rung(model: BilinearRNN, rung: str) -> str:
    """The rung of a model: products of reflections of one head are another one than those of several."""
    one_head = rung == "householder_per_head" and getattr(model, "heads", 1) == 1
    return "householder" if one_head else rung


def _too_small(has: int, row: LadderRow) -> list[str]:
    if has >= row.lower.size:
        return []
    return [
        f"{has} {row.unit} are fewer than exact weights need, {shown_size(row.size)}: {row.lower.reason} ({row.scope})"
    ]
