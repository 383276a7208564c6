"""Counters that stop at a threshold, in two positive diagonal units: right by cones.

Letters add e_x ≥ 0 to a level of 0, 1, …, n − 1, which stays at n − 1 once it is there. With A[x] = diag(1, 2^{−e_x})
and h_0 = (1, 1) a level ℓ < n − 1 is the ray (1, 2^{−ℓ}), and the last one the cone of the (1, t) for
0 < t < ¾ · 2^{−(n−2)}.
Words reach infinitely many directions, and the readout, the tangents of a parabola between the levels, is right in all.
"""

from __future__ import annotations

from fractions import Fraction

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ..automata.automaton import Automaton
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights
from .cone_weights import ConeWeights

LEVELS = 1000  # entries of the readout are 2^−LEVELS


def saturating_weights(automaton: Automaton, rung: Rung = Rung.POSITIVE) -> ConeWeights | None:
    """Two positive diagonal units for an automaton whose letters add to a level; None for others.

    Example:
        >>> from bistate.theory import Automaton
        >>> found = saturating_weights(Automaton.counter(5))
        >>> found.weights.transitions[0], found.prove(Automaton.counter(5)).proved
        (ExactMatrix([[1, 0], [0, Fraction(1, 2)]]), True)
    """
    levels = _levels(automaton)
    if levels is None:
        return None
    last = len(levels) - 1
    added = [levels[automaton.table[automaton.start_index, k]] for k in range(len(automaton.letters))]
    points = [Fraction(1, 2**level) for level in range(last + 1)]
    # Lines C_ℓ(1, t) = s_ℓ t + b_ℓ, one above the next from a cut between two points on.
    rows = {last: [Fraction(0), Fraction(0)]}
    for level in reversed(range(last)):
        cut = (points[level] + points[level + 1]) / 2
        below = rows[level + 1]
        rows[level] = [below[0] - cut, below[1] + 1]
    cones = [ExactMatrix([[1], [point]]) for point in points[:-1]]
    cones.append(ExactMatrix([[1, 1], [0, (points[-2] + points[-1]) / 2]]))
    weights = BilinearWeights(
        letters=automaton.letters,
        states=automaton.states,
        transitions=tuple(ExactMatrix([[1, 0], [0, Fraction(1, 2**e)]]) for e in added),
        initial=ExactMatrix([[1], [1]]),
        readout=ExactMatrix([rows[level] for level in levels]),
        blocks=(1, 1),
        rung=rung,
        note="a level that halves, cones in the plane",
    )
    found = ConeWeights(weights, tuple(cones[level] for level in levels))
    verdict = found.prove(automaton)
    assert verdict.proved, f"a construction failed its own proof: {verdict.reason}"
    return found


def _levels(automaton: Automaton) -> list[int] | None:
    """The level of each state; None unless letters add to levels."""
    size, table = len(automaton.states), automaton.table.tolist()
    if not 2 <= size <= LEVELS or automaton.outputs is not None:
        return None
    for x in range(len(automaton.letters)):
        levels = {automaton.start_index: 0}
        here = automaton.start_index
        while (there := table[here][x]) not in levels:
            levels[there] = len(levels)
            here = there
        if len(levels) == size and there == here:
            return [levels[q] for q in range(size)] if _adds(table, levels, automaton.start_index) else None
    return None


def _adds(table: list[list[int]], levels: dict[int, int], start: int) -> bool:
    last = len(levels) - 1
    return all(
        levels[there] == min(levels[q] + levels[table[start][x]], last)
        for q, row in enumerate(table)
        for x, there in enumerate(row)
    )
