"""The full family: any matrix per letter."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ..errors import ModelError
from ..recurrence.by_letter import BATCHING, recurrence
from ..recurrence.prefix_products import block_prefixes
from .base import Transition
from .exact_parameters import ExactParameters, plain
from .family import RESTARTS, SETTLE, Shapes, Sizes

if TYPE_CHECKING:
    from ...theory.weights.weights import BilinearWeights
    from ..kernels.recurrence import Factors, Kernels

LARGEST_SCAN = 64  # hidden size up to which a scan is offered: its products take H³ operations, a step of the loop H²
USUAL = {
    "steps": 1500,
    "lr": 3e-3,
    "weight_decay": 0.5,
    "label_smoothing": 0.1,
    "settle_steps": SETTLE,
    "restarts": RESTARTS,
}


class FullTransition(Transition):
    """`A[x]` any `H × H` matrix, at the start gaussian with standard deviation `gain / √H`.

    Args:
        letters: number of letters.
        hidden: hidden size.
        batching: "auto", "dense", "grouped", "gathered", "fused" or "kernel", see
            `bistate.models.recurrence.by_letter`.
        gain: spectral radius of a start matrix, roughly.
        generator: draws the start values.

    Raises:
        ModelError: for an unknown `batching`, or a gain that is not positive.
    """

    ways = BATCHING
    has_kernel = True

    def __init__(
        self,
        letters: int,
        hidden: int,
        batching: str = "auto",
        gain: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(letters, hidden)
        if not 0 < gain < math.inf:
            raise ModelError(f"gain has to be a positive number, got {gain!r}")
        self.choose(batching)
        gauss = torch.randn(letters, hidden, hidden, generator=generator, dtype=torch.float64)
        self.weight = nn.Parameter(gain * gauss / math.sqrt(hidden))

    def kernel(self) -> tuple[Kernels, Factors]:
        """See `Transition.kernel`."""
        from ..kernels.full import KERNELS

        return KERNELS, (self.weight,)

    def dense(self) -> Tensor:
        """See `Transition.dense`."""
        return self.weight

    def states(self, h: Tensor, x: Tensor, added: Tensor | None, normalize: bool) -> tuple[Tensor, Tensor]:
        """See `Transition.states`."""
        return recurrence(self.weight, h, x, added, normalize, self.batching)


def build(sizes: Sizes, generator: torch.Generator | None = None) -> FullTransition:
    """The module with start values."""
    return FullTransition(sizes.letters, sizes.hidden, gain=sizes.gain, generator=generator)


def shapes(sizes: Sizes) -> Shapes:
    """Of the parameters, by name."""
    return {"weight": (sizes.letters, sizes.hidden, sizes.hidden)}


def scan(family: FullTransition, h: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Products of matrices, see `Family.scan`."""
    return block_prefixes(family.weight.unsqueeze(1), h, x)


def exact(weights: BilinearWeights) -> ExactParameters:
    """Any weights with real entries."""
    matrices, start, readout = plain(weights)
    return ExactParameters({"weight": matrices}, start, readout)
