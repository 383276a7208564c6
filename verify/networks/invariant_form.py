"""Inner products that matrices keep on average, and the coordinates in which they are the usual one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]  # of float64
FORMS = 200  # rounds of averaging an inner product


def invariant_form(G: Floats) -> Floats:
    """R, upper triangular, such that ‖R z‖ is kept by the matrices G on average: (d, d) from (letters, d, d).

    Raises:
        LinAlgError: if there is none, or matrices are too large for floats.
    """
    d = G.shape[1]
    form = np.eye(d)
    before = form
    for _ in range(FORMS):
        before = form
        form = (G.transpose(0, 2, 1) @ form @ G).mean(axis=0)
        form = (form + form.T) * (d / 2 / max(float(np.trace(form)), 1e-300))
    form = (form + before) / 2  # where all letters are odd, as reflections are, forms come back after two rounds
    least = np.linalg.eigvalsh(form)[0]
    form += max(0.0, 1e-6 - least) * np.eye(d)  # directions that all letters forget
    return np.linalg.cholesky(form).T


def invariant_coordinates(G: Floats, permuting: bool = True) -> Floats:
    """`invariant_form` of matrices up to a factor each, which is found with the form: (d, d) from (letters, d, d).

    In coordinates in which G[x] is a multiple of an orthogonal matrix the multiple is ‖G[x]‖_F / √d; before these are
    known, |det G[x]|^(1/d) says it, unless some direction is forgotten.
    """
    d = G.shape[1]
    if not permuting:
        return invariant_form(G)
    size = np.maximum(np.sqrt((G**2).sum(axis=(1, 2)) / d), 1e-300)
    roots = np.abs(np.linalg.det(G / size[:, None, None])) ** (1 / d)
    if (roots > 1e-2).all():
        size = size * roots
    form = np.eye(d)
    for _ in range(3):
        form = invariant_form(G / size[:, None, None])
        turned = np.linalg.solve(form.T, (form @ G).transpose(0, 2, 1))  # transposed, in the new coordinates
        size = np.maximum(np.sqrt((turned**2).sum(axis=(1, 2)) / d), 1e-300)
    return form
