"""Fewest characters that separate the states of a commutative task.

A transitive abelian group G acts on the states with one stabiliser K, so the states are the group G/K and its dual is
the group of characters of G that are trivial on K. Characters separate the states exactly when they generate this
dual. The fewest generators of a finite abelian group are as many as its invariant factors; the loop below takes one
character per invariant factor, and one with values ±1 wherever the factor is 2.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm

from ..groups.abelian_structure import AbelianStructure, abelian_structure, characters
from ..groups.permutation import Permutation
from ..groups.permutation_group import PermutationGroup
from .group_task import GroupTask

Turns = tuple[Fraction, ...]  # a character χ(g_i) = exp(2πi·x_i) on the generators of an `AbelianStructure`


def separating_characters(task: GroupTask) -> tuple[list[Turns], AbelianStructure]:
    """A least set of characters that separates the states, and the structure their turns refer to.

    Returns:
        Characters of decreasing order (none for a one-state task), and the structure of the group of the letters.
    """
    group = PermutationGroup(task.letters, degree=task.group.degree)
    structure = abelian_structure(group)
    fixing = [k for k in task.stabiliser if k in structure.exponents]
    dual = [x for x in characters(structure) if all(value(x, structure, k) == 0 for k in fixing)]
    return _least_generators(dual), structure


def value(turns: Turns, structure: AbelianStructure, element: Permutation) -> Fraction:
    """χ(g) as a fraction of a turn in [0, 1)."""
    exponents = structure.exponents[element]
    return sum((a * x for a, x in zip(exponents, turns, strict=True)), start=Fraction(0)) % 1


def _least_generators(dual: list[Turns]) -> list[Turns]:
    """Generators of a finite abelian group, one per invariant factor.

    An element of largest order generates a direct factor; the quotient by it has the remaining invariant factors.
    Of the elements with largest order in the quotient, one of least order is taken, so that a factor 2 gets an
    element of order 2.
    """
    chosen: list[Turns] = []
    spanned = {tuple(Fraction(0) for _ in dual[0])}
    while len(spanned) < len(dual):
        best = max((x for x in dual if x not in spanned), key=lambda x: (_order_modulo(x, spanned), -_order(x)))
        chosen.append(best)
        multiples = [tuple(k * t % 1 for t in best) for k in range(_order_modulo(best, spanned))]
        spanned = {tuple((a + b) % 1 for a, b in zip(x, y, strict=True)) for x in spanned for y in multiples}
    return chosen


def _order(turns: Turns) -> int:
    return lcm(*(x.denominator for x in turns))


def _order_modulo(turns: Turns, subgroup: set[Turns]) -> int:
    order, multiple = 1, turns
    while multiple not in subgroup:
        order, multiple = order + 1, tuple((a + b) % 1 for a, b in zip(multiple, turns, strict=True))
    return order
