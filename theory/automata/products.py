"""Automata made to order: resets, saturating counters and products."""

from __future__ import annotations

from collections.abc import Hashable

from ..errors import AutomatonError
from ..machine import Machine
from .parts import Parts

KEEP = "keep"
SHARED, SEPARATE = "shared", "separate"


def reset_automaton(states: int, keep: bool = True) -> Parts:
    """A memory of n values: letter r goes to state r from everywhere; with `keep` one more letter changes nothing.

    Two states and `keep` make the flip-flop.

    Raises:
        AutomatonError: unless there is at least one state.

    Example:
        >>> from bistate.theory import Automaton
        >>> Automaton.reset(3).run([2, "keep", 1, "keep"])
        1
    """
    _require_size(states, 1, "states")
    letters: list[Hashable] = [*range(states), *([KEEP] if keep else [])]
    table = [[*range(states), *([q] if keep else [])] for q in range(states)]
    return Parts(range(states), letters, table, 0)


def saturating_counter(threshold: int, reset: bool = False, down: bool = False) -> Parts:
    """Count the letter "up" to a threshold and stay there: states 0, …, n.

    Args:
        threshold: n.
        reset: with a letter "reset" that goes to 0.
        down: with a letter "down" that counts back, and stays at 0.

    Raises:
        AutomatonError: unless the threshold is at least 1.

    Example:
        >>> from bistate.theory import Automaton
        >>> Automaton.counter(2, reset=True).run(["up"] * 5)
        2
    """
    _require_size(threshold, 1, "threshold")
    moves = {"up": lambda q: min(q + 1, threshold)}
    if down:
        moves["down"] = lambda q: max(q - 1, 0)
    if reset:
        moves["reset"] = lambda _q: 0
    table = [[move(q) for move in moves.values()] for q in range(threshold + 1)]
    return Parts(range(threshold + 1), list(moves), table, 0)


def product(first: Machine, second: Machine, letters: str = SHARED) -> Parts:
    """Two automata side by side; states are the pairs that words reach.

    Args:
        first: A.
        second: B.
        letters: "shared": both read every letter, and have the same ones; "separate": letters are (0, x) for a letter x
            that A reads and (1, y) for a letter y that B reads, while the other one waits.

    Raises:
        AutomatonError: for another option, or shared letters that differ.

    Example:
        >>> from bistate.theory import Automaton
        >>> both = Automaton.parity().product(Automaton.modular_addition(3), letters="separate")
        >>> both.run([(0, 1), (1, 2), (1, 2)])
        (1, 1)
    """
    if letters not in (SHARED, SEPARATE):
        raise AutomatonError(f"letters {letters!r} is not known; choose {SHARED!r} or {SEPARATE!r}")
    moves: list[tuple[int | None, int | None]]
    if letters == SHARED:
        if set(first.letters) != set(second.letters):
            raise AutomatonError(
                f"the automata have different letters, {first.letters!r} and {second.letters!r}: take "
                f"letters={SEPARATE!r}"
            )
        alphabet: list[Hashable] = list(first.letters)
        place_in_second = {x: k for k, x in enumerate(second.letters)}
        moves = [(k, place_in_second[x]) for k, x in enumerate(first.letters)]
    else:
        alphabet = [*((0, x) for x in first.letters), *((1, y) for y in second.letters)]
        moves = [(k, None) for k in range(len(first.letters))] + [(None, k) for k in range(len(second.letters))]
    start = (first.states.index(first.start), second.states.index(second.start))
    place, queue, table = {start: 0}, [start], []
    for p, q in queue:
        row = []
        for i, j in moves:
            there = (
                p if i is None else int(first.table[p, i]),
                q if j is None else int(second.table[q, j]),
            )
            if there not in place:
                place[there] = len(place)
                queue.append(there)
            row.append(place[there])
        table.append(row)
    states = [(first.states[p], second.states[q]) for p, q in queue]
    return Parts(states, alphabet, table, states[0])


def _require_size(value: object, least: int, what: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise AutomatonError(f"{what}={value!r} has to be an integer of at least {least}")
