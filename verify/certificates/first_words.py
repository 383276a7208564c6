"""The hidden states after the first letters, and what rounding may have added to them, in floats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..networks.float_network import FloatNetwork
from .limits import TINY

Floats = NDArray[Any]  # of float64
Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Step:
    """How a step rounds, beside `FloatNetwork.even`.

    Attributes:
        unit: relative rounding, 0 for exact arithmetic.
        wide: |A| as the code rounds it, (letters, hidden, hidden).
    """

    unit: float
    wide: Floats


@dataclass(frozen=True, eq=False)
class FirstWords:
    """All words of some length, the last letter changing slowest.

    Attributes:
        vectors: unit hidden states, (words, hidden).
        states: that the words lead to, (words,).
        off: what rounding may have added to the vectors, (words, hidden).
        sizes: the norms before the last division, (words,).
    """

    vectors: Floats
    states: Indices
    off: Floats
    sizes: Floats


def step_of(network: FloatNetwork, unit: float, spread: Floats | None) -> Step:
    """The rounding of a step; `spread` is |A| as the code rounds it, if it is not |A| itself."""
    return Step(unit, np.abs(network.A) if spread is None else spread)


def no_letters(network: FloatNetwork, step: Step) -> FirstWords:
    """The empty word."""
    vectors = network.unit_start[None]
    off = 4 * step.unit * np.abs(vectors) + network.even * np.abs(vectors).max()
    return FirstWords(vectors, np.array([network.start]), off, np.ones(1))


def with_a_letter(words: FirstWords, network: FloatNetwork, step: Step) -> FirstWords:
    """The words with one letter more."""
    X, vectors, off = len(network.A), words.vectors, words.off
    grown, moved = np.abs(network.A) @ off.T, network.A @ vectors.T
    added = grown + step.unit * step.wide @ (np.abs(vectors) + off).T
    added += network.even * (np.abs(moved) + grown).max(axis=1, keepdims=True)
    moved = moved.transpose(0, 2, 1).reshape(-1, vectors.shape[1])
    added = added.transpose(0, 2, 1).reshape(moved.shape)
    sizes = np.linalg.norm(moved, axis=1)
    lengths = np.maximum(sizes, TINY)[:, None]
    states = network.table[np.tile(words.states, X), np.repeat(np.arange(X), len(vectors))]
    return FirstWords(moved / lengths, states, added / lengths, sizes)
