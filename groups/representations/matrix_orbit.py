"""Finite matrix groups as permutations of vectors: the orbit of the standard basis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

import sympy

from ..arithmetic.cyclotomic import E
from ..arithmetic.exact_matrix import ExactMatrix
from ..errors import MatrixError, TooLargeError
from ..permutations.permutation import Permutation

MOST_VECTORS = 5000  # of the orbit: a second for small matrices


@dataclass(frozen=True)
class MatrixOrbit:
    """How matrices move the vectors into which they and their products take the standard basis.

    Attributes:
        matrices: the generators, d × d.
        permutations: of the vectors, one for each generator.
        vectors: the columns are the vectors; the standard basis comes first.
    """

    matrices: tuple[ExactMatrix, ...]
    permutations: tuple[Permutation, ...]
    vectors: ExactMatrix

    def matrix(self, permutation: Permutation) -> ExactMatrix:
        """The matrix that moves the vectors like this: its columns are the images of the standard basis."""
        size = self.vectors.shape[0]
        return self.vectors.submatrix(range(size), permutation[:size])


def matrix_orbit(generators: Iterable[Any]) -> MatrixOrbit:
    """The orbit of the standard basis e_1, …, e_d under the group that matrices generate.

    It holds a basis, so the group acts on it faithfully, and it is finite if and only if the group is.

    Args:
        generators: invertible d × d matrices: `ExactMatrix`, SymPy matrices, arrays or lists of rows with entries that
            are integers, fractions, `Cyclotomic` numbers, or SymPy numbers a + b I with rational a and b.

    Raises:
        MatrixError: for no matrices, different sizes, a matrix that cannot be inverted, or an inexact entry.
        TooLargeError: beyond `MOST_VECTORS` vectors: the group is infinite, or larger than is supported.

    Example:
        >>> found = matrix_orbit([[[0, -1], [1, 0]]])
        >>> found.permutations, found.vectors.shape
        ((Permutation([1, 2, 3, 0]),), (2, 4))
    """
    matrices = tuple(read_matrix(matrix) for matrix in generators)
    if not matrices:
        raise MatrixError("at least one matrix is needed to generate a group")
    size = matrices[0].shape[0]
    for matrix in matrices:
        if matrix.shape != (size, size):
            raise MatrixError(f"matrices of shapes {matrices[0].shape} and {matrix.shape}; one n × n is needed for all")
        if matrix.rank() < size:
            raise MatrixError(f"{matrix!r} has no inverse, and generates no group")
    return _orbit(matrices)


def _orbit(matrices: tuple[ExactMatrix, ...]) -> MatrixOrbit:
    conductor = lcm(*(matrix.conductor for matrix in matrices))
    frontier = ExactMatrix.identity(len(matrices[0].tolist()))
    place = {key: k for k, key in enumerate(frontier.column_keys(conductor))}
    found = [frontier]
    images: list[list[int]] = [[] for _ in matrices]
    while frontier.shape[1]:
        fresh: list[ExactMatrix] = []
        for matrix, row in zip(matrices, images, strict=True):
            moved = matrix @ frontier
            new = []
            for k, key in enumerate(moved.column_keys(conductor)):
                if key not in place:
                    place[key] = len(place)
                    new.append(k)
                row.append(place[key])
            if len(place) > MOST_VECTORS:
                raise TooLargeError(
                    f"the matrices move the standard basis to more than {MOST_VECTORS} vectors: the group that they "
                    "generate is infinite, or too large"
                )
            if new:
                fresh.append(moved.submatrix(range(matrix.shape[0]), new))
        frontier = ExactMatrix.hstack(fresh) if fresh else ExactMatrix.zeros(matrices[0].shape[0], 0)
        found += fresh
    return MatrixOrbit(matrices, tuple(map(Permutation, images)), ExactMatrix.hstack(found))


def read_matrix(matrix: Any) -> ExactMatrix:
    """The matrix with exact entries; SymPy's are converted.

    Raises:
        MatrixError: for something that is no matrix, or an inexact entry.
    """
    if isinstance(matrix, ExactMatrix):
        return matrix
    rows = matrix.tolist() if hasattr(matrix, "tolist") else matrix
    try:
        return ExactMatrix([[_entry(value) for value in row] for row in rows])
    except TypeError:
        raise MatrixError(f"{matrix!r} is no matrix: rows of exact numbers are needed") from None


def _entry(value: Any) -> Any:
    if not isinstance(value, sympy.Expr) or isinstance(value, sympy.Rational):
        return value
    real, imaginary = value.as_real_imag()
    if not (isinstance(real, sympy.Rational) and isinstance(imaginary, sympy.Rational)):
        raise MatrixError(
            f"matrix entry {value} is read only as a + b I with rational a and b; write roots of unity as E(n), "
            "exp(2πi/n), as in sqrt(2) = E(8) + E(8)**7"
        )
    return Fraction(int(real.p), int(real.q)) + Fraction(int(imaginary.p), int(imaginary.q)) * E(4)
