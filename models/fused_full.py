"""The recurrence of the full family compiled by numba: the samples of a step grouped by letter, up to five at a time.

A product with one matrix for four samples reads each of its numbers once for eight multiplications and additions, about
as many as a core does while it fetches the next ones from its cache; for one sample, as happens with many letters, the
speed is that of reading. The BLAS packs its operands first, which costs as much as such a small product, and
a call for each letter and step spends as long in Python. What is left to the BLAS is the gradient of the matrices, one
product per letter over all times; `full.py` has the equations.

Matrices beyond `LARGEST_MATRIX` bytes don't stay in the cache while a few samples after others use them.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .fused import INSTALLED, array_of, compiled, in_threads, terms_of

LARGEST_MATRIX = 600_000
MOST_KEPT = 4_000_000  # bytes of each piece of working memory
WORTH_FLIPPING = 64  # uses of a matrix that pay for a transposed copy: products by rows are faster than by columns


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
    batch, time = x.shape
    states = h.new_empty(time + 1, *h.shape)
    states[0] = h
    norms = h.new_ones(time, batch, 1)
    arrays = [array_of(t.contiguous()) for t in (weight, x, terms_of(added, h))]
    run, outputs = _forward(), (array_of(states), array_of(norms))
    in_threads(batch, lambda first, last: run(*arrays, added is not None, normalize, first, last, *outputs))
    return states, norms


def run_backward(
    weight: Tensor, states: Tensor, norms: Tensor, x: Tensor, grad: Tensor, normalize: bool, has_added: bool
) -> tuple[Tensor, Tensor | None, Tensor]:
    """Gradients with respect to the matrices, to `A[x_t] h_{t-1}`, (time, batch, hidden), if asked, and to the start.

    The loop leaves its rows of both sides sorted by letter, so that `dA[x] = Σ_{t: x_t = x} dh_t h_{t-1}ᵀ` is one
    product per letter.
    """
    d_start, d_weight = torch.zeros_like(states[0]), torch.empty_like(weight)
    shape = states[1:].shape
    before = states.new_empty(shape) if has_added else _scratch("before", shape, states.dtype)
    left, right = (_scratch(side, (x.numel(), states.shape[2]), states.dtype) for side in ("left", "right"))
    flip = x.numel() >= WORTH_FLIPPING * len(weight)
    stored, arrays = array_of(weight.contiguous()), [array_of(t.contiguous()) for t in (x, states, norms, grad)]
    if flip:
        flipped = array_of(_scratch("flipped", weight.shape, weight.dtype))
        _flipping()(stored, flipped)
        stored = flipped
    places, ends = np.empty(x.shape, np.int64), np.empty(len(weight), np.int64)
    _places()(arrays[0], places, ends)
    run, outputs = _backward(flip), [array_of(t) for t in (before, left, right, d_start)]
    in_threads(len(x), lambda first, last: run(stored, *arrays, places, normalize, first, last, *outputs))
    start = 0
    for letter, stop in enumerate(ends.tolist()):
        torch.mm(left[start:stop].t(), right[start:stop], out=d_weight[letter])
        start = stop
    return d_weight, before if has_added else None, d_start


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


@cache
def _sorting() -> Any:
    def by_letter(x, t, first, last, order, ends):  # type: ignore[no-untyped-def]
        """Samples in the order of their letters at time t, and where each letter's run ends."""
        ends[:] = 0
        for s in range(first, last):
            ends[x[s, t]] += 1
        total = 0
        for letter in range(len(ends)):
            total, ends[letter] = total + ends[letter], total
        for s in range(first, last):
            order[ends[x[s, t]]] = s
            ends[x[s, t]] += 1

    return compiled(by_letter)


@cache
def _places() -> Any:
    def places(x, place, ends):  # type: ignore[no-untyped-def]
        """Where each letter of the batch stands when all are sorted, and where each letter's run ends."""
        ends[:] = 0
        for s in range(x.shape[0]):
            for t in range(x.shape[1]):
                ends[x[s, t]] += 1
        total = 0
        for letter in range(len(ends)):
            total, ends[letter] = total + ends[letter], total
        for t in range(x.shape[1]):
            for s in range(x.shape[0]):
                place[s, t] = ends[x[s, t]]
                ends[x[s, t]] += 1

    return compiled(places)


