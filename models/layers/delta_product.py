"""(Gated) DeltaProduct: several generalised Householder factors per letter (arXiv:2502.10297).

Per head the state is a matrix S of shape [K, V], 0 at the start. A letter with embedding u first shrinks it, then n
factors act one after the other:

    S ← α S,    S ← (I − β_j k_j k_jᵀ) S + β_j k_j v_jᵀ   for j = 1 … n,
    k_j = l2(silu(W_kj u)),  v_j = silu(W_vj u),  β_j = c σ(W_bj u),  α = exp(−e^A_log softplus(W_a u + dt_bias)),

with l2(k) = k / √(|k|² + l2_eps), c = 2 if `allow_neg_eigval` else 1, and α = 1 without forget gate. So

    A = α R_n ⋯ R_1,   b = Σ_j R_n ⋯ R_{j+1} β_j k_j v_jᵀ,   R_j = I − β_j k_j k_jᵀ.

Scores are W_head W_o [norm(o) silu(W_g u)] + bias with o = K^(−½) Sᵀ q and q = l2(silu(W_q u)): affine in S for every
letter, if there is no norm. n = 1 with forget gate is Gated DeltaNet (arXiv:2412.06464), n = 1 without it is DeltaNet.

R_j has the eigenvalue 1 − β_j |k_j|². With c = 1 it is positive, so for n ≤ 2 all eigenvalues of A are, and the scores
of a letter that is repeated settle: no parity. With c = 2 (arXiv:2411.12537) it is above −1, as near as β_j < 2 and
|k_j| < 1 let it be: l2_eps keeps short keys short.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ..checks import check_sizes
from ..errors import ModelError
from .base import RecurrentLayer, check_flags, check_positive, matrix_step, output_norm
from .flash_linear_attention import given_options, loaded
from .start_values import StartValues

ACTIVATIONS = {
    "silu": nn.functional.silu,
    "relu": torch.relu,
    "elu": lambda x: nn.functional.elu(x) + 1,
    "identity": lambda x: x,
}
SIZES = ("hidden_size", "num_heads", "head_dim", "expand_v")
FLAGS = ("use_output_gate", "use_forget_gate", "allow_neg_eigval")


class DeltaProduct(RecurrentLayer):
    """(Gated) DeltaProduct, see the file's docstring; without the short convolution over time: silu is applied alone.

    Parameters have the names and shapes of `GatedDeltaProduct` in flash-linear-attention.

    Args:
        letters: number of letters.
        hidden_size: width d of the embedding.
        states: number of scores.
        num_heads: heads of q and k.
        head_dim: K.
        expand_v: V / K.
        num_householder: n, factors per letter.
        num_v_heads: heads of v, β, α and the state; a multiple of `num_heads`, and equal to it by default.
        use_forget_gate: whether S is shrunk by α in (0, 1). What is shrunk is forgotten, so tasks that track a state
            for ever do without.
        allow_neg_eigval: c = 2 instead of 1.
        norm: "rms" or "layer" over each head's output, or None.
        gate: whether the output is multiplied by silu(W_g u).
        norm_eps: ε of the norm.
        l2_eps: ε of l2.
        bias: whether the head has one. The state starts at 0 and is moved by b, so a representation with another start
            is tracked up to a constant, which the bias takes away.
        seed: seed of the start values; the global random state is neither read nor changed.
        generator: draws the start values instead of `seed`.
        dtype: torch.float32 or torch.float64.
        device: any torch device.

    Raises:
        ModelError: for sizes below 1, heads that do not divide, or options that are not offered.

    >>> layer = DeltaProduct(letters=3, hidden_size=8, states=6, num_heads=2, head_dim=4)
    >>> layer(torch.tensor([[0, 2, 1], [1, 1, 0]])).shape
    torch.Size([2, 6])
    >>> layer.linear().hidden  # 2 heads of 4 × 4 numbers, and a constant unit
    33
    """

    NORM = "o_norm"
    qk_activation = "silu"
    use_beta = True

    def __init__(
        self,
        letters: int,
        hidden_size: int,
        states: int,
        *,
        num_heads: int = 1,
        head_dim: int = 8,
        expand_v: float = 1.0,
        num_householder: int = 2,
        num_v_heads: int | None = None,
        use_forget_gate: bool = False,
        allow_neg_eigval: bool = True,
        norm: str | None = None,
        gate: bool = False,
        norm_eps: float = 1e-5,
        l2_eps: float = 1e-6,
        bias: bool = True,
        seed: int = 0,
        generator: torch.Generator | None = None,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        draw = StartValues(seed, generator)
        super().__init__(letters, hidden_size, states, norm, bias, draw)
        num_v_heads = num_heads if num_v_heads is None else num_v_heads
        check_sizes(num_heads=num_heads, head_dim=head_dim, num_householder=num_householder, num_v_heads=num_v_heads)
        check_positive(expand_v=expand_v)
        if num_v_heads % num_heads:
            raise ModelError(f"num_heads has to divide num_v_heads, got num_heads={num_heads}, {num_v_heads=}")
        head_v_dim = whole(head_dim * expand_v, f"head_dim={head_dim} times expand_v={expand_v}")
        self._build(num_heads, num_v_heads, head_dim, head_v_dim, num_householder, allow_neg_eigval, gate, l2_eps, draw)
        check_flags(use_forget_gate=use_forget_gate)
        self.use_forget_gate = use_forget_gate
        if use_forget_gate:
            self.a_proj = draw.linear(hidden_size, num_v_heads)
            self.A_log = nn.Parameter(torch.log(draw.uniform(num_v_heads, low=1e-3, high=16.0)))
            self.dt_bias = nn.Parameter(draw.inverse_softplus_of_step(num_v_heads))
        self._build_output(norm, norm_eps, gate, draw)
        self._finish(
            hidden_size,
            draw,
            dtype,
            device,
            num_heads=num_heads,
            head_dim=head_dim,
            expand_v=expand_v,
            num_householder=num_householder,
            num_v_heads=num_v_heads,
            use_forget_gate=use_forget_gate,
            allow_neg_eigval=allow_neg_eigval,
            norm=norm,
            gate=gate,
            norm_eps=norm_eps,
            l2_eps=l2_eps,
        )

    def _build(
        self,
        num_heads: int,
        num_v_heads: int,
        head_k_dim: int,
        head_v_dim: int,
        num_householder: int,
        allow_neg_eigval: bool,
        gate: bool,
        l2_eps: float,
        draw: StartValues,
    ) -> None:
        """The projections to q, k, v and β."""
        check_flags(allow_neg_eigval=allow_neg_eigval, gate=gate)
        check_positive(l2_eps=l2_eps)
        self.num_heads, self.num_v_heads, self.num_householder = num_heads, num_v_heads, num_householder
        self.head_k_dim, self.head_v_dim = head_k_dim, head_v_dim
        self.allow_neg_eigval, self.gate, self.l2_eps = allow_neg_eigval, gate, l2_eps
        self.norm_groups = num_v_heads
        self.use_forget_gate = False
        self.q_proj = draw.linear(self.hidden_size, num_heads * head_k_dim)
        self.k_proj = draw.linear(self.hidden_size, num_householder * num_heads * head_k_dim)
        self.v_proj = draw.linear(self.hidden_size, num_householder * num_v_heads * head_v_dim)
        if self.use_beta:
            self.b_proj = draw.linear(self.hidden_size, num_householder * num_v_heads)

    def _build_output(self, norm: str | None, norm_eps: float, gate: bool, draw: StartValues) -> None:
        """Norm, gate and output projection."""
        check_positive(norm_eps=norm_eps)
        value_dim = self.num_v_heads * self.head_v_dim
        if gate:
            self.g_proj = draw.linear(self.hidden_size, value_dim)
        self.o_norm = output_norm(norm, self.head_v_dim, norm_eps)
        self.o_proj = draw.linear(value_dim, self.hidden_size)

    def _l2(self, values: Tensor) -> Tensor:
        return values * torch.rsqrt(values.square().sum(-1, keepdim=True) + self.l2_eps)

    def _of_all_heads(self, values: Tensor) -> Tensor:
        """(…, num_heads, K) to (…, num_v_heads, K): each head of q and k serves as many heads of v."""
        return values.repeat_interleave(self.num_v_heads // self.num_heads, dim=-2)

    def factors(self, u: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """β (…, n, H), k (…, n, H, K), v (…, n, H, V) and α (…, H) of embeddings (…, hidden_size)."""
        n, act = self.num_householder, ACTIVATIONS[self.qk_activation]
        k = self._l2(act(self.k_proj(u)).unflatten(-1, (n, self.num_heads, self.head_k_dim)))
        v = nn.functional.silu(self.v_proj(u)).unflatten(-1, (n, self.num_v_heads, self.head_v_dim))
        beta = u.new_ones(*u.shape[:-1], n, self.num_v_heads)
        if self.use_beta:
            beta = torch.sigmoid(self.b_proj(u)).unflatten(-1, (n, self.num_v_heads))
        if self.allow_neg_eigval:
            beta = 2 * beta
        alpha = u.new_ones(*u.shape[:-1], self.num_v_heads)
        if self.use_forget_gate:
            alpha = torch.exp(-self.A_log.exp() * nn.functional.softplus(self.a_proj(u) + self.dt_bias))
        return beta, self._of_all_heads(k), v, alpha

    def start_state(self) -> Tensor:
        """0, (heads, K, V)."""
        return self.embedding.weight.new_zeros(self.num_v_heads, self.head_k_dim, self.head_v_dim)

    def coefficients(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """A (…, heads, K, K) and b (…, heads, K, V)."""
        betas, ks, vs, alpha = self.factors(u)
        A = alpha[..., None, None] * torch.eye(self.head_k_dim, dtype=u.dtype, device=u.device)
        b = u.new_zeros(*alpha.shape, self.head_k_dim, self.head_v_dim)
        for beta, k, v in zip(betas.unbind(-2), ks.unbind(-3), vs.unbind(-3), strict=True):
            scaled = (beta.unsqueeze(-1) * k).unsqueeze(-1)  # (…, heads, K, 1)
            row = k.unsqueeze(-2)
            A = A - scaled @ (row @ A)
            b = b + scaled @ (v.unsqueeze(-2) - row @ b)
        return A, b

    def advance(self, state: Tensor, *coefficients: Tensor) -> Tensor:
        """A S + b."""
        return matrix_step(state, *coefficients)

    def outputs(self, state: Tensor, u: Tensor | None) -> Tensor:
        """W_o [norm(K^(−½) Sᵀ q) silu(W_g u)], (…, hidden_size)."""
        assert u is not None  # reads_last
        q = self._l2(ACTIVATIONS[self.qk_activation](self.q_proj(u)).unflatten(-1, (self.num_heads, self.head_k_dim)))
        q = self._of_all_heads(q) * self.head_k_dim**-0.5
        o = (q.unsqueeze(-2) @ state).squeeze(-2)  # (…, heads, V)
        if self.o_norm is not None:
            o = self.o_norm(o)
        o = o.flatten(-2)
        if self.gate:
            o = o * nn.functional.silu(self.g_proj(u))
        out: Tensor = self.o_proj(o)
        return out

    @classmethod
    def from_fla(
        cls,
        state_dict: Mapping[str, Tensor],
        config: Mapping[str, Any],
        letters: int,
        states: int,
        *,
        prefix: str = "",
        l2_eps: float = 1e-6,
        bias: bool = False,
        seed: int = 0,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> DeltaProduct:
        """The layer with the weights of a `GatedDeltaProduct` of flash-linear-attention, or of its `GatedDeltaNet`.

        Embedding and head are not part of that layer: they get start values, to be trained or set. Defaults of that
        class and of its model's configuration contradict each other, so nothing is taken by default.

        Args:
            state_dict: the layer's tensors; names that do not begin with `prefix` are not looked at.
            config: hidden_size, num_heads, head_dim, expand_v, num_householder, use_forget_gate, allow_neg_eigval,
                use_output_gate, norm_eps and use_short_conv, which has to be False; num_v_heads if it is not
                num_heads. For GatedDeltaNet num_householder=1 and use_forget_gate=True; use_gate is its name for
                use_output_gate.
            letters: number of letters.
            states: number of scores.
            prefix: what the names begin with, "model.layers.0.attn." say.
            l2_eps: ε of l2, 1e-6 in that library.
            bias: whether the head has one.
            seed: of embedding and head.
            dtype: torch.float32 or torch.float64.
            device: any torch device.

        Raises:
            ModelError: for options or tensors that are missing, unknown, or of another shape, and for short
                convolutions.
        """
        wanted = (*SIZES, "num_householder", *FLAGS, "norm_eps", "use_short_conv")
        options = given_options(config, wanted, ("num_v_heads",), {"use_gate": "use_output_gate"})
        ours = {"l2_eps": l2_eps, "bias": bias, "seed": seed, "dtype": dtype, "device": device}
        return loaded(cls, (letters, states), options, "use_output_gate", state_dict, prefix, **ours)


def whole(value: float, what: str) -> int:
    """A size that came out of a product.

    Raises:
        ModelError: if it is no positive integer.
    """
    found = round(value)
    if found < 1 or abs(found - value) > 1e-5 * found:
        raise ModelError(f"{what} has to be a positive integer, got {value}")
    return found
