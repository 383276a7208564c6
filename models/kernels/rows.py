"""A step of a state that lies in one row of memory: what the kernels of dense, monomial and cp matrices share.

Every thread of a program reads all of the row, so each step ends with a barrier.
"""

from __future__ import annotations

import triton
import triton.language as tl

from .precise import norm_of, quotient


@triton.jit
def store_state(  # type: ignore[no-untyped-def]
    w, added, states, norms, word, batch, here, j,
    HAS_ADDED: tl.constexpr, NORMALIZE: tl.constexpr, HIDDEN: tl.constexpr,
):  # fmt: skip
    """Add what is added to A[x] u, normalise it, and store it behind the row `here`; `norms` are of this letter."""
    if HAS_ADDED:
        w += tl.load(added + here + j, mask=j < HIDDEN, other=0.0)
    if NORMALIZE:
        norm = norm_of(tl.sum(w * w, axis=0))
        tl.store(norms + word, norm)
        w = quotient(w, norm)
    tl.store(states + here + batch * HIDDEN + j, w, mask=j < HIDDEN)
    tl.debug_barrier()  # all of the state is there before any thread reads it


@triton.jit
def store_before(  # type: ignore[no-untyped-def]
    g, grad, states, norms, before, word, batch, t, here, step, j,
    HAS_GRAD: tl.constexpr, NORMALIZE: tl.constexpr, HIDDEN: tl.constexpr,
):  # fmt: skip
    """Store e, the gradient by A[x] u, from that by the state behind the row `here` through its norm."""
    if HAS_GRAD:
        g += tl.load(grad + here + j, mask=j < HIDDEN, other=0.0)
    if NORMALIZE:  # the derivative of h/‖h‖ removes the part along h
        u = tl.load(states + here + step + j, mask=j < HIDDEN, other=0.0)
        along = tl.sum(g * u, axis=0)
        g = quotient(g - along * u, tl.load(norms + word + t * batch.to(tl.int64)))
    tl.store(before + here + j, g, mask=j < HIDDEN)
    tl.debug_barrier()
