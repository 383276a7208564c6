"""The Householder family: products of generalised reflections."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from ...theory.weights.factors import HouseholderFactors
from ..errors import ModelError
from .exact_parameters import SATURATED, ExactParameters, padded
from .family import RESTARTS, SETTLE, Shapes, Sizes
from .lookup import LookupTransition
from .step_rounding import ABOVE, MOST, StepRounding, require_norms, smallest_normal

if TYPE_CHECKING:
    from ...theory.weights.weights import BilinearWeights
    from ..kernels.recurrence import Factors, Kernels

USUAL = {
    "steps": 3000,
    "lr": 3e-2,
    "label_smoothing": 0.1,
    "decay_transitions": False,
    "settle_steps": SETTLE,
    "restarts": RESTARTS,
}
SLACK = 0.1  # of β, within which a factor counts as a reflection or the identity


class HouseholderTransition(LookupTransition):
    """Products of generalised Householder reflections, one product per head (DeltaProduct, arXiv:2502.10297):

        A[x] = ⊕_heads (I - β_1 k_1 k_1ᵀ) ⋯ (I - β_n k_n k_nᵀ),   ‖k‖ = 1,  β = 2 sigmoid(b) in (0, 2).

    `n = 1` is the transition of DeltaNet with negative eigenvalues; β = 2 is a reflection, β = 1 a projection.

    Args:
        letters: number of letters.
        hidden: hidden size.
        reflections: `n`, factors per letter and head.
        heads: number of heads; has to divide `hidden`.
        generator: draws the start values: `k` uniform on the sphere, `b` gaussian.

    Raises:
        ModelError: for a number of heads that does not divide `hidden`, or fewer than one reflection.
    """

    contracting = True  # |1 − β| ≤ 1
    has_kernel = True

    def __init__(
        self,
        letters: int,
        hidden: int,
        reflections: int = 2,
        heads: int = 1,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(letters, hidden)
        for name, value in (("reflections", reflections), ("heads", heads)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ModelError(f"{name} has to be a positive integer, got {name}={value!r}")
        if hidden % heads:
            raise ModelError(f"the number of heads has to divide the hidden size, got heads={heads}, hidden={hidden}")
        self.reflections, self.heads = reflections, heads
        shape = (letters, reflections, heads, hidden // heads)
        self.weight = nn.Parameter(torch.randn(shape, generator=generator, dtype=torch.float64))
        self.strength = nn.Parameter(torch.randn(shape[:-1], generator=generator, dtype=torch.float64))

    def table(self) -> Tensor:
        """`k` of norm 1 with β behind it: (letters, reflections, heads, hidden / heads + 1)."""
        keys = nn.functional.normalize(self.weight, dim=-1)
        return torch.cat([keys, 2 * torch.sigmoid(self.strength).unsqueeze(-1)], -1)

    def kernel(self) -> tuple[Kernels, Factors]:
        """See `Transition.kernel`; factors in double precision, rounded once, as those of rotations."""
        from ..kernels.householder import KERNELS

        keys = nn.functional.normalize(self.weight.double(), dim=-1)
        return KERNELS, (keys.to(self.weight.dtype), (2 * torch.sigmoid(self.strength.double())).to(self.weight.dtype))

    def act(self, factor: Tensor, h: Tensor) -> Tensor:
        """One rank-one update after the other, the last factor first: `n` times `2H` multiplications."""
        v = h.unflatten(-1, (self.heads, -1))  # (batch, heads, width)
        for step in reversed(factor.unbind(1)):  # (batch, heads, width + 1)
            key, beta = step[..., :-1], step[..., -1:]
            v = v - beta * key * (key * v).sum(-1, keepdim=True)
        return v.flatten(-2)

    def dense(self) -> Tensor:
        """See `Transition.dense`."""
        table = self.table()  # (letters, reflections, heads, width + 1)
        one = torch.eye(self.hidden, dtype=table.dtype, device=table.device)
        rows = one.expand(self.letters, -1, -1)  # each unit vector as one sample of every letter
        moved = [self.act(table[x].expand(self.hidden, *table.shape[1:]), rows[x]) for x in range(self.letters)]
        return torch.stack(moved).transpose(1, 2)  # column j is A[x] e_j

    @torch.no_grad()
    def saturate(self) -> None:
        """β from 1.9 on becomes 2, a reflection, and β up to 0.1 becomes 0: no finite b has these."""
        beta = 2 * torch.sigmoid(self.strength)
        self.strength[beta >= 2 - SLACK] = SATURATED
        self.strength[beta <= SLACK] = -SATURATED

    def step_rounding(self) -> StepRounding:
        """Per factor k·h, times β k, subtracted, and as often for the entries of `A[x]`: N = ∏ (I + β |k| |k|ᵀ).

        Underflow: a factor has entries up to 1, β ≤ 2 and |h| ≤ 2, so flushing costs less than 16 w ω in every entry, w
        the width of a head; later factors have rows of sum 1 + 2 √w at most.
        """
        require_norms(self.weight, "a key", shortest=1e-12)
        with torch.no_grad():
            table = self.table().double().numpy(force=True)  # (letters, reflections, heads, width + 1)
        width = self.hidden // self.heads
        found = np.zeros((self.letters, self.hidden, self.hidden))
        for head in range(self.heads):
            part = slice(head * width, (head + 1) * width)
            product = np.broadcast_to(np.eye(width), (self.letters, width, width))
            for k in range(self.reflections):
                key, beta = np.abs(table[:, k, head, :-1]), table[:, k, head, -1]
                product = product @ (np.eye(width) + beta[:, None, None] * key[:, :, None] * key[:, None, :])
            found[:, part, part] = product
        with np.errstate(over="ignore"):
            grown = float(np.float64(2 + 2 * math.sqrt(width)) ** self.reflections)
        if not grown * self.hidden <= MOST[self.weight.dtype]:
            raise ModelError(f"{self.reflections} reflections are too many for a bound on what a step can reach")
        underflow = 64 * self.reflections * self.hidden * grown * smallest_normal(self.weight.dtype)
        terms = 2 * self.reflections * (width + 8) + 4
        return StepRounding(terms, found * ABOVE, np.full(self.letters, underflow))


def build(sizes: Sizes, generator: torch.Generator | None = None) -> HouseholderTransition:
    """The module with start values."""
    return HouseholderTransition(sizes.letters, sizes.hidden, sizes.reflections, sizes.heads, generator)


def shapes(sizes: Sizes) -> Shapes:
    """Of the parameters, by name."""
    factors = (sizes.letters, sizes.reflections, sizes.heads)
    return {"weight": (*factors, sizes.hidden // sizes.heads), "strength": factors}


def exact(weights: BilinearWeights) -> ExactParameters:
    """The reflections in coordinates in which they are orthogonal ones; letters with fewer of them get β = 0.

    A reflection 1 − 2 v vᵀM/vᵀMv is 1 − 2 k kᵀ with k = Lᵀv/‖Lᵀv‖ in the coordinates Lᵀh, M = LLᵀ. With several heads
    each is padded to the size of the largest.
    """
    factors = weights.factors
    if not isinstance(factors, HouseholderFactors):
        raise ModelError(
            f"{weights!r} have no Householder factors; realize(automaton, rung='householder') or "
            "'householder_per_head' makes weights that have them"
        )
    upper = np.linalg.cholesky(factors.form.to_numpy(np.float64)).T  # (H, H)
    start = upper @ weights.initial.to_numpy(np.float64)[:, 0]
    readout = weights.readout.to_numpy(np.float64) @ np.linalg.inv(upper)
    per_head = len(weights.blocks) > 1 and len(factors.vectors[0]) == len(weights.blocks)
    blocks = weights.blocks if per_head else (weights.hidden_size,)
    heads, width, count = len(blocks), max(blocks), max(factors.count, 1)
    keys = np.zeros((len(weights.letters), count, heads, width))
    keys[..., 0] = 1  # of no matter where β = 0
    strength = np.full((len(weights.letters), count, heads), -SATURATED)
    first = np.cumsum([0, *blocks])
    for letter, vectors in enumerate(factors.vectors):
        for head, matrix in enumerate(vectors):
            columns = (upper @ matrix.to_numpy(np.float64)).T  # (reflections, H)
            for j, column in enumerate(columns):
                part = column[first[head] : first[head + 1]]
                keys[letter, j, head, : len(part)] = part / np.linalg.norm(part)
                keys[letter, j, head, len(part) :] = 0
                strength[letter, j, head] = SATURATED
    nothing = np.zeros((len(keys), len(start), len(start)))
    _, start, readout = padded(nothing, start, readout, blocks, width)
    options = {"reflections": count, "heads": heads, "block": 2}
    return ExactParameters({"weight": keys, "strength": strength}, start, readout, options)


def natural(weights: BilinearWeights) -> bool:
    """Never: the model has other coordinates, and only when it is asked for."""
    return False
