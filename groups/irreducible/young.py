"""Young's representations of the symmetric groups: seminormal, integral (Specht) and orthogonal form.

The basis is indexed by the standard tableaux of a shape; see `bistate.groups.irreducible.seminormal_form` for the
formulas. The integral basis is Murphy's (J. Algebra 173, 1995). Points are counted from 0.
"""

from __future__ import annotations

import numpy as np
from flint import fmpq, fmpq_mat
from numpy.typing import NDArray

from ..arithmetic.exact_matrix import ExactMatrix
from ..characters.labels import shape_label
from ..errors import RepresentationError, TooLargeError
from ..permutations.tableaux import Partition, check_partition, degree_of, partitions, standard_tableaux
from ..representations.representation import Representation, RepresentedGroup
from .seminormal_form import Seminormal, check_seminormal, seminormal_matrices

ENTRY_LIMIT = 5 * 10**7  # of the dense matrices of one irrep of S_n, all generators together


def _small_enough(partition: Partition) -> Partition:
    """The partition, if its matrices fit.

    Raises:
        TooLargeError: above `ENTRY_LIMIT` entries in all.
    """
    degree, n = degree_of(partition), sum(partition)
    if degree * degree * (n - 1) > ENTRY_LIMIT:
        raise TooLargeError(
            f"the irrep {shape_label(partition)} of S_{n} has degree {degree}: its {n - 1} matrices would have "
            f"{degree * degree * (n - 1)} entries; at most {ENTRY_LIMIT} are made"
        )
    return partition


def seminormal(group: RepresentedGroup, partition: Partition, base_field: str = "complex") -> Representation:
    """Young's seminormal form: rational matrices, diagonal invariant form; verified on the Coxeter relations.

    Args:
        group: a group of all permutations of its n points.
        partition: λ, a partition of n.
        base_field: recorded on the representation; the matrices are rational in any case.

    Raises:
        GroupError: if λ is not a partition of n.
        TooLargeError: above 5·10⁷ entries in all matrices, before any work.
    """
    part = seminormal_matrices(_small_enough(check_partition(partition, group.degree)))
    check_seminormal([part])
    return _representation(group, tuple(partition), part, base_field)


def _representation(group: RepresentedGroup, partition: Partition, part: Seminormal, base_field: str) -> Representation:
    images = tuple(part.matrix(i) for i in range(len(part.partners)))
    return Representation(group, images, part.form(), base_field, shape_label(partition), 1, 1)


def specht(group: RepresentedGroup, partition: Partition, base_field: str = "complex") -> Representation:
    """The integral form: all ρ(g) have integer entries, in Murphy's standard basis of the Specht module.

    The basis vectors are w_T f_0, with f_0 the first seminormal vector and w_T a shortest permutation that carries
    the row-by-row tableau to T. Verified on the Coxeter relations, and for integrality.

    Raises:
        GroupError: if λ is not a partition of n.
        TooLargeError: above 5·10⁷ entries in all matrices, before any work.
    """
    part = seminormal_matrices(_small_enough(check_partition(partition, group.degree)))
    check_seminormal([part])
    basis = _murphy_basis(tuple(partition), part)
    integral = []
    for i in range(len(part.partners)):
        moved = part.matrix(i) @ basis
        matrix = basis.solve(moved)
        if basis @ matrix != moved or matrix._parts[0].numer_denom()[1] != 1:
            raise RepresentationError(f"s_{i} is not integral in the basis found for {partition}")
        integral.append(matrix)
    # The matrices are P⁻¹ s_i P for verified s_i, so relations and the invariance of Pᵀ M P need no further check.
    form = basis.T @ part.form() @ basis
    return Representation(group, tuple(integral), form, base_field, shape_label(tuple(partition)), 1, 1)


def _murphy_basis(partition: Partition, part: Seminormal) -> ExactMatrix:
    """Columns w_T f_0, each one step s_i from an earlier one: (d, d)."""
    size = len(standard_tableaux(partition))
    columns: dict[int, dict[int, fmpq]] = {0: {0: fmpq(1)}}  # sparse: position and coefficient
    queue = [0]
    for k in queue:
        for i in range(len(part.partners)):
            other = int(part.partners[i, k])
            if other > k and other not in columns:
                columns[other] = _applied(part, i, columns[k])
                queue.append(other)
    entries = [[columns[k].get(row, 0) for k in range(size)] for row in range(size)]
    return ExactMatrix.from_parts([fmpq_mat(size, size, [x for row in entries for x in row])], 1)


def _applied(part: Seminormal, i: int, column: dict[int, fmpq]) -> dict[int, fmpq]:
    """s_i times a sparse column."""
    found: dict[int, fmpq] = {}
    for k, value in column.items():
        d, other = int(part.distances[i, k]), int(part.partners[i, k])
        found[k] = found.get(k, fmpq(0)) + value / d
        if other != k:
            found[other] = found.get(other, fmpq(0)) + (value if k < other else value * fmpq(d * d - 1, d * d))
    return found


def orthogonal_generators(partition: Partition) -> NDArray[np.float64]:
    """Young's orthogonal form of s_0, …, s_{n−2}, numerically: shape (n − 1, d, d).

    s_i e_T = (1/d) e_T + sqrt(1 − 1/d²) e_{s_i T}; each matrix is symmetric and orthogonal up to rounding.
    """
    part = seminormal_matrices(check_partition(partition, sum(partition)))
    count, size = part.partners.shape
    result = np.zeros((count, size, size))
    places = np.arange(size)
    for i in range(count):
        result[i, part.partners[i], places] = np.sqrt(1 - 1 / part.distances[i].astype(float) ** 2)
        result[i, places, places] = 1 / part.distances[i]
    return result


def symmetric_irreps(group: RepresentedGroup, base_field: str) -> list[Representation]:
    """All irreps of S_n in seminormal form, rational over every field, labelled by partitions; verified together."""
    shapes = partitions(group.degree)
    parts = [seminormal_matrices(shape) for shape in shapes]
    check_seminormal(parts)
    return [_representation(group, shape, part, base_field) for shape, part in zip(shapes, parts, strict=True)]
