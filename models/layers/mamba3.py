"""Mamba-3's recurrence with its rotations (arXiv:2603.15569; SISO, as in mamba3.py of state-spaces/mamba).

That code rotates keys and queries by the sum θ of all angles so far. Written with keys and queries as they are, the
state turns back instead, and A depends on the letter alone. Per head, S of shape [N, P], 0 at the start:

    S ← a R(−φ) S + dt k vᵀ,   y = Sᵀ q + D v,
    dt = softplus(dt_proj + dt_bias),  a = exp(−dt max(A_floor, f(A_proj))),  φ = π tanh(angle) dt,
    k = rms(B) + B_bias,  q = rms(C) + C_bias,  f(x) = max(x, 0) + 1/(1 − min(x, 0)),

R(φ) turns the pairs of numbers (2i, 2i + 1); z, v, B, C, dt_proj, A_proj and angle are the parts of in_proj(u), in this
order. Scores are W_head out_proj[norm(y) silu(z)] + bias. An eigenvalue has the modulus a < 1.

The published step adds λ dt k vᵀ and, from the letter before, (1 − λ) dt a R(−φ) k vᵀ; here λ = 1, so that a step reads
one letter, and in_proj has no part `trap`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ..checks import check_sizes
from ..errors import ModelError
from .base import RecurrentLayer, check_flags, check_positive, matrix_step, output_norm
from .start_values import StartValues


class Mamba3(RecurrentLayer):
    """The recurrence of Mamba-3, see the file's docstring; λ = 1, one group of B and C.

    Args:
        letters: number of letters.
        hidden_size: width of the embedding.
        states: number of scores.
        d_state: N, even.
        expand: the width of v is expand · hidden_size.
        headdim: P; has to divide that width.
        rope_fraction: 1.0 or 0.5, the share of N that is turned; the rest has positive transitions.
        A_floor: least rate of decay.
        norm: "rms" or "layer" over each head's output, before the gate, or None.
        gate: whether the output is multiplied by silu(z).
        norm_eps: ε of this norm, and of those of B and C.
        bias: whether the head has one.
        seed: seed of the start values; the global random state is neither read nor changed.
        generator: draws the start values instead of `seed`.
        dtype: torch.float32 or torch.float64.
        device: any torch device.

    Raises:
        ModelError: for sizes below 1, heads that do not divide, or options that are not offered.

    >>> Mamba3(letters=2, hidden_size=4, states=3)(torch.tensor([[0, 1, 1]])).shape
    torch.Size([1, 3])
    """

    def __init__(
        self,
        letters: int,
        hidden_size: int,
        states: int,
        *,
        d_state: int = 8,
        expand: int = 2,
        headdim: int = 8,
        rope_fraction: float = 1.0,
        A_floor: float = 1e-4,
        norm: str | None = None,
        gate: bool = False,
        norm_eps: float = 1e-5,
        bias: bool = True,
        seed: int = 0,
        generator: torch.Generator | None = None,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        draw = StartValues(seed, generator)
        super().__init__(letters, hidden_size, states, norm, bias, draw)
        check_sizes(d_state=d_state, expand=expand, headdim=headdim)
        check_positive(A_floor=A_floor, norm_eps=norm_eps)
        check_flags(gate=gate)
        if rope_fraction not in (0.5, 1.0):
            raise ModelError(f"rope_fraction has to be 0.5 or 1.0, got rope_fraction={rope_fraction!r}")
        inner = expand * hidden_size
        if inner % headdim:
            raise ModelError(f"headdim has to divide expand * hidden_size = {inner}, got headdim={headdim}")
        self.angles = int(d_state * rope_fraction) // 2
        if d_state % 2 or not self.angles:
            raise ModelError(f"d_state has to be even, with a pair that is turned, got {d_state=}, {rope_fraction=}")
        self.d_state, self.headdim, self.A_floor, self.gate = d_state, headdim, A_floor, gate
        self.nheads = self.norm_groups = heads = inner // headdim
        self.parts = (inner, inner, d_state, d_state, heads, heads, self.angles)
        self.in_proj = draw.linear(hidden_size, sum(self.parts))
        self.dt_bias = nn.Parameter(draw.inverse_softplus_of_step(heads))
        self.B_bias, self.C_bias = (nn.Parameter(torch.ones(heads, d_state, dtype=torch.float64)) for _ in range(2))
        self.B_norm, self.C_norm = (nn.RMSNorm(d_state, eps=norm_eps, dtype=torch.float64) for _ in range(2))
        self.D = nn.Parameter(torch.ones(heads, dtype=torch.float64))
        self.norm = output_norm(norm, headdim, norm_eps)
        self.out_proj = draw.linear(inner, hidden_size)
        sizes = {"d_state": d_state, "expand": expand, "headdim": headdim, "rope_fraction": rope_fraction}
        more = {"A_floor": A_floor, "norm": norm, "gate": gate, "norm_eps": norm_eps}
        self._finish(hidden_size, draw, dtype, device, **sizes, **more)

    def _parts(self, u: Tensor) -> tuple[Tensor, ...]:
        """z, v, k, q, dt, a and φ: (…, heads, P) twice, (…, heads, N) twice, (…, heads) twice, (…, heads, N / 2)."""
        z, v, B, C, small, rate, angle = self.in_proj(u).split(self.parts, dim=-1)
        z, v = (part.unflatten(-1, (self.nheads, self.headdim)) for part in (z, v))
        k = self.B_norm(B).unsqueeze(-2) + self.B_bias
        q = self.C_norm(C).unsqueeze(-2) + self.C_bias
        dt = nn.functional.softplus(small + self.dt_bias)
        heavy_tail = rate.clamp_min(0) + 1 / (1 - rate.clamp_max(0))
        a = torch.exp(-dt * heavy_tail.clamp_min(self.A_floor))
        turned = math.pi * torch.tanh(angle).unsqueeze(-2) * dt.unsqueeze(-1)
        return z, v, k, q, dt, a, nn.functional.pad(turned, (0, self.d_state // 2 - self.angles))

    def start_state(self) -> Tensor:
        """0, (heads, N, P)."""
        return self.embedding.weight.new_zeros(self.nheads, self.d_state, self.headdim)

    def coefficients(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """A (…, heads, N, N) and b (…, heads, N, P)."""
        _, v, k, _, dt, a, turned = self._parts(u)
        cos, sin = a.unsqueeze(-1) * torch.cos(turned), a.unsqueeze(-1) * torch.sin(turned)
        A = u.new_zeros(*a.shape, self.d_state, self.d_state)
        even = torch.arange(0, self.d_state, 2, device=u.device)
        A[..., even, even], A[..., even, even + 1] = cos, sin
        A[..., even + 1, even], A[..., even + 1, even + 1] = -sin, cos
        return A, (dt.unsqueeze(-1) * k).unsqueeze(-1) * v.unsqueeze(-2)

    def advance(self, state: Tensor, *coefficients: Tensor) -> Tensor:
        """A S + b."""
        return matrix_step(state, *coefficients)

    def outputs(self, state: Tensor, u: Tensor | None) -> Tensor:
        """out_proj[norm(Sᵀ q + D v) silu(z)], (…, hidden_size)."""
        assert u is not None  # reads_last
        z, v, _, q, *_ = self._parts(u)
        y = (q.unsqueeze(-2) @ state).squeeze(-2) + self.D.unsqueeze(-1) * v
        if self.norm is not None:
            y = self.norm(y)
        if self.gate:
            y = y * nn.functional.silu(z)
        out: Tensor = self.out_proj(y.flatten(-2))
        return out
