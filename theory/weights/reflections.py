"""Isometries as products of the fewest reflections (Cartan, Dieudonné, Scherk).

Let σ preserve a positive definite form M. If σ ≠ 1, take v with w = σv − v ≠ 0. The reflection R in w exchanges σv and
v, because both have one length; w is M-orthogonal to every fixed vector u of σ, since ⟨w, u⟩ = ⟨σv, σu⟩ − ⟨v, u⟩ = 0.
So Rσ fixes v and all that σ fixes, and rank(Rσ − 1) < rank(σ − 1). After rank(σ − 1) steps nothing is left, and no
fewer reflections do: a product of k of them differs from 1 by a matrix of rank at most k (P. Scherk, 1950).
"""

from __future__ import annotations

from ...groups.arithmetic.exact_matrix import ExactMatrix
from .factors import reflection


def as_reflections(isometry: ExactMatrix, form: ExactMatrix) -> ExactMatrix:
    """Vectors v_1, …, v_k with σ = R(v_1) ⋯ R(v_k), R(v) = 1 − 2 v vᵀM / vᵀM v, and k = rank(σ − 1).

    Args:
        isometry: σ with σᵀ M σ = M, (n, n), real.
        form: M, positive definite, (n, n).

    Returns:
        The vectors as columns: (n, k). They are columns of σ − 1 and of later remainders: no square roots.

    Example:
        >>> as_reflections(ExactMatrix([[0, -1], [1, 0]]), ExactMatrix.identity(2)).shape
        (2, 2)
    """
    size = isometry.shape[0]
    vectors: list[ExactMatrix] = []
    rest = isometry
    while not rest.is_identity:
        moved = rest - ExactMatrix.identity(size)  # (n, n)
        j = int(moved.support.any(axis=0).argmax())
        vectors.append(moved.submatrix(range(size), [j]))
        rest = reflection(vectors[-1], form) @ rest
    return ExactMatrix.hstack(vectors) if vectors else ExactMatrix.zeros(size, 0)
