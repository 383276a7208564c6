"""Rays as whole numbers, and which of them a vector is a sum of, exactly."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpq_mat, fmpz_mat
from numpy.typing import NDArray
from scipy.optimize import nnls

from .limits import DENOMINATORS, DIGITS, NEAR, NUDGES, POSITIVE

Floats = NDArray[Any]  # of float64
Ray = tuple[int, ...]


def whole(vector: Floats) -> Ray:
    """The ray of small whole numbers that is there, or one that is near."""
    entries = vector / np.abs(vector).max()
    parts = [Fraction(float(v)).limit_denominator(DENOMINATORS) for v in entries]
    common = math.lcm(*(part.denominator for part in parts))
    near = all(abs(float(part) - v) < NEAR for part, v in zip(parts, entries, strict=True))
    if near and common < 1 << DIGITS:
        return tuple(int(part * common) for part in parts)
    return tuple(round(float(v) * 2**DIGITS) for v in entries)


def sum_of(rays: Sequence[Ray], floats: Floats, b: fmpz_mat, off: Floats | None = None) -> list[int] | None:
    """The indices of rays that a vector is a sum of with factors ≥ 0; None if none are found.

    Args:
        rays: of the cone.
        floats: the same as unit vectors, (rays, hidden).
        b: the vector, hidden × 1.
        off: what rounding may add to its direction, (hidden,); then all that may come of it is inside, in floats.
    """
    if not any(map(int, b.entries())):
        return []
    if not rays:  # of a state that floats do not reach
        return None
    unit = _unit(b)
    if off is None:
        return next((chosen for chosen in _choices(floats, unit) if _is_sum(rays, chosen, b)), None)
    best = max(_choices(floats, unit), key=lambda chosen: _spared(floats[chosen], unit, off), default=[])
    return best if _spared(floats[best], unit, off) > 0 else None


def _is_sum(rays: Sequence[Ray], chosen: Sequence[int], b: fmpz_mat) -> bool:
    V = fmpz_mat([list(rays[i]) for i in chosen])
    try:
        y = (V * V.transpose()).solve(V * b)
    except ZeroDivisionError:
        return False
    return bool(fmpq_mat(V.transpose()) * y == fmpq_mat(b)) and all(v.p >= 0 for v in y.entries())


def _spared(V: Floats, vector: Floats, off: Floats) -> float:
    """The least factor in the sum of rays (rays, hidden), after the worst rounding; −∞ if it may be none."""
    if V.shape[0] != V.shape[1]:
        return -math.inf
    try:
        W = np.linalg.inv(V.T)
    except np.linalg.LinAlgError:
        return -math.inf
    return float((W @ vector - np.abs(W) @ off).min())


def _choices(rays: Floats, vector: Floats) -> Iterator[list[int]]:
    """Rays of sums in floats, of the vector and of ones beside it."""
    draw = np.random.default_rng(0)
    for nudge in NUDGES:
        try:
            factors = nnls(rays.T, vector + nudge * draw.standard_normal(vector.shape))[0]
        except RuntimeError:  # no end of its iteration
            continue
        chosen = np.flatnonzero(factors > POSITIVE * factors.max(initial=0.0)).tolist()
        if chosen and len(chosen) <= len(vector):
            yield chosen


def _unit(b: fmpz_mat) -> Floats:
    """The direction of integers that may be too large for a float."""
    values = [int(v) for v in b.entries()]
    shift = max(max(map(abs, values)).bit_length() - 60, 0)
    found = np.array([float(v >> shift) for v in values])
    return np.asarray(found / np.linalg.norm(found))
