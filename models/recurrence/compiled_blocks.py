"""Recurrences of small blocks compiled by numba: each word is read once, from first letter to last, in the cache.

A torch loop over time writes every intermediate of every step to memory and starts some ten kernels per step; for small
blocks that is nearly all of its time. Compiled, a step of one sample reads its letter's factors, `b H` numbers that
stay in the cache, and writes `H` numbers. Backward runs from last letter to first and adds the gradients of the factors
up as it goes. With `h_t = A[x_t] u_{t-1} + added_t`, `n_t = ‖h_t‖` and `u_t = h_t / n_t`,

    e = (g - u_t (u_t · g)) / n_t,   dA[x_t] += e u_{t-1}ᵀ,   dadded_t = e,   g ← dstates_{t-1} + A[x_t]ᵀ e.

The samples of a batch are shared among torch's number of threads. numba is part of the installation; where
it is missing all the same, and for other dtypes and devices, the families run their torch loop.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from .subnormals import flushes

INSTALLED = find_spec("numba") is not None
LARGEST_BLOCK = 8  # beyond, products of the BLAS are better than loops
FAST = {"reassoc", "contract", "nsz", "arcp"}  # sums in any order; NaN and infinity stay what they are
Array = np.ndarray[Any, Any]


def fusible(block: int, *tensors: Tensor | None) -> bool:
    """Whether the compiled recurrence takes blocks of this size and such tensors."""
    return (
        INSTALLED
        and block <= LARGEST_BLOCK
        and all(t is None or (t.device.type == "cpu" and t.dtype in (torch.float32, torch.float64)) for t in tensors)
    )


def block_recurrence(
    blocks: Tensor, h: Tensor, x: Tensor, added: Tensor | None, normalize: bool
) -> tuple[Tensor, Tensor]:
    """States after every letter for block diagonal transitions, see `Transition.states`.

    Args:
        blocks: (letters, n, b, b) with n b = hidden.
        h: (batch, hidden).
        x: letters, int64 (batch, time).
        added: (time, batch, hidden), or None.
        normalize: whether to divide by the norm after every step.

    Returns:
        (time, batch, hidden), and the last one, (batch, hidden).
    """
    both: tuple[Tensor, Tensor] = _Blocks.apply(blocks, h, added, x, normalize)
    return both


class _Blocks(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, blocks: Tensor, h: Tensor, added: Tensor | None, x: Tensor, normalize: bool
    ) -> tuple[Tensor, Tensor]:
        ctx.set_materialize_grads(False)
        batch, time = x.shape
        _, count, size, _ = blocks.shape
        table = blocks.permute(0, 2, 3, 1).contiguous()  # (letters, b, b, n)
        words = x.contiguous()
        states = h.new_empty(time + 1, batch, count * size)
        states[0] = h
        norms = h.new_empty(time, batch)
        terms = terms_of(added, h)
        arrays = (array_of(table), array_of(words), array_of(terms), array_of(states), array_of(norms))
        run = _forward(size)
        in_threads(batch, lambda first, last: run(*arrays, added is not None, normalize, first, last))
        ctx.save_for_backward(table, words, states, norms)
        ctx.normalize, ctx.has_added = normalize, added is not None
        return states[1:], states[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor | None, last: Tensor | None) -> tuple[Tensor | None, ...]:
        table, words, states, norms = ctx.saved_tensors
        batch, _ = words.shape
        letters, size, _, count = table.shape
        g = own_gradient(last, states[0])  # (batch, hidden): overwritten with the gradient of the start
        d_added = torch.empty_like(states[1:]) if ctx.has_added else None  # (time, batch, hidden)
        arrays = [array_of(tensor) for tensor in (table, words, states, norms, terms_of(grad, g))]
        outputs = (array_of(g), array_of(terms_of(d_added, g)))
        run = _backward(size)

        def piece(first: int, last: int) -> Array:
            d_table = np.zeros((letters, size, size, count), dtype=arrays[0].dtype)
            run(*arrays, grad is not None, ctx.has_added, ctx.normalize, first, last, *outputs, d_table)
            return d_table

        d_table = torch.from_numpy(sum(in_threads(batch, piece)))
        return d_table.permute(0, 3, 1, 2), g, d_added, None, None


def terms_of(added: Tensor | None, like: Tensor) -> Tensor:
    """What is added, (time, batch, hidden), or an empty stand-in of the same type."""
    return like.new_empty(0, 0, 0) if added is None else added.contiguous()


def array_of(tensor: Tensor) -> Array:
    """The numbers of a tensor, not copied."""
    array: Array = tensor.detach().numpy()
    return array


def in_threads(batch: int, work: Callable[[int, int], Any]) -> list[Any]:
    """`work(first, last)` on the samples first to last - 1 of each thread's share; results in order of the samples.

    Threads flush subnormal numbers if the one that calls does.
    """
    threads = min(torch.get_num_threads(), batch)
    if threads <= 1:
        return [work(0, batch)]
    flush = flushes()

    def piece(first: int, last: int) -> Any:
        if flushes() != flush:
            torch.set_flush_denormal(flush)
        return work(first, last)

    cuts = [batch * i // threads for i in range(threads + 1)]
    return list(_pool(threads, os.getpid()).map(piece, cuts[:-1], cuts[1:]))


@cache
def _pool(threads: int, process: int) -> ThreadPoolExecutor:
    """One pool per number of threads and, as threads don't survive a fork, per process."""
    return ThreadPoolExecutor(threads)


