"""How large an error may be, in floats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..networks.float_network import FloatNetwork
from .attempt import Attempt
from .limits import STEP

Floats = NDArray[Any]  # of float64


@dataclass(frozen=True, eq=False)
class Decisions:
    """How large an error may be.

    Attributes:
        D: readouts in the coordinates, in each context or after each last letter, (scores, hidden) each.
        lead: of the right state q over the score p, [q, p], (states, scores).
        factor: how much an error takes from it, by components, (states, scores, components).
        extra: the part of it that is rounding, (states, scores, components).
    """

    D: list[Floats]
    lead: Floats
    factor: Floats
    extra: Floats


def decoder_decisions(attempt: Attempt, network: FloatNetwork) -> Decisions:
    """Leads at the codes, and how fast errors take from them there: by difference quotients."""
    c, tilts = attempt.codes, attempt.tilts
    by_letter = network.decoder is not None and network.decoder.by_last_letter
    contexts = range(1 if tilts is None else len(tilts))
    letters = len(network.A)
    places = [(v, v % letters if by_letter else 0) for v in contexts]
    if tilts is None and by_letter:
        places = [(0, x) for x in range(letters)]
    leads, factors = [], []
    for v, x in places:
        lead, row = _slopes(network, c, attempt.turned_back(attempt.back, v), x)
        factor = np.stack([attempt.dual(row[..., p], k) for k, p in enumerate(attempt.parts)], axis=-1)
        never = ~network.reached(x if by_letter else None)
        lead[never], factor[never] = np.inf, 0
        leads.append(lead)
        factors.append(factor)
    factor = np.max(factors, axis=0)
    return Decisions([], np.min(leads, axis=0), factor, np.zeros_like(factor))


def _slopes(network: FloatNetwork, codes: Floats, back: Floats, x: int) -> tuple[Floats, Floats]:
    """Leads (states, scores) and their derivatives in the coordinates (states, scores, hidden)."""
    states, n = codes.shape
    step = STEP * np.maximum(np.linalg.norm(codes, axis=1), 1e-300)[:, None, None]
    moved = np.concatenate([codes[:, None], codes[:, None] + step * np.eye(n), codes[:, None] - step * np.eye(n)], 1)
    vectors = (moved @ back.T).reshape(-1, n)
    logits = network.logits(vectors, np.full(len(vectors), x)).reshape(states, 2 * n + 1, -1)
    own = np.take_along_axis(logits, np.arange(states)[:, None, None], axis=2)
    lead = own - logits  # (states, 1 + 2 n, scores)
    row = (lead[:, 1 : n + 1] - lead[:, n + 1 :]) / (2 * step)
    return np.nan_to_num(lead[:, 0], nan=-1.0), np.nan_to_num(row).transpose(0, 2, 1)
