"""Exact monomial weights: permutation times real diagonal transitions, as in PD-SSM (arXiv:2509.22284).

The field's diagonal is complex; here it is real, so signs are the roots of unity there are, and one hidden unit is one
real number. For tasks whose letters permute the states the least size is a covering problem over the transitive signed
permutation representations of the group; an automaton with merging letters takes one unit per state.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ..automata.acting_elements import acting_letters
from ..automata.automaton import Automaton
from ..separation.exact_cover import cheapest_cover, reduce_points
from ..separation.optima import least_full
from ..separation.real_irrep import TaskIrreps
from ..separation.signed_actions import SignedAction, signed_actions
from ..separation.task_irreps import task_of_permutations
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights
from .one_hot import one_hot_weights
from .orbit_weights import orbit_weights
from .start_vector import start_vector


@dataclass(frozen=True)
class MonomialOptimum:
    """The least number of units found, what is proved about it, and the actions that reach it."""

    size: int
    lower: int
    chosen: tuple[SignedAction, ...]
    complete: bool


def least_monomial(data: TaskIrreps) -> MonomialOptimum:
    """The least total number of lines of transitive signed actions that separate the states.

    Where the subgroups are too many to list, the lower bound is d_min, since monomial transitions are full ones.
    """
    actions, complete = signed_actions(data)
    problem = reduce_points([a.stuck for a in actions], data.points, data.start)
    assert problem is not None, "the action on the states separates them"
    cover = cheapest_cover([a.size for a in actions], problem)
    lower = cover.lower if complete else least_full(data).lower
    assert lower <= cover.cost, (
        "signed permutations are a real representation, so they are no smaller than the least one"
    )
    return MonomialOptimum(cover.cost, lower, tuple(actions[i] for i in cover.chosen), complete)


def realize_monomial(automaton: Automaton) -> BilinearWeights:
    """Monomial weights of the least size known."""
    data = task_of_permutations(automaton)
    if data is None:
        return replace(one_hot_weights(automaton), rung=Rung.MONOMIAL)
    optimum = least_monomial(data)
    return monomial_weights(automaton, data, optimum)


def monomial_weights(automaton: Automaton, data: TaskIrreps, optimum: MonomialOptimum) -> BilinearWeights:
    """Orbit weights of the direct sum of the chosen actions."""
    transitions = [ExactMatrix.block_diagonal(a.matrix(g) for a in optimum.chosen) for g in acting_letters(data.task)]
    form = ExactMatrix.identity(sum(a.size for a in optimum.chosen))
    basis = ExactMatrix.block_diagonal(a.fixed(data.task.stabiliser) for a in optimum.chosen)
    initial = start_vector(automaton, transitions, form, basis)
    note = "; ".join(a.note for a in optimum.chosen)
    blocks = [a.size for a in optimum.chosen]
    return orbit_weights(automaton, transitions, initial, form, blocks, Rung.MONOMIAL, note)
