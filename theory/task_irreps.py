"""The real irreps of a task through their characters: what each separates, and what it costs.

Write K for the stabiliser of the start state and V^K for the vectors of a representation V that K fixes. A generic
vector of V^K is fixed by exactly the elements that fix all of V^K, and a generic vector of a direct sum by those that
fix its generic components. So irreps V_1, V_2, … separate the states iff no other state gK fixes all of V_1^K ⊕ V_2^K ⊕
…, which is a covering problem over the states. Everything here follows from characters:

    dim V^H = (1/|H|) Σ_{h∈H} χ(h),    rank(ρ(g) − 1) = deg ρ − dim V^⟨g⟩,
    g fixes all of V^K  ⟺  tr(ρ(g) P_K) = (1/|K|) Σ_{k∈K} χ(gk) = dim V^K,

the last because ρ(g) is orthogonal. A real irrep is a complex one of real type, or the sum of a complex one and its
conjugate (complex type), or twice one (quaternionic type).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import lcm

import numpy as np
from numpy.typing import NDArray

from ..groups.abelian_structure import characters
from ..groups.character_table import CharacterTable
from ..groups.cyclotomic import Cyclotomic
from ..groups.dixon import prime_and_root, reduced
from ..groups.irreps_abelian import _label
from ..groups.permutation import Permutation
from ..groups.permutation_group import PermutationGroup
from ..groups.structure import structure_of
from .automata.acting_elements import acting_letters, acting_states
from .automata.acting_group import generated_group, group_task_of
from .automata.automaton import Automaton
from .automata.group_task import GroupTask
from .cover import Problem, reduce_points

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class RealIrrep:
    """A real irrep of the letters' group, as a task sees it.

    Attributes:
        label: its name among the real irreps.
        rows: its complex constituents, as rows of the character table (for abelian groups, of `characters`).
        degree: the real degree.
        complex_degree: the degree of a complex constituent.
        indicator: +1 real, 0 complex, −1 quaternionic type.
        fixed: dim V^K over the reals.
        stuck: the points not told from the start, as a bit mask: classes of elements where K is trivial, else states.
        ranks: rank(ρ(x) − 1) for each letter, in order.
    """

    label: str
    rows: tuple[int, ...]
    degree: int
    complex_degree: int
    indicator: int
    fixed: int
    stuck: int
    ranks: tuple[int, ...]

    @property
    def copies(self) -> int:
        """How many complex irreps make it up: 1 for real type, else 2."""
        return self.degree // self.complex_degree

    @property
    def rank(self) -> int:
        """The largest number of dimensions that a letter moves."""
        return max(self.ranks, default=0)


@dataclass(frozen=True)
class TaskIrreps:
    """The real irreps with V^K ≠ 0 of a group task: those that can tell any states apart.

    Attributes:
        task: the task.
        group: the group that the letters generate.
        irreps: by degree, the trivial one first.
        points: the number of points to separate, and `start` the position of the start among them.
        start: see `points`.
        all_letters: whether every element of the group acts on the states as some letter does.
        class_ranks: rank(ρ(g) − 1) of the complex irreps, (rows, classes); empty for abelian groups.
    """

    task: GroupTask
    group: PermutationGroup
    irreps: tuple[RealIrrep, ...]
    points: int
    start: int
    all_letters: bool
    class_ranks: tuple[tuple[int, ...], ...] = field(default=(), repr=False)

    @cached_property
    def problem(self) -> Problem:
        """The covering problem over all irreps."""
        found = reduce_points([v.stuck for v in self.irreps], self.points, self.start)
        assert found is not None, "the irreps of a group separate the points it moves"
        return found

    def separates(self, chosen: Sequence[RealIrrep]) -> bool:
        """Whether these irreps tell every state from the start."""
        left = (1 << self.points) - 1
        for v in chosen:
            left &= v.stuck
        return left == 1 << self.start


def task_irreps(task: GroupTask) -> TaskIrreps:
    """The real irreps of a group task.

    Raises:
        TooLargeError: for a group too large to list, or with more than 1200 classes.

    Example:
        >>> from bistate.groups import SymmetricGroup
        >>> from bistate.theory import Automaton, group_task_of
        >>> data = task_irreps(group_task_of(Automaton.word_problem(SymmetricGroup(3))))
        >>> [(v.label, v.degree, v.rank) for v in data.irreps]
        [('[3]', 1, 0), ('[1,1,1]', 1, 1), ('[2,1]', 2, 2)]
    """
    group = generated_group(task)
    return _abelian(task, group) if group.is_abelian else _by_table(task, group)


def task_of_permutations(automaton: Automaton) -> TaskIrreps | None:
    """The irreps of a task whose letters permute the states; None where letters merge states.

    Raises:
        TooLargeError: for a group too large to list, or with more than 1200 classes.
    """
    if not automaton.is_permutation:
        return None
    return task_irreps(group_task_of(automaton))


def character_rows(data: TaskIrreps) -> dict[tuple[Fraction, ...], int]:
    """Of an abelian group: the row of each character by its angles."""
    return {turns: i for i, turns in enumerate(characters(structure_of(data.group)))}


def character_turn(data: TaskIrreps, v: RealIrrep, element: Permutation) -> Fraction:
    """Of an abelian group: the value of the irrep's first character as a fraction of a turn in [0, 1)."""
    structure = structure_of(data.group)
    turns = characters(structure)[v.rows[0]]
    return sum((a * x for a, x in zip(structure.exponents[element], turns, strict=True)), start=Fraction(0)) % 1


