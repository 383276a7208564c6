"""SLiCE, block-diagonal: structured linear controlled differential equations (arXiv:2505.17761).

    h ← (I + blockdiag(dt (1, u) · vf_A)) h,   dt = 1/40,

blocks of block_size × block_size, without an added term. The first letter is no transition: it sets h_1 = W u + c, by
`init_layer`. As a recurrence from before the first letter that is a state (h, f) with f = 1 for "not yet begun":

    h ← A[x] h + f (W u + c),   f ← 0,   from (0, 1).

Scores are W_head norm(h + u) + bias. The authors' code also passes what a step adds to h through 10¹¹ tanh(· / 10¹¹),
which does nothing until it is huge, and its block goes on with y + tanh(W y), a norm and dropout. None of this is
affine: tanh and dropout are left out.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..checks import check_sizes
from ..errors import ModelError
from .base import RecurrentLayer, check_flags, check_positive, output_norm
from .start_values import StartValues


class SLiCE(RecurrentLayer):
    """A block-diagonal SLiCE layer, see the file's docstring.

    `vf_A` and `init_layer` have the names and shapes of the authors' `LinearCDE` with diagonal=True, which means blocks
    if its block_size is above 1.

    Args:
        letters: number of letters.
        hidden_size: width of the embedding and of h.
        states: number of scores.
        block_size: size of the blocks; has to divide `hidden_size`.
        dt: the factor of a step.
        init_std: scale of the start values; vf_A is divided by √block_size.
        init_layer: whether the first letter sets the state, as published. If not, there is a learned h_0 and every
            letter is a transition.
        skip: whether the output is h + u; h alone has one readout for all last letters.
        norm: "layer", as published, "rms", or None.
        norm_eps: ε of the norm.
        bias: whether the head has one.
        seed: seed of the start values; the global random state is neither read nor changed.
        generator: draws the start values instead of `seed`.
        dtype: torch.float32 or torch.float64.
        device: any torch device.

    Raises:
        ModelError: for sizes below 1, blocks that do not divide, or options that are not offered.

    >>> SLiCE(letters=2, hidden_size=8, states=3)(torch.tensor([[0, 1, 1]])).shape
    torch.Size([1, 3])
    """

    def __init__(
        self,
        letters: int,
        hidden_size: int,
        states: int,
        *,
        block_size: int = 4,
        dt: float = 1 / 40,
        init_std: float = 1.0,
        init_layer: bool = True,
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
        check_sizes(block_size=block_size)
        check_positive(dt=dt, init_std=init_std, norm_eps=norm_eps)
        check_flags(init_layer=init_layer, skip=skip)
        if hidden_size % block_size:
            raise ModelError(
                f"block_size has to divide hidden_size, got block_size={block_size}, hidden_size={hidden_size}"
            )
        n = hidden_size
        self.block_size, self.dt = block_size, dt
        self.reads_last = self.skip = skip
        self.vf_A = nn.Parameter(draw.normal(n + 1, n * block_size, std=init_std / block_size**0.5))
        if init_layer:
            self.init_layer: nn.Linear | None = draw.linear(n, n, True, std=init_std)
            with torch.no_grad():
                self.init_layer.bias.copy_(draw.normal(n, std=init_std))
        else:
            self.init_layer = None
            self.h_0 = nn.Parameter(draw.normal(n, std=n**-0.5))
        self.norm = output_norm(norm, n, norm_eps)
        options = {"block_size": block_size, "dt": dt, "init_std": init_std, "init_layer": init_layer, "skip": skip}
        self._finish(n, draw, dtype, device, **options, norm=norm, norm_eps=norm_eps)

    def start_state(self) -> Tensor:
        """(0, 1) of hidden_size + 1 numbers, or h_0 of hidden_size."""
        if self.init_layer is None:
            return self.h_0
        state = self.vf_A.new_zeros(self.hidden_size + 1)
        state[-1] = 1
        return state

    def coefficients(self, u: Tensor) -> tuple[Tensor, ...]:
        """The blocks of A (…, blocks, block_size, block_size), and W u + c (…, hidden_size), if there is one."""
        size = self.block_size
        with_time = torch.cat([torch.ones_like(u[..., :1]), u], dim=-1) * self.dt
        blocks = (with_time @ self.vf_A).unflatten(-1, (self.hidden_size // size, size, size))
        A = torch.eye(size, dtype=u.dtype, device=u.device) + blocks
        return (A,) if self.init_layer is None else (A, self.init_layer(u))

    def advance(self, state: Tensor, *coefficients: Tensor) -> Tensor:
        """(A h + f (W u + c), 0), or A h."""
        A, *first = coefficients
        h = state[..., : self.hidden_size]
        h = (A @ h.unflatten(-1, (-1, self.block_size, 1))).flatten(-3)
        if not first:
            return h
        not_begun = state[..., self.hidden_size :]
        return torch.cat([h + not_begun * first[0], torch.zeros_like(not_begun)], dim=-1)

    def outputs(self, state: Tensor, u: Tensor | None) -> Tensor:
        """norm(h + u), (…, hidden_size)."""
        y = state[..., : self.hidden_size]
        if self.skip:
            assert u is not None  # reads_last
            y = y + u
        return y if self.norm is None else self.norm(y)
