"""Two components: the signal, which a balanced truncation finds, and what the signal's rows do not see."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..certificates.limits import TINY
from ..networks.codes_and_rows import Tracking, signal_basis
from ..networks.float_network import FloatNetwork
from ..networks.invariant_form import invariant_coordinates
from .attempt import Attempt, grid, scales_of
from .limits import BETAS, BETAS_PER_LETTER, FAINT, FORM_ROUNDS, INVERSE, LARGEST_FORM
from .norms import spectral_norms

Floats = NDArray[Any]  # of float64


def split(network: FloatNetwork, found: Tracking, d: int, weighed: bool = False) -> Attempt | None:
    """Signal and remainder for one rank; the remainder orthonormal, or weighed by its effect on the signal."""
    A, table = network.A, network.table
    n = A.shape[1]
    try:
        S, rows = signal_basis(found, d)
        G = rows @ A @ S  # (letters, d, d)
        R = invariant_coordinates(G / found.scales[:, None, None], network.permuting)
        S, rows = np.linalg.solve(R.T, S.T).T, R @ rows
        full, _ = np.linalg.qr(np.concatenate([rows.T, np.eye(n)], axis=1)[:, : n + d])
        rest = full[:, d:n]  # orthonormal, killed by the rows
        if weighed and d < n:
            rest = rest @ _weighed(np.concatenate([S, rest], axis=1), d, found, A, table)
        P = grid(np.concatenate([S, rest], axis=1))
        L = grid(np.linalg.inv(P))
    except np.linalg.LinAlgError:
        return None
    if np.linalg.norm(np.eye(n) - L @ P) > INVERSE:
        return None
    codes = found.codes @ L.T
    codes = grid(codes / np.sqrt((codes[:, :d] ** 2).sum(axis=1).mean()))
    scales = scales_of((L @ A @ P)[:, :d], codes, codes[:, :d], table)
    sizes = (d, n - d) if d < n else (d,)
    norms = ("l2",) * len(sizes)
    return Attempt("signal and remainder", d, L, P, sizes, norms, codes, scales, found.rows @ P)


def _weighed(P: Floats, d: int, found: Tracking, A: Floats, table: NDArray[np.int64]) -> Floats:
    """A basis of the remainder in whose norm what reaches the signal counts most, (hidden − d, hidden − d).

    With B = [[B_11, B_12], [B_21, B_22]] the norm is z ↦ zᵀQz with Q = E[B_12ᵀ B_12] + readout + β E[B_22ᵀ Q B_22]: the
    observability Gramian of the remainder, with the signal as output. A larger β makes the letters contract more and
    tells directions apart less; the one with the least bound b_12 η / (1 − b_22) on the drift of the signal is taken.
    """
    B = np.linalg.inv(P) @ (A / found.scales[:, None, None]) @ P  # (letters, hidden, hidden)
    into, inside = B[:, :d, d:], B[:, d:, d:]
    codes = np.linalg.solve(P, found.codes.T).T
    codes = codes / max(float(np.sqrt((codes[:, :d] ** 2).sum(axis=1).mean())), TINY)
    drift = (codes @ B.transpose(0, 2, 1) - codes[table.T])[:, :, d:].reshape(-1, P.shape[1] - d)
    read = found.rows @ P
    seen = read[:, d:].T @ read[:, d:] / max(float(np.linalg.norm(read[:, :d], 2)) ** 2, TINY)
    observed = (into.transpose(0, 2, 1) @ into).mean(axis=0) + FAINT * seen
    observed += FAINT * np.trace(observed) / len(observed) * np.eye(len(observed))
    best: Floats = np.eye(len(observed))
    least = np.inf
    for beta in (*BETAS, *(beta * len(A) for beta in BETAS_PER_LETTER)):
        Q = observed.copy()
        for _ in range(FORM_ROUNDS if beta else 0):
            Q = observed + beta * (inside.transpose(0, 2, 1) @ Q @ inside).mean(axis=0)
            if not np.trace(Q) < LARGEST_FORM * np.trace(observed):
                break
        else:
            W = np.linalg.cholesky(Q).T if beta else np.eye(len(observed))
            turned = np.linalg.inv(W)
            kept = spectral_norms(W @ inside @ turned).max()
            reached = spectral_norms(into @ turned).max() * np.linalg.norm(drift @ W.T, axis=1).max()
            if kept < 1 and reached / (1 - kept) < least:
                best, least = turned, reached / (1 - kept)
    return best
