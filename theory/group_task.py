"""Group tasks: automata whose letters act as elements of a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..groups.group import PermutationGroup
from ..groups.permutations.permutation import Permutation
from .errors import AutomatonError

if TYPE_CHECKING:
    from .automaton import Automaton


@dataclass(frozen=True)
class GroupTask:
    """How an automaton comes from a group G.

    Side "left": letter x takes state g·start to (x*g)·start. Side "right", element tracking only: g to g*x.

    Attributes:
        group: G.
        letters: the group element of each letter.
        states: a representative g_q of each state, q = g_q · start; the identity for the start state.
        side: "left" or "right".
        track: "element" (states are elements) or "point" (states are points that G moves).
        stabiliser: the elements that fix the start state; the identity alone for element tracking.
    """

    group: PermutationGroup
    letters: tuple[Permutation, ...]
    states: tuple[Permutation, ...]
    side: str
    track: str
    stabiliser: tuple[Permutation, ...]


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


def representatives(letters: tuple[Permutation, ...], start: int) -> dict[int, Permutation]:
    """For each point that the letters reach, a shortest product of letters that takes the start there."""
    found = {start: Permutation.identity(letters[0].degree)}
    queue = [start]
    for here in queue:
        for x in letters:
            if x[here] not in found:
                found[x[here]] = x * found[here]
                queue.append(x[here])
    return found


def stabiliser_of(group: PermutationGroup, point: int) -> tuple[Permutation, ...]:
    """The elements {g ∈ G : g(point) = point}, in the order of `group.elements`.

    Raises:
        TooLargeError: if the group has too many elements to list.
    """
    return tuple(g for g in group.elements if g[point] == point)
