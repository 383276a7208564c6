"""Products of n generalised reflections in each of some heads: v ↦ v − β k (k·v), the last factor first.

A step of a word takes 4 n H operations and 5 H more to normalise. It reads n H numbers of its letter and n for each
head, which stay in a cache as long as the letters' w n H D bytes fit, and writes H: bytes decide for small n. Backward
takes as many. The sums by letter take 4 (n + 1) H for each factor, as each is given to a program of its own, which
applies the factors behind it to the state and those before it to e: n² in all, for n that are small.
"""

from __future__ import annotations

from typing import Any

import triton
import triton.language as tl
from torch import Tensor

from .letter_sums import parts_of, places_by_letter
from .precise import norm_of, quotient
from .recurrence import Factors, Kernels, Launch, power_of_two, warps


@triton.jit
def _reflected(keys, strength, factor, v, HEADS: tl.constexpr, WIDTH: tl.constexpr, G: tl.constexpr, W: tl.constexpr):  # type: ignore[no-untyped-def]
    """The vector v after a factor of a letter, whose keys (n, heads, width) and strengths (n, heads) begin here."""
    head, place = tl.arange(0, G), tl.arange(0, W)
    inside = (head < HEADS)[:, None] & (place < WIDTH)[None, :]
    k = tl.load(keys + (factor * HEADS + head)[:, None] * WIDTH + place[None, :], mask=inside, other=0.0)
    beta = tl.load(strength + factor * HEADS + head, mask=head < HEADS, other=0.0)
    return v - beta[:, None] * k * tl.sum(k * v, axis=1)[:, None]


@triton.jit(do_not_specialize=["batch", "time"])
def _forward(  # type: ignore[no-untyped-def]
    keys, strength, x, added, states, norms, batch, time, HAS_ADDED: tl.constexpr, NORMALIZE: tl.constexpr,
    FACTORS: tl.constexpr, HEADS: tl.constexpr, WIDTH: tl.constexpr, G: tl.constexpr, W: tl.constexpr,
):  # fmt: skip
    """One word; `keys` are (letters, n, heads, width) of norm 1, `strength` β (letters, n, heads)."""
    word = tl.program_id(0).to(tl.int64)
    head, place = tl.arange(0, G), tl.arange(0, W)
    places = head[:, None] * WIDTH + place[None, :]
    real = (head < HEADS)[:, None] & (place < WIDTH)[None, :]
    here = word * HEADS * WIDTH
    v = tl.load(states + here + places, mask=real, other=0.0)
    for t in range(time):
        letter = tl.load(x + word * time + t) * FACTORS * HEADS
        for back in tl.static_range(FACTORS):
            v = _reflected(keys + letter * WIDTH, strength + letter, FACTORS - 1 - back, v, HEADS, WIDTH, G, W)
        if HAS_ADDED:
            v += tl.load(added + here + places, mask=real, other=0.0)
        if NORMALIZE:
            norm = norm_of(tl.sum(tl.sum(v * v, axis=1), axis=0))
            tl.store(norms + word, norm)
            norms += batch
            v = quotient(v, norm)
        here += batch * HEADS * WIDTH
        tl.store(states + here + places, v, mask=real)


@triton.jit(do_not_specialize=["batch", "time"])
def _backward(  # type: ignore[no-untyped-def]
    keys, strength, x, states, norms, grad, ends, before, batch, time, HAS_GRAD: tl.constexpr, NORMALIZE: tl.constexpr,
    FACTORS: tl.constexpr, HEADS: tl.constexpr, WIDTH: tl.constexpr, G: tl.constexpr, W: tl.constexpr,
):  # fmt: skip
    """One word, from its last letter; `states` begins with the start, the others with the first letter."""
    word = tl.program_id(0).to(tl.int64)
    head, place = tl.arange(0, G), tl.arange(0, W)
    places = head[:, None] * WIDTH + place[None, :]
    real = (head < HEADS)[:, None] & (place < WIDTH)[None, :]
    g = tl.load(ends + word * HEADS * WIDTH + places, mask=real, other=0.0)
    step = batch.to(tl.int64) * HEADS * WIDTH
    here = word * HEADS * WIDTH + (time - 1) * step
    for back in range(time):
        t = time - 1 - back
        letter = tl.load(x + word * time + t) * FACTORS * HEADS
        if HAS_GRAD:
            g += tl.load(grad + here + places, mask=real, other=0.0)
        if NORMALIZE:  # the derivative of h/‖h‖ removes the part along h
            u = tl.load(states + here + step + places, mask=real, other=0.0)
            along = tl.sum(tl.sum(g * u, axis=1), axis=0)
            g = quotient(g - along * u, tl.load(norms + word + t * batch.to(tl.int64)))
        tl.store(before + here + places, g, mask=real)
        for factor in tl.static_range(FACTORS):  # each factor is its own transpose
            g = _reflected(keys + letter * WIDTH, strength + letter, factor, g, HEADS, WIDTH, G, W)
        here -= step
    tl.store(ends + word * HEADS * WIDTH + places, g, mask=real)


