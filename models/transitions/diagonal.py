"""The diagonal family: one real factor per letter and hidden unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from .exact_parameters import ExactParameters, blocks_of, plain
from .family import RESTARTS, SETTLE, Shapes, Sizes
from .lookup import LookupTransition

if TYPE_CHECKING:
    from ...theory.weights.weights import BilinearWeights
    from ..kernels.recurrence import Factors, Kernels

USUAL = {"steps": 1500, "lr": 1e-2, "label_smoothing": 0.1, "settle_steps": SETTLE, "restarts": RESTARTS}


class DiagonalTransition(LookupTransition):
    """`A[x] = diag(a[x])`, `a` real and unconstrained: elementary abelian 2-groups, parity first among them.

    Starts with `|a|` in [0.5, 1] and random signs: a unit is useful when its signs differ between letters.
    """

    def __init__(self, letters: int, hidden: int, generator: torch.Generator | None = None) -> None:
        super().__init__(letters, hidden)
        size = 0.5 + 0.5 * torch.rand(letters, hidden, generator=generator, dtype=torch.float64)
        sign = torch.randint(2, (letters, hidden), generator=generator) * 2 - 1
        self.weight = nn.Parameter(size * sign)

    def table(self) -> Tensor:
        """The diagonals, (letters, hidden)."""
        return self.weight

    ways = ("auto", "loop", "fused")
    has_kernel = True

    def kernel(self) -> tuple[Kernels, Factors]:
        """See `Transition.kernel`."""
        from ..kernels.block import KERNELS

        return KERNELS, (self.blocks(),)

    def _terms(self) -> int:
        return 1

    def blocks(self) -> Tensor:
        """One entry per block: (letters, hidden, 1, 1)."""
        return self.table()[..., None, None]

    def act(self, factor: Tensor, h: Tensor) -> Tensor:
        """Entry by entry."""
        return factor * h

    def dense(self) -> Tensor:
        """See `Transition.dense`."""
        return torch.diag_embed(self.table())


def build(sizes: Sizes, generator: torch.Generator | None = None) -> DiagonalTransition:
    """The module with start values."""
    return DiagonalTransition(sizes.letters, sizes.hidden, generator)


def shapes(sizes: Sizes) -> Shapes:
    """Of the parameters, by name."""
    return {"weight": (sizes.letters, sizes.hidden)}


def scan(family: DiagonalTransition, h: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Products of signs and sums of logarithms, see `Family.scan`."""
    table = family.table()  # (letters, hidden)
    signs = torch.where(table < 0, -1.0, 1.0)[x].cumprod(0)  # (time, batch, hidden)
    size = table.double().abs().log()[x].cumsum(0)  # (time, batch, hidden), −∞ once an entry is 0
    largest = size.amax(-1, keepdim=True)  # (time, batch, 1)
    largest = torch.where(largest.isfinite(), largest, 0.0)
    return (signs * (size - largest).exp().to(h.dtype)) * h, largest


def exact(weights: BilinearWeights) -> ExactParameters:
    """The diagonals."""
    matrices, start, readout = plain(weights)
    return ExactParameters({"weight": blocks_of(matrices, 1, "diagonal")[:, :, 0, 0].copy()}, start, readout)
