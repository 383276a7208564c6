"""Intertwiners between a trained model and an irrep, see docs/comparison.md.

An intertwiner is S: R^d → R^hidden with A[x] S = a_x S ρ(x) for all letters x, a_x > 0. A first guess comes from the
Fourier coefficient of the state means; then S and the scales are improved in turn: for fixed a, S is the smallest
eigenvector of the stacked system Σ_x ‖A[x] S − a_x S ρ(x)‖²; for fixed S, a_x = ⟨A[x] S, S ρ(x)⟩ / ‖S ρ(x)‖².
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...groups.compared_by_fields import ComparedByFields
from ...groups.group import PermutationGroup
from ...groups.representations.representation import Representation

Floats = NDArray[np.float64]
ROUNDS = 4  # of scales and intertwiner in turn; the residual is kept, so more rounds could only lower it


@dataclass(frozen=True, eq=False)
class Intertwiner(ComparedByFields):
    """The best intertwiner found for one irrep, in the exact basis of the irrep.

    Attributes:
        rho: the real irrep, of degree d.
        matrix: S, (hidden, d).
        scales: a_x, (letters,).
        residual: sqrt(Σ_x ‖A[x] S − a_x S ρ(x)‖² / Σ_x ‖a_x S ρ(x)‖²), in an orthogonal basis of the irrep; 0 is
            exact, and 1 says that nothing of the irrep was found.
    """

    rho: Representation
    matrix: Floats
    scales: Floats
    residual: float


def intertwiner(
    transitions: Floats,
    rho: Representation,
    letters: Floats,
    guess: Floats,
    scales: Floats,
) -> Intertwiner:
    """Improve a guess for S by alternation.

    Args:
        transitions: A[x], (letters, hidden, hidden).
        rho: the irrep.
        letters: orthogonal matrices of ρ(x), (letters, d, d).
        guess: S to start from, (hidden, d).
        scales: a_x to start from, (letters,).
    """
    S, a = guess / max(float(np.linalg.norm(guess)), 1e-300), scales.copy()
    best = (_residual(transitions, letters, S, a), S, a)
    for _ in range(ROUNDS):
        a = _best_scales(transitions, letters, S)
        if not (a > 0).all():
            break
        candidate = (_residual(transitions, letters, S, a), S, a)
        best = min(best, candidate, key=lambda found: found[0])
        S = _best_matrix(transitions, letters, a)
    residual, S, a = min(best, (_residual(transitions, letters, S, np.abs(a)), S, np.abs(a)), key=lambda f: f[0])
    return Intertwiner(rho, S @ exact_basis(rho), a, residual)


def exact_basis(rho: Representation) -> Floats:
    """Lᵀ with M = L Lᵀ: S in an orthogonal basis times Lᵀ is S in the basis of the exact matrices, (d, d)."""
    lower: Floats = np.linalg.cholesky(rho.form.to_numpy(float))
    return lower.T


def orthogonal_matrices(rho: Representation, exact: Floats) -> Floats:
    """Lᵀ ρ L⁻ᵀ for a stack of matrices of ρ: (…, d, d)."""
    upper = exact_basis(rho)
    turned = np.linalg.solve(upper.T, (upper @ exact).swapaxes(-1, -2)).swapaxes(-1, -2)
    return np.asarray(turned, dtype=np.float64)


def fourier_guess(group: PermutationGroup, matrices: Floats, function: Floats) -> Floats:
    """S from the Fourier coefficient Σ_g f(g) ⊗ ρ(g): its leading left singular vector, as (hidden, d).

    If f(g) = S ρ(g) v with ρ orthogonal of real type, the coefficient is (|G|/d) S ⊗ v, of rank one.

    Args:
        group: the group.
        matrices: orthogonal ρ(g) in the order of `group.elements`, (order, d, d).
        function: f, (order, hidden).
    """
    degree = matrices.shape[-1]
    coefficient = np.einsum("gh,gij->hij", function, matrices) / group.order  # (hidden, d, d)
    left, _, _ = np.linalg.svd(coefficient.reshape(-1, degree), full_matrices=False)
    return left[:, 0].reshape(-1, degree)


def _residual(transitions: Floats, letters: Floats, S: Floats, a: Floats) -> float:
    target = a[:, None, None] * (S @ letters)  # (letters, hidden, d)
    size = np.linalg.norm(target)
    return float(np.linalg.norm(transitions @ S - target) / size) if size else np.inf


def _best_scales(transitions: Floats, letters: Floats, S: Floats) -> Floats:
    moved, turned = transitions @ S, S @ letters  # (letters, hidden, d)
    return np.einsum("xhd,xhd->x", moved, turned) / np.einsum("xhd,xhd->x", turned, turned)


def _best_matrix(transitions: Floats, letters: Floats, a: Floats) -> Floats:
    """The unit S that minimises Σ_x ‖A[x] S − a_x S ρ(x)‖², ρ orthogonal: a symmetric eigenproblem of size hidden·d."""
    hidden, degree = transitions.shape[1], letters.shape[1]
    gram = np.einsum("xij,xik->jk", transitions, transitions) + (a**2).sum() * np.eye(hidden)  # ρ(x)ρ(x)ᵀ = I
    # vec over (hidden, d): the cross term is Σ a_x (A[x] ⊗ ρ(x)), symmetrised
    cross = np.einsum("x,xij,xkl->ikjl", a, transitions, letters, optimize=True).reshape(hidden * degree, -1)
    system = np.kron(gram, np.eye(degree)) - cross - cross.T
    _, vectors = np.linalg.eigh(system)
    return vectors[:, 0].reshape(hidden, degree)
