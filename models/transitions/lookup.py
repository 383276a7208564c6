"""What the families have in common whose factors are looked up per sample."""

from __future__ import annotations

import abc

import torch
from torch import Tensor

from ..errors import ModelError
from ..kernels.choice import takes
from ..recurrence.compiled_blocks import LARGEST_BLOCK, block_recurrence, fusible
from .base import Transition, unit


class LookupTransition(Transition):
    """A family whose factors are small enough to look up per sample; subclasses say what a factor is and
    does.

    Block diagonal ones with small blocks are run by compiled code where numba is installed, see
    `bistate.models.recurrence.compiled_blocks`; those with a Triton kernel by that on a CUDA device, see
    `bistate.models.kernels`. `batching="loop"` is the loop over time in torch, whose gradients can be differentiated
    again; "fused" insists on compiled code and "kernel" on Triton's.
    """

    @abc.abstractmethod
    def table(self) -> Tensor:
        """One row of factors per letter, (letters, ...)."""

    @abc.abstractmethod
    def act(self, factor: Tensor, h: Tensor) -> Tensor:
        """`A[x] h` for the factors of one time step: (batch, ...), (batch, hidden) -> (batch, hidden)."""

    def blocks(self) -> Tensor | None:
        """The blocks on the diagonals, (letters, n, b, b), of a block diagonal family; else None."""
        return None

    def states(self, h: Tensor, x: Tensor, added: Tensor | None, normalize: bool) -> tuple[Tensor, Tensor]:
        """See `Transition.states`."""
        if self.has_kernel and takes(self.batching, h, self.weight, added):
            from ..kernels.recurrence import run

            found = self.kernel()
            if found is not None:
                return run(*found, h, x, added, normalize)
            if self.batching == "kernel":
                raise ModelError(f"batching='kernel' takes smaller factors than {type(self).__name__} has here")
        blocks = None if self.batching == "loop" else self.blocks()
        if blocks is not None and fusible(blocks.shape[-1], blocks, h, added):
            return block_recurrence(blocks, h, x, added, normalize)
        if self.batching == "fused":
            raise ModelError(
                f"batching='fused' takes float32 and float64 on the CPU and blocks of at most {LARGEST_BLOCK}, got "
                f"{h.dtype} on {h.device}" + ("" if blocks is None else f" and blocks of {blocks.shape[-1]}")
            )
        factors = self.table().index_select(0, x.t().reshape(-1))  # (time * batch, ...)
        per_step = factors.unflatten(0, (x.shape[1], x.shape[0])).unbind(0)  # time × (batch, ...)
        terms = [None] * len(per_step) if added is None else added.unbind(0)
        out = []
        for factor, term in zip(per_step, terms, strict=True):
            h = self.act(factor, h)  # (batch, hidden)
            h = h if term is None else h + term
            h = unit(h) if normalize else h
            out.append(h)
        return torch.stack(out), h  # (time, batch, hidden), (batch, hidden)
