"""Blocks of one size b down the diagonal, diagonals (b = 1) among them.

A step of a word takes 2 b H operations, and 5 H more to normalise. It reads the b H numbers of its letter, which stay
in the first- or second-level cache as long as the letters' w b H D bytes fit, and writes H: forward moves w H bytes a
step from and to memory, so that with b ≤ 8 bytes decide. Backward takes 2 b H for A[x]ᵀ e, and 2 b H for the sums by
letter.
"""

from __future__ import annotations

from typing import Any

import triton
import triton.language as tl
from torch import Tensor

from .letter_sums import block_sums
from .precise import norm_of, quotient
from .recurrence import Factors, Kernels, Launch, power_of_two, warps


@triton.jit(do_not_specialize=["batch", "time"])
def _forward(  # type: ignore[no-untyped-def]
    table, x, added, states, norms, batch, time,
    HAS_ADDED: tl.constexpr, NORMALIZE: tl.constexpr, SIZE: tl.constexpr, COUNT: tl.constexpr,
    B: tl.constexpr, N: tl.constexpr,
):  # fmt: skip
    """One word; `table` is (letters, b, b, n), so that the blocks' numbers lie side by side."""
    word = tl.program_id(0).to(tl.int64)
    i, k = tl.arange(0, B), tl.arange(0, N)
    entries = (i[:, None, None] * SIZE + i[None, :, None]) * COUNT + k[None, None, :]  # of row i, column j, block k
    held = (i[:, None, None] < SIZE) & (i[None, :, None] < SIZE) & (k[None, None, :] < COUNT)
    places = k[None, :] * SIZE + i[:, None]  # of entry i of block k in a state
    real = (i[:, None] < SIZE) & (k[None, :] < COUNT)
    here = word * COUNT * SIZE
    v = tl.load(states + here + places, mask=real, other=0.0)
    a = tl.load(table + tl.load(x + word * time) * SIZE * SIZE * COUNT + entries, mask=held, other=0.0)
    for t in range(time):
        # the factors of the next letter are on their way while this one is computed
        following = tl.load(x + word * time + t + 1, mask=t + 1 < time, other=0)
        coming = tl.load(table + following * SIZE * SIZE * COUNT + entries, mask=held, other=0.0)
        w = tl.sum(a * v[None, :, :], axis=1)
        if HAS_ADDED:
            w += tl.load(added + here + places, mask=real, other=0.0)
        if NORMALIZE:
            norm = norm_of(tl.sum(tl.sum(w * w, axis=0), axis=0))
            tl.store(norms + word, norm)
            norms += batch
            w = quotient(w, norm)
        here += batch * COUNT * SIZE
        tl.store(states + here + places, w, mask=real)
        v, a = w, coming


@triton.jit(do_not_specialize=["batch", "time"])
def _backward(  # type: ignore[no-untyped-def]
    table, x, states, norms, grad, ends, before, batch, time,
    HAS_GRAD: tl.constexpr, NORMALIZE: tl.constexpr, SIZE: tl.constexpr, COUNT: tl.constexpr,
    B: tl.constexpr, N: tl.constexpr,
):  # fmt: skip
    """One word, from its last letter; `states` begins with the start, the others with the first letter."""
    word = tl.program_id(0).to(tl.int64)
    i, k = tl.arange(0, B), tl.arange(0, N)
    entries = (i[:, None, None] * SIZE + i[None, :, None]) * COUNT + k[None, None, :]
    held = (i[:, None, None] < SIZE) & (i[None, :, None] < SIZE) & (k[None, None, :] < COUNT)
    places = k[None, :] * SIZE + i[:, None]
    real = (i[:, None] < SIZE) & (k[None, :] < COUNT)
    g = tl.load(ends + word * COUNT * SIZE + places, mask=real, other=0.0)
    step = batch.to(tl.int64) * COUNT * SIZE
    here = word * COUNT * SIZE + (time - 1) * step
    u = tl.load(states + here + step + places, mask=real, other=0.0)
    for back in range(time):
        t = time - 1 - back
        a = tl.load(table + tl.load(x + word * time + t) * SIZE * SIZE * COUNT + entries, mask=held, other=0.0)
        previous = tl.load(states + here + places, mask=real, other=0.0)
        if HAS_GRAD:
            g += tl.load(grad + here + places, mask=real, other=0.0)
        if NORMALIZE:  # the derivative of h/‖h‖ removes the part along h
            along = tl.sum(tl.sum(g * u, axis=0), axis=0)
            g = quotient(g - along * u, tl.load(norms + word + t * batch.to(tl.int64)))
        tl.store(before + here + places, g, mask=real)
        g = tl.sum(a * g[:, None, :], axis=0)
        u = previous
        here -= step
    tl.store(ends + word * COUNT * SIZE + places, g, mask=real)


def _sizes(blocks: Tensor) -> dict[str, Any]:
    _, count, size, _ = blocks.shape
    padded, wide = power_of_two(size), power_of_two(count)
    return {"SIZE": size, "COUNT": count, "B": padded, "N": wide, "num_warps": warps(padded * padded * wide)}


def _launch(factors: Factors, h: Tensor) -> Launch:
    (blocks,) = factors  # (letters, n, b, b)
    return Launch((blocks.permute(0, 2, 3, 1).contiguous(),), _sizes(blocks))


def _gradients(factors: Factors, x: Tensor, before: Tensor, states: Tensor) -> tuple[Tensor | None, ...]:
    (blocks,) = factors
    return (block_sums(len(blocks), blocks.shape[2], x, before, states),)


KERNELS = Kernels(_forward, _backward, _launch, _launch, _gradients)
