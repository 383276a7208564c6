"""All irreducible representations of a group: the one place that chooses a construction."""

from __future__ import annotations

from .errors import RepresentationError
from .irreps_abelian import abelian_irreps
from .permutation_group import PermutationGroup
from .representation import Representation, check_form, check_homomorphism, require_field
from .structure import is_natural_symmetric
from .young import symmetric_irreps


def irreps(group: PermutationGroup, field: str = "complex") -> tuple[Representation, ...]:
    """The irreps of a group over a field, up to isomorphism, verified, by degree with the trivial one first.

    Available for abelian groups, dihedral groups and the full symmetric group of the points.

    Raises:
        RepresentationError: for other groups; the message says what is available.
        GroupError: for an unknown field.
    """
    require_field(field)
    found = group._build_irreps(field) or _by_structure(group, field)
    for rho in found:
        check_homomorphism(rho)
        check_form(rho)
    _check_sum_of_squares(group, found)
    return tuple(sorted(found, key=lambda rho: (rho.degree, not _is_trivial(rho))))


def _by_structure(group: PermutationGroup, field: str) -> list[Representation]:
    if is_natural_symmetric(group):
        return symmetric_irreps(group, field)
    if group.is_abelian:
        return abelian_irreps(group, field)
    raise RepresentationError(
        f"no construction of the irreducible representations of {group} is available yet; available: "
        "abelian groups, DihedralGroup(n), and the group of all permutations of n points"
    )


def _is_trivial(rho: Representation) -> bool:
    return rho.degree == 1 and all(matrix.is_identity for matrix in rho.images)


def _check_sum_of_squares(group: PermutationGroup, found: list[Representation]) -> None:
    """Wedderburn: Σ d²/⟨χ, χ⟩ = |G| over the irreps of any field of characteristic 0 (Schur indices 1 here)."""
    total = sum(rho.degree**2 // (rho.norm or 1) for rho in found)
    if total != group.order:
        raise RepresentationError(f"the irreps of {group} have Σ d²/⟨χ,χ⟩ = {total}, not {group.order}")
