"""The ladder's further row: complex units with a many-to-one decoder, where the quaternion solution is known."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ..automata.automaton import Automaton
from ..constructions.double_cover import quaternion_weights, rotation_generators
from ..separation.real_irrep import TaskIrreps
from ..weights.decoded_weights import DecodedWeights
from .ladder_row import ANY, LadderRow, LowerBound, UpperBound

QUATERNION = "quaternion"


def quaternion_row(task: Callable[[], Automaton], data: TaskIrreps) -> list[LadderRow]:
    """The row of the quaternion solution; none for a task, made when weights are asked for, that it does not do."""
    if rotation_generators(data) is None:
        return []
    lower = LowerBound(2, "one complex unit commutes, so it tracks commutative tasks only", ANY)
    upper = UpperBound(2, "left multiplication of unit quaternions; decoder: ±u ↦ g", partial(_weights, task))
    return [LadderRow(QUATERNION, "complex units, two-to-one decoder", lower, upper)]


def _weights(task: Callable[[], Automaton]) -> DecodedWeights:
    return quaternion_weights(task())
