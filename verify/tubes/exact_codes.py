"""Rays that the letters carry into each other without any error, in the model's own coordinates.

Codes c_q with A[x] c_q = λ_{x,q} c_δ(q,x), λ > 0, and h_0 on the ray of the first one; where the empty word is not
asked about, the states after one letter on the rays of theirs. Only rays matter, as no positive factor changes a
decision, and floats are integers times powers of two: every code is taken as its smallest integer vector, times a power
of two, so that λ is such a number as well. The search in floats is a filter; what passes it is multiplied out in
integers.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpz_mat
from numpy.typing import NDArray

from ..certificates.limits import TINY
from ..networks.float_network import FloatNetwork
from ..networks.whole_numbers import whole_matrix, whole_start
from .limits import DIGITS, NEAR

Floats = NDArray[Any]  # of float64


def exact_codes(network: FloatNetwork) -> tuple[Floats, Floats] | None:
    """The codes (states, hidden), zero for states that no word leads to, and the scales λ (letters, states).

    Returns:
        None if there are no such rays, or numbers need more than the 53 digits of a float.
    """
    if not _may_have_rays(network):
        return None
    A, table = network.A, network.table
    n = len(network.h)
    first = whole_start(network)
    if not any(map(int, first.entries())):
        return None
    transitions = [whole_matrix(matrix) for matrix in A]
    columns = _beginnings(network, first, transitions)
    if columns is None:
        return None
    scales = np.ones((len(A), len(table)))
    queue = list(columns)
    for q in queue:
        vector = fmpz_mat(n, 1, columns[q])
        for x, (matrix, e) in enumerate(transitions):
            moved = [int(v) for v in (matrix * vector).entries()]
            if not any(moved):
                return None
            target, ray = int(table[q, x]), _primitive(moved)
            if target not in columns:
                columns[target] = ray
                queue.append(target)
            elif ray != columns[target]:
                return None
            scale = _float_of(Fraction(math.gcd(*moved), 1) / Fraction(2) ** e)
            if scale is None:
                return None
            scales[x, q] = scale
    return _in_floats(columns, scales, table)


def _beginnings(
    network: FloatNetwork, first: fmpz_mat, transitions: list[tuple[fmpz_mat, int]]
) -> dict[int, list[int]] | None:
    """The rays of the words that are looked at first, by their states; None if two of one state differ."""
    if not network.shortest:
        return {network.start: _primitive([int(v) for v in first.entries()])}
    found: dict[int, list[int]] = {}
    for x, (matrix, _) in enumerate(transitions):
        moved = [int(v) for v in (matrix * first).entries()]
        if not any(moved) or _primitive(moved) != found.setdefault(
            int(network.table[network.start, x]), _primitive(moved)
        ):
            return None
    return found


def _in_floats(rays: dict[int, list[int]], scales: Floats, table: NDArray[np.int64]) -> tuple[Floats, Floats] | None:
    """Integer rays divided by powers of two, so that their entries are about 1, and the scales that go with these."""
    shifts = {q: max(map(abs, ray)).bit_length() for q, ray in rays.items()}
    codes = np.zeros((len(table), len(next(iter(rays.values())))))
    for q, ray in rays.items():
        code = [_float_of(Fraction(v, 1 << shifts[q])) for v in ray]
        if any(v is None for v in code):
            return None
        codes[q] = code
        for x in range(len(scales)):
            scales[x, q] *= 2.0 ** (shifts[int(table[q, x])] - shifts[q])
    return (codes, scales) if ((scales > 0) & (scales < math.inf)).all() else None


def _may_have_rays(network: FloatNetwork) -> bool:
    """The same in floats, where rays are compared up to rounding."""
    A, table, start = network.A, network.table, network.start
    if not 0 < float(np.linalg.norm(network.h)) < math.inf or not np.isfinite(network.unit_start).all():
        return False
    rays: dict[int, Floats] = {}
    queue = [(start, network.unit_start)]
    if not network.shortest:
        rays[start] = network.unit_start
    for q, ray in queue:
        for x in range(len(A)):
            with np.errstate(all="ignore"):
                moved = (A[x] / max(float(np.abs(A[x]).max()), TINY)) @ ray
                moved = moved / float(np.linalg.norm(moved))
            if not np.isfinite(moved).all():
                return False
            target = int(table[q, x])
            if target not in rays:
                rays[target] = moved
                queue.append((target, moved))
            elif float(np.abs(moved - rays[target]).max()) > NEAR:
                return False
    return True


def _primitive(values: list[int]) -> list[int]:
    """The smallest integer vector on the ray."""
    common = math.gcd(*values)
    return [v // common for v in values]


def _float_of(value: Fraction) -> float | None:
    """The value as a float, or None if it is none."""
    if abs(value.numerator).bit_length() - ((value.numerator & -value.numerator).bit_length() - 1) > DIGITS:
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if Fraction(found) == value else None
