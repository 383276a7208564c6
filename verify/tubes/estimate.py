"""The horizon of an attempt, estimated in floats by the bounds that the check will find."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..certificates.certificate import of_range
from ..certificates.limits import CLEAR, TINY
from ..certificates.spoken_of import stored
from ..exact_check import MOST_STEPS, WALKED, CheckError, check
from ..networks.float_network import FloatNetwork
from .attempt import Attempt
from .bounds import beginning_of, decisions_of, steps_of
from .limits import (
    ALONE,
    BALL_GROWTH,
    BALL_ROUNDS,
    FEW,
    GIVEN,
    HALF,
    LARGEST_BALL,
    LEAST_RADIUS,
    LONGER,
    MOST_ROOM,
    ROOM,
    SMALL,
    SQUARINGS,
    TRIES_OF_DECODERS,
)
from .pair_path import PairPath, pair_path
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
        self.attempt, self.unit, self.linear = attempt, unit, network.is_linear
        self.steps = steps_of(attempt, network, unit, spread)
        self.beginning = beginning_of(attempt, network, unit)
        self.decisions = decisions_of(attempt, network, unit)
        self.off = network.rivals
        self.ball: Floats | None = None
        self.path: WorstPath | None = None
        self.pairs: PairPath | None = None
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

    def add_path(self, in_pairs: bool = True) -> None:
        """The bound along the worst path, where there are rows to follow and letters permute the states.

        Args:
            in_pairs: whether the path through pairs of states and last letters is looked for as well.
        """
        following = self.linear and not self.unit  # else, with rounding and other readouts, norms alone count
        if not following or self.by_norm == math.inf or not np.isfinite(self.beginning.epsilon).all():
            return
        if self.path is None:
            self.path = worst_path(self.attempt, self.steps, self.beginning, self.decisions)
            self.by_path = None if self.path is None else self.covered(self.path)
        missing = in_pairs and self.pairs is None and self.path is not None
        if missing and self.path is not None and 0 < self.horizon < WALKED and not self.hopeless:
            self.pairs = pair_path(self.attempt, self.steps, self.beginning, self.path, self.horizon, self._safe)
            self.by_path = self.by_path if self.pairs is None else self.pairs.horizon

    def without_pairs(self) -> int:
        """The horizon without the path through pairs, where that does not check."""
        self.pairs = None
        self.by_path = None if self.path is None else self.covered(self.path)
        return int(self.horizon)

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
        jumps = [self.steps.affine() if path is None else self.steps.affine(path.tau, path.mu)]
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

    def radii(self, claim: float) -> Floats:
        """Errors of words of up to `claim` letters, at most, by components, with room for rounding upwards."""
        epsilon = largest = self.beginning.epsilon if self.ball is None else self.ball
        if self.ball is None:
            letters = int(min(claim, MOST_STEPS)) - self.beginning.prefix
            for _ in range(min(letters, WALKED)):
                epsilon = self.steps.M @ epsilon + self.steps.eta
                largest = np.maximum(largest, epsilon)
            if letters > WALKED:
                power = np.linalg.matrix_power(self.steps.affine(), letters - WALKED)
                largest = np.maximum(largest, (power @ [*epsilon, 0.0, 1.0])[:-2])
        largest = largest + LEAST_RADIUS
        asked = self.off & (self.decisions.lead > 0) & np.isfinite(self.decisions.lead)
        with np.errstate(all="ignore"):  # nothing is left to prove where errors are infinite
            taken = np.nan_to_num((self.decisions.factor @ largest)[asked] / self.decisions.lead[asked], nan=np.inf)
        spare = HALF / max(float(taken.max(initial=0.0)), TINY)  # far from the edge there is more room
        return np.asarray(largest * min(max(1 + ROOM, spare), MOST_ROOM))

    def proof(self, units: Floats) -> dict[str, Any]:
        """The part of the certificate that was looked for; `units` are those of the letters."""
        attempt = self.attempt
        squarings = [squarings_for(size, self.horizon) for size in attempt.sizes]
        found = tube_proof(attempt, units, squarings, self.beginning.prefix) | {"alone": ALONE}
        if attempt.tilts is not None:
            found |= {"memory": attempt.memory, "tilts": stored(attempt.tilts)}
        if self.ball is not None:
            found["ball"] = stored(self.ball)
        elif self.pairs is not None:
            found["pairs"] = {
                "rows": stored(self.pairs.rows),
                "potential": stored(self.pairs.pi),
                "levels": len(self.pairs.radii),
                "radii": stored(self.pairs.radii),
            }
        elif self.path is not None and self.by_path is not None and self.by_path > self.by_norm:
            found["path"] = {"rows": stored(self.path.rows), "potential": stored(self.path.pi)}
        return found


def tube_proof(attempt: Attempt, units: Floats, squarings: list[int], prefix: int) -> dict[str, Any]:
    """Coordinates, codes and scales as the check reads them; `units` are those of the letters."""
    _, letter, _ = attempt.edges(len(units))
    return {
        "to": stored(attempt.to),
        "from": stored(attempt.back),
        "sizes": list(attempt.sizes),
        "norms": list(attempt.norms),
        "squarings": squarings,
        "codes": stored(attempt.codes),
        "scales": stored(attempt.scales * units[letter][:, None]),
        "prefix": prefix,
    }


def squarings_for(size: int, horizon: float) -> int:
    """How often the check squares a Gram matrix of a component.

    After k squarings the bound on a norm is off by a factor of at most size**(2**-k / 4). Over the horizon these
    factors may add up to a share of `GIVEN`.
    """
    if size > SMALL:
        return FEW
    letters = min(max(horizon, 1.0), MOST_STEPS)
    return min(max(math.ceil(math.log2(max(math.log(size) * letters / (4 * GIVEN), 1.0))), FEW), SQUARINGS)


def checked_decoder(document: dict[str, Any], found: Estimate, units: Floats) -> tuple[float, str]:
    """Fill the document in and check it, with claims between what is proved and what is not.

    Args:
        document: a certificate about the weights as they are.
        found: what was found for transitions divided by the units.
        units: (letters,).

    Returns:
        The horizon proved, and what the check said of the least claim that was too long.
    """
    reason, best = "", -1.0
    claim: float = found.horizon
    if claim == math.inf:
        proved, reason = _tried(document, found, units, claim)
        if proved:
            return claim, ""
        claim = found.without_ball()
    low, high = float(max(found.beginning.prefix, 0)), math.inf
    for _ in range(TRIES_OF_DECODERS):
        if claim < 0:
            break
        proved, text = _tried(document, found, units, claim)
        if proved:
            best = low = claim
        else:
            high, reason = claim, text or reason
        if best >= MOST_STEPS or found.hopeless or high - low <= 1:
            break
        if high == math.inf:  # to first order too short
            claim = min(math.floor(best * LONGER) + 1, MOST_STEPS)
            continue
        claim = low if best < 0 and high - low <= 2 else math.floor(math.sqrt(max(low, 1) * high))
        claim = min(max(claim, low + (best >= 0)), high - 1)
    if best >= 0:
        _tried(document, found, units, best)
    else:
        document["horizon"] = -1
    return best, reason


def _tried(document: dict[str, Any], found: Estimate, units: Floats, claim: float) -> tuple[bool, str]:
    """Whether a claim is proved, and why not, where it is undecided."""
    document["proof"] = found.proof(units) | {"radii": stored(found.radii(claim))}
    document["horizon"] = "infinity" if claim == math.inf else int(claim)
    try:
        check(document)
    except CheckError as error:
        return False, of_range(error)
    return True, ""
