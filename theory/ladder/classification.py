"""The ladder: for any task, which transition families can do it, and how small."""

from __future__ import annotations

from functools import partial

from ...groups.errors import TooLargeError
from ...groups.group import PermutationGroup
from ..automata.automaton import Automaton
from ..constructions.choose import realize
from ..constructions.two_transitive import is_two_transitive
from ..errors import AutomatonError, RungError
from ..robust.decision import robustness
from ..separation.task_irreps import task_of_permutations
from ..stacks.construction import acting
from ..stacks.stacked_weights import StackedWeights
from ..weights.rung import Rung
from .automaton_rows import automaton_rows
from .depth_rows import NAMES, group_depth_rows, two_transitive_depth_rows
from .element_rows import element_ladder
from .group_rows import group_rows
from .labelled_rows import labelled_rows
from .ladder_row import Ladder, LadderRow
from .quaternion_row import quaternion_row
from .two_transitive_rows import two_transitive_rows


def classify(automaton: Automaton | PermutationGroup, only: str | None = None) -> Ladder:
    """For every rung the least size of exact weights that track a task, with certificates both ways.

    Rungs: positive, diagonal, rotation, block, householder, householder_per_head, monomial, cp, full (docs/ladder.md);
    `quaternion`, with a decoder that is many-to-one, where it is known; depth_positive, depth_diagonal, depth_rotation:
    the least number of layers of a stack (docs/depth.md). Letters may act identically; states that no
    word reaches are refused when the automaton is made. With outputs, the task is the label after a word.

    A group means the product of any of its elements, as `Automaton.word_problem(group)` does, without its table of
    order² products: characters are enough, and for abelian groups generators, up to 10⁵ elements.

    Tasks whose letters permute the states are answered by the characters of the group that the letters generate, up to
    500 000 elements and 1200 conjugacy classes. For larger groups, and for letters that merge states, intervals come
    from the subgroups of the transition monoid and from constructions; see `bistate.theory.ladder.automaton_rows`.

    Args:
        automaton: the task, or a group.
        only: a rung whose row is enough. Where letters merge states the others are then left out, for much less work.

    Returns:
        A mapping from a rung's name to its `LadderRow`: `.size` is an int where the least size is known, None where the
        rung cannot do the task, else a pair (lower, upper); `.weights` builds and proves the witness. Its `.robust`
        says whether weights of the full family can be right for ever together with all weights near them.

    Raises:
        AutomatonError: for anything but an automaton or a group.
        RungError: if `only` is no rung.

    Example:
        >>> from bistate.groups import AlternatingGroup
        >>> from bistate.theory import Automaton
        >>> ladder = classify(Automaton.word_problem(AlternatingGroup(5)))
        >>> ladder["full"].size, ladder["householder"].size, ladder["rotation"].size
        (3, 2, None)
        >>> ladder["householder"].weights.prove(Automaton.word_problem(AlternatingGroup(5))).proved
        True
    """
    if not isinstance(automaton, Automaton | PermutationGroup):
        raise AutomatonError(
            f"{automaton!r} is no automaton; Automaton.word_problem(group), Automaton.from_regex(text) and others "
            "make one"
        )
    if only is not None and only not in (*Rung, *NAMES):
        raise RungError(f"only={only!r} is no rung; the rungs are {', '.join((*Rung, *NAMES))}")
    if isinstance(automaton, PermutationGroup):
        if automaton.order > 2:
            return element_ladder(automaton)
        automaton = Automaton.word_problem(automaton)
    if automaton.outputs is not None:
        machine = automaton.minimize()
        rows, task = _of_states(machine.with_outputs(None), only)
        what = f"{len(machine.labels)} label{'s' * (len(machine.labels) != 1)} of the minimal Moore machine: "
        return Ladder(tuple(labelled_rows(machine, rows)), what + task, robustness(machine))
    return Ladder(*_of_states(automaton, only), robustness(automaton))


def _of_states(automaton: Automaton, only: str | None) -> tuple[tuple[LadderRow, ...], str]:
    """The rows of a task whose states are its labels, and a line about it."""
    stack = partial(_stack, automaton)
    what = f"{len(automaton.states)} states, {len(automaton.letters)} letter{'s' * (len(automaton.letters) != 1)}; "
    if is_two_transitive(automaton):
        rows = [*two_transitive_rows(automaton), *two_transitive_depth_rows(automaton, stack)]
        return tuple(rows), what + "letters act two-transitively"
    try:
        data = task_of_permutations(automaton)
    except TooLargeError:
        data = None
    if data is None:
        rows = automaton_rows(automaton, only)
        what += "letters permute the states" if automaton.is_permutation else "letters merge states"
    else:
        rows = [*group_rows(automaton, data), *quaternion_row(partial(_same, automaton), data)]
        rows += group_depth_rows(acting(automaton)[0], stack)
        letters = "all elements as letters" if data.all_letters else "not all elements are letters"
        what += f"group of order {data.group.order}, {letters}"
    return tuple(rows), what


def _stack(automaton: Automaton, layers: Rung) -> StackedWeights:
    return realize(automaton, "stack", layers=layers)


def _same(automaton: Automaton) -> Automaton:
    return automaton
