"""The ladder of a task with outputs: the bounds of its minimal Moore machine, and weights that read out the labels.

Lower bounds. Let weights give the right label after every word, and let p ≠ q be states of the minimal Moore machine:
some word v leads from them to different labels. Put A[v] before each decision, and every argument of docs/ladder.md
that tells states apart by a decision holds for p and q: no limit of products that fixes all states equals one that
moves one, and the averaged vectors of p and q differ. So what tracks labels tells the states apart, and the bounds for
the states stay. Upper bounds ask more: the labels have to be an argmax of linear functions of the hidden states.
"""

from __future__ import annotations

from functools import partial
from math import inf

from ...groups.errors import RepresentationError, TooLargeError
from ..automata.automaton import Automaton
from ..constructions.choose import realize
from ..errors import RungError
from ..stacks.stacked_weights import StackedWeights
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights
from .depth_rows import NAMES, labelled_depth_row
from .ladder_row import LadderRow, UpperBound, made

STATES = 250  # of the minimal Moore machine, up to which weights are built


def labelled_rows(machine: Automaton, rows: tuple[LadderRow, ...]) -> list[LadderRow]:
    """The rows of a minimal Moore machine with its outputs, from those of its states.

    Rows with a decoder are left out: a decoder that is many-to-one is another way to give labels.
    """
    same = [LadderRow(row.rung, row.unit, row.lower, _upper(machine, row)) for row in rows if row.rung in list(Rung)]
    depths = [row for row in rows if row.rung in NAMES]
    return same + [labelled_depth_row(row, partial(_deep, machine)) for row in depths]


def _deep(machine: Automaton, layers: Rung) -> StackedWeights | BilinearWeights:
    """A stack where letters permute the states, else one layer."""
    if machine.is_permutation:
        return realize(machine, "stack", layers=layers)
    return realize(machine, layers)


def _upper(machine: Automaton, row: LadderRow) -> UpperBound:
    if row.size is None or row.upper.size == inf:
        return row.upper
    if len(machine.states) > STATES:
        return UpperBound(inf, f"not built for over {STATES} states, and labels need a readout of their own")
    try:
        weights = realize(machine, row.rung)
    except (RungError, RepresentationError, TooLargeError) as error:
        return UpperBound(inf, f"no linear readout of the labels is known: {error}")
    size = size_of(weights)
    same = " with a row for each label" if size == row.upper.size else ", more than the states need: labels are linear"
    return made(size, weights, f"{weights.note}{same}")


def size_of(weights: BilinearWeights) -> int:
    """What the row of the weights' rung counts."""
    if weights.rung == Rung.BLOCK:
        return max(weights.blocks)
    if weights.rung in (Rung.HOUSEHOLDER, Rung.HOUSEHOLDER_PER_HEAD):
        return int(getattr(weights.factors, "count", 0))
    return int(getattr(weights.factors, "rank", 0)) if weights.rung == Rung.CP else weights.hidden_size
