"""Vectors of length one, whatever their size was."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]  # of float64
TINY = 1e-300  # about the least normal float: where nothing may be divided by zero


def unit(vectors: Floats) -> Floats:
    """Divided by their norms along the last axis; 0 stays 0. (…, hidden)

    >>> unit(np.array([[3e200, 4e200], [0.0, 0.0], [3e-200, 4e-200]])).tolist()
    [[0.6, 0.8], [0.0, 0.0], [0.6, 0.8]]
    """
    largest = np.maximum(np.abs(vectors).max(axis=-1, keepdims=True), TINY)
    even = vectors / largest  # squares neither overflow nor vanish
    return np.asarray(even / np.maximum(np.linalg.norm(even, axis=-1, keepdims=True), TINY))
