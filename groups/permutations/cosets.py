"""Subgroups and their left cosets g H."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..errors import GroupError
from .generated_group import GeneratedGroup
from .permutation import Permutation


def coset_representatives(
    group: GeneratedGroup, subgroup: GeneratedGroup
) -> tuple[list[Permutation], Callable[[Permutation], int]]:
    """Representatives t_1 = 1, t_2, … of the cosets t H, and the function g ↦ i with g in t_i H."""
    rows = subgroup.images

    def least(g: Permutation) -> bytes:
        coset = np.array(g, dtype=np.uint32)[rows]  # (|H|, degree): all of g H
        return bytes(coset[np.lexsort(coset.T[::-1])[0]].tobytes())

    found, where = [group.identity], {least(group.identity): 0}
    for t in found:
        for generator in group.generators:
            key = least(generator * t)
            if key not in where:
                where[key] = len(found)
                found.append(generator * t)
    return found, lambda g: where[least(g)]


def require_subgroup(subgroup: GeneratedGroup, group: GeneratedGroup) -> None:
    """Raise unless the first group lies in the second."""
    for generator in subgroup.generators:
        if generator not in group:
            raise GroupError(f"{subgroup} is no subgroup of {group}: {generator!r} does not lie in it")
