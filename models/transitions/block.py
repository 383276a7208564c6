"""The block family: dense blocks of one size down the diagonal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ..errors import ModelError
from ..kernels.recurrence import power_of_two
from ..recurrence.prefix_products import block_prefixes
from .exact_parameters import ExactParameters, blocks_of, padded, plain
from .family import RESTARTS, SETTLE, Shapes, Sizes
from .lookup import LookupTransition

if TYPE_CHECKING:
    from ...theory.weights.weights import BilinearWeights
    from ..kernels.recurrence import Factors, Kernels

MOST_NUMBERS = 16_384  # of a letter's blocks that a kernel takes, sizes made powers of two
USUAL = {"steps": 2000, "lr": 1e-2, "weight_decay": 1.0, "settle_steps": SETTLE, "restarts": RESTARTS}


class BlockTransition(LookupTransition):
    """`A[x]` = dense `b × b` blocks down the diagonal, gaussian with variance `1/b` at the start.

    A step looks up `b · hidden` numbers per sample, `b` times the hidden state itself, so keep `b` small;
    `full` shares its matrices between samples instead.

    Raises:
        ModelError: when `block` does not divide `hidden`.
    """

    def __init__(self, letters: int, hidden: int, block: int = 2, generator: torch.Generator | None = None) -> None:
        super().__init__(letters, hidden)
        if block < 1 or hidden % block:
            raise ModelError(f"the block size has to divide the hidden size, got block={block}, hidden={hidden}")
        self.block = block
        shape = (letters, hidden // block, block, block)
        gauss = torch.randn(shape, generator=generator, dtype=torch.float64)
        self.weight = nn.Parameter(gauss / math.sqrt(block))

    def table(self) -> Tensor:
        """The blocks, (letters, hidden / block, block, block)."""
        return self.weight

    ways = ("auto", "loop", "fused")
    has_kernel = True

    def kernel(self) -> tuple[Kernels, Factors] | None:
        """See `Transition.kernel`; None for blocks that a program's registers do not hold."""
        if power_of_two(self.block) ** 2 * power_of_two(self.hidden // self.block) > MOST_NUMBERS:
            return None
        from ..kernels.block import KERNELS

        return KERNELS, (self.weight,)

    def _terms(self) -> int:
        return self.block

    def blocks(self) -> Tensor:
        """The blocks, as they are kept."""
        return self.weight

    def act(self, factor: Tensor, h: Tensor) -> Tensor:
        """One small matrix-vector product per block, as a product and a sum: faster than bmm for small
        blocks.
        """
        v = h.unflatten(-1, (-1, 1, self.block))  # (batch, blocks, 1, block)
        return (factor * v).sum(-1).flatten(-2)  # (batch, hidden)

    def dense(self) -> Tensor:
        """See `Transition.dense`."""
        return block_diagonal(self.weight)


def block_diagonal(blocks: Tensor) -> Tensor:
    """(letters, n, b, b) blocks to (letters, n b, n b) matrices with the blocks down the diagonal."""
    letters, n, b, _ = blocks.shape
    eye = torch.eye(n, dtype=blocks.dtype, device=blocks.device)
    return torch.einsum("lnij,nm->lnimj", blocks, eye).reshape(letters, n * b, n * b)


def build(sizes: Sizes, generator: torch.Generator | None = None) -> BlockTransition:
    """The module with start values."""
    return BlockTransition(sizes.letters, sizes.hidden, sizes.block, generator)


def shapes(sizes: Sizes) -> Shapes:
    """Of the parameters, by name."""
    return {"weight": (sizes.letters, sizes.hidden // sizes.block, sizes.block, sizes.block)}


def scan(family: BlockTransition, h: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Products of matrices, see `Family.scan`."""
    return block_prefixes(family.weight, h, x)


def exact(weights: BilinearWeights) -> ExactParameters:
    """The blocks, each padded to the largest with zeros."""
    size = max(weights.blocks)
    matrices, start, readout = padded(*plain(weights), weights.blocks, size)
    return ExactParameters({"weight": blocks_of(matrices, size, "block").copy()}, start, readout, {"block": size})


def natural(weights: BilinearWeights) -> bool:
    """Whether the blocks are all of one size."""
    return len(set(weights.blocks)) == 1
