"""A model of a family with the sizes that the ladder asks for: a place to begin."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ...theory.cones.cone_weights import ConeWeights
from ...theory.constructions.choose import realize
from ...theory.ladder.classification import classify
from ..bilinear_rnn import BilinearRNN
from ..transitions.registry import FAMILIES

if TYPE_CHECKING:
    from ...theory.automata.automaton import Automaton

HIDDEN = 64  # usual size of the hidden state; larger where the ladder asks for more
LARGEST = 16  # size of a block or head that is taken from known weights without a proof that it is needed


def usual_model(
    automaton: Automaton, transition: str = "full", hidden: int | None = None, seed: int = 0, **options: Any
) -> BilinearRNN:
    """An untrained model for a task, as wide as the family needs and no option left to guess.

    Blocks are as large as those of the smallest exact weights known, products of reflections have heads of that
    width and as many factors as a head needs; terms of rank one and hidden units are at least as many as the ladder
    proves to be needed. Many small heads are learned where one large product is not (`benchmarks/results/recipe.md`).

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
    if transition in ("block", "householder"):
        if not options.keys() & {"block", "heads"}:
            width, part = _parts(width, _known(automaton, "block"), fixed=hidden is not None)
            found = {"block": part} if transition == "block" else {"heads": width // part}
        if transition == "householder":
            found["reflections"] = _known(automaton, "householder_per_head")
    elif transition == "cp":
        found = {"rank": max(width, _least(automaton, "cp"))}
    elif hidden is None and transition in FAMILIES and FAMILIES[transition].rung is not None:
        width = max(width, _least(automaton, FAMILIES[transition].rung or ""))
        width += transition == "rotation" and width % 2
    return {"hidden": width, **found, **options}


def _least(automaton: Automaton, rung: str) -> int:
    """The lower bound, 1 where the rung cannot do the task."""
    size = classify(automaton.with_outputs(None), rung)[rung].lower.size
    return 1 if math.isinf(size) else int(size)


def _known(automaton: Automaton, rung: str) -> int:
    """The size of known weights, at least 2; where that is large or there are none, the lower bound.

    Weights that are right by cones may come as near to a tie as one likes: not what training should look for.
    """
    states = automaton.with_outputs(None)
    row = classify(states, rung)[rung]
    size = row.upper.size if row.upper.size <= LARGEST else row.lower.size
    if not states.is_permutation and row.upper.build is not None and isinstance(row.weights, ConeWeights):
        size = max(realize(states, rung).blocks)
    return 2 if math.isinf(size) else max(2, int(size))


def _parts(hidden: int, needed: int, fixed: bool) -> tuple[int, int]:
    """A hidden size and a part that divides it, at least as large as needed: the size itself where that is less."""
    if not fixed:
        return needed * math.ceil(hidden / needed), needed
    return hidden, next((part for part in range(needed, hidden) if hidden % part == 0), hidden)
