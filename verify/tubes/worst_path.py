"""The worst sum of errors in the direction that counts, along the letters of a word, where letters permute the states.

With rows K_q that a letter turns into each other up to τ, an error along K_p − K_q gains at most the weight of an edge
between pairs of states; potentials π bring all weights near to the largest mean weight of a cycle, the most that any
word gains per letter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..certificates.limits import TINY
from ..networks.float_network import permutes
from .attempt import Attempt, grid
from .bounds import Beginning, Steps
from .decisions import Decisions
from .limits import PATH_ROUNDS, POTENTIAL

Floats = NDArray[Any]  # of float64
Table = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class WorstPath:
    """How the error in the directions K_p − K_q adds up.

    Attributes:
        rows: K, (states, hidden).
        pi: π, (states, states).
        mu: gained per letter, at most, beside what comes from other errors,
        tau: which is so much of them, by components, (components,).
        begun: what the words of the prefix begin with.
        gap: what the readout sees of errors beside the rows, by components, (states, states, components).
    """

    rows: Floats
    pi: Floats
    mu: float
    tau: Floats
    begun: float
    gap: Floats


def worst_path(attempt: Attempt, steps: Steps, beginning: Beginning, decisions: Decisions) -> WorstPath | None:
    """The worst path of an attempt, None where it has no rows to follow or letters merge states."""
    rows, c, scales, table, parts = attempt.rows, attempt.codes, attempt.scales, steps.turns, attempt.parts
    if rows is None or not permutes(table):
        return None
    G = steps.G
    rows = rows - rows.mean(axis=0)
    D = np.mean(decisions.D, axis=0)[: len(c)]
    centred = D - D.mean(axis=0)
    first = parts[0] if attempt.rank else slice(None)
    rows = grid(rows * float((rows[:, first] * centred[:, first]).sum() / max((rows[:, first] ** 2).sum(), TINY)))
    duals = np.stack([attempt.dual(rows[:, p], k) for k, p in enumerate(parts)], axis=-1)  # (states, K)
    weight = np.empty((len(G), len(c), len(c)))
    tau = np.zeros(len(parts))
    for x in range(len(G)):
        gained = rows @ steps.drift[x].T  # [p, q]: K_p η(x, q)
        turned = table[:, x]
        own = gained[turned, np.arange(len(c))]
        weight[x] = gained[turned].T - own[:, None]  # [q, p]
        spare = duals @ steps.slack[x]  # [p, q]
        weight[x] += spare[turned].T + spare[turned, np.arange(len(c))][:, None]
        np.fill_diagonal(weight[x], -np.inf)
        pulled = rows[turned] @ G[x] - scales[x, 0] * rows  # (states, hidden)
        sizes = np.array([attempt.dual(pulled[:, p], k) for k, p in enumerate(parts)])  # (K, states)
        sizes = sizes + np.abs(scales[x] - scales[x, 0]).max() * duals.T
        tau = np.maximum(tau, 2 * sizes.max(axis=1) / scales[x].min())
    pi = grid(potentials(weight, table), POTENTIAL)
    gains = weight + pi
    for x in range(len(G)):
        gains[x] -= pi[np.ix_(table[:, x], table[:, x])]
    mu = max(0.0, float(gains[np.isfinite(gains)].max())) if len(c) > 1 else 0.0
    along, states = beginning.errors @ rows.T, beginning.states  # (words, states)
    begun = along - along[np.arange(len(along)), states][:, None] - pi[states]
    begun[np.arange(len(along)), states] = -np.inf
    gap = extra = decisions.extra[:, : len(c)]
    for D in decisions.D:
        off = D[: len(c)] - rows
        difference = off[:, None] - off[None]
        here = np.stack([attempt.dual(difference[..., p], k) for k, p in enumerate(parts)], axis=-1)
        gap = np.maximum(gap, here + extra)
    return WorstPath(rows, pi, mu, tau, float(begun.max()) if len(c) > 1 else 0.0, gap)


def potentials(weight: Floats, table: Table, rounds: int = PATH_ROUNDS) -> Floats:
    """π with weight(x, q, p) + π(q, p) − π(q·x, p·x) at most about the largest mean weight of a cycle.

    Args:
        weight: gain of the edge out of the pair (q, p) under x, (letters, states, states); −∞ on the diagonal.
        table: δ, every letter a permutation, (states, letters).
        rounds: of value iteration.
    """
    letters, states, _ = weight.shape
    back = np.argsort(table, axis=0).T  # (letters, states): the state before
    source = (back[:, :, None] * states + back[:, None]).reshape(letters, -1)  # the pair before, by the pair after
    gain = np.take_along_axis(weight.reshape(letters, -1), source, axis=1)
    value, history = np.zeros(states**2), []
    value[:: states + 1] = -np.inf
    for _ in range(rounds):
        value = (value[source] + gain).max(axis=0)
        history.append(value)
    half = len(history) // 2
    mean = (np.max(history[-1]) - np.max(history[half - 1])) / (len(history) - half)
    best = np.max([v - (t + 1) * mean for t, v in enumerate(history)], axis=0)
    best[~np.isfinite(best)] = 0
    return np.asarray((best - best.min()).reshape(states, states))
