"""What a certificate says of a recurrence with a clean-up, beside what it says of the recurrence: k and the codes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...models.bilinear_rnn import BilinearRNN
from ...models.clean_up.refreshed import Refreshed
from ...models.linear_rnn import LinearRNN
from ...models.linear_weights import LinearWeights
from ...models.protocols import LinearRecurrence
from ...models.transitions.step_rounding import StepRounding
from ..errors import MismatchError
from ..exact_check import COARSER, EXECUTION
from ..exact_check.fields import floats
from .plain_floats import require_plain_floats
from .spoken_of import step_of, stored


def recurrence_in(model: LinearRecurrence | Refreshed) -> LinearRecurrence | BilinearRNN | LinearRNN:
    """The recurrence between two clean-ups."""
    return model.model if isinstance(model, Refreshed) else model


def step_between(
    model: LinearRecurrence | Refreshed, found: LinearWeights, arithmetic: str, execution: str = EXECUTION
) -> StepRounding | None:
    """What one step between clean-ups rounds, see `step_of`; a clean-up itself copies a code and rounds nothing.

    Raises:
        MismatchError: as `step_of`, and for codes of another precision, or a compiled module.
    """
    if arithmetic in COARSER and isinstance(model, Refreshed):
        raise MismatchError(f"arithmetic {arithmetic!r} is not covered for clean-ups: their codes are kept in float32")
    step = step_of(recurrence_in(model), found, arithmetic, execution)
    if step is not None and isinstance(model, Refreshed):
        require_plain_floats(model, arithmetic)
    return step


def with_clean_up(about: dict[str, Any], model: object) -> dict[str, Any]:
    """What is said of a recurrence, with k and the codes if the model has a clean-up; without a digest."""
    if not isinstance(model, Refreshed):
        return about
    codes = model.codes.detach().double().numpy(force=True)
    return about | {"every": model.every, "weights": about["weights"] | {"codes": stored(codes)}}


def refreshed_as(document: dict[str, Any], model: LinearRecurrence) -> LinearRecurrence | Refreshed:
    """A recurrence with the clean-up that a certificate speaks of; itself where it speaks of none.

    Args:
        document: that has been checked.
        model: as many hidden units as the codes have.

    Raises:
        ModelError: if it has others, or another readout than one.
    """
    if "every" not in document:
        return model
    stored_codes = document["weights"]["codes"]
    shape = stored_codes["shape"][:2]
    codes = np.array(floats(stored_codes, stored_codes["shape"], "codes")).reshape(shape)
    return Refreshed(model, None, document["every"], codes=codes)
