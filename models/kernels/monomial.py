"""Monomial matrices P diag(d): entry j goes to row p_j, times d_j.

A step of a word takes 2 H operations in principle, H to multiply and H to add up what meets in one row, and 5 H more to
normalise. It reads 2 H numbers of its letter, which stay in a cache, and writes H: bytes decide. Entries that meet in
one row are added up here by comparing every row with every p_j, H² comparisons and no atomic additions, so that sums
have one order. Backward is a look-up, e_{p_j} d_j. The gradient is that of all entries of the dense matrix, from which
the softmax over a column takes its own: 2 H² operations a step for the sums by letter, as for dense matrices.
"""

from __future__ import annotations

import triton
import triton.language as tl
from torch import Tensor

from .full import sizes
from .letter_sums import outer_sums
from .recurrence import Factors, Kernels, Launch
from .rows import store_before, store_state


@triton.jit(do_not_specialize=["batch", "time"])
def _forward(  # type: ignore[no-untyped-def]
    rows, entries, x, added, states, norms, batch, time,
    HAS_ADDED: tl.constexpr, NORMALIZE: tl.constexpr, HIDDEN: tl.constexpr, H: tl.constexpr, ROWS: tl.constexpr,
):  # fmt: skip
    """One word; `rows` int64 and `entries` are (letters, hidden)."""
    word = tl.program_id(0).to(tl.int64)
    i, j = tl.arange(0, ROWS), tl.arange(0, H)
    here = word * HIDDEN
    for t in range(time):
        letter = tl.load(x + word * time + t) * HIDDEN
        total = tl.zeros([ROWS, H], dtype=entries.dtype.element_ty)
        for first in range(0, HIDDEN, ROWS):
            inside = first + i < HIDDEN
            goes = tl.load(rows + letter + first + i, mask=inside, other=-1)
            moved = tl.load(entries + letter + first + i, mask=inside, other=0.0)
            moved *= tl.load(states + here + first + i, mask=inside, other=0.0)
            total += tl.where(goes[:, None] == j[None, :], moved[:, None], 0.0)
        w = tl.sum(total, axis=0)
        store_state(w, added, states, norms, word, batch, here, j, HAS_ADDED, NORMALIZE, HIDDEN)
        here += batch * HIDDEN
        norms += batch


@triton.jit(do_not_specialize=["batch", "time"])
def _backward(  # type: ignore[no-untyped-def]
    rows, entries, x, states, norms, grad, ends, before, batch, time,
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
        letter = tl.load(x + word * time + t) * HIDDEN
        store_before(
            g, grad, states, norms, before, word, batch, t, here, step, j, HAS_GRAD, NORMALIZE, HIDDEN
        )  # fmt: skip
        goes = tl.load(rows + letter + j, mask=j < HIDDEN, other=0)
        g = tl.load(before + here + goes, mask=j < HIDDEN, other=0.0)
        g *= tl.load(entries + letter + j, mask=j < HIDDEN, other=0.0)
        here -= step
    tl.store(ends + word * HIDDEN + j, g, mask=j < HIDDEN)


def _launch(factors: Factors, h: Tensor) -> Launch:
    _, rows, entries = factors  # (letters, hidden, hidden), for its gradient, and (letters, hidden) each
    return Launch((rows, entries), sizes(h.shape[1]))


def _gradients(factors: Factors, x: Tensor, before: Tensor, states: Tensor) -> tuple[Tensor | None, ...]:
    return outer_sums(len(factors[0]), x, before, states), None, None


KERNELS = Kernels(_forward, _backward, _launch, _launch, _gradients)
