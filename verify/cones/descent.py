"""Cones made better by gradient descent on what they prove: radii of later lengths over what decisions allow."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..certificates.effort import Watch
from ..certificates.limits import TINY
from ..networks.adam import Adam
from .following import Followed
from .limits import COST, EASY, FAINT, FARTHER, LAST, LOOK, MOMENTS, RAISED, RATE, STEPS
from .nodes import Nodes
from .shapes import radii_of

Floats = NDArray[Any]  # of float64


class Follower:
    """The recursion of `exact_check.cones` as a function of the coordinates that has a derivative."""

    def __init__(self, nodes: Nodes) -> None:
        v, x, w = nodes.edges
        at, rows = nodes.rivalries
        self.prefix, self.count = nodes.prefix, len(nodes.states)
        self.before, self.after = torch.tensor(v), torch.tensor(w)
        self.A = torch.tensor(nodes.network.A[x])
        self.at, self.rows = torch.tensor(at), torch.tensor(rows)
        self.begins, self.vectors = torch.tensor(nodes.begins), torch.tensor(nodes.vectors)

    def loss(self, P: Tensor, longest: int) -> Tensor:
        """The logarithm of the worst radius over what is allowed, up to a length; below 0 if all words are right.

        Infinite where coordinates have no inverse.
        """
        L, without = torch.linalg.inv_ex(P)
        if bool(without.any()):
            return torch.full((), math.inf, dtype=P.dtype)
        G = L[self.after] @ self.A @ P[self.before]
        kept = G[:, 0, 0].clamp_min(TINY)
        lost, drift = G[:, 0, 1:].norm(dim=1) / kept, G[:, 1:, 0].norm(dim=1) / kept
        growth = _norms(G[:, 1:, 1:]) / kept
        D = torch.einsum("ri,rij->rj", self.rows, P[self.at])
        taken = self._largest(self.at, D[:, 1:].norm(dim=1) / D[:, 0].clamp_min(TINY))
        z = torch.einsum("wij,wj->wi", L[self.begins], self.vectors)
        E = self._largest(self.begins, z[:, 1:].norm(dim=1) / z[:, 0].clamp_min(TINY))
        others = torch.cat([torch.log(E * taken), torch.log(G[:, 0].norm(dim=1).clamp_min(TINY) / kept) - 10])
        edges = self.before.numpy(), self.after.numpy()
        worst: Tensor = Followed.apply(drift, growth, lost, taken, E, others, edges, longest - self.prefix)
        return worst

    def _largest(self, where: Tensor, values: Tensor) -> Tensor:
        start = torch.full((self.count,), FAINT, dtype=values.dtype)
        return start.scatter_reduce(0, where, values, "amax")


def _norms(blocks: Tensor) -> Tensor:
    """Upper bounds on 2-norms, with a derivative: (tr (GᵀG)^k)^(1/2k), k = 2**RAISED."""
    F = blocks.transpose(1, 2) @ blocks
    logarithm = torch.zeros(len(F), dtype=F.dtype)
    for power in range(RAISED + 1):
        trace = F.diagonal(dim1=1, dim2=2).sum(dim=1).clamp_min(TINY)
        logarithm = logarithm + torch.log(trace) / 2**power
        F = F / trace[:, None, None]
        F = F @ F
    return torch.exp(logarithm / 2)


def descended(nodes: Nodes, starts: Sequence[Floats], longest: int, effort: int, watch: Watch) -> Floats | None:
    """The cones that prove most on the way down from the most promising start; None without a start that has inverses.

    Args:
        nodes: where words are.
        starts: coordinates, each (nodes, hidden, hidden).
        longest: the length that is looked at first.
        effort: letters that may be followed in all rounds together.
        watch: ends it, with the best so far.
    """
    follower = Follower(nodes)
    with torch.no_grad():
        losses = [float(follower.loss(torch.tensor(P), longest)) for P in starts]
    if not np.isfinite(losses).any():
        return None
    P = starts[int(np.nanargmin(losses))]
    best, most = P, radii_of(nodes, P, STEPS).horizon
    begun, identity = torch.tensor(P), torch.eye(P.shape[1], dtype=torch.float64)
    change = torch.zeros_like(begun, requires_grad=True)
    descent = Adam([change], MOMENTS)
    turn, whole = 0, max(effort, 1)
    while effort > 0 and most < np.inf and not watch.over:
        effort -= COST + longest - nodes.prefix
        turn += 1
        loss = follower.loss(begun @ (identity + change), longest)
        if not bool(torch.isfinite(loss)):
            break
        descent.step(loss, [RATE * (LAST + (1 - LAST) * max(effort, 0) / whole)])
        if turn % LOOK == 0:
            P = (begun @ (identity + change)).detach().numpy()
            with contextlib.suppress(np.linalg.LinAlgError):
                found = radii_of(nodes, P, STEPS).horizon
                best, most = (P, found) if found > most else (best, most)
            if float(loss.detach()) < EASY:
                longest = int(max(longest, min(most, STEPS)) * FARTHER) + 2
    return best
