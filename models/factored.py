"""Families whose matrices are products: CP factors and Householder reflections."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

from .errors import ModelError
from .step_rounding import ABOVE, MOST, StepRounding, sizes_of, smallest_normal
from .transitions import LookupTransition


class CPTransition(LookupTransition):
    """`A[x] = U diag(v[x]) Zᵀ` with `U`, `Z` shared by all letters (arXiv:2505.21749, section 3).

    `R (2H + D)` parameters. Start values: `v` of variance 1, `U` and `Z` so that entries of `A[x]` have variance
    `gain² / H`, as in the full family.

    Args:
        letters: number of letters `D`.
        hidden: hidden size `H`.
        rank: number of rank-one terms `R`.
        gain: spectral radius of a start matrix, roughly.
        generator: draws the start values.

    Raises:
        ModelError: for a rank below 1.
    """

    def __init__(
        self, letters: int, hidden: int, rank: int, gain: float = 1.0, generator: torch.Generator | None = None
    ) -> None:
        super().__init__(letters, hidden)
        if isinstance(rank, bool) or not isinstance(rank, int) or rank < 1:
            raise ModelError(f"the CP rank has to be a positive integer, got rank={rank!r}")
        self.rank = rank
        scale = math.sqrt(gain / math.sqrt(rank * hidden))

        def gauss(*shape: int) -> Tensor:
            return torch.randn(shape, generator=generator, dtype=torch.float64)

        self.weight = nn.Parameter(gauss(letters, rank))
        self.left = nn.Parameter(scale * gauss(hidden, rank))
        self.right = nn.Parameter(scale * gauss(hidden, rank))

    def table(self) -> Tensor:
        """`v`, (letters, rank)."""
        return self.weight

    def act(self, factor: Tensor, h: Tensor) -> Tensor:
        """Two products with shared matrices and one entry by entry."""
        return ((h @ self.right) * factor) @ self.left.t()  # (batch, hidden)

    def dense(self) -> Tensor:
        """See `Transition.dense`."""
        return torch.einsum("ir,lr,jr->lij", self.left, self.weight, self.right)

    def step_rounding(self) -> StepRounding:
        """Two products and one entry by entry, and as many roundings for the entries of `A[x]`: N = |U| diag|v| |Z|ᵀ.

        Underflow: let m be the largest factor. A flushed operand or result costs at most ω times another factor of its
        product, ω 2 H (1 + m)², and what follows multiplies it by at most (1 + m)². A state's entry collects at most
        4 R H of them, and R (1 + m)³ ω · 2 √H are due to the entries of `A[x]`: 64 R H² (1 + m)⁴ ω is more than both.
        """
        left, right, v = (sizes_of(t) for t in (self.left, self.right, self.weight))
        top = 1 + max(float(t.max()) for t in (left, right, v))
        dtype, R, H = self.weight.dtype, self.rank, self.hidden
        if not 4 * R * H * top**3 <= MOST[dtype]:
            raise ModelError(
                f"the CP factors have entries up to {top - 1:.3g}, whose products may overflow in {dtype}; scale them "
                "to about 1"
            )
        underflow = np.full(self.letters, 64 * R * H**2 * top**4 * smallest_normal(dtype))
        return StepRounding(2 * (R + H) + 12, np.asarray((left * v[:, None]) @ right.T) * ABOVE, underflow)


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

    def step_rounding(self) -> StepRounding:
        """Per factor k·h, times β k, subtracted, and as often for the entries of `A[x]`: N = ∏ (I + β |k| |k|ᵀ).

        Underflow: a factor has entries up to 1, β ≤ 2 and |h| ≤ 2, so flushing costs less than 16 w ω in every entry, w
        the width of a head; later factors have rows of sum 1 + 2 √w at most.
        """
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
        grown = (2 + 2 * math.sqrt(width)) ** self.reflections
        if not grown * self.hidden <= MOST[self.weight.dtype]:
            raise ModelError(f"{self.reflections} reflections are too many for a bound on what a step can reach")
        underflow = 64 * self.reflections * self.hidden * grown * smallest_normal(self.weight.dtype)
        terms = 2 * self.reflections * (width + 8) + 4
        return StepRounding(terms, found * ABOVE, np.full(self.letters, underflow))
