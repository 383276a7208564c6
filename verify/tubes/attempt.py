"""Coordinates and codes that may prove something: what every way of looking for them gives."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..certificates.limits import TINY
from .limits import GRID

Floats = NDArray[Any]  # of float64


@dataclass(frozen=True, eq=False)
class Attempt:
    """Coordinates and codes, before they are measured; shapes as in `exact_check`."""

    way: str
    rank: int
    to: Floats  # L, (hidden, hidden)
    back: Floats  # P, (hidden, hidden)
    sizes: tuple[int, ...]
    norms: tuple[str, ...]
    codes: Floats  # (states, hidden)
    scales: Floats  # λ_{x,q}, (letters, states)
    rows: Floats | None = None  # K in the coordinates, (states, hidden)
    memory: int = 0  # m, and Φ_v for all words v of m letters, (letters**m, hidden − d, d)
    tilts: Floats | None = None

    @property
    def letters(self) -> int:
        """Their number; scales have a row for every context and letter."""
        return len(self.scales) // (1 if self.tilts is None else len(self.tilts))

    def edges(self, letters: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Context, letter and context after it of every edge; without contexts an edge is a letter."""
        count = letters**self.memory
        v, x = (index.ravel() for index in np.indices((count, letters)))
        return v, x, (v * letters + x) % count

    def turned(self, values: Floats, contexts: NDArray[np.int64], sign: int, absolute: bool = False) -> Floats:
        """U_v z for sign −1 and U_v⁻¹ z for sign 1, of the columns of (…, hidden, columns), one context each."""
        if self.tilts is None:
            return values
        d, tilts = self.sizes[0], np.abs(self.tilts) if absolute else self.tilts
        return np.concatenate([values[:, :d], values[:, d:] + sign * tilts[contexts] @ values[:, :d]], axis=1)

    def turned_back(self, rows: Floats, contexts: NDArray[np.int64] | int, absolute: bool = False) -> Floats:
        """K U_v⁻¹ of rows (…, rows, hidden), one context each."""
        if self.tilts is None:
            return rows
        d, tilts = self.sizes[0], np.abs(self.tilts) if absolute else self.tilts
        return np.concatenate([rows[..., :d] + rows[..., d:] @ tilts[contexts], rows[..., d:]], axis=-1)

    @property
    def parts(self) -> list[slice]:
        """Where each component lies."""
        cuts = np.concatenate([[0], np.cumsum(self.sizes)])
        return [slice(a, b) for a, b in itertools.pairwise(cuts)]

    def size(self, values: Floats, k: int) -> Floats:
        """Norms along the last axis, of vectors of component k."""
        return np.asarray(np.abs(values).sum(axis=-1) if self.norms[k] == "l1" else np.linalg.norm(values, axis=-1))

    def dual(self, values: Floats, k: int) -> Floats:
        """Norms along the last axis, of rows that act on component k."""
        return np.asarray(np.abs(values).max(axis=-1) if self.norms[k] == "l1" else np.linalg.norm(values, axis=-1))


def grid(values: Floats, least: float = 0.0) -> Floats:
    """Values with `GRID` binary digits, counted from the largest one, and none below `least`."""
    step = max(2.0 ** (math.frexp(float(np.abs(values).max()) or 1.0)[1] - GRID), least)
    rounded: Floats = np.round(values / step) * step
    return rounded


def scales_of(G: Floats, codes: Floats, aims: Floats, table: NDArray[np.int64]) -> Floats:
    """λ_{x,q}, the multiple of the aim c_δ(q,x) that G[x] c_q is nearest to: (letters, states)."""
    moved = codes @ G.transpose(0, 2, 1)
    reached = aims[table.T]  # (letters, states, …)
    along = (moved * reached).sum(axis=-1) / np.maximum((reached**2).sum(axis=-1), TINY)
    typical = np.median(np.abs(along)) or 1.0
    return grid(np.where(along > 0, along, typical))


def one_per_letter(scales: Floats) -> Floats:
    """The same scale for all states: larger drift, but nothing else grows by the differences."""
    return grid(np.repeat(scales.mean(axis=1, keepdims=True), scales.shape[1], axis=1))
