"""SD-SSM: a mixture of dense matrices with columns of one norm (arXiv:2412.19350).

    h ← A h + B u,   h_0 = 0,   A = Σ_k softmax(W u + c)_k A_k,  each column divided by its L_p norm, p = 1.2.

Scores are W_head norm(h) + bias. Columns of norm 1 do not bound the eigenvalues by 1: for p = 1.2 the N × N matrix of
equal entries has the radius N^(1 − 1/p).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..checks import check_sizes
from ..errors import ModelError
from .base import RecurrentLayer, check_positive, output_norm, vector_step
from .start_values import StartValues


class SDSSM(RecurrentLayer):
    """SD-SSM, see the file's docstring. Its authors feed letters one-hot, which is an embedding that is the identity.

    Args:
        letters: number of letters.
        hidden_size: width of the embedding.
        states: number of scores.
        state_size: numbers in the state.
        num_A: matrices in the dictionary.
        Lp_norm: p, at least 1.
        norm: "layer", as published, "rms", or None.
        norm_eps: ε of the norm.
        bias: whether the head has one.
        seed: seed of the start values; the global random state is neither read nor changed.
        generator: draws the start values instead of `seed`.
        dtype: torch.float32 or torch.float64.
        device: any torch device.

    Raises:
        ModelError: for sizes below 1, or options that are not offered.

    >>> SDSSM(letters=2, hidden_size=4, states=3, state_size=5)(torch.tensor([[0, 1, 1]])).shape
    torch.Size([1, 3])
    """

    reads_last = False

    def __init__(
        self,
        letters: int,
        hidden_size: int,
        states: int,
        *,
        state_size: int = 16,
        num_A: int = 6,
        Lp_norm: float = 1.2,
        norm: str | None = None,
        norm_eps: float = 1e-5,
        bias: bool = True,
        seed: int = 0,
        generator: torch.Generator | None = None,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        draw = StartValues(seed, generator)
        super().__init__(letters, hidden_size, states, norm, bias, draw)
        check_sizes(state_size=state_size, num_A=num_A)
        check_positive(Lp_norm=Lp_norm, norm_eps=norm_eps)
        if Lp_norm < 1:
            raise ModelError(f"Lp_norm has to be at least 1, got Lp_norm={Lp_norm!r}")
        n, self.Lp_norm = state_size, Lp_norm
        self.A_selector = draw.linear(hidden_size, num_A, True)
        self.B = draw.linear(hidden_size, n)
        bound = (3 / n) ** 0.5
        self.A_dict = nn.Parameter(draw.uniform(n, n, num_A, low=-bound, high=bound))
        self.norm = output_norm(norm, n, norm_eps)
        options = {"state_size": n, "num_A": num_A, "Lp_norm": Lp_norm}
        self._finish(n, draw, dtype, device, **options, norm=norm, norm_eps=norm_eps)

    def start_state(self) -> Tensor:
        """0, (state_size,)."""
        return torch.zeros_like(self.A_dict[:, 0, 0])

    def coefficients(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """A (…, state_size, state_size) and b (…, state_size)."""
        mixed = torch.einsum("mnk,...k->...mn", self.A_dict, torch.softmax(self.A_selector(u), dim=-1))
        return mixed / torch.linalg.vector_norm(mixed, ord=self.Lp_norm, dim=-2, keepdim=True), self.B(u)

    def advance(self, state: Tensor, *coefficients: Tensor) -> Tensor:
        """A h + b."""
        return vector_step(state, *coefficients)

    def outputs(self, state: Tensor, u: Tensor | None) -> Tensor:
        """norm(h), (…, state_size)."""
        return state if self.norm is None else self.norm(state)
