"""Linear groups over finite fields GF(q), as permutation groups of vectors or of points of the projective line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

from flint import fmpz, fq_default_ctx

from ..errors import GroupError, TooLargeError
from ..group import PermutationGroup
from ..permutations.permutation import Permutation
from .arguments import positive

POINT_LIMIT = 2000  # points a linear group is made to act on

Vector = tuple[Any, ...]
Matrix = tuple[Vector, ...]


def linear_group(kind: str, n: int, q: int) -> PermutationGroup:
    """GL, SL, PGL or PSL of n × n matrices over GF(q).

    GL and SL act on the non-zero vectors of GF(q)^n, PGL and PSL on the points of projective space.

    Raises:
        GroupError: for an unknown kind, or a q that is no prime power.
        TooLargeError: if there would be more than 2000 points.

    Example:
        >>> [linear_group(kind, 2, 3).order for kind in ("GL", "SL", "PGL", "PSL")]
        [48, 24, 24, 12]
    """
    if kind not in ("GL", "SL", "PGL", "PSL"):
        raise GroupError(f"{kind!r} is no linear group known here; choose GL, SL, PGL or PSL")
    positive(n, f"{kind} size", least=2)
    elements, generator = _field(q)
    count = (q**n - 1) // (q - 1 if kind.startswith("P") else 1)
    if count > POINT_LIMIT:
        raise TooLargeError(f"{kind}({n},{q}) would act on {count} points; at most {POINT_LIMIT} are supported")
    one, zero = elements[1], elements[0]
    matrices = _transvections(n, one, zero, [generator**k for k in range(_extension_degree(q))])
    if kind in ("GL", "PGL"):
        matrices.append(_identity(n, one, zero, {(0, 0): generator}))
    points = [v for v in product(elements, repeat=n) if any(x != zero for x in v)]
    canonical: Callable[[Vector], Vector] = (lambda v: v) if not kind.startswith("P") else _normalised
    points = sorted({canonical(v) for v in points}, key=lambda v: [elements.index(x) for x in v])
    where = {v: k for k, v in enumerate(points)}
    generators = [Permutation([where[canonical(_apply(m, v))] for v in points]) for m in matrices]
    return PermutationGroup(generators, len(points), name=f"{kind}({n},{q})")


def _extension_degree(q: int) -> int:
    return fmpz(q).factor()[0][1]


def _field(q: int) -> tuple[list[Any], Any]:
    """All elements of GF(q), with 0 and 1 first, and a generator of the multiplicative group."""
    factors = fmpz(q).factor() if isinstance(q, int) and q > 1 else []
    if len(factors) != 1:
        raise GroupError(f"GF({q!r}) does not exist: q has to be a prime power")
    prime, degree = int(factors[0][0]), int(factors[0][1])
    field = fq_default_ctx(prime, degree)
    gen = field.gen() if degree > 1 else field(1)
    elements = [
        sum((gen**k * c for k, c in enumerate(digits)), start=field(0))
        for digits in product(range(prime), repeat=degree)
    ]
    elements.sort(key=lambda x: (x != field(0), x != field(1)))
    generator = next(x for x in elements[1:] if _multiplicative_order(x, q, field(1)) == q - 1)
    return elements, generator


def _multiplicative_order(x: Any, q: int, one: Any) -> int:
    power, k = x, 1
    while power != one:
        power, k = power * x, k + 1
    return k


def _identity(n: int, one: Any, zero: Any, changes: dict[tuple[int, int], Any]) -> Matrix:
    return tuple(tuple(changes.get((i, j), one if i == j else zero) for j in range(n)) for i in range(n))


def _transvections(n: int, one: Any, zero: Any, scalars: Iterable[Any]) -> list[Matrix]:
    """I + x E_ij for neighbouring i, j: commutators give the rest, so they generate SL_n(q)."""
    pairs = [(i, i + 1) for i in range(n - 1)] + [(i + 1, i) for i in range(n - 1)]
    return [_identity(n, one, zero, {pair: x}) for x in scalars for pair in pairs]


def _apply(matrix: Matrix, vector: Vector) -> Vector:
    return tuple(
        sum((a * x for a, x in zip(row[1:], vector[1:], strict=True)), start=row[0] * vector[0]) for row in matrix
    )


def _normalised(vector: Vector) -> Vector:
    """The multiple whose first non-zero entry is 1."""
    lead = next(x for x in vector if not x.is_zero())
    return tuple(x / lead for x in vector)
