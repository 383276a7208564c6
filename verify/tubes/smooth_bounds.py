"""The bounds of a tube as a function of its norms, codes, scales and rows that has a derivative.

The formulas are those of `bounds.py` and `worst_path.py`, without rounding, and with maxima of norms that are soft.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from ..certificates.limits import TINY
from .estimate import Estimate
from .limits import FADED, FEW_ROWS, FIRM, FIRM_NORMS, FIRM_PER_LETTER, FOLLOWED, MORE_TURNS, TURNS
from .worst_path import WorstPath


@dataclass(frozen=True, eq=False)
class Change:
    """What is added to a tube; all of it has a derivative.

    Attributes:
        norms: R − I, inside each component: z ↦ ‖R z‖ is its norm, (hidden, hidden).
        codes: (states, hidden).
        scales: of the logarithms, (edges, states).
        rows: of the worst path, (states, hidden).
    """

    norms: Tensor
    codes: Tensor
    scales: Tensor
    rows: Tensor

    @classmethod
    def none(cls, hidden: int, states: int, edges: int) -> Self:
        """No change yet."""
        shapes = (hidden, hidden), (states, hidden), (edges, states), (states, hidden)
        return cls(*(torch.zeros(shape, dtype=torch.float64, requires_grad=True) for shape in shapes))


@dataclass(frozen=True, eq=False)
class Numbers:
    """A tube's numbers, as in `Steps`, `Beginning`, `Decisions` and `WorstPath`; without a path μ and τ are 0."""

    M: Tensor
    eta: Tensor
    epsilon: Tensor
    lead: Tensor
    factor: Tensor
    mu: Tensor
    tau: Tensor
    begun: Tensor
    gap: Tensor | None


