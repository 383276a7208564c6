"""The ladder of the product of any elements of a group: by its characters, without the table of order² products.

All elements are letters, and conjugate letters move as many dimensions in every irrep, so one of each class is enough:
the characters and the classes hold all that the bounds need. The alphabet contains the identity, a letter that fixes
every state: from three states on, no open set of weights is right for ever (docs/robust.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...groups.group import PermutationGroup
from ...groups.permutations.permutation import Permutation
from ..automata.automaton import Automaton
from ..constructions.choose import realize
from ..robust.decision import FixedStates, Robustness
from ..separation.abelian_elements import elements_of_abelian
from ..separation.by_characters import irreps_of_elements
from ..stacks.stacked_weights import StackedWeights
from ..verdict import Outcome
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights
from .depth_rows import group_depth_rows
from .group_rows import abelian_element_rows, element_rows
from .ladder_row import Ladder
from .quaternion_row import quaternion_row


@dataclass(frozen=True, eq=False)
class _WordProblem:
    """The word problem of a group, made when it is first asked for; a pickle holds the group alone."""

    group: PermutationGroup

    @cached_property
    def _automaton(self) -> Automaton:
        return Automaton.word_problem(self.group)

    def __reduce__(self) -> tuple[Any, ...]:
        return _WordProblem, (self.group,)

    def __call__(self) -> Automaton:
        return self._automaton

    def weights(self, rung: Rung) -> BilinearWeights:
        return realize(self(), rung)

    def stack(self, layers: Rung) -> StackedWeights:
        return realize(self(), "stack", layers=layers)


def element_ladder(group: PermutationGroup) -> Ladder:
    """The ladder of the word problem of a group of order 3 or more, with all elements as letters.

    Weights are built from the table of products when they are asked for, so up to 10⁴ elements.

    Raises:
        TooLargeError: where the group has no character table within the limits; for an abelian one above 10⁵ elements.
    """
    task = _WordProblem(group)
    if group.is_abelian:
        elements = elements_of_abelian(group)
        data = elements.data
        rows = abelian_element_rows(elements, task.weights)
        three = FixedStates((group.identity,), elements.first)
    else:
        data = irreps_of_elements(group)
        rows = element_rows(data, task.weights, _do_not_commute(group))
        three = FixedStates((group.identity,), _three_elements(group))
    count = group.order
    about = f"{count} states, {count} letters; group of order {count}, all elements as letters"
    robust = Robustness(Outcome.REFUTED, str(three), three.word, three=three)
    depths = group_depth_rows(group, task.stack)
    return Ladder((*rows, *quaternion_row(task, data), *depths), about, robust)


def _do_not_commute(group: PermutationGroup) -> str:
    x, y = next((x, y) for x in group.generators for y in group.generators if x * y != y * x)
    return (
        f"its transitions all commute, but letters {x!r} and {y!r} do not: from state {group.identity!r}, {x!r} then "
        f"{y!r} leads to {y * x!r}, {y!r} then {x!r} to {x * y!r}"
    )


def _three_elements(group: PermutationGroup) -> tuple[Permutation, ...]:
    """Three states; the word of the identity fixes all of them."""
    states: list[Permutation] = [group.identity]
    for g in group.generators:
        states += [x for x in (g, g * g) if x not in states]
    for g in group.generators:  # two generators that do not commute are enough
        states += [x for x in (g * h for h in group.generators) if x not in states]
    return tuple(states[:3])
