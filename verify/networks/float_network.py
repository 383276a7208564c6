"""The weights of a trained model as arrays of float64, alone and with the task they are for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...models.bilinear_rnn import BilinearRNN
from ...theory.automata.automaton import Automaton
from ..errors import MismatchError

Floats = NDArray[Any]  # of float64
Table = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FloatNetwork:
    """A network h ← A[x] h, argmax C h, and the automaton that it is to follow.

    Attributes:
        A: (letters, hidden, hidden).
        h: the start, (hidden,).
        C: the readout, (states, hidden).
        table: δ, (states, letters).
        start: the state of the start.
    """

    A: Floats
    h: Floats
    C: Floats
    table: Table
    start: int

    @property
    def permuting(self) -> bool:
        """Whether every letter permutes the states."""
        return permutes(self.table)

    @property
    def unit_start(self) -> Floats:
        """The start divided by its norm, (hidden,)."""
        return np.asarray(self.h / max(float(np.linalg.norm(self.h)), 1e-300))


def permutes(table: Table) -> bool:
    """Whether every column of a table (states, letters) is a permutation."""
    return all(len(set(column)) == len(table) for column in table.T)


def float_network(model: BilinearRNN, automaton: Automaton, normalized: bool = False) -> FloatNetwork:
    """The weights of a model that fits the task; the start as it is or normalised, see `float_weights`."""
    table = np.asarray(automaton.table, dtype=np.int64)
    return FloatNetwork(*float_weights(model, normalized), table, automaton.start_index)


def float_weights(model: BilinearRNN, normalized: bool = False) -> tuple[Floats, Floats, Floats]:
    """A (letters, hidden, hidden), the start (hidden,), as it is or normalised, and C (states, hidden), as float64."""
    with torch.no_grad():
        tensors = model.transitions(), model.initial(1)[0] if normalized else model.start, model.rows()
        A, h, C = (t.detach().double().numpy(force=True) for t in tensors)
    return A, h, C


def weights_without_shift(model: BilinearRNN) -> tuple[Floats, Floats, Floats]:
    """A, h_0 and C as float64.

    Raises:
        MismatchError: if the model has additive terms.
        ModelError: if a weight is not finite.
    """
    model.check_finite()
    if model.shift is not None:
        raise MismatchError("the model has additive terms b[x]; as a weighted automaton it is h ← A[x] h alone")
    return float_weights(model)