class SmoothBounds:
    """The bounds of what was found, as a function of a change to it; for scores C h with one C, and 2-norms."""

    def __init__(self, found: Estimate) -> None:
        attempt, steps = found.attempt, found.steps
        self.G, self.turns = _tensor(steps.G), torch.tensor(steps.turns.T)  # (edges, hidden, hidden), (edges, states)
        self.codes, self.logs = _tensor(attempt.codes), torch.log(_tensor(attempt.scales))
        self.D, self.prefix = _tensor(np.stack(found.decisions.D)), found.beginning.prefix
        self.states = torch.tensor(found.beginning.states)
        self.words = _tensor(found.beginning.errors) + self.codes[self.states]
        lead = _tensor(found.decisions.lead)
        self.asked = torch.tensor(found.off) & torch.isfinite(lead)
        self.where = torch.repeat_interleave(torch.arange(len(attempt.sizes)), torch.tensor(attempt.sizes))
        self.inside = (self.where[:, None] == self.where[None]).double()  # (hidden, hidden)
        self.first = attempt.parts[0]
        self.blocks = _blocks(found)
        self.followed: dict[tuple[int, ...], Tensor] = {}  # right singular vectors of the turn before, by shape
        self.pi: Tensor | None = None
        self.rows = torch.zeros_like(self.codes)
        if found.path is not None:
            self.follow(found.path)
            self.rows = _tensor(found.path.rows)

    def follow(self, path: WorstPath) -> None:
        """Take the potentials of a path, which have no derivative."""
        self.pi = _tensor(path.pi)

    def loss(self, change: Change, length: int) -> Tensor:
        """The logarithm of the most that is taken from a lead, over the lead, after words of a length; 0 at T*."""
        found = self.numbers(change, max(FIRM_NORMS, FIRM_PER_LETTER * length))
        K = len(found.eta)
        step = torch.zeros(K + 2, K + 2, dtype=torch.float64)  # of (ε, W, 1)
        step[:K, :K], step[:K, -1], step[K, :K], step[K, -1] = found.M, found.eta, found.tau, found.mu
        step[K, K] = step[-1, -1] = 1
        begin = torch.cat([found.epsilon, found.begun[None], torch.ones(1, dtype=torch.float64)])
        end = torch.linalg.matrix_power(step, max(length - self.prefix, 1)) @ begin
        epsilon, lead = end[:K], found.lead.clamp_min(TINY)
        taken = found.factor @ epsilon / lead
        if found.gap is not None and self.pi is not None:
            states = len(self.pi)
            along = (end[K] + self.pi + found.gap @ epsilon) / lead[:, :states]
            taken = torch.cat([torch.minimum(taken[:, :states], along), taken[:, states:]], dim=1)
        return torch.logsumexp(FIRM * torch.log(taken[self.asked].clamp_min(FADED)), 0) / FIRM

    def coordinates(self, change: Change) -> Tensor:
        """R, (hidden, hidden)."""
        return torch.eye(len(self.inside), dtype=torch.float64) + self.inside * change.norms

    def numbers(self, change: Change, firm: float) -> Numbers:
        """All of a tube with a change; `firm` is the sharpness of the largest norms in M."""
        R = self.coordinates(change)
        back = torch.linalg.inv(R)
        G, D = R @ self.G @ back, self.D @ back
        codes, scales = self.codes + change.codes, torch.exp(self.logs + change.scales)
        drift = (torch.einsum("eij,qj->eqi", self.G, codes) / scales[..., None] - codes[self.turns]) @ R.T
        codes, words = codes @ R.T, self.words @ R.T
        own = codes[self.states][:, self.first]
        along = (words[:, self.first] * own).sum(dim=1) / (own**2).sum(dim=1).clamp_min(TINY)
        errors = words / along[:, None] - codes[self.states]
        states = len(codes)
        scores = D @ codes.T  # (contexts, scores, states)
        right = scores[:, :states].diagonal(dim1=1, dim2=2)[:, :, None]
        apart = D[:, :states, None] - D[:, None]
        none = torch.zeros((), dtype=torch.float64)
        found = Numbers(
            M=self._growth(G, scales.amin(dim=1), firm),
            eta=self._sizes(drift).amax(dim=(0, 1)),
            epsilon=self._sizes(errors).amax(dim=0),
            lead=(right - scores.transpose(1, 2)).amin(dim=0),
            factor=self._sizes(apart).amax(dim=0),
            mu=none,
            tau=torch.zeros(len(self._sizes(drift[0, 0])), dtype=torch.float64),
            begun=none,
            gap=None,
        )
        if self.pi is None:
            return found
        return self._along_path(found, (self.rows + change.rows) @ back, G, scales, drift, errors, D)

    def _along_path(
        self, found: Numbers, rows: Tensor, G: Tensor, scales: Tensor, drift: Tensor, errors: Tensor, D: Tensor
    ) -> Numbers:
        """The same with the bound along the worst path."""
        pi, turns, states = self.pi, self.turns, len(rows)
        assert pi is not None
        off = ~torch.eye(states, dtype=torch.bool)
        gained = torch.einsum("pi,eqi->epq", rows, drift).gather(1, turns[:, :, None].expand(-1, -1, states))
        rises = (gained - gained.diagonal(dim1=1, dim2=2)[:, None]).transpose(1, 2)  # [e, q, p]
        rises = rises + pi - pi[turns[:, :, None], turns[:, None]]
        pulled = self._sizes(rows[turns] @ G - scales[:, :1, None] * rows)  # (edges, states, components)
        pulled = pulled + (scales - scales[:, :1]).abs().amax(dim=1)[:, None, None] * self._sizes(rows)
        along = errors @ rows.T
        begun = along - along.gather(1, self.states[:, None]) - pi[self.states]
        seen = D[:, :states] - rows
        return Numbers(
            found.M,
            found.eta,
            found.epsilon,
            found.lead,
            found.factor,
            mu=rises[:, off].amax().clamp_min(0) if states > 1 else found.mu,
            tau=(2 * pulled.amax(dim=1) / scales.amin(dim=1)[:, None]).amax(dim=0),
            begun=begun[torch.arange(states)[None] != self.states[:, None]].amax() if states > 1 else found.begun,
            gap=self._sizes(seen[:, :, None] - seen[:, None]).amax(dim=0),
        )

    def _sizes(self, values: Tensor) -> Tensor:
        """Norms of all components, along the last axis."""
        squares = torch.zeros(*values.shape[:-1], int(self.where[-1]) + 1, dtype=torch.float64)
        return torch.sqrt(squares.index_add(-1, self.where, values**2) + TINY)

    def _growth(self, G: Tensor, least: Tensor, firm: float) -> Tensor:
        """M, with the derivative of a soft maximum over edges and singular values."""
        count = int(self.where[-1]) + 1
        M = torch.zeros(count, count, dtype=torch.float64)
        for k, m, rows, columns in self.blocks:
            B = (G[:, rows[:, :, None], columns[:, None]] / least[:, None, None, None]).transpose(0, 1)
            with torch.no_grad():  # singular vectors are still, to first order
                left, right = self._singular_vectors(B)
            values = torch.einsum("keai,keab,keib->kei", left, B, right).flatten(1)  # (blocks, edges · values)
            top, still = values.detach().amax(dim=1, keepdim=True), values.detach()
            weights = torch.softmax(firm * torch.log(still.clamp_min(TINY) / top.clamp_min(TINY)), dim=1)
            M = M.index_put((k, m), top[:, 0] + (weights * (values - still)).sum(dim=1))
        return M

    def _singular_vectors(self, B: Tensor) -> tuple[Tensor, Tensor]:
        """Left and right ones of matrices (…, height, width); of large ones the first few, followed from turn to turn.

        Left ones are columns, right ones are rows.
        """
        if min(B.shape[-2:]) <= FEW_ROWS:
            left, _, right = torch.linalg.svd(B, full_matrices=False)
            return left, right
        V = self.followed.get(tuple(B.shape))
        turns = MORE_TURNS if V is None else TURNS
        V = torch.eye(B.shape[-1], FOLLOWED, dtype=torch.float64).expand(*B.shape[:-2], -1, -1) if V is None else V
        for _ in range(turns):
            V = torch.linalg.qr(B.transpose(-2, -1) @ (B @ V))[0]
        self.followed[tuple(B.shape)] = V
        left, _, inner = torch.linalg.svd(B @ V, full_matrices=False)
        return left, inner @ V.transpose(-2, -1)


def _tensor(values: Any) -> Tensor:
    return torch.tensor(np.asarray(values, dtype=np.float64))


def _blocks(found: Estimate) -> list[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """Blocks of the letters that are not 0, those of one shape together: components k and m, rows and columns."""
    parts, sizes, G = found.attempt.parts, found.attempt.sizes, found.steps.G
    shapes: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for k, rows in enumerate(parts):
        for m, columns in enumerate(parts):
            if G[:, rows, columns].any():
                shapes.setdefault((sizes[k], sizes[m]), []).append((k, m))
    gathered = []
    for (height, width), pairs in shapes.items():
        k, m = torch.tensor(pairs).T
        begins = torch.tensor([part.start for part in parts])
        down, across = begins[k][:, None] + torch.arange(height), begins[m][:, None] + torch.arange(width)
        gathered.append((k, m, down, across))
    return gathered
