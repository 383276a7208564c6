"""Homomorphisms of finite groups into exact matrices: their values, their character, and the checks that prove them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..arithmetic.cyclotomic import Cyclotomic
from ..arithmetic.exact_matrix import ExactMatrix
from ..arithmetic.positive import is_positive_definite
from ..characters.class_function import ClassFunction, G, TabledGroup
from ..errors import GroupError, RepresentationError
from ..fields.number_field import NumberField
from ..permutations.permutation import Permutation
from ..permutations.presentation import Word
from .relations import failing_relator

FIELDS = ("complex", "real", "rational")
R = TypeVar("R", bound="Homomorphism")


@dataclass(frozen=True, eq=False, repr=False)
class Homomorphism(Generic[G]):
    """Matrices ρ(g) with ρ(g h) = ρ(g) ρ(h), and an invariant form; `Representation` calculates with them.

    Attributes:
        group: the group G.
        images: ρ of each generator of `group.presentation`.
        form: M, a d × d matrix over the same field.
        base_field: "complex", "real" or "rational": the field over which ρ was asked for.
        label: a short name, unique among the irreps of G over that field.
        norm: ⟨χ, χ⟩ as the construction claims it; `verify` checks it. None where nothing is claimed.
        schur_index: of an irreducible ρ over Q, the Schur index; None where it is not known.
    """

    group: G
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
        group: G,
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

    def applied(self, k: int, block: ExactMatrix) -> ExactMatrix:
        """ρ(s_k) @ block for the k-th generator of the presentation."""
        return self.images[k] @ block

    def character(self) -> ClassFunction:
        """The character χ(g) = tr ρ(g), one value per conjugacy class."""
        return self._character

    @cached_property
    def _character(self) -> ClassFunction:
        row: int | None = self.__dict__.get("_row")
        if row is None:
            return self._traces()
        return ClassFunction(self.group, self.group.character_table().characters[row].values)

    def _traces(self) -> ClassFunction:
        """The character from the matrices themselves."""
        values = tuple(self(cls.representative).trace() for cls in self.group.conjugacy_classes())
        return ClassFunction(self.group, values)

    def with_character(self, values: Sequence[Cyclotomic]) -> Self:
        """The same object, told its character by a construction that has proved it; `verify` computes it again."""
        self.__dict__["_character"] = ClassFunction(self.group, tuple(values))
        return self

    def with_row(self, row: int) -> Self:
        """The same object, told that its character is a row of the group's table, which is made only when asked for."""
        self.__dict__["_row"] = row
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

    def unitary_array(self, element: Sequence[int]) -> NDArray[np.complex128]:
        """A numeric view: L* ρ(g) L⁻* with M = L L*, a unitary matrix up to float64 rounding; complex, shape (d, d)."""
        lower = np.linalg.cholesky(self.form.to_numpy(complex))  # (d, d)
        raised: NDArray[np.complex128] = lower.conj().T
        product: NDArray[np.complex128] = (raised @ self(element).to_numpy(complex)).T
        return np.linalg.solve(raised.T, product).T.astype(np.complex128)

    def __eq__(self, other: object) -> bool:
        """Whether both are the same maps on the same group, with the same form, and claim the same of themselves."""
        if self is other:
            return True
        if not isinstance(other, Homomorphism):
            return NotImplemented
        claims = (self.degree, self.base_field, self.label, self.norm, self.schur_index)
        if claims != (other.degree, other.base_field, other.label, other.norm, other.schur_index):
            return False
        if self.group != other.group or self.form != other.form:
            return False
        generators = self.group.presentation.generators
        if other.group.presentation.generators != generators:
            return self.images == tuple(other(g) for g in generators)
        return self.images == other.images

    def __hash__(self) -> int:
        return hash((self.degree, self.base_field, self.label))

    def __repr__(self) -> str:
        title = f" {self.label}" if self.label else ""
        return f"<{self.base_field} representation{title} of {self.group}, degree {self.degree}>"


def check_homomorphism(rho: Homomorphism) -> None:
    """Raise unless every defining relator of the group maps to the identity matrix."""
    shapes = {matrix.shape for matrix in rho.images} - {(rho.degree, rho.degree)}
    if shapes:
        raise RepresentationError(f"matrices of shape {shapes.pop()} in a representation of degree {rho.degree}")
    relator = failing_relator(rho.images, rho.form, rho.group.presentation.relators)
    if relator is not None:
        raise RepresentationError(f"{rho!r} is no homomorphism: the relator {relator} is not the identity matrix")


def check_form(rho: Homomorphism) -> None:
    """Raise unless the form is Hermitian, positive definite and invariant."""
    form = rho.form
    if form.shape != (rho.degree, rho.degree) or form != form.H:
        raise RepresentationError(f"the form of {rho!r} is not a Hermitian {rho.degree}×{rho.degree} matrix")
    if not is_positive_definite(form):
        raise RepresentationError(f"the form of {rho!r} is not positive definite")
    for generator, matrix in zip(rho.group.presentation.generators, rho.images, strict=True):
        if matrix.H @ form @ matrix != form:
            raise RepresentationError(f"the form of {rho!r} is not invariant under {generator!r}")


def require_field(name: str) -> str:
    """The field's name, if it is one of `FIELDS`.

    Raises:
        GroupError: otherwise.
    """
    if name not in FIELDS:
        raise GroupError(f"field {name!r} is not known; choose one of {', '.join(FIELDS)}")
    return name


def on_one_group(
    representations: tuple[R, ...],
) -> tuple[TabledGroup, tuple[R, ...]]:
    """The common group, and the representations on its presentation's generators."""
    if not representations:
        raise RepresentationError("a sum or product of representations needs at least one of them")
    group = representations[0].group
    aligned = []
    for rho in representations:
        if rho.group != group:
            raise RepresentationError(
                f"representations of different groups, {group} and {rho.group}: restrict or induce one of them first"
            )
        generators = group.presentation.generators
        if rho.group.presentation.generators != generators:
            rho = replace(rho, group=group, images=tuple(rho(g) for g in generators))
        aligned.append(rho)
    return group, tuple(aligned)
