"""The search for a proof by responses."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..certificates.effort import Effort, Watch
from ..networks.float_network import FloatNetwork
from ..tubes.attempt import Attempt, grid
from ..tubes.bounds import beginning_of
from ..tubes.estimate import tube_proof
from .averages import averaged_codes
from .bounds import Reach, Responses, reach_of
from .descent import Shape, descended, first_shape
from .limits import (
    AIMS,
    FURTHER,
    LEGS,
    MORE,
    MOST_DESCENT,
    MOST_NUMBERS,
    MOST_STATES,
    NUMBERS,
    ROUNDS,
    SECONDS,
    SHORT,
    SQUARINGS,
    WORTH,
)

Floats = NDArray[Any]  # of float64


def responses_of(network: FloatNetwork, proved: float, effort: Effort, watch: Watch) -> Responses | None:
    """The responses that reach farthest; None where they are not looked for, or prove no more than `proved`.

    Args:
        network: weights and task.
        proved: the horizon by other ways.
        effort: how hard to look.
        watch: ends the search.
    """
    states, letters = network.table.shape
    fitting = network.is_linear and len(network.readouts) == 1
    small = states <= MOST_STATES and network.A.size <= MOST_NUMBERS
    if not fitting or not small or not effort.descent or not 0 <= proved < SHORT:
        return None
    codes = averaged_codes(network)
    plain = attempt_of(Shape(np.eye(network.A.shape[1]), codes, np.zeros((letters, states))))
    begin = beginning_of(plain, network, 0.0)
    if begin.most < math.inf:
        return None
    vectors = begin.errors + codes[begin.states]
    if not np.isfinite(vectors).all():
        return None
    more = min(effort.descent**MORE, max(1.0, watch.left / SECONDS))
    reach = reach_of(network, NUMBERS * more, begin.prefix)
    few = reach_of(network, NUMBERS, begin.prefix)
    shape, best = first_shape(network, codes), None
    n = network.A.shape[1]
    rounds = min(ROUNDS, MOST_DESCENT // (n**2 * (8 * n * letters + states * letters)))
    aim = min(max(AIMS[0], math.ceil(FURTHER * proved)), AIMS[1])
    for leg in range(math.ceil(LEGS * effort.descent)):
        out = few if leg < LEGS else reach  # more effort goes on where less has ended
        shape = descended(network, (vectors, begin.states), shape, aim, out.rows + out.vectors, rounds, watch)
        found = _measured(shape, network, reach)
        if found is None:
            break
        before = -1 if best is None else best.horizon
        best = found if found.horizon > before else best
        if (leg >= LEGS and found.horizon < max(before, 1) * WORTH) or watch.over:
            break
        aim = max(aim, found.horizon + 2)
    return best if best is not None and best.horizon > proved else None


def proof_of(found: Responses, units: Floats) -> dict[str, Any]:
    """The part of the certificate that was looked for; `units` are those of the letters."""
    placed = tube_proof(found.attempt, units, [SQUARINGS], found.beginning.prefix)
    return placed | {"responses": asdict(found.reach)}


def _measured(shape: Shape, network: FloatNetwork, reach: Reach) -> Responses | None:
    try:
        found = Responses(attempt_of(shape), network, reach)
    except np.linalg.LinAlgError:
        return None
    return found if np.isfinite(found.attempt.back).all() else None


def attempt_of(shape: Shape) -> Attempt:
    """Coordinates and codes, rounded as the check will find them."""
    to = grid(shape.R)
    return Attempt(
        way="responses",
        rank=len(to),
        to=to,
        back=grid(np.linalg.inv(to)),
        sizes=(len(to),),
        norms=("l2",),
        codes=grid(shape.codes @ to.T),
        scales=grid(np.exp(shape.logs)),
    )
