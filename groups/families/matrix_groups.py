"""Linear groups over finite fields GF(q), as permutation groups of vectors or of points of the projective line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

from ..errors import GroupError
from ..group import PermutationGroup
from .arguments import positive
from .finite_fields import (
    Matrix,
    Vector,
    action_on,
    apply_matrix,
    finite_field,
    identity_matrix,
    normalised,
    prime_power,
    require_points,
)


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
    prime_power(q)
    require_points(f"{kind}({n},{q})", (q**n - 1) // (q - 1 if kind.startswith("P") else 1))
    matrices, elements = linear_matrices(n, q, kind in ("GL", "PGL")), finite_field(q)[0]
    points = [v for v in product(elements, repeat=n) if any(x != elements[0] for x in v)]
    canonical: Callable[[Vector], Vector] = (lambda v: v) if not kind.startswith("P") else normalised
    rank = {x: k for k, x in enumerate(elements)}
    points = sorted({canonical(v) for v in points}, key=lambda v: [rank[x] for x in v])
    generators = action_on(points, [lambda v, m=m: canonical(apply_matrix(m, v)) for m in matrices])  # type: ignore[misc]
    return PermutationGroup(generators, len(points), name=f"{kind}({n},{q})")


def linear_matrices(n: int, q: int, general: bool) -> list[Matrix]:
    """Generators of GL(n, q), or of SL(n, q): transvections, and diag(z, 1, …, 1) for a generator z of GF(q)*."""
    elements, generator = finite_field(q)
    zero, one = elements[:2]
    matrices = _transvections(n, one, zero, [generator**k for k in range(prime_power(q)[1])])
    return [*matrices, identity_matrix(n, one, zero, {(0, 0): generator})] if general else matrices


def _transvections(n: int, one: Any, zero: Any, scalars: Iterable[Any]) -> list[Matrix]:
    """I + x E_ij for neighbouring i, j: commutators give the rest, so they generate SL_n(q)."""
    pairs = [(i, i + 1) for i in range(n - 1)] + [(i + 1, i) for i in range(n - 1)]
    return [identity_matrix(n, one, zero, {pair: x}) for x in scalars for pair in pairs]
