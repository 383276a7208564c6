"""The rotation family: one angle per letter and plane."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import ModelError
from .block import block_diagonal
from .exact_parameters import ExactParameters, blocks_of, padded, plain
from .family import RESTARTS, SETTLE, Shapes, Sizes
from .lookup import LookupTransition

if TYPE_CHECKING:
    from ...theory.weights.weights import BilinearWeights
    from ..kernels.recurrence import Factors, Kernels

# decay would pull every angle towards 0
USUAL = {
    "steps": 4000,
    "lr": 1e-2,
    "label_smoothing": 0.1,
    "decay_transitions": False,
    "settle_steps": SETTLE,
    "restarts": RESTARTS,
}


class RotationTransition(LookupTransition):
    """`A[x]` = 2×2 rotations by learned angles: `(h₁, h₂) ↦ (c h₁ - s h₂, s h₁ + c h₂)`, one angle per letter
    and block.

    A block is one complex number, multiplied by `exp(iθ)`. Angles start uniform on the circle.

    Raises:
        ModelError: when `hidden` is odd.
    """

    contracting = True

    def __init__(self, letters: int, hidden: int, generator: torch.Generator | None = None) -> None:
        super().__init__(letters, hidden)
        if hidden % 2:
            raise ModelError(f"rotation blocks need an even hidden size, got hidden={hidden}")
        turn = torch.rand(letters, hidden // 2, generator=generator, dtype=torch.float64)
        self.weight = nn.Parameter(2 * math.pi * turn)

    def table(self) -> Tensor:
        """`exp(iθ)`, complex (letters, hidden / 2)."""
        return torch.polar(torch.ones_like(self.weight), self.weight)

    ways = ("auto", "loop", "fused")
    has_kernel = True

    def kernel(self) -> tuple[Kernels, Factors]:
        """See `Transition.kernel`; entries in double precision, rounded once: CUDA's float cosine is off by more."""
        from ..kernels.complex_diagonal import KERNELS

        angle = self.weight.double()
        return KERNELS, (torch.stack([angle.cos(), angle.sin()], -1).to(self.weight.dtype),)

    def _terms(self) -> int:
        return 2

    def blocks(self) -> Tensor:
        """The rotations: (letters, hidden / 2, 2, 2)."""
        c, s = self.weight.cos(), self.weight.sin()  # (letters, hidden / 2)
        return torch.stack([torch.stack([c, -s], -1), torch.stack([s, c], -1)], -2)

    def act(self, factor: Tensor, h: Tensor) -> Tensor:
        """One complex product per block."""
        z = torch.view_as_complex(h.unflatten(-1, (-1, 2)).contiguous())  # (batch, hidden / 2)
        return torch.view_as_real(factor * z).flatten(-2)  # (batch, hidden)

    def dense(self) -> Tensor:
        """See `Transition.dense`."""
        return block_diagonal(self.blocks())


def build(sizes: Sizes, generator: torch.Generator | None = None) -> RotationTransition:
    """The module with start values."""
    return RotationTransition(sizes.letters, sizes.hidden, generator)


def shapes(sizes: Sizes) -> Shapes:
    """Of the parameters, by name."""
    return {"weight": (sizes.letters, sizes.hidden // 2)}


def scan(family: RotationTransition, h: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Sums of angles, see `Family.scan`."""
    angle = family.weight.double()[x].cumsum(0)  # (time, batch, blocks)
    cos, sin = angle.cos().to(h.dtype), angle.sin().to(h.dtype)
    first, second = h.unflatten(-1, (-1, 2)).unbind(-1)  # (batch, blocks) each
    turned = torch.stack([cos * first - sin * second, sin * first + cos * second], -1)
    return turned.flatten(-2), turned.new_zeros(*x.shape, 1, dtype=torch.float64)


def exact(weights: BilinearWeights) -> ExactParameters:
    """The angles of 2×2 rotations; a padded block ±1 is a half or a whole turn."""
    matrices, start, readout = padded(*plain(weights), weights.blocks, 2)
    blocks = blocks_of(matrices, 2, "rotation").copy()
    lone = (blocks[..., 0, 1] == 0) & (blocks[..., 1, 0] == 0) & (blocks[..., 1, 1] == 0)
    blocks[lone, 1, 1] = blocks[lone, 0, 0]
    c, s = blocks[..., 0, 0], blocks[..., 1, 0]  # (letters, n)
    error = np.abs(blocks - np.stack([np.stack([c, -s], -1), np.stack([s, c], -1)], -2)).max(axis=(2, 3))
    error = np.maximum(error, np.abs(np.hypot(c, s) - 1))
    if (error > 1e-14).any():
        letter, i = np.argwhere(error > 1e-14)[0]
        raise ModelError(
            f"block {i} of letter {letter} is {blocks[letter, i].tolist()}, not a rotation "
            "[[c, -s], [s, c]] with c² + s² = 1; accepted: transition='block' or 'full'"
        )
    return ExactParameters({"weight": np.arctan2(s, c)}, start, readout)


def natural(weights: BilinearWeights) -> bool:
    """Whether the blocks are all of size 2."""
    return set(weights.blocks) == {2}
