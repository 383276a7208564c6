"""The real irreps of a task whose letters commute, by the angles of characters.

A character takes a group element to exp(2πi·x), x a fraction of a turn that is linear in the element's exponents. Each
real character is an irrep of degree one, each other pair of conjugates a rotation of a plane.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray

from ...groups.characters.labels import turns_label as _label
from ...groups.group import PermutationGroup
from ...groups.permutations.abelian_structure import characters
from ...groups.permutations.defining_words import structure_of
from ...groups.permutations.permutation import Permutation
from ..automata.acting_elements import acting_letters, acting_states
from ..automata.group_task import GroupTask
from .real_irrep import RealIrrep, TaskIrreps

IntArray = NDArray[np.int64]


def irreps_by_angles(task: GroupTask, group: PermutationGroup) -> TaskIrreps:
    """The real irreps with V^K ≠ 0 of a task of an abelian group, which its letters generate."""
    structure = structure_of(group)
    turns = characters(structure)  # fractions of a turn: (characters, generators)
    exponent = lcm(*(x.denominator for row in turns for x in row))
    steps = np.array([[int(x * exponent) for x in row] for row in turns], dtype=np.int64).reshape(len(turns), -1)

    def angles(elements: Sequence[Permutation]) -> IntArray:
        """Multiples of 1/e of a turn: (characters, elements)."""
        listed = [structure.exponents[g] for g in elements]
        return steps @ np.array(listed, dtype=np.int64).reshape(len(listed), -1).T % exponent

    fixing = [k for k in task.stabiliser if k in structure.exponents]
    on_fixing = (angles(fixing) == 0).all(axis=1)  # (characters,): V^K = V
    on_states, on_letters = angles(acting_states(task)), angles(acting_letters(task))
    position = {row.tobytes(): i for i, row in enumerate(steps)}
    found = []
    for i in np.flatnonzero(on_fixing).tolist():
        conjugate = position[(-steps[i] % exponent).tobytes()]
        if conjugate < i:
            continue
        real = conjugate == i
        rows = (i,) if real else (i, conjugate)
        degree = len(rows)
        stuck = sum(1 << q for q in np.flatnonzero(on_states[i] == 0).tolist())
        ranks = tuple((degree * (on_letters[i] != 0)).tolist())
        label = _label(group, turns[i], "sign" if real else "rot")
        found.append(RealIrrep(label, rows, degree, 1, int(real), degree, stuck, ranks))
    found.sort(key=lambda v: (v.degree, v.rows))
    states = len(task.states)
    letters = {column.tobytes() for column in np.ascontiguousarray(on_letters[on_fixing].T)}
    start = next(q for q, g in enumerate(task.states) if g == task.group.identity)
    return TaskIrreps(task, group, tuple(found), states, start, len(letters) == states)


def character_rows(data: TaskIrreps) -> dict[tuple[Fraction, ...], int]:
    """Of an abelian group: the row of each character by its angles."""
    return {turns: i for i, turns in enumerate(characters(structure_of(data.group)))}


def character_turn(data: TaskIrreps, v: RealIrrep, element: Permutation) -> Fraction:
    """Of an abelian group: the value of the irrep's first character as a fraction of a turn in [0, 1)."""
    structure = structure_of(data.group)
    turns = characters(structure)[v.rows[0]]
    return sum((a * x for a, x in zip(structure.exponents[element], turns, strict=True)), start=Fraction(0)) % 1
