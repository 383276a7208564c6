"""What stops a transition family from doing a task: each obstruction found is named with its letters and states."""

from __future__ import annotations

from .automaton import Automaton
from .errors import RungError
from .rung import Rung


def require_permutations(automaton: Automaton, rung: Rung) -> None:
    """Refuse an automaton with a letter that merges two states.

    Raises:
        RungError: naming the letter and the states.
    """
    for k, letter in enumerate(automaton.letters):
        first: dict[int, int] = {}
        for state, image in enumerate(automaton.table[:, k].tolist()):
            if image in first:
                a, b, c = (automaton.states[i] for i in (first[image], state, image))
                raise RungError(
                    f"rung {rung.value!r} cannot do this task: letter {letter!r} merges the states {a!r} and {b!r} "
                    f"into {c!r}, and the exact {rung.value} weights built here are invertible; use rung 'full'"
                )
            first[image] = state


def require_commuting(automaton: Automaton, rung: Rung) -> None:
    """Refuse an automaton in which the order of two letters matters.

    Transitions with a common eigenbasis commute, so word order is invisible to them (arXiv:2505.21749, section 4).

    Raises:
        RungError: naming two letters, a state and the two outcomes.
    """
    table = automaton.table
    for j in range(len(automaton.letters)):
        for k in range(j):
            xy, yx = table[table[:, j], k], table[table[:, k], j]
            if (xy != yx).any():
                q = int((xy != yx).argmax())
                x, y = automaton.letters[j], automaton.letters[k]
                raise RungError(
                    f"rung {rung.value!r} cannot do this task: its transitions all commute, but letters {x!r} and "
                    f"{y!r} do not: from state {automaton.states[q]!r}, {x!r} then {y!r} leads to "
                    f"{automaton.states[int(xy[q])]!r}, {y!r} then {x!r} to {automaton.states[int(yx[q])]!r}"
                )


def require_involutions(automaton: Automaton, rung: Rung) -> None:
    """Refuse an automaton with a letter that is not its own inverse.

    Raises:
        RungError: naming the letter and a state to which it does not come back.
    """
    for k, letter in enumerate(automaton.letters):
        twice = automaton.table[automaton.table[:, k], k]
        moved = twice != range(len(automaton.states))
        if moved.any():
            q = int(moved.argmax())
            raise RungError(
                f"rung {rung.value!r} cannot do this task: real diagonal transitions track only groups in which every "
                f"element is its own inverse, but letter {letter!r} applied twice takes state "
                f"{automaton.states[q]!r} to {automaton.states[int(twice[q])]!r}"
            )
