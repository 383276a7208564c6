"""Irreducible representations of abelian groups over the complex, real and rational numbers.

Complex: the characters χ(g_i) = exp(2πi·x_i). Real: a character with values ±1, or the rotation by the angle 2πx_i
for each pair {χ, χ̄}. Rational: for each Galois orbit of characters of order d, g_i acts as the power d·x_i of the
companion matrix of the cyclotomic polynomial Φ_d, which is multiplication by ζ_d on Q(ζ_d).
"""

from __future__ import annotations

from functools import cache
from math import gcd, lcm

import numpy as np
from flint import fmpq_mat, fmpz_mat

from ..arithmetic.cyclotomic import cos_turn, sin_turn
from ..arithmetic.cyclotomic_field import field_degree, root_powers
from ..arithmetic.exact_matrix import ExactMatrix
from ..characters.labels import Turns, exponents_label, turns_label
from ..errors import RepresentationError
from ..fields.number_field import ramanujan_sum
from ..permutations.abelian_structure import character_exponents, characters
from ..permutations.defining_words import structure_of
from ..representations.representation import Representation, RepresentedGroup


def abelian_irreps(group: RepresentedGroup, base_field: str) -> list[Representation]:
    """All irreps of an abelian group over one of the three fields."""
    if base_field == "complex":
        return _characters(group)
    build = {"real": _rotation, "rational": _companion}[base_field]
    orbits = {"real": _conjugates, "rational": _galois}[base_field]
    found, seen = [], set[Turns]()
    for turns in characters(structure_of(group)):
        if turns not in seen:
            seen |= orbits(turns)
            found.append(build(group, turns))
    return found


def _order(turns: Turns) -> int:
    return lcm(*(x.denominator for x in turns))


def _conjugates(turns: Turns) -> set[Turns]:
    return {turns, tuple(-x % 1 for x in turns)}


def _galois(turns: Turns) -> set[Turns]:
    order = _order(turns)
    return {tuple(k * x % 1 for x in turns) for k in range(1, order + 1) if gcd(k, order) == 1}


def abelian_irrep(group: RepresentedGroup, index: int) -> Representation:
    """One complex irrep, by its place among them."""
    return _characters(group, index)[0]


def _characters(group: RepresentedGroup, index: int | None = None) -> list[Representation]:
    """χ(g_i) = exp(2πi x_i/e), homomorphisms since e divides Σ x_k a_k for every relator with syllables (k, a_k)."""
    structure = structure_of(group)
    e, rows = character_exponents(structure)
    rows = rows if index is None else [rows[index]]
    sums = np.zeros((len(structure.generators), len(group.presentation.relators)), dtype=np.int64)
    for j, relator in enumerate(group.presentation.relators):
        for k, exponent in relator:
            sums[k, j] += exponent
    wrong = np.argwhere(np.array(rows, dtype=np.int64).reshape(len(rows), -1) @ sums % e)
    if len(wrong):
        row, relator = rows[wrong[0][0]], group.presentation.relators[wrong[0][1]]
        raise RepresentationError(f"{row}/{e} are no angles of a character of {group}: the relator {relator} fails")
    one, found = root_matrix(1, 0), []
    for row in rows:
        images = tuple(root_matrix(e // (d := gcd(x, e)), x // d) for x in row)
        label = exponents_label(structure.relative_orders, row, e, "χ")
        found.append(Representation(group, images, one, "complex", label, 1, 1))
    return found


@cache
def root_matrix(order: int, exponent: int) -> ExactMatrix:
    """The 1 × 1 matrix (ζ_n^k), k prime to n."""
    if order % 4 == 2:  # ζ_n = −ζ_{n/2}^{(n/2 + 1)/2}
        half = order // 2
        parts = [-x for x in root_powers(half)[exponent * ((half + 1) // 2) % half]]
        return ExactMatrix.from_integers([fmpz_mat(1, 1, [x]) for x in parts], half)
    return ExactMatrix.from_integers([fmpz_mat(1, 1, [x]) for x in root_powers(order)[exponent]], order)


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
