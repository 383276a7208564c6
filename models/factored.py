"""Families whose matrices are products: CP factors and Householder reflections."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .errors import ModelError
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
