"""Norm equations N_{K/F}(a) = c in cyclic extensions of prime degree of abelian number fields.

Over F = Q in quadratic fields the question is decided, by Legendre's theorem on conics x² − D y² = c z². Elsewhere a
solution is looked for among small algebraic integers, up to a factor from F: an answer is exact, but none may be found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from math import gcd, isqrt

import numpy as np
from flint import fmpz
from numpy.typing import NDArray
from sympy import symbols
from sympy.solvers.diophantine.diophantine import diop_ternary_quadratic_normal

from ..arithmetic.cyclotomic import Cyclotomic
from ..arithmetic.square_roots import squarefree
from .local_norms import INFINITY, hilbert_symbol, obstructing_place
from .number_field import NumberField, conjugate, units

BOX = 3  # coefficients searched in fields of degree up to 4
SPARSE = 8000  # sparse elements searched in larger fields
ROOT_CHOICES = 1024  # combinations of complex roots tried for one root in a number field
DENOMINATORS = (*range(1, 25), 30, 32, 36, 40, 48, 60, 64, 72, 120)  # tried for the coordinates of a root

ComplexArray = NDArray[np.complex128]


@dataclass(frozen=True)
class NormAnswer:
    """What is known of N_{K/F}(a) = c.

    Attributes:
        solution: some a, or None.
        place: a prime q, or 0 for the real places, over which it is proved that there is none; else None.
    """

    solution: Cyclotomic | None
    place: int | None = None

    @property
    def impossible(self) -> bool:
        """Whether it is proved that there is no solution."""
        return self.place is not None


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
    if not (degree == 2 and lower.is_rational):
        place = obstructing_place(upper, lower, target)
        if place is not None:
            return NormAnswer(None, place)
    small_upper, small_lower = _smaller_fields(upper, lower, k, target)
    answer = _solve(small_upper, small_lower, k, degree, target)
    if answer.solution is None and small_lower != lower:
        answer = _solve(upper, lower, k, degree, target)
    if answer.solution is not None and norm(answer.solution, k, degree) != target:
        raise AssertionError("a solution of a norm equation is checked before it is found")
    return answer


def _solve(upper: NumberField, lower: NumberField, k: int, degree: int, target: Cyclotomic) -> NormAnswer:
    if degree == 2 and lower.is_rational:
        return _conic(upper, k, target.to_fraction())
    return _search(upper, lower, k, degree, target)


def _smaller_fields(
    upper: NumberField, lower: NumberField, k: int, target: Cyclotomic
) -> tuple[NumberField, NumberField]:
    """K_0 ⊆ K and F_0 = K_0 ∩ F with c in F_0 and [K_0 : F_0] = [K : F], of small degree: K = K_0 F.

    What solves N(a) = c in K_0 solves it in K, and small fields are searched faster.
    """
    n = upper.conductor
    for u in units(n):
        if u in upper.over(n) or conjugate(target, u) != target:
            continue
        smaller = NumberField.fixed_by(n, {*upper.over(n), u})
        if (k % n or 1) not in smaller.over(n):
            lower_part = NumberField.fixed_by(n, {*smaller.over(n), k % n or 1})
            if smaller.degree * lower.degree == lower_part.degree * upper.degree:
                return _smaller_fields(smaller, lower_part, k, target)
    return upper, lower


# --- quadratic over Q: decided ---


def _conic(upper: NumberField, k: int, target: Fraction) -> NormAnswer:
    """x² − D y² = c z² with √D = (b − σ(b))/s."""
    b = upper.basis[1]
    difference = b - conjugate(b, k)
    square = (difference * difference).to_fraction()  # s² D
    d, s = squarefree(square)
    c, t = squarefree(target)
    if c == 1:
        return NormAnswer(Cyclotomic([t]))
    x, y, z = symbols("x y z", integer=True)
    point = diop_ternary_quadratic_normal(x**2 - d * y**2 - c * z**2)
    if point[0] is None:
        return NormAnswer(None, _bad_place(d, c))
    scale = Fraction(t) / int(point[2])
    return NormAnswer((difference * (Fraction(int(point[1])) / s) + int(point[0])) * scale)


def _bad_place(d: int, c: int) -> int:
    """A place where the Hilbert symbol (d, c) is −1: there is one, by Legendre's theorem."""
    if d < 0 and c < 0:
        return INFINITY
    primes = {2, *(int(q) for x in (d, c) for q, _ in fmpz(abs(x)).factor())}
    return next(q for q in sorted(primes) if hilbert_symbol(d, c, q) == -1)


# --- in general: a search ---


