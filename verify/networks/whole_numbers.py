"""Floats as whole numbers times a power of two, exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import fmpz_mat
from numpy.typing import NDArray

from .float_network import FloatNetwork

Floats = NDArray[Any]  # of float64


def whole_matrix(A: Floats) -> tuple[fmpz_mat, int]:
    """A matrix, or a vector as a column, as whole numbers times 2**-e, and e."""
    rows, columns = A.shape if A.ndim == 2 else (len(A), 1)
    pairs = [float(v).as_integer_ratio() for v in np.ravel(A)]
    e = max(d.bit_length() - 1 for _, d in pairs)
    return fmpz_mat(rows, columns, [n << (e + 1 - d.bit_length()) for n, d in pairs]), e


def whole_start(network: FloatNetwork) -> fmpz_mat:
    """The state after the letters that stand before every word, times a power of two."""
    first, _ = whole_matrix(network.h)
    for A in network.before:
        first = whole_matrix(A)[0] * first
    return first
