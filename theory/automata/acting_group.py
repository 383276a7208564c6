"""The group that acts in an automaton: its own, or the one that its letters generate."""

from __future__ import annotations

from ...groups.group import PermutationGroup
from ...groups.permutations.permutation import Permutation
from ..errors import AutomatonError
from .automaton import Automaton
from .group_task import GroupTask, representatives, stabiliser_of


def group_task_of(automaton: Automaton) -> GroupTask:
    """The group task of an automaton: its own, or the permutation group that its letters generate on the states.

    Derived tasks have side "left" and the positions of the states as points. They track elements when the group has as
    many elements as there are states, and points otherwise.

    Raises:
        AutomatonError: if some letter merges two states, so that no group is acting.
        TooLargeError: if the letters generate more elements than can be listed.

    Example:
        >>> from bistate.theory import Automaton
        >>> group_task_of(Automaton.modular_addition(4)).group
        CyclicGroup(4)
    """
    if automaton.group_task is not None:
        return automaton.group_task
    merged = automaton.merged_states()
    if merged is not None:
        letter, first, second = merged
        raise AutomatonError(
            f"letter {letter!r} takes the states {first!r} and {second!r} to one, so the letters generate no group"
        )
    letters = tuple(Permutation(column) for column in automaton.table.T.tolist())
    group = PermutationGroup(letters, degree=len(automaton.states))
    to_state = representatives(letters, automaton.start_index)
    states = tuple(to_state[q] for q in range(len(automaton.states)))
    if group.order == len(states):  # regular: only the identity fixes a state
        return GroupTask(group, letters, states, "left", "element", (group.identity,))
    return GroupTask(group, letters, states, "left", "point", stabiliser_of(group, automaton.start_index))


def generated_group(task: GroupTask) -> PermutationGroup:
    """The group that the letters generate: the group of the task itself where they generate all of it."""
    # Schreier and Sims with a thousand generators takes minutes, so the cases that need no order come first.
    if (task.track == "element" and len(task.states) == task.group.order) or set(task.group.generators) <= set(
        task.letters
    ):
        return task.group
    generated = PermutationGroup(task.letters, degree=task.group.degree)
    return task.group if generated.order == task.group.order else generated