@cache
def _flipping() -> Any:
    def flip(a, out):  # type: ignore[no-untyped-def]
        """All matrices transposed, sixteen columns at a time, which stay in the cache."""
        n = a.shape[1]
        for letter in range(a.shape[0]):
            for c in range(0, n - 15, 16):
                for i in range(n):
                    for j in range(16):
                        out[letter, c + j, i] = a[letter, i, c + j]
            for c in range(n - n % 16, n):
                for i in range(n):
                    out[letter, c, i] = a[letter, i, c]

    return compiled(flip)


@cache
def _products() -> tuple[Any, Any]:
    """`out_s = A h_s` and `out_s = Aᵀ h_s` for the samples `rows[start:stop]`."""

    def five(a, u, v, w, z, y, p, q, r, s, t):  # type: ignore[no-untyped-def]
        n, zero = a.shape[0], a.dtype.type(0)
        for i in range(0, n - 1, 2):
            p0 = p1 = q0 = q1 = r0 = r1 = s0 = s1 = t0 = t1 = zero
            for j in range(n):
                b, c = a[i, j], a[i + 1, j]
                p0 += b * u[j]
                q0 += b * v[j]
                r0 += b * w[j]
                s0 += b * z[j]
                t0 += b * y[j]
                p1 += c * u[j]
                q1 += c * v[j]
                r1 += c * w[j]
                s1 += c * z[j]
                t1 += c * y[j]
            p[i], q[i], r[i], s[i], t[i] = p0, q0, r0, s0, t0
            p[i + 1], q[i + 1], r[i + 1], s[i + 1], t[i + 1] = p1, q1, r1, s1, t1
        for i in range(n - n % 2, n):
            p0 = q0 = r0 = s0 = t0 = zero
            for j in range(n):
                p0 += a[i, j] * u[j]
                q0 += a[i, j] * v[j]
                r0 += a[i, j] * w[j]
                s0 += a[i, j] * z[j]
                t0 += a[i, j] * y[j]
            p[i], q[i], r[i], s[i], t[i] = p0, q0, r0, s0, t0

    def four(a, u, v, w, z, p, q, r, s):  # type: ignore[no-untyped-def]
        n, zero = a.shape[0], a.dtype.type(0)
        for i in range(0, n - 1, 2):
            p0 = p1 = q0 = q1 = r0 = r1 = s0 = s1 = zero
            for j in range(n):
                b, c = a[i, j], a[i + 1, j]
                p0 += b * u[j]
                q0 += b * v[j]
                r0 += b * w[j]
                s0 += b * z[j]
                p1 += c * u[j]
                q1 += c * v[j]
                r1 += c * w[j]
                s1 += c * z[j]
            p[i], q[i], r[i], s[i] = p0, q0, r0, s0
            p[i + 1], q[i + 1], r[i + 1], s[i + 1] = p1, q1, r1, s1
        for i in range(n - n % 2, n):
            p0 = q0 = r0 = s0 = zero
            for j in range(n):
                p0 += a[i, j] * u[j]
                q0 += a[i, j] * v[j]
                r0 += a[i, j] * w[j]
                s0 += a[i, j] * z[j]
            p[i], q[i], r[i], s[i] = p0, q0, r0, s0

    def three(a, u, v, w, p, q, r):  # type: ignore[no-untyped-def]
        n, zero = a.shape[0], a.dtype.type(0)
        for i in range(0, n - 1, 2):
            p0 = p1 = q0 = q1 = r0 = r1 = zero
            for j in range(n):
                b, c = a[i, j], a[i + 1, j]
                p0 += b * u[j]
                q0 += b * v[j]
                r0 += b * w[j]
                p1 += c * u[j]
                q1 += c * v[j]
                r1 += c * w[j]
            p[i], q[i], r[i] = p0, q0, r0
            p[i + 1], q[i + 1], r[i + 1] = p1, q1, r1
        for i in range(n - n % 2, n):
            p0 = q0 = r0 = zero
            for j in range(n):
                p0 += a[i, j] * u[j]
                q0 += a[i, j] * v[j]
                r0 += a[i, j] * w[j]
            p[i], q[i], r[i] = p0, q0, r0

    def two(a, u, v, p, q):  # type: ignore[no-untyped-def]
        n, zero = a.shape[0], a.dtype.type(0)
        for i in range(0, n - 1, 2):
            p0 = p1 = q0 = q1 = zero
            for j in range(n):
                x, y = a[i, j], a[i + 1, j]
                p0 += x * u[j]
                q0 += x * v[j]
                p1 += y * u[j]
                q1 += y * v[j]
            p[i], q[i], p[i + 1], q[i + 1] = p0, q0, p1, q1
        for i in range(n - n % 2, n):
            p0 = q0 = zero
            for j in range(n):
                p0 += a[i, j] * u[j]
                q0 += a[i, j] * v[j]
            p[i], q[i] = p0, q0

    def one(a, u, p):  # type: ignore[no-untyped-def]
        n, zero = a.shape[0], a.dtype.type(0)
        for i in range(0, n - 3, 4):
            p0 = p1 = p2 = p3 = zero
            for j in range(n):
                p0 += a[i, j] * u[j]
                p1 += a[i + 1, j] * u[j]
                p2 += a[i + 2, j] * u[j]
                p3 += a[i + 3, j] * u[j]
            p[i], p[i + 1], p[i + 2], p[i + 3] = p0, p1, p2, p3
        for i in range(n - n % 4, n):
            p0 = zero
            for j in range(n):
                p0 += a[i, j] * u[j]
            p[i] = p0

    def four_transposed(a, u, v, w, z, p, q, r, s):  # type: ignore[no-untyped-def]
        n = a.shape[0]
        p[:] = 0
        q[:] = 0
        r[:] = 0
        s[:] = 0
        for i in range(0, n - 3, 4):
            for j in range(n):
                b, c, d, e = a[i, j], a[i + 1, j], a[i + 2, j], a[i + 3, j]
                p[j] += u[i] * b + u[i + 1] * c + u[i + 2] * d + u[i + 3] * e
                q[j] += v[i] * b + v[i + 1] * c + v[i + 2] * d + v[i + 3] * e
                r[j] += w[i] * b + w[i + 1] * c + w[i + 2] * d + w[i + 3] * e
                s[j] += z[i] * b + z[i + 1] * c + z[i + 2] * d + z[i + 3] * e
        for i in range(n - n % 4, n):
            for j in range(n):
                p[j] += u[i] * a[i, j]
                q[j] += v[i] * a[i, j]
                r[j] += w[i] * a[i, j]
                s[j] += z[i] * a[i, j]

    def two_transposed(a, u, v, p, q):  # type: ignore[no-untyped-def]
        n = a.shape[0]
        p[:] = 0
        q[:] = 0
        for i in range(0, n - 3, 4):
            for j in range(n):
                b, c, d, e = a[i, j], a[i + 1, j], a[i + 2, j], a[i + 3, j]
                p[j] += u[i] * b + u[i + 1] * c + u[i + 2] * d + u[i + 3] * e
                q[j] += v[i] * b + v[i + 1] * c + v[i + 2] * d + v[i + 3] * e
        for i in range(n - n % 4, n):
            for j in range(n):
                p[j] += u[i] * a[i, j]
                q[j] += v[i] * a[i, j]

    def one_transposed(a, u, p):  # type: ignore[no-untyped-def]
        n = a.shape[0]
        p[:] = 0
        for i in range(0, n - 3, 4):
            for j in range(n):
                p[j] += u[i] * a[i, j] + u[i + 1] * a[i + 1, j] + u[i + 2] * a[i + 2, j] + u[i + 3] * a[i + 3, j]
        for i in range(n - n % 4, n):
            for j in range(n):
                p[j] += u[i] * a[i, j]

    five, four, three = compiled(five), compiled(four), compiled(three)
    two, one = compiled(two), compiled(one)
    four_transposed, two_transposed = compiled(four_transposed), compiled(two_transposed)
    one_transposed = compiled(one_transposed)

    def forward(a, rows, h, out):  # type: ignore[no-untyped-def]
        n, k = len(rows), 0
        pieces = (n + 4) // 5  # as even as can be: one sample alone costs as much as three do together
        for piece in range(pieces, 0, -1):
            size = (n - k) // piece
            r = rows[k : k + size]
            k += size
            if size == 5:
                s, t, u, v, w = r[0], r[1], r[2], r[3], r[4]
                five(a, h[s], h[t], h[u], h[v], h[w], out[s], out[t], out[u], out[v], out[w])
            elif size == 4:
                s, t, u, v = r[0], r[1], r[2], r[3]
                four(a, h[s], h[t], h[u], h[v], out[s], out[t], out[u], out[v])
            elif size == 3:
                three(a, h[r[0]], h[r[1]], h[r[2]], out[r[0]], out[r[1]], out[r[2]])
            elif size == 2:
                two(a, h[r[0]], h[r[1]], out[r[0]], out[r[1]])
            else:
                one(a, h[r[0]], out[r[0]])

    def backward(a, rows, h, out):  # type: ignore[no-untyped-def]
        k = 0
        while k + 4 <= len(rows):
            s, t, u, v = rows[k], rows[k + 1], rows[k + 2], rows[k + 3]
            four_transposed(a, h[s], h[t], h[u], h[v], out[s], out[t], out[u], out[v])
            k += 4
        if k + 2 <= len(rows):
            two_transposed(a, h[rows[k]], h[rows[k + 1]], out[rows[k]], out[rows[k + 1]])
            k += 2
        if k < len(rows):
            one_transposed(a, h[rows[k]], out[rows[k]])

    return compiled(forward), compiled(backward)


