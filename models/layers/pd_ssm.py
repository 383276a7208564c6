"""PD-SSM: a selection of one unit per unit, times a complex diagonal (arXiv:2509.22284).

    h ← diag(D) P h + (B_re + i B_im) u,   h_0 = e_1,
    M = Σ_k softmax(S u)_k A_dict[:, :, k],   P[m, n] = 1 where n is the first largest entry of row m of M, else 0,
    D = σ(magnitude(u)) exp(2πi σ(phase(u))),

so h'_m = D_m h_π(m) + b_m with π from the letter. There is one 1 in every ROW of P; the JAX version of the same authors
has one in every column and multiplies A = P diag(D), which is another map. Scores are
W_head norm(readout(Re h, Im h) + D_skip ∘ u) + bias.

The gradient passes P as if it were the softmax of M over its rows. abs(D) < 1, until σ rounds to 1: in single precision
from a logit of 16.6 on.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ..checks import check_sizes
from ..errors import ModelError
from .base import RecurrentLayer, check_flags, check_positive, output_norm, vector_step
from .start_values import StartValues


class PDSSM(RecurrentLayer):
    """One PD-SSM block, see the file's docstring; without dropout.

    Parameters have the names of the authors' PyTorch code; their readout has 2 · hidden_size columns and fails unless
    state_size is hidden_size, here it has 2 · state_size.

    Args:
        letters: number of letters.
        hidden_size: width of the embedding.
        states: number of scores.
        state_size: complex numbers in the state.
        dictionary_size: matrices in A_dict.
        hidden_D_multiple: width of the two networks for D, over `state_size`.
        skip: whether the output has the term D_skip ∘ u; without it there is one readout for all last letters.
        norm: "layer", as published, "rms", or None.
        norm_eps: ε of the norm.
        bias: whether the head has one; the inner readout always has.
        seed: seed of the start values; the global random state is neither read nor changed.
        generator: draws the start values instead of `seed`.
        dtype: torch.float32 or torch.float64.
        device: any torch device.

    Raises:
        ModelError: for sizes below 1, or options that are not offered.

    >>> PDSSM(letters=2, hidden_size=4, states=3, state_size=5)(torch.tensor([[0, 1, 1]])).shape
    torch.Size([1, 3])
    """

    def __init__(
        self,
        letters: int,
        hidden_size: int,
        states: int,
        *,
        state_size: int = 16,
        dictionary_size: int = 8,
        hidden_D_multiple: int = 2,
        skip: bool = True,
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
        sizes = {
            "state_size": state_size,
            "dictionary_size": dictionary_size,
            "hidden_D_multiple": hidden_D_multiple,
        }
        check_sizes(**sizes)
        check_flags(skip=skip)
        check_positive(norm_eps=norm_eps)
        n, d = state_size, hidden_size
        self.state_size = n
        self.reads_last = self.skip = skip
        self.D_magnitude_generator, self.D_phase_generator = (
            nn.Sequential(
                draw.linear(d, hidden_D_multiple * n, True), nn.GELU(), draw.linear(hidden_D_multiple * n, n, True)
            )
            for _ in range(2)
        )
        self.S = draw.linear(d, dictionary_size)
        self.A_dict = nn.Parameter(draw.normal(n, n, dictionary_size, std=n**-0.5))
        self.B_re, self.B_im = (nn.Parameter(draw.normal(n, d, std=(2 * n) ** -0.5)) for _ in range(2))
        if skip:
            self.D = nn.Parameter(draw.normal(d, std=d**-0.5))
        self.readout = draw.linear(2 * n, d, True)
        self.norm = output_norm(norm, d, norm_eps)
        self._finish(d, draw, dtype, device, **sizes, skip=skip, norm=norm, norm_eps=norm_eps)

    def chosen(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """π, (…, state_size), and the softmax of the rows of M, (…, state_size, state_size)."""
        M = torch.einsum("mnk,...k->...mn", self.A_dict, torch.softmax(self.S(u), dim=-1))
        soft = torch.softmax(M, dim=-1)
        return soft.argmax(-1), soft

    def coefficients(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """A (…, state_size, state_size) and b (…, state_size)."""
        place, soft = self.chosen(u)
        hard = nn.functional.one_hot(place, self.state_size).to(soft.dtype)
        P = hard + (soft - soft.detach())  # exactly `hard`, with the gradient of `soft`
        turn = 2 * math.pi * torch.sigmoid(self.D_phase_generator(u))
        D = torch.polar(torch.sigmoid(self.D_magnitude_generator(u)), turn)
        return D.unsqueeze(-1) * P, torch.complex(u @ self.B_re.t(), u @ self.B_im.t())

    def advance(self, state: Tensor, *coefficients: Tensor) -> Tensor:
        """A h + b."""
        return vector_step(state, *coefficients)

    def start_state(self) -> Tensor:
        """e_1, (state_size,)."""
        first = torch.zeros_like(self.B_re[:, 0])
        first[0] = 1
        return torch.complex(first, torch.zeros_like(first))

    def outputs(self, state: Tensor, u: Tensor | None) -> Tensor:
        """norm(readout(Re h, Im h) + D_skip u), (…, hidden_size)."""
        y: Tensor = self.readout(torch.cat([state.real, state.imag], dim=-1))
        if self.skip:
            assert u is not None  # reads_last
            y = y + self.D * u
        return y if self.norm is None else self.norm(y)

    def _check_copy(self, double: RecurrentLayer) -> None:
        """The largest entry of a row may be another one in double precision, where two are nearly as large."""
        assert isinstance(double, PDSSM)
        here, there = self.chosen(self.embedding.weight)[0].cpu(), double.chosen(double.embedding.weight)[0]
        if not torch.equal(here, there):
            x, m = (here != there).nonzero()[0].tolist()
            raise ModelError(
                f"for letter {x} unit {m} reads unit {int(here[x, m])} as the layer runs, and unit {int(there[x, m])} "
                "in double precision: two entries of a row of M are as large as each other. The layer in double "
                "precision, layer.double(), has a lift"
            )
