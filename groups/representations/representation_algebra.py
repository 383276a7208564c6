"""Sums, products, duals, restriction, induction and decomposition of representations, as functions.

The formulas stand in `bistate.groups.representations.representation`.
"""

from __future__ import annotations

from ..errors import RepresentationError
from .decomposition import Decomposition
from .representation import Representation, RepresentedGroup, product_of, sum_of


def direct_sum(*summands: Representation) -> Representation:
    """ρ_1 ⊕ … ⊕ ρ_k, also written `rho + sigma`.

    Raises:
        RepresentationError: without summands, or for representations of different groups.
    """
    return sum_of(summands)


def tensor_product(*factors: Representation) -> Representation:
    """ρ_1 ⊗ … ⊗ ρ_k, also written `rho * sigma`; the form is the tensor product of the forms.

    Raises:
        RepresentationError: without factors, or for representations of different groups.
    """
    return product_of(factors)


def dual(rho: Representation) -> Representation:
    """ρ*(g) = ρ(g⁻¹)ᵀ, with form the complex conjugate of M⁻¹; its character is the conjugate of that of ρ."""
    return rho.dual()


def restrict(rho: Representation, subgroup: RepresentedGroup) -> Representation:
    """Res ρ: the same matrices on the elements of a subgroup.

    Raises:
        GroupError: if a generator of the subgroup does not lie in the group.
    """
    return rho.restrict(subgroup)


def induce(rho: Representation, group: RepresentedGroup) -> Representation:
    """Ind ρ from the group H of ρ to a group that contains it, of degree [G : H]·deg ρ.

    Raises:
        GroupError: if a generator of H does not lie in the group.
    """
    return rho.induce(group)


def decompose(sigma: Representation, field: str | None = None) -> Decomposition[Representation]:
    """σ as a direct sum of irreps over a field, with the change of basis, verified before it is returned.

    Args:
        sigma: a permutation representation, a sum, tensor product, or any other representation.
        field: "complex", "real" or "rational"; that of σ if not given.

    Raises:
        GroupError: for an unknown field.
        RepresentationError: if σ is not a representation over the field.
    """
    if not isinstance(sigma, Representation):
        raise RepresentationError(f"{sigma!r} is no representation: give one, such as regular_representation(group)")
    return sigma.decompose(field)
