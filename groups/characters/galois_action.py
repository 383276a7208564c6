"""The Galois group of Q(ζ_e)/Q, e the exponent, on the columns and rows of a character table.

σ_k(χ)(g) = σ_k(χ(g)) = χ(g^k) for k prime to e, so σ_k permutes characters as k-th powers permute classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..fields.number_field import NumberField, units
from ..permutations.listed_group import ListedGroup

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class GaloisAction:
    """How the automorphisms σ_k permute the rows of a table.

    Attributes:
        exponent: e.
        images: for each k prime to e the row of σ_k(χ_i), (r,).
    """

    exponent: int
    images: dict[int, IntArray]

    def orbits(self) -> dict[int, dict[int, int]]:
        """For the first row i of each orbit: {j: k} with χ_j = σ_k(χ_i); i itself first, with k = 1."""
        found: dict[int, dict[int, int]] = {}
        seen: set[int] = set()
        for i in range(len(self.images[1])):
            if i not in seen:
                found[i] = {}
                for k, rows in self.images.items():
                    found[i].setdefault(int(rows[i]), k)
                seen |= set(found[i])
        return found

    def character_field(self, i: int) -> NumberField:
        """Q(χ_i), the field of the values of row i."""
        return NumberField.fixed_by(self.exponent, [k for k, rows in self.images.items() if rows[i] == i])


def galois_action(group: ListedGroup, values: IntArray) -> GaloisAction:
    """The action on a table given by distinct rows, (r, r): modulo a prime, or as any other faithful code.

    Power maps are computed for generators of (Z/e)^× only and composed for the rest.
    """
    exponent = group.exponent
    positions = {row.tobytes(): i for i, row in enumerate(np.ascontiguousarray(values))}
    count = len(values)
    images = {1: np.arange(count)}
    steps: list[tuple[int, IntArray]] = []
    for k in units(exponent):
        if k in images:
            continue
        columns = list(group.power_map(k))
        moved = np.ascontiguousarray(values[:, columns])
        steps.append((k, np.array([positions[row.tobytes()] for row in moved])))
        queue = list(images)
        for here in queue:
            for step, rows in steps:
                there = here * step % exponent
                if there not in images:
                    images[there] = rows[images[here]]
                    queue.append(there)
    return GaloisAction(exponent, dict(sorted(images.items())))
