"""Young's seminormal matrices, sparse: every column of s_i has at most two non-zero entries.

For a standard tableau T of shape λ let c_T(i) be the content, column − row, of the box that holds i, and
d = c_T(i+1) − c_T(i). The adjacent transposition s_i = (i i+1) acts by

    s_i f_T = (1/d) f_T + f_{s_i T}              if d < 0   (s_i T is standard and i+1 moves up)
    s_i f_T = (1/d) f_T + (1 − 1/d²) f_{s_i T}   if d > 1,
    s_i f_T = (1/d) f_T                          if d = ±1  (i and i+1 in one row or column),

and the invariant form is diagonal, ⟨f_{s_i T}, f_{s_i T}⟩ = (1 − 1/d²) ⟨f_T, f_T⟩ in the first case. Source: James &
Kerber, The Representation Theory of the Symmetric Group, section 3.2. Points are counted from 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import lcm
from typing import Any

import numpy as np
from flint import fmpz_mat
from numpy.typing import NDArray

from ..arithmetic.exact_matrix import ExactMatrix
from ..compared_by_fields import ComparedByFields
from ..errors import RepresentationError
from ..permutations.tableaux import Partition, standard_tableaux

IntArray = NDArray[np.int64]
Terms = list[tuple[IntArray, NDArray[Any]]]  # positions and coefficients of a combination, for many vectors at once


@dataclass(frozen=True, eq=False)
class Seminormal(ComparedByFields):
    """The matrices s_0, …, s_{n−2} on the standard tableaux of a shape, or of several shapes one after the other.

    Attributes:
        distances: d for each generator and tableau, (n − 1, tableaux).
        partners: the position of s_i T, or of T itself where s_i T is not standard, (n − 1, tableaux).
        squares: ⟨f_T, f_T⟩ as integers over one denominator, (tableaux,) of Python integers.
        denominator: that denominator.
    """

    distances: IntArray
    partners: IntArray
    squares: tuple[int, ...]
    denominator: int

    def matrix(self, i: int) -> ExactMatrix:
        """s_i as an exact matrix."""
        distances, partners = self.distances[i].tolist(), self.partners[i].tolist()
        common = lcm(*(d * d for d in distances))
        result = fmpz_mat(len(distances), len(distances))
        for k, (d, other) in enumerate(zip(distances, partners, strict=True)):
            result[k, k] = common // d  # exact, so it is right for negative d too
            if other != k:
                result[other, k] = common if k < other else common - common // (d * d)
        return ExactMatrix.from_integers([result], 1, common)

    def form(self) -> ExactMatrix:
        """The diagonal form."""
        result = fmpz_mat(len(self.squares), len(self.squares))
        for k, value in enumerate(self.squares):
            result[k, k] = value
        return ExactMatrix.from_integers([result], 1, self.denominator)


@cache
def seminormal_matrices(partition: Partition) -> Seminormal:
    """The sparse matrices of a shape, not yet verified."""
    tableaux = standard_tableaux(partition)
    rows = np.array(tableaux, dtype=np.int64).reshape(len(tableaux), -1)  # (tableaux, n)
    size, n = rows.shape
    position = {tableau: k for k, tableau in enumerate(tableaux)}
    # column of entry i: how many earlier entries stand in its row
    columns = np.stack([(rows[:, :i] == rows[:, [i]]).sum(axis=1) for i in range(n)], axis=1)
    distances = np.diff(columns - rows, axis=1).T.copy()  # (n − 1, tableaux)
    partners = np.tile(np.arange(size), (max(n - 1, 0), 1))
    for i in range(n - 1):
        swapped = rows.copy()
        swapped[:, [i, i + 1]] = rows[:, [i + 1, i]]
        for k in np.flatnonzero(np.abs(distances[i]) > 1).tolist():
            partners[i, k] = position[tuple(swapped[k].tolist())]
    squares, denominator = _squares(distances, partners)
    return Seminormal(distances.reshape(max(n - 1, 0), size), partners, squares, denominator)


def _squares(distances: IntArray, partners: IntArray) -> tuple[tuple[int, ...], int]:
    """⟨f_T, f_T⟩, 1 for the first tableau, from each tableau to the later one of a pair."""
    size = partners.shape[1] if len(partners) else 1
    fractions: list[tuple[int, int]] = [(0, 1)] * size
    fractions[0] = (1, 1)
    for k in range(size):  # every tableau but the first has a smaller partner, which has been dealt with
        for i in range(len(partners)):
            other = int(partners[i, k])
            if other < k:
                numerator, denominator = fractions[other]
                d = int(distances[i, k])
                fractions[k] = (numerator * (d * d - 1), denominator * d * d)
                break
    common = lcm(*(denominator for _, denominator in fractions))
    values = [numerator * (common // denominator) for numerator, denominator in fractions]
    divisor = int(np.gcd.reduce([common, *values], dtype=object))
    return tuple(value // divisor for value in values), common // divisor


def check_seminormal(parts: Sequence[Seminormal]) -> None:
    """Check Coxeter's relations and the invariance of the form, exactly, for several shapes at once.

    Raises:
        RepresentationError: naming the relation that fails.
    """
    whole = _together(parts)
    count, size = whole.distances.shape
    common = lcm(*{int(d) ** 2 for d in np.unique(whole.distances).tolist()})
    wide = common**3 * 16 >= 2**63
    kind: Any = object if wide else np.int64
    diagonal = np.array(common, dtype=kind) // whole.distances.astype(kind)  # (n − 1, tableaux)
    earlier = np.arange(size) < whole.partners
    off = np.where(earlier, common, common - common // whole.distances.astype(kind) ** 2)
    off[whole.partners == np.arange(size)] = 0

    def act(i: int, terms: Terms) -> Terms:
        found: Terms = []
        for places, values in terms:
            found.append((places, values * diagonal[i][places]))
            found.append((whole.partners[i][places], values * off[i][places]))
        return found

    def word(letters: Sequence[int], scale: int) -> Terms:
        terms: Terms = [(np.arange(size), np.full(size, scale, dtype=kind))]
        for i in reversed(letters):  # the right factor acts first
            terms = act(i, terms)
        return terms

    for i in range(count):
        _require_equal(word([i, i], 1), [(np.arange(size), np.full(size, common**2, dtype=kind))], f"s_{i}² = 1")
        for j in range(i):
            left, right = ([i, j, i], [j, i, j]) if j == i - 1 else ([i, j], [j, i])
            _require_equal(word(left, 1), word(right, 1), f"{left} = {right}")
    _require_form(whole)


def _require_equal(left: Terms, right: Terms, relation: str) -> None:
    """Whether two combinations are equal, for every vector: entries are summed by (vector, position)."""
    size = len(left[0][0])
    keys = np.concatenate([np.arange(size) * size + places for places, _ in left + right])
    values = np.concatenate([*(values for _, values in left), *(-values for _, values in right)])
    order = np.argsort(keys, kind="stable")
    keys, values = keys[order], values[order]
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    if np.add.reduceat(values, starts).any():
        raise RepresentationError(f"the seminormal matrices do not satisfy the relation {relation}")


def _require_form(whole: Seminormal) -> None:
    """s_iᵀ M s_i = M is M s_i symmetric, as s_i² = 1: ⟨f_{s T}, f_{s T}⟩ d² = (d² − 1) ⟨f_T, f_T⟩ for the earlier T."""
    squares = np.array(whole.squares, dtype=object)
    positions = np.arange(len(squares))
    for distances, partners in zip(whole.distances, whole.partners, strict=True):
        first = positions[positions < partners]
        d = distances[first].astype(object)
        if (squares[partners[first]] * d * d != (d * d - 1) * squares[first]).any():
            raise RepresentationError("the diagonal form of the seminormal matrices is not invariant")
    if not all(value > 0 for value in whole.squares):
        raise RepresentationError("the diagonal form of the seminormal matrices is not positive definite")


def _together(parts: Sequence[Seminormal]) -> Seminormal:
    """The direct sum."""
    starts = np.cumsum([0, *(part.partners.shape[1] for part in parts)])
    partners = np.concatenate([part.partners + start for part, start in zip(parts, starts[:-1], strict=True)], axis=1)
    distances = np.concatenate([part.distances for part in parts], axis=1)
    return Seminormal(distances, partners, tuple(x for part in parts for x in part.squares), 1)