def _search(upper: NumberField, lower: NumberField, k: int, degree: int, target: Cyclotomic) -> NormAnswer:
    """Small algebraic integers a of K with target/N(a) = s^p for some s in F; then a·s solves the equation."""
    coefficients = np.array(list(_small_vectors(upper.degree)))  # (candidates, [K:Q])
    values = coefficients @ embedding_matrix(upper).T  # (candidates, [K:Q]): a under every embedding
    norms = np.rint(values.prod(axis=1).real)  # N_{K/Q}(a), an integer
    wanted = lower.norm(target)
    roots = _RootFinder(lower, degree)
    relative = _relative_norms(values, upper, lower)  # (candidates, [F:Q]): N(a) under every embedding of F
    numeric = np.array([_numeric(target, j) for j in lower.embeddings()])
    for vector, size, row in zip(coefficients, norms.tolist(), relative, strict=True):
        if not 0 < abs(size) < 2**50 or not _is_power(wanted / Fraction(int(size)), degree):
            continue
        for root in roots.candidates(numeric / row):
            a = root * sum((b * int(x) for b, x in zip(upper.basis, vector, strict=True) if x), start=Cyclotomic([0]))
            if norm(a, k, degree) == target:
                return NormAnswer(a)
    return NormAnswer(None)


def _relative_norms(values: ComplexArray, upper: NumberField, lower: NumberField) -> ComplexArray:
    """N_{K/F}(a) under the embeddings of F, from a under those of K: (candidates, [F:Q])."""
    n = upper.conductor
    fixing = lower.over(n)
    columns = []
    for j in lower.embeddings():
        j = next(u for u in range(j, n * lower.conductor + 1, lower.conductor) if gcd(u, n) == 1)
        above = [i for i, u in enumerate(upper.embeddings()) if u * pow(j, -1, n) % n in fixing or n == 1]
        columns.append(values[:, above].prod(axis=1))
    return np.stack(columns, axis=1)


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


def embedding_matrix(field: NumberField) -> ComplexArray:
    """σ_k(b) for every embedding k and basis element b: ([F:Q], [F:Q])."""
    return np.array([[_numeric(b, k) for b in field.basis] for k in field.embeddings()])


def root_in(field: NumberField, value: Cyclotomic, degree: int) -> Cyclotomic | None:
    """Some s in the field with s^p = value, or None if there is none (or there are too many choices to try)."""
    if value == 1:
        return value
    if field.is_rational:
        return _rational_root(value.to_fraction(), degree)
    if not _is_power(field.norm(value), degree):
        return None
    numeric = np.array([_numeric(value, k) for k in field.embeddings()])
    return next((s for s in _RootFinder(field, degree).candidates(numeric) if s**degree == value), None)


class _RootFinder:
    """Numbers in a field whose p-th power has given complex embeddings, up to rounding: to be checked by the caller.

    The complex roots under all embeddings are combined, conjugate embeddings getting conjugate roots; those
    combinations are kept whose coordinates are rational numbers of small denominator.
    """

    def __init__(self, field: NumberField, degree: int) -> None:
        self.field = field
        self.inverse = np.linalg.inv(embedding_matrix(field))  # ([F:Q], [F:Q])
        embeddings, n = field.embeddings(), field.conductor
        self.pairs: list[tuple[int, int]] = []  # an embedding and its complex conjugate, by position
        for i, k in enumerate(embeddings):
            conjugates = (j for j, u in enumerate(embeddings) if n == 1 or -k * pow(u, -1, n) % n in field.fixing)
            j = next(conjugates, i)
            if i <= j:
                self.pairs.append((i, j))
        self.degree = degree
        count = degree ** len(self.pairs)
        turns = np.exp(2j * np.pi * np.arange(degree) / degree)
        self.turns = np.ones((0, len(self.pairs)))  # (choices, pairs)
        if count <= ROOT_CHOICES:
            grid = np.indices((degree,) * len(self.pairs)).reshape(len(self.pairs), count)
            self.turns = turns[grid].T

    def candidates(self, numeric: ComplexArray) -> Iterator[Cyclotomic]:
        """The numbers s with s^p ≈ the value whose embeddings are given, ([F:Q],)."""
        roots = numeric[[i for i, _ in self.pairs]] ** (1 / self.degree) * self.turns  # (choices, pairs)
        vectors = np.empty((len(roots), len(numeric)), dtype=complex)
        for column, (i, j) in enumerate(self.pairs):
            vectors[:, j] = roots[:, column].conj()
            vectors[:, i] = roots[:, column]
        coordinates = vectors @ self.inverse.T  # (choices, [F:Q])
        tolerance = 1e-8 * (np.abs(coordinates).max(axis=1, initial=0) + 1)
        left = np.abs(coordinates.imag).max(axis=1, initial=0) < tolerance
        for denominator in DENOMINATORS:
            scaled = coordinates.real * denominator
            near = left & (np.abs(scaled - np.rint(scaled)).max(axis=1, initial=0) < tolerance * denominator)
            left &= ~near
            for row in np.rint(scaled[near]).astype(object):
                rational = [Fraction(int(x), denominator) for x in row]
                yield sum((b * x for b, x in zip(self.field.basis, rational, strict=True)), start=Cyclotomic([0]))


def _rational_root(value: Fraction, degree: int) -> Cyclotomic | None:
    if degree == 2 and value < 0:
        return None
    parts = [_integer_root(abs(x), degree) for x in (value.numerator, value.denominator)]
    if parts[0] is None or parts[1] is None:
        return None
    return Cyclotomic([Fraction(parts[0] if value > 0 else -parts[0], parts[1])])
