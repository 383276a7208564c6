"""What is shown of an exact matrix: correctly rounded arrays, the pattern of its zeros, aligned text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from flint import fmpq_mat, fmpz_mat
from numpy.typing import NDArray

from .cyclotomic import Cyclotomic
from .rounding import nearest_float


def rounded(values: Sequence[Cyclotomic], shape: tuple[int, int], dtype: Any) -> NDArray[Any]:
    """Real numbers, each the nearest float, as an array."""
    return np.array([nearest_float(x, dtype) for x in values], dtype=dtype).reshape(shape)


def rounded_rational(part: fmpq_mat, dtype: Any) -> NDArray[Any]:
    """A rational matrix, entry by entry the nearest float."""
    if np.dtype(dtype) == np.float64:
        flat = [int(c.p) / int(c.q) for c in part.entries()]  # int division is correctly rounded
    else:
        flat = [nearest_float(Cyclotomic([c]), dtype) for c in part.entries()]
    return np.array(flat, dtype=dtype).reshape(part.nrows(), part.ncols())


def integer_arrays(parts: Sequence[fmpz_mat]) -> list[NDArray[Any]]:
    """Integer matrices as arrays, of machine integers if all their entries are below 2⁶³ in size."""
    flat = [[int(x) for x in part.entries()] for part in parts]
    fits = all(-(2**63) < x < 2**63 for entries in flat for x in entries)
    kind = np.int64 if fits else object
    return [
        np.array(entries, dtype=kind).reshape(part.nrows(), part.ncols())
        for entries, part in zip(flat, parts, strict=True)
    ]


def support(parts: Sequence[fmpz_mat]) -> NDArray[np.bool_]:
    """Where Σ_k parts[k] ζ^k is not zero."""
    found = np.zeros(parts[0].nrows() * parts[0].ncols(), dtype=bool)
    for part in parts:
        found |= np.array([bool(x) for x in part.entries()], dtype=bool)
    return found.reshape(parts[0].nrows(), parts[0].ncols())


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Texts as the rows of a matrix, one line each, in columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("[" + "  ".join(t.rjust(w) for t, w in zip(r, widths, strict=True)) + "]" for r in rows)
