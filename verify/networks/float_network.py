"""The weights of a trained model as arrays of float64."""

from __future__ import annotations

from typing import Any

import torch
from numpy.typing import NDArray

from ...models.bilinear_rnn import BilinearRNN
from ..errors import MismatchError

Floats = NDArray[Any]  # of float64


def float_weights(model: BilinearRNN, normalized: bool = False) -> tuple[Floats, Floats, Floats]:
    """A (letters, hidden, hidden), the start (hidden,), as it is or normalised, and C (states, hidden), as float64."""
    with torch.no_grad():
        tensors = model.transitions(), model.initial(1)[0] if normalized else model.start, model.rows()
        A, h, C = (t.detach().double().numpy(force=True) for t in tensors)
    return A, h, C


def weights_without_shift(model: BilinearRNN) -> tuple[Floats, Floats, Floats]:
    """A, h_0 and C as float64.

    Raises:
        MismatchError: if the model has additive terms.
        ModelError: if a weight is not finite.
    """
    model.check_finite()
    if model.shift is not None:
        raise MismatchError("the model has additive terms b[x]; as a weighted automaton it is h ← A[x] h alone")
    return float_weights(model)
