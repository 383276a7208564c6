"""Complex representations as real ones of twice the degree."""

from __future__ import annotations

from fractions import Fraction

from ..arithmetic.cyclotomic import Cyclotomic
from ..arithmetic.exact_matrix import ExactMatrix
from ..characters.labels import real_label
from ..representations.representation import Representation


def realify(rho: Representation, norm: int) -> Representation:
    """The real representation on C^d = R^{2d}, irreducible unless ρ is of real type.

    ρ is written over an imaginary abelian field K, which is K⁺(θ) for its real subfield K⁺ and a purely imaginary θ.
    In the basis 1, θ of C over R an entry u + v θ becomes [[u, v θ²], [v, u]], and the form, the real part of x* M y,
    becomes [[U, θ² V], [−θ² V, −θ² U]] for M = U + V θ. So everything stays in K⁺; θ = i gives the usual
    [[X, −Y], [Y, X]].

    Args:
        rho: a complex irrep of complex or quaternionic type.
        norm: ⟨χ, χ⟩ of the result: 2 for complex, 4 for quaternionic type.
    """
    theta = _imaginary(rho)
    images = tuple(_blocks(*_parts(matrix, theta), theta * theta) for matrix in rho.images)
    u, v = _parts(rho.form, theta)
    square = theta * theta
    form = ExactMatrix.vstack([ExactMatrix.hstack([u, v * square]), ExactMatrix.hstack([v * -square, u * -square])])
    return Representation(rho.group, images, form, "real", real_label(rho.label, 0 if norm == 2 else -1), norm)


def _imaginary(rho: Representation) -> Cyclotomic:
    """Some θ = b − b̄ ≠ 0 with b in the field of ρ, a root of −1 or of a small number where there is one."""
    differences = [b - b.conjugate() for b in rho.field.basis]
    theta = min((x for x in differences if x), key=lambda x: (not (x * x).is_rational, x.conductor))
    square = theta * theta
    if square.is_rational:  # 2i ↦ i
        value = square.to_fraction()
        for divisor in (2, 3, 5):
            while value.numerator % (divisor * divisor) == 0:
                value, theta = value / divisor**2, theta * Fraction(1, divisor)
    return theta


def _parts(matrix: ExactMatrix, theta: Cyclotomic) -> tuple[ExactMatrix, ExactMatrix]:
    """(U, V) real with matrix = U + V θ."""
    conjugate = matrix.conjugate()
    half = Cyclotomic([Fraction(1, 2)])
    return ((matrix + conjugate) * half).reduced(), ((matrix - conjugate) * (half / theta)).reduced()


def _blocks(u: ExactMatrix, v: ExactMatrix, square: Cyclotomic) -> ExactMatrix:
    return ExactMatrix.vstack([ExactMatrix.hstack([u, v * square]), ExactMatrix.hstack([v, u])])
