"""Projective representations of finite groups by exact matrices.

    ρ(g) ρ(h) = α(g, h) ρ(gh),    α(g, h) ≠ 0.

ρ is given by matrices M_k on the generators s_k of `group.presentation`, for which every relator is a scalar,
r_j(M) = λ_j·1. Then M is a representation of F/[F, R] in which R/[F, R] acts by scalars, and ρ(g) is the product of
the M_k along the path from 1 to g in a breadth-first tree of the Cayley graph; another choice gives multiples of ρ(g).

**Scaling.** The λ_j are roots of unity after scaling if and only if M_k is divided by a number δ_k with δ_k^d =
det M_k, up to a root of unity, d the degree: then λ_j^d = det r_j(M) is a product of determinants, which are roots of
unity. Conversely s_k has finite order n in G, so M_k^n = μ·1 is a root of unity for a scaled M_k, and det(M_k)^n = μ^d
as well.
Source: I. Schur, J. reine angew. Math. 127 (1904) and 139 (1911); Isaacs, Character Theory, chapter 11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any, Generic

import numpy as np
from numpy.typing import NDArray

from ..arithmetic.cyclotomic import Cyclotomic
from ..arithmetic.exact_matrix import ExactMatrix
from ..characters.class_function import G
from ..compared_by_fields import ComparedByFields
from ..errors import RepresentationError
from ..fields.number_field import NumberField
from ..permutations.permutation import Permutation
from ..permutations.presentation import Word, evaluate
from ..representations.matrix_orbit import read_matrix
from ..representations.representation import Representation
from .factor_system import FactorSystem, from_tails, require_table_order
from .lifting import Obstruction, lifting_turns, obstruction, power_product
from .multiplier import CohomologyClass, SchurMultiplier, schur_multiplier
from .relation_module import GeneratorTree, generator_tree
from .roots import even_root, root_of_unity, turn_of


@dataclass(frozen=True, eq=False, repr=False)
class ProjectiveRepresentation(ComparedByFields, Generic[G]):
    """Matrices ρ(g) with ρ(g) ρ(h) = α(g, h) ρ(gh); made by `from_images`, which verifies them.

    Attributes:
        group: the group G.
        images: M_k = ρ(s_k) up to scalars, for each generator of `group.presentation`.
        scalars: λ_j with r_j(M) = λ_j·1, for each relator of `group.presentation`.

    Example:
        >>> from bistate.groups import AbelianGroup
        >>> V4 = AbelianGroup(2, 2)
        >>> pauli = ProjectiveRepresentation.from_images(V4, [[[0, 1], [1, 0]], [[1, 0], [0, -1]]])
        >>> pauli.scalars, pauli.lifts, pauli.obstruction.value
        ((1, 1, -1), False, -1)
        >>> g, h = V4.elements[1], V4.elements[2]
        >>> pauli(g) @ pauli(h) == pauli.factor_system()(g, h) * pauli(g * h)
        True
    """

    group: G
    images: tuple[ExactMatrix, ...]
    scalars: tuple[Cyclotomic, ...]
    _known: dict[str, Any] = field(default_factory=dict, init=False, compare=False)

    def _compared(self) -> tuple[Any, ...]:
        return self.group.presentation.generators, *super()._compared()  # which the images belong to

    @classmethod
    def from_images(cls, group: G, images: Mapping[Permutation, Any] | Sequence[Any]) -> ProjectiveRepresentation[G]:
        """The projective representation with the given matrices on `group.presentation.generators`, verified.

        Args:
            group: a group with a presentation.
            images: exact invertible d × d matrices, as `PermutationGroup.from_matrices` takes them, in the order of the
                generators or by generator.

        Raises:
            RepresentationError: if a relator is no scalar, or the number or shapes of matrices do not fit.
            MatrixError: for inexact entries.
        """
        generators = group.presentation.generators
        if isinstance(images, Mapping):
            missing = [g for g in generators if g not in images]
            if missing:
                raise RepresentationError(f"no matrix given for the generator {missing[0]!r} of {group!r}")
            images = [images[g] for g in generators]
        if len(images) != len(generators):
            raise RepresentationError(f"{len(images)} matrices for {len(generators)} generators {list(generators)}")
        matrices = tuple(read_matrix(matrix) for matrix in images)
        for matrix in matrices:
            d = matrix.shape[0]
            if matrix.shape != (d, d) or d == 0 or matrix.shape != matrices[0].shape or matrix.rank() < d:
                raise RepresentationError(f"{matrix!r}: invertible d × d matrices of one size d ≥ 1 are needed")
        scalars = tuple(_scalar_of(matrices, relator) for relator in group.presentation.relators)
        return cls(group, matrices, scalars)

    @property
    def degree(self) -> int:
        """The size d of the matrices."""
        return self.images[0].shape[0] if self.images else 1

    @cached_property
    def field(self) -> NumberField:
        """The number field that the matrix entries generate."""
        return NumberField.of_matrices(self.images)

    @cached_property
    def _paths(self) -> GeneratorTree:
        require_table_order(self.group)
        return generator_tree(self.group)

    @cached_property
    def _matrices(self) -> tuple[ExactMatrix, ...]:
        found = [ExactMatrix.identity(self.degree)] * self.group.order
        for here in self._paths.order[1:]:
            parent, k = self._paths.tree[here]
            found[here] = self.images[k] @ found[parent]
        return tuple(found)

    def matrices(self) -> tuple[ExactMatrix, ...]:
        """ρ(g) for every g of `group.elements`, in that order.

        Raises:
            TooLargeError: above order 1000.
        """
        return self._matrices

    def __call__(self, element: Sequence[int]) -> ExactMatrix:
        """The matrix ρ(g), shape (d, d): the product of images along the tree.

        Raises:
            GroupError: if g is not in the group.
            TooLargeError: above order 1000.
        """
        return self._matrices[self.group.index(element)]

    @cached_property
    def turns(self) -> tuple[Fraction, ...]:
        """x_j in [0, 1) with λ_j = exp(2πi x_j).

        Raises:
            RepresentationError: if some λ_j is no root of unity; `scaled()` makes it one where this is possible.
        """
        found = tuple(turn_of(scalar) for scalar in self.scalars)
        for scalar, relator, turn in zip(self.scalars, self.group.presentation.relators, found, strict=True):
            if turn is None:
                raise RepresentationError(
                    f"the relator {relator} is {scalar} times the identity, which is no root of unity: scale the "
                    "matrices first, as `scaled()` does"
                )
        return tuple(turn for turn in found if turn is not None)

    def factor_system(self) -> FactorSystem[G]:
        """α with ρ(g) ρ(h) = α(g, h) ρ(gh) for all pairs, exact.

        Proved on all edges of the Cayley graph: M_k ρ(g) = f(g, k) ρ(s_k g) is compared as matrices, and α is the
        product of these along the paths. Its 2-cocycle law is checked as well.

        Raises:
            RepresentationError: if the scalars are not roots of unity; see `scaled`.
            TooLargeError: above order 1000.
        """
        if "factor_system" not in self._known:
            e = lcm(*(turn.denominator for turn in self.turns))
            self._known["factor_system"] = from_tails(self.group, self._paths, self._tails(e), e)
        found: FactorSystem[G] = self._known["factor_system"]
        return found

    def _tails(self, root_order: int) -> NDArray[np.int64]:
        """x(k, g) with M_k ρ(g) = ζ_e^x ρ(s_k g): shape (generators, |G|). They are products of the λ_j."""
        found = np.zeros((len(self.images), self.group.order), dtype=np.int64)
        for k, image in enumerate(self.images):
            for g, matrix in enumerate(self._matrices):
                there = self._paths.moves[k][g]
                if self._paths.tree[there] != (g, k):
                    turn = turn_of(_quotient(image @ matrix, self._matrices[there]))
                    assert turn is not None
                    assert root_order % turn.denominator == 0
                    found[k, g] = int(turn * root_order)
        return found

    def __mul__(self, other: ProjectiveRepresentation[G]) -> ProjectiveRepresentation[G]:
        """The tensor product, ρ(g) ⊗ σ(g), whose factor system is the product of both.

        Raises:
            RepresentationError: for another group, or other generators.
        """
        if not isinstance(other, ProjectiveRepresentation):
            return NotImplemented
        if self.group.presentation != other.group.presentation:
            raise RepresentationError(
                f"the tensor product of {self!r} and {other!r} needs one group with one presentation"
            )
        images = [a.kronecker(b) for a, b in zip(self.images, other.images, strict=True)]
        return ProjectiveRepresentation.from_images(self.group, images)

    def cohomology_class(self, multiplier: SchurMultiplier | None = None) -> CohomologyClass:
        """The class of α among `multiplier.classes`: b_i with e_i ↦ exp(2πi b_i/d_i) for the generators e_i of M(G).

        Args:
            multiplier: the Schur multiplier of this group, if it is known already.

        Raises:
            RepresentationError: for a multiplier of another group or presentation.
            TooLargeError: as `schur_multiplier`.
        """
        multiplier = schur_multiplier(self.group) if multiplier is None else multiplier
        if multiplier.group.presentation != self.group.presentation:
            raise RepresentationError(f"{multiplier!r} is not that of the group of {self!r} with its presentation")
        scalars = [_scalar_of(self.images, relator) for relator in multiplier.relators]
        found = []
        for d, exponents in zip(multiplier.invariants, multiplier.generator_exponents, strict=True):
            turn = turn_of(power_product(scalars, exponents))
            assert turn is not None, "e_i has finite order"
            found.append(int(turn * d))
        return tuple(found)

    # --- scaling and lifting ---

    def scaled(self) -> ProjectiveRepresentation[G]:
        """The same projective representation with λ_j that are roots of unity: M_k/δ_k, δ_k > 0, δ_k^d = |det M_k|.

        Raises:
            RepresentationError: where no such δ_k is a cyclotomic number, or |det M_k|² is irrational, with the
                δ that is needed; and where det M_k/|det M_k| is no root of unity.

        Example:
            >>> from bistate.groups import CyclicGroup
            >>> rho = ProjectiveRepresentation.from_images(CyclicGroup(2), [[[1, 1], [1, -1]]])
            >>> rho.scalars, rho.scaled().scalars
            ((2,), (1,))
        """
        images = []
        for generator, matrix in zip(self.group.presentation.generators, self.images, strict=True):
            images.append(matrix * _scale(generator, matrix).inverse())
        return ProjectiveRepresentation.from_images(self.group, images)

    @cached_property
    def obstruction(self) -> Obstruction | None:
        """Why there are no scalars that make ρ a linear representation, None if there are some; see `…lifting`."""
        presentation = self.group.presentation
        return obstruction(presentation.relators, len(presentation.generators), self.scalars)

    @property
    def lifts(self) -> bool:
        """Whether ρ(g) = c(g) σ(g) for a linear representation σ and numbers c(g): whether α is a coboundary."""
        return self.obstruction is None

    def linear_lift(self) -> Representation:
        """A representation σ with σ(s_k) = M_k/c_k, verified.

        Raises:
            RepresentationError: if there is none, with the obstruction; or where `scaled` raises.
        """
        if self.obstruction is not None:
            raise RepresentationError(
                f"{self!r} has no linear lift: the product of the relators to the powers {self.obstruction.exponents} "
                f"lies in [F, F] and is {self.obstruction.value} times the identity"
            )
        rho = self if all(turn_of(scalar) is not None for scalar in self.scalars) else self.scaled()
        presentation = self.group.presentation
        turns = lifting_turns(presentation.relators, len(presentation.generators), rho.turns)
        images = [matrix * root_of_unity(-turn) for matrix, turn in zip(rho.images, turns, strict=True)]
        return Representation.from_images(self.group, images)

    def __repr__(self) -> str:
        return f"<projective representation of {self.group}, degree {self.degree}>"


def _scalar_of(images: Sequence[ExactMatrix], relator: Word) -> Cyclotomic:
    """λ with r(M) = λ·1."""
    identity = ExactMatrix.identity(images[0].shape[0])
    matrix = evaluate(relator, images, identity)
    scalar = matrix[0, 0]
    if matrix != identity * scalar:
        raise RepresentationError(
            f"the matrices are no projective representation: the relator {relator} is {matrix!r}, which is no multiple "
            "of the identity"
        )
    return scalar


def _quotient(left: ExactMatrix, right: ExactMatrix) -> Cyclotomic:
    """The number x with left = x · right; right has to be invertible, and left a multiple of it."""
    column = next(j for j in range(right.shape[1]) if right[0, j])
    quotient = left[0, column] / right[0, column]
    assert left == right * quotient, "relators are scalars, so edges are"
    return quotient


def _scale(generator: Permutation, matrix: ExactMatrix) -> Cyclotomic:
    """The positive δ with δ^d = |det M|, if it is cyclotomic and det M/|det M| a root of unity."""
    d, det = matrix.shape[0], matrix.det()
    squared = det * det.conjugate()
    delta = even_root(squared.to_fraction(), d) if squared.is_rational else None
    if delta is None:
        raise RepresentationError(
            f"the matrix of {generator!r} has determinant {det}: it has to be divided by a δ with δ^{d} = {det} up "
            "to a root of unity, and no such cyclotomic number is found"
        )
    if turn_of(det / delta**d) is None:
        raise RepresentationError(
            f"the matrix of {generator!r} has determinant {det}, which is no root of unity times a positive number: "
            f"divide it by a δ with δ^{d} = {det} first"
        )
    return delta
