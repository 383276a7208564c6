"""Which networks run in fewer digits: those in float32 whose states are normalised."""

from __future__ import annotations

import torch

from ..bilinear_rnn import BilinearRNN
from ..errors import ModelError


def require_single_precision(model: object, what: str) -> None:
    """Refuse other networks.

    Args:
        model: to be held.
        what: is done to it, for the message.

    Raises:
        ModelError: with what the network is.
    """
    if not isinstance(model, BilinearRNN):
        given = type(model).__name__
    elif model.start.dtype != torch.float32 or not model.normalize:
        given = f"BilinearRNN in {str(model.start.dtype).removeprefix('torch.')} with normalize={model.normalize}"
    else:
        return
    raise ModelError(f"{what} for a BilinearRNN in float32 with normalize=True, not for this {given}")
