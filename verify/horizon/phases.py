"""The ways to a proof, from the cheapest to the dearest, each of which may prove more than those before it."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.protocols import LinearRecurrence
from ...models.transitions.step_rounding import StepRounding
from ..certificates.certificate import of_range
from ..certificates.diagnosis import Diagnosis
from ..certificates.effort import Effort, Watch
from ..certificates.short_words import all_words
from ..certificates.spoken_of import stored
from ..cones.search import Cones, FirstCones, best_of, cones_of, first_cones_of
from ..exact_check import BITS, LONGER, MOST_STEPS, WALKED, CheckError, check
from ..networks.float_network import FloatNetwork
from ..polyhedra.search import polyhedra_of
from ..responses.bounds import Responses
from ..responses.search import proof_of, responses_of
from ..tubes.attempt import Attempt
from ..tubes.contexts import in_context
from ..tubes.ellipsoids import improved, may_improve
from ..tubes.estimate import Estimate, checked_decoder
from ..tubes.exact_codes import exact_codes
from ..tubes.limits import BESIDE, DEEPER, MORE_EDGES
from ..tubes.ways import attempts
from .angle_search import angle_horizon, of_length_one, of_rotations
from .diagnosing import of_angles, of_cones, of_responses, of_tube
from .limits import (
    FEW_STATES,
    LARGE,
    MOST_SCALED,
    ORDINARY,
    SHORTER,
    TRIES,
    TRIES_OF_BOUNDS,
    TRIES_OF_HALVES,
    TRIES_OF_LONG,
    TRIES_OF_PAIRS,
)

Floats = NDArray[Any]  # of float64


@dataclass(frozen=True, eq=False)
class Search:
    """What is asked: the model, its numbers and the task, the claim without a proof, and the effort."""

    model: LinearRecurrence
    network: FloatNetwork
    document: dict[str, Any]
    step: StepRounding | None
    nothing: float
    effort: Effort
    watch: Watch

    @cached_property
    def unit(self) -> float:
        """Relative rounding of a step."""
        bits = BITS[self.document["arithmetic"]]
        if bits is None:
            return 0.0
        times = LONGER if self.network.taken else 1
        return float(2.0**-bits * (times * self.document["terms"] + 1) + self.network.coarse + self.network.taken)

    @cached_property
    def scaled(self) -> tuple[FloatNetwork, Floats]:
        """The network that tubes and cones are looked for, and the units of its letters."""
        return _of_size_one(self.network)

    @property
    def spread(self) -> Floats | None:
        """|A| as the code rounds it, of the scaled network, if it is not |A| itself."""
        _, units = self.scaled
        if self.step is None or self.step.spread is None:
            return None
        return np.asarray(self.step.spread[: len(units)] / units[:, None, None])

    @cached_property
    def turns_only(self) -> bool:
        """Whether scaled rotations are all there is."""
        return self.network.is_plain and of_rotations(self.network.A) and exact_codes(self.network) is None


@dataclass(frozen=True, eq=False)
class Proved:
    """What is proved so far."""

    horizon: float
    way: str
    document: dict[str, Any]
    reason: str = ""
    tube: Estimate | None = None  # the best one that was found, whether it is what proves most or not
    by_blocks: Estimate | None = None  # the best one by blocks
    first_cones: tuple[FirstCones, ...] = ()  # where descents of cones begin
    cones: Cones | None = None  # the best ones that were found
    responses: Responses | None = None  # those that were found
    turned: Diagnosis | None = None  # which angle is farthest off

    @property
    def so_far(self) -> str:
        """In words."""
        if self.way == "none":
            return "nothing proved so far"
        return f"{self.horizon:g} letters proved so far"

    def ended(self, why: str) -> Proved:
        """The same, with why the search ended."""
        return replace(self, reason="; ".join(filter(None, (why, self.reason))))

    def or_better(self, horizon: float, way: str, document: dict[str, Any], reason: str) -> Proved:
        """What proves more: the same, or a further proof."""
        return (
            replace(self, horizon=horizon, way=way, document=document, reason=reason)
            if horizon > self.horizon
            else self
        )


def _by_angles(search: Search, best: Proved) -> Proved:
    if not search.turns_only or search.network.even:
        return best
    document = dict(search.document)
    reached, why = _angles(document, search.network, search.unit)
    return replace(best.or_better(reached, "angles", document, ""), turned=why)


def _by_tubes(search: Search, best: Proved) -> Proved:
    network, _ = search.scaled
    if best.horizon > search.nothing and of_length_one(network.A):  # angles prove most
        return best
    tube, by_blocks = _best_tube(search, network, search.spread)
    best = replace(best, tube=tube, by_blocks=by_blocks)
    if tube is None or tube.horizon <= best.horizon:
        return best
    return best if _checked_later(search, tube) else _tube_checked(search, best, tube)


def _by_ellipsoids(search: Search, best: Proved) -> Proved:
    """The best tube, and the best one by blocks, made better; where that does not check, what is proved stays."""
    network, _ = search.scaled
    first = best.tube
    if not search.effort.descent or first is None:
        return best
    starts = [first]
    if best.by_blocks is not None and first.attempt.way != "blocks":  # descents from blocks often overtake
        best.by_blocks.add_path()
        starts.append(best.by_blocks)
    tube = improved(starts, network, search.unit, search.spread, search.effort.descent, search.watch)
    for found in (tube, first if _checked_later(search, first) else None):
        if found is not None and found.horizon > best.horizon:
            better = _tube_checked(search, best, found)
            best = replace(better, tube=found if better.horizon > best.horizon else first)
    return best


def _checked_later(search: Search, tube: Estimate) -> bool:
    """Whether a tube is checked once, after descents, and not before them as well: a check takes as long as these.

    With a budget it is checked first: it may be all that is proved.
    """
    return bool(search.effort.descent) and search.watch.budget is None and may_improve(tube, search.scaled[0])


def _tube_checked(search: Search, best: Proved, tube: Estimate) -> Proved:
    """What a tube proves, if it is more."""
    document = dict(search.document)
    network, units = search.scaled
    search.watch.tell(f"checking a tube, {best.so_far}")
    if network.decoder is None:
        reached, reason = _checked(document, tube, units, best.horizon)
    else:
        reached, reason = checked_decoder(document, tube, units)
    better = best.or_better(reached, tube.attempt.way, document, reason)
    return replace(better, reason=better.reason or reason)


def _by_first_cones(search: Search, best: Proved) -> Proved:
    """Cones without a descent, checked if they prove words right for ever, and else the beginning of descents."""
    network, _ = search.scaled
    merging = not network.permuting or len(network.table) <= FEW_STATES
    if not network.is_linear or not merging or best.way == "angles":  # which is as tight as can be
        return best
    first = first_cones_of(network, best.tube, search.effort, search.watch, search.unit, search.spread)
    best, found = replace(best, first_cones=first), best_of(first)
    if found is None or found.radii.horizon < math.inf:
        return best
    return _cones_checked(search, best, found, MOST_STEPS)  # shorter claims are not worth a check


def _by_cones(search: Search, best: Proved) -> Proved:
    found = cones_of(best.first_cones, search.effort, search.watch)
    return best if found is None else _cones_checked(search, best, found, best.horizon)


def _cones_checked(search: Search, best: Proved, found: Cones, above: float) -> Proved:
    """What cones prove, if it is more than `above`."""
    search.watch.tell(f"checking cones, {best.so_far}")
    claim, finite = found.radii.horizon, found.without_ball
    reached, document = _checked_shorter(search.document, found.proof(), claim, above, finite)
    return replace(best.or_better(reached, "cones", document, ""), cones=found)


def _by_polyhedra(search: Search, best: Proved) -> Proved:
    network, _ = search.scaled
    if not network.is_linear or best.way == "angles":
        return best
    found = polyhedra_of(network, search.watch, search.unit, search.spread)
    if found is None:
        return best
    search.watch.tell(f"checking polyhedra, {best.so_far}")
    reached, document = _checked_shorter(search.document, found.proof(), math.inf, best.horizon)
    return best.or_better(reached, "polyhedra", document, "")


def _by_words(search: Search, best: Proved) -> Proved:
    document = dict(search.document)
    words, short = all_words(document, search.scaled[0], above=best.horizon)
    return best.or_better(words, "all words", document, best.reason or short)


def _by_responses(search: Search, best: Proved) -> Proved:
    network, units = search.scaled
    if search.unit:
        return best
    found = responses_of(network, best.horizon, search.effort, search.watch)
    if found is None:
        return best
    search.watch.tell(f"checking responses, {best.so_far}")
    reached, document = _checked_shorter(search.document, proof_of(found, units), found.horizon, best.horizon)
    return replace(best.or_better(reached, "responses", document, ""), responses=found)


def diagnosed(search: Search, best: Proved) -> Diagnosis | None:
    """Why no more is proved, where the bounds say so."""
    if not search.nothing < best.horizon < MOST_STEPS:
        return None
    if best.way == "angles":
        return best.turned
    network, _ = search.scaled
    if best.way == "cones" and best.cones is not None:
        return of_cones(best.cones, best.tube, network, best.horizon)
    if best.way == "responses" and best.responses is not None:
        return of_responses(best.responses, network, best.horizon)
    if best.tube is not None and best.way == best.tube.attempt.way:
        return of_tube(best.tube, network, best.horizon)
    return None


PHASES: tuple[tuple[str, Callable[[Search, Proved], Proved]], ...] = (
    ("angles", _by_angles),
    ("tubes", _by_tubes),
    ("ellipsoids", _by_ellipsoids),
    ("cones", _by_first_cones),
    ("polyhedra", _by_polyhedra),
    ("descents of cones", _by_cones),
    ("short words", _by_words),
    ("responses", _by_responses),
)


def _of_size_one(network: FloatNetwork) -> tuple[FloatNetwork, Floats]:
    """Weights divided by powers of two, so that the search stays in range, and those of the letters, (letters,).

    Ordinary weights are left as they are.
    """
    A, h, C = network.A, network.h, network.C
    powers = [math.frexp(np.abs(values).max())[1] for values in (*A, h, C)]
    units = np.array([2.0 ** min(max(k, -MOST_SCALED), MOST_SCALED) if abs(k) > ORDINARY else 1.0 for k in powers])
    before = tuple(m / 2.0 ** math.frexp(np.abs(m).max())[1] for m in network.before)  # only their ray matters
    scaled = replace(network, A=A / units[:-2, None, None], h=h / units[-2], C=C / units[-1], before=before)
    return scaled, units[:-2]


def _best_tube(search: Search, network: FloatNetwork, spread: Floats | None) -> tuple[Estimate | None, Estimate | None]:
    """The attempt that reaches farthest, by norms or along the worst path, and the best one by blocks."""
    by_blocks: Estimate | None = None
    best: list[Estimate] = []  # the best ones by norms alone, which is cheap
    kept = search.effort.paths

    def measured(made: Iterable[Attempt]) -> None:
        nonlocal best, by_blocks
        for attempt in made:
            with contextlib.suppress(np.linalg.LinAlgError):
                found = Estimate(attempt, network, search.unit, spread)
                if attempt.way == "blocks" and (by_blocks is None or found.by_norm > by_blocks.by_norm):
                    by_blocks = found
                best = sorted([*best, found], key=lambda e: -e.by_norm)[:kept]
            if search.watch.over or (best and best[0].by_norm == math.inf):
                break

    measured(attempts(search.model, network))
    middling = bool(best) and 0 < best[0].by_norm < WALKED and best[0].attempt.way == "signal and remainder"
    in_contexts = search.effort.contexts and middling and network.permuting
    plain = best[0].attempt if best else None
    if in_contexts and plain is not None and not search.watch.over:
        measured(in_context(plain, network))
    states, letters = network.table.shape
    for found in best[: 1 if states**2 * letters > LARGE else kept]:
        if search.watch.over:
            break
        found.add_path(in_pairs=search.effort.contexts)
    tube = max(best, key=lambda e: e.horizon, default=None)
    if in_contexts and plain is not None and tube is not None and not search.watch.over:
        tube = _with_more_letters(search, network, spread, plain, tube)
    return tube, by_blocks


def _with_more_letters(
    search: Search, network: FloatNetwork, spread: Floats | None, plain: Attempt, tube: Estimate
) -> Estimate:
    """The tube in coordinates that depend on more letters, where the remainder takes much and so takes less."""
    if tube.pairs is None or tube.pairs.beside < BESIDE * tube.pairs.total:
        return tube
    best = tube
    for attempt in in_context(plain, network, most=MORE_EDGES, above=tube.attempt.memory):
        with contextlib.suppress(np.linalg.LinAlgError):
            found = Estimate(attempt, network, search.unit, spread)
            found.add_path()
            best = max(best, found, key=lambda e: e.horizon)
    return best if best.horizon >= DEEPER * tube.horizon else tube


def _longest(document: dict[str, Any], low: float, high: float) -> float:
    """The longest claim that checks, of a few between a length and one that does not; else that length, unchecked."""
    for _ in range(TRIES_OF_LONG):
        claim = math.floor(math.sqrt(low * high))
        try:
            low = check(document | {"horizon": claim})
        except CheckError:
            high = claim
    document["horizon"] = int(low)
    return low


def _checked_shorter(
    document: dict[str, Any],
    proof: dict[str, Any],
    claim: float,
    above: float,
    finite: Callable[[], float] = lambda: -1,
) -> tuple[float, dict[str, Any]]:
    """What a proof proves by a claim or a few shorter ones, if it is more than `above`, with the document; −1 else.

    Where an infinite claim does not check, `finite` gives the next one.
    """
    for _ in range(TRIES):
        if claim <= above:
            break
        other = {**document, "horizon": "infinity" if claim == math.inf else int(claim), "proof": proof}
        try:
            return check(other), other
        except CheckError:
            claim = finite() if claim == math.inf else min(math.floor(claim * SHORTER), claim - 1)
    return -1, document


def _angles(document: dict[str, Any], network: FloatNetwork, unit: float) -> tuple[int, Diagnosis | None]:
    """Fill the document in with a proof by angles; what it proves, or −1, and which angle is farthest off."""
    claim, angles, turns, order = angle_horizon(network, unit)
    proof = {"prefix": 0, "order": order, "turns": turns.tolist(), "angles": stored(angles)}

    def holds(T: int) -> bool:
        try:
            check({**document, "horizon": T, "proof": proof})
        except CheckError:
            return False
        return True

    refused, shrink = claim + 1, SHORTER  # where rounding matters, shorter claims, in longer and longer strides
    while claim >= 0 and not holds(claim):
        refused, claim, shrink = claim, min(math.floor(claim * shrink), claim - 1), shrink**2
    if claim < 0:
        return -1, None
    while refused - claim > max(1, refused * (1 - SHORTER)):
        middle = (claim + refused) // 2
        claim, refused = (middle, refused) if holds(middle) else (claim, middle)
    document.update({"horizon": claim, "proof": proof})
    return claim, of_angles(network, angles, turns, order, claim)


def _checked(document: dict[str, Any], found: Estimate, units: Floats, above: float) -> tuple[float, str]:
    """Fill the document in and check it, with a shorter claim where rounding matters.

    Args:
        document: a certificate about the weights as they are.
        found: what was found for transitions divided by the units.
        units: (letters,).
        above: claims that are not longer are not worth a check.

    Returns:
        The horizon proved, and why it is no longer, where the range of floats is the reason.
    """
    document["proof"] = found.proof(units)
    claim: float = found.horizon
    reason, tries = "", 0
    while claim > above and tries < TRIES:
        document["horizon"] = "infinity" if claim == math.inf else int(claim)
        try:
            return check(document), reason
        except CheckError as error:
            reason, tries = reason or of_range(error), tries + 1
        if claim == math.inf:
            claim = found.without_ball()
            document["proof"] = found.proof(units)
        elif claim > WALKED:  # powers of floats are off by more than what is rounded upwards
            longest = _longest(document, WALKED, claim)
            if longest > max(above, WALKED):
                return longest, ""
            claim, tries, reason = WALKED, 0, ""
        elif tries > TRIES_OF_PAIRS and found.pairs is not None:
            claim = found.without_pairs()
            document["proof"] = found.proof(units)
        else:
            claim = min(math.floor(claim * SHORTER) - 1, claim - 1)
            if tries > TRIES_OF_BOUNDS:
                claim = claim // 2
            if tries > TRIES_OF_HALVES:
                claim = min(claim, max(found.beginning.prefix, 0))  # short words alone
    document["horizon"] = -1
    return -1, reason
