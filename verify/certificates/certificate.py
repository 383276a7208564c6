"""What a proof of a horizon is kept in: a value with its figures, and the document that `exact_check` reads.

What a document says of a model, its weights and how its code rounds, can be found anew from the model and compared.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...groups.errors import BistateError
from ...groups.text_file import write_text
from ...models.clean_up.refreshed import Refreshed
from ...models.protocols import LinearRecurrence
from ...theory.automata.automaton import Automaton
from ..errors import CertificateError
from ..exact_check import CheckError, FormatError, RangeError, UndecidedError, check, read_document
from ..networks.float_network import linear_weights
from ..networks.reading import reading_of
from .clean_up import recurrence_in, step_between, with_clean_up
from .diagnosis import Diagnosis
from .spoken_of import spoken_of, stored_task

SHAPES = {
    "exact codes": "ray",
    "signal and remainder": "tube",
    "blocks": "tube",
    "responses": "tube",
    "cones": "ellipsoid",
    "polyhedra": "polyhedron",
    "angles": "sector",
    "none": "none",
}
MEANT = {  # what names of arithmetics do not say
    "tf32": " (float32, and products of weights and states that are cut or rounded to TF32)",
    "int8": " (float32, and states rounded to whole multiples of their largest entry over 127)",
}


@dataclass(frozen=True)
class Certificate:
    """What `certify` proved.

    Attributes:
        horizon: every word of `shortest` to this many letters is classified rightly; `math.inf`, or `shortest` − 1
            where nothing is proved.
        arithmetic: "exact", or the floating-point type whose rounding is included.
        way: how it was proved: "exact codes", "signal and remainder", "blocks", "angles",
            "cones", "polyhedra", "responses", "all words", "clean-up", "one score"; "none" where nothing is proved.
        rank: dimension of the signal in the second way, 0 in the others.
        norm_horizon: what norms alone prove; −1 where it was words, angles or cones alone.
        path_horizon: what the worst path proves; None where letters merge states, the weights are exact, or it was
            words, angles or cones alone.
        seconds: time spent on the search and the check.
        document: the certificate as JSON values, see `exact_check`.
        reason: why nothing longer is proved, where numbers would leave the range of floats, or a decoder is undecided,
            with the state, or a word between two clean-ups is wrong; or what was left out when the search was ended;
            "" else.
        diagnosis: what takes the lead away at the next length, where the search has numbers for it.
        why: the same in words, one line each.
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
    diagnosis: Diagnosis | None = None
    why: tuple[str, ...] = ()

    @property
    def shape(self) -> str:
        """Of the cones that prove it, see docs/horizon.md: "ray", "tube", "ellipsoid", "polyhedron", "sector", "words",
        or "none".
        """
        return SHAPES.get(self.way, "words")

    @property
    def shortest(self) -> int:
        """Length of the shortest words that are spoken of; 0 includes the empty word."""
        return int(self.document.get("shortest", 0))

    @property
    def claim(self) -> str:
        """What is proved, in words: of which words, which arithmetic, which numbers."""
        return claim_in_words(self.document, self.horizon)

    def check(self) -> float:
        """The horizon, proved again from the document alone.

        Raises:
            CheckError: if it does not hold.
        """
        return check(self.document)

    def belongs_to(
        self,
        model: LinearRecurrence | Refreshed,
        automaton: Automaton | None = None,
        execution: str | None = None,
    ) -> bool:
        """Whether the certificate is about exactly this model: its weights, and how its code rounds, found anew.

        Letters before every word and the scores of the states are those that the certificate names, see `claim`.

        Args:
            model: any linear recurrence, or one with a clean-up.
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
            "shortest": self.shortest,
            "claim": self.claim,
            "arithmetic": self.arithmetic,
            "way": self.way,
            "shape": self.shape,
            "rank": self.rank,
            "norm_horizon": "infinity" if self.norm_horizon == math.inf else int(self.norm_horizon),
            "path_horizon": None if self.path_horizon is None else int(self.path_horizon),
            "seconds": self.seconds,
            "reason": self.reason,
            "why": list(self.why),
        }


def claim_in_words(document: dict[str, Any], horizon: float) -> str:
    """What a certificate proves, in words.

    Args:
        document: that has been checked.
        horizon: what it proves.
    """
    shortest = document.get("shortest", 0)
    if horizon < shortest:
        return "nothing is proved"
    if horizon == math.inf:
        words = "all words" if not shortest else f"all words of {shortest} or more letters"
    elif not shortest:
        words = f"all words of at most {int(horizon)} letters, the empty word as well"
    else:
        words = f"all words of {shortest} to {int(horizon)} letters"
    read = document.get("read", {})
    prefix = read.get("prefix", document.get("before", []))
    if prefix:
        words += f" after the letters {' '.join(map(str, prefix))}"
    outputs = read.get("outputs", [])
    if outputs != list(range(len(outputs))):
        words += f", with the scores {' '.join(map(str, outputs))} for the states"
    about = f"right on {words}, in {document['arithmetic']} arithmetic{MEANT.get(document['arithmetic'], '')}"
    if "every" in document:
        k = document["every"]
        about += f", with the state replaced by its code after {'every letter' if k == 1 else f'every {k} letters'}"
    if "norms" in document["weights"]:
        about += "; the recurrence multiplied exactly, the norms before the readout taken in real numbers"
    if "decoder" in document["weights"]:
        about += "; the recurrence multiplied exactly, the decoder taken in real numbers"
    if document.get("changes"):
        about += f"; about its numbers after these changes: {'; '.join(document['changes'])}"
    return about


def why_not_about(
    document: dict[str, Any],
    model: LinearRecurrence | Refreshed,
    automaton: Automaton | None = None,
    execution: str | None = None,
) -> str:
    """Why a certificate's document is not about a model, see `Certificate.belongs_to`; "" if it is.

    Everything the claim rests on is found anew from the model and compared: nothing is taken from the document but
    which letters stand before every word, and which scores are those of the states; the claim names both.
    """
    task, arithmetic = document["automaton"], document["arithmetic"]
    states, letters = len(task["table"]), len(task["table"][0])
    if model.states < len(set(task.get("labels", range(states)))) or model.letters < letters:
        return "it is about another number of states or letters"
    if automaton is not None and task != stored_task(automaton):
        return "it is about another task"
    if arithmetic != "exact" and execution not in (None, document.get("execution")):
        return f"it covers execution {document.get('execution')!r}, not {execution!r}"
    read = document.get("read", {})
    if not isinstance(read, dict):
        return "it does not say which letters stand before every word, and which scores are those of the states"
    try:
        used = Automaton(range(states), range(letters), task["table"], task["start"], outputs=task.get("labels"))
        prefix, outputs = read.get("prefix", ()), read.get("outputs")
        reading = reading_of(model.letters, model.states, used, document.get("shortest", 0), prefix, outputs)
        found = linear_weights(recurrence_in(model), norms=True)
        step = step_between(model, found, arithmetic)
        own = with_clean_up(spoken_of(found, reading, letters, arithmetic, step), model)
    except BistateError as error:
        return f"there is no such certificate about the model: {error}"
    if own.get("every") != document.get("every"):
        said, has = (f"one after {k} letters" if k else "none" for k in (document.get("every"), own.get("every")))
        return f"it is about another clean-up: {said}, and the model has {has}"
    for name in ("before", "read", "changes"):
        if own.get(name) != document.get(name):
            return "it is about other letters before every word, other scores, or numbers read off in another way"
    if own["weights"] != document["weights"]:
        return "it is about other weights than the model's"
    if (own["terms"], own["execution"]) != (document.get("terms", 0), document.get("execution")):
        return f"a step of the model rounds {own['terms']} times, and not {document.get('terms')}"
    return ""


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


def of_range(error: CheckError) -> str:
    """What a failed check says, where the range of floats is the reason, or balls that do not decide; "" else."""
    return str(error) if isinstance(error, (RangeError, UndecidedError)) else ""
