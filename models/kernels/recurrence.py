"""What the kernels of all families have in common: one autograd function, and how a word is run.

One program runs one word from its first letter to its last, with the state in its registers, so that a batch is one
launch whatever the length:

    h_t = A[x_t] u_{t-1} + added_t,   n_t = ‖h_t‖ (1 where it is 0),   u_t = h_t / n_t.

Backward another launch runs from the last letter to the first and writes, for every place, what the gradients of all
parameters are made of,

    e_t = (g_t − u_t (u_t · g_t)) / n_t,   g_{t-1} = dstates_{t-1} + A[x_t]ᵀ e_t,   dadded_t = e_t,

and a third one adds up what belongs to one letter, such as Σ_{t: x_t = x} e_t u_{t-1}ᵀ for a dense matrix, in an order
that depends on nothing but the letters: no atomic additions, so that a run can be repeated bit for bit.

**Floor.** A recurrence cannot take less time than max(bytes / bandwidth, operations / rate). With batch B, length T,
hidden size H and w bytes in a number, forward writes all states, w B T H bytes. Backward reads them, and the gradients
of all states where every position has a label; here it also writes e and reads e and the states again, so that it moves
w B T H four or five times where once or twice would do: what that buys is an order of sums that no word has a part in.
Letters add 8 B T bytes each way. Each family's file counts its factors and operations. A word is a chain of dependent
steps, and a step takes as long as its sum over H and its quotient have latency, however few words there are: batches
that fill the card come near the floor, and small ones cannot.

**Rounding.** Products and sums are those of the number type, fused or not, in any order; no TF32; the square root and
the quotient are rounded correctly (`precise.py`). That is what certificates assume of the code that runs.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

Factors = tuple[Tensor, ...]


@dataclass(frozen=True)
class Launch:
    """What a family's kernel is launched with, beside what all kernels are.

    Attributes:
        tables: what it multiplies with; its first arguments.
        sizes: its constants, and the warps of a program.
        room: memory of its own, behind what it reads and writes.
    """

    tables: tuple[Tensor, ...]
    sizes: dict[str, Any]
    room: tuple[Tensor, ...] = ()


@dataclass(frozen=True)
class Kernels:
    """The kernels of one family, and how they are launched: one program a word.

    Attributes:
        forward: of arguments (tables, x, added, states, norms, room, batch, time) and constants HAS_ADDED, NORMALIZE
            and sizes; writes states from their second row on and norms, (time, batch).
        backward: of arguments (tables, x, states, norms, grad, ends, before, room, batch, time) and constants HAS_GRAD,
            NORMALIZE and sizes; writes e to `before`, (time, batch, hidden), and the gradient of the start over `ends`.
        of_forward: from factors and start states (batch, hidden) to the rest of its launch.
        of_backward: likewise, from factors and the gradient of the last states.
        gradients: from factors, letters, e and states to the gradients of the factors, None for those without.
    """

    forward: Any  # of triton, which this module does not import
    backward: Any
    of_forward: Callable[[Factors, Tensor], Launch]
    of_backward: Callable[[Factors, Tensor], Launch]
    gradients: Callable[[Factors, Tensor, Tensor, Tensor], tuple[Tensor | None, ...]]


def run(
    kernels: Kernels, factors: Factors, h: Tensor, x: Tensor, added: Tensor | None, normalize: bool
) -> tuple[Tensor, Tensor]:
    """States after every letter, (time, batch, hidden), and the last one, (batch, hidden); see `Transition.states`."""
    both: tuple[Tensor, Tensor] = _Run.apply(kernels, h, added, x, normalize, *factors)
    return both


class _Run(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, kernels: Kernels, h: Tensor, added: Tensor | None, x: Tensor, normalize: bool, *factors: Tensor
    ) -> tuple[Tensor, Tensor]:
        ctx.set_materialize_grads(False)
        x, terms = x.contiguous(), None if added is None else added.contiguous()
        factors = tuple(factor.contiguous() for factor in factors)
        with _current(h.device):
            states, norms = _run_forward(kernels, factors, h.contiguous(), terms, x, normalize)
        ctx.save_for_backward(states, norms, x, *factors)
        ctx.kernels, ctx.normalize, ctx.has_added = kernels, normalize, added is not None
        return states[1:], states[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor | None, last: Tensor | None) -> tuple[Tensor | None, ...]:
        states, norms, x, *factors = ctx.saved_tensors
        g = torch.zeros_like(states[0]) if last is None else last.clone(memory_format=torch.contiguous_format)
        incoming = None if grad is None else grad.contiguous()
        with _current(g.device):
            before = _run_backward(ctx.kernels, tuple(factors), states, norms, x, incoming, g, ctx.normalize)
            gradients = ctx.kernels.gradients(tuple(factors), x, before, states)
        return None, g, before if ctx.has_added else None, None, None, *gradients


def _current(device: torch.device) -> AbstractContextManager[Any]:
    """The block in which a device is the current one, where triton launches; nothing on the CPU, in its interpreter."""
    return torch.cuda.device(device) if device.type == "cuda" else nullcontext()


def _run_forward(
    kernels: Kernels, factors: Factors, h: Tensor, added: Tensor | None, x: Tensor, normalize: bool
) -> tuple[Tensor, Tensor]:
    """States, the start among them, (time + 1, batch, hidden), and norms, (time, batch)."""
    batch, time = x.shape
    states, norms = h.new_empty(time + 1, *h.shape), h.new_empty(time, batch)
    states[0] = h
    launch = kernels.of_forward(factors, h)
    terms = h if added is None else added  # some tensor, which is not read
    held = (*launch.tables, x, terms, states, norms, *launch.room, batch, time)
    kernels.forward[(batch,)](*held, HAS_ADDED=added is not None, NORMALIZE=normalize, **launch.sizes)
    return states, norms


def _run_backward(
    kernels: Kernels,
    factors: Factors,
    states: Tensor,
    norms: Tensor,
    x: Tensor,
    grad: Tensor | None,
    g: Tensor,
    normalize: bool,
) -> Tensor:
    """e, (time, batch, hidden), from the gradient of all states and that of the last one, which becomes the start's."""
    batch, time = x.shape
    before = torch.empty_like(states[1:])
    launch = kernels.of_backward(factors, g)
    incoming = g if grad is None else grad  # some tensor, which is not read
    held = (*launch.tables, x, states, norms, incoming, g, before, *launch.room, batch, time)
    kernels.backward[(batch,)](*held, HAS_GRAD=grad is not None, NORMALIZE=normalize, **launch.sizes)
    return before


def power_of_two(size: int) -> int:
    """The least power of two that is not below a size: what Triton's tensors measure.

    >>> [power_of_two(size) for size in (1, 3, 64)]
    [1, 4, 64]
    """
    return 1 << (size - 1).bit_length()


def warps(numbers: int) -> int:
    """Warps of 32 threads for a program that holds so many numbers: at most 16 in each thread, and one warp if that
    does, in which sums need no barrier.
    """
    return min(16, max(1, power_of_two(numbers) // (32 * 16)))
