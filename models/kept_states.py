"""A network whose state is kept in fewer digits: float32 products, and a state in float16 or bfloat16 between letters.

    g_t = A[x_t] h_{t-1} / ‖A[x_t] h_{t-1}‖ in float32,   h_t = g_t rounded to the nearest float of the format,

the start as well, and scores are C h_t in float32. So a cache of states takes half the memory. What this does to a
horizon is the claim of `certify(model, A, arithmetic="float16")`, or "bfloat16".
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .bilinear_rnn import BilinearRNN
from .errors import ModelError

FORMATS = {"float16": torch.float16, "bfloat16": torch.bfloat16}


class KeptStates(nn.Module):
    """A trained network that runs letter by letter, its state stored in a smaller format after each.

    Args:
        model: with normalised states and parameters in float32; it is held and not copied.
        kept: "float16" or "bfloat16".

    Attributes:
        model: the network.
        kept: the format.
        letters: number of letters.
        states: number of scores.

    Raises:
        ModelError: for another network or format.

    >>> from bistate.theory import Automaton, realize
    >>> model = BilinearRNN.from_weights(realize(Automaton.parity()), dtype=torch.float32)
    >>> net = KeptStates(model, "float16")
    >>> net.hidden_states(torch.tensor([[1, 0, 1, 1]])).dtype, net(torch.tensor([[1, 0, 1, 1]])).argmax().item()
    (torch.float16, 1)
    """

    def __init__(self, model: BilinearRNN, kept: str) -> None:
        super().__init__()
        if kept not in FORMATS:
            raise ModelError(f"kept={kept!r} is not known; choose one of {', '.join(FORMATS)}")
        if not isinstance(model, BilinearRNN) or not model.normalize or model.start.dtype != torch.float32:
            raise ModelError(
                f"states are kept in fewer digits for a BilinearRNN in float32 with normalize=True, not for this "
                f"{type(model).__name__}"
            )
        self.model, self.kept = model, kept
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
        read = states[1:] if every else states[-1]
        scores = read.float() @ self.model.rows().t()
        return scores.transpose(0, 1) if every else scores

    def hidden_states(self, x: Tensor) -> Tensor:
        """States after every letter, as they are kept: (batch, time) → (batch, time, hidden)."""
        return self._run(x)[1:].transpose(0, 1)

    def _run(self, x: Tensor) -> Tensor:
        """The start and the states after every letter, (time + 1, batch, hidden)."""
        x, dtype = self.model.checked(x), FORMATS[self.kept]
        states = [self.model.initial(len(x)).to(dtype)]
        for t in range(x.shape[1]):
            moved = self.model.run(states[-1].float(), x[:, t : t + 1])[-1]
            states.append(moved.to(dtype))
        return torch.stack(states)
