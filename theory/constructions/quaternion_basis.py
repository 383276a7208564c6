"""Real irreps of quaternionic type and degree four, written as left multiplication of quaternions."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import isqrt

from ...groups.arithmetic.cyclotomic import Cyclotomic, E
from ...groups.arithmetic.exact_matrix import ExactMatrix
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


def square_root(value: Fraction) -> Cyclotomic:
    """√q > 0 of a positive rational number, as a sum of roots of unity (Gauss).

    Example:
        >>> square_root(Fraction(9, 5)) ** 2
        Fraction(9, 5)
    """
    number = value.numerator * value.denominator
    square, free, p = 1, 1, 2
    while p * p <= number:
        while number % (p * p) == 0:
            number, square = number // (p * p), square * p
        if number % p == 0:
            number, free = number // p, free * p
        p += 1
    free *= number
    root = Cyclotomic([Fraction(square, value.denominator)])
    for prime in _primes(free):
        root = root * _prime_root(prime)
    return root if root.sign() > 0 else -root


def _primes(number: int) -> list[int]:
    return [p for p in range(2, number + 1) if number % p == 0 and all(p % k for k in range(2, isqrt(p) + 1))]


def _prime_root(p: int) -> Cyclotomic:
    """√p: the Gauss sum of p ≡ 1 mod 4, divided by i for p ≡ 3; ζ_8 + ζ_8⁻¹ for p = 2."""
    if p == 2:
        return E(8) + E(8, -1)
    total = sum((E(p, k * k) for k in range(1, p)), start=Cyclotomic([1]))
    return total if p % 4 == 1 else total * E(4).inverse()
