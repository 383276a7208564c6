"""Word problems with numbers for group elements, as data sets have them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ...groups.group import PermutationGroup
from ...groups.permutations.permutation import Permutation
from ..automata.automaton import Automaton
from ..automata.group_task import GroupTask
from ..automata.transition_table import reachable
from ..errors import AutomatonError


def lexicographic(group: PermutationGroup) -> tuple[Permutation, ...]:
    """The elements in the lexicographic order of their image tuples; the rank is the id, and the identity has id 0.

    Example:
        >>> from bistate.groups import SymmetricGroup
        >>> [tuple(g) for g in lexicographic(SymmetricGroup(3))]
        [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
    """
    return tuple(sorted(group.elements, key=tuple))


def word_problem(
    group: PermutationGroup,
    elements: Sequence[Permutation],
    side: str,
    letters: Mapping[int, Permutation] | None = None,
) -> Automaton:
    """The product of the letters, by ids: states 0, …, |G|−1 are `elements` in this order.

    Args:
        group: G.
        elements: all of them, the identity first.
        side: "right", g to g*x, or "left", g to x*g.
        letters: the element of each token id; None: all elements, by their ids.

    Raises:
        AutomatonError: unless the elements are those of the group and the letters generate it.
    """
    if sorted(map(tuple, elements)) != sorted(map(tuple, group.elements)) or elements[0] != group.identity:
        raise AutomatonError("the elements of the group are needed, each once and the identity first")
    alphabet = dict(enumerate(elements)) if letters is None else dict(letters)
    place = np.empty(group.order, dtype=np.int64)  # the id of the element with a position in group.elements
    position = np.array([group.index(g) for g in elements])
    place[position] = np.arange(group.order)
    action = group.left_action if side == "left" else group.right_action
    columns = [place[np.asarray(action(x))[position]] for x in alphabet.values()]
    table = np.stack(columns, axis=1)  # (states, letters)
    if not reachable(table, 0).all():
        raise AutomatonError("the letters do not generate the group")
    task = GroupTask(group, tuple(alphabet.values()), tuple(elements), side, "element", (group.identity,))
    return Automaton(range(group.order), tuple(alphabet), table, 0, group_task=task)


def moving_at_most(elements: Iterable[Permutation], points: int) -> dict[int, Permutation]:
    """The elements that move at most so many points, the identity among them, by their ids."""
    return {k: g for k, g in enumerate(elements) if sum(g[i] != i for i in range(g.degree)) <= points}
