"""Why a proof ends where it ends: looked for in the bounds, one letter beyond what is proved."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..certificates.diagnosis import Diagnosis, Drift, Growth, Turn
from ..certificates.limits import TINY
from ..cones.search import Cones
from ..networks.float_network import FloatNetwork
from ..responses.bounds import Responses
from ..tubes.attempt import scales_of
from ..tubes.estimate import Estimate
from .cycles import heaviest_cycle
from .limits import MOST_PAIR_EDGES

Floats = NDArray[Any]  # of float64


def of_angles(network: FloatNetwork, angles: Floats, turns: NDArray[np.int64], order: int, horizon: float) -> Diagnosis:
    """The letter and the plane whose angle, weighed by what the scores see of the plane, is farthest from its turn.

    Args:
        network: rotations.
        angles: of letters and planes, (letters, planes).
        turns: what they stand for, in parts of a full turn.
        order: how many parts.
        horizon: what is proved.
    """
    off = np.angle(np.exp(1j * (angles - 2 * np.pi * turns / order)))
    seen = np.linalg.norm(network.C.reshape(-1, 2), axis=1).reshape(len(network.C), -1).max(axis=0)
    seen = seen * np.linalg.norm(network.h.reshape(-1, 2), axis=1)  # (planes,)
    x, k = np.unravel_index(int(np.argmax(np.abs(off) * seen)), off.shape)
    return Diagnosis(int(horizon) + 1, turn=Turn(int(x), int(k), float(off[x, k])))


def of_tube(tube: Estimate, network: FloatNetwork, horizon: float) -> Diagnosis | None:
    """Why a tube ends, from its bound one letter beyond; None where nothing was followed."""
    decisions, path = tube.decisions, tube.path
    length = int(horizon) + 1
    steps = length - tube.beginning.prefix
    if steps < 0 or not np.isfinite(tube.beginning.epsilon).all():
        return None
    move = tube.steps.affine() if path is None else tube.steps.affine(path.tau)
    with np.errstate(all="ignore"):
        reached = np.linalg.matrix_power(move, steps) @ np.concatenate([tube.beginning.epsilon, [0.0, 1.0]])
    if not np.isfinite(reached).all():
        return None
    epsilon, coupled = np.maximum(reached[:-2], tube.beginning.epsilon), float(reached[-2])
    asked = network.rivals & np.isfinite(decisions.lead)
    lead = np.where(asked, decisions.lead, np.inf)
    left = lead - decisions.factor @ epsilon
    q, p = _least(left, lead)
    parts = {name: float(decisions.factor[q, p, k] * epsilon[k]) for k, name in enumerate(_names(tube))}
    if path is not None and tube.by_path is not None and tube.by_path >= tube.by_norm:
        along, pi = path.begun + path.mu * steps, path.pi
        if tube.pairs is not None:
            along, pi = tube.pairs.begun + tube.pairs.drift * steps, tube.pairs.pi.max(axis=0)
            coupled = max(tube.pairs.total - along, 0.0)
        states = slice(len(lead))
        left[:, states] = np.maximum(left[:, states], lead[:, states] - along - coupled - pi - path.gap @ epsilon)
        by_path = _least(left, lead)
        if by_path[1] < len(lead):  # scores that stand for no state follow no path
            q, p = by_path
            parts = {
                "drift along the worst path": along + float(pi[q, p]),
                "errors that turn into it": coupled,
                "errors beside it": float(path.gap[q, p] @ epsilon),
            }
    return Diagnosis(length, q, p, _shares(parts), _drift(tube), _growth(tube, network))


def of_cones(cones: Cones, tube: Estimate | None, network: FloatNetwork, horizon: float) -> Diagnosis | None:
    """Why cones end: the word along which their radii grow most."""
    length = int(horizon) + 1
    found = cones.worst(length)
    if found is None:
        return None
    shares = _shares({"drift of the last letter": found.drift, "errors before it": found.growth})
    grown = None if tube is None else _growth(tube, network)
    return Diagnosis(length, found.state, found.rival, shares, None, grown, found.word)


def of_responses(found: Responses, network: FloatNetwork, horizon: float) -> Diagnosis | None:
    """Why responses end: the decision that drifts take first, and which of them."""
    length = int(horizon) + 1
    parts = found.parts(length)
    asked = network.rivals & np.isfinite(found.decisions.lead)
    lead = np.where(asked, found.decisions.lead, np.inf)
    q, p = _least(lead - sum(parts.values()), lead)
    shares = _shares({name: float(values[q, p]) for name, values in parts.items()})
    return Diagnosis(length, q, p, shares, _drift(found), _growth(found, network))


def _names(tube: Estimate) -> list[str]:
    count = len(tube.attempt.sizes)
    if tube.attempt.rank and count == 2:
        return ["errors of the signal", "errors of the remainder"]
    return [f"errors of block {k}" for k in range(count)] if count > 1 else ["errors"]


def _least(left: Floats, lead: Floats) -> tuple[int, int]:
    """The pair whose lead is lost first."""
    with np.errstate(all="ignore"):
        share = np.where(np.isfinite(lead), left / np.maximum(np.abs(lead), TINY), np.inf)
    q, p = np.unravel_index(int(np.argmin(share)), share.shape)
    return int(q), int(p)


def _shares(parts: dict[str, float]) -> dict[str, float]:
    total = sum(max(part, 0.0) for part in parts.values())
    return {name: max(part, 0.0) / total if total else 0.0 for name, part in parts.items()}


def _drift(tube: Estimate | Responses) -> Drift:
    sizes = np.linalg.norm(tube.steps.drift, axis=2)  # (edges, states)
    sizes = sizes / np.maximum(np.linalg.norm(tube.attempt.codes, axis=1), TINY)
    e, q = np.unravel_index(int(np.argmax(sizes)), sizes.shape)
    _, letter, _ = tube.attempt.edges(tube.attempt.letters)
    return Drift(int(letter[e]), int(q), float(sizes[e, q]))


def _growth(tube: Estimate | Responses, network: FloatNetwork) -> Growth | None:
    """The heaviest cycle of pairs of states, each edge the logarithm of how much more the second one's code grows."""
    table, attempt = network.table, tube.attempt
    states, letters = table.shape
    if states < 2 or states**2 * letters > MOST_PAIR_EDGES:
        return None
    codes = attempt.codes @ attempt.back.T
    grown = np.log(scales_of(network.A, codes, codes, table))  # (letters, states)
    q, p, x = (index.ravel() for index in np.indices((states, states, letters)))
    after_q, after_p = table[q, x], table[p, x]
    apart = (q != p) & (after_q != after_p)
    q, p, x, after_q, after_p = (values[apart] for values in (q, p, x, after_q, after_p))
    cycle = heaviest_cycle(states**2, q * states + p, after_q * states + after_p, grown[x, p] - grown[x, q])
    if cycle is None:
        return None
    first = cycle.edges[0]
    word = tuple(int(x[e]) for e in cycle.edges)
    return Growth(int(q[first]), int(p[first]), word, math.expm1(cycle.mean))
