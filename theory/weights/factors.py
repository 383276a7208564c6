"""Factored transitions: products of Householder reflections, and sums of rank-one matrices (CP)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...groups.arithmetic.exact_matrix import ExactMatrix


@dataclass(frozen=True, repr=False)
class HouseholderFactors:
    """Transitions as products of generalised Householder reflections (DeltaProduct, arXiv:2502.10297):

        A[x] = (I − 2 v_1 v_1ᵀM / v_1ᵀM v_1) ⋯ (I − 2 v_k v_kᵀM / v_kᵀM v_k).

    M is a positive definite form that all factors preserve; with M = I these are the usual reflections I − β v vᵀ with
    β‖v‖² = 2, the end of the interval [0, 2] that DeltaNet allows. With several heads each head has reflections of its
    own, in its own coordinates.

    Attributes:
        form: M, (hidden, hidden).
        vectors: for each letter and each head the vectors v_1, v_2, … as columns: (hidden, count).
    """

    form: ExactMatrix
    vectors: tuple[tuple[ExactMatrix, ...], ...]

    @property
    def count(self) -> int:
        """The largest number of reflections of any letter in any head."""
        return max((v.shape[1] for heads in self.vectors for v in heads), default=0)

    @property
    def total(self) -> int:
        """The largest number of reflections of any letter, all heads together."""
        return max((sum(v.shape[1] for v in heads) for heads in self.vectors), default=0)

    def transition(self, k: int) -> ExactMatrix:
        """A[x] of the k-th letter, multiplied out: (hidden, hidden)."""
        product = ExactMatrix.identity(self.form.shape[0])
        for vectors in self.vectors[k]:
            for j in range(vectors.shape[1]):
                product = product @ reflection(vectors.submatrix(range(vectors.shape[0]), [j]), self.form)
        return product

    def __repr__(self) -> str:
        heads = max((len(h) for h in self.vectors), default=1)
        return f"<HouseholderFactors: at most {self.count} reflections per letter, {heads} head{'s' * (heads != 1)}>"


@dataclass(frozen=True, repr=False)
class CPFactors:
    """Transitions as a sum of rank-one matrices that all letters share (arXiv:2505.21749, section 3):

        A[x] = U diag(V[x]) Zᵀ,    W_ijx = Σ_r U_ir Z_jr V_xr.

    Attributes:
        left: U, (hidden, rank).
        letters: V, (letters, rank).
        right: Z, (hidden, rank).
    """

    left: ExactMatrix
    letters: ExactMatrix
    right: ExactMatrix

    @property
    def rank(self) -> int:
        """The number R of rank-one terms."""
        return self.left.shape[1]

    def transition(self, k: int) -> ExactMatrix:
        """A[x] of the k-th letter: (hidden, hidden)."""
        weights = [self.letters[k, r] for r in range(self.rank)]
        return self.left @ ExactMatrix.diagonal(weights) @ self.right.T

    def __repr__(self) -> str:
        return f"<CPFactors: rank {self.rank}, hidden {self.left.shape[0]}, {self.letters.shape[0]} letters>"


Factors = HouseholderFactors | CPFactors


def reflection(vector: ExactMatrix, form: ExactMatrix) -> ExactMatrix:
    """I − 2 v vᵀM / vᵀM v: (n, n), for a vector v of shape (n, 1)."""
    dual = vector.T @ form  # (1, n)
    norm = (dual @ vector)[0, 0]
    return ExactMatrix.identity(vector.shape[0]) - (vector @ dual) * (norm.inverse() * 2)


def multiply_out(factors: Factors, transitions: Sequence[ExactMatrix]) -> bool:
    """Whether the factors multiply out to the transitions, exactly."""
    size = transitions[0].shape[0]
    if isinstance(factors, CPFactors):
        fits = factors.left.shape[0] == factors.right.shape[0] == size
        return (
            fits
            and factors.letters.shape == (len(transitions), factors.rank)
            and factors.right.shape[1] == factors.rank
            and all(factors.transition(k) == matrix for k, matrix in enumerate(transitions))
        )
    fits = factors.form.shape == (size, size) and len(factors.vectors) == len(transitions)
    return (
        fits
        and all(v.shape[0] == size for heads in factors.vectors for v in heads)
        and all(factors.transition(k) == matrix for k, matrix in enumerate(transitions))
    )
