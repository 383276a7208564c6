"""Permutation representations: ρ(g) e_x = e_{g x}, kept as arrays of images and never as dense matrices."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..arithmetic.cyclotomic import Cyclotomic
from ..arithmetic.exact_matrix import ExactMatrix
from ..characters.class_function import ClassFunction
from ..errors import RepresentationError
from ..permutations.cosets import coset_representatives, require_subgroup
from ..permutations.permutation import Permutation
from ..permutations.presentation import Word
from .homomorphism import Homomorphism
from .orbit_maps import Orbit, orbit_maps
from .representation import Representation, RepresentedGroup

IntArray = NDArray[np.int64]


class PermutationRepresentation(Representation):
    """The representation of G on the functions on a finite set X on which it acts: ρ(g) e_x = e_{g x}, rational.

    `moves[k][x]` is the point to which the k-th generator of `group.presentation` carries x. The matrices, n × n with n
    ones each, are made only when they are asked for; `on_points` gives the same as an array of n numbers.

    Raises:
        RepresentationError: if the arrays are not permutations of one set, or a relator of the group does not hold.

    Example:
        >>> from bistate.groups import SymmetricGroup
        >>> rho = permutation_representation(SymmetricGroup(4))
        >>> rho.degree, rho.character().values, str(rho)
        (4, (4, 0, 2, 1, 0), '[4] + [3,1]')
    """

    moves: tuple[IntArray, ...]

    def __init__(self, group: RepresentedGroup, moves: Sequence[Sequence[int] | IntArray]) -> None:
        arrays = tuple(np.array(move, dtype=np.int64) for move in moves)
        size = len(arrays[0]) if arrays else 1
        for move in arrays:
            if sorted(move.tolist()) != list(range(size)):
                raise RepresentationError(f"{move.tolist()} is not a permutation of 0, …, {size - 1}")
        if len(arrays) != len(group.presentation.generators):
            raise RepresentationError(
                f"{len(arrays)} permutations for the generators {list(group.presentation.generators)}"
            )
        values: dict[str, object] = {"base_field": "rational", "label": "", "norm": None, "schur_index": None}
        for name, value in {**values, "group": group, "moves": arrays, "_points": size, "_powers": {}}.items():
            object.__setattr__(self, name, value)
        for relator in group.presentation.relators:
            if (self.on_word_points(relator) != np.arange(size)).any():
                raise RepresentationError(f"no action of {group}: the relator {relator} moves a point")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PermutationRepresentation) or self.group.presentation != other.group.presentation:
            return super().__eq__(other)
        same = self.group == other.group and self.degree == other.degree
        return same and all(np.array_equal(a, b) for a, b in zip(self.moves, other.moves, strict=True))

    __hash__ = Representation.__hash__

    @cached_property
    def images(self) -> tuple[ExactMatrix, ...]:
        """The dense matrices of the presentation's generators."""
        return tuple(ExactMatrix.permutation(move.tolist()) for move in self.moves)

    @cached_property
    def form(self) -> ExactMatrix:
        """The identity: permutation matrices are orthogonal."""
        return ExactMatrix.identity(self.degree)

    @property
    def degree(self) -> int:
        """The number of points."""
        return int(self.__dict__["_points"])

    def on_points(self, element: Sequence[int]) -> IntArray:
        """The map x ↦ g x, (n,).

        Raises:
            GroupError: if g is not in the group.
        """
        return self.on_word_points(self.group.word(element))

    def on_word_points(self, word: Word) -> IntArray:
        """The same for a word in the presentation's generators, (n,)."""
        result = np.arange(self.degree)
        for k, exponent in reversed(word):  # the right factor acts first
            move = self.moves[k] if exponent > 0 else np.argsort(self.moves[k])
            for _ in range(abs(exponent)):
                result = move[result]
        return result

    def on_word(self, word: Word) -> ExactMatrix:
        """The dense matrix of a word."""
        return ExactMatrix.permutation(self.on_word_points(word).tolist())

    @cached_property
    def _character(self) -> ClassFunction:
        return ClassFunction(self.group, tuple(Cyclotomic([len(points)]) for points in self.fixed_points))

    @cached_property
    def fixed_points(self) -> tuple[IntArray, ...]:
        """For each conjugacy class the points that its representative fixes."""
        points = np.arange(self.degree)
        moved = (self.on_points(cls.representative) for cls in self.group.conjugacy_classes())
        return tuple(np.flatnonzero(images == points) for images in moved)

    def applied(self, k: int, block: ExactMatrix) -> ExactMatrix:
        """ρ(s_k) @ block, by moving rows."""
        return block.submatrix(np.argsort(self.moves[k]).tolist(), range(block.shape[1]))

    def _maps_from(self, rho: Homomorphism, count: int) -> tuple[ExactMatrix, ...]:
        return orbit_maps(self, self._orbit_trees, rho, count)

    @cached_property
    def _orbit_trees(self) -> list[Orbit]:
        return [Orbit(self.moves, points) for points in self.orbits()]

    def orbits(self) -> list[IntArray]:
        """The orbits on the points, each sorted, by their least points."""
        owner = np.full(self.degree, -1)
        found = []
        for start in range(self.degree):
            if owner[start] < 0:
                owner[start] = start
                frontier = np.array([start])
                while len(frontier):
                    reached = np.unique(np.concatenate([move[frontier] for move in self.moves]))
                    frontier = reached[owner[reached] < 0]
                    owner[frontier] = start
                found.append(np.flatnonzero(owner == start))
        return found


def permutation_representation(
    group: RepresentedGroup, subgroup: RepresentedGroup | None = None
) -> PermutationRepresentation:
    """The action on the points of the group, or on the cosets g H of a subgroup.

    Raises:
        GroupError: if the subgroup does not lie in the group.
    """
    generators = group.presentation.generators
    if subgroup is None:
        return PermutationRepresentation(group, [list(g) for g in generators])
    require_subgroup(subgroup, group)
    representatives, position = coset_representatives(group, subgroup)
    return PermutationRepresentation(group, [[position(g * t) for t in representatives] for g in generators])


def regular_representation(group: RepresentedGroup) -> PermutationRepresentation:
    """The action g: e_h ↦ e_{g h} on the elements themselves, in the order of `group.elements`.

    Raises:
        TooLargeError: if the elements cannot be listed.
    """
    return PermutationRepresentation(group, [group.left_action(Permutation(g)) for g in group.presentation.generators])
