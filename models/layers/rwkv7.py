"""RWKV-7 time mixing (arXiv:2503.14456): a diagonal decay and a removal of rank one.

Per head the state is a matrix S of shape [K, V], 0 at the start, K = V = head_dim (the paper writes its transpose):

    S ← (diag(w) − (a ∘ κ) κᵀ) S + k' vᵀ,
    w = exp(−e^(−½) σ(w_lora(u))),  a = σ(a_lora(u)),  κ = normalize(k ∘ k_k),  k' = k ∘ (1 + (a − 1) ∘ k_a),

with k = W_k u, v = W_v u, r = W_r u, and `normalize` per head. Each lora is a map of low rank with a bias. Scores are
W_head W_o [(norm(Sᵀ r) + (Σ r ∘ k' ∘ r_k) v) ∘ g_lora(u)] + bias.

w is in (0.545, 1) and a in (0, 1), so a transition has real eigenvalues in (−0.455, 1): it is similar to the symmetric
diag(w) − (√a ∘ κ)(√a ∘ κ)ᵀ. What changes its sign shrinks to less than half, so that a parity is held by ever smaller
numbers, and lost in rounding.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ..checks import check_sizes
from ..errors import ModelError
from .base import RecurrentLayer, check_flags, check_positive, matrix_step
from .start_values import StartValues

DECAY = math.exp(-0.5)


class RWKV7(RecurrentLayer):
    """RWKV-7 time mixing, see the file's docstring; without token shift (x_r = … = x_g = 0), and as a first layer.

    Parameters have the names and shapes of `RWKV7Attention` in flash-linear-attention.

    Args:
        letters: number of letters.
        hidden_size: width d of the embedding, and of keys and values.
        states: number of scores.
        head_dim: K = V; has to divide `hidden_size`.
        decay_low_rank_dim: rank of w_lora.
        a_low_rank_dim: rank of a_lora.
        gate_low_rank_dim: rank of g_lora.
        norm: "layer", a group norm with one group per head, as published, or None.
        gate: whether the output is multiplied by g_lora(u).
        norm_eps: ε of the norm divided by head_dim, as in flash-linear-attention; its authors' code has 64e-5 in place
            of head_dim · norm_eps.
        bias: whether the head has one.
        seed: seed of the start values; the global random state is neither read nor changed.
        generator: draws the start values instead of `seed`.
        dtype: torch.float32 or torch.float64.
        device: any torch device.

    Raises:
        ModelError: for sizes below 1, heads that do not divide, or options that are not offered.

    >>> RWKV7(letters=2, hidden_size=8, states=3, head_dim=4)(torch.tensor([[0, 1, 1]])).shape
    torch.Size([1, 3])
    """

    NORM = "g_norm"

    def __init__(
        self,
        letters: int,
        hidden_size: int,
        states: int,
        *,
        head_dim: int = 8,
        decay_low_rank_dim: int = 8,
        a_low_rank_dim: int = 8,
        gate_low_rank_dim: int = 8,
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
        if norm not in (None, "layer"):
            raise ModelError(f"norm has to be 'layer' or None, got norm={norm!r}")
        ranks = {
            "decay_low_rank_dim": decay_low_rank_dim,
            "a_low_rank_dim": a_low_rank_dim,
            "gate_low_rank_dim": gate_low_rank_dim,
        }
        check_sizes(head_dim=head_dim, **ranks)
        check_flags(gate=gate)
        check_positive(norm_eps=norm_eps)
        if hidden_size % head_dim:
            raise ModelError(f"head_dim has to divide hidden_size, got head_dim={head_dim}, hidden_size={hidden_size}")
        d, heads = hidden_size, hidden_size // head_dim
        self.head_dim, self.num_heads, self.norm_groups, self.gate = head_dim, heads, heads, gate
        self.k_k = nn.Parameter(torch.full((d,), 0.71, dtype=torch.float64))
        self.k_a = nn.Parameter(torch.full((d,), 1.02, dtype=torch.float64))
        self.r_k = nn.Parameter(torch.full((heads, head_dim), -0.04, dtype=torch.float64))
        self.r_proj, self.k_proj, self.v_proj, self.o_proj = (draw.linear(d, d) for _ in range(4))
        # Decays from 0.998 to 0.69 over the channels, about as published.
        decay = torch.linspace(-5.5, 0.5, d, dtype=torch.float64)
        self.w_lora = LowRank(d, decay_low_rank_dim, d, nn.Tanh(), decay, draw)
        self.a_lora = LowRank(d, a_low_rank_dim, d, nn.Identity(), torch.full((d,), -0.19, dtype=torch.float64), draw)
        if gate:
            self.g_lora = LowRank(d, gate_low_rank_dim, d, nn.Sigmoid(), None, draw)
        self.g_norm = nn.GroupNorm(heads, d, head_dim * norm_eps, dtype=torch.float64) if norm else None
        more = {"norm": norm, "gate": gate, "norm_eps": norm_eps}
        self._finish(d, draw, dtype, device, head_dim=head_dim, **ranks, **more)

    def _per_head(self, values: Tensor) -> Tensor:
        return values.unflatten(-1, (self.num_heads, self.head_dim))

    def _keys(self, u: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """a, κ and k', (…, heads, K) each."""
        k, a = self.k_proj(u), torch.sigmoid(self.a_lora(u))
        removed = nn.functional.normalize(self._per_head(k * self.k_k), dim=-1)
        return self._per_head(a), removed, self._per_head(k * (1 + (a - 1) * self.k_a))

    def start_state(self) -> Tensor:
        """0, (heads, K, V)."""
        return self.embedding.weight.new_zeros(self.num_heads, self.head_dim, self.head_dim)

    def coefficients(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """A (…, heads, K, K) and b (…, heads, K, V)."""
        w = self._per_head(torch.exp(-DECAY * torch.sigmoid(self.w_lora(u))))
        a, removed, added = self._keys(u)
        A = torch.diag_embed(w) - (a * removed).unsqueeze(-1) * removed.unsqueeze(-2)
        return A, added.unsqueeze(-1) * self._per_head(self.v_proj(u)).unsqueeze(-2)

    def advance(self, state: Tensor, *coefficients: Tensor) -> Tensor:
        """A S + b."""
        return matrix_step(state, *coefficients)

    def outputs(self, state: Tensor, u: Tensor | None) -> Tensor:
        """W_o [(norm(Sᵀ r) + (Σ r k' r_k) v) g], (…, hidden_size)."""
        assert u is not None  # reads_last
        r, v = self._per_head(self.r_proj(u)), self._per_head(self.v_proj(u))
        o = (r.unsqueeze(-2) @ state).squeeze(-2).flatten(-2)  # (…, d)
        if self.g_norm is not None:
            o = self.g_norm(o.reshape(-1, self.hidden_size)).view_as(o)
        o = o + ((r * self._keys(u)[2] * self.r_k).sum(-1, keepdim=True) * v).flatten(-2)
        if self.gate:
            o = o * self.g_lora(u)
        out: Tensor = self.o_proj(o)
        return out


class LowRank(nn.Module):
    """W_2 act(W_1 u) + bias; its parameters are `lora.0` and `lora.2`."""

    def __init__(
        self,
        inside: int,
        rank: int,
        out: int,
        activation: nn.Module,
        bias: Tensor | None,
        draw: StartValues,
    ) -> None:
        super().__init__()
        self.lora = nn.Sequential(
            draw.linear(inside, rank),
            activation,
            draw.linear(rank, out, bias=bias is not None),
        )
        if bias is not None:
            self.lora[2].bias = nn.Parameter(bias)

    def forward(self, u: Tensor) -> Tensor:
        """(…, inside) to (…, out)."""
        out: Tensor = self.lora(u)
        return out
