"""Irreducible representations of abelian groups over the complex, real and rational numbers.

Complex: the characters χ(g_i) = exp(2πi·x_i). Real: a character with values ±1, or the rotation by the angle 2πx_i
for each pair {χ, χ̄}. Rational: for each Galois orbit of characters of order d, g_i acts as the power d·x_i of the
companion matrix of the cyclotomic polynomial Φ_d, which is multiplication by ζ_d on Q(ζ_d).
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm

from flint import fmpq_mat

from ..arithmetic.cyclotomic import E, cos_turn, sin_turn
from ..arithmetic.cyclotomic_field import field_degree, root_powers
from ..arithmetic.exact_matrix import ExactMatrix
from ..characters.labels import Turns, turns_label
from ..errors import RepresentationError
from ..fields.number_field import ramanujan_sum
from ..permutations.abelian_structure import characters
from ..permutations.defining_words import structure_of
from ..representations.representation import Representation, RepresentedGroup


def abelian_irreps(group: RepresentedGroup, base_field: str) -> list[Representation]:
    """All irreps of an abelian group over one of the three fields."""
    build = {"complex": _character, "real": _rotation, "rational": _companion}[base_field]
    orbits = {"complex": _single, "real": _conjugates, "rational": _galois}[base_field]
    found, seen = [], set[Turns]()
    for turns in characters(structure_of(group)):
        if turns not in seen:
            seen |= orbits(turns)
            found.append(build(group, turns))
    return found


def _order(turns: Turns) -> int:
    return lcm(*(x.denominator for x in turns))


def _single(turns: Turns) -> set[Turns]:
    return {turns}


def _conjugates(turns: Turns) -> set[Turns]:
    return {turns, tuple(-x % 1 for x in turns)}


def _galois(turns: Turns) -> set[Turns]:
    order = _order(turns)
    return {tuple(k * x % 1 for x in turns) for k in range(1, order + 1) if gcd(k, order) == 1}


def _character(group: RepresentedGroup, turns: Turns) -> Representation:
    """χ(g_i) = exp(2πi x_i), a homomorphism since Σ e_k x_k is an integer for every relator with syllables (k, e_k)."""
    for relator in group.presentation.relators:
        if sum((turns[k] * exponent for k, exponent in relator), start=Fraction(0)).denominator != 1:
            raise RepresentationError(f"{turns} are no angles of a character of {group}: the relator {relator} fails")
    images = tuple(ExactMatrix([[E(x.denominator, x.numerator)]]) for x in turns)
    return Representation(group, images, ExactMatrix.identity(1), "complex", turns_label(group, turns, "χ"), 1)


def _rotation(group: RepresentedGroup, turns: Turns) -> Representation:
    if _order(turns) <= 2:
        images = tuple(ExactMatrix([[-1 if x else 1]]) for x in turns)
        return Representation(group, images, ExactMatrix.identity(1), "real", turns_label(group, turns, "sign"), 1)
    return Representation(
        group,
        tuple(rotation(x.numerator, x.denominator) for x in turns),
        ExactMatrix.identity(2),
        "real",
        turns_label(group, turns, "rot"),
        2,
    )


def rotation(k: int, n: int) -> ExactMatrix:
    """The rotation by 2πk/n: [[cos, −sin], [sin, cos]], exact over Q(ζ_{lcm(4,n)})."""
    cos, sin = cos_turn(k, n), sin_turn(k, n)
    return ExactMatrix([[cos, -sin], [sin, cos]])


def _companion(group: RepresentedGroup, turns: Turns) -> Representation:
    order = _order(turns)
    images = tuple(companion(order, int(x * order)) for x in turns)
    label = turns_label(group, turns, "gal")
    return Representation(group, images, trace_form(order), "rational", label, field_degree(order))


def companion(order: int, power: int = 1) -> ExactMatrix:
    """A power of the companion matrix of Φ_d: multiplication by ζ_d^k on Q(ζ_d) in the basis 1, ζ, …, ζ^{φ(d)−1}."""
    table, size = root_powers(order), field_degree(order)
    columns = [table[(power + j) % order] for j in range(size)]
    return ExactMatrix.from_parts([fmpq_mat(size, size, [columns[j][i] for i in range(size) for j in range(size)])], 1)


def trace_form(order: int) -> ExactMatrix:
    """M_ij = Tr(ζ^i ζ^{−j}), the trace from Q(ζ_d) to Q: positive definite and invariant under ζ."""
    trace, size = [ramanujan_sum(order, j) for j in range(order)], field_degree(order)
    return ExactMatrix.from_parts([fmpq_mat(size, size, [trace[i - j] for i in range(size) for j in range(size)])], 1)
