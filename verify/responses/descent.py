"""Norm, codes and scales of the responses, by gradient descent on what they take from the leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..certificates.effort import Watch
from ..networks.adam import Adam
from ..networks.float_network import FloatNetwork
from .limits import ADAM, FIRM, FIRMER, FIRMEST, LEAST_SCALE, OF_CODES, OF_SCALES, POWERS, RATE, SMALL_LEAD, TINIEST

Floats = NDArray[Any]  # of float64


@dataclass(frozen=True, eq=False)
class Shape:
    """What descents change.

    Attributes:
        R: ‖R z‖ is the norm, (hidden, hidden).
        codes: (states, hidden).
        logs: logarithms of the scales, (letters, states).
    """

    R: Floats
    codes: Floats
    logs: Floats


def first_shape(network: FloatNetwork, codes: Floats) -> Shape:
    """The plain norm, and the scales that leave the least drift."""
    moved, aims = np.einsum("xij,qj->xqi", network.A, codes), codes[network.table.T]
    along = (moved * aims).sum(axis=-1) / np.maximum((aims**2).sum(axis=-1), TINIEST)
    typical = np.median(along[along > LEAST_SCALE]) if (along > LEAST_SCALE).any() else 1.0
    return Shape(np.eye(codes.shape[1]), codes, np.log(np.where(along > LEAST_SCALE, along, typical)))


def descended(
    network: FloatNetwork,
    words: tuple[Floats, NDArray[np.int64]],
    start: Shape,
    length: int,
    kept: int,
    rounds: int,
    watch: Watch | None = None,
) -> Shape:
    """The shape after a descent.

    Minimised is the largest share of a lead that is taken, (K_qp / lead_qp) (Σ_j V_j(q) + E(q)) over `length` letters,
    all by norms; the first `kept` letters after a drift count as if they kept norms as they are, since they will be
    multiplied out.

    Args:
        network: weights and task.
        words: vectors and states of those that bounds begin with.
        start: where it begins.
        length: letters that the bound is to reach.
        kept: letters that are multiplied out.
        rounds: steps of the descent.
        watch: ends it.
    """
    loss_of = _Loss(network, words, length, kept)
    R, codes, logs = (torch.tensor(values, requires_grad=True) for values in (start.R, start.codes, start.logs))
    rates = [RATE, RATE * OF_CODES, RATE * OF_SCALES]
    descent = Adam((R, codes, logs), ADAM)
    best, found = float("inf"), start
    for k in range(rounds):
        if watch is not None and watch.over:
            break
        try:
            loss, hard = loss_of(R, codes, logs, FIRM + FIRMER * k / rounds)
        except RuntimeError:  # a singular matrix
            break
        if not torch.isfinite(loss):
            break
        if hard < best:
            best, found = hard, Shape(*(value.detach().numpy().copy() for value in (R, codes, logs)))
        descent.step(loss, [rate * (1 - k / rounds) for rate in rates])
    return found


class _Loss:
    def __init__(self, network: FloatNetwork, words: tuple[Floats, NDArray[np.int64]], length: int, kept: int) -> None:
        self.A, self.D = _tensor(network.A), _tensor(network.C)
        self.table = torch.tensor(network.table)
        states, letters = self.table.shape
        self.asked = torch.tensor(network.rivals & network.reached()[:, None])
        self.words, self.states = _tensor(words[0]), torch.tensor(words[1])
        self.into, self.out_of = self.table.T.reshape(-1), torch.arange(states).repeat(letters)
        self.length, self.kept = length, kept
        self.top = torch.ones(letters, self.A.shape[1], 1, dtype=torch.float64)
        self.top = self.top + 0.1 * torch.arange(self.A.shape[1], dtype=torch.float64)[:, None].cos()

    def __call__(self, R: Tensor, codes: Tensor, logs: Tensor, firm: float) -> tuple[Tensor, float]:
        """The logarithm of the largest share, softly and without a derivative."""
        back, scales = torch.linalg.inv(R), torch.exp(logs)
        G, z = R @ self.A @ back, codes @ R.T
        with torch.no_grad():
            for _ in range(POWERS):
                self.top = G.transpose(1, 2) @ (G @ self.top)
                self.top = self.top / self.top.norm(dim=1, keepdim=True).clamp_min(TINIEST)
        grown = ((G @ self.top).squeeze(-1).norm(dim=1)[:, None] / scales).reshape(-1)
        drift = torch.einsum("xij,qj->xqi", G, z) / scales[..., None] - z[self.table.T]
        y, own = self.words @ R.T, z[self.states]
        along = (y * own).sum(dim=1) / (own**2).sum(dim=1).clamp_min(TINIEST)
        begun = (y / along[:, None] - own).norm(dim=1)
        V, E = self._largest(drift.norm(dim=2).reshape(-1), self.into, firm), self._largest(begun, self.states, firm)
        total = V
        for k in range(1, self.length):
            if k > self.kept:
                V = self._largest(grown * V[self.out_of], self.into, firm)
                E = self._largest(grown * E[self.out_of], self.into, firm)
            total = total + V
        scores = self.D @ codes.T
        states = len(codes)
        lead = scores[:states].diagonal()[:, None] - scores.T
        rows = self.D @ back
        gram = rows @ rows.T
        own = gram.diagonal()
        apart = (own[:states, None] + own[None] - 2 * gram[:states]).clamp_min(TINIEST).sqrt()
        taken = torch.log((apart * (total + E)[:, None] / lead.clamp_min(SMALL_LEAD))[self.asked].clamp_min(TINIEST))
        return torch.logsumexp(FIRMEST * taken, 0) / FIRMEST, float(taken.detach().max())

    def _largest(self, sizes: Tensor, states: Tensor, firm: float) -> Tensor:
        """By state, softly."""
        top = sizes.detach().max().clamp_min(TINIEST)
        sums = torch.zeros(len(self.table), dtype=torch.float64).index_add(0, states, (sizes / top) ** firm)
        return sums.clamp_min(TINIEST) ** (1 / firm) * top


def _tensor(values: Any) -> Tensor:
    return torch.tensor(np.asarray(values, dtype=np.float64))
