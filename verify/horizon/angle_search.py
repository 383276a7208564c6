"""How long rotations are right, from their angles alone: the search for a certificate that `exact_check` checks.

Letter x turns plane j by θ_xj = 2π p_xj / N + δ_xj. If the p follow the automaton, a word that leads to state q has
turned the plane by 2π s_qj / N + Σ δ_xj over its letters: no product of matrices is left, and the drift lies in the
convex hull of 0 and all T δ_x. The leads of the right state over the others, bounded from below by concave functions of
the drift, are least at the corners of the hull, that is for words that repeat one letter. Where these functions are too
low the hull is halved, so the proved length is close to that of the first wrong word.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..exact_check import MOST_STEPS
from ..networks.float_network import FloatNetwork
from .limits import (
    ANGLE_NOISE,
    ANGLE_STEP,
    HALF_TURN,
    MOST_PIECES,
    MOST_STRETCHED,
    MOST_WORK,
    ROUNDED_LENGTH,
    SINGLE_NOISE,
)

Floats = NDArray[Any]  # of float64
Integers = NDArray[np.int64]


def angle_horizon(network: FloatNetwork, gamma: float) -> tuple[int, Floats, Integers, int]:
    """The horizon (−1: not even the empty word), θ (letters, planes), p (letters, planes) and N.

    Args:
        network: with scaled rotations (c, −s; s, c) down the diagonals of its transitions.
        gamma: relative rounding of a product, 0 for exact arithmetic.
    """
    A, table, start = network.A, network.table, network.start
    at = np.arange(0, A.shape[1], 2)
    c, s = A[:, at, at], A[:, at + 1, at]  # (letters, planes)
    angles = np.arctan2(s, c)
    order = len(table)
    turns = _turns(angles, order, table, start)
    drift = angles - 2 * math.pi / order * turns
    rho = float(np.abs(c**2 + s**2 - 1).max()) + 2 * gamma
    seats = _seats(turns, order, table, start)
    assert seats is not None  # characters follow the automaton
    leads = _Leads(drift, seats, order, network, rho, gamma)
    if not leads.positive(0, 0):
        return -1, angles, turns, order
    pieces = min(MOST_PIECES, MOST_WORK // (leads.drift.size + leads.drift.shape[1]))
    low = _last(0, MOST_STEPS + 1, lambda T: leads.positive(T, 0))
    high = _last(low, MOST_STEPS + 1, leads.right_at_corners)
    return _last(low, high + 1, lambda T: leads.positive(T, pieces)), angles, turns, order


def of_rotations(A: Floats) -> bool:
    """Whether all matrices (letters, hidden, hidden) are scaled rotations (c, −s; s, c) of the same planes."""
    n = A.shape[1]
    if n % 2:
        return False
    at = np.arange(0, n, 2)
    inside = A.reshape(len(A), n // 2, 2, n // 2, 2)[:, at // 2, :, at // 2, :]  # (planes, letters, 2, 2)
    turning = (inside[..., 0, 0] == inside[..., 1, 1]) & (inside[..., 0, 1] == -inside[..., 1, 0])
    return bool(turning.all() and np.count_nonzero(A) == np.count_nonzero(inside))


def of_length_one(A: Floats) -> bool:
    """Whether scaled rotations keep lengths so nearly that nothing but angles limits them."""
    if not of_rotations(A):
        return False
    at = np.arange(0, A.shape[1], 2)
    return bool(np.abs(A[:, at, at] ** 2 + A[:, at + 1, at] ** 2 - 1).max() < ROUNDED_LENGTH)


def _last(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The last number at which something holds, which does at low and not at high."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


class _Leads:
    """Lower bounds on the leads, as `exact_check` has them, without directed rounding."""

    def __init__(
        self,
        drift: Floats,
        seats: dict[int, Integers],
        order: int,
        network: FloatNetwork,
        rho: float,
        gamma: float,
    ) -> None:
        h, C = network.h, network.C
        self.drift, self.rho, self.rounded = drift, rho, gamma > 0
        planes = h.reshape(-1, 2)
        lengths = np.abs(planes).sum(axis=1)
        self.waves = []  # for every state: α, β, (rivals, planes), and slack per unit of stretching, and of readout
        for q, seat in seats.items():
            angle = 2 * math.pi / order * seat
            c, s = np.cos(angle), np.sin(angle)
            turned = np.stack([c * planes[:, 0] - s * planes[:, 1], s * planes[:, 0] + c * planes[:, 1]], axis=1)
            others = network.rivals[q]
            d = (C[q] - C[others]).reshape(-1, len(planes), 2)
            alpha = d[..., 0] * turned[:, 0] + d[..., 1] * turned[:, 1]
            beta = d[..., 1] * turned[:, 0] - d[..., 0] * turned[:, 1]
            size = np.abs(d).sum(axis=2) @ lengths
            rows = np.abs(C).reshape(len(C), -1, 2).sum(axis=2) @ lengths
            read = 2 * network.read_off(gamma) * (rows[q] + rows[others])
            self.waves.append((alpha, beta, size, read))

    def positive(self, T: int, pieces: int) -> bool:
        """Whether all leads are positive up to length T, the hull being halved at most so many times."""
        if T * self.rho >= MOST_STRETCHED:
            return False
        corners = self._corners(T)
        for alpha, beta, slack in self._at(T):
            totals, _ = _minorants(alpha, beta, corners)
            for k in np.flatnonzero(totals.min(axis=1) <= slack):
                used = _halved(alpha[k], beta[k], corners, float(slack[k]), pieces)
                if used < 0:
                    return False
                pieces -= used
        return True

    def right_at_corners(self, T: int) -> bool:
        """Whether the leads are positive where one letter has been repeated."""
        if T * self.rho >= MOST_STRETCHED:
            return False
        corners = self._corners(T)
        c, s = np.cos(corners).T, np.sin(corners).T
        return all(((alpha @ c + beta @ s).min(axis=1) > slack).all() for alpha, beta, slack in self._at(T))

    def _corners(self, T: int) -> Floats:
        """T δ_x, and 0: (letters + 1, planes)."""
        return np.concatenate([T * self.drift, np.zeros((1, self.drift.shape[1]))])

    def _at(self, T: int) -> Iterator[tuple[Floats, Floats, Floats]]:
        """For every state α, β and what the lead has to be above."""
        shaken = (
            T * self.rho / (1 - T * self.rho) + T * ANGLE_STEP + ANGLE_NOISE + (SINGLE_NOISE if self.rounded else 0)
        )
        for alpha, beta, size, read in self.waves:
            yield alpha, beta, shaken * size + read


def _minorants(alpha: Floats, beta: Floats, corners: Floats) -> tuple[Floats, Floats]:
    """Sums over planes, at the corners, of concave functions below α cos e + β sin e, and of these themselves.

    Args:
        alpha: (pairs, planes), and
        beta: the same.
        corners: (corners, planes).
    """
    e = corners.T  # (planes, corners)
    low, high, each = e.argmin(axis=1), e.argmax(axis=1), np.arange(len(e))
    near = e[each, high] - e[each, low] < math.pi - HALF_TURN
    c, s = np.cos(e), np.sin(e)
    values = alpha[..., None] * c + beta[..., None] * s  # (pairs, planes, corners)
    slopes = beta[..., None] * c - alpha[..., None] * s
    ends, begins = values[:, each, high], values[:, each, low]
    found = np.repeat(-np.hypot(alpha, beta)[..., None], e.shape[1], axis=2)
    concave = (np.minimum(ends, begins) > 0) & near
    convex = (np.maximum(ends, begins) < 0) & near
    right = ~convex & near & (ends < 0)
    left = ~convex & near & (begins < 0)
    middle = np.abs(2 * e - (e[each, high] + e[each, low])[:, None]).argmin(axis=1)
    for where, i, both in ((right, high, True), (left, low, True), (convex, middle, False)):
        line = values[:, each, i][..., None] + slopes[:, each, i][..., None] * (e - e[each, i][:, None])
        found = np.where(where[..., None], np.minimum(values, line) if both else line, found)
    found = np.where(concave[..., None], values, found)
    return found.sum(axis=1), values.sum(axis=1)


def _halved(alpha: Floats, beta: Floats, corners: Floats, slack: float, most: int) -> int:
    """How many times the hull has to be halved for one lead, (planes,), to be positive; −1: too often, or it is not."""
    stack, used = [corners], 0
    amplitudes = np.hypot(alpha, beta)
    while stack:
        points = stack.pop()
        totals, values = _minorants(alpha[None], beta[None], points)
        if totals.min() > slack:
            continue
        used += 1
        if used > most or values.min() <= slack:
            return -1
        apart = (np.abs(points[:, None] - points[None]) * amplitudes).sum(axis=2)
        i, j = np.unravel_index(apart.argmax(), apart.shape)
        for k in (i, j):
            half = points.copy()
            half[k] = (points[i] + points[j]) / 2
            stack.append(half)
    return used


def _turns(angles: Floats, order: int, table: Integers, start: int) -> Integers:
    """For every plane the character nearest to its angles, p of χ(x) = exp(2πi p_x / N): (letters, planes)."""
    rounded = np.round(angles * order / (2 * math.pi)).astype(np.int64) % order  # (letters, planes)
    known = {(0,) * len(angles)}
    for column in rounded.T:
        column = tuple(int(p) for p in column)
        if column not in known and _seats(np.array(column)[:, None], order, table, start) is not None:
            known |= {tuple(k * p % order for p in column) for k in range(order)}
    characters = np.array(sorted(known))  # (characters, letters)
    off = angles.T[:, None] - 2 * math.pi / order * characters[None]  # (planes, characters, letters)
    off = np.abs(off - 2 * math.pi * np.round(off / (2 * math.pi))).max(axis=2)
    chosen = characters[off.argmin(axis=1)].T  # (letters, planes)
    # as whole numbers with |θ − 2π p / N| ≤ π
    turns: Integers = chosen + order * np.round(angles / (2 * math.pi) - chosen / order).astype(np.int64)
    return turns


def _seats(turns: Integers, order: int, table: Integers, start: int) -> dict[int, Integers] | None:
    """s_q modulo N of all states that words lead to, (planes,) each; None if the turns do not follow the automaton."""
    seats = {start: np.zeros(turns.shape[1], dtype=np.int64)}
    queue = [start]
    for q in queue:
        for x, p in enumerate(turns):
            target, reached = int(table[q, x]), (seats[q] + p) % order
            if target not in seats:
                seats[target] = reached
                queue.append(target)
            elif not np.array_equal(seats[target], reached):
                return None
    return seats