def real_ranks(data: TaskIrreps, v: RealIrrep, elements: Sequence[Permutation]) -> tuple[int, ...]:
    """rank(ρ(g) − 1) for elements of the group other than the letters."""
    if data.group.is_abelian:
        return tuple(v.degree * (character_turn(data, v, g) != 0) for g in elements)
    return tuple(int(data.class_ranks[v.rows[0]][data.group.class_of(g)]) * v.copies for g in elements)


def eigenvalues(data: TaskIrreps, v: RealIrrep, element: Permutation) -> list[int]:
    """How often exp(2πik/n) is an eigenvalue of ρ(g) of the real irrep, for k = 0, …, n − 1, n the order of g.

    (1/n) Σ_j χ(g^j) exp(−2πijk/n), an integer of at most χ(1) < p, from residues modulo p.
    """
    order = element.order
    if data.group.is_abelian:
        turn = character_turn(data, v, element)
        found = [int(turn * order == k) for k in range(order)]
    else:
        prime, root = prime_and_root(data.group)
        row, e = data.group.character_table().values[v.rows[0]], data.group.exponent
        values = [reduced(row[data.group.class_of(element**j)], prime, root, e) for j in range(order)]
        step = pow(root, e // order, prime)
        powers = [pow(step, k, prime) for k in range(order)]
        inverse = pow(order, -1, prime)
        found = [sum(x * powers[-j * k % order] for j, x in enumerate(values)) * inverse % prime for k in range(order)]
    return found if v.copies == 1 else [found[k] + found[-k % order] for k in range(order)]


# --- abelian groups: by the angles of their characters ---


def _abelian(task: GroupTask, group: PermutationGroup) -> TaskIrreps:
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


# --- other groups: by the character table ---


def _by_table(task: GroupTask, group: PermutationGroup) -> TaskIrreps:
    table = group.character_table()
    prime, root = prime_and_root(group)
    known: dict[Cyclotomic, int] = {}
    for value in (value for row in table.values for value in row):
        if value not in known:
            known[value] = reduced(value, prime, root, group.exponent)
    residues = np.array([[known[value] for value in row] for row in table.values], dtype=np.int64)  # (rows, classes)
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
    return [label if kind == 1 else f"{label}+{label}*" for label, kind in kinds]


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
