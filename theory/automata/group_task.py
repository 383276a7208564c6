"""Group tasks: automata whose letters act as elements of a group."""

from __future__ import annotations

from dataclasses import dataclass

from ...groups.group import PermutationGroup
from ...groups.permutations.permutation import Permutation


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

    @property
    def stabilizer(self) -> tuple[Permutation, ...]:
        """The same as `stabiliser`, in the spelling of the other public names."""
        return self.stabiliser


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
