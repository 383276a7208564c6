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

import triton
import triton.language as tl
from torch import Tensor

from .letter_sums import outer_sums
from .recurrence import Factors, Kernels, Launch, power_of_two
from .rows import store_before, store_state

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
        store_state(w, added, states, norms, word, batch, here, j, HAS_ADDED, NORMALIZE, HIDDEN)
        here += batch * HIDDEN
        norms += batch


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
        store_before(
            g, grad, states, norms, before, word, batch, t, here, step, j, HAS_GRAD, NORMALIZE, HIDDEN
        )  # fmt: skip
        g = product(matrix, before + here, HIDDEN, HIDDEN, H, ROWS)
        here -= step
    tl.store(ends + word * HIDDEN + j, g, mask=j < HIDDEN)


def sizes(hidden: int) -> dict[str, Any]:
    """The tiles of a hidden size, and the warps of a program."""
    wide = power_of_two(hidden)
    tile, warps = (TILE, 4) if wide <= WIDE else (WIDE_TILE, 8)
    return {"HIDDEN": hidden, "H": wide, "ROWS": min(wide, tile // wide), "num_warps": warps}


def _forward_launch(factors: Factors, h: Tensor) -> Launch:
    (matrices,) = factors  # (letters, hidden, hidden)
    return Launch((matrices.transpose(1, 2).contiguous(),), sizes(h.shape[1]))


def _backward_launch(factors: Factors, g: Tensor) -> Launch:
    return Launch(factors, sizes(g.shape[1]))


def _gradients(factors: Factors, x: Tensor, before: Tensor, states: Tensor) -> tuple[Tensor | None, ...]:
    (matrices,) = factors
    return (outer_sums(len(matrices), x, before, states),)


KERNELS = Kernels(_forward, _backward, _forward_launch, _backward_launch, _gradients)
