"""A network whose state is kept in fewer digits, float16, bfloat16 or int8, between letters; products are in float32.

    g_t = A[x_t] h_{t-1} / ‖A[x_t] h_{t-1}‖ in float32,   h_t = g_t rounded to the nearest number of the format,

the start as well, and scores are C h_t in float32. So a cache of states takes half the memory, or a quarter. Numbers of
int8 are d r, r a whole number from -127 to 127 and d = max |g_t| / 127, which is kept beside them. What this does to a
horizon is the claim of `certify(model, A, arithmetic="float16")`, "bfloat16" or "int8".
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..bilinear_rnn import BilinearRNN
from ..errors import ModelError
from .single_precision import FewerDigits, require_single_precision

FORMATS = {"float16": torch.float16, "bfloat16": torch.bfloat16, "int8": torch.int8}
STEPS = 127  # the largest whole number


def to_int8(states: Tensor) -> tuple[Tensor, Tensor]:
    """Whole numbers r, int8, and scales d in float32 for which d r is nearest to the states.

    Args:
        states: (…, hidden), float32.

    Returns:
        (…, hidden), and (…, 1): the largest entry over 127.

    >>> r, d = to_int8(torch.tensor([[1.0, -0.5, 0.003]]))
    >>> r.tolist(), d.mul(127).tolist()
    ([[127, -64, 0]], [[1.0]])
    """
    d = (states.abs().amax(dim=-1, keepdim=True) / STEPS).clamp_min(torch.finfo(torch.float32).tiny)
    return torch.round(states / d).clamp(-STEPS, STEPS).to(torch.int8), d


class KeptStates(FewerDigits):
    """A trained network that runs letter by letter, its state stored in a smaller format after each.

    Args:
        model: with normalised states and parameters in float32; it is held and not copied.
        kept: "float16", "bfloat16" or "int8".
        rounding: "nearest"; nothing else is covered by a certificate.

    Attributes:
        model: the network.
        kept: the format.
        letters: number of letters.
        states: number of scores.

    Raises:
        ModelError: for another network, format or rounding.

    >>> from bistate.theory import Automaton, realize
    >>> model = BilinearRNN.from_weights(realize(Automaton.parity()), dtype=torch.float32)
    >>> net = KeptStates(model, "float16")
    >>> net.hidden_states(torch.tensor([[1, 0, 1, 1]])).dtype, net(torch.tensor([[1, 0, 1, 1]])).argmax().item()
    (torch.float16, 1)
    """

    def __init__(self, model: BilinearRNN, kept: str, rounding: str = "nearest") -> None:
        if kept not in FORMATS:
            raise ModelError(f"kept={kept!r} is not known; choose one of {', '.join(FORMATS)}")
        if rounding != "nearest":
            raise ModelError(
                f"rounding={rounding!r} is not covered; choose 'nearest': a number that is rounded at random may be "
                "off by a whole step, twice as much, and answers change from run to run"
            )
        require_single_precision(model, "states are kept in fewer digits")
        super().__init__(model)
        self.kept = kept

    def _run(self, x: Tensor) -> Tensor:
        x = self.model.checked(x)
        states = [self._rounded(self.model.initial(len(x)))]
        for t in range(x.shape[1]):
            moved = self.model.run(states[-1].float(), x[:, t : t + 1])[-1]
            states.append(self._rounded(moved))
        return torch.stack(states)

    def _read(self, states: Tensor) -> Tensor:
        return states.float() @ self.model.rows().t()

    def _rounded(self, h: Tensor) -> Tensor:
        """What is kept of a state."""
        if self.kept == "int8":
            r, d = to_int8(h)
            return d * r
        return h.to(FORMATS[self.kept])
