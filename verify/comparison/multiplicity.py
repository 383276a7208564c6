"""How many copies of an irrep a trained network holds, decided by a gap of singular values.

S is an intertwiner if A[x] S = a_x S ρ(x) for all letters, a linear system for S with H d unknowns. Its stacked matrix
has, for exact transitions with k copies of ρ, a null space of dimension k m, m = 1, 2, 4 for real, complex and
quaternionic type. Singular values move by at most the 2-norm of the stacked change of the transitions (Weyl). So with
σ_1 ≤ σ_2 ≤ … the singular values divided by √Σ a_x²: no network nearer than σ_{km+1}, in that norm and with these a_x,
holds more than k copies; and the k m combinations found miss being intertwiners by σ_{km}. If the two are not far
apart, the multiplicity is not resolved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]  # of float64
GAP = 4.0  # between singular values that count as zero and the next one
NEAR, FAR = 0.25, 0.05  # the former are at most NEAR, the latter at least FAR
NONE = 0.5  # the least σ from which there is no copy at all
MOST = 4000  # unknowns


@dataclass(frozen=True)
class Multiplicity:
    """Copies of one irrep.

    Attributes:
        copies: how many; None if not resolved.
        residual: σ of the worst intertwiner counted, 0 if none is.
        margin: σ of the next one: every network nearer than that, relative to √Σ a_x², holds at most so many copies.
    """

    copies: int | None
    residual: float
    margin: float

    def to_json(self) -> dict[str, Any]:
        """The fields; an unresolved number of copies is null."""
        return {"copies": self.copies, "residual": self.residual, "margin": self.margin}


def multiplicity(transitions: Floats, letters: Floats, scales: Floats, norm: int) -> Multiplicity:
    """Count the copies of an irrep; see the module's text.

    Args:
        transitions: A[x], (letters, hidden, hidden).
        letters: orthogonal ρ(x), (letters, d, d).
        scales: a_x, (letters,).
        norm: m, the dimension of the commuting algebra: 1, 2 or 4.
    """
    hidden, degree = transitions.shape[1], letters.shape[1]
    if hidden * degree > MOST:
        return Multiplicity(None, 0.0, 0.0)
    size = float((scales**2).sum())
    gram = np.einsum("xij,xik->jk", transitions, transitions) + size * np.eye(hidden)  # ρ(x) is orthogonal
    cross = np.einsum("x,xij,xkl->ikjl", scales, transitions, letters, optimize=True).reshape(hidden * degree, -1)
    values = np.linalg.eigvalsh(np.kron(gram, np.eye(degree)) - cross - cross.T)
    sigma = np.sqrt(np.maximum(values, 0) / max(size, 1e-300))
    best, widest = None, GAP
    for copies in range(len(sigma) // norm):
        last = float(sigma[copies * norm - 1]) if copies else 0.0
        after = float(sigma[copies * norm])
        gap = after / max(last, FAR / 2) if copies else after / NONE
        if last <= NEAR and after >= FAR and gap > (widest if copies else 1.0):
            best, widest = copies, max(gap, widest)
    if best is None:
        return Multiplicity(None, 0.0, 0.0)
    return Multiplicity(best, float(sigma[best * norm - 1]) if best else 0.0, float(sigma[best * norm]))
