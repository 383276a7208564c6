"""A model of a family with the sizes that the ladder asks for: a place to begin."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ...theory.ladder.classification import classify
from ..bilinear_rnn import BilinearRNN
from ..transitions.registry import FAMILIES

if TYPE_CHECKING:
    from ...theory.automata.automaton import Automaton

HIDDEN = 64  # usual size of the hidden state; larger where the ladder asks for more


def usual_model(
    automaton: Automaton, transition: str = "full", hidden: int | None = None, seed: int = 0, **options: Any
) -> BilinearRNN:
    """An untrained model for a task, as wide as the family needs and no option left to guess.

    Blocks are as large as exact weights need; products of reflections have heads of that width, and as many factors as
    a head needs; terms of rank one and hidden units are at least as many as exact weights need. Many small heads are
    learned where one large product is not (`benchmarks/results/recipe.md`).

    Args:
        automaton: the task.
        transition: the family, see `BilinearRNN`.
        hidden: hidden size; None: 64, or the next size above that the family can have.
        seed: of the start values.
        options: of `BilinearRNN`, instead of those that the ladder gives.

    Raises:
        ModelError: for an unknown family, or sizes that do not go together.

    Example:
        >>> from bistate.groups import SymmetricGroup
        >>> from bistate.theory import Automaton
        >>> A = Automaton.word_problem(SymmetricGroup(4))
        >>> block, reflections = usual_model(A, "block"), usual_model(A, "householder")
        >>> block.hidden, block.block, reflections.heads, reflections.reflections
        (66, 3, 22, 2)
    """
    sizes = usual_sizes(automaton, transition, hidden, **options)
    return BilinearRNN(len(automaton.letters), states=len(automaton.labels), transition=transition, seed=seed, **sizes)


def usual_sizes(automaton: Automaton, transition: str, hidden: int | None = None, **options: Any) -> dict[str, Any]:
    """`hidden`, and block, heads, reflections or rank where the family has them: see `usual_model`."""
    width = HIDDEN if hidden is None else hidden
    found: dict[str, Any] = {}
    if transition in ("block", "householder") and not options.keys() & {"block", "heads"}:
        width, part = _parts(width, _needed(automaton, "block", 2), fixed=hidden is not None)
        found = {"block": part} if transition == "block" else {"heads": width // part}
        if transition == "householder":
            found["reflections"] = max(2, min(part, _needed(automaton, "householder_per_head", 2)))
    elif transition == "cp":
        found = {"rank": max(width, _needed(automaton, "cp", 0))}
    elif transition in FAMILIES and hidden is None:
        rung = FAMILIES[transition].rung
        width = max(width, 0 if rung is None else _needed(automaton, rung, 0))
        width += transition == "rotation" and width % 2
    return {"hidden": width, **found, **options}


def _needed(automaton: Automaton, rung: str, least: int) -> int:
    """The least size that is known to do, where there is one."""
    size = classify(automaton.with_outputs(None), rung)[rung].upper.size
    return least if math.isinf(size) else max(least, int(size))


def _parts(hidden: int, needed: int, fixed: bool) -> tuple[int, int]:
    """A hidden size and a part that divides it, at least as large as needed: the size itself where that is less."""
    if not fixed:
        return needed * math.ceil(hidden / needed), needed
    return hidden, next((part for part in range(needed, hidden) if hidden % part == 0), hidden)
