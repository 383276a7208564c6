"""Decompositions with their change of basis, intertwiners, and arithmetic of representations."""

from itertools import pairwise

import numpy as np
import pytest
from bistate.groups import (
    CyclicGroup,
    E,
    ExactMatrix,
    GroupError,
    Permutation,
    PermutationGroup,
    PermutationRepresentation,
    RepresentationError,
    SymmetricGroup,
    decompose,
    direct_sum,
    induce,
    intertwiners,
    named_group,
    permutation_representation,
    regular_representation,
    restrict,
    tensor_product,
)
from bistate.groups.arithmetic.reduction import has_full_column_rank
from bistate.groups.characters.labels import sum_text
from bistate.groups.representations.decomposition import Decomposition

NAMES = ["C6", "C2xC4", "D5", "S4", "Q8", "A5", "SL(2,3)", "C2wrC3"]


@pytest.fixture(scope="module", params=NAMES)
def group(request):
    return named_group(request.param)


def check(found):
    """S is invertible and S⁻¹ σ(g) S is the block form, on an element that is no generator."""
    sigma = found.representation
    g = sigma.group.elements[-1] * sigma.group.elements[sigma.group.order // 2]
    assert sigma(g) @ found.basis == found.basis @ found.block_form(g)
    assert found.basis.rank() == sigma.degree


@pytest.mark.parametrize("field", ["complex", "real", "rational"])
def test_regular_representations(group, field):
    found = decompose(regular_representation(group), field)
    check(found)
    # k[G] is the sum of matrix rings M_m(D), dim D = ⟨χ, χ⟩, and the simple module D^m occurs m times
    assert all(count * rho.norm == rho.degree for rho, count in found.constituents)


def test_tensor_products(group):
    irreps = group.irreps()
    for rho, sigma in pairwise(irreps[-3:]):
        product = rho * sigma
        found = decompose(product)
        check(found)
        assert product.verify()
        assert product.character().values == tuple(
            a * b for a, b in zip(rho.character().values, sigma.character().values, strict=True)
        )


def test_projections_are_those_of_the_character_formula(group):
    """P_i = (d/|G|) Σ_g χ(g⁻¹) σ(g), idempotent, orthogonal to each other, with sum 1."""
    sigma = regular_representation(group)
    if group.order > 24:
        sigma = permutation_representation(group)
    found = decompose(sigma, "complex")
    total = ExactMatrix.zeros(sigma.degree, sigma.degree)
    for i, (rho, _) in enumerate(found.constituents):
        chi = rho.character()
        formula = ExactMatrix.zeros(sigma.degree, sigma.degree)
        for g in group.elements:
            formula = formula + sigma(g) * chi(g.inverse())
        projection = found.projection(i)
        assert projection == formula * (E(1) * rho.degree / group.order)
        assert projection @ projection == projection
        total = total + projection
    assert total == ExactMatrix.identity(sigma.degree)


def test_the_natural_representation_of_the_symmetric_group():
    found = decompose(permutation_representation(SymmetricGroup(6)))
    assert str(found) == "[6] + [5,1]"
    check(found)


def test_cosets_and_young_subgroups():
    """Young's rule: the action on the cosets of S_2 × S_2 × S_1."""
    young = PermutationGroup([[1, 0, 2, 3, 4], [0, 1, 3, 2, 4]])
    sigma = permutation_representation(SymmetricGroup(5), young)
    assert sigma.degree == 30
    found = decompose(sigma)
    check(found)
    assert str(found) == "[5] + 2·[4,1] + 2·[3,2] + [2,2,1] + [3,1,1]"


def test_several_orbits():
    group = PermutationGroup([[1, 2, 0, 3, 4, 5], [0, 1, 2, 4, 3, 5]])
    found = decompose(permutation_representation(group))
    check(found)
    assert sum(count for rho, count in found.constituents if rho.label == "trivial") == 3


def test_a_large_sparse_module_is_not_made_dense(monkeypatch):
    """No dense matrix of the module is ever built on the way to its decomposition."""

    def refuse(images):
        raise AssertionError("a permutation matrix was made dense")

    monkeypatch.setattr(ExactMatrix, "permutation", refuse)
    group = named_group("PSL(2,7)")
    subgroup = PermutationGroup([next(g for g in group.elements if g.order == 2)])
    found = decompose(permutation_representation(group, subgroup))
    assert found.basis.shape == (84, 84)
    assert str(found) == "trivial + χ2+χ3 + 4·χ4 + 3·χ5 + 4·χ6"


@pytest.mark.slow
def test_a_module_of_degree_990():
    """M11 on the cosets of an element of order 8, with the multiplicities of Frobenius reciprocity."""
    group = named_group("M11")
    subgroup = PermutationGroup([next(g for g in group.elements if g.order == 8)])
    sigma = permutation_representation(group, subgroup)
    assert sigma.degree == 990
    for rho, count in decompose(sigma).constituents:
        fixed = sum(rho.character()(h) for h in subgroup.elements) / subgroup.order
        assert fixed == count * rho.norm


def test_frobenius_reciprocity():
    group, subgroup = SymmetricGroup(4), PermutationGroup([[1, 2, 3, 0], [2, 1, 0, 3]])
    for rho in subgroup.irreps():
        induced = induce(rho, group)
        assert induced.verify()
        assert induced.degree == 3 * rho.degree
        for sigma in group.irreps():
            below = restrict(sigma, subgroup).character().inner(rho.character())
            assert induced.character().inner(sigma.character()) == below


def test_induction_from_the_trivial_group_is_the_regular_representation():
    group = named_group("Q8")
    trivial = PermutationGroup([], degree=group.degree)
    induced = trivial.irreps()[0].induce(group)
    assert induced.character().values == regular_representation(group).character().values
    check(decompose(induced))


def test_intertwiners_of_irreps_are_scalars(group):
    for i, rho in enumerate(group.irreps()):
        for j, sigma in enumerate(group.irreps()):
            assert len(intertwiners(rho, sigma)) == int(i == j)


def test_intertwiners_between_sums():
    a, b, c = SymmetricGroup(4).irreps()[1:4]
    found = intertwiners(direct_sum(a, b, b), direct_sum(b, a, a, c, b))
    assert len(found) == 2 + 4
    stacked = ExactMatrix([[m[i, j] for m in found] for i in range(m_rows(found)) for j in range(found[0].shape[1])])
    assert stacked.rank() == 6


def m_rows(matrices):
    return matrices[0].shape[0]


def test_intertwiners_over_the_reals_form_the_division_algebra():
    dimensions = {"C5": 2, "Q8": 4, "S3": 1}
    for name, dimension in dimensions.items():
        rho = named_group(name).irreps("real")[-1]
        assert len(intertwiners(rho, rho)) == dimension == rho.norm


def test_printing():
    group = SymmetricGroup(4)
    rho = group.irreps()[3]
    assert str(rho) == "[3,1]"
    assert str(rho + rho + group.irreps()[0]) == "[4] + 2·[3,1]"
    assert str(rho * rho) == str(rho**2) == "[4] + [2,2] + [3,1] + [2,1,1]"
    assert str(3 * rho) == "3·[3,1]"
    assert str(rho**0) == "[4]"
    assert "degree 9" in repr(rho**2)
    assert sum_text([(2, "χ2+χ3"), (1, "χ4"), (3, "2·χ5")]) == "2·(χ2+χ3) + χ4 + 3·(2·χ5)"
    assert sum_text([]) == "0"


def test_duals():
    group = named_group("A4")
    for rho in group.irreps():
        dual = rho.dual()
        assert dual.verify()
        assert dual.character().values == tuple(value.conjugate() for value in rho.character().values)
        assert (dual.dual()).images == rho.images
        trivial = sum(count for tau, count in decompose(rho * dual).constituents if tau.label == "trivial")
        assert trivial == 1


def test_sums_over_groups_with_other_generators():
    """Equal groups may come with different generators; the matrices are then moved to common ones."""
    first = PermutationGroup([[1, 2, 3, 0]])
    second = PermutationGroup([[3, 0, 1, 2]])
    rho, sigma = first.irreps()[1], second.irreps()[1]
    total = rho + sigma
    g = Permutation([2, 3, 0, 1])
    assert total.verify()
    assert total(g) == ExactMatrix.block_diagonal([rho(g), sigma(g)])


def test_bad_input():
    rho, sigma = SymmetricGroup(3).irreps()[2], SymmetricGroup(4).irreps()[2]
    with pytest.raises(RepresentationError, match="different groups, S3 and S4"):
        rho + sigma
    with pytest.raises(RepresentationError, match="at least one"):
        tensor_product()
    with pytest.raises(RepresentationError, match="exponent -1"):
        rho**-1
    with pytest.raises(RepresentationError, match="0 copies"):
        rho * 0
    with pytest.raises(GroupError, match="no subgroup of"):
        sigma.restrict(SymmetricGroup(3))
    with pytest.raises(GroupError, match="'quaternion' is not known"):
        decompose(rho, "quaternion")
    with pytest.raises(RepresentationError, match="3 is no representation"):
        decompose(3)
    with pytest.raises(TypeError):
        rho + 1


def test_what_is_no_action_is_refused():
    group = SymmetricGroup(3)
    with pytest.raises(RepresentationError, match="is not a permutation of"):
        PermutationRepresentation(group, [[0, 0, 1], [0, 1, 2]])
    with pytest.raises(RepresentationError, match="no action of S3"):
        PermutationRepresentation(group, [[1, 2, 0], [1, 0, 2]])
    with pytest.raises(RepresentationError, match="1 permutations for the generators"):
        PermutationRepresentation(group, [[1, 0, 2]])


def test_a_complex_representation_has_no_real_decomposition():
    rho = CyclicGroup(5).irreps()[1]
    with pytest.raises(RepresentationError, match="would occur"):
        decompose(rho, "real")


def test_a_wrong_change_of_basis_does_not_verify():
    found = decompose(regular_representation(SymmetricGroup(3)))
    first, second = found.maps[2]
    rows = first.tolist()
    rows[0][0] = rows[0][0] + 1
    for maps, message in [
        ((ExactMatrix(rows), second), "no intertwiner"),
        ((first, first), "not independent"),
        ((first,), "not independent"),
    ]:
        wrong = Decomposition(found.representation, found.constituents, (*found.maps[:2], maps))
        with pytest.raises(RepresentationError, match=message):
            wrong.verify()


def test_column_rank():
    assert has_full_column_rank(ExactMatrix([[1, E(3)], [0, 1], [5, 7]]))
    assert not has_full_column_rank(ExactMatrix([[1, E(3)], [E(3) ** 2, 1]]))


def test_points_and_matrices_of_a_permutation_representation_agree():
    group = named_group("A5")
    sigma = regular_representation(group)
    g = group.elements[37]
    images = sigma.on_points(g)
    assert images.tolist() == group.left_action(g).tolist()
    dense = sigma(g).to_numpy(float)
    assert (dense[images, np.arange(60)] == 1).all()  # e_x goes to e_{g x}
    assert dense.sum() == 60
    assert sigma.verify()
