"""Networks that show hidden states only: a known function of the true state, beside what has nothing to do with it."""

from collections.abc import Callable

import numpy as np
import torch
from bistate.theory import Automaton
from torch import Tensor, nn


class Planted(nn.Module):
    """h_t = code of the state after t letters + a vector that the last letter draws, in any function and basis.

    Args:
        automaton: the task.
        codes: of the states, real or complex, (states, hidden).
        echo: of the last letter, (letters, hidden); None: nothing.
        after: applied to all of it.
    """

    def __init__(
        self,
        automaton: Automaton,
        codes: np.ndarray,
        echo: np.ndarray | None = None,
        after: Callable[[Tensor], Tensor] = lambda h: h,
    ) -> None:
        super().__init__()
        self.automaton, self.after = automaton, after
        self.letters, self.states = len(automaton.letters), len(automaton.states)
        self.codes = torch.from_numpy(codes)
        self.echo = torch.zeros(self.letters, codes.shape[1]) if echo is None else torch.from_numpy(echo)

    def hidden_states(self, words: Tensor) -> Tensor:
        states = torch.from_numpy(self.automaton.run_batch(words.numpy(), every=True))
        return self.after(self.codes[states] + self.echo[words])

    def forward(self, words: Tensor) -> Tensor:
        return nn.functional.one_hot(torch.from_numpy(self.automaton.run_batch(words.numpy())), self.states).double()


class HiddenOnly:
    """Any network without its weights; nothing is inherited."""

    def __init__(self, network: nn.Module) -> None:
        self.network, self.letters, self.states = network, network.letters, network.states

    def __call__(self, words: Tensor) -> Tensor:
        return self.network(words)

    def hidden_states(self, words: Tensor) -> Tensor:
        return self.network.hidden_states(words)
