"""A Sylow subgroup P whose normaliser B has index |P| + 1: it gives matrices with short entries.

PSL(2,q), PGL(2,q), SL(2,q), Sz(q) and PSU(3,q) have such a P, of order q, q² or q³, and G permutes its conjugates
doubly transitively. A character χ of degree near |P| is nearly the regular one on P. Let H and λ be those of Dixon's
method, with H ∩ B large. Then the vectors x v, x ∈ P, are nearly a basis, and their Gram matrix is that of a function
on P which H ∩ B makes constant on few sets: its inverse is short. For q even and H = P the vectors x v with x ∈ B are
even orthogonal, as they belong to different characters of P.

Nothing is claimed about the group: subgroups that are offered here are used like all others, and what they give is
verified like all matrices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from flint import fmpz

from ..permutations.listed_group import ListedGroup
from ..permutations.permutation import Permutation
from .inducing_subgroups import IntArray, closure, generators_of, normaliser_and_centraliser


@dataclass(frozen=True, eq=False)
class RankOne:
    """P and B = N(P).

    Attributes:
        group: G.
        prime: p.
        sylow: positions of the elements of P.
        normaliser: those of B.
    """

    group: ListedGroup
    prime: int
    sylow: IntArray
    normaliser: IntArray

    @cached_property
    def inside(self) -> IntArray:
        """1 for each element in B, 0 for the others: (order,)."""
        found = np.zeros(self.group.order, dtype=np.int64)
        found[self.normaliser] = 1
        return found

    @cached_property
    def stages(self) -> tuple[list[Permutation], list[Permutation]]:
        """Generators of P, and more that generate B: a vector is spun under the former first."""
        first, both = (
            [self.group.elements[g] for g in generators_of(self.group, members)]
            for members in (self.sylow, self.normaliser)
        )
        return first, [*first, *both]

    @cached_property
    def complement(self) -> IntArray | None:
        """The centraliser in B of one of its elements, if it has |B|/|P| elements, more than one; else None."""
        size = len(self.normaliser) // len(self.sylow)
        for position in self._representatives():
            element = self.group.elements[position]
            if element.order % self.prime:
                _, centraliser = normaliser_and_centraliser(self.group, element)
                inside = centraliser[self.inside[centraliser] == 1]
                if len(inside) == size:
                    return inside
        return None

    def _representatives(self) -> list[int]:
        """Elements of B but 1, one of each class of G."""
        _, first = np.unique(self.group.class_indices[self.normaliser], return_index=True)
        return [position for position in self.normaliser[first].tolist() if position]

    def subgroups(self) -> Iterator[IntArray]:
        """P, B, and normalisers and centralisers of elements of B of order prime to p, one of each class."""
        yield self.sylow
        yield self.normaliser
        for position in self._representatives():
            element = self.group.elements[position]
            if element.order % self.prime:
                yield from (
                    found for found in normaliser_and_centraliser(self.group, element) if len(found) < self.group.order
                )


def rank_one(group: ListedGroup) -> RankOne | None:
    """P and B for the first prime that has them, found once per group object; None where none has."""
    if "_rank_one" not in group.__dict__:
        group.__dict__["_rank_one"] = _rank_one(group)
    found: RankOne | None = group.__dict__["_rank_one"]
    return found


def _rank_one(group: ListedGroup) -> RankOne | None:
    for p, exponent in fmpz(group.order).factor():
        size = int(p) ** int(exponent)
        if group.order % (size * (size + 1)):
            continue
        sylow, normaliser = _sylow(group, int(p), size)
        if group.order == (size + 1) * len(normaliser):
            return RankOne(group, int(p), sylow, normaliser)
    return None


def _sylow(group: ListedGroup, p: int, size: int) -> tuple[IntArray, IntArray]:
    """A Sylow subgroup and its normaliser: a p-subgroup that is no Sylow one has p-elements in N(P) outside of P.

    With elements listed this takes a tenth to half of the time of `sylow_generators`, which does without a list.
    """
    orders = np.array([size % cls.order == 0 for cls in group.conjugacy_classes()])[group.class_indices]
    members = np.array([0])
    while True:
        normaliser = normaliser_of(group, members)
        outside = np.setdiff1d(normaliser[orders[normaliser]], members, assume_unique=True)
        if not len(outside):
            return members, normaliser
        members = closure(group, [*generators_of(group, members), int(outside[0])])


def normaliser_of(group: ListedGroup, members: IntArray) -> IntArray:
    """The elements x with x H x⁻¹ = H, as sorted positions."""
    found = np.arange(group.order)
    for position in generators_of(group, members):
        images = group.images[found]
        moved = np.array(group.elements[position])[group.images[group.inverses[found]]]  # h x⁻¹, (elements, degree)
        places = group.index_rows(np.take_along_axis(images, moved, axis=1))
        found = found[np.isin(places, members)]
    return found
