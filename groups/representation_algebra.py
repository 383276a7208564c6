"""Sums, products, duals, restriction and induction of representations.

    (ρ ⊕ σ)(g) = diag(ρ(g), σ(g)),   (ρ ⊗ σ)(g) = ρ(g) ⊗ σ(g),   ρ*(g) = ρ(g⁻¹)ᵀ,
    (Res ρ)(h) = ρ(h) for h in a subgroup,   (Ind ρ)(g)_{ij} = ρ(t_i⁻¹ g t_j), zero where t_i⁻¹ g t_j is not in H.

Each comes with its invariant form, so nothing has to be searched for. Source: J.-P. Serre, Linear Representations of
Finite Groups, chapters 1 to 3 and 7.
"""

from __future__ import annotations

from dataclasses import replace

from .arithmetic.exact_matrix import ExactMatrix
from .errors import RepresentationError
from .group import PermutationGroup
from .permutations.cosets import coset_representatives, require_subgroup
from .representation import FIELDS, Representation, trivial_representation


def direct_sum(*summands: Representation) -> Representation:
    """ρ_1 ⊕ … ⊕ ρ_k, also written `rho + sigma`.

    Raises:
        RepresentationError: without summands, or for representations of different groups.
    """
    group, summands = on_one_group(summands)
    images = tuple(ExactMatrix.block_diagonal(blocks) for blocks in zip(*(rho.images for rho in summands), strict=True))
    form = ExactMatrix.block_diagonal(rho.form for rho in summands)
    return Representation(group, images, form, _common_field(summands))


def tensor_product(*factors: Representation) -> Representation:
    """ρ_1 ⊗ … ⊗ ρ_k, also written `rho * sigma`; the form is the tensor product of the forms.

    Raises:
        RepresentationError: without factors, or for representations of different groups.
    """
    group, factors = on_one_group(factors)
    images, form = factors[0].images, factors[0].form
    for factor in factors[1:]:
        images = tuple(a.kronecker(b) for a, b in zip(images, factor.images, strict=True))
        form = form.kronecker(factor.form)
    return Representation(group, images, form, _common_field(factors))


def copies(rho: Representation, count: int) -> Representation:
    """ρ ⊕ … ⊕ ρ, also written `count * rho`.

    Raises:
        RepresentationError: for a count below 1.
    """
    if isinstance(count, bool) or count < 1:
        raise RepresentationError(f"{count!r} copies of a representation: give an integer of at least 1")
    return direct_sum(*[rho] * count)


def tensor_power(rho: Representation, exponent: int) -> Representation:
    """ρ ⊗ … ⊗ ρ, also written `rho ** exponent`; the trivial representation for exponent 0.

    Raises:
        RepresentationError: for a negative exponent or one that is no integer.
    """
    if not isinstance(exponent, int) or isinstance(exponent, bool) or exponent < 0:
        raise RepresentationError(f"the exponent {exponent!r} of a representation has to be an integer of at least 0")
    return tensor_product(trivial_representation(rho.group, rho.base_field), *[rho] * exponent)


def dual(rho: Representation) -> Representation:
    """ρ*(g) = ρ(g⁻¹)ᵀ, with form the complex conjugate of M⁻¹; its character is the conjugate of that of ρ."""
    images = tuple(matrix.inverse().T for matrix in rho.images)
    return Representation(rho.group, images, rho.form.inverse().T, rho.base_field, norm=rho.norm)


def restrict(rho: Representation, subgroup: PermutationGroup) -> Representation:
    """Res ρ: the same matrices on the elements of a subgroup.

    Raises:
        GroupError: if a generator of the subgroup does not lie in the group.
    """
    require_subgroup(subgroup, rho.group)
    images = tuple(rho(h) for h in subgroup.presentation.generators)
    return Representation(subgroup, images, rho.form, rho.base_field)


def induce(rho: Representation, group: PermutationGroup) -> Representation:
    """Ind ρ from the group H of ρ to a group that contains it, of degree [G : H]·deg ρ.

    Raises:
        GroupError: if a generator of H does not lie in the group.
    """
    subgroup = rho.group
    require_subgroup(subgroup, group)
    representatives, position = coset_representatives(group, subgroup)
    images = []
    for generator in group.presentation.generators:
        blocks = []
        for j, t in enumerate(representatives):
            moved = generator * t
            i = position(moved)
            blocks.append((i * rho.degree, j * rho.degree, rho(representatives[i].inverse() * moved)))
        size = len(representatives) * rho.degree
        images.append(ExactMatrix._assembled((size, size), blocks))
    form = ExactMatrix.block_diagonal([rho.form] * len(representatives))
    return Representation(group, tuple(images), form, rho.base_field)


def on_one_group(
    representations: tuple[Representation, ...],
) -> tuple[PermutationGroup, tuple[Representation, ...]]:
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


def _common_field(representations: tuple[Representation, ...]) -> str:
    return min((rho.base_field for rho in representations), key=FIELDS.index)
