"""The real irreps of a task by the character table of its group.

Characters are taken modulo a prime p that splits the exponent's cyclotomic field: a dimension is an integer from 0 to
χ(1) < p, so its residue is enough. Sums of characters that have different residues differ; equal residues are checked
in the field itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import lcm

import numpy as np
from numpy.typing import NDArray

from ...groups.arithmetic.cyclotomic import Cyclotomic
from ...groups.arithmetic.reduction import reduced
from ...groups.characters.character_table import CharacterTable
from ...groups.characters.dixon import prime_and_root
from ...groups.characters.labels import real_label
from ...groups.group import PermutationGroup
from ..automata.acting_elements import acting_letters, acting_states
from ..automata.group_task import GroupTask
from .real_irrep import RealIrrep, TaskIrreps

IntArray = NDArray[np.int64]


def irreps_by_table(task: GroupTask, group: PermutationGroup) -> TaskIrreps:
    """The real irreps with V^K ≠ 0 of a task, from the characters of the group that its letters generate."""
    table = group.character_table()
    prime, root = prime_and_root(group)
    residues = _residues(table, prime, root, group.exponent)
    fixed_by = _fixed_dimensions(group, residues, prime)  # (rows, classes): dim V^⟨g⟩
    degrees = np.array(table.degrees, dtype=np.int64)
    letters = [group.class_of(x) for x in acting_letters(task)]
    if len(task.stabiliser) == 1:
        fixed = degrees
        stuck = fixed_by == degrees[:, None]  # (rows, classes): the kernels
        points, start = len(table.classes), 0
    else:
        fixed, stuck = _on_states(task, group, table, residues, prime)  # (rows,), (rows, states)
        points, start = len(task.states), next(q for q, g in enumerate(task.states) if g == task.group.identity)
    conjugate = _conjugate_rows(residues, group)
    labels = _labels(table)
    found = []
    for i in range(len(degrees)):
        if conjugate[i] < i or not fixed[i]:
            continue
        copies = 1 if table.indicators[i] == 1 else 2
        rows = (i,) if conjugate[i] == i else (i, conjugate[i])
        mask = sum(1 << q for q in np.flatnonzero(stuck[i]).tolist())
        ranks = tuple(int(copies * (degrees[i] - fixed_by[i, c])) for c in letters)
        degree = int(copies * degrees[i])
        found.append(
            RealIrrep(
                labels[i], rows, degree, int(degrees[i]), table.indicators[i], int(copies * fixed[i]), mask, ranks
            )
        )
    found.sort(key=lambda v: (v.degree, v.rows))
    class_ranks = tuple(map(tuple, (degrees[:, None] - fixed_by).tolist()))
    return TaskIrreps(task, group, tuple(found), points, start, _acts_by_all(task, group), class_ranks)


def irreps_of_elements(group: PermutationGroup) -> TaskIrreps:
    """The real irreps of a group, all of whose elements are letters: one letter stands for each class."""
    each = tuple(cls.representative for cls in group.conjugacy_classes())
    task = GroupTask(group, each, each, "left", "element", (group.identity,))
    return replace(irreps_by_table(task, group), all_letters=True)


def _residues(table: CharacterTable, prime: int, root: int, exponent: int) -> IntArray:
    """The values modulo p, (rows, classes). Most equal values of a table are one object, which is looked at once."""
    names = np.array([list(map(id, row)) for row in table.values])
    _, first, places = np.unique(names, return_index=True, return_inverse=True)
    known: dict[Cyclotomic, int] = {}
    found = np.empty(len(first), dtype=np.int64)
    for k, (i, j) in enumerate(divmod(place, names.shape[1]) for place in first.tolist()):
        value = table.values[i][j]
        if value not in known:
            known[value] = reduced(value, prime, root, exponent)
        found[k] = known[value]
    residues: IntArray = found[places.reshape(names.shape)]
    return residues


def _fixed_dimensions(group: PermutationGroup, residues: IntArray, prime: int) -> IntArray:
    """Dim V^⟨g⟩ = (1/|g|) Σ_j χ(g^j), an integer from 0 to χ(1) < p, so known from its residue: (rows, classes)."""
    orders = np.array([cls.order for cls in group.conjugacy_classes()], dtype=np.int64)
    total = np.zeros_like(residues)
    for j in range(int(orders.max())):
        running = np.flatnonzero(orders > j)
        powers = np.array(group.power_map(j), dtype=np.int64)[running]
        total[:, running] += residues[:, powers]
    inverse = np.array([pow(int(n), -1, prime) for n in orders], dtype=np.int64)
    return total % prime * inverse % prime


def _conjugate_rows(residues: IntArray, group: PermutationGroup) -> list[int]:
    """The row of the conjugate of each character: χ̄(g) = χ(g⁻¹)."""
    rows = {row.tobytes(): i for i, row in enumerate(residues)}
    inverse = np.array(group.power_map(-1), dtype=np.int64)
    return [rows[np.ascontiguousarray(row[inverse]).tobytes()] for row in residues]


def _labels(table: CharacterTable) -> list[str]:
    """As `group.irreps("real")` names them."""
    kinds = zip(table.labels, table.indicators, strict=True)
    return [real_label(label, kind) for label, kind in kinds]


def _on_states(
    task: GroupTask, group: PermutationGroup, table: CharacterTable, residues: IntArray, prime: int
) -> tuple[IntArray, NDArray[np.bool_]]:
    """Dim V^K, (rows,), and whether each state's elements fix all of V^K, (rows, states)."""
    classes = group.class_indices
    fixing = group.images[[group.index(k) for k in task.stabiliser]]  # (|K|, degree)
    count = len(table.classes)
    hits = np.stack(
        [
            np.bincount(classes[group.index_rows(np.array(g, dtype=np.uint32)[fixing])], minlength=count)
            for g in acting_states(task)
        ]
    )  # (states, classes): how often gK meets each class
    start = next(q for q, g in enumerate(task.states) if g == task.group.identity)
    sums = residues @ (hits.T % prime) % prime  # |K| < 2^20 and residues < 2^30: no overflow; (rows, states)
    fixed = sums[:, start] * pow(len(fixing), -1, prime) % prime
    equal = sums == sums[:, [start]]
    for i, q in zip(*np.nonzero(equal), strict=True):
        # Residues that differ prove that the numbers differ; equal ones do not prove that they are equal.
        if q != start and not _same_sum(table.values[i], hits[q] - hits[start]):
            equal[i, q] = False
    return fixed, equal


def _same_sum(row: Sequence[Cyclotomic], weights: IntArray) -> bool:
    used = np.flatnonzero(weights).tolist()
    if not used:
        return True
    e = lcm(*(row[c].conductor for c in used))
    over = [row[c].over(e) for c in used]
    return all(
        sum((int(weights[c]) * coordinates[k] for c, coordinates in zip(used, over, strict=True)), start=0) == 0
        for k in range(len(over[0]))
    )


def _acts_by_all(task: GroupTask, group: PermutationGroup) -> bool:
    """Whether the letters induce every permutation of the states that the group induces."""
    if len(set(task.letters)) == group.order:
        return True
    if len(task.stabiliser) == 1:
        return False
    core = set.intersection(*({g * k * g.inverse() for k in task.stabiliser} for g in task.states))
    cosets = {min(x * k for k in core) for x in task.letters}
    return len(cosets) * len(core) == group.order
