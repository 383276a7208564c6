"""DeltaNet: one generalised Householder factor per letter (arXiv:2406.06484, arXiv:2102.11174).

    S ← (I − β k kᵀ) S + β k vᵀ,   S [K, V] per head, 0 at the start,
    k = l2(act(W_k u)),  v = silu(W_v u),  β = c σ(W_b u),  c = 2 if `allow_neg_eigval` else 1.

It is `DeltaProduct` with one factor and no forget gate, with sizes and options as DeltaNet has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ..checks import check_sizes
from ..errors import ModelError
from .base import RecurrentLayer, check_flags, check_positive
from .delta_product import ACTIVATIONS, DeltaProduct, whole
from .flash_linear_attention import given_options, loaded
from .start_values import StartValues


class DeltaNet(DeltaProduct):
    """DeltaNet, see the file's docstring and `DeltaProduct`; without the short convolution over time.

    Parameters have the names and shapes of `DeltaNet` in flash-linear-attention.

    Args:
        letters: number of letters.
        hidden_size: width d of the embedding.
        states: number of scores.
        num_heads: heads.
        expand_k: K is d · expand_k / num_heads.
        expand_v: V is d · expand_v / num_heads.
        use_beta: whether β is learned; if not it is 1, or 2 with `allow_neg_eigval`: every factor is then a projection,
            or a reflection.
        allow_neg_eigval: c = 2 instead of 1.
        qk_activation: act, "silu", "relu", "elu" (plus 1) or "identity".
        norm: "rms" or "layer" over each head's output, or None.
        gate: whether the output is multiplied by silu(W_g u).
        norm_eps: ε of the norm.
        l2_eps: ε of l2.
        bias: whether the head has one, see `DeltaProduct`.
        seed: seed of the start values; the global random state is neither read nor changed.
        generator: draws the start values instead of `seed`.
        dtype: torch.float32 or torch.float64.
        device: any torch device.

    Raises:
        ModelError: for sizes below 1, heads that do not divide, or options that are not offered.

    >>> layer = DeltaNet(letters=2, hidden_size=4, states=2)
    >>> layer(torch.tensor([[0, 1, 1]]), every=True).shape
    torch.Size([1, 3, 2])
    """

    def __init__(
        self,
        letters: int,
        hidden_size: int,
        states: int,
        *,
        num_heads: int = 1,
        expand_k: float = 1.0,
        expand_v: float = 1.0,
        use_beta: bool = True,
        allow_neg_eigval: bool = True,
        qk_activation: str = "silu",
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
        RecurrentLayer.__init__(self, letters, hidden_size, states, norm, bias, draw)
        check_sizes(num_heads=num_heads)
        check_positive(expand_k=expand_k, expand_v=expand_v)
        check_flags(use_beta=use_beta)
        if qk_activation not in ACTIVATIONS:
            raise ModelError(f"unknown qk_activation {qk_activation!r}; accepted: {', '.join(ACTIVATIONS)}")
        K, V = (
            whole(
                hidden_size * expand / num_heads,
                f"hidden_size={hidden_size} times {name}={expand} over num_heads={num_heads}",
            )
            for name, expand in (("expand_k", expand_k), ("expand_v", expand_v))
        )
        self.use_beta, self.qk_activation = use_beta, qk_activation
        self._build(num_heads, num_heads, K, V, 1, allow_neg_eigval, gate, l2_eps, draw)
        self._build_output(norm, norm_eps, gate, draw)
        self._finish(
            hidden_size,
            draw,
            dtype,
            device,
            num_heads=num_heads,
            expand_k=expand_k,
            expand_v=expand_v,
            use_beta=use_beta,
            allow_neg_eigval=allow_neg_eigval,
            qk_activation=qk_activation,
            norm=norm,
            gate=gate,
            norm_eps=norm_eps,
            l2_eps=l2_eps,
        )

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
    ) -> DeltaNet:
        """The layer with the weights of a `DeltaNet` of flash-linear-attention, see `DeltaProduct.from_fla`.

        Args:
            state_dict: the layer's tensors; names that do not begin with `prefix` are not looked at.
            config: hidden_size, num_heads, expand_k, expand_v, use_beta, use_gate, allow_neg_eigval, qk_activation,
                qk_norm, which has to be "l2", norm_eps and use_short_conv, which has to be False.
            letters: number of letters.
            states: number of scores.
            prefix: what the names begin with.
            l2_eps: ε of l2, 1e-6 in that library.
            bias: whether the head has one.
            seed: of embedding and head.
            dtype: torch.float32 or torch.float64.
            device: any torch device.

        Raises:
            ModelError: for options or tensors that are missing, unknown, or of another shape, for short convolutions,
                and for keys that are not normalised by l2.
        """
        sizes = ("hidden_size", "num_heads", "expand_k", "expand_v")
        more = ("use_beta", "use_gate", "allow_neg_eigval", "qk_activation", "qk_norm", "norm_eps", "use_short_conv")
        options = given_options(config, (*sizes, *more))
        if (norm := options.pop("qk_norm")) != "l2":
            raise ModelError(f"keys are normalised by qk_norm={norm!r}; qk_norm='l2' is covered")
        ours = {"l2_eps": l2_eps, "bias": bias, "seed": seed, "dtype": dtype, "device": device}
        return loaded(cls, (letters, states), options, "use_gate", state_dict, prefix, **ours)
