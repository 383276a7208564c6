"""All irreducible projective representations of a finite group with a given factor system.

They are the linear irreps of a central extension Ĝ by C_e = ⟨z⟩ with ρ(z) = ζ_e·1, on the lifts ŝ_k of the generators;
see `covers`. For a fixed α their number is that of the α-regular classes of G, and Σ d² = |G|.
Source: I. Schur, J. reine angew. Math. 132 (1907) and 139 (1911); Karpilovsky, Projective Representations, 1985, 3.6.7.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..arithmetic.cyclotomic import E
from ..arithmetic.exact_matrix import ExactMatrix
from ..errors import GroupError
from ..representations.representation import RepresentedGroup
from .covers import class_extension
from .factor_system import require_table_order
from .multiplier import SchurMultiplier, schur_multiplier
from .projective_representation import ProjectiveRepresentation


def projective_irreps(
    group: RepresentedGroup, cohomology_class: Sequence[int], multiplier: SchurMultiplier | None = None
) -> tuple[ProjectiveRepresentation, ...]:
    """The irreducible projective representations with the factor system of a class in H²(G, C*), up to equivalence.

    All have the same scalars λ_j, so one factor system α. Equivalent means ρ'(g) = T ρ(g) T⁻¹; some of those that
    are returned may become equal when they are multiplied by linear characters of G.

    Args:
        group: the group.
        cohomology_class: one of `schur_multiplier(group).classes`; (0, 0, …) gives the linear irreps.
        multiplier: the Schur multiplier of this group, if it is known already.

    Returns:
        Exact, verified projective representations by degree, with Σ d² = |G|.

    Raises:
        GroupError: for what is no class, or a multiplier of another group.
        TooLargeError: for |G| above 1000, or |G| e above 2500, e the order of the class.

    Example:
        >>> from bistate.groups import SymmetricGroup
        >>> [(rho.degree, str(rho.field)) for rho in projective_irreps(SymmetricGroup(4), (1,))]
        [(2, 'Q(√-2)'), (2, 'Q(√-2)'), (4, 'Q')]
    """
    require_table_order(group)
    multiplier = schur_multiplier(group) if multiplier is None else multiplier
    if multiplier.group.presentation != group.presentation:
        raise GroupError(
            f"{multiplier!r} is not that of {group} with its presentation: leave it out, or compute it anew"
        )
    extension = class_extension(multiplier, cohomology_class)
    found = []
    for rho in extension.cover.irreps():
        if all(
            rho(z) == ExactMatrix.identity(rho.degree) * E(e)
            for z, e in zip(extension.kernel, extension.kernel_orders, strict=True)
        ):
            images = [rho(lift) for lift in extension.lifts]
            found.append(ProjectiveRepresentation.from_images(group, images))
    assert sum(rho.degree**2 for rho in found) == group.order
    assert all(rho.scalars == found[0].scalars for rho in found)
    assert len(found) == len(found[0].factor_system().regular_classes())
    return tuple(found)
