"""Irreducible representations of the dihedral groups D_n = ⟨r, s | rⁿ = s² = (s r)² = 1⟩, n ≥ 3.

The irreps of degree 2 are ρ_k, 1 ≤ k < n/2, where r acts with eigenvalues ζ_n^{±k} and s swaps them. All are of
real type, so the complex irreps are written over the real field Q(2 cos(2πk/n)), which is their character field.
"""

from __future__ import annotations

from math import gcd

from ..arithmetic.cyclotomic import cos_turn
from ..arithmetic.cyclotomic_field import field_degree, root_powers
from ..arithmetic.exact_matrix import ExactMatrix
from ..representations.representation import Representation, RepresentedGroup, linear_representation
from .abelian import companion, rotation, trace_form


def dihedral_irreps(group: RepresentedGroup, n: int, base_field: str) -> list[Representation]:
    """All irreps of D_n over one of the three fields; the presentation's generators have to be (r, s)."""
    found = [linear_representation(group, values, base_field, label) for values, label in _linear_characters(n)]
    planar = list(range(1, (n + 1) // 2))
    if base_field == "complex":
        found += [_over_character_field(group, n, k) for k in planar]
    elif base_field == "real":
        found += [_rotation_reflection(group, n, k) for k in planar]
    else:
        found += [_integral(group, n // k) for k in planar if n % k == 0]
    return found


def _linear_characters(n: int) -> list[tuple[tuple[int, int], str]]:
    """Values on (r, s): det, the sign of s, exists always; r ↦ −1 only for even n."""
    always = [((1, 1), "trivial"), ((1, -1), "det")]
    return always + ([((-1, 1), "alt"), ((-1, -1), "alt·det")] if n % 2 == 0 else [])


def _over_character_field(group: RepresentedGroup, n: int, k: int) -> Representation:
    """In the basis e, r e with s swapping e and r⁻¹e: everything is in Q(2 cos(2πk/n))."""
    cos = cos_turn(k, n)
    r = ExactMatrix([[0, -1], [1, 2 * cos]])
    s = ExactMatrix([[0, 1], [1, 0]])
    return Representation(group, (r, s), ExactMatrix([[1, cos], [cos, 1]]), "complex", f"ρ{k}", 1)


def _rotation_reflection(group: RepresentedGroup, n: int, k: int) -> Representation:
    s = ExactMatrix.diagonal([1, -1])
    return Representation(group, (rotation(k, n), s), ExactMatrix.identity(2), "real", f"ρ{k}", 1)


def _integral(group: RepresentedGroup, order: int) -> Representation:
    """On Q(ζ_d), r multiplies by ζ_d and s is complex conjugation ζ ↦ ζ⁻¹; both are integral."""
    size, powers = field_degree(order), root_powers(order)
    conjugation = ExactMatrix([powers[-j % order] for j in range(size)]).T
    norm = sum(gcd(k, order) == 1 for k in range(1, order)) // 2
    label = f"gal{group.order // 2 // order}"
    return Representation(group, (companion(order), conjugation), trace_form(order), "rational", label, norm)
