"""Representations of finite groups, and what is made of them: sums, products, duals, restriction and induction.

    (ρ ⊕ σ)(g) = diag(ρ(g), σ(g)),   (ρ ⊗ σ)(g) = ρ(g) ⊗ σ(g),   ρ*(g) = ρ(g⁻¹)ᵀ,
    (Res ρ)(h) = ρ(h) for h in a subgroup,   (Ind ρ)(g)_{ij} = ρ(t_i⁻¹ g t_j), zero where t_i⁻¹ g t_j is not in H.

Each comes with its invariant form, so nothing has to be searched for. Source: J.-P. Serre, Linear Representations of
Finite Groups, chapters 1 to 3 and 7.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from ..arithmetic.cyclotomic import Cyclotomic
from ..arithmetic.exact_matrix import ExactMatrix
from ..characters.character_table import CharacterTable
from ..characters.class_function import TabledGroup
from ..characters.labels import sum_text
from ..errors import RepresentationError
from ..permutations.cosets import coset_representatives, require_subgroup
from .decomposition import Decomposition, decomposed, multiplicities
from .equivariant_maps import independent, intertwiners
from .homomorphism import FIELDS, Homomorphism, on_one_group, require_field
from .unitary import require_unitary, unitary_images


class RepresentedGroup(TabledGroup):
    """A group that knows its irreducible representations: `bistate.groups.PermutationGroup` is one."""

    @abstractmethod
    def character_table(self) -> CharacterTable:
        """The table of irreducible complex characters, exact."""

    @abstractmethod
    def irreps(self, field: str = "complex") -> tuple[Representation, ...]:
        """The irreducible representations over the complex, real or rational numbers, up to isomorphism."""

    @property
    def has_own_irreps(self) -> bool:
        """Whether the family brings its own construction of irreps."""
        return False

    def _build_irreps(self, field: str) -> list[Representation] | None:
        """The family's own construction; None where the group has no special one."""
        return None