def compiled(function: Callable[..., None], kept: bool = True, fast: bool = True) -> Callable[..., None]:
    """The function, compiled on its first call for each dtype and, if `kept`, found on disk by later processes.

    These look it up by its name, its text and the values it closes over, which have to be the same in every process;
    they don't look at `FAST`: after a change there, touch every file with compiled functions. Two processes that write
    at once under one name may leave the code of one in the place of the other's, so that what differs by such a value
    needs a name of its own. Sums may be taken in another order, unless `fast` is False. Without numba a function stays
    what it is.
    """
    if not INSTALLED:
        return function
    import numba

    options = {"nogil": True, "fastmath": FAST if fast else False, "error_model": "numpy"}
    done: Callable[..., None]
    try:
        done = numba.njit(cache=kept, **options)(function)
    except RuntimeError:  # no folder for the compiled code can be written
        done = numba.njit(**options)(function)
    return done


def own_gradient(last: Tensor | None, like: Tensor) -> Tensor:
    """The gradient of the last state, zero if nothing depends on it, in memory that may be written."""
    return torch.zeros_like(like) if last is None else last.clone(memory_format=torch.contiguous_format)


@cache
def _forward(size: int) -> Callable[..., None]:
    """The forward loop for blocks of one size: a constant for the compiler, which unrolls the loops over it."""

    def run(table, x, added, states, norms, has_added, normalize, first, last):  # type: ignore[no-untyped-def]
        count = table.shape[3]
        v = np.empty((size, count), dtype=table.dtype)  # entry i of every block in one row
        w = np.empty((size, count), dtype=table.dtype)
        for s in range(first, last):
            for i in range(size):
                for k in range(count):
                    v[i, k] = states[0, s, k * size + i]
            for t in range(x.shape[1]):
                a = table[x[s, t]]
                for i in range(size):
                    for k in range(count):
                        total = a[i, 0, k] * v[0, k]
                        for j in range(1, size):
                            total += a[i, j, k] * v[j, k]
                        w[i, k] = total
                if has_added:
                    for i in range(size):
                        for k in range(count):
                            w[i, k] += added[t, s, k * size + i]
                scale = v.dtype.type(1)
                if normalize:
                    square = v.dtype.type(0)
                    for i in range(size):
                        for k in range(count):
                            square += w[i, k] * w[i, k]
                    norm = np.sqrt(square)
                    norms[t, s] = norm if norm != 0 else v.dtype.type(1)
                    scale = v.dtype.type(1) / norms[t, s]
                out = states[t + 1, s]
                for i in range(size):
                    for k in range(count):
                        v[i, k] = w[i, k] * scale
                for k in range(count):
                    for i in range(size):
                        out[k * size + i] = v[i, k]

    run.__qualname__ = f"forward_{size}"  # one name for each size, see `compiled`
    return compiled(run)


@cache
def _backward(size: int) -> Callable[..., None]:
    """The backward loop for blocks of one size."""

    def run(  # type: ignore[no-untyped-def]
        table, x, states, norms, grad, has_grad, has_added, normalize, first, last, ends, d_added, d_table
    ):
        count = table.shape[3]
        g = np.empty((size, count), dtype=table.dtype)
        e = np.empty((size, count), dtype=table.dtype)
        u = np.empty((size, count), dtype=table.dtype)
        before = np.empty((size, count), dtype=table.dtype)
        for s in range(first, last):
            time = x.shape[1]
            after, end = states[time, s], ends[s]
            for k in range(count):
                for i in range(size):
                    u[i, k] = after[k * size + i]
                    g[i, k] = end[k * size + i]
            for t in range(time - 1, -1, -1):
                a, da = table[x[s, t]], d_table[x[s, t]]
                previous = states[t, s]
                if has_grad:
                    incoming = grad[t, s]
                    for k in range(count):
                        for i in range(size):
                            g[i, k] += incoming[k * size + i]
                            before[i, k] = previous[k * size + i]
                else:
                    for k in range(count):
                        for i in range(size):
                            before[i, k] = previous[k * size + i]
                if normalize:
                    along = g.dtype.type(0)
                    for i in range(size):
                        for k in range(count):
                            along += g[i, k] * u[i, k]
                    scale = g.dtype.type(1) / norms[t, s]
                    for i in range(size):
                        for k in range(count):
                            e[i, k] = (g[i, k] - along * u[i, k]) * scale
                else:
                    for i in range(size):
                        for k in range(count):
                            e[i, k] = g[i, k]
                if has_added:
                    for k in range(count):
                        for i in range(size):
                            d_added[t, s, k * size + i] = e[i, k]
                for i in range(size):
                    for j in range(size):
                        for k in range(count):
                            da[i, j, k] += e[i, k] * before[j, k]
                for j in range(size):
                    for k in range(count):
                        total = a[0, j, k] * e[0, k]
                        for i in range(1, size):
                            total += a[i, j, k] * e[i, k]
                        g[j, k] = total
                u, before = before, u
            for k in range(count):
                for i in range(size):
                    end[k * size + i] = g[i, k]

    run.__qualname__ = f"backward_{size}"
    return compiled(run)
