"""What an object has to show, for what can be said of it; see docs/own_models.md.

| it shows | protocol | gets |
|---|---|---|
| answers to words | `Answers` | `evaluate`, `accuracy_by_length`, `refute`, `recognise` |
| hidden states as well | `HiddenStates` | `compare` |
| a linear recurrence with a readout | `LinearRecurrence` | everything: `snap`, `certify`, `difference`, reports |

`BilinearRNN`, `LinearRNN`, `Baseline` and the layers of `bistate.models.layers` are instances, as is any object with
the members named here: nothing has to be inherited.
"""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from torch import Tensor

from .linear_weights import LinearWeights
from .transitions.step_rounding import StepRounding


@runtime_checkable
class Answers(Protocol):
    """Any callable: words, integers of shape (batch, time), to scores of shape (batch, states), numpy or torch.

    A torch module has to be in `eval()` mode: answers have to be the same each time they are asked for.
    """

    def __call__(self, words: Tensor, /) -> Any:
        """Scores of the state after each word, (batch, states); the largest one is the answer."""
        ...


@runtime_checkable
class HiddenStates(Protocol):
    """Answers, and the hidden state after every letter.

    Attributes:
        letters: number of letters.
        states: number of scores.
    """

    letters: int
    states: int

    def __call__(self, words: Tensor, /) -> Any:
        """Scores of the state after each word, (batch, states)."""
        ...

    def hidden_states(self, words: Tensor, /) -> Tensor:
        """The hidden state after every letter, real or complex: (batch, time) → (batch, time, hidden)."""
        ...


@runtime_checkable
class LinearRecurrence(Protocol):
    """A network h ← A[x] h with a linear readout, affine terms and all, as arrays.

    Attributes:
        letters: number of letters.
        states: number of scores.
    """

    letters: int
    states: int

    def __call__(self, words: Tensor, /) -> Any:
        """Scores of the state after each word, (batch, states)."""
        ...

    def linear(self) -> LinearWeights:
        """The recurrence as arrays.

        Raises:
            ModelError: where the network is none, as with affine terms and normalised states; the message says why.
        """
        ...


@runtime_checkable
class RoundedRecurrence(LinearRecurrence, Protocol):
    """A linear recurrence whose code rounds in a known way, so that floats can be certified as they run."""

    normalize: bool

    def step_rounding(self) -> StepRounding:
        """What one step of the code rounds.

        Raises:
            ModelError: if an intermediate number may leave the range of floats.
        """
        ...
