"""The horizon of an attempt, estimated in floats by the bounds that the check will find."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..exact_check import MOST_STEPS
from ..networks.float_network import FloatNetwork
from .attempt import Attempt
from .bounds import beginning_of, decisions_of, steps_of
from .limits import ALONE, BALL_GROWTH, BALL_ROUNDS, CLEAR, FEW, LARGEST_BALL, SMALL, SQUARINGS
from .spoken_of import stored
from .worst_path import WorstPath, worst_path

Floats = NDArray[Any]  # of float64


class Estimate:
    """How far an attempt reaches: for ever, by norms, and along the worst path.

    Args:
        attempt: coordinates and codes.
        network: weights and task.
        unit: relative rounding of a step, 0 for exact arithmetic.
        spread: |A| as the code rounds it, if it is not |A| itself, (letters, hidden, hidden).

    Raises:
        LinAlgError: if a scale of the attempt is not positive.
    """

    def __init__(self, attempt: Attempt, network: FloatNetwork, unit: float, spread: Floats | None) -> None:
        self.attempt, self.unit, self.linear = attempt, unit, not network.norms
        self.steps = steps_of(attempt, network, unit, spread)
        self.beginning = beginning_of(attempt, network, unit)
        self.decisions = decisions_of(attempt, network, unit)
        self.off = network.rivals
        self.ball: Floats | None = None
        self.path: WorstPath | None = None
        self.by_norm = self._for_ever() or self.covered(None)
        self.by_path: float | None = None

    @property
    def horizon(self) -> float:
        """The better one of the two bounds."""
        return max(self.by_norm, -1 if self.by_path is None else self.by_path)

    @property
    def hopeless(self) -> bool:
        """Whether no bound begins: a word of the prefix is not read out rightly, or is in no tube."""
        return self.beginning.most < math.inf or not np.isfinite(self.beginning.epsilon).all()

    def add_path(self) -> None:
        """The bound along the worst path, where there are rows to follow and letters permute the states."""
        following = self.linear and not self.unit  # rounding, and readouts behind norms, are taken by norms alone
        if following and self.by_norm != math.inf and np.isfinite(self.beginning.epsilon).all():
            self.path = worst_path(self.attempt, self.steps, self.beginning, self.decisions)
            self.by_path = None if self.path is None else self.covered(self.path)

    def without_ball(self) -> int:
        """The horizon by norms alone, where a ball that was kept in floats was not kept in the check."""
        self.ball = None
        return self.covered(None)

    def _for_ever(self) -> float:
        """Infinity if some ball is kept by every letter and decided rightly, else 0."""
        if self.hopeless:
            return 0
        ball = self.beginning.epsilon.copy()
        for _ in range(BALL_ROUNDS):
            following = np.maximum(ball, self.steps.M @ ball + self.steps.eta)
            if np.array_equal(following, ball):
                break
            ball = following * BALL_GROWTH
            if not np.isfinite(ball).all() or ball.max() > LARGEST_BALL:
                return 0
        else:
            return 0
        safe = (self.decisions.lead - self.decisions.factor @ ball)[self.off & np.isfinite(self.decisions.lead)]
        if safe.size and safe.min() <= 0:
            return 0
        self.ball = ball
        return math.inf

    def _safe(self, epsilon: Floats, path: WorstPath | None, along: float) -> bool:
        """Whether errors of these sizes, and along the path, change no decision."""
        lead = self.decisions.lead
        left = lead - self.decisions.factor @ epsilon
        if path is not None:
            states = slice(len(lead))  # scores that stand for no state follow no path
            left[:, states] = np.maximum(left[:, states], lead[:, states] - along - path.pi - path.gap @ epsilon)
        asked = self.off & np.isfinite(lead)
        return bool((left[asked] > CLEAR * np.abs(lead[asked])).all())

    def covered(self, path: WorstPath | None) -> int:
        """The largest length that the bounds cover: words up to ALONE letters one by one, then all at once."""
        prefix = self.beginning.prefix
        if self.hopeless:
            return int(min(self.beginning.most, prefix))
        M, eta = self.steps.M, self.steps.eta
        largest, after = self.beginning.epsilon, 0.0 if path is None else path.begun
        for t in range(1, ALONE + 1):
            if path is not None:
                after = after + path.mu + float(path.tau @ largest)
            largest = M @ largest + eta
            if not self._safe(largest, path, after):
                return prefix + t - 1
        # Beyond, (ε, W, 1) moves by one matrix, whose powers reach any length in a few products.
        K = len(largest)
        step = np.zeros((K + 2, K + 2))
        step[:K, :K], step[:K, -1], step[K, K], step[-1, -1] = M, eta, 1.0, 1.0
        if path is not None:
            step[K, :K], step[K, -1] = path.tau, path.mu
        jumps = [step]
        with np.errstate(all="ignore"):
            while 2 ** len(jumps) < MOST_STEPS:
                jumps.append(jumps[-1] @ jumps[-1])
        reached, at = np.concatenate([largest, [after, 1.0]]), 0
        for power in range(len(jumps) - 1, -1, -1):
            with np.errstate(all="ignore"):
                further = jumps[power] @ reached
            if not np.isfinite(further).all() or at + 2**power > MOST_STEPS - ALONE - prefix:
                continue
            if self._safe(np.maximum(largest, further[:K]), path, float(further[K])):
                reached, at = further, at + 2**power
        return prefix + ALONE + at

    def proof(self, units: Floats) -> dict[str, Any]:
        """The part of the certificate that was looked for; `units` are those of the letters."""
        attempt = self.attempt
        _, letter, _ = attempt.edges(len(units))
        found: dict[str, Any] = {
            "to": stored(attempt.to),
            "from": stored(attempt.back),
            "sizes": list(attempt.sizes),
            "norms": list(attempt.norms),
            "squarings": [SQUARINGS if size <= SMALL else FEW for size in attempt.sizes],
            "codes": stored(attempt.codes),
            "scales": stored(attempt.scales * units[letter][:, None]),
            "prefix": self.beginning.prefix,
            "alone": ALONE,
        }
        if attempt.tilts is not None:
            found |= {"memory": attempt.memory, "tilts": stored(attempt.tilts)}
        if self.ball is not None:
            found["ball"] = stored(self.ball)
        elif self.path is not None and self.by_path is not None and self.by_path > self.by_norm:
            found["path"] = {"rows": stored(self.path.rows), "potential": stored(self.path.pi)}
        return found