@cache
def _forward() -> Callable[..., None]:
    by_letter, product = _sorting(), _products()[0]

    def run(weight, x, added, has_added, normalize, first, last, states, norms):  # type: ignore[no-untyped-def]
        order, ends = np.empty(last - first, np.int64), np.empty(len(weight), np.int64)
        for t in range(x.shape[1]):
            by_letter(x, t, first, last, order, ends)
            start = 0
            for letter in range(len(weight)):
                if ends[letter] > start:
                    product(weight[letter], order[start : ends[letter]], states[t], states[t + 1])
                    start = ends[letter]
            for s in range(first, last):
                h = states[t + 1, s]
                if has_added:
                    for k in range(len(h)):
                        h[k] += added[t, s, k]
                if normalize:
                    square = h.dtype.type(0)
                    for k in range(len(h)):
                        square += h[k] * h[k]
                    norm = np.sqrt(square)
                    if norm != 0:
                        norms[t, s, 0] = norm
                        scale = h.dtype.type(1) / norm
                        for k in range(len(h)):
                            h[k] *= scale

    return compiled(run)


@cache
def _backward(flipped: bool) -> Callable[..., None]:
    """The loop back in time; `flipped` takes the transposed matrices."""
    by_letter, product = _sorting(), _products()[0 if flipped else 1]

    def run(  # type: ignore[no-untyped-def]
        weight, x, states, norms, grad, places, normalize, first, last, before, left, right, g
    ):
        order, ends = np.empty(last - first, np.int64), np.empty(len(weight), np.int64)
        for t in range(x.shape[1] - 1, -1, -1):
            for s in range(first, last):
                incoming, e, u = g[s], before[t, s], states[t + 1, s]
                for k in range(len(e)):
                    e[k] = incoming[k] + grad[t, s, k]
                if normalize:  # the derivative of h/‖h‖ removes the part along h
                    along = e.dtype.type(0)
                    for k in range(len(e)):
                        along += e[k] * u[k]
                    scale = e.dtype.type(1) / norms[t, s, 0]
                    for k in range(len(e)):
                        e[k] = (e[k] - along * u[k]) * scale
                mine, other = left[places[s, t]], right[places[s, t]]
                for k in range(len(e)):
                    mine[k] = e[k]
                    other[k] = states[t, s, k]
            by_letter(x, t, first, last, order, ends)
            start = 0
            for letter in range(len(weight)):
                if ends[letter] > start:
                    product(weight[letter], order[start : ends[letter]], before[t], g)
                    start = ends[letter]

    return compiled(run)
