"""The real irreps of a task and how its group's elements act in them, whichever way they are found."""

from __future__ import annotations

from collections.abc import Sequence

from ...groups.arithmetic.reduction import reduced
from ...groups.characters.dixon import prime_and_root
from ...groups.permutations.permutation import Permutation
from ..automata.acting_group import generated_group, group_task_of
from ..automata.automaton import Automaton
from ..automata.group_task import GroupTask
from .abelian_tasks import character_turn, irreps_by_angles
from .by_characters import irreps_by_table
from .real_irrep import RealIrrep, TaskIrreps


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
    return irreps_by_angles(task, group) if group.is_abelian else irreps_by_table(task, group)


def task_of_permutations(automaton: Automaton) -> TaskIrreps | None:
    """The irreps of a task whose letters permute the states; None where letters merge states.

    Raises:
        TooLargeError: for a group too large to list, or with more than 1200 classes.
    """
    if not automaton.is_permutation:
        return None
    return task_irreps(group_task_of(automaton))


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