K = TypeVar("K", bound=RepresentedGroup)  # the kind of group
H = TypeVar("H", bound=RepresentedGroup)


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Representation(Homomorphism[K]):
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

    # --- sums and products ---

    def __add__(self, other: Representation) -> Representation:
        """The direct sum ρ ⊕ σ."""
        return sum_of((self, other)) if isinstance(other, Representation) else NotImplemented

    def __mul__(self, other: Representation | int) -> Representation:
        """The tensor product ρ ⊗ σ, or the sum of n copies of ρ for an integer n ≥ 1."""
        if isinstance(other, int):
            if isinstance(other, bool) or other < 1:
                raise RepresentationError(f"{other!r} copies of a representation: give an integer of at least 1")
            return sum_of((self,) * other)
        return product_of((self, other)) if isinstance(other, Representation) else NotImplemented

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> Representation:
        """The tensor power ρ ⊗ … ⊗ ρ; the trivial representation for exponent 0."""
        if not isinstance(exponent, int) or isinstance(exponent, bool) or exponent < 0:
            raise RepresentationError(
                f"the exponent {exponent!r} of a representation has to be an integer of at least 0"
            )
        return product_of((trivial_representation(self.group, self.base_field), *[self] * exponent))

    def dual(self) -> Representation[K]:
        """ρ*(g) = ρ(g⁻¹)ᵀ, with form the complex conjugate of M⁻¹; its character is the conjugate of that of ρ."""
        images = tuple(matrix.inverse().T for matrix in self.images)
        return Representation(self.group, images, self.form.inverse().T, self.base_field, norm=self.norm)

    def restrict(self, subgroup: H) -> Representation[H]:
        """Res ρ: the same matrices on the elements of a subgroup.

        Raises:
            GroupError: if a generator of the subgroup does not lie in the group.
        """
        require_subgroup(subgroup, self.group)
        images = tuple(self(h) for h in subgroup.presentation.generators)
        return Representation(subgroup, images, self.form, self.base_field)

    def induce(self, group: H) -> Representation[H]:
        """Ind ρ from the group H of ρ to a group that contains it, of degree [G : H]·deg ρ.

        Raises:
            GroupError: if a generator of H does not lie in the group.
        """
        require_subgroup(self.group, group)
        representatives, position = coset_representatives(group, self.group)
        images = []
        for generator in group.presentation.generators:
            blocks = []
            for j, t in enumerate(representatives):
                moved = generator * t
                i = position(moved)
                blocks.append((i * self.degree, j * self.degree, self(representatives[i].inverse() * moved)))
            size = len(representatives) * self.degree
            images.append(ExactMatrix._assembled((size, size), blocks))
        form = ExactMatrix.block_diagonal([self.form] * len(representatives))
        return Representation(group, tuple(images), form, self.base_field)

    def unitary(self) -> Representation[K]:
        """The same representation by exact unitary matrices, U(g)* U(g) = 1, in a basis where the form is the identity.

        They are orthogonal if ρ is real. Entries lie in a cyclotomic field with square roots of quotients of the pivots
        of the form, see `bistate.groups.representations.unitary`; `.field` names what they generate.

        Raises:
            RepresentationError: where a square root is in no cyclotomic field, or is not looked for;
                `unitary_array(g)` gives floats at any rate.

        Example:
            >>> from bistate.groups import SymmetricGroup
            >>> rho = SymmetricGroup(3).irreps()[2].unitary()
            >>> rho.form.is_identity, str(rho.field), rho.verify()
            (True, 'Q(√3)', True)
        """
        identity = ExactMatrix.identity(self.degree)
        found = Representation(self.group, unitary_images(self), identity, self.base_field, self.label, self.norm)
        require_unitary(found)
        return found

    def decompose(self, field: str | None = None) -> Decomposition[Representation]:
        """ρ as a sum of irreps, with the change of basis; see `bistate.groups.decompose`."""
        return decomposed(self, self._constituents(field), self._maps_from)

    def _constituents(self, field: str | None = None) -> tuple[tuple[Representation, int], ...]:
        """The irreps over a field, that of ρ if none is given, that occur in ρ, with their multiplicities."""
        field = require_field(self.base_field if field is None else field)
        return multiplicities(self, self.group.irreps(field), field)

    def _maps_from(self, rho: Homomorphism, count: int) -> tuple[ExactMatrix, ...]:
        """As many intertwiners from an irrep to this representation as it occurs in it, with independent images."""
        return independent(intertwiners(rho, self), rho, count)

    @cached_property
    def name(self) -> str:
        """The label, or for a representation without one the sum of irreps that it is, "trivial + 2·[2,1]"."""
        return self.label or sum_text([(count, rho.label) for rho, count in self._constituents()])

    def __str__(self) -> str:
        return self.name


def sum_of(summands: tuple[Representation, ...]) -> Representation:
    """ρ_1 ⊕ … ⊕ ρ_k on one group."""
    group, summands = on_one_group(summands)
    images = tuple(ExactMatrix.block_diagonal(blocks) for blocks in zip(*(rho.images for rho in summands), strict=True))
    form = ExactMatrix.block_diagonal(rho.form for rho in summands)
    return Representation(group, images, form, _common_field(summands))


def product_of(factors: tuple[Representation, ...]) -> Representation:
    """ρ_1 ⊗ … ⊗ ρ_k on one group; the form is the tensor product of the forms."""
    group, factors = on_one_group(factors)
    images, form = factors[0].images, factors[0].form
    for factor in factors[1:]:
        images = tuple(a.kronecker(b) for a, b in zip(images, factor.images, strict=True))
        form = form.kronecker(factor.form)
    return Representation(group, images, form, _common_field(factors))


def _common_field(representations: tuple[Representation, ...]) -> str:
    return min((rho.base_field for rho in representations), key=FIELDS.index)


def trivial_representation(group: RepresentedGroup, base_field: str = "complex") -> Representation:
    """The representation g ↦ (1)."""
    one = ExactMatrix.identity(1)
    return Representation(group, (one,) * len(group.presentation.generators), one, base_field, "trivial", 1)


def linear_representation(
    group: RepresentedGroup, values: Sequence[Cyclotomic | int], base_field: str, label: str
) -> Representation:
    """The one-dimensional representation with the given values on the presentation's generators."""
    images = tuple(ExactMatrix([[value]]) for value in values)
    return Representation(group, images, ExactMatrix.identity(1), base_field, label, 1)
