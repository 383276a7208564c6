"""Exact matrix representations of finite groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from .arithmetic.cyclotomic import Cyclotomic
from .arithmetic.exact_matrix import ExactMatrix
from .arithmetic.positive import is_positive_definite
from .characters.class_function import ClassFunction
from .errors import GroupError, RepresentationError
from .fields.number_field import NumberField
from .group import PermutationGroup
from .permutations.permutation import Permutation
from .permutations.presentation import Word

if TYPE_CHECKING:
    from .decomposition import Decomposition

FIELDS = ("complex", "real", "rational")


@dataclass(frozen=True, eq=False, repr=False)
class Representation:
    """A homomorphism ρ: G → GL(d, K), K a subfield of a cyclotomic field, with an invariant form M:

        ρ(g h) = ρ(g) ρ(h),    ρ(g)* M ρ(g) = M  for all g, h,

    where * is the conjugate transpose and M is Hermitian and positive definite. So ρ is unitary for the inner
    product ⟨u, v⟩ = u* M v, and no square root is needed to say so.

    Attributes:
        group: the group G.
        images: ρ of each generator of `group.presentation`.
        form: M, a d × d matrix over the same field.
        base_field: "complex", "real" or "rational": the field over which ρ was asked for.
        label: a short name, unique among the irreps of G over that field.
        norm: ⟨χ, χ⟩ as the construction claims it; `verify` checks it. None where nothing is claimed.
        schur_index: of an irreducible ρ over Q, m_Q(χ): the least [K : Q(χ)] for a field K over which ρ can be written.
            None where it is not known.

    Example:
        >>> from bistate.groups import SymmetricGroup
        >>> G = SymmetricGroup(3)
        >>> rho = G.irreps()[2]
        >>> g, h = G.elements[1], G.elements[3]
        >>> rho.degree, rho(g * h) == rho(g) @ rho(h), rho.verify()
        (2, True, True)
    """

    group: PermutationGroup
    images: tuple[ExactMatrix, ...]
    form: ExactMatrix
    base_field: str = "complex"
    label: str = ""
    norm: int | None = None
    schur_index: int | None = None
    _powers: dict[tuple[int, int], ExactMatrix] = field(default_factory=dict, init=False)

    @classmethod
    def from_images(
        cls,
        group: PermutationGroup,
        images: Mapping[Permutation, ExactMatrix] | Sequence[ExactMatrix],
        **kwargs: Any,
    ) -> Self:
        """The representation with the given matrices on `group.presentation.generators`, verified.

        An invariant form is computed as Σ_g ρ(g)* ρ(g) unless `form` is given.

        Raises:
            RepresentationError: if a relator fails or shapes do not fit: the matrices are no representation.
        """
        gens = group.presentation.generators
        if isinstance(images, Mapping):
            missing = [g for g in gens if g not in images]
            if missing:
                raise RepresentationError(f"no matrix given for the generator {missing[0]!r} of {group!r}")
            images = [images[g] for g in gens]
        if len(images) != len(gens):
            raise RepresentationError(f"{len(images)} matrices for {len(gens)} generators {list(gens)}")
        degree = images[0].shape[0] if images else 1
        form = kwargs.pop("form", None)
        rho = cls(group, tuple(images), ExactMatrix.identity(degree) if form is None else form, **kwargs)
        check_homomorphism(rho)
        if form is None:
            total = ExactMatrix.zeros(degree, degree)
            for matrix in rho.matrices():
                total = total + matrix.H @ matrix
            rho = cls(group, rho.images, total, **kwargs)
        check_form(rho)
        return rho

    @property
    def degree(self) -> int:
        """The size d of the matrices ρ(g), shape (d, d)."""
        return self.form.shape[0]

    @property
    def conductor(self) -> int:
        """The least e with all matrices over Q(ζ_e)."""
        return self.field.conductor

    @cached_property
    def field(self) -> NumberField:
        """The number field that the matrix entries generate: `field.conductor`, `field.degree`, `str(field)`."""
        return NumberField.of_matrices(self.images)

    def __call__(self, element: Sequence[int]) -> ExactMatrix:
        """The matrix ρ(g), shape (d, d).

        Raises:
            GroupError: if g is not in the group.
        """
        return self.on_word(self.group.word(element))

    def on_word(self, word: Word) -> ExactMatrix:
        """ρ of a word in the generators of `group.presentation`."""
        matrix: ExactMatrix | None = None
        for k, exponent in word:
            factor = self._power(k, exponent)
            matrix = factor if matrix is None else matrix @ factor
        return ExactMatrix.identity(self.degree) if matrix is None else matrix

    def _power(self, k: int, exponent: int) -> ExactMatrix:
        if (k, exponent) not in self._powers:
            base = self._power(k, -1) if exponent < -1 else self.images[k]  # invert once
            self._powers[k, exponent] = base ** (abs(exponent) if exponent < -1 else exponent)
        return self._powers[k, exponent]

    def matrices(self) -> tuple[ExactMatrix, ...]:
        """ρ(g) for every g of `group.elements`, in that order: one product per element along the Cayley tree."""
        steps = [self(generator) for generator in self.group.generators]
        found: list[ExactMatrix] = [ExactMatrix.identity(self.degree)] * self.group.order
        for here in self.group.tree_order[1:]:
            parent, k = self.group.cayley_tree[here]
            found[here] = steps[k] @ found[parent]
        return tuple(found)

    def character(self) -> ClassFunction:
        """The character χ(g) = tr ρ(g), one value per conjugacy class."""
        return self._character

    @cached_property
    def _character(self) -> ClassFunction:
        return self._traces()

    def _traces(self) -> ClassFunction:
        """The character from the matrices themselves."""
        values = tuple(self(cls.representative).trace() for cls in self.group.conjugacy_classes())
        return ClassFunction(self.group, values)

    def with_character(self, values: Sequence[Cyclotomic]) -> Self:
        """The same object, told its character by a construction that has proved it; `verify` computes it again."""
        self.__dict__["_character"] = ClassFunction(self.group, tuple(values))
        return self

    @cached_property
    def indicator(self) -> int:
        """The type of ρ: +1 real, 0 complex, −1 quaternionic.

        For an irreducible complex ρ this is the Frobenius–Schur indicator. An irreducible real or rational ρ has
        the type of its complex constituents, which is the sign of (1/|G|) Σ_g χ(g²).
        """
        total = self.character().indicator()
        return (total > 0) - (total < 0)

    def kernel_indices(self) -> frozenset[int]:
        """The conjugacy classes, by index, on which ρ is the identity: χ(g) = χ(1)."""
        values = self.character().values
        return frozenset(i for i, value in enumerate(values) if value == values[0])

    @property
    def is_faithful(self) -> bool:
        """Whether only the identity acts as the identity matrix."""
        return self.kernel_indices() == {0}

    def verify(self) -> bool:
        """Check exactly that ρ is what it claims to be.

        Homomorphism: every defining relator gives the identity matrix. Form: M is Hermitian, positive definite and
        invariant under the generators. Character: ⟨χ, χ⟩ is the norm claimed (1 for a complex irrep).

        Returns:
            True: a failure raises, so that it cannot pass unseen.

        Raises:
            RepresentationError: naming the relator, generator or norm that fails.
        """
        check_homomorphism(self)
        check_form(self)
        character = self._traces()
        if character.values != self.character().values:
            raise RepresentationError(f"{self!r} has the character {character.values}, not {self.character().values}")
        if self.norm is not None and character.norm() != self.norm:
            raise RepresentationError(f"{self!r} has ⟨χ, χ⟩ = {character.norm()}, not {self.norm}")
        return True

    def orthogonal(self, element: Sequence[int]) -> NDArray[np.float64]:
        """A numeric view: Lᵀ ρ(g) L⁻ᵀ with M = L Lᵀ, an orthogonal matrix up to float64 rounding.

        Returns:
            A float64 array of shape (d, d).

        Raises:
            RepresentationError: if ρ is not real.
        """
        if not all(matrix.is_real for matrix in (*self.images, self.form)):
            raise RepresentationError(f"{self!r} is not real, so it has no orthogonal form")
        lower = np.linalg.cholesky(self.form.to_numpy(float))  # (d, d)
        return np.linalg.solve(lower, (lower.T @ self(element).to_numpy(float)).T).T

    # --- arithmetic; see bistate.groups.representation_algebra and .decomposition ---

    def __add__(self, other: Representation) -> Representation:
        """The direct sum ρ ⊕ σ."""
        from .representation_algebra import direct_sum

        return direct_sum(self, other) if isinstance(other, Representation) else NotImplemented

    def __mul__(self, other: Representation | int) -> Representation:
        """The tensor product ρ ⊗ σ, or the sum of n copies of ρ for an integer n ≥ 1."""
        from .representation_algebra import copies, tensor_product

        if isinstance(other, int):
            return copies(self, other)
        return tensor_product(self, other) if isinstance(other, Representation) else NotImplemented

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> Representation:
        """The tensor power ρ ⊗ … ⊗ ρ; the trivial representation for exponent 0."""
        from .representation_algebra import tensor_power

        return tensor_power(self, exponent)

    def dual(self) -> Representation:
        """The dual ρ*(g) = ρ(g⁻¹)ᵀ."""
        from .representation_algebra import dual

        return dual(self)

    def restrict(self, subgroup: PermutationGroup) -> Representation:
        """The restriction to a subgroup."""
        from .representation_algebra import restrict

        return restrict(self, subgroup)

    def induce(self, group: PermutationGroup) -> Representation:
        """The representation of a larger group that is induced by ρ."""
        from .representation_algebra import induce

        return induce(self, group)

    def decompose(self, field: str | None = None) -> Decomposition:
        """ρ as a sum of irreps, with the change of basis; see `bistate.groups.decompose`."""
        from .decomposition import decompose

        return decompose(self, field)

    @cached_property
    def name(self) -> str:
        """The label, or for a representation without one the sum of irreps that it is, "trivial + 2·[2,1]"."""
        from .characters.labels import sum_text
        from .decomposition import multiplicities

        return self.label or sum_text([(count, rho.label) for rho, count in multiplicities(self)])

    def __repr__(self) -> str:
        title = f" {self.label}" if self.label else ""
        return f"<{self.base_field} representation{title} of {self.group}, degree {self.degree}>"

    def __str__(self) -> str:
        return self.name


def check_homomorphism(rho: Representation) -> None:
    """Raise unless every defining relator of the group maps to the identity matrix."""
    shapes = {matrix.shape for matrix in rho.images} - {(rho.degree, rho.degree)}
    if shapes:
        raise RepresentationError(f"matrices of shape {shapes.pop()} in a representation of degree {rho.degree}")
    for relator in rho.group.presentation.relators:
        if not rho.on_word(relator).is_identity:
            raise RepresentationError(f"{rho!r} is no homomorphism: the relator {relator} is not the identity matrix")


def check_form(rho: Representation) -> None:
    """Raise unless the form is Hermitian, positive definite and invariant."""
    form = rho.form
    if form.shape != (rho.degree, rho.degree) or form != form.H:
        raise RepresentationError(f"the form of {rho!r} is not a Hermitian {rho.degree}×{rho.degree} matrix")
    if not is_positive_definite(form):
        raise RepresentationError(f"the form of {rho!r} is not positive definite")
    for generator, matrix in zip(rho.group.presentation.generators, rho.images, strict=True):
        if matrix.H @ form @ matrix != form:
            raise RepresentationError(f"the form of {rho!r} is not invariant under {generator!r}")


def trivial_representation(group: PermutationGroup, base_field: str = "complex") -> Representation:
    """The representation g ↦ (1)."""
    one = ExactMatrix.identity(1)
    return Representation(group, (one,) * len(group.presentation.generators), one, base_field, "trivial", 1)


def linear_representation(
    group: PermutationGroup, values: Sequence[Cyclotomic | int], base_field: str, label: str
) -> Representation:
    """The one-dimensional representation with the given values on the presentation's generators."""
    images = tuple(ExactMatrix([[value]]) for value in values)
    return Representation(group, images, ExactMatrix.identity(1), base_field, label, 1)


def require_field(name: str) -> str:
    """The field's name, if it is one of `FIELDS`.

    Raises:
        GroupError: otherwise.
    """
    if name not in FIELDS:
        raise GroupError(f"field {name!r} is not known; choose one of {', '.join(FIELDS)}")
    return name
