"""Factors that all letters share, U diag(v[x]) Zᵀ: two products with shared matrices and one entry by entry.

A step of a word takes 4 R H + R operations for R terms, and 5 H more to normalise. It reads U and Z, 2 w R H bytes that
stay in a cache, anew for every word, as in `full.py`, and R numbers of its letter. Backward takes as many for the
transposes. The gradients of U and Z are products of all places at once, 8 R H operations for each, on 3 w R bytes.

Between the two products R numbers lie in memory, where all threads of a program read them: two barriers a step.
"""

from __future__ import annotations

from typing import Any

import triton
import triton.language as tl
from torch import Tensor

from .full import product
from .letter_sums import block_sums
from .recurrence import Factors, Kernels, Launch, power_of_two
from .rows import store_before, store_state

TILE = 4096  # numbers of a matrix that a program multiplies at a time


@triton.jit
def _twice(  # type: ignore[no-untyped-def]
    into, out_of, factors, row, between, HIDDEN: tl.constexpr, RANK: tl.constexpr, H: tl.constexpr, R: tl.constexpr,
    TILE: tl.constexpr,
):  # fmt: skip
    """The vector `row` times `into` (hidden, rank), times the factors, times `out_of` (rank, hidden)."""
    r = tl.arange(0, R)
    z = product(into, row, HIDDEN, RANK, R, TILE // R)
    z *= tl.load(factors + r, mask=r < RANK, other=0.0)
    tl.store(between + r, z, mask=r < RANK)
    tl.debug_barrier()
    return product(out_of, between, RANK, HIDDEN, H, TILE // H)


@triton.jit(do_not_specialize=["batch", "time"])
def _forward(  # type: ignore[no-untyped-def]
    right, left_transposed, table, x, added, states, norms, between, batch, time,
    HAS_ADDED: tl.constexpr, NORMALIZE: tl.constexpr,
    HIDDEN: tl.constexpr, RANK: tl.constexpr, H: tl.constexpr, R: tl.constexpr, TILE: tl.constexpr,
):  # fmt: skip
    """One word; `table` is (letters, rank)."""
    word = tl.program_id(0).to(tl.int64)
    j = tl.arange(0, H)
    here = word * HIDDEN
    for t in range(time):
        factors = table + tl.load(x + word * time + t) * RANK
        w = _twice(right, left_transposed, factors, states + here, between + word * RANK, HIDDEN, RANK, H, R, TILE)
        store_state(w, added, states, norms, word, batch, here, j, HAS_ADDED, NORMALIZE, HIDDEN)
        here += batch * HIDDEN
        norms += batch


@triton.jit(do_not_specialize=["batch", "time"])
def _backward(  # type: ignore[no-untyped-def]
    left, right_transposed, table, x, states, norms, grad, ends, before, between, batch, time,
    HAS_GRAD: tl.constexpr, NORMALIZE: tl.constexpr,
    HIDDEN: tl.constexpr, RANK: tl.constexpr, H: tl.constexpr, R: tl.constexpr, TILE: tl.constexpr,
):  # fmt: skip
    """One word, from its last letter; `states` begins with the start, the others with the first letter."""
    word = tl.program_id(0).to(tl.int64)
    j = tl.arange(0, H)
    g = tl.load(ends + word * HIDDEN + j, mask=j < HIDDEN, other=0.0)
    step = batch.to(tl.int64) * HIDDEN
    here = word * HIDDEN + (time - 1) * step
    for back in range(time):
        t = time - 1 - back
        factors = table + tl.load(x + word * time + t) * RANK
        store_before(
            g, grad, states, norms, before, word, batch, t, here, step, j, HAS_GRAD, NORMALIZE, HIDDEN
        )  # fmt: skip
        g = _twice(left, right_transposed, factors, before + here, between + word * RANK, HIDDEN, RANK, H, R, TILE)
        here -= step
    tl.store(ends + word * HIDDEN + j, g, mask=j < HIDDEN)


def _sizes(left: Tensor) -> dict[str, Any]:
    hidden, rank = left.shape
    wide, terms = power_of_two(hidden), power_of_two(rank)
    tile = max(TILE, wide, terms)
    return {"HIDDEN": hidden, "RANK": rank, "H": wide, "R": terms, "TILE": tile, "num_warps": 4}


def _forward_launch(factors: Factors, h: Tensor) -> Launch:
    table, left, right = factors  # (letters, rank), (hidden, rank) each
    return Launch((right, left.t().contiguous(), table), _sizes(left), (h.new_empty(len(h), left.shape[1]),))


def _backward_launch(factors: Factors, g: Tensor) -> Launch:
    table, left, right = factors
    return Launch((left, right.t().contiguous(), table), _sizes(left), (g.new_empty(len(g), left.shape[1]),))


def _gradients(factors: Factors, x: Tensor, before: Tensor, states: Tensor) -> tuple[Tensor | None, ...]:
    table, left, right = factors
    u, e = states[:-1].flatten(0, 1), before.flatten(0, 1)  # (places, hidden)
    z, q = u @ right, e @ left  # (places, rank)
    v = table.index_select(0, x.t().reshape(-1))
    places = (*before.shape[:2], -1)
    d_table = block_sums(len(table), 1, x, z.view(places), q.view(places))[..., 0, 0]
    return d_table, e.t() @ (v * z), u.t() @ (v * q)


KERNELS = Kernels(_forward, _backward, _forward_launch, _backward_launch, _gradients)
