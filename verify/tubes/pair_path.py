"""The worst path through pairs of states and last letters, first and second order of one edge together.

The potential is the one of `worst_path`, on contexts and pairs; the radii of the error at a few lengths stand for those
in between, so that the bound is a sum of few slopes. `exact_check.pair_paths` has the mathematics.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..exact_check import WALKED
from ..exact_check.pair_paths import MOST_LEVELS, MOST_SEEN
from .attempt import Attempt, grid
from .bounds import Beginning, Steps
from .limits import (
    BEYOND,
    FEW_PAIRED,
    FOLLOWED_SINGLY,
    LEVEL_FLOOR,
    LEVEL_ROOM,
    LEVEL_ROUNDS,
    LEVELS,
    LEVELS_OF_MANY_PAIRED,
    MOST_PAIRED,
    PATH_ROUNDS,
    POTENTIAL,
    ROUNDS_OF_MANY_PAIRED,
)
from .worst_path import WorstPath

Floats = NDArray[Any]  # of float64
Safe = Callable[[Floats, WorstPath | None, float], bool]


@dataclass(frozen=True, eq=False)
class PairPath:
    """How the error in the directions K_p − K_q adds up.

    Attributes:
        rows: K, (states, hidden).
        pi: π, (contexts, states, states).
        radii: E, (levels, components).
        horizon: what is proved.
        begun: what the words of the prefix begin with.
        drift: what a letter adds at most where there are no errors.
        total: all that is added up to the horizon.
        beside: what errors of the remainder add to that, about.
    """

    rows: Floats
    pi: Floats
    radii: Floats
    horizon: int
    begun: float
    drift: float
    total: float
    beside: float


@dataclass(frozen=True, eq=False)
class _Edges:
    """What letters gain, in the order of where they lead, (contexts, letters, states, states), and of which errors.

    Attributes:
        gained: to first order; −∞ on the diagonal.
        missed: what they make of other errors, (…, components).
        source: where they come from, as indices of flat arrays (contexts, states, states).
    """

    gained: Floats
    missed: Floats
    source: NDArray[np.int64]

    def at(self, epsilon: Floats) -> Floats:
        """The whole gain for errors of these sizes."""
        return np.asarray(self.gained + self.missed @ epsilon)

    def potential(self, gain: Floats, rounds: int) -> Floats:
        """π with gain + π before − π after at most about the largest mean gain of a cycle."""
        value, history = np.zeros_like(gain[:, 0]), []
        for _ in range(rounds):
            value = (value.ravel()[self.source] + gain).max(axis=1)
            history.append(value)
        half = len(history) // 2
        mean = (history[-1].max() - history[half - 1].max()) / (len(history) - half)
        best = np.max([v - (t + 1) * mean for t, v in enumerate(history)], axis=0)
        best[~np.isfinite(best)] = 0
        return grid(best - best.min(), POTENTIAL)

    def rise(self, gain: Floats, pi: Floats) -> float:
        """The largest gain of an edge, with π before and after."""
        return max(0.0, float(((gain + pi.ravel()[self.source]).max(axis=1) - pi).max()))


def pair_path(
    attempt: Attempt, steps: Steps, beginning: Beginning, worst: WorstPath, proved: float, safe: Safe
) -> PairPath | None:
    """The path of an attempt that has a worst path; None where it is too large, or proves no more than `proved`.

    Args:
        attempt: coordinates and codes.
        steps: what letters do.
        beginning: the words that are multiplied out.
        worst: rows and what the readout sees beside them.
        proved: a length that is proved already.
        safe: whether errors of these sizes, and so much along a path, change no decision.
    """
    pairs, seen = len(steps.G) * len(worst.rows) ** 2, max(len(attempt.to), MOST_LEVELS * len(attempt.sizes))
    if pairs > MOST_PAIRED or pairs * seen > MOST_SEEN or len(worst.rows) < 2:
        return None
    edges, rows, prefix = _edges(attempt, steps, worst.rows), worst.rows, beginning.prefix
    few, worst_missed = edges.gained.size <= FEW_PAIRED, edges.missed[..., 1:].max(axis=(0, 1, 2, 3))
    rounds, levels = (PATH_ROUNDS, LEVELS) if few else (ROUNDS_OF_MANY_PAIRED, LEVELS_OF_MANY_PAIRED)
    best: PairPath | None = None
    reach = max(int(min(proved, WALKED)) - prefix, 1)
    for _ in range(LEVEL_ROUNDS):  # the potential and the radii are those of about the length that is proved
        pi = edges.potential(edges.at(_after(steps, beginning, reach // 2)), rounds)
        lengths = np.unique(np.linspace(0, min(reach * BEYOND + 2, WALKED - prefix), levels + 1).astype(int))
        at = np.array([_after(steps, beginning, int(t)) for t in lengths])
        if not np.isfinite(at).all():
            break
        radii = np.maximum(at[:-1], at[1:]) * (1 + LEVEL_ROOM)
        radii += LEVEL_FLOOR * radii.max()  # see there: dead blocks have errors as well
        radii = _no_less(radii, lengths, steps, beginning)
        W = np.concatenate([[0.0], np.cumsum(np.diff(lengths) * [edges.rise(edges.at(E), pi) for E in radii])])
        begun = _begun(attempt, beginning, rows, pi)
        W += begun
        path = replace(worst, pi=pi.max(axis=0))

        def holds(t: int, W: Floats = W, path: WorstPath = path, lengths: Floats = lengths) -> bool:
            return safe(_after(steps, beginning, t), path, float(np.interp(t, lengths, W)))

        low, high = 0, int(lengths[-1]) + 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if holds(middle) else (low, middle)
        if best is not None and low + prefix <= best.horizon:
            break
        drift, total = edges.rise(edges.gained, pi), float(np.interp(low, lengths, W))
        beside = low * float(worst_missed @ _after(steps, beginning, low // 2)[1:])
        best, reach = PairPath(rows, pi, radii, low + prefix, begun, drift, total, beside), max(low, 1)
    enough = best is not None and best.horizon > proved * (1 + LEVEL_ROOM)  # a claim may shrink a little
    return best if enough else None


def _after(steps: Steps, beginning: Beginning, t: int) -> Floats:
    """The errors t letters after the prefix, at most, by components."""
    begin = np.concatenate([beginning.epsilon, [0.0, 1.0]])
    with np.errstate(all="ignore"):
        return np.asarray((np.linalg.matrix_power(steps.affine(), t) @ begin)[:-2])


def _no_less(radii: Floats, lengths: Floats, steps: Steps, beginning: Beginning) -> Floats:
    """Radii of all lengths up to the next one: what is coupled to larger errors first grows and then shrinks."""
    epsilon, radii = beginning.epsilon, radii.copy()
    for t in range(1, min(int(lengths[-1]), FOLLOWED_SINGLY) + 1):
        epsilon = steps.M @ epsilon + steps.eta
        level = np.searchsorted(lengths, t) - 1  # lengths[level] < t <= lengths[level + 1]
        radii[level] = np.where(epsilon > radii[level], epsilon * (1 + LEVEL_ROOM), radii[level])
    return radii


def _edges(attempt: Attempt, steps: Steps, rows: Floats) -> _Edges:
    """Gains of first and second order of all edges."""
    states, letters = len(rows), attempt.letters
    before, _, after = attempt.edges(letters)
    duals = np.stack([attempt.dual(rows[:, p], k) for k, p in enumerate(attempt.parts)], axis=-1)  # (states, K)
    apart = rows[:, None] - rows[None]
    gained = np.empty((len(steps.G), states, states))
    missed = np.empty((*gained.shape, len(attempt.parts)))
    source = np.empty(gained.shape, dtype=np.int64)
    q = np.arange(states)
    for i, (G, turned, scales) in enumerate(zip(steps.G, steps.turns.T, attempt.scales, strict=True)):
        along = rows @ steps.drift[i].T  # [p, q]: K_p η(e, q)
        spare = duals @ steps.slack[i]
        pulled = rows[turned] @ G
        off = (pulled[:, None] - pulled[None]) / scales[:, None, None] - apart
        back = np.argsort(turned)  # the state before
        pairs = np.ix_(back, back)
        gain = (along + spare)[turned].T - (along - spare)[turned, q][:, None]
        np.fill_diagonal(gain, -np.inf)
        gained[i] = gain[pairs]
        missed[i] = np.stack([attempt.dual(off[..., p], k) for k, p in enumerate(attempt.parts)], axis=-1)[pairs]
        source[i] = before[i] * states**2 + back[:, None] * states + back[None]
    order, shape = np.argsort(after, kind="stable"), (letters**attempt.memory, letters, states, states)
    return _Edges(gained[order].reshape(shape), missed[order].reshape(*shape, -1), source[order].reshape(shape))


def _begun(attempt: Attempt, beginning: Beginning, rows: Floats, pi: Floats) -> float:
    """What the words of the prefix begin with; the last letter changes fastest in `beginning`."""
    along, states = beginning.errors @ rows.T, beginning.states  # (words, states)
    each = np.arange(len(states))
    begun = along - along[each, states][:, None] - pi[beginning.contexts, states]
    begun[each, states] = -np.inf
    return float(begun.max())
