"""Sums over the places of each letter, from which gradients of parameters are made, in an order that letters fix.

The places of a batch, p = t · batch + s, are sorted by their letter, stably and on the device. A program adds up a part
of one letter's places; the parts are added up after it. Nothing is atomic and nothing is read by the host.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from .recurrence import power_of_two

PLACES = 16  # that a program adds up at a time
PART = 256  # places in a part, at least, if one letter has them all
TILE = 64  # columns of a program
MATRIX_TILE, SMALL_TILE = 64, 16  # rows and columns of a program's part of a matrix, in single and double precision
PROGRAMS = 1024  # that keep a card busy, so that places need not be split further


def places_by_letter(x: Tensor, letters: int) -> tuple[Tensor, Tensor]:
    """The places of letters (batch, time) in the order of the letters, and where each letter begins, (letters + 1,).

    Places count the batch first: t · batch + s.
    """
    flat = x.t().reshape(-1)
    found, order = torch.sort(flat, stable=True)
    return order, torch.searchsorted(found, torch.arange(letters + 1, device=x.device, dtype=found.dtype))


@triton.jit(do_not_specialize=["letters", "parts"])
def _block_sums(  # type: ignore[no-untyped-def]
    left, right, order, starts, out, letters, parts,
    SIZE: tl.constexpr, COUNT: tl.constexpr, P: tl.constexpr, TILE: tl.constexpr,
):  # fmt: skip
    """Of one letter, a part of its places, an entry (i, j) of the blocks, and a tile of the blocks."""
    tiles: tl.constexpr = (COUNT + TILE - 1) // TILE
    letter, part = tl.program_id(0) // (SIZE * SIZE * tiles), tl.program_id(1)
    entry, tile = tl.program_id(0) // tiles % (SIZE * SIZE), tl.program_id(0) % tiles
    i, j = entry // SIZE, entry % SIZE
    k = tile * TILE + tl.arange(0, TILE)
    first, count = tl.load(starts + letter), tl.load(starts + letter + 1) - tl.load(starts + letter)
    last = first + count * (part + 1) // parts
    total = tl.zeros([TILE], dtype=out.dtype.element_ty)
    for begin in range(first + count * part // parts, last, P):
        these = begin + tl.arange(0, P)
        rows = tl.load(order + these, mask=these < last, other=0) * (SIZE * COUNT)
        inside = (these < last)[:, None] & (k < COUNT)[None, :]
        a = tl.load(left + rows[:, None] + (k * SIZE + i)[None, :], mask=inside, other=0.0)
        b = tl.load(right + rows[:, None] + (k * SIZE + j)[None, :], mask=inside, other=0.0)
        total += tl.sum(a * b, axis=0)
    place = ((part * letters + letter).to(tl.int64) * SIZE * SIZE + entry) * COUNT
    tl.store(out + place + k, total, mask=k < COUNT)


def block_sums(letters: int, size: int, x: Tensor, before: Tensor, states: Tensor) -> Tensor:
    """`Σ_{t: x_t = x} e_t u_{t-1}ᵀ` in blocks: (letters, n, b, b) from e (time, batch, n b) and states, one more."""
    hidden = before.shape[2]
    count = hidden // size
    order, starts = places_by_letter(x, letters)
    tile = min(TILE, power_of_two(count))
    programs = letters * size * size * -(-count // tile)
    parts = parts_of(x.numel(), programs)
    out = before.new_empty(parts, letters, size, size, count)
    shape = {"SIZE": size, "COUNT": count, "P": PLACES, "TILE": tile}
    _block_sums[(programs, parts)](before, states, order, starts, out, letters, parts, **shape, num_warps=2)
    return out.sum(0).permute(0, 3, 1, 2)


def parts_of(places: int, programs: int) -> int:
    """Parts that the places of a letter are added up in, if so many programs add up one part.

    >>> parts_of(15, 20), parts_of(32_000, 20), parts_of(32_000, 500), parts_of(32_000, 5000)
    (1, 51, 2, 1)
    """
    return max(1, min(places // PART, PROGRAMS // programs))


@triton.jit(do_not_specialize=["letters", "parts"])
def _outer_sums(  # type: ignore[no-untyped-def]
    left, right, order, starts, out, letters, parts,
    HIDDEN: tl.constexpr, P: tl.constexpr, TILE: tl.constexpr, DOT: tl.constexpr,
):  # fmt: skip
    """Of one letter, a part of its places and a tile of the matrix."""
    tiles: tl.constexpr = (HIDDEN + TILE - 1) // TILE
    letter, part = tl.program_id(0) // (tiles * tiles), tl.program_id(1)
    i = tl.program_id(0) // tiles % tiles * TILE + tl.arange(0, TILE)
    j = tl.program_id(0) % tiles * TILE + tl.arange(0, TILE)
    first, count = tl.load(starts + letter), tl.load(starts + letter + 1) - tl.load(starts + letter)
    last = first + count * (part + 1) // parts
    total = tl.zeros([TILE, TILE], dtype=out.dtype.element_ty)
    for begin in range(first + count * part // parts, last, P):
        these = begin + tl.arange(0, P)
        rows = tl.load(order + these, mask=these < last, other=0) * HIDDEN
        mine = (these < last)[:, None]
        a = tl.load(left + rows[:, None] + i[None, :], mask=mine & (i < HIDDEN)[None, :], other=0.0)
        b = tl.load(right + rows[:, None] + j[None, :], mask=mine & (j < HIDDEN)[None, :], other=0.0)
        if DOT:
            total += tl.dot(tl.trans(a), b, input_precision="ieee")
        else:
            total += tl.sum(a[:, :, None] * b[:, None, :], axis=0)
    place = (part * letters + letter).to(tl.int64) * HIDDEN * HIDDEN
    inside = (i < HIDDEN)[:, None] & (j < HIDDEN)[None, :]
    tl.store(out + place + i[:, None] * HIDDEN + j[None, :], total, mask=inside)


def outer_sums(letters: int, x: Tensor, before: Tensor, states: Tensor) -> Tensor:
    """`Σ_{t: x_t = x} e_t u_{t-1}ᵀ`: (letters, hidden, hidden) from e (time, batch, hidden) and states, one more."""
    hidden = before.shape[2]
    order, starts = places_by_letter(x, letters)
    single = before.dtype == torch.float32  # products of tiles are of single precision in all versions of triton
    tile = min(MATRIX_TILE if single else SMALL_TILE, max(16, power_of_two(hidden)))
    tiles = (-(-hidden // tile)) ** 2
    parts = parts_of(x.numel(), letters * tiles)
    out = before.new_empty(parts, letters, hidden, hidden)
    shape = {"HIDDEN": hidden, "P": PLACES, "TILE": tile, "DOT": single}
    _outer_sums[(letters * tiles, parts)](before, states, order, starts, out, letters, parts, **shape, num_warps=4)
    return out.sum(0)
