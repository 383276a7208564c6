"""Matrices of balls (Arb, by python-flint), and their norms rounded upwards."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from ..networks.gramians import SMALLEST

Floats = NDArray[Any]  # of float64
PRECISION = 128  # bits of the balls
SQUARINGS = 26, 6  # of small and large Gram matrices: k of them give the norm up to a factor of n^(1/2^(k+2))
SMALL = 24  # rows or columns


def ball(values: Floats) -> arb_mat:
    """A matrix of floats, exactly."""
    return arb_mat([[arb(float(v)) for v in row] for row in values])


def centred(C: Floats) -> arb_mat:
    """C minus the mean of its rows."""
    n = len(C)
    share = arb_mat([[arb(int(i == j)) - arb(1) / n for j in range(n)] for i in range(n)])
    return share * ball(C)


def parts_of(sizes: Sequence[int]) -> list[range]:
    """Where parts of these sizes lie, one after the other."""
    ends = np.cumsum([0, *sizes]).tolist()
    return [range(a, b) for a, b in itertools.pairwise(ends)]


def block(matrix: arb_mat, rows: range, columns: range) -> arb_mat:
    """The rows and columns of a matrix that are asked for."""
    return arb_mat([[matrix[i, j] for j in columns] for i in rows])


def upper(value: arb) -> float:
    """A float that is at least the value, which is not negative; not so small that processors may take it for 0."""
    return max(math.nextafter(float(value.upper()), math.inf), SMALLEST) if value.is_finite() else math.inf


def frobenius(matrix: arb_mat) -> float:
    """At least the root of the sum of squares."""
    total = sum((entry * entry for entry in matrix.entries()), arb(0)).upper()  # a square: a ball around 0 has no root
    return upper(total.sqrt()) if total > 0 else 0.0 if total.is_finite() else math.inf


def norm(matrix: arb_mat) -> float:
    """At least the largest singular value: ‖(MᵀM)^(2^k)‖_F^(1/2^(k+1)), for k squarings."""
    gram = matrix.transpose() * matrix if matrix.nrows() >= matrix.ncols() else matrix * matrix.transpose()
    size = sum((entry * entry for entry in gram.entries()), arb(0)).sqrt()
    if not size.is_finite() or not size > 0:
        return frobenius(matrix)
    log = arb(0)  # the logarithm of what was divided off, for the last power
    squarings = SQUARINGS[0 if gram.nrows() <= SMALL else 1]
    for _ in range(squarings):
        scale = arb(float(size.mid()))
        gram = (gram / scale) * (gram / scale)
        log = 2 * (log + scale.log())
        size = sum((entry * entry for entry in gram.entries()), arb(0)).sqrt()
        if not size.is_finite() or not size > 0:
            return frobenius(matrix)
    bound = upper(((size.log() + log) / 2 ** (squarings + 1)).exp())
    return min(bound, frobenius(matrix))
