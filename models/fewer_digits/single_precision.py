"""What networks that run in fewer digits have in common: one letter after the other, and from float32 weights."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from ..bilinear_rnn import BilinearRNN
from ..errors import ModelError


class FewerDigits(nn.Module, ABC):
    """A trained network that runs letter by letter, with less than float32 somewhere.

    Attributes:
        model: the network, which is held and not copied.
        letters: number of letters.
        states: number of scores.
    """

    def __init__(self, model: BilinearRNN) -> None:
        super().__init__()
        self.model = model
        self.letters, self.states = model.letters, model.states

    def forward(self, x: Tensor, every: bool = False) -> Tensor:
        """Scores of the state after the word, or after each of its prefixes.

        Args:
            x: letters, integers of shape (batch, time).
            every: scores at every position.

        Returns:
            (batch, states), or (batch, time, states) when `every`.
        """
        states = self._run(x)
        scores = self._read(states[1:] if every else states[-1])
        return scores.transpose(0, 1) if every else scores

    def hidden_states(self, x: Tensor) -> Tensor:
        """States after every letter, (batch, time) → (batch, time, hidden), in the type that they are kept in.

        Those of int8 are multiplied out, d r in float32.
        """
        return self._run(x)[1:].transpose(0, 1)

    @abstractmethod
    def _run(self, x: Tensor) -> Tensor:
        """The start and the states after every letter, (time + 1, batch, hidden)."""

    @abstractmethod
    def _read(self, states: Tensor) -> Tensor:
        """Their scores."""


def require_single_precision(model: object, what: str) -> None:
    """Refuse other networks than those in float32 whose states are normalised.

    Args:
        model: to be held.
        what: is done to it, for the message.

    Raises:
        ModelError: with what the network is.
    """
    if not isinstance(model, BilinearRNN):
        given = type(model).__name__
    elif model.start.dtype != torch.float32 or not model.normalize:
        given = f"BilinearRNN in {str(model.start.dtype).removeprefix('torch.')} with normalize={model.normalize}"
    else:
        return
    raise ModelError(f"{what} for a BilinearRNN in float32 with normalize=True, not for this {given}")
