"""What a proof of a horizon is kept in: a value with its figures, and the document that `exact_check` reads.

What a document says of a model, its weights and how its code rounds, can be found anew from the model and compared.
"""

from __future__ import annotations

import base64
import json
import math
import sys
from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...groups.errors import BistateError
from ...models.bilinear_rnn import BilinearRNN
from ...models.errors import ModelError
from ...models.transitions.step_rounding import require_norms
from ...theory.automata.automaton import Automaton
from ...theory.files.text_file import write_text
from ..errors import CertificateError, MismatchError
from ..exact_check import BITS, EXECUTION, KIND, CheckError, FormatError, RangeError, check, digest, read_document
from ..networks.float_network import float_weights
from .plain_floats import require_plain_floats

Floats = NDArray[Any]  # of float64
EXECUTIONS = ("loop", "scan")  # one letter after the other, or `parallel=True`
MOST_ROUNDED = 0.25  # of roundings in a step, in units of the last digit: more digits than there are may be lost


@dataclass(frozen=True)
class Certificate:
    """What `certify` proved.

    Attributes:
        horizon: every word of at most this many letters is classified rightly; `math.inf`, or −1 when not even the
            empty word is proved.
        arithmetic: "exact", or the floating-point type whose rounding is included.
        way: how it was proved: "exact codes", "signal and remainder", "blocks", "angles",
            "all words", "one state"; "none" where not even the empty word is proved.
        rank: dimension of the signal in the second way, 0 in the others.
        norm_horizon: what norms alone prove; −1 where it was words or angles alone.
        path_horizon: what the worst path proves; None where letters merge states, the weights are exact, or it was
            words or angles alone.
        seconds: time spent on the search and the check.
        document: the certificate as JSON values, see `exact_check`.
        reason: why nothing longer is proved, where numbers would leave the range of floats; "" else.
    """

    horizon: float
    arithmetic: str
    way: str
    rank: int
    norm_horizon: float
    path_horizon: float | None
    seconds: float
    document: dict[str, Any] = field(repr=False)
    reason: str = ""

    def check(self) -> float:
        """The horizon, proved again from the document alone.

        Raises:
            CheckError: if it does not hold.
        """
        return check(self.document)

    def belongs_to(self, model: BilinearRNN, automaton: Automaton | None = None, execution: str | None = None) -> bool:
        """Whether the certificate is about exactly this model: its weights, and how its code rounds, found anew.

        Args:
            model: any model.
            automaton: if given, the certificate has to be about this task as well.
            execution: if given, "loop" or "scan", rounding has to be covered for this way of running the model.
        """
        return not why_not_about(self.document, model, automaton, execution)

    def save(self, path: str | Path) -> None:
        """Write the certificate as JSON, all or nothing; `bistate check` reads it."""
        write_text(Path(path), json.dumps(self.document) + "\n")

    def to_json(self) -> dict[str, Any]:
        """The figures as JSON values, without the document; infinity as a text."""
        return {
            "horizon": "infinity" if self.horizon == math.inf else int(self.horizon),
            "arithmetic": self.arithmetic,
            "way": self.way,
            "rank": self.rank,
            "norm_horizon": "infinity" if self.norm_horizon == math.inf else int(self.norm_horizon),
            "path_horizon": None if self.path_horizon is None else int(self.path_horizon),
            "seconds": self.seconds,
            "reason": self.reason,
        }


def why_not_about(
    document: dict[str, Any], model: BilinearRNN, automaton: Automaton | None = None, execution: str | None = None
) -> str:
    """Why a certificate's document is not about a model, see `Certificate.belongs_to`; "" if it is.

    Everything the claim rests on is found anew from the model and compared: nothing is taken from the document.
    """
    task, arithmetic = document["automaton"], document["arithmetic"]
    if (len(task["table"]), len(task["table"][0])) != (model.states, model.letters):
        return "it is about another number of states or letters"
    if automaton is not None and task != stored_task(automaton):
        return "it is about another task"
    if arithmetic != "exact" and execution not in (None, document.get("execution")):
        return f"it covers execution {document.get('execution')!r}, not {execution!r}"
    try:
        own = spoken_of(model, arithmetic)
    except BistateError as error:
        return f"there is no such certificate about the model: {error}"
    if own["weights"] != document["weights"]:
        return "it is about other weights than the model's"
    if (own["terms"], own["execution"]) != (document.get("terms", 0), document.get("execution")):
        return f"a step of the model rounds {own['terms']} times, and not {document.get('terms')}"
    return ""


