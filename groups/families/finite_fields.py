"""Finite fields GF(q) with their elements listed, vectors and matrices over them, and their action on vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

from flint import fmpz, fq_default_ctx

from ..errors import GroupError, TooLargeError
from ..permutations.permutation import Permutation

POINT_LIMIT = 2000  # points a matrix group is made to act on
FIELD_LIMIT = 4096  # elements of a field that is listed

Vector = tuple[Any, ...]
Matrix = tuple[Vector, ...]


def prime_power(q: int) -> tuple[int, int]:
    """The prime p and the exponent k with q = p^k.

    Raises:
        GroupError: if q is no prime power.
        TooLargeError: above 4096.
    """
    if isinstance(q, int) and q > FIELD_LIMIT:
        raise TooLargeError(f"GF({q}) is too large: fields are listed up to {FIELD_LIMIT} elements")
    factors = fmpz(q).factor() if isinstance(q, int) and q > 1 else []
    if len(factors) != 1:
        raise GroupError(f"GF({q!r}) does not exist: q has to be a prime power")
    return int(factors[0][0]), int(factors[0][1])


def finite_field(q: int) -> tuple[list[Any], Any]:
    """All elements of GF(q), with 0 and 1 first, and a generator of the multiplicative group.

    Raises:
        GroupError: if q is no prime power.
    """
    prime, degree = prime_power(q)
    field = fq_default_ctx(prime, degree)
    gen = field.gen() if degree > 1 else field(1)
    elements = [
        sum((gen**k * c for k, c in enumerate(digits)), start=field(0))
        for digits in product(range(prime), repeat=degree)
    ]
    elements.sort(key=lambda x: (x != field(0), x != field(1)))
    generator = next(x for x in elements[1:] if _multiplicative_order(x, field(1)) == q - 1)
    return elements, generator


def _multiplicative_order(x: Any, one: Any) -> int:
    power, k = x, 1
    while power != one:
        power, k = power * x, k + 1
    return k


def identity_matrix(n: int, one: Any, zero: Any, changes: dict[tuple[int, int], Any] | None = None) -> Matrix:
    """The n × n identity matrix with some entries replaced."""
    changes = changes or {}
    return tuple(tuple(changes.get((i, j), one if i == j else zero) for j in range(n)) for i in range(n))


def apply_matrix(matrix: Matrix, vector: Vector) -> Vector:
    """The product of a matrix and a column."""
    return tuple(
        sum((a * x for a, x in zip(row[1:], vector[1:], strict=True)), start=row[0] * vector[0]) for row in matrix
    )


def normalised(vector: Vector) -> Vector:
    """The multiple whose first non-zero entry is 1: the point of projective space."""
    lead = next(x for x in vector if not x.is_zero())
    return tuple(x / lead for x in vector)


def action_on(points: Sequence[Vector], maps: Sequence[Callable[[Vector], Vector]]) -> list[Permutation]:
    """Maps of a set of vectors to itself, as permutations of their positions."""
    where = {v: k for k, v in enumerate(points)}
    return [Permutation([where[f(v)] for v in points]) for f in maps]


def require_points(name: str, count: int) -> None:
    """Refuse a group that would move too many points, before they are made.

    Raises:
        TooLargeError: above 2000 points.
    """
    if count > POINT_LIMIT:
        raise TooLargeError(f"{name} would act on {count} points; at most {POINT_LIMIT} are supported")
