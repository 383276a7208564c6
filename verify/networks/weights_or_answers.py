"""Which way an object is looked at: by its weights where it shows a linear recurrence, else by its answers."""

from __future__ import annotations

from typing import Any

from ...models.linear_weights import LinearWeights
from .float_network import is_linear, weights_or_refusal


def weights_if_any(model: Any, norms: bool = False) -> LinearWeights | None:
    """The weights of a linear recurrence, None for any other object.

    An attribute `linear` that is a layer, as in many modules, is none; nor is a network whose `linear()` says that no
    linear recurrence does the same, as with affine terms and normalised states. One whose scores stand behind norms is
    one where `norms` says so.

    Raises:
        MismatchError: if the arrays of `linear()` do not go together.
        ModelError: if a weight is not finite.
    """
    found = weights_or_refusal(model, norms) if is_linear(model) else None
    return None if isinstance(found, str) else found
