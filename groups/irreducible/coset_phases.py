"""The left cosets of a subgroup with a linear character: one pass over the group, so that sums over H are made once.

A function with α(g h) = λ(h) α(g) is known from its values at one leader t of every coset: g = t h_0 lies in the coset
of t, and α(g) = λ(h_0) α(t).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..permutations.listed_group import ListedGroup
from .inducing_subgroups import IntArray, LinearCharacter, generators_of


@dataclass(frozen=True, eq=False)
class Cosets:
    """The cosets t H.

    Attributes:
        leaders: the position of one element t of each, (cosets,).
        owner: for each element g = t h its coset, (order,).
        phases: k with λ(h) = ζ_m^k, (order,).
    """

    leaders: IntArray
    owner: IntArray
    phases: IntArray


def cosets_of(group: ListedGroup, linear: LinearCharacter) -> Cosets:
    """The cosets of H are what right multiplication by generators of H connects; found once per subgroup."""
    known = group.__dict__.setdefault("_cosets", {})
    key = linear.members.tobytes()
    if key not in known:
        known[key] = _connected(group, linear)
    leaders, owner, differences = known[key]
    if linear.order == 1:
        return Cosets(leaders, owner, np.zeros(group.order, dtype=np.int64))
    exponents = np.full(group.order, -1, dtype=np.int64)
    exponents[linear.members] = linear.exponents
    phases = exponents[differences]
    assert (phases >= 0).all(), "an element differs from its leader by an element of the subgroup"
    return Cosets(leaders, owner, phases)


def _connected(group: ListedGroup, linear: LinearCharacter) -> tuple[IntArray, IntArray, IntArray]:
    """The leaders t, the coset of each element g, and the position of t⁻¹ g."""
    moves = [group.right_action(group.elements[h]) for h in generators_of(group, linear.members)]
    leaders, owner = np.unique(_least_connected(moves, group.order), return_inverse=True)
    back = group.images[group.inverses[leaders]]  # rows t⁻¹, (cosets, degree)
    on_base = np.take_along_axis(back[owner], group.images[:, group.base].astype(np.int64), axis=1)  # t⁻¹ g on the base
    return leaders, owner, group.index_base_images(on_base)


def _least_connected(moves: Sequence[IntArray], count: int) -> IntArray:
    """The least place that permutations of places connect each one with: (count,)."""
    least = np.arange(count)
    while True:
        before = least
        for move in moves:
            least = np.minimum(least, least[move])
            back = least.copy()
            back[move] = np.minimum(least[move], least)
            least = back[back]  # where the least place known so far leads in turn
        if (least == before).all():
            return least
