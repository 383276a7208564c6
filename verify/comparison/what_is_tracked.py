"""What a trained network really tells apart, and how its signal lies in the hidden space.

The code of a state is its mean hidden state; f(g) is the code of the state that g takes the start to. Elements with
f(x g) ≈ f(x) for all x form the stabiliser of the start's code. If it is larger than the task's, the network tracks the
cosets of it: a quotient group, if it is normal.

Signal and remainder are complementary, not orthogonal: h = S z + r with z = R h, R S = I, R r = 0. The angles between
the two subspaces follow from the projection S R, whose singular values are 1 / sin θ; a small angle says that noise
along the remainder is mistaken for signal, and is why a change of basis is badly conditioned.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...groups.catalogue.identification import name_or_order
from ...groups.group import PermutationGroup
from ...groups.permutations.permutation import Permutation
from ...theory.automata.group_task import GroupTask

Floats = NDArray[Any]  # of float64
SAME = 0.004  # part of the codes' variance that two codes may differ by to count as one
APART = 0.02  # and from which they count as two; between these nothing is resolved
AGREE = 0.5  # correlation of codes from two sets of words, below which they are noise


def stabiliser(
    group: PermutationGroup, function: Floats, again: Floats | None = None
) -> tuple[Permutation, ...] | None:
    """The elements g with f(x g) ≈ f(x) for all x, or None if they are no subgroup or it is not resolved.

    Means over few words are noisy, and noise tells all states apart. With means over two sets of words, products of one
    with the other are used, in which noise averages out; where they agree too little nothing is resolved.

    Args:
        group: the group.
        function: f, (order, hidden), in the order of `group.elements`.
        again: f from other words, (order, hidden); None: f itself.
    """
    one = function - function.mean(axis=0)
    two = one if again is None else again - again.mean(axis=0)
    spread = float((one * two).sum())
    if not spread > AGREE * float((one**2).sum() + (two**2).sum()) / 2:
        return None
    found = []
    for g in group.elements:
        move = group.right_action(g)
        moved = float(((one[move] - one) * (two[move] - two)).sum()) / (2 * spread)
        if SAME < moved < APART:
            return None
        if moved <= SAME:
            found.append(g)
    closed = set(found)
    return tuple(found) if all(a * b in closed for a in found for b in found) else None


def described(task: GroupTask, group: PermutationGroup, kept: tuple[Permutation, ...] | None) -> str:
    """In words: the elements, the cosets of a subgroup, or a quotient group."""
    if kept is None:
        return "unresolved"
    name = name_or_order(group)
    asked = len(set(task.stabiliser) & set(group.elements))
    if len(kept) == 1:
        return f"the elements of {name}"
    if len(kept) == group.order:
        return "nothing"
    inside = set(kept)
    normal = all(g * k * g.inverse() in inside for g in group.generators for k in kept)
    what = f"the cosets of a subgroup of order {len(kept)} of {name}"
    if normal:
        what = f"the quotient of {name} by a normal subgroup of order {len(kept)}"
    return what if len(kept) == asked else f"{what}, less than the task asks for"


def angles(S: Floats, R: Floats) -> tuple[float, ...]:
    """Principal angles between signal and remainder in degrees, smallest first; 90 where they are orthogonal.

    Args:
        S: columns that span the signal, (hidden, d).
        R: rows that the remainder is killed by, R S = I, (d, hidden).
    """
    values = np.linalg.svd(S @ R, compute_uv=False)[: S.shape[1]]
    return tuple(float(a) for a in np.degrees(np.arcsin(np.clip(1 / np.maximum(values, 1.0), 0, 1))))
