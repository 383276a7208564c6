"""Ellipsoids: the norm of every component, codes, scales and rows together, by gradient descent on the horizon itself.

A norm ‖R z‖ with R invertible is the 2-norm in the coordinates R L and P R⁻¹, so the lemmas stay as they are: the check
squares Gram matrices until the bound on a norm of up to `SMALL` rows is tight. The forms that tubes begin with are
averages over the letters; a direction that some letters forget and others do not ruins them, though the largest norm of
a letter can be brought near to the joint spectral radius (T. Ando, M.-H. Shih, SIAM J. Matrix Anal. Appl. 19, 1998: an
ellipsoid is at most √n off).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..certificates.effort import Watch
from ..exact_check import WALKED
from ..networks.adam import Adam
from ..networks.float_network import FloatNetwork
from .attempt import Attempt, grid
from .estimate import Estimate
from .limits import (
    ADAM,
    FEW_LETTERS,
    FEWEST_ROUNDS,
    INVERSE,
    LEGS,
    LOOKS,
    MOST_DESCENT,
    MOST_DESCENT_IN_CONTEXT,
    MUCH_LOST,
    OF_CODES,
    OF_ROWS,
    OF_SCALES,
    RATE,
    RATE_PER_LETTER,
    ROUNDS_OF_LEG,
    SETTLED,
    WORTH,
)
from .smooth_bounds import Change, SmoothBounds

Floats = NDArray[Any]  # of float64


def improved(
    found: Sequence[Estimate],
    network: FloatNetwork,
    unit: float,
    spread: Floats | None,
    descent: float = 1.0,
    watch: Watch | None = None,
) -> Estimate | None:
    """The estimate that reaches farthest on the ways down from a few others; None if none reaches farther than these.

    Args:
        found: where descents begin, their worst paths looked at.
        network: weights and task; letters that permute the states, and one linear readout.
        unit: relative rounding of a step, 0 for exact arithmetic.
        spread: |A| as the code rounds it, if it is not |A| itself.
        descent: products that descents may take, times the usual number.
        watch: ends them.
    """
    if not any(may_improve(start, network) for start in found):
        return None
    before = max(start.horizon for start in found)
    if before >= WALKED:
        return None
    best: Estimate | None = None
    for start in found:
        rounds = _rounds(start, descent)
        if not may_improve(start, network) or rounds < FEWEST_ROUNDS:
            continue
        reached = start
        for _ in range(math.ceil(LEGS * descent)):
            if watch is not None and watch.over:
                break
            further = _descended(reached, network, unit, spread, rounds)
            gained, reached = (_smooth(further) + 1) / max(_smooth(reached) + 1, 1), further
            if reached is not start:
                reached.add_path()  # with the path through pairs, which descents leave out
            if gained < WORTH or reached.horizon <= before or _smooth(reached) >= WALKED:
                break
        if reached.horizon > max(before, -1 if best is None else best.horizon):
            best = reached
    return best


def may_improve(start: Estimate, network: FloatNetwork) -> bool:
    """Whether a descent from there is thinkable."""
    readable = network.is_linear and network.permuting and len(network.readouts) == 1
    return readable and not start.hopeless and start.horizon < WALKED and set(start.attempt.norms) == {"l2"}


def _smooth(found: Estimate) -> float:
    """The horizon by the bounds that have a derivative."""
    return max(found.by_norm, -1 if found.path is None else found.covered(found.path))


def _rounds(start: Estimate, descent: float) -> int:
    """Of one descent, so that it takes about as many products for every model."""
    edges, n, _ = start.steps.G.shape
    readouts, (states, scores) = len(start.decisions.D), start.decisions.lead.shape
    most = MOST_DESCENT_IN_CONTEXT if start.attempt.memory else MOST_DESCENT
    return min(
        ROUNDS_OF_LEG, int(descent * most) // (edges * n * (n * n + states * states) + readouts * states * scores * n)
    )


def _in_vain(start: Estimate, best: Estimate, looked: Estimate) -> bool:
    """Whether a descent has won nothing when it is looked at, and hardly ever wins anything later.

    So where few letters are proved, and in contexts where much is lost; elsewhere some lose a third first and then win.
    """
    lost = bool(start.attempt.memory) and _smooth(looked) < MUCH_LOST * _smooth(start)
    return best is start and (lost or _smooth(start) < FEW_LETTERS)


def _descended(start: Estimate, network: FloatNetwork, unit: float, spread: Floats | None, rounds: int) -> Estimate:
    """The estimate that reaches farthest on one way down."""
    bounds = SmoothBounds(start)
    edges, states = start.attempt.scales.shape
    change = Change.none(start.attempt.to.shape[0], states, edges)
    best, length = start, int(max(_smooth(start), bounds.prefix + 1))
    rate = min(RATE, RATE_PER_LETTER / length)  # a norm that is off by 1 / T takes as much as all T letters may
    shares = (
        (change.norms, 1.0),
        (change.codes, OF_CODES * float(bounds.codes.square().mean().sqrt())),
        (change.scales, OF_SCALES),
        (change.rows, OF_ROWS * float(bounds.rows.square().mean().sqrt())),
    )
    descent = Adam([values for values, _ in shares], ADAM)
    for turn in range(1, rounds + 1):
        loss = bounds.loss(change, length)
        if not bool(torch.isfinite(loss)):
            break
        descent.step(loss, [rate * share * SETTLED ** (turn / rounds) for _, share in shares])
        if turn * LOOKS % rounds < LOOKS:
            made = changed(start.attempt, bounds, change)
            looked = None if made is None else _measured(made, network, unit, spread)
            if looked is None:
                break
            best = looked if _smooth(looked) > _smooth(best) else best
            if looked.path is not None:
                bounds.follow(looked.path)
            length = int(max(length, min(_smooth(looked), WALKED)))
            if _smooth(best) >= WALKED or _in_vain(start, best, looked):
                break
    return best


def _measured(made: Attempt, network: FloatNetwork, unit: float, spread: Floats | None) -> Estimate | None:
    try:
        with np.errstate(all="ignore"):  # a descent may have left all bounds
            looked = Estimate(made, network, unit, spread)
            looked.add_path(in_pairs=False)
    except np.linalg.LinAlgError:
        return None
    return looked


def changed(attempt: Attempt, bounds: SmoothBounds, change: Change) -> Attempt | None:
    """The attempt with a change, None where its coordinates are too far from inverse to each other."""
    with torch.no_grad():
        R = bounds.coordinates(change).numpy()
        scales = torch.exp(bounds.logs + change.scales).numpy()
        rows, codes = (bounds.rows + change.rows).numpy(), (bounds.codes + change.codes).numpy()
    try:
        back = np.linalg.inv(R)
    except np.linalg.LinAlgError:
        return None
    L, P = grid(R @ attempt.to), grid(attempt.back @ back)
    if not np.linalg.norm(np.eye(len(R)) - L @ P) < INVERSE:
        return None
    tilts, d = attempt.tilts, attempt.sizes[0]
    return replace(
        attempt,
        to=L,
        back=P,
        codes=grid(codes @ R.T),
        scales=grid(scales),
        rows=None if attempt.rows is None else (rows if bounds.pi is not None else attempt.rows) @ back,
        tilts=None if tilts is None else grid(R[d:, d:] @ tilts @ back[:d, :d]),
    )
