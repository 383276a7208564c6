"""Dense matrices: each word multiplies with the matrix of its letter, tile by tile.

A step of a word takes 2 H² operations and 5 H more to normalise, and reads the w H² bytes of its letter's matrix. These
come from the second-level cache as long as the letters' w H² D bytes fit there, so that the floor of memory is that of
the states, w H a step, and of the operations 2 H² / rate. What this kernel reaches is bounded by that cache instead: it
reads a matrix anew for every word, 2 operations for w bytes, some ten times as long as the operations take. Few words
pay nothing for it, as each has a multiprocessor of its own; many words of few letters do, and `by_letter.py` multiplies
them together from `MOST_NUMBERS` on. Backward takes 2 H² for A[x]ᵀ e, and 2 H² for the sums by letter, which are
products of tiles of places and reuse what they read.

The state lies in memory between steps, where all threads of its program read it: a barrier a step.
"""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from .letter_sums import outer_sums
from .precise import norm_of, quotient
from .recurrence import Factors, Kernels, begun, power_of_two

TILE, WIDE_TILE = 4096, 8192  # numbers of a matrix that a program multiplies at a time, up to 512 units and beyond
WIDE = 512


@triton.jit
def product(  # type: ignore[no-untyped-def]
    matrix, row, LONG: tl.constexpr, WIDE: tl.constexpr, W: tl.constexpr, ROWS: tl.constexpr,
):  # fmt: skip
    """The vector `row` times a matrix (long, wide) of contiguous rows: entry j is Σ_i row_i matrix_ij."""
    i, j = tl.arange(0, ROWS), tl.arange(0, W)
    total = tl.zeros([ROWS, W], dtype=matrix.dtype.element_ty)
    for first in range(0, LONG, ROWS):
        v = tl.load(row + first + i, mask=first + i < LONG, other=0.0)
        inside = (first + i < LONG)[:, None] & (j < WIDE)[None, :]
        total += v[:, None] * tl.load(matrix + (first + i)[:, None] * WIDE + j[None, :], mask=inside, other=0.0)
    return tl.sum(total, axis=0)


@triton.jit(do_not_specialize=["batch", "time"])
def _forward(  # type: ignore[no-untyped-def]
    transposed, x, added, states, norms, batch, time,
    HAS_ADDED: tl.constexpr, NORMALIZE: tl.constexpr, HIDDEN: tl.constexpr, H: tl.constexpr, ROWS: tl.constexpr,
):  # fmt: skip
    """One word; the matrices are transposed, so that a tile of columns of A[x] is a run of memory."""
    word = tl.program_id(0).to(tl.int64)
    j = tl.arange(0, H)
    here = word * HIDDEN
    for t in range(time):
        matrix = transposed + tl.load(x + word * time + t) * HIDDEN * HIDDEN
        w = product(matrix, states + here, HIDDEN, HIDDEN, H, ROWS)
        if HAS_ADDED:
            w += tl.load(added + here + j, mask=j < HIDDEN, other=0.0)
        if NORMALIZE:
            norm = norm_of(tl.sum(w * w, axis=0))
            tl.store(norms + word, norm)
            norms += batch
            w = quotient(w, norm)
        here += batch * HIDDEN
        tl.store(states + here + j, w, mask=j < HIDDEN)
        tl.debug_barrier()  # all of the state is there before any thread reads it


@triton.jit(do_not_specialize=["batch", "time"])
def _backward(  # type: ignore[no-untyped-def]
    matrices, x, states, norms, grad, ends, before, batch, time,
    HAS_GRAD: tl.constexpr, NORMALIZE: tl.constexpr, HIDDEN: tl.constexpr, H: tl.constexpr, ROWS: tl.constexpr,
):  # fmt: skip
    """One word, from its last letter; `states` begins with the start, the others with the first letter."""
    word = tl.program_id(0).to(tl.int64)
    j = tl.arange(0, H)
    g = tl.load(ends + word * HIDDEN + j, mask=j < HIDDEN, other=0.0)
    step = batch.to(tl.int64) * HIDDEN
    here = word * HIDDEN + (time - 1) * step
    for back in range(time):
        t = time - 1 - back
        matrix = matrices + tl.load(x + word * time + t) * HIDDEN * HIDDEN
        if HAS_GRAD:
            g += tl.load(grad + here + j, mask=j < HIDDEN, other=0.0)
        if NORMALIZE:  # the derivative of h/‖h‖ removes the part along h
            u = tl.load(states + here + step + j, mask=j < HIDDEN, other=0.0)
            along = tl.sum(g * u, axis=0)
            g = quotient(g - along * u, tl.load(norms + word + t * batch.to(tl.int64)))
        tl.store(before + here + j, g, mask=j < HIDDEN)
        tl.debug_barrier()
        g = product(matrix, before + here, HIDDEN, HIDDEN, H, ROWS)
        here -= step
    tl.store(ends + word * HIDDEN + j, g, mask=j < HIDDEN)


def sizes(hidden: int) -> dict[str, Any]:
    """The tiles of a hidden size, and the warps of a program."""
    wide = power_of_two(hidden)
    tile, warps = (TILE, 4) if wide <= WIDE else (WIDE_TILE, 8)
    return {"HIDDEN": hidden, "H": wide, "ROWS": min(wide, tile // wide), "num_warps": warps}


def _run_forward(
    factors: Factors, h: Tensor, added: Tensor | None, x: Tensor, normalize: bool
) -> tuple[Tensor, Tensor]:
    (matrices,) = factors  # (letters, hidden, hidden)
    states, norms = begun(h, x)
    batch, time = x.shape
    terms = h if added is None else added
    flags = {"HAS_ADDED": added is not None, "NORMALIZE": normalize}
    transposed = matrices.transpose(1, 2).contiguous()
    _forward[(batch,)](transposed, x, terms, states, norms, batch, time, **flags, **sizes(h.shape[1]))
    return states, norms


def _run_backward(
    factors: Factors, states: Tensor, norms: Tensor, x: Tensor, grad: Tensor | None, g: Tensor, normalize: bool
) -> Tensor:
    (matrices,) = factors
    before = torch.empty_like(states[1:])
    batch, time = x.shape
    incoming = g if grad is None else grad
    flags = {"HAS_GRAD": grad is not None, "NORMALIZE": normalize}
    _backward[(batch,)](matrices, x, states, norms, incoming, g, before, batch, time, **flags, **sizes(g.shape[1]))
    return before


def _gradients(factors: Factors, x: Tensor, before: Tensor, states: Tensor) -> tuple[Tensor | None, ...]:
    (matrices,) = factors
    return (outer_sums(len(matrices), x, before, states),)


KERNELS = Kernels(_run_forward, _run_backward, _gradients)
