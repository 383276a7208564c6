"""Coordinates of vectors in a basis of a subspace."""

from __future__ import annotations

from ...groups.arithmetic.exact_matrix import ExactMatrix


def coordinates(basis: ExactMatrix, vectors: ExactMatrix) -> ExactMatrix:
    """The X with basis @ X = vectors: (d, k), for independent columns (n, d) and vectors (n, k) in their span.

    Raises:
        MatrixError: if the columns are dependent.
    """
    _, rows = basis.T.rref()  # rows of the basis that determine coordinates
    d = basis.shape[1]
    found = basis.submatrix(rows, range(d)).solve(vectors.submatrix(rows, range(vectors.shape[1])))
    assert basis @ found == vectors, "the vectors lie in the span"
    return found
