"""How the letters of a group task act on hidden vectors.

With A[x] = ρ(x) and v_g = ρ(g) v the state moves by g ↦ x g (side "left"). For side "right", where g ↦ g x, take
A[x] = ρ(x⁻¹) and v_g = ρ(g⁻¹) v: then A[x] v_g = ρ((g x)⁻¹) v = v_{g x}.
"""

from __future__ import annotations

from ...groups.permutations.permutation import Permutation
from .group_task import GroupTask


def acting_letters(task: GroupTask) -> tuple[Permutation, ...]:
    """The group element a with A[x] = ρ(a), for each letter x."""
    return tuple(x if task.side == "left" else x.inverse() for x in task.letters)


def acting_states(task: GroupTask) -> tuple[Permutation, ...]:
    """The group element a with v_q = ρ(a) v, for each state q."""
    return tuple(g if task.side == "left" else g.inverse() for g in task.states)
