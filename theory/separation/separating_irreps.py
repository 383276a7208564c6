"""Which real irreps separate the states of a group task, at least cost (docs/ladder.md, theorems A and B).

Write K for the stabiliser of the start state and V^K for the vectors of a representation V that K fixes. A generic
vector of V^K is fixed by exactly the elements that fix all of V^K, and a generic vector of a direct sum by those that
fix its generic components. So irreps V_1, V_2, … separate the states iff no other state g K fixes all of V_1^K ⊕ V_2^K
⊕ …: a set-cover problem over the states, solved exactly by search over intersections.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ...groups.representations.representation import Representation
from ..automata.acting_elements import acting_states
from ..automata.group_task import GroupTask


@dataclass(frozen=True)
class Candidate:
    """A real irrep as seen by a task.

    Attributes:
        rho: the irrep.
        fixed: a basis of V^K as columns, (degree, dim V^K).
        unseparated: the states, by position, whose elements fix all of V^K; the start state is always one.
    """

    rho: Representation
    fixed: ExactMatrix
    unseparated: frozenset[int] = frozenset()


def candidates(task: GroupTask, irreps: Sequence[Representation]) -> list[Candidate]:
    """The irreps with V^K ≠ 0, which are those that can tell any states apart."""
    found = []
    for rho in irreps:
        fixed = fixed_space(rho, task)
        if fixed.shape[1]:
            stuck = frozenset(q for q, g in enumerate(acting_states(task)) if rho(g) @ fixed == fixed)
            found.append(Candidate(rho, fixed, stuck))
    return found


def fixed_space(rho: Representation, task: GroupTask) -> ExactMatrix:
    """A basis of V^K as columns: the image of the projection (1/|K|) Σ_{k∈K} ρ(k), (degree, dim V^K)."""
    if len(task.stabiliser) == 1:
        return ExactMatrix.identity(rho.degree)
    total = ExactMatrix.zeros(rho.degree, rho.degree)
    for k in task.stabiliser:
        total = total + rho(k)
    projection = total * Fraction(1, len(task.stabiliser))
    _, pivots = projection.rref()
    return projection.submatrix(range(rho.degree), pivots)