@triton.jit(do_not_specialize=["letters", "parts"])
def _sums(  # type: ignore[no-untyped-def]
    keys, strength, before, states, order, starts, d_keys, d_strength, letters, parts,
    FACTORS: tl.constexpr, HEADS: tl.constexpr, WIDTH: tl.constexpr, G: tl.constexpr, W: tl.constexpr,
):  # fmt: skip
    """Of one factor of a letter, over a part of its places: with v before and g behind it, s = k·v and q = k·g,
    dk = −Σ β (s g + q v) and dβ = −Σ s q.
    """
    letter, factor, part = tl.program_id(0) // FACTORS, tl.program_id(0) % FACTORS, tl.program_id(1)
    head, place = tl.arange(0, G), tl.arange(0, W)
    places = head[:, None] * WIDTH + place[None, :]
    real = (head < HEADS)[:, None] & (place < WIDTH)[None, :]
    mine = letter.to(tl.int64) * FACTORS * HEADS
    at = mine + factor * HEADS
    k = tl.load(keys + at * WIDTH + places, mask=real, other=0.0)
    beta = tl.load(strength + at + head, mask=head < HEADS, other=0.0)
    dk = tl.zeros([G, W], dtype=keys.dtype.element_ty)
    db = tl.zeros([G], dtype=keys.dtype.element_ty)
    first, count = tl.load(starts + letter), tl.load(starts + letter + 1) - tl.load(starts + letter)
    for p in range(first + count * part // parts, first + count * (part + 1) // parts):
        row = tl.load(order + p) * (HEADS * WIDTH)
        v = tl.load(states + row + places, mask=real, other=0.0)
        g = tl.load(before + row + places, mask=real, other=0.0)
        for back in range(FACTORS - 1 - factor):
            v = _reflected(keys + mine * WIDTH, strength + mine, FACTORS - 1 - back, v, HEADS, WIDTH, G, W)
        for ahead in range(factor):
            g = _reflected(keys + mine * WIDTH, strength + mine, ahead, g, HEADS, WIDTH, G, W)
        s, q = tl.sum(k * v, axis=1), tl.sum(k * g, axis=1)
        dk -= beta[:, None] * (s[:, None] * g + q[:, None] * v)
        db -= s * q
    out = ((part * letters + letter).to(tl.int64) * FACTORS + factor) * HEADS
    tl.store(d_keys + out * WIDTH + places, dk, mask=real)
    tl.store(d_strength + out + head, db, mask=head < HEADS)


def _sizes(keys: Tensor) -> dict[str, Any]:
    _, count, heads, width = keys.shape
    padded = {"G": power_of_two(heads), "W": power_of_two(width)}
    return {"FACTORS": count, "HEADS": heads, "WIDTH": width, **padded, "num_warps": warps(padded["G"] * padded["W"])}


def _launch(factors: Factors, h: Tensor) -> Launch:
    return Launch(factors, _sizes(factors[0]))


def _gradients(factors: Factors, x: Tensor, before: Tensor, states: Tensor) -> tuple[Tensor | None, ...]:
    keys, strength = factors
    letters, count = keys.shape[:2]
    order, starts = places_by_letter(x, letters)
    parts = parts_of(x.numel(), count * letters)
    d_keys, d_strength = keys.new_empty(parts, *keys.shape), keys.new_empty(parts, *strength.shape)
    held = (keys, strength, before, states, order, starts, d_keys, d_strength, letters, parts)
    _sums[(count * letters, parts)](*held, **_sizes(keys))
    return d_keys.sum(0), d_strength.sum(0)


KERNELS = Kernels(_forward, _backward, _launch, _launch, _gradients)