def spoken_of(model: BilinearRNN, arithmetic: str = "exact", execution: str = EXECUTION) -> dict[str, Any]:
    """What a certificate says of a model, found anew from the model: arithmetic, execution, terms and weights.

    Raises:
        MismatchError: if arithmetic or execution are not known or not covered for the model.
        ModelError: if a weight is not finite, or an intermediate number may overflow.
    """
    if model.shift is not None:
        raise MismatchError("the model has additive terms b[x]; a horizon is certified for h ← A[x] h alone")
    if arithmetic not in BITS:
        raise MismatchError(f"arithmetic {arithmetic!r} is not known; choose one of {', '.join(BITS)}")
    if execution not in EXECUTIONS:
        raise MismatchError(f"execution {execution!r} is not known; choose one of {', '.join(EXECUTIONS)}")
    model.check_finite()
    rounded = arithmetic != "exact"
    if rounded:
        if execution != EXECUTION:
            raise MismatchError(
                "rounding is bounded for execution='loop' alone: the scan, parallel=True, multiplies matrices first, "
                "whose errors are as large as their product, however small the state"
            )
        require_plain_floats(model, arithmetic)
        require_norms(model.start, "the start")
        if model.temperature is not None:
            require_norms(model.readout, "a row of the readout")
    A, h, C = float_weights(model, normalized=rounded)
    for name, values in (("transitions", A), ("start", h), ("readout", C)):
        if not np.isfinite(values).all():
            raise ModelError(f"the {name} overflow in {model.start.dtype}: {values[~np.isfinite(values)][0]}")
    weights, terms = {"transitions": stored(A), "start": stored(h), "readout": stored(C)}, 0
    if rounded:
        step = model.family.step_rounding()
        terms = step.terms
        if not terms * 2.0 ** -BITS[arithmetic] < MOST_ROUNDED:  # type: ignore[operator]
            raise MismatchError(f"a step rounds up to {terms:.3g} times, too often for a bound in {arithmetic}")
        spread = None if step.spread is None else np.maximum(step.spread, np.abs(A))  # entries that were rounded up
        weights |= {} if spread is None else {"spread": stored(spread)}
        weights |= {} if step.underflow is None else {"underflow": stored(step.underflow)}
    return {
        "arithmetic": arithmetic,
        "execution": execution if rounded else None,
        "terms": terms,
        "weights": weights,
    }


def claim_about(model: BilinearRNN, automaton: Automaton, arithmetic: str, execution: str) -> dict[str, Any]:
    """A certificate of the empty word, whose horizon and proof are to be replaced."""
    document: dict[str, Any] = spoken_of(model, arithmetic, execution) | {
        "kind": KIND,
        "automaton": stored_task(automaton),
        "horizon": 0,
        "proof": {"prefix": 0},
    }
    return document | {"digest": digest(document)}


def load_certificate(path: str | Path) -> dict[str, Any]:
    """The document of a saved certificate, not yet checked.

    Raises:
        CertificateError: if the file cannot be read, or is not a JSON object.
    """
    try:
        document = read_document(path)
    except FormatError as error:
        raise CertificateError(str(error)) from None
    if not isinstance(document, dict):
        raise CertificateError(f"the certificate {str(path)!r} is not a JSON object")
    return document


def stored(values: Floats) -> dict[str, Any]:
    """An array as a certificate holds it: its shape, and its float64 in base64, lowest byte first."""
    flat = array("d", np.ascontiguousarray(values, dtype=np.float64).ravel().tobytes())
    if sys.byteorder == "big":
        flat.byteswap()
    return {"shape": list(values.shape), "float64": base64.b64encode(flat.tobytes()).decode()}


def stored_task(automaton: Automaton) -> dict[str, Any]:
    """A task as a certificate holds it: its table, and where it starts."""
    return {"table": np.asarray(automaton.table).tolist(), "start": automaton.start_index}


def of_range(error: CheckError) -> str:
    """What a failed check says, where the range of floats is the reason; "" else."""
    return str(error) if isinstance(error, RangeError) else ""
