"""Norm equations N_{K/F}(a) = c in cyclic extensions of prime degree of abelian number fields.

Over F = Q in quadratic fields the question is decided, by Legendre's theorem on conics x² − D y² = c z². Elsewhere a
solution is looked for among small algebraic integers, up to a factor from F: an answer is exact, but none may be found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from math import isqrt

import numpy as np
from flint import fmpz
from numpy.typing import NDArray
from sympy import symbols
from sympy.solvers.diophantine.diophantine import diop_ternary_quadratic_normal

from .cyclotomic import Cyclotomic
from .local_norms import no_local_norm
from .number_field import NumberField, conjugate

BOX = 3  # coefficients searched in fields of degree up to 4
SPARSE = 20_000  # sparse elements searched in larger fields
ROOT_CHOICES = 4096  # combinations of complex roots tried for one root in a number field

ComplexArray = NDArray[np.complex128]


@dataclass(frozen=True)
class NormAnswer:
    """What is known of N_{K/F}(a) = c.

    Attributes:
        solution: some a, or None.
        impossible: whether it is proved that there is none.
    """

    solution: Cyclotomic | None
    impossible: bool = False


def norm(value: Cyclotomic, k: int, degree: int) -> Cyclotomic:
    """Π_{i<p} σ_k^i(value)."""
    result, moved = value, value
    for _ in range(degree - 1):
        moved = conjugate(moved, k)
        result = result * moved
    return result


def solve_norm(upper: NumberField, lower: NumberField, k: int, target: Cyclotomic) -> NormAnswer:
    """An element a of `upper` with Π_i σ_k^i(a) = target, where σ_k generates the Galois group of upper/lower.

    Args:
        upper: K.
        lower: F, with [K : F] = p prime.
        k: an exponent, given modulo a multiple of the conductor of K.
        target: c, not zero, in F.
    """
    degree = upper.degree // lower.degree
    root = root_in(lower, target, degree)
    if root is not None:
        return NormAnswer(root)
    if degree == 2 and lower.is_rational:
        answer = _conic(upper, k, target.to_fraction())
    elif no_local_norm(upper, lower, target):
        answer = NormAnswer(None, impossible=True)
    else:
        answer = _search(upper, lower, k, degree, target)
    if answer.solution is not None and norm(answer.solution, k, degree) != target:
        raise AssertionError("a solution of a norm equation is checked before it is found")
    return answer


# --- quadratic over Q: decided ---


def _conic(upper: NumberField, k: int, target: Fraction) -> NormAnswer:
    """x² − D y² = c z² with √D = (b − σ(b))/s."""
    b = upper.basis[1]
    difference = b - conjugate(b, k)
    square = (difference * difference).to_fraction()  # s² D
    d, s = _squarefree(square)
    c, t = _squarefree(target)
    if c == 1:
        return NormAnswer(Cyclotomic([t]))
    x, y, z = symbols("x y z", integer=True)
    point = diop_ternary_quadratic_normal(x**2 - d * y**2 - c * z**2)
    if point[0] is None:
        return NormAnswer(None, impossible=True)
    scale = Fraction(t) / int(point[2])
    return NormAnswer((difference * (Fraction(int(point[1])) / s) + int(point[0])) * scale)


def _squarefree(value: Fraction) -> tuple[int, Fraction]:
    """(d, s) with value = d s², d a squarefree integer."""
    number = value.numerator * value.denominator
    sign, d, s = (-1 if number < 0 else 1), 1, 1
    for prime, exponent in fmpz(abs(number)).factor():
        d *= int(prime) ** (exponent % 2)
        s *= int(prime) ** (exponent // 2)
    return sign * d, Fraction(s, value.denominator)


# --- in general: a search ---


def _search(upper: NumberField, lower: NumberField, k: int, degree: int, target: Cyclotomic) -> NormAnswer:
    """Small integers a of K with target/N(a) = s^p for some s in F; then a·s solves the equation."""
    coefficients = np.array(list(_small_vectors(upper.degree)))  # (candidates, [K:Q])
    table = _embedding_matrix(upper)  # ([K:Q], [K:Q]): embedding, basis element
    norms = np.rint((coefficients @ table.T).prod(axis=1).real)  # N_{K/Q}(a), an integer
    wanted = lower.norm(target)
    seen: set[int] = set()
    for vector, size in zip(coefficients, norms.tolist(), strict=True):
        if not 0 < abs(size) < 2**50 or not _is_power(wanted / Fraction(int(size)), degree):
            continue
        a = sum((b * int(x) for b, x in zip(upper.basis, vector, strict=True) if x), start=Cyclotomic([0]))
        value = norm(a, k, degree)
        if hash(value) in seen:
            continue
        seen.add(hash(value))
        root = root_in(lower, target / value, degree)
        if root is not None:
            return NormAnswer(a * root)
    return NormAnswer(None)


def _small_vectors(size: int) -> Iterator[tuple[int, ...]]:
    """Integer vectors in order of their length: a whole box in small dimensions, sparse ones in larger."""
    if size <= 4:
        box = [v for v in product(range(-BOX, BOX + 1), repeat=size) if any(v)]
        yield from sorted(box, key=lambda v: sum(x * x for x in v))
        return
    count = 0
    for weight in (1, 2, 3, 4):
        for places in combinations(range(size), weight):
            for signs in product((1, -1, 2, -2) if weight < 3 else (1, -1), repeat=weight):
                if signs[0] > 0:
                    vector = [0] * size
                    for place, sign in zip(places, signs, strict=True):
                        vector[place] = sign
                    yield tuple(vector)
                    count += 1
                    if count >= SPARSE:
                        return


def _is_power(value: Fraction, degree: int) -> bool:
    """Whether a rational number is a p-th power, up to sign for odd p."""
    if degree == 2 and value < 0:
        return False
    return all(_integer_root(abs(x), degree) is not None for x in (value.numerator, value.denominator))


def _integer_root(value: int, degree: int) -> int | None:
    root = isqrt(value) if degree == 2 else round(value ** (1 / degree))
    return next((r for r in (root - 1, root, root + 1) if r >= 0 and r**degree == value), None)


def _numeric(value: Cyclotomic, k: int) -> complex:
    angles = np.exp(2j * np.pi * k * np.arange(len(value.coefficients)) / value.conductor)
    return complex(np.dot([float(c) for c in value.coefficients], angles))


def _embedding_matrix(field: NumberField) -> ComplexArray:
    """σ_k(b) for every embedding k and basis element b: ([F:Q], [F:Q])."""
    return np.array([[_numeric(b, k) for b in field.basis] for k in field.embeddings()])


def root_in(field: NumberField, value: Cyclotomic, degree: int) -> Cyclotomic | None:
    """Some s in the field with s^p = value, or None if there is none (or there are too many choices to try).

    The complex roots under all embeddings are combined, conjugate embeddings getting conjugate roots; the coordinates
    of a combination that are rational numbers of small denominator are checked exactly.
    """
    if value == 1:
        return value
    if field.is_rational:
        return _rational_root(value.to_fraction(), degree)
    if not _is_power(field.norm(value), degree):
        return None
    table = _embedding_matrix(field)
    inverse = np.linalg.inv(table)
    embeddings, n = field.embeddings(), field.conductor
    free: list[tuple[int, int]] = []  # an embedding and its complex conjugate, by position
    for i, k in enumerate(embeddings):
        j = next(j for j, other in enumerate(embeddings) if -k * pow(other, -1, n) % n in field.fixing)
        if i <= j:
            free.append((i, j))
    if degree ** len(free) > ROOT_CHOICES:
        return None
    turns = np.exp(2j * np.pi * np.arange(degree) / degree)
    roots = [complex(_numeric(value, embeddings[i])) ** (1 / degree) * turns for i, _ in free]
    for choice in product(range(degree), repeat=len(free)):
        vector = np.empty(len(embeddings), dtype=complex)
        for (i, j), options, pick in zip(free, roots, choice, strict=True):
            vector[j] = np.conj(options[pick])
            vector[i] = options[pick]
        coordinates = inverse @ vector
        rational = [Fraction(float(x.real)).limit_denominator(10_000) for x in coordinates]
        if np.abs(coordinates - np.array([float(x) for x in rational])).max() < 1e-8:
            root = sum((b * x for b, x in zip(field.basis, rational, strict=True)), start=Cyclotomic([0]))
            if root**degree == value:
                return root
    return None


def _rational_root(value: Fraction, degree: int) -> Cyclotomic | None:
    if degree == 2 and value < 0:
        return None
    parts = [_integer_root(abs(x), degree) for x in (value.numerator, value.denominator)]
    if parts[0] is None or parts[1] is None:
        return None
    return Cyclotomic([Fraction(parts[0] if value > 0 else -parts[0], parts[1])])
