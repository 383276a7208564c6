"""The loops of `compiled_full.py`, for numba.

They stand at the top of a module because numba finds compiled code on disk again by the values that a function closes
over, and a compiled function among these is another value in every process. Only `compiled_full.py` imports this
module, and only when a recurrence runs: importing it imports numba where that is installed.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from .compiled_blocks import Array, compiled

_part = partial(compiled, kept=False)  # of the four that are called from outside, with which it is kept


# Samples by letter.


@_part
def _by_letter(x: Array, t: int, first: int, last: int, order: Array, ends: Array) -> None:
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


@compiled
def places(x: Array, place: Array, ends: Array) -> None:
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


@compiled
def flip(a: Array, out: Array) -> None:
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


@compiled
def outer(left: Array, right: Array, ends: Array, out: Array) -> None:
    """`out[x] = Σ left_s right_sᵀ` over the rows of each letter, which are sorted, four rows at once."""
    n, start = left.shape[1], 0
    for letter in range(len(ends)):
        total, stop = out[letter], ends[letter]
        total[:] = 0
        for s in range(start, stop - 3, 4):
            p, q, r, t = right[s], right[s + 1], right[s + 2], right[s + 3]
            for i in range(n):
                a, b, c, d = left[s, i], left[s + 1, i], left[s + 2, i], left[s + 3, i]
                for j in range(n):
                    total[i, j] += a * p[j] + b * q[j] + c * r[j] + d * t[j]
        for s in range(stop - (stop - start) % 4, stop):
            for i in range(n):
                for j in range(n):
                    total[i, j] += left[s, i] * right[s, j]
        start = stop


# Products by rows, `p = A u`: two rows at once, each number of them used for every sample.


@_part
def _five(
    a: Array, u: Array, v: Array, w: Array, z: Array, y: Array, p: Array, q: Array, r: Array, s: Array, t: Array
) -> None:
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


@_part
def _four(a: Array, u: Array, v: Array, w: Array, z: Array, p: Array, q: Array, r: Array, s: Array) -> None:
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


@_part
def _three(a: Array, u: Array, v: Array, w: Array, p: Array, q: Array, r: Array) -> None:
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


@_part
def _two(a: Array, u: Array, v: Array, p: Array, q: Array) -> None:
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


@_part
def _one(a: Array, u: Array, p: Array) -> None:
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


@_part
def _rows_product(a: Array, samples: Array, h: Array, out: Array) -> None:
    """`out_s = A h_s` for these samples."""
    n, k = len(samples), 0
    pieces = (n + 4) // 5  # as even as can be: one sample alone costs as much as three do together
    for piece in range(pieces, 0, -1):
        size = (n - k) // piece
        r = samples[k : k + size]
        k += size
        if size == 5:
            s, t, u, v, w = r[0], r[1], r[2], r[3], r[4]
            _five(a, h[s], h[t], h[u], h[v], h[w], out[s], out[t], out[u], out[v], out[w])
        elif size == 4:
            s, t, u, v = r[0], r[1], r[2], r[3]
            _four(a, h[s], h[t], h[u], h[v], out[s], out[t], out[u], out[v])
        elif size == 3:
            _three(a, h[r[0]], h[r[1]], h[r[2]], out[r[0]], out[r[1]], out[r[2]])
        elif size == 2:
            _two(a, h[r[0]], h[r[1]], out[r[0]], out[r[1]])
        else:
            _one(a, h[r[0]], out[r[0]])


# Products by columns, `p = Aᵀ u`, added up in place: four rows of A at once, so that sums are written less often.


@_part
def _four_transposed(a: Array, u: Array, v: Array, w: Array, z: Array, p: Array, q: Array, r: Array, s: Array) -> None:
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


@_part
def _two_transposed(a: Array, u: Array, v: Array, p: Array, q: Array) -> None:
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


@_part
def _one_transposed(a: Array, u: Array, p: Array) -> None:
    n = a.shape[0]
    p[:] = 0
    for i in range(0, n - 3, 4):
        for j in range(n):
            p[j] += u[i] * a[i, j] + u[i + 1] * a[i + 1, j] + u[i + 2] * a[i + 2, j] + u[i + 3] * a[i + 3, j]
    for i in range(n - n % 4, n):
        for j in range(n):
            p[j] += u[i] * a[i, j]


@_part
def _columns_product(a: Array, samples: Array, h: Array, out: Array) -> None:
    """`out_s = Aᵀ h_s` for these samples."""
    k = 0
    while k + 4 <= len(samples):
        s, t, u, v = samples[k], samples[k + 1], samples[k + 2], samples[k + 3]
        _four_transposed(a, h[s], h[t], h[u], h[v], out[s], out[t], out[u], out[v])
        k += 4
    if k + 2 <= len(samples):
        _two_transposed(a, h[samples[k]], h[samples[k + 1]], out[samples[k]], out[samples[k + 1]])
        k += 2
    if k < len(samples):
        _one_transposed(a, h[samples[k]], out[samples[k]])


# The recurrence.


@compiled
def forward(
    weight: Array,
    x: Array,
    added: Array,
    has_added: bool,
    normalize: bool,
    first: int,
    last: int,
    states: Array,
    norms: Array,
) -> None:
    """States after every letter, from `states[0]`, and norms, of the samples first to last - 1."""
    order, ends = np.empty(last - first, np.int64), np.empty(len(weight), np.int64)
    for t in range(x.shape[1]):
        _by_letter(x, t, first, last, order, ends)
        start = 0
        for letter in range(len(weight)):
            if ends[letter] > start:
                _rows_product(weight[letter], order[start : ends[letter]], states[t], states[t + 1])
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


@compiled
def backward(
    weight: Array,
    flipped: bool,
    x: Array,
    states: Array,
    norms: Array,
    grad: Array,
    has_grad: bool,
    place: Array,
    normalize: bool,
    first: int,
    last: int,
    before: Array,
    left: Array,
    right: Array,
    g: Array,
) -> None:
    """Back in time: `g` from the gradient of the last state to that of the start; the three before it are outputs.

    The matrices are transposed ones if `flipped`. Without `has_grad`, `grad` is one time's zeros, added at all times: a
    branch in the loop in their place made it an eighth slower.
    """
    order, ends = np.empty(last - first, np.int64), np.empty(len(weight), np.int64)
    for t in range(x.shape[1] - 1, -1, -1):
        for s in range(first, last):
            incoming, e, u = g[s], before[t, s], states[t + 1, s]
            more = grad[t if has_grad else 0, s]
            for k in range(len(e)):
                e[k] = incoming[k] + more[k]
            if normalize:  # the derivative of h/‖h‖ removes the part along h
                along = e.dtype.type(0)
                for k in range(len(e)):
                    along += e[k] * u[k]
                scale = e.dtype.type(1) / norms[t, s, 0]
                for k in range(len(e)):
                    e[k] = (e[k] - along * u[k]) * scale
            mine, other = left[place[s, t]], right[place[s, t]]
            for k in range(len(e)):
                mine[k] = e[k]
                other[k] = states[t, s, k]
        _by_letter(x, t, first, last, order, ends)
        start = 0
        for letter in range(len(weight)):
            if ends[letter] > start:
                if flipped:
                    _rows_product(weight[letter], order[start : ends[letter]], before[t], g)
                else:
                    _columns_product(weight[letter], order[start : ends[letter]], before[t], g)
                start = ends[letter]
