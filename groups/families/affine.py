"""Affine groups over finite fields, as permutations of the points of the space."""

from __future__ import annotations

from itertools import product

from ..errors import GroupError
from ..group import PermutationGroup
from .arguments import positive
from .finite_fields import Vector, action_on, apply_matrix, finite_field, prime_power, require_points
from .matrix_groups import linear_matrices


def affine_group(kind: str, n: int, q: int) -> PermutationGroup:
    """AGL(n, q), the maps v ↦ M v + t of GF(q)^n with M invertible, or ASL(n, q), those with det M = 1.

    The order is checked: q^n |GL(n, q)| or q^n |SL(n, q)|.

    Raises:
        GroupError: for an unknown kind, or a q that is no prime power.
        TooLargeError: if there would be more than 2000 points.

    Example:
        >>> affine_group("AGL", 1, 5).order, affine_group("AGL", 3, 2).order, affine_group("ASL", 2, 3).order
        (20, 1344, 216)
    """
    if kind not in ("AGL", "ASL"):
        raise GroupError(f"{kind!r} is no affine group known here; choose AGL or ASL")
    positive(n, f"{kind} size")
    _, degree = prime_power(q)
    require_points(f"{kind}({n},{q})", q**n)
    elements, generator = finite_field(q)
    zero = elements[0]
    matrices = linear_matrices(n, q, kind == "AGL") if n > 1 else [((generator,),)] if kind == "AGL" else []
    # the linear part moves e_1 to every vector, but for ASL(1, q), where it is trivial
    shifts = [(generator**k, *([zero] * (n - 1))) for k in range(degree)]

    def moved(shift: Vector, v: Vector) -> Vector:
        return tuple(x + t for x, t in zip(v, shift, strict=True))

    points = list(product(elements, repeat=n))
    maps = [lambda v, m=m: apply_matrix(m, v) for m in matrices] + [lambda v, t=t: moved(t, v) for t in shifts]
    group = PermutationGroup(action_on(points, maps), len(points), name=f"{kind}({n},{q})")
    order = q**n
    for i in range(n):
        order *= q**n - q**i
    assert group.order == (order if kind == "AGL" else order // (q - 1))
    return group
