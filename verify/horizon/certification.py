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
- *polyhedra*: for cones that touch each other, or have room to spare, one with finitely many rays for every state;
- *angles*: for rotations, the hull of all angles that words of T letters can be off by;
- *all words*: where these give less, as early in training, short words are simply multiplied out;
- *clean-up*: for `Refreshed` models all words between two clean-ups are, from every code.

Tubes are measured by norms alone and, for letters that permute the states, along the worst path; the better one counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.clean_up.refreshed import Refreshed
from ...models.protocols import LinearRecurrence
from ...models.reading import Reading
from ...theory.automata.automaton import Automaton
from ..certificates.certificate import Certificate
from ..certificates.effort import Watch, effort_named, watch_of
from ..certificates.limits import LONGEST_PREFIX, MOST_BEFORE, MOST_WORDS
from ..certificates.spoken_of import claim_about, network_of, step_of
from ..errors import MismatchError
from ..exact_check import EXECUTION, CheckError, RangeError, check
from ..networks.float_network import linear_weights
from ..networks.reading import reading_of
from .clean_up import certify_refreshed
from .phases import PHASES, Proved, Search, diagnosed

Floats = NDArray[Any]  # of float64


def certify(
    model: LinearRecurrence | Refreshed,
    automaton: Automaton,
    arithmetic: str = "exact",
    execution: str = EXECUTION,
    *,
    shortest: int = 1,
    prefix: Sequence[int] = (),
    outputs: Sequence[int] | None = None,
    effort: str = "usual",
    budget: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> Certificate:
    """Prove a length up to which every word is classified rightly.

    Args:
        model: any linear recurrence: a `BilinearRNN` of any family, a `LinearRNN`, or an object with `linear()`. The
            proof is about the numbers of `model.linear()`, as the floats they are. Scores may stand behind norms, see
            `NormedReadout`, or be those of a `Decoder`, in exact arithmetic. Or one with a clean-up, `Refreshed`: then
            all words between two clean-ups are multiplied out, and the horizon is infinite or ends at a wrong word.
        automaton: the task; letter i of it is the model's letter i.
        arithmetic: "exact": the floats are multiplied without rounding, and the start is `model.start`. "float32" or
            "float64": the code as it runs, with the rounding of every product, of the norm that is divided by and of
            the readout, and within the range of floats; for models with normalised states. "float16", "bfloat16"
            or "int8": float32 whose state is rounded once more after every letter, to be kept, as `KeptStates` runs.
            "tf32": float32 whose products may be taken in TF32, as `Tf32Products` runs, for families that multiply by
            A[x] at once.
        execution: how the code runs, where it rounds: "loop", one letter after the other; "scan", `parallel=True`, is
            refused.
        shortest: words of fewer letters are not asked about: training never labels the empty word, and a start of
            zeros makes it meaningless; 0 includes it.
        prefix: letters of the model that stand before every word, such as one that begins a sequence; they are not
            counted.
        outputs: the score that stands for each state, if it is not score q for state q. Further scores must never be
            the largest.
        effort: "quick", "usual" or "thorough": how hard a proof is looked for. What is proved holds at every level;
            "quick" gives up length for time, "thorough" time for length.
        budget: seconds after which nothing further is begun, or None. One attempt, or one exact check, that has begun
            is finished. What was proved by then is returned, and `reason` says what was left out; the same after
            Ctrl-C, if anything was proved. A proof with a clean-up is one count of words, whatever effort and budget.
        progress: called with a few words whenever something else is done.

    Returns:
        A `Certificate`; its horizon is at most 10**12 or infinite, and `shortest` − 1 where nothing is proved.

    Raises:
        MismatchError: if the model is no linear recurrence, or does not fit the task, or arithmetic or execution are
            not known or not covered for it: states that are not normalised, weights that leave the range of floats,
            products of reduced precision; if there is no such effort or budget.
        ModelError: if a weight is not finite.
    """
    level, watch = effort_named(effort), watch_of(budget, progress)
    if isinstance(model, Refreshed):
        return certify_refreshed(model, automaton, arithmetic, execution, shortest, prefix, outputs)
    found = linear_weights(model, norms=True)
    reading = reading_of(found.letters, found.scores, automaton, shortest, prefix, outputs)
    _require_reading(reading, found.by_last_letter, len(automaton.letters))
    step = step_of(model, found, arithmetic, execution)
    document = claim_about(found, automaton, reading, arithmetic, step)
    nothing = float(reading.shortest - 1)
    if found.scores == 1:
        document["horizon"] = "infinity"
        return _certificate(Proved(check(document), "one score", document), arithmetic, watch)
    _require_range(document)
    network = network_of(found, automaton, reading, arithmetic)
    search = Search(model, network, document, step, nothing, level, watch)
    best = Proved(nothing, "none", document | {"horizon": int(nothing), "proof": {"prefix": max(int(nothing), 0)}})
    for name, phase in PHASES:
        if watch.over:
            best = best.ended(f"the budget of {budget:g} seconds ended before {name}")
            break
        watch.tell(f"{name}, {best.so_far}")
        try:
            best = phase(search, best)
        except KeyboardInterrupt:
            if best.horizon <= nothing:
                raise
            best = best.ended(f"it was interrupted at {name}")
            break
        except np.linalg.LinAlgError:  # a search in floats: this way finds nothing, what was proved before stays
            continue
        if best.horizon == math.inf:
            break
    why = None if watch.over else diagnosed(search, best)
    words = () if why is None else tuple(why.lines(automaton.states, automaton.letters))
    return replace(_certificate(best, arithmetic, watch), diagnosis=why, why=words)


def _certificate(best: Proved, arithmetic: str, watch: Watch) -> Certificate:
    tube = best.tube
    by_tube = tube is not None and best.way == tube.attempt.way
    by_norm = min(tube.by_norm, best.horizon) if tube is not None and by_tube else -1.0
    by_path = tube.by_path if tube is not None and by_tube else None
    return Certificate(
        horizon=best.horizon if best.way != "none" else int(best.horizon),
        arithmetic=arithmetic,
        way=best.way,
        rank=tube.attempt.rank if tube is not None and by_tube else 0,
        norm_horizon=math.inf if best.way == "one score" else by_norm,
        path_horizon=None if by_path is None else min(by_path, best.horizon),
        seconds=round(watch.seconds, 3),
        document=best.document,
        reason=best.reason,
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


def _require_range(document: dict[str, Any]) -> None:
    """Refuse weights that leave the range of floats whatever the word: the empty one shows it."""
    try:
        check(document)
    except RangeError as error:
        raise MismatchError(f"{error}; certify in exact arithmetic, or scale the weights") from None
    except CheckError:  # the empty word is wrong, or a claim is too bold: not a question of range
        return
