"""Young's representations of the symmetric groups.

For a partition λ of n the basis is indexed by the standard tableaux of shape λ. Write c_T(i) = column − row of
the box of T that holds i, and d = c_T(i+1) − c_T(i). In the seminormal form the adjacent transposition
s_i = (i i+1) acts by

    s_i f_T = (1/d) f_T + f_{s_i T}              if d < 0   (s_i T is standard and i+1 moves up)
    s_i f_T = (1/d) f_T + (1 − 1/d²) f_{s_i T}   if d > 1,
    s_i f_T = (1/d) f_T                          if d = ±1  (i and i+1 in one row or column),

and the invariant form is diagonal. Source: James & Kerber, The Representation Theory of the Symmetric Group,
section 3.2; the integral basis is Murphy's (J. Algebra 173, 1995). Points are counted from 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat
from numpy.typing import NDArray
from sympy.utilities.iterables import partitions as sympy_partitions

from .errors import GroupError
from .exact_matrix import ExactMatrix
from .permutation_group import PermutationGroup
from .representation import Representation, check_form, check_homomorphism

Partition = tuple[int, ...]
Tableau = tuple[int, ...]  # entry i is the row that holds the number i


def partitions(n: int) -> list[Partition]:
    """The partitions of n as decreasing tuples, from (n) to (1, …, 1)."""
    found = [
        tuple(part for part in sorted(counts, reverse=True) for _ in range(counts[part]))
        for counts in sympy_partitions(n)
    ]
    return sorted(found, reverse=True)


def check_partition(partition: Any, n: int) -> Partition:
    """The partition as a tuple.

    Raises:
        GroupError: if it is not a partition of n.
    """
    parts = tuple(int(part) for part in partition)
    if sum(parts) != n or any(part < 1 for part in parts) or list(parts) != sorted(parts, reverse=True):
        raise GroupError(f"{partition!r} is not a partition of {n}: give positive parts in decreasing order")
    return parts


@cache
def standard_tableaux(partition: Partition) -> tuple[Tableau, ...]:
    """Standard tableaux of a shape, as the row of each number 0, …, n−1; the row-by-row tableau is first."""
    found = list(_fill((), [0] * len(partition), partition))
    return tuple(sorted(found))


def _fill(rows: Tableau, filled: list[int], shape: Partition) -> Iterator[Tableau]:
    if len(rows) == sum(shape):
        yield rows
        return
    for row, length in enumerate(shape):
        if filled[row] < length and (row == 0 or filled[row] < filled[row - 1]):
            filled[row] += 1
            yield from _fill((*rows, row), filled, shape)
            filled[row] -= 1


def _contents(tableau: Tableau) -> list[int]:
    filled: dict[int, int] = {}
    contents = []
    for row in tableau:
        contents.append(filled.get(row, 0) - row)
        filled[row] = filled.get(row, 0) + 1
    return contents


def _swap(tableau: Tableau, i: int) -> Tableau:
    rows = list(tableau)
    rows[i], rows[i + 1] = rows[i + 1], rows[i]
    return tuple(rows)


@cache
def _seminormal_parts(partition: Partition) -> tuple[tuple[ExactMatrix, ...], ExactMatrix]:
    """The matrices of all s_i and the diagonal form, in the order of `standard_tableaux`."""
    tableaux = standard_tableaux(partition)
    position = {tableau: k for k, tableau in enumerate(tableaux)}
    contents = [_contents(tableau) for tableau in tableaux]
    size, n = len(tableaux), sum(partition)
    squares: list[fmpq | None] = [None] * size
    squares[0] = fmpq(1)
    images = []
    for i in range(n - 1):
        matrix = fmpq_mat(size, size)
        for k, tableau in enumerate(tableaux):
            d = contents[k][i + 1] - contents[k][i]
            matrix[k, k] = fmpq(1, d)
            if abs(d) > 1:
                # From the earlier tableau of the pair the coefficient is 1; ⟨s f, s f⟩ = ⟨f, f⟩ fixes the other.
                other = position[_swap(tableau, i)]
                matrix[other, k] = fmpq(1) if k < other else 1 - fmpq(1, d * d)
        images.append(ExactMatrix._make([matrix], 1))
    _propagate_squares(partition, squares)
    return tuple(images), ExactMatrix.diagonal([Fraction(int(q.p), int(q.q)) for q in squares if q is not None])


def _propagate_squares(partition: Partition, squares: list[Any]) -> None:
    """⟨f_{s_i T}, f_{s_i T}⟩ = (1 − 1/d²) ⟨f_T, f_T⟩ from each tableau to the later one of a pair."""
    tableaux = standard_tableaux(partition)
    position = {tableau: k for k, tableau in enumerate(tableaux)}
    queue = [0]
    for k in queue:
        contents = _contents(tableaux[k])
        for i in range(len(contents) - 1):
            d = contents[i + 1] - contents[i]
            other = position[_swap(tableaux[k], i)] if abs(d) > 1 else k
            if squares[other] is None:
                factor = 1 - fmpq(1, d * d)
                squares[other] = squares[k] * factor if k < other else squares[k] / factor
                queue.append(other)


def _checked(rho: Representation) -> Representation:
    check_homomorphism(rho)
    check_form(rho)
    return rho


def _label(partition: Partition) -> str:
    return f"[{','.join(map(str, partition))}]"


def seminormal(group: PermutationGroup, partition: Partition, base_field: str = "complex") -> Representation:
    """Young's seminormal form: rational matrices, diagonal invariant form; verified on the Coxeter relations.

    Args:
        group: a group of all permutations of its n points.
        partition: λ, a partition of n.
        base_field: recorded on the representation; the matrices are rational in any case.

    Raises:
        GroupError: if λ is not a partition of n.
    """
    images, form = _seminormal_parts(check_partition(partition, group.degree))
    return _checked(Representation(group, images, form, base_field, _label(tuple(partition)), 1))


def specht(group: PermutationGroup, partition: Partition, base_field: str = "complex") -> Representation:
    """The integral form: all ρ(g) have integer entries, in Murphy's standard basis of the Specht module.

    The basis vectors are w_T f_0, with f_0 the first seminormal vector and w_T a shortest permutation that carries
    the row-by-row tableau to T. Verified on the Coxeter relations, and for integrality.

    Raises:
        GroupError: if λ is not a partition of n.
    """
    images, form = _seminormal_parts(check_partition(partition, group.degree))
    basis = _murphy_basis(tuple(partition), images)
    integral = tuple(basis.solve(matrix @ basis) for matrix in images)
    for matrix in integral:
        assert matrix._parts[0].numer_denom()[1] == 1, "Murphy's basis is integral"
    rho = Representation(group, integral, basis.T @ form @ basis, base_field, _label(tuple(partition)), 1)
    return _checked(rho)


def _murphy_basis(partition: Partition, images: tuple[ExactMatrix, ...]) -> ExactMatrix:
    """Columns w_T f_0, each one step s_i from an earlier one: (d, d)."""
    tableaux = standard_tableaux(partition)
    position = {tableau: k for k, tableau in enumerate(tableaux)}
    columns: dict[int, ExactMatrix] = {0: ExactMatrix.column([1] + [0] * (len(tableaux) - 1))}
    queue = [0]
    for k in queue:
        for i, matrix in enumerate(images):
            other = position.get(_swap(tableaux[k], i), k)
            if other > k and other not in columns:
                columns[other] = matrix @ columns[k]
                queue.append(other)
    return ExactMatrix.hstack(columns[k] for k in range(len(tableaux)))


def orthogonal_generators(partition: Partition) -> NDArray[np.float64]:
    """Young's orthogonal form of s_0, …, s_{n−2}, numerically: shape (n − 1, d, d).

    s_i e_T = (1/d) e_T + sqrt(1 − 1/d²) e_{s_i T}; each matrix is symmetric and orthogonal up to rounding.
    """
    images, _ = _seminormal_parts(check_partition(partition, sum(partition)))
    seminormal_form = np.array([matrix.to_numpy(float) for matrix in images])  # (n − 1, d, d)
    # The product of the two off-diagonal entries of a pair is 1 − 1/d²; its root makes the matrix symmetric.
    product = seminormal_form * seminormal_form.transpose(0, 2, 1)
    diagonal = np.einsum("kii->ki", seminormal_form)
    result: NDArray[np.float64] = np.sqrt(np.abs(product))
    np.einsum("kii->ki", result)[:] = diagonal
    return result


def symmetric_irreps(group: PermutationGroup, base_field: str) -> list[Representation]:
    """All irreps of S_n in seminormal form, rational over every field, labelled by partitions."""
    return [seminormal(group, partition, base_field) for partition in partitions(group.degree)]
