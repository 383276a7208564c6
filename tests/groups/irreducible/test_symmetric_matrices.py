"""Sparse seminormal matrices, Specht matrices, and all matrices of a group at once."""

import dataclasses
from math import factorial

import numpy as np
import pytest
from bistate.groups import (
    ExactMatrix,
    GroupError,
    RepresentationError,
    SymmetricGroup,
    TooLargeError,
    integer_matrices,
    murnaghan_nakayama,
    named_group,
    orthogonal_generators,
    partitions,
    seminormal,
    specht,
    standard_tableaux,
)
from bistate.groups.irreducible.seminormal_form import check_seminormal, seminormal_matrices
from bistate.groups.permutations.tableaux import degree_of
from bistate.groups.representations.integral import _product


@pytest.mark.parametrize("n", [3, 4, 5, 6])
def test_the_sparse_check_agrees_with_dense_relations(n):
    for rho in SymmetricGroup(n).irreps():
        assert rho.verify()  # dense: every relator, the form, and the norm of the character from traces


@pytest.mark.parametrize("n", [7, 8, 10])
def test_all_shapes_are_verified_together(n):
    parts = [seminormal_matrices(shape) for shape in partitions(n)]
    assert check_seminormal(parts) is None
    assert sum(part.partners.shape[1] ** 2 for part in parts) == factorial(n)


@pytest.mark.parametrize("spoil", ["distances", "partners", "squares", "sign"])
def test_a_planted_error_is_found(spoil):
    part = seminormal_matrices((3, 2, 1))
    if spoil == "distances":
        distances = part.distances.copy()
        distances[2, 5] += 1
        wrong = dataclasses.replace(part, distances=distances)
    elif spoil == "partners":
        partners = part.partners.copy()
        row, first, second = 1, *np.flatnonzero(partners[1] != np.arange(16))[:2]
        partners[row, [first, second]] = partners[row, [second, first]]
        wrong = dataclasses.replace(part, partners=partners)
    elif spoil == "squares":
        wrong = dataclasses.replace(part, squares=(part.squares[0] + 1, *part.squares[1:]))
    else:
        wrong = dataclasses.replace(part, squares=tuple(-x for x in part.squares))
    with pytest.raises(RepresentationError, match="seminormal matrices"):
        check_seminormal([seminormal_matrices((4, 2)), wrong])


@pytest.mark.parametrize("shape", [(3, 1), (2, 2, 1), (4, 2), (3, 2, 1)])
def test_specht_matrices(shape):
    group = SymmetricGroup(sum(shape))
    rho = specht(group, shape)
    assert rho.verify()
    assert all(x.to_fraction().denominator == 1 for m in rho.images for row in m.tolist() for x in row)
    assert rho.character().values == seminormal(group, shape).character().values


def test_orthogonal_generators_are_the_seminormal_ones_rescaled():
    group, shape = SymmetricGroup(6), (3, 2, 1)
    rho, numeric = seminormal(group, shape), orthogonal_generators(shape)
    scale = np.sqrt(np.diag(rho.form.to_numpy(float)))
    for exact, found in zip(rho.images, numeric, strict=True):
        assert np.allclose(exact.to_numpy(float) * scale[:, None] / scale, found, atol=1e-14)
        assert np.allclose(found @ found, np.eye(16), atol=1e-14)


@pytest.mark.parametrize("n", [4, 5])
def test_all_integer_matrices_of_a_symmetric_group(n):
    group = SymmetricGroup(n)
    for shape in partitions(n):
        rho = specht(group, shape)
        matrices = integer_matrices(rho)
        assert matrices.shape == (factorial(n), rho.degree, rho.degree)
        assert matrices.dtype == np.int64
        for position in range(0, group.order, 7):
            assert rho(group.elements[position]) == ExactMatrix(matrices[position].tolist())
        traces = np.einsum("gii->g", matrices)
        for cls in group.conjugacy_classes():
            expected = murnaghan_nakayama(shape, cls.representative.cycle_type)
            assert traces[group.index(cls.representative)] == expected


def test_the_product_of_matrices_is_the_matrix_of_the_product():
    group = SymmetricGroup(6)
    matrices = integer_matrices(specht(group, (3, 2, 1)))
    draw = np.random.default_rng(0)
    for a, b in draw.integers(group.order, size=(50, 2)).tolist():
        product = group.index(group.elements[a] * group.elements[b])
        assert np.array_equal(matrices[a] @ matrices[b], matrices[product])


@pytest.mark.parametrize("name", ["D4", "Q8", "A5", "SL(2,3)"])
def test_all_integer_matrices_of_other_groups(name):
    group = named_group(name)
    for rho in group.irreps("rational"):
        if any(x.to_fraction().denominator > 1 for matrix in rho.images for row in matrix.tolist() for x in row):
            with pytest.raises(RepresentationError, match="is not integral"):
                integer_matrices(rho)
            continue
        matrices = integer_matrices(rho)
        for position in range(0, group.order, 5):
            assert rho(group.elements[position]) == ExactMatrix(matrices[position].tolist())


def test_what_is_not_integral_is_refused():
    with pytest.raises(RepresentationError, match="is not integral"):
        integer_matrices(seminormal(SymmetricGroup(4), (3, 1)))


def test_products_beyond_53_bits_are_exact_or_refused():
    left, right = np.array([[2**20 + 1, 3], [5, 7]]), np.array([[2**40, 1], [1, 1]])
    exact = [[2**40 * (2**20 + 1) + 3, 2**20 + 4], [5 * 2**40 + 7, 12]]
    assert _product(left, right).tolist() == exact
    with pytest.raises(RepresentationError, match="do not fit 64-bit integers"):
        _product(np.array([[2**30, 0], [0, 1]]), right)


def test_degrees_by_hook_lengths():
    for n in (1, 4, 7, 9):
        for shape in partitions(n):
            assert degree_of(shape) == len(standard_tableaux(shape))


def test_limits_are_named_before_any_work():
    with pytest.raises(TooLargeError, match="all irreps of S30 at once are made up to S_10"):
        SymmetricGroup(30).irreps()
    with pytest.raises(TooLargeError, match=r"\[10,10,10\] of S_30 has degree"):
        seminormal(SymmetricGroup(30), (10, 10, 10))
    assert seminormal(SymmetricGroup(30), (29, 1)).degree == 29
    with pytest.raises(TooLargeError, match="C2500 has order 2500; its irreps are made up to order 2000"):
        named_group("C2500").irreps()


def test_bad_partitions():
    with pytest.raises(GroupError, match=r"\(1, 3\) is not a partition of 4"):
        specht(SymmetricGroup(4), (1, 3))
    assert standard_tableaux((2, 1)) == ((0, 0, 1), (0, 1, 0))
