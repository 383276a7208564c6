"""Which logit of every hidden vector is the largest, and by how much, exactly.

Logits C v are integers Σ_k L_k ζ_e^k over one denominator. The L_k of many vectors are products of arrays of machine
integers where a bound says that they fit, else of Python's. Rational logits (e = 1) are compared as they are. Others
are Σ_k L_k cos(2πk/e), evaluated in floats with an error of at most

    (φ(e) + 4) · 2⁻⁵² · Σ_k |L_k|,

and only those whose order this leaves open are compared as exact numbers, equal ones once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...groups.arithmetic.cyclotomic import Cyclotomic, cos_turn
from ...groups.arithmetic.cyclotomic_field import combine, field_degree, root_powers
from ...groups.arithmetic.exact_matrix import ExactMatrix

Decision = tuple[int, Cyclotomic | None]

_ENTRIES = 1 << 20  # of logits that are held at once
_FLOAT, _INTEGER = 52, 62  # bits of sums that floats and machine integers hold exactly


def winners(readout: ExactMatrix, vectors: ExactMatrix) -> tuple[Decision, ...]:
    """For each column v the first row of C with the largest entry of C v, and its lead over the largest other entry.

    A lead of 0 is a tie; it is None where C has one row.

    Args:
        readout: C, real, (states, hidden).
        vectors: real, (hidden, columns).
    """
    e = lcm(readout.conductor, vectors.conductor)
    (rows, first), (columns, second) = readout.T.integer_arrays(e), vectors.T.integer_arrays(e)
    kind = _type_of_sums(rows, columns, e)
    rows, columns = [part.astype(kind) for part in rows], [part.astype(kind) for part in columns]
    found: list[Decision] = []
    width = max(1, _ENTRIES // (readout.shape[0] * len(rows)))
    for begin in range(0, vectors.shape[1], width):
        logits = _product([part[begin : begin + width] for part in columns], rows, e)
        found += _rational(logits[0], first * second) if e == 1 else _real(logits, e, first * second)
    return tuple(found)


def _type_of_sums(rows: Sequence[NDArray[Any]], columns: Sequence[NDArray[Any]], e: int) -> type:
    """A type that holds all coefficients of all logits, and all sums on the way to them, exactly."""
    if any(part.dtype == object for part in (*rows, *columns)):
        return object
    size = sum(_largest_entry(part) for part in rows) * sum(_largest_entry(part) for part in columns)
    factor = max(abs(c) for power in root_powers(e) for c in power)
    bits = (rows[0].shape[0] * size * factor).bit_length()
    return np.float64 if bits <= _FLOAT else np.int64 if bits <= _INTEGER else object  # products of floats are faster


def _largest_entry(part: NDArray[Any]) -> int:
    return max(int(part.max(initial=0)), -int(part.min(initial=0)))


def _product(columns: Sequence[NDArray[Any]], rows: Sequence[NDArray[Any]], e: int) -> list[NDArray[Any]]:
    """The coefficients L_k of the logits, each (columns, states), from (columns, hidden) and (hidden, states)."""
    right = [(j, part) for j, part in enumerate(rows) if part.any()]
    terms = [(i + j, part @ other) for i, part in enumerate(columns) if part.any() for j, other in right]
    zero = np.zeros((columns[0].shape[0], rows[0].shape[1]), dtype=rows[0].dtype)
    return combine(e, terms, zero)


def _rational(logits: NDArray[Any], denominator: int) -> Iterator[Decision]:
    """The decisions of integer logits: (columns, states)."""
    best, places = logits.argmax(axis=1), np.arange(len(logits))
    if logits.shape[1] == 1:
        yield from ((0, None) for _ in places)
        return
    top = logits[places, best]
    others = logits.copy()
    others[places, best] = logits.min(axis=1)  # no larger than any other entry
    for row, lead in zip(best.tolist(), (top - others.max(axis=1)).tolist(), strict=True):
        yield row, Cyclotomic([Fraction(int(lead), denominator)])


def _real(parts: Sequence[NDArray[Any]], e: int, denominator: int) -> Iterator[Decision]:
    """The decisions of logits Σ_k parts[k] ζ_e^k / denominator, which are real: parts of (columns, states)."""
    candidates = _screened(parts, e)
    for j in range(len(parts[0])):
        logits = [part[j] for part in parts]
        best, top = _largest(np.flatnonzero(candidates[0, j]).tolist(), logits, e)
        rest = [k for k in np.flatnonzero(candidates[1, j]).tolist() if k != best]
        yield best, (top - _largest(rest, logits, e)[1]) * Fraction(1, denominator) if rest else None


def _screened(parts: Sequence[NDArray[Any]], e: int) -> NDArray[np.bool_]:
    """Where a logit may be the largest of all, and where one of the two largest: (2, columns, states)."""
    if parts[0].dtype == object:  # perhaps too large for floats
        return np.ones((2, *parts[0].shape), dtype=bool)
    waves = [float(cos_turn(k, e)) for k in range(field_degree(e))]
    value = np.sum([c * part for c, part in zip(waves, parts, strict=True)], axis=0)
    error = (len(parts) + 4) * 2.0**-52 * np.sum([np.abs(part).astype(float) for part in parts], axis=0)
    lower, upper = value - error, value + error
    second = np.partition(lower, -2)[:, -2] if lower.shape[1] > 1 else lower[:, 0]  # two logits are at least this
    return np.stack([upper >= lower.max(axis=1)[:, None], upper >= second[:, None]])


def _largest(candidates: Sequence[int], logits: Sequence[NDArray[Any]], e: int) -> tuple[int, Cyclotomic]:
    """The first of some rows with the largest logit, and that logit times the denominator.

    Args:
        candidates: rows, in increasing order, at least one.
        logits: coefficients of one column, each (states,).
        e: the conductor.
    """
    distinct: dict[tuple[int, ...], int] = {}
    for k in candidates:
        distinct.setdefault(tuple(int(part[k]) for part in logits), k)
    numbers = [(k, Cyclotomic(key, e)) for key, k in distinct.items()]
    best, top = numbers[0]
    for k, number in numbers[1:]:
        if number > top:
            best, top = k, number
    return best, top
