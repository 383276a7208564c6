"""Fewest characters that separate the states of a commutative task.

A transitive abelian group G acts on the states with one stabiliser K, so the states are the group G/K and its dual is
the group of characters of G that are trivial on K. Characters separate the states exactly when they generate this
dual. The fewest generators of a finite abelian group are as many as its invariant factors; the loop below takes one
character per invariant factor, and one with values ±1 wherever the factor is 2.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray
from sympy import divisors

from ...groups.permutations.abelian_structure import AbelianStructure, characters
from ...groups.permutations.defining_words import structure_of
from ...groups.permutations.permutation import Permutation
from ..automata.acting_group import generated_group
from ..automata.group_task import GroupTask

IntArray = NDArray[np.int64]
Turns = tuple[Fraction, ...]  # a character χ(g_i) = exp(2πi·x_i) on the generators of an `AbelianStructure`


def separating_characters(task: GroupTask) -> tuple[list[Turns], AbelianStructure]:
    """A least set of characters that separates the states, and the structure their turns refer to.

    Returns:
        Characters of decreasing order (none for a one-state task), and the structure of the group of the letters.
    """
    structure = structure_of(generated_group(task))
    turns = characters(structure)
    exponent = lcm(*(x.denominator for row in turns for x in row))
    steps = np.array([[int(x * exponent) for x in row] for row in turns], dtype=np.int64).reshape(len(turns), -1)
    fixing = [structure.exponents[k] for k in task.stabiliser if k in structure.exponents]
    on_fixing = steps @ np.array(fixing, dtype=np.int64).reshape(len(fixing), -1).T % exponent
    dual = steps[(on_fixing == 0).all(axis=1)]  # (characters, generators), multiples of 1/e of a turn
    return [tuple(Fraction(int(x), exponent) for x in row) for row in least_generators(dual, exponent)], structure


def value(turns: Turns, structure: AbelianStructure, element: Permutation) -> Fraction:
    """χ(g) as a fraction of a turn in [0, 1)."""
    exponents = structure.exponents[element]
    return sum((a * x for a, x in zip(exponents, turns, strict=True)), start=Fraction(0)) % 1


def least_generators(dual: IntArray, exponent: int) -> list[IntArray]:
    """Generators of a finite abelian group of rows modulo e, one per invariant factor.

    An element of largest order generates a direct factor; the quotient by it has the remaining invariant factors.
    Of the elements with largest order in the quotient, one of least order is taken, so that a factor 2 gets an
    element of order 2.
    """
    chosen: list[IntArray] = []
    spanned = np.zeros((1, dual.shape[1]), dtype=np.int64)
    zero = spanned
    while len(spanned) < len(dual):
        modulo, order = _orders(dual, spanned, exponent), _orders(dual, zero, exponent)
        best = dual[np.lexsort((order, -modulo))[0]]
        chosen.append(best)
        multiples = np.arange(int(modulo.max()))[:, None] * best % exponent  # (order, generators)
        spanned = (spanned[:, None] + multiples[None]).reshape(-1, dual.shape[1]) % exponent
    return chosen


def _orders(rows: IntArray, subgroup: IntArray, exponent: int) -> IntArray:
    """The order of each row modulo a subgroup: (rows,)."""
    inside = {row.tobytes() for row in np.ascontiguousarray(subgroup)}
    found = np.zeros(len(rows), dtype=np.int64)
    left = np.arange(len(rows))
    for order in divisors(exponent):
        multiple = np.ascontiguousarray(rows[left] * order % exponent)
        done = np.array([row.tobytes() in inside for row in multiple], dtype=bool)
        found[left[done]] = order
        left = left[~done]
        if not len(left):
            break
    return found
