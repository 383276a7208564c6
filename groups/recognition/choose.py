"""All irreducible representations of a group: the one place that chooses a construction."""

from __future__ import annotations

from dataclasses import replace

from ..arithmetic.cyclotomic_field import field_degree
from ..errors import RepresentationError, TooLargeError
from ..irreducible.abelian import abelian_irreps
from ..irreducible.general import general_irreps
from ..irreducible.monomial_irreps import ORDER_LIMIT as SMALL
from ..irreducible.monomial_irreps import SOLVABLE_LIMIT, monomial_irreps
from ..irreducible.young import symmetric_irreps
from ..permutations.defining_words import is_natural_symmetric
from ..representations.homomorphism import check_form, check_homomorphism, require_field
from ..representations.representation import Representation, RepresentedGroup
from ..watch import tell
from .direct_factors import direct_factors, hidden_factors, product_irreps
from .recognised import InOrder, Residues
from .symmetric_actions import natural_points
from .symmetric_irreps import natural_irreps
from .wreath_blocks import wreath_blocks
from .wreath_irreps import wreath_irreps

SYMMETRIC_LIMIT = 10  # n of S_n: the matrices of S_11 would have 400 million entries
FORMULA_LIMIT = 2000  # order of abelian and dihedral groups: numbers live in fields of degree near the order
LARGE_FIELD = 32  # φ(exponent) above which a walk comes before recognition: products took up to 14 s, walks 2 s


def irreps(group: RepresentedGroup, field: str = "complex") -> tuple[Representation, ...]:
    """The irreps of a group over a field, up to isomorphism, verified, by degree with the trivial one first.

    Abelian, dihedral and natural symmetric groups have closed formulas over every field. Of other groups of order over
    1500, direct products, symmetric and alternating groups and wreath products are recognised; for the rest, and for
    solvable groups of order up to 5000 whose numbers live in large fields, see `bistate.groups.irreducible.general`.

    Raises:
        TooLargeError: above S_10, order 2000 (abelian, dihedral), 500 000 elements (what is recognised) or order 10⁵
            (others), before any work but recognition.
        RepresentationError: if some irrep was not found; the message says which.
        GroupError: for an unknown field.
    """
    require_field(field)
    family = _has_formula(group)
    if family:
        found = _by_formula(group, field)
    elif field == "complex":
        found = _complex_irreps(group)
    else:
        found = general_irreps(group, field)
    _check_sum_of_squares(group, found)
    if family:
        return tuple(in_family_order(found))
    return tuple(sorted(found, key=lambda rho: rho.degree))  # the trivial one, row 0 of the table, stays first


def _has_formula(group: RepresentedGroup) -> bool:
    """Whether the irreps come from a closed formula: abelian, dihedral or natural symmetric groups."""
    return group.is_abelian or is_natural_symmetric(group) or group.has_own_irreps


def _complex_irreps(group: RepresentedGroup) -> list[Representation]:
    walked, in_order = walked_or_recognised(group)
    return general_irreps(group, "complex", walked) if in_order is None else _all(in_order)


def walked_or_recognised(group: RepresentedGroup) -> tuple[dict[int, Representation], InOrder | None]:
    """The irreps that the walk of `monomial_irreps` finds, by rows of the table, and those of a recognised group.

    Recognition comes first, and where it succeeds there is no walk, unless numbers live in large fields: a tensor
    product over one has to be written over a smaller one, which the walk does by theory.
    """
    large = group.order <= SOLVABLE_LIMIT and group.order > SMALL and field_degree(group.exponent) > LARGE_FIELD
    if not large and (in_order := recognised(group)) is not None:
        return {}, in_order
    walked = monomial_irreps(group)
    complete = bool(walked) and len(walked) == len(group.conjugacy_classes())
    return walked, recognised(group) if large and not complete else None


def recognised_irreps(group: RepresentedGroup) -> list[Representation] | None:
    """All complex irreps of a group of a kind that is recognised, in the order of the table; None for other groups."""
    in_order = recognised(group)
    return None if in_order is None else _all(in_order)


def _all(in_order: InOrder) -> list[Representation]:
    return [in_order.irrep(i) for i in range(len(in_order))]


def recognised(group: RepresentedGroup) -> InOrder | None:
    """The irreps of a recognised group, not yet built; None for small groups, and others."""
    if group.order <= SMALL or not group.can_be_listed:
        return None
    residues = Residues(group)
    if (factors := direct_factors(group)) is not None:
        return InOrder(residues, product_irreps(group, residues, factors))
    if (points := natural_points(group)) is not None:
        return InOrder(residues, natural_irreps(group, residues, points))
    if (wreath := wreath_blocks(group)) is not None:
        return InOrder(residues, wreath_irreps(group, residues, wreath))
    if (factors := hidden_factors(group)) is not None:
        return InOrder(residues, product_irreps(group, residues, factors))
    return None


def _by_formula(group: RepresentedGroup, field: str) -> list[Representation]:
    """Closed formulas; they write every complex irrep over its character field, so the Schur indices are 1."""
    symmetric = is_natural_symmetric(group) and not group.has_own_irreps
    if symmetric and group.degree > SYMMETRIC_LIMIT:
        raise TooLargeError(
            f"all irreps of {group} at once are made up to S_{SYMMETRIC_LIMIT}; `irrep` makes single ones, "
            "`character_table` needs no matrices"
        )
    if not symmetric:
        require_formula_order(group)
    found = group._build_irreps(field)
    if found or not is_natural_symmetric(group):
        found = found or abelian_irreps(group, field)
        if not (group.is_abelian and field == "complex"):  # characters were checked on the angles
            for i, rho in enumerate(found):
                tell(f"checks of irrep {i + 1} of {len(found)}")
                check_homomorphism(rho)
                check_form(rho)
    else:
        found = symmetric_irreps(group, field)  # verified where they are made
    return [rho if rho.schur_index == 1 else replace(rho, schur_index=1) for rho in found]


def require_formula_order(group: RepresentedGroup) -> None:
    """Refuse abelian and dihedral groups whose numbers would live in fields of too large a degree.

    Raises:
        TooLargeError: above order 2000.
    """
    if group.order > FORMULA_LIMIT:
        raise TooLargeError(f"{group} has order {group.order}; its irreps are made up to order {FORMULA_LIMIT}")


def in_family_order(found: list[Representation]) -> list[Representation]:
    """By degree, the trivial one first."""
    return sorted(found, key=lambda rho: (rho.degree, not _is_trivial(rho)))


def _is_trivial(rho: Representation) -> bool:
    return rho.degree == 1 and all(matrix.is_identity for matrix in rho.images)


def _check_sum_of_squares(group: RepresentedGroup, found: list[Representation]) -> None:
    """Wedderburn: Σ d²/⟨χ, χ⟩ = |G| over the irreps of any field of characteristic 0 of Schur index 1."""
    total = sum(rho.degree**2 // (rho.norm or 1) for rho in found)
    if total != group.order:
        raise RepresentationError(f"the irreps of {group} have Σ d²/⟨χ,χ⟩ = {total}, not {group.order}")
