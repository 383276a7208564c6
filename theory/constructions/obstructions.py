"""What stops a transition family from doing a task: each obstruction found is named with its letters and states."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from ..automata.automaton import Automaton
from ..errors import RungError
from ..weights.rung import Rung


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
    found = automaton.noncommuting_letters()
    if found is None:
        return
    x, y, state = found
    xy, yx = (_after(automaton, state, word) for word in ((x, y), (y, x)))
    raise RungError(
        f"rung {rung.value!r} cannot do this task: its transitions all commute, but letters {x!r} and {y!r} do not: "
        f"from state {state!r}, {x!r} then {y!r} leads to {xy!r}, {y!r} then {x!r} to {yx!r}"
    )


def _after(automaton: Automaton, state: Hashable, word: tuple[Hashable, ...]) -> Hashable:
    q = automaton.state_index(state)
    for k in automaton.encode(word).tolist():
        q = int(automaton.table[q, k])
    return automaton.states[q]


def require_involutions(automaton: Automaton, rung: Rung) -> None:
    """Refuse an automaton with a letter that has a cycle of states longer than two.

    The entries of A[x]² are squares, so along the powers of xx all logits are sums of c·aⁿ with a ≥ 0, their order
    stops changing, and xx has no cycle of states but fixed points (docs/ladder.md).

    Raises:
        RungError: naming the letter and a state on a longer cycle.
    """
    for k, letter in enumerate(automaton.letters):
        q = _on_cycle(automaton, k, 2)
        if q is not None:
            twice = int(automaton.table[automaton.table[q, k], k])
            raise applied_twice(rung, letter, automaton.states[q], automaton.states[twice])


def applied_twice(rung: Rung, letter: Hashable, here: Hashable, there: Hashable) -> RungError:
    """The obstruction of a letter that takes the state `here` to another one in two steps, on a cycle."""
    return RungError(
        f"rung {rung.value!r} cannot do this task: real diagonal transitions track only groups in which every "
        f"element is its own inverse, but letter {letter!r} applied twice takes state {here!r} to {there!r}"
    )


def require_no_cycles(automaton: Automaton, rung: Rung) -> None:
    """Refuse an automaton with a letter that has a cycle of more than one state.

    With A[x] = diag(a), a > 0, the logits along the powers of x are sums of c·aⁿ; their differences change sign
    finitely often (Descartes), so the state chosen stops changing (arXiv:2411.12537; docs/ladder.md).

    Raises:
        RungError: naming the letter and two states of the cycle.
    """
    for k, letter in enumerate(automaton.letters):
        q = _on_cycle(automaton, k, 1)
        if q is not None:
            there = automaton.states[int(automaton.table[q, k])]
            raise round_a_cycle(rung, letter, automaton.states[q], there)


def round_a_cycle(rung: Rung, letter: Hashable, here: Hashable, there: Hashable) -> RungError:
    """The obstruction of a letter that takes the state `here` to another one, on a cycle."""
    return RungError(
        f"rung {rung.value!r} cannot do this task: with positive diagonal transitions the state chosen along "
        f"repetitions of a letter stops changing, but letter {letter!r} goes round a cycle through "
        f"{here!r} and {there!r}; they track no non-trivial group"
    )


def _on_cycle(automaton: Automaton, k: int, longest: int) -> int | None:
    """A state on a cycle of the letter's powers that is longer than `longest` (1 or 2); None if there is none."""
    step = automaton.table[:, k]
    image = np.arange(len(step))
    for _ in range(len(step).bit_length() + 1):  # step^n for some n ≥ states: only states on cycles are left
        step = step[step]
    for q in np.unique(step[image]).tolist():
        there = int(automaton.table[q, k])
        if longest == 2:
            there = int(automaton.table[there, k])
        if there != q:
            return q
    return None
