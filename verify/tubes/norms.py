"""Norms of many matrices at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..certificates.limits import TINY
from .limits import POWER_ROUNDS, SMALL

Floats = NDArray[Any]  # of float64


def spectral_norms(blocks: Floats) -> Floats:
    """2-norms of matrices, (letters,); of large ones by a few rounds of the power method."""
    if min(blocks.shape[1:]) <= SMALL:
        return np.asarray(np.linalg.norm(blocks, ord=2, axis=(1, 2)))
    vector = np.ones((len(blocks), blocks.shape[2], 1))
    for _ in range(POWER_ROUNDS):
        vector = blocks.transpose(0, 2, 1) @ (blocks @ vector)
        vector /= np.maximum(np.linalg.norm(vector, axis=1, keepdims=True), TINY)
    return np.asarray(np.linalg.norm(blocks @ vector, axis=(1, 2)))
