"""Positive definiteness of exact Hermitian matrices, decided by proof.

For an approximate inverse R of the Cholesky factor, R* M R is close to the identity. If E = R* M R − I has all absolute
row sums below 1, then I + E is positive definite, so R is invertible and M = R⁻* (I + E) R⁻¹ is positive definite. R is
found in floating point, E is enclosed in ball arithmetic: the enclosure is the proof. Where it does not succeed, all
pivots of the exact elimination M = L D L* are looked at. A rational diagonal matrix needs none of this.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import acb, acb_mat, arb_mat, fmpq
from flint import ctx as flint_context
from numpy.typing import NDArray

from .exact_matrix import ExactMatrix

PRECISION = 200  # bits of the enclosure


def is_positive_definite(form: ExactMatrix) -> bool:
    """Whether a Hermitian matrix over a cyclotomic field, embedded by ζ_e = exp(2πi/e), is positive definite."""
    if form.conductor == 1:
        entries, size = form._numerators[0].entries(), form.shape[0]
        if all(x == 0 for n, x in enumerate(entries) if n % (size + 1)):
            return all(x > 0 for x in entries[:: size + 1])
    enclosed = _enclosed(form)
    return enclosed or _all_pivots_positive(form)


def _enclosed(form: ExactMatrix) -> bool:
    """Whether the enclosure proves it; False proves nothing."""
    before = flint_context.prec
    flint_context.prec = PRECISION
    try:
        ball = _ball(form)
        factor = _inverse_factor(ball)
        if factor is None:
            return False
        product = factor.conjugate().transpose() * ball * factor
        size = form.shape[0]
        for i in range(size):
            total = sum((abs(product[i, j] - (1 if i == j else 0)) for j in range(size)), start=acb(0).real)
            if not total < 1:
                return False
        return True
    finally:
        flint_context.prec = before


def _ball(form: ExactMatrix) -> acb_mat:
    """Σ_k M_k ζ_e^k as a matrix of balls."""
    total = acb_mat(*form.shape)
    for k, part in enumerate(form._parts):
        angle = fmpq(2 * k, form.conductor)
        root = acb(acb(0).real.cos_pi_fmpq(angle), acb(0).real.sin_pi_fmpq(angle)) if k else acb(1)
        total = total + acb_mat(arb_mat(part)) * root
    return total


def _inverse_factor(ball: acb_mat) -> acb_mat | None:
    """R with R* M R ≈ I, from a Cholesky decomposition in double precision after scaling the diagonal to 1."""
    size = ball.nrows()
    diagonal = [float(ball[i, i].real.mid()) for i in range(size)]
    if min(diagonal) <= 0 or not all(np.isfinite(diagonal)):
        return None
    scale = 1 / np.sqrt(np.array(diagonal))
    middle: NDArray[Any] = np.array(
        [[complex(float(x.real.mid()), float(x.imag.mid())) for x in row] for row in ball.tolist()]
    )
    try:
        lower = np.linalg.cholesky(middle * scale[:, None] * scale)
    except np.linalg.LinAlgError:
        return None
    inverse = np.linalg.inv(lower).conj().T * scale[:, None]  # (d, d)
    return acb_mat([[acb(float(x.real), float(x.imag)) for x in row] for row in inverse])


def _all_pivots_positive(form: ExactMatrix) -> bool:
    rows = form.tolist()
    size = len(rows)
    for k in range(size):
        pivot = rows[k][k]
        if pivot.sign() <= 0:
            return False
        for i in range(k + 1, size):
            if rows[i][k]:
                factor = rows[i][k] / pivot
                rows[i] = [a - factor * b if b else a for a, b in zip(rows[i], rows[k], strict=True)]
    return True
