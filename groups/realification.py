"""Complex representations as real ones of twice the degree."""

from __future__ import annotations

from fractions import Fraction

from .cyclotomic import E
from .exact_matrix import ExactMatrix
from .representation import Representation


def realify(rho: Representation, norm: int) -> Representation:
    """The real representation X + iY ↦ [[X, −Y], [Y, X]] on C^d = R^{2d}, irreducible unless ρ is of real type.

    Args:
        rho: a complex irrep of complex or quaternionic type.
        norm: ⟨χ, χ⟩ of the result: 2 for complex, 4 for quaternionic type.
    """
    images = tuple(_realified(matrix) for matrix in rho.images)
    return Representation(rho.group, images, _realified(rho.form), "real", f"{rho.label}+{rho.label}*", norm)


def _realified(matrix: ExactMatrix) -> ExactMatrix:
    conjugate = matrix.conjugate()
    real = (matrix + conjugate) * Fraction(1, 2)
    imag = (matrix - conjugate) * (E(4) * Fraction(-1, 2))
    return ExactMatrix.vstack([ExactMatrix.hstack([real, -imag]), ExactMatrix.hstack([imag, real])])
