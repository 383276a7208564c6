"""The ladder of the product of any elements of a group: by its characters, without the table of order² products.

All elements are letters, and conjugate letters move as many dimensions in every irrep, so one of each class is enough:
the characters and the classes hold all that the bounds need. The alphabet contains the identity, a letter that fixes
every state: from three states on, no open set of weights is right for ever (docs/robust.md).
"""

from __future__ import annotations

from functools import cache

from ...groups.group import PermutationGroup
from ...groups.permutations.permutation import Permutation
from ..automata.automaton import Automaton
from ..constructions.choose import realize
from ..robust.decision import FixedStates, Robustness
from ..separation.by_characters import irreps_of_elements
from ..verdict import Outcome
from .group_rows import element_rows
from .ladder_row import Ladder
from .quaternion_row import quaternion_row


def element_ladder(group: PermutationGroup) -> Ladder:
    """The ladder of the word problem of a group that does not commute, with all elements as letters.

    Weights are built from the table of products when they are asked for, so up to 10⁴ elements.

    Raises:
        TooLargeError: where the group has no character table within the limits.
    """
    data = irreps_of_elements(group)

    @cache
    def task() -> Automaton:
        return Automaton.word_problem(group)

    rows = element_rows(data, lambda rung: realize(task(), rung), _do_not_commute(group))
    count = group.order
    about = f"{count} states, {count} letters; group of order {count}, all elements as letters"
    return Ladder((*rows, *quaternion_row(task, data)), about, _fixed_by_the_identity(group))


def _do_not_commute(group: PermutationGroup) -> str:
    x, y = next((x, y) for x in group.generators for y in group.generators if x * y != y * x)
    return (
        f"its transitions all commute, but letters {x!r} and {y!r} do not: from state {group.identity!r}, {x!r} then "
        f"{y!r} leads to {y * x!r}, {y!r} then {x!r} to {x * y!r}"
    )


def _fixed_by_the_identity(group: PermutationGroup) -> Robustness:
    """The word of the identity fixes every state; three are named."""
    states: list[Permutation] = [group.identity]
    for g in group.generators:
        states += [x for x in (g, g * g) if x not in states]
    for g in group.generators:  # two generators that do not commute are enough
        states += [x for x in (g * h for h in group.generators) if x not in states]
    three = FixedStates((group.identity,), tuple(states[:3]))
    return Robustness(Outcome.REFUTED, str(three), three.word, three=three)
