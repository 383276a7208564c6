"""A length up to which a trained model is right on every word, proved.

The proof is a certificate: coordinates in which the hidden state is, up to a positive factor, a code of the true state
plus an error, and numbers that bound how the error grows from letter to letter; `exact_check` has the mathematics. Here
they are looked for in floats, several ways, and the best is kept; whatever comes out is checked in exact arithmetic
before it is returned, so a mistake here can cost length, never truth. The ways:

- *codes as they are*: for weights that are exact; the horizon is infinite, in any family;
- *signal and remainder*: a balanced truncation splits the hidden space in two components, see docs/horizon.md;
- *contexts*: the same in coordinates that depend on the last letters, where these are few enough;
- *blocks*: for block diagonal families every block is a component, without any coupling;
- *angles*: for rotations, the hull of all angles that words of T letters can be off by;
- *all words*: where these give less, as early in training, short words are simply multiplied out.

Tubes are measured by norms alone and, for letters that permute the states, along the worst path; the better one counts.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.bilinear_rnn import BilinearRNN
from ...theory.automata.automaton import Automaton
from ..errors import MismatchError
from ..exact_check import BITS, EXECUTION, MOST_STEPS, CheckError, RangeError, check
from ..networks.fit import require_fit
from ..networks.float_network import FloatNetwork, float_network
from .angle_search import angle_horizon
from .certificate import Certificate, claim_about, of_range, stored
from .contexts import in_context
from .estimate import Estimate
from .exact_codes import exact_codes
from .limits import KEPT, LARGE, MOST_SCALED, ORDINARY, SHORTER, TRIES, TRIES_OF_BOUNDS
from .short_words import all_words
from .ways import attempts

Floats = NDArray[Any]  # of float64


def certify(
    model: BilinearRNN, automaton: Automaton, arithmetic: str = "exact", execution: str = EXECUTION
) -> Certificate:
    """Prove a length up to which every word is classified rightly.

    Args:
        model: a trained model, of any family, without additive terms. Its weights are the matrices
            `model.transitions()`, the start and `model.rows()`, as the floats they are.
        automaton: the task.
        arithmetic: "exact": the floats are multiplied without rounding, and the start is `model.start`. "float32" or
            "float64": the code as it runs, with the rounding of every product, of the norm that is divided by and of
            the readout, and within the range of floats; for models with normalised states.
        execution: how the code runs, where it rounds: "loop", one letter after the other; "scan", `parallel=True`, is
            refused.

    Returns:
        A `Certificate`; its horizon is at most 250 000 or infinite.

    Raises:
        MismatchError: if model and task do not fit, or arithmetic or execution are not known or not covered for the
            model: states that are not normalised, weights that leave the range of floats, products of reduced
            precision.
        ModelError: if a weight is not finite.
    """
    begun = time.perf_counter()
    require_fit(model, automaton)
    document = claim_about(model, automaton, arithmetic, execution)
    if model.states == 1:
        document["horizon"] = "infinity"
        return Certificate(check(document), arithmetic, "one state", 0, math.inf, None, _since(begun), document)
    _require_range(document)
    network = float_network(model, automaton, normalized=arithmetic != "exact")
    step = model.family.step_rounding() if arithmetic != "exact" else None
    unit = 0.0 if BITS[arithmetic] is None else 2.0 ** -BITS[arithmetic] * (document["terms"] + 1)  # type: ignore[operator]
    horizon, way, chosen, reason = -1.0, "none", None, ""
    if model.transition == "rotation" and exact_codes(network) is None:
        horizon, way = _angles(document, network, unit), "angles"
    network, units = _of_size_one(network)
    if horizon < 0:  # where angles prove something they prove most
        spread = None if step is None or step.spread is None else step.spread / units[:, None, None]
        chosen = _best_tube(model, network, unit, spread)
        if chosen is not None:
            (horizon, reason), way = _checked(document, chosen, units), chosen.attempt.way
    words, short = all_words(document, network, above=horizon)
    horizon, way, reason = (words, "all words", reason or short) if words > horizon else (horizon, way, reason)
    if horizon < 0:
        document["horizon"] = -1
    if chosen is None or way != chosen.attempt.way or horizon < 0:
        way = "none" if horizon < 0 else way
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


def _of_size_one(network: FloatNetwork) -> tuple[FloatNetwork, Floats]:
    """Weights divided by powers of two, so that the search stays in range, and those of the letters, (letters,).

    Ordinary weights are left as they are.
    """
    A, h, C = network.A, network.h, network.C
    powers = [math.frexp(np.abs(values).max())[1] for values in (*A, h, C)]
    units = np.array([2.0 ** min(max(k, -MOST_SCALED), MOST_SCALED) if abs(k) > ORDINARY else 1.0 for k in powers])
    scaled = replace(network, A=A / units[:-2, None, None], h=h / units[-2], C=C / units[-1])
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


def _best_tube(model: BilinearRNN, network: FloatNetwork, unit: float, spread: Floats | None) -> Estimate | None:
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


def _angles(document: dict[str, Any], network: FloatNetwork, unit: float) -> int:
    """Fill the document in with a proof by angles; what it proves, or −1."""
    claim, angles, turns, order = angle_horizon(network, unit)
    proof = {"prefix": 0, "order": order, "turns": turns.tolist(), "angles": stored(angles)}
    while claim >= 0:
        found = {**document, "horizon": claim, "proof": proof}
        try:
            check(found)
        except CheckError:
            claim = min(math.floor(claim * SHORTER), claim - 1)
            continue
        document.update(found)
        return claim
    return -1


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
                claim = min(claim, max(found.beginning.prefix, 0))  # short words alone
    document["horizon"] = -1
    return -1, reason
