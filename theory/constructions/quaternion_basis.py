"""Real irreps of quaternionic type and degree four, written as left multiplication of quaternions."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from ...groups.arithmetic.cyclotomic import Cyclotomic
from ...groups.arithmetic.exact_matrix import ExactMatrix
from ...groups.arithmetic.square_roots import square_root
from ...groups.representations.representation import Representation

Coordinates = Callable[[ExactMatrix], list[Cyclotomic]]


def quaternion_coordinates(rho: Representation) -> tuple[Representation, Coordinates] | None:
    """ρ in a basis e, ie, je, ke, where ρ(g) is left multiplication by a quaternion x_0 + x_1 i + x_2 j + x_3 k.

    The matrices ρ(g) span a quaternion algebra D acting on R⁴ = D. For group elements g, h with ρ(g) and ρ(h) not
    commuting, p = ρ(g) − tr/4 has p² = −α, and q = ρ(h) − tr/4, made to anticommute with p, has q² = −β. With √α and √β
    at hand i = p/√α and j = q/√β.

    Returns:
        The representation in the new basis, and the coordinates (x_0, x_1, x_2, x_3) of a matrix of D in it; None if no
        pair of elements with rational α and β is found, whose square roots are cyclotomic.
    """
    elements = [rho(cls.representative) for cls in rho.group.conjugacy_classes()] + list(rho.images)
    pure = [p for p in map(_pure, elements) if not p.is_zero]
    for p in pure:
        alpha = _minus_square(p)
        if alpha is None:
            continue
        for q in pure:
            s = (p @ q + q @ p)[0, 0]
            q = q + p * (s * Fraction(1, 2) / alpha)  # p q + q p = s becomes 0
            beta = None if q.is_zero else _minus_square(q)
            if beta is None:
                continue
            i, j = p * square_root(alpha).inverse(), q * square_root(beta).inverse()
            return _in_basis(rho, i, j)
    return None


def _pure(matrix: ExactMatrix) -> ExactMatrix:
    return matrix - ExactMatrix.identity(4) * (matrix.trace() * Fraction(1, 4))


def _minus_square(p: ExactMatrix) -> Fraction | None:
    """The α with p² = −α, where it is rational."""
    alpha = -(p @ p)[0, 0]
    return alpha.to_fraction() if alpha.is_rational else None


def _in_basis(rho: Representation, i: ExactMatrix, j: ExactMatrix) -> tuple[Representation, Coordinates]:
    e = ExactMatrix.column([1, 0, 0, 0])
    change = ExactMatrix.hstack([e, i @ e, j @ e, i @ j @ e])  # (4, 4)
    back = change.inverse()
    images = tuple(back @ matrix @ change for matrix in rho.images)
    form = change.T @ rho.form @ change
    found = Representation(rho.group, images, form, "real", rho.label)
    return found, lambda matrix: [matrix[r, 0] for r in range(4)]
