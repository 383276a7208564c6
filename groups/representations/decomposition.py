"""Decomposition of representations into irreducible ones, by an explicit exact change of basis.

For the irreps ρ_i over the field k with multiplicities m_i there is an invertible S over k(ρ_1, ρ_2, …) with

    σ(g) S = S · diag(ρ_1(g), …, ρ_1(g), ρ_2(g), …)   for all g.

The columns of S are intertwiners Φ: V_i → V, Φ ρ_i(g) = σ(g) Φ. How they are made depends on σ: see `orbit_maps` for
permutation representations, and `equivariant_maps` for all others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic

from ..arithmetic.exact_matrix import ExactMatrix
from ..arithmetic.reduction import has_full_column_rank
from ..characters.labels import sum_text
from ..errors import RepresentationError
from .homomorphism import Homomorphism, R


@dataclass(frozen=True, repr=False)
class Decomposition(Generic[R]):
    """σ = ⊕ m_i ρ_i, with the change of basis.

    Attributes:
        representation: σ.
        constituents: the pairs (ρ_i, m_i) with m_i > 0, in the order of `group.irreps(field)`.
        maps: for each constituent m_i intertwiners V_i → V with independent images, each (deg σ, deg ρ_i).

    Example:
        >>> from bistate.groups import SymmetricGroup, decompose, permutation_representation
        >>> found = decompose(permutation_representation(SymmetricGroup(4)))
        >>> print(found)
        [4] + [3,1]
        >>> found.basis.shape, found.verify()
        ((4, 4), True)
    """

    representation: R
    constituents: tuple[tuple[R, int], ...]
    maps: tuple[tuple[ExactMatrix, ...], ...]

    @cached_property
    def blocks(self) -> tuple[ExactMatrix, ...]:
        """The maps of each constituent side by side: (deg σ, m_i deg ρ_i)."""
        return tuple(ExactMatrix.hstack(maps) for maps in self.maps)

    @cached_property
    def basis(self) -> ExactMatrix:
        """S: (deg σ, deg σ)."""
        return ExactMatrix.hstack(self.blocks)

    def block_form(self, element: Sequence[int]) -> ExactMatrix:
        """S⁻¹ σ(g) S = diag(ρ_1(g), …), made from the constituents."""
        return ExactMatrix.block_diagonal(rho(element) for rho, count in self.constituents for _ in range(count))

    def projection(self, index: int) -> ExactMatrix:
        """The isotypic projection P_i onto the sum of all copies of ρ_i, P_i = B (B* M B)⁻¹ B* M: (deg σ, deg σ).

        B is the block of the constituent and M the form of σ, for which different constituents are orthogonal. It
        equals (deg ρ_i / |G|) Σ_g χ_i(g⁻¹) σ(g) for irreps over the complex numbers.

        Args:
            index: position in `constituents`.
        """
        block = self.blocks[index]
        adjoint = block.H @ self.representation.form
        return block @ (adjoint @ block).solve(adjoint)

    def verify(self) -> bool:
        """Check exactly that every block intertwines and that S is invertible.

        Returns:
            True: a failure raises.

        Raises:
            RepresentationError: naming the constituent that fails.
        """
        sigma = self.representation
        for (rho, count), maps, block in zip(self.constituents, self.maps, self.blocks, strict=True):
            for k, image in enumerate(rho.images):
                if any(sigma.applied(k, phi) != phi @ image for phi in maps):
                    raise RepresentationError(f"a map from {rho!r} to {sigma!r} is no intertwiner")
            if len(maps) != count or not has_full_column_rank(block):
                raise RepresentationError(f"the copies of {rho!r} in {sigma!r} are not independent")
        total = sum(rho.degree * count for rho, count in self.constituents)
        if total != sigma.degree:
            raise RepresentationError(f"constituents of {sigma!r} of degree {total} in all, not {sigma.degree}")
        return True

    def __str__(self) -> str:
        return sum_text([(count, rho.label) for rho, count in self.constituents])

    def __repr__(self) -> str:
        return f"<{self} of {self.representation.group}>"


def multiplicities(sigma: Homomorphism, irreps: Sequence[R], field: str) -> tuple[tuple[R, int], ...]:
    """The irreps in σ with their multiplicities ⟨χ_σ, χ_i⟩/⟨χ_i, χ_i⟩; those that occur.

    Args:
        sigma: any representation.
        irreps: all irreps of its group over a field.
        field: the name of that field.

    Raises:
        RepresentationError: if σ is not a representation over the field.
    """
    character = sigma.character()
    found = []
    for rho in irreps:
        chi = rho.character()
        count = (character.inner(chi) / chi.norm()).to_fraction()
        if count.denominator != 1 or count < 0:
            raise RepresentationError(f"{rho!r} would occur {count} times in a representation over the field {field!r}")
        if count:
            found.append((rho, int(count)))
    return tuple(found)


def decomposed(
    sigma: R, constituents: tuple[tuple[R, int], ...], maps_from: Callable[[R, int], tuple[ExactMatrix, ...]]
) -> Decomposition[R]:
    """The decomposition, verified, from the irreps in σ with their multiplicities and a maker of intertwiners."""
    found = Decomposition(sigma, constituents, tuple(maps_from(rho, count) for rho, count in constituents))
    found.verify()
    return found
