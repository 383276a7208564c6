"""Complex diagonals a = r + i m, rotations r = cos θ, m = sin θ among them: pairs (p, q) ↦ (r p − m q, m p + r q).

A step of a word takes 3 H operations, 6 for each of H/2 pairs, and 5 H more to normalise. It reads the H numbers of its
letter, which stay in a cache as long as the letters' w H D bytes fit, and writes H: bytes decide. Backward takes as
many operations for the conjugate, and 4 H for the sums by letter.
"""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from .letter_sums import block_sums
from .precise import norm_of, quotient
from .recurrence import Factors, Kernels, Launch, power_of_two, warps


@triton.jit(do_not_specialize=["batch", "time"])
def _forward(  # type: ignore[no-untyped-def]
    table, x, added, states, norms, batch, time,
    HAS_ADDED: tl.constexpr, NORMALIZE: tl.constexpr, COUNT: tl.constexpr, N: tl.constexpr,
):  # fmt: skip
    """One word; `table` is (letters, n, 2)."""
    word = tl.program_id(0).to(tl.int64)
    places = tl.arange(0, N)[:, None] * 2 + tl.arange(0, 2)[None, :]  # pairs lie side by side
    real = places < COUNT * 2
    here = word * COUNT * 2
    p, q = tl.split(tl.load(states + here + places, mask=real, other=0.0))
    a = tl.load(table + tl.load(x + word * time) * COUNT * 2 + places, mask=real, other=0.0)
    for t in range(time):
        # the factors of the next letter are on their way while this one is computed
        following = tl.load(x + word * time + t + 1, mask=t + 1 < time, other=0)
        coming = tl.load(table + following * COUNT * 2 + places, mask=real, other=0.0)
        r, m = tl.split(a)
        p, q = r * p - m * q, m * p + r * q
        if HAS_ADDED:
            b, c = tl.split(tl.load(added + here + places, mask=real, other=0.0))
            p += b
            q += c
        if NORMALIZE:
            norm = norm_of(tl.sum(p * p + q * q, axis=0))
            tl.store(norms + word, norm)
            norms += batch
            p = quotient(p, norm)
            q = quotient(q, norm)
        here += batch * COUNT * 2
        tl.store(states + here + places, tl.join(p, q), mask=real)
        a = coming


@triton.jit(do_not_specialize=["batch", "time"])
def _backward(  # type: ignore[no-untyped-def]
    table, x, states, norms, grad, ends, before, batch, time,
    HAS_GRAD: tl.constexpr, NORMALIZE: tl.constexpr, COUNT: tl.constexpr, N: tl.constexpr,
):  # fmt: skip
    """One word, from its last letter; `states` begins with the start, the others with the first letter."""
    word = tl.program_id(0).to(tl.int64)
    places = tl.arange(0, N)[:, None] * 2 + tl.arange(0, 2)[None, :]
    real = places < COUNT * 2
    g = tl.load(ends + word * COUNT * 2 + places, mask=real, other=0.0)
    step = batch.to(tl.int64) * COUNT * 2
    here = word * COUNT * 2 + (time - 1) * step
    u = tl.load(states + here + step + places, mask=real, other=0.0)
    for back in range(time):
        t = time - 1 - back
        a = tl.load(table + tl.load(x + word * time + t) * COUNT * 2 + places, mask=real, other=0.0)
        previous = tl.load(states + here + places, mask=real, other=0.0)
        if HAS_GRAD:
            g += tl.load(grad + here + places, mask=real, other=0.0)
        if NORMALIZE:  # the derivative of h/‖h‖ removes the part along h
            along = tl.sum(tl.sum(g * u, axis=1), axis=0)
            g = quotient(g - along * u, tl.load(norms + word + t * batch.to(tl.int64)))
        tl.store(before + here + places, g, mask=real)
        r, m = tl.split(a)
        p, q = tl.split(g)
        g = tl.join(r * p + m * q, r * q - m * p)
        u = previous
        here -= step
    tl.store(ends + word * COUNT * 2 + places, g, mask=real)


def _sizes(table: Tensor) -> dict[str, Any]:
    count = table.shape[1]
    return {"COUNT": count, "N": power_of_two(count), "num_warps": warps(2 * count)}


def _launch(factors: Factors, h: Tensor) -> Launch:
    return Launch(factors, _sizes(factors[0]))  # (letters, n, 2)


def _gradients(factors: Factors, x: Tensor, before: Tensor, states: Tensor) -> tuple[Tensor | None, ...]:
    (table,) = factors
    d = block_sums(len(table), 2, x, before, states)  # (letters, n, 2, 2), of [[r, −m], [m, r]]
    return (torch.stack([d[..., 0, 0] + d[..., 1, 1], d[..., 1, 0] - d[..., 0, 1]], -1),)


KERNELS = Kernels(_forward, _backward, _launch, _launch, _gradients)
