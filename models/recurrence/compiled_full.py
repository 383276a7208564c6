"""The recurrence of the full family compiled by numba: the samples of a step grouped by letter, up to five at a time.

A product with one matrix for four samples reads each of its numbers once for eight multiplications and additions, about
as many as a core does while it fetches the next ones from its cache; for one sample, as happens with many letters, the
speed is that of reading. The BLAS packs its operands first, which costs as much as such a small product, and
a call for each letter and step spends as long in Python. What is left to the BLAS is the gradient of the matrices, one
product per letter over all times; `by_letter.py` has the equations.

Matrices beyond `LARGEST_MATRIX` bytes don't stay in the cache while a few samples after others use them.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .compiled_blocks import INSTALLED, array_of, in_threads, terms_of

LARGEST_MATRIX = 600_000  # bytes: with the states beside it, it fits a second-level cache of 1 MB
MOST_KEPT = 4_000_000  # bytes of each piece of working memory
OWN_PRODUCTS, OWN_ROWS = 64, 256  # hidden units, and rows a letter, up to which the gradient of A is compiled as well
WORTH_FLIPPING = 24, 64  # uses of a matrix, of up to 64 kB and of a larger one, that pay for a transposed copy:
# products by rows are faster than by columns
SMALL_MATRIX = 65_536  # bytes


def full_fusible(weight: Tensor, *others: Tensor | None) -> bool:
    """Whether the compiled recurrence takes such tensors, and is likely to be the fastest."""
    return (
        INSTALLED
        and weight[0].numel() * weight.element_size() <= LARGEST_MATRIX
        and weight.dtype in (torch.float32, torch.float64)
        and all(t is None or (t.device.type == "cpu" and t.dtype == weight.dtype) for t in (weight, *others))
    )


def run_forward(weight: Tensor, h: Tensor, added: Tensor | None, x: Tensor, normalize: bool) -> tuple[Tensor, Tensor]:
    """States (time + 1, batch, hidden) from the start `h`, and norms (time, batch, 1)."""
    from . import full_kernels as kernels  # imports numba

    batch, time = x.shape
    states = h.new_empty(time + 1, *h.shape)
    states[0] = h
    norms = h.new_ones(time, batch, 1)
    arrays = [array_of(t.contiguous()) for t in (weight, x, terms_of(added, h))]
    outputs = array_of(states), array_of(norms)
    in_threads(batch, lambda first, last: kernels.forward(*arrays, added is not None, normalize, first, last, *outputs))
    return states, norms


def run_backward(
    weight: Tensor,
    states: Tensor,
    norms: Tensor,
    x: Tensor,
    grad: Tensor | None,
    g: Tensor,
    normalize: bool,
    has_added: bool,
) -> tuple[Tensor, Tensor | None]:
    """Gradients with respect to the matrices and, if asked, to `A[x_t] h_{t-1}`, (time, batch, hidden).

    `grad`, (time, batch, hidden), is the gradient of all states, or None for zeros; `g`, (batch, hidden), is one more
    of the last state, and is overwritten with that of the start.

    The loop leaves its rows of both sides sorted by letter, so that `dA[x] = Σ_{t: x_t = x} dh_t h_{t-1}ᵀ` is one
    product per letter.
    """
    from . import full_kernels as kernels  # imports numba

    d_weight = torch.empty_like(weight)
    shape = states[1:].shape
    before = states.new_empty(shape) if has_added else _scratch("before", shape, states.dtype)
    left, right = (_scratch(side, (x.numel(), states.shape[2]), states.dtype) for side in ("left", "right"))
    small = weight[0].numel() * weight.element_size() <= SMALL_MATRIX
    flip = x.numel() >= WORTH_FLIPPING[0 if small else 1] * len(weight)
    stored = array_of(weight.contiguous())
    of_all = torch.zeros_like(g).unsqueeze(0) if grad is None else grad  # zeros for one time stand for those of all
    arrays = [array_of(t.contiguous()) for t in (x, states, norms, of_all)]
    if flip:
        flipped = array_of(_scratch("flipped", weight.shape, weight.dtype))
        kernels.flip(stored, flipped)
        stored = flipped
    place, ends = np.empty(x.shape, np.int64), np.empty(len(weight), np.int64)
    kernels.places(arrays[0], place, ends)
    inputs, outputs = (stored, flip, *arrays, grad is not None, place), [array_of(t) for t in (before, left, right, g)]
    in_threads(len(x), lambda first, last: kernels.backward(*inputs, normalize, first, last, *outputs))
    if weight.shape[1] <= OWN_PRODUCTS and len(left) <= OWN_ROWS * len(weight):  # calls would cost more
        kernels.outer(array_of(left), array_of(right), ends, array_of(d_weight))
        return d_weight, before if has_added else None
    start = 0
    for letter, stop in enumerate(ends.tolist()):
        torch.mm(left[start:stop].t(), right[start:stop], out=d_weight[letter])
        start = stop
    return d_weight, before if has_added else None


_local = threading.local()  # two threads may go backward at once


def _scratch(name: str, shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    """Memory that no caller sees, kept from step to step while it is small: fresh pages cost as much as the work."""
    size = math.prod(shape)
    if size * dtype.itemsize > MOST_KEPT:
        return torch.empty(*shape, dtype=dtype)
    kept: dict[Any, Tensor] = _local.__dict__
    memory = kept.get((name, dtype))
    if memory is None or memory.numel() < size:
        memory = kept[name, dtype] = torch.empty(size, dtype=dtype)
    return memory[:size].view(*shape)
