"""Orthogonal bases of rational forms whose norms have few square roots.

Orthogonal vectors f, g of norms a, b span x f + y g, of norm c = a x² + b y², and −b y f + a x g, of norm a b c, which
are orthogonal as well. Steps of this kind with small integers x, y are made while they shrink the field of the roots
√(d_i/d_1). What they cannot change, but for a square, is the product of the norms: for the irrep of PSL(2,7) of degree
6 it is 7, so that √7 is needed for orthogonal matrices.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm

from ..arithmetic.cyclotomic_field import field_degree
from ..arithmetic.exact_matrix import ExactMatrix
from ..arithmetic.square_roots import squarefree

SMALL = 6  # x and y are positive and below this number


def with_few_roots(norms: Sequence[Fraction]) -> tuple[ExactMatrix, list[Fraction]]:
    """R and the norms d' of the columns of R, for norms d: Rᵀ diag(d) R = diag(d')."""
    size, found = len(norms), list(norms)
    columns = [[Fraction(int(i == j)) for i in range(size)] for j in range(size)]
    best = _cost(found)
    while True:
        steps = ((i, j, x, y) for i in range(size) for j in range(i) for x in range(1, SMALL) for y in range(1, SMALL))
        offers = [(_cost(_stepped(found, *step)), step) for step in steps if gcd(*step[2:]) == 1]
        least, step = min(offers, default=(best, None))
        if step is None or least >= best:
            return ExactMatrix([[column[i] for column in columns] for i in range(size)]), found
        i, j, x, y = step
        a, b, f, g = found[i], found[j], columns[i], columns[j]
        columns[i] = [x * p + y * q for p, q in zip(f, g, strict=True)]
        columns[j] = [a * x * q - b * y * p for p, q in zip(f, g, strict=True)]
        found, best = _stepped(found, *step), least


def _stepped(norms: Sequence[Fraction], i: int, j: int, x: int, y: int) -> list[Fraction]:
    found = list(norms)
    found[i] = norms[i] * x * x + norms[j] * y * y
    found[j] = norms[i] * norms[j] * found[i]
    return found


def _cost(norms: Sequence[Fraction]) -> tuple[int, int]:
    """The degree of the least cyclotomic field with √(d_i/d_k) for all i and one k, and how many are not in Q."""
    classes = [squarefree(norm)[0] for norm in norms]
    costs = []
    for scale in set(classes):
        products = [a * scale // gcd(a, scale) ** 2 for a in classes]
        conductor = lcm(*(m if m % 4 == 1 else 4 * m for m in products))
        costs.append((field_degree(conductor), sum(m > 1 for m in products)))
    return min(costs)
