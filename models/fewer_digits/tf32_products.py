"""A network whose products of float32 matrices are taken in TF32, as graphics processors do where they are allowed to.

    g_t = [A[x_t]] [h_{t-1}],   h_t = g_t / ‖g_t‖,   scores [C] [h_t],

[·] the 11 binary digits of TF32, rounded or truncated, and sums in float32. What this does to a horizon is the claim of
`certify(model, A, arithmetic="tf32")`. Here it is computed on any device, letter by letter.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..bilinear_rnn import BilinearRNN
from ..errors import ModelError
from .single_precision import FewerDigits, require_single_precision

ROUNDINGS = ("nearest", "truncate")
CUT = 13  # binary digits of float32 that TF32 does not have


def to_tf32(values: Tensor, rounding: str = "nearest") -> Tensor:
    """The numbers of float32 in the 11 digits of TF32, as float32.

    Args:
        values: of any shape, float32.
        rounding: "nearest", a tie away from 0, or "truncate".

    Raises:
        ModelError: for another rounding or another type.

    >>> to_tf32(torch.tensor([1 / 3, -1 / 3])).tolist(), to_tf32(torch.tensor([1 / 3]), "truncate").item()
    ([0.333251953125, -0.333251953125], 0.333251953125)
    """
    _require_known(rounding)
    if values.dtype != torch.float32:
        raise ModelError(f"TF32 is made of float32, not of {values.dtype}")
    bits = values.contiguous().view(torch.int32) + ((1 << CUT - 1) if rounding == "nearest" else 0)
    return (bits >> CUT << CUT).view(torch.float32)


def _require_known(rounding: str) -> None:
    if rounding not in ROUNDINGS:
        raise ModelError(f"rounding={rounding!r} is not known; choose one of {', '.join(ROUNDINGS)}")


class Tf32Products(FewerDigits):
    """A trained network that runs letter by letter, its products taken in TF32.

    Args:
        model: with normalised states and parameters in float32, of a family that multiplies by A[x] at once; it is held
            and not copied.
        rounding: "nearest" or "truncate": how numbers become those of TF32.

    Attributes:
        model: the network.
        rounding: how numbers are rounded.
        letters: number of letters.
        states: number of scores.

    Raises:
        ModelError: for another network or rounding.

    >>> from bistate.theory import Automaton, realize
    >>> model = BilinearRNN.from_weights(realize(Automaton.parity()), dtype=torch.float32)
    >>> Tf32Products(model)(torch.tensor([[1, 0, 1, 1]])).argmax().item()
    1
    """

    def __init__(self, model: BilinearRNN, rounding: str = "nearest") -> None:
        _require_known(rounding)
        require_single_precision(model, "products are taken in TF32")
        if model.step_rounding().spread is not None:
            raise ModelError(
                f"products are taken in TF32 for families that multiply by A[x] at once, not for {model.transition}"
            )
        super().__init__(model)
        self.rounding = rounding

    def _taken(self, values: Tensor) -> Tensor:
        return to_tf32(values, self.rounding)

    def _run(self, x: Tensor) -> Tensor:
        x, A = self.model.checked(x), self._taken(self.model.transitions())
        states = [self.model.initial(len(x))]
        for t in range(x.shape[1]):
            moved = (A[x[:, t]] @ self._taken(states[-1]).unsqueeze(-1)).squeeze(-1)  # (batch, hidden)
            states.append(moved / torch.linalg.vector_norm(moved, dim=-1, keepdim=True))
        return torch.stack(states)

    def _read(self, states: Tensor) -> Tensor:
        return self._taken(states) @ self._taken(self.model.rows()).t()
