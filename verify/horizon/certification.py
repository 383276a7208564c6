"""A length up to which a trained model is right on every word, proved.

The proof is a certificate: coordinates in which the hidden state is, up to a positive factor, a code of the true state
plus an error, and numbers that bound how the error grows from letter to letter; `exact_check` has the mathematics. Here
they are looked for in floats, several ways, and the best is kept; whatever comes out is checked in exact arithmetic
before it is returned, so a mistake here can cost length, never truth. The ways:

- *codes as they are*: for weights that are exact; the horizon is infinite, in any family;
- *signal and remainder*: a balanced truncation splits the hidden space in two components, see docs/horizon.md;
- *contexts*: the same in coordinates that depend on the last letters, where these are few enough;
- *blocks*: for block diagonal families every block is a component, without any coupling;
- *cones*: for letters that merge states, one for every state and the last letters, without the scale of the state;
- *angles*: for rotations, the hull of all angles that words of T letters can be off by;
- *all words*: where these give less, as early in training, short words are simply multiplied out.

Tubes are measured by norms alone and, for letters that permute the states, along the worst path; the better one counts.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.protocols import LinearRecurrence
from ...models.reading import Reading
from ...theory.automata.automaton import Automaton
from ..certificates.certificate import Certificate, of_range
from ..certificates.limits import LONGEST_PREFIX, MOST_BEFORE, MOST_WORDS
from ..certificates.short_words import all_words
from ..certificates.spoken_of import claim_about, network_of, step_of, stored
from ..cones.search import cones_of
from ..errors import MismatchError
from ..exact_check import BITS, EXECUTION, MOST_STEPS, CheckError, RangeError, check
from ..networks.float_network import FloatNetwork, linear_weights
from ..networks.reading import reading_of
from ..tubes.contexts import in_context
from ..tubes.estimate import Estimate, checked_decoder
from ..tubes.exact_codes import exact_codes
from ..tubes.ways import attempts
from .angle_search import angle_horizon, of_length_one, of_rotations
from .limits import KEPT, LARGE, MOST_SCALED, ORDINARY, SHORTER, TRIES, TRIES_OF_BOUNDS, TRIES_OF_HALVES

Floats = NDArray[Any]  # of float64


def certify(
    model: LinearRecurrence,
    automaton: Automaton,
    arithmetic: str = "exact",
    execution: str = EXECUTION,
    *,
    shortest: int = 1,
    prefix: Sequence[int] = (),
    outputs: Sequence[int] | None = None,
) -> Certificate:
    """Prove a length up to which every word is classified rightly.

    Args:
        model: any linear recurrence: a `BilinearRNN` of any family, a `LinearRNN`, or an object with `linear()`. The
            proof is about the numbers of `model.linear()`, as the floats they are. Scores may stand behind norms, see
            `NormedReadout`, or be those of a `Decoder`, in exact arithmetic.
        automaton: the task; letter i of it is the model's letter i.
        arithmetic: "exact": the floats are multiplied without rounding, and the start is `model.start`. "float32" or
            "float64": the code as it runs, with the rounding of every product, of the norm that is divided by and of
            the readout, and within the range of floats; for models with normalised states.
        execution: how the code runs, where it rounds: "loop", one letter after the other; "scan", `parallel=True`, is
            refused.
        shortest: words of fewer letters are not asked about: training never labels the empty word, and a start of
            zeros makes it meaningless; 0 includes it.
        prefix: letters of the model that stand before every word, such as one that begins a sequence; they are not
            counted.
        outputs: the score that stands for each state, if it is not score q for state q. Further scores must never be
            the largest.

    Returns:
        A `Certificate`; its horizon is at most 250 000 or infinite, and `shortest` − 1 where nothing is proved.

    Raises:
        MismatchError: if the model is no linear recurrence, or does not fit the task, or arithmetic or execution are
            not known or not covered for it: states that are not normalised, weights that leave the range of floats,
            products of reduced precision.
        ModelError: if a weight is not finite.
    """
    begun = time.perf_counter()
    found = linear_weights(model, norms=True)
    reading = reading_of(found.letters, found.scores, automaton, shortest, prefix, outputs)
    _require_reading(reading, found.by_last_letter, len(automaton.letters))
    step = step_of(model, found, arithmetic, execution)
    document = claim_about(found, automaton, reading, arithmetic, step)
    nothing = float(reading.shortest - 1)
    if found.scores == 1:
        document["horizon"] = "infinity"
        return Certificate(check(document), arithmetic, "one score", 0, math.inf, None, _since(begun), document)
    _require_range(document)
    network = network_of(found, automaton, reading, rounded=step is not None)
    unit = 0.0 if BITS[arithmetic] is None else 2.0 ** -BITS[arithmetic] * (document["terms"] + 1)  # type: ignore[operator]
    horizon, way, chosen, reason = -1.0, "none", None, ""
    if network.is_plain and of_rotations(network.A) and exact_codes(network) is None:
        horizon, way = _angles(document, network, unit), "angles"
    network, units = _of_size_one(network)
    if horizon <= nothing or not of_length_one(network.A):  # else angles prove most
        spread = None
        if step is not None and step.spread is not None:
            spread = step.spread[: len(units)] / units[:, None, None]
        chosen = _best_tube(model, network, unit, spread)
        if chosen is not None and chosen.horizon > horizon:
            other = dict(document)
            decided = _checked if network.decoder is None else checked_decoder
            reached, reason = decided(other, chosen, units)
            if reached > horizon:
                horizon, way, document = reached, chosen.attempt.way, other
    if horizon < MOST_STEPS and step is None and network.is_linear and not network.permuting:
        reached, other = _cones(document, network, chosen, max(horizon, nothing))
        horizon, way, document = (reached, "cones", other) if reached > horizon else (horizon, way, document)
    words, short = all_words(document, network, above=max(horizon, nothing))
    horizon, way, reason = (words, "all words", reason or short) if words > horizon else (horizon, way, reason)
    if horizon <= nothing:  # a claim about no word at all
        document |= {"horizon": int(nothing), "proof": {"prefix": max(int(nothing), 0)}}
        return Certificate(int(nothing), arithmetic, "none", 0, -1, None, _since(begun), document, reason)
    if chosen is None or way != chosen.attempt.way:
        return Certificate(horizon, arithmetic, way, 0, -1, None, _since(begun), document, reason)
    return Certificate(
        horizon=horizon,
        arithmetic=arithmetic,
        way=chosen.attempt.way,
        rank=chosen.attempt.rank,
        norm_horizon=min(chosen.by_norm, horizon),
        path_horizon=None if chosen.by_path is None else min(chosen.by_path, horizon),
        seconds=_since(begun),
        document=document,
        reason=reason,
    )


def _require_reading(reading: Reading, by_last_letter: bool, letters: int) -> None:
    """Refuse words that no certificate speaks of."""
    if by_last_letter and not reading.shortest:
        raise MismatchError(
            "the readout depends on the last letter, so the empty word has no scores, and shortest=0 asks about it"
        )
    shorter = max(reading.shortest - 1, 0)  # these words are multiplied out
    if shorter > LONGEST_PREFIX:
        raise MismatchError(f"shortest={reading.shortest}; at most {LONGEST_PREFIX + 1} is covered")
    if letters**shorter > MOST_WORDS:
        raise MismatchError(f"shortest={reading.shortest} with {letters} letters: too many words are shorter")
    if len(reading.prefix) > MOST_BEFORE:
        raise MismatchError(f"prefix has {len(reading.prefix)} letters; at most {MOST_BEFORE} are covered")


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


def _since(begun: float) -> float:
    return round(time.perf_counter() - begun, 3)


def _require_range(document: dict[str, Any]) -> None:
    """Refuse weights that leave the range of floats whatever the word: the empty one shows it."""
    try:
        check(document)
    except RangeError as error:
        raise MismatchError(f"{error}; certify in exact arithmetic, or scale the weights") from None
    except CheckError:  # the empty word is wrong, or a claim is too bold: not a question of range
        return


def _best_tube(model: LinearRecurrence, network: FloatNetwork, unit: float, spread: Floats | None) -> Estimate | None:
    """The attempt that reaches farthest, by norms or along the worst path."""
    best: list[Estimate] = []  # the best ones by norms alone, which is cheap
    for attempt in attempts(model, network):
        try:
            found = Estimate(attempt, network, unit, spread)
        except np.linalg.LinAlgError:
            continue
        best = sorted([*best, found], key=lambda e: -e.by_norm)[:KEPT]
        if best[0].by_norm == math.inf:
            break
    middling = bool(best) and 0 < best[0].by_norm < MOST_STEPS and best[0].attempt.way == "signal and remainder"
    if middling and network.permuting:
        for attempt in in_context(best[0].attempt, network):
            try:
                found = Estimate(attempt, network, unit, spread)
            except np.linalg.LinAlgError:
                continue
            best = sorted([*best, found], key=lambda e: -e.by_norm)[:KEPT]
    states, letters = network.table.shape
    large = states**2 * letters > LARGE
    for found in best[: 1 if large else KEPT]:
        found.add_path()
    return max(best, key=lambda e: e.horizon, default=None)


def _cones(
    document: dict[str, Any], network: FloatNetwork, tube: Estimate | None, above: float
) -> tuple[float, dict[str, Any]]:
    """What cones prove, if it is more than `above`, and the document filled in; −1 else."""
    found = cones_of(network, tube)
    if found is None:
        return -1, document
    proof, claim = found.proof(), found.radii.horizon
    for _ in range(TRIES):
        if claim <= above:
            break
        other = {**document, "horizon": "infinity" if claim == math.inf else int(claim), "proof": proof}
        try:
            return check(other), other
        except CheckError:
            claim = found.without_ball() if claim == math.inf else min(math.floor(claim * SHORTER), claim - 1)
    return -1, document


def _angles(document: dict[str, Any], network: FloatNetwork, unit: float) -> int:
    """Fill the document in with a proof by angles; what it proves, or −1."""
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
        return -1
    while refused - claim > max(1, refused * (1 - SHORTER)):
        middle = (claim + refused) // 2
        claim, refused = (middle, refused) if holds(middle) else (claim, middle)
    document.update({"horizon": claim, "proof": proof})
    return claim


def _checked(document: dict[str, Any], found: Estimate, units: Floats) -> tuple[float, str]:
    """Fill the document in and check it, with a shorter claim where rounding matters.

    Args:
        document: a certificate about the weights as they are.
        found: what was found for transitions divided by the units.
        units: (letters,).

    Returns:
        The horizon proved, and why it is no longer, where the range of floats is the reason.
    """
    document["proof"] = found.proof(units)
    claim: float = found.horizon
    reason, tries = "", 0
    while claim >= 0 and tries < TRIES:
        document["horizon"] = "infinity" if claim == math.inf else int(claim)
        try:
            return check(document), reason
        except CheckError as error:
            reason, tries = reason or of_range(error), tries + 1
        if claim == math.inf:
            claim = found.without_ball()
            document["proof"] = found.proof(units)
        else:
            claim = min(math.floor(claim * SHORTER) - 1, claim - 1)
            if tries > TRIES_OF_BOUNDS:
                claim = claim // 2
            if tries > TRIES_OF_HALVES:
                claim = min(claim, max(found.beginning.prefix, 0))  # short words alone
    document["horizon"] = -1
    return -1, reason
