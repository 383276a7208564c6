"""Baselines at the interface of `BilinearRNN`: recurrent networks of torch, an sLSTM, a Transformer and a small Mamba.

All read one-hot letters through an embedding, have 1, 2 or 4 layers (any number works), and a linear readout to the
states. What the bilinear networks have over them is the exact solution; what they have is nonlinearity.

| kind        | layer                                                                 |
|-------------|-----------------------------------------------------------------------|
| rnn         | Elman: `h_t = tanh(W x_t + U h_{t-1} + b)`                            |
| gru, lstm   | torch's own                                                           |
| slstm       | xLSTM's scalar memory with exponential gates (arXiv:2405.04517), see `SLSTMLayer` |
| transformer | pre-norm, causal attention, sinusoidal positions, width 4 feed-forward |
| mamba       | selective state space (arXiv:2312.00752), see `MambaLayer`            |

The Mamba here is a plain reference of the published equations, a loop over time; its transitions are positive and
diagonal by construction.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from .checks import check_dtype, check_finite, check_sizes, checked_letters
from .errors import ModelError, checked_device

KINDS = ("rnn", "gru", "lstm", "slstm", "transformer", "mamba")
_RECURRENT: dict[str, Callable[..., nn.Module]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class Baseline(nn.Module):
    """A baseline model: letters (batch, time) to logits (batch, states), or (batch, time, states) when `every`.

    Args:
        letters: number of letters.
        hidden: width of every layer.
        states: number of states.
        kind: "rnn", "gru", "lstm", "slstm", "transformer" or "mamba".
        layers: number of layers.
        heads: attention heads of the Transformer, or blocks of the recurrent matrices of the sLSTM; have to divide
            `hidden`.
        forget_bias: what the bias of the gate that keeps the state is at the start: the forget gate of lstm and slstm,
            the update gate of gru; 1 is usual (arXiv:1503.04069). None: as torch draws it, and 0 for slstm.
        seed: seed of the start values; the global random state is put back.
        dtype: torch.float32 or torch.float64.
        device: any torch device.

    Raises:
        ModelError: for sizes below 1, an unknown kind, heads that do not divide `hidden`, a forget bias that is no
            finite number or of a kind without such a gate, or another dtype.

    >>> model = Baseline(letters=3, hidden=8, states=5, kind="lstm", layers=2)
    >>> model(torch.tensor([[0, 2, 1], [1, 1, 0]])).shape
    torch.Size([2, 5])
    """

    def __init__(
        self,
        letters: int,
        hidden: int,
        states: int,
        kind: str = "lstm",
        *,
        layers: int = 1,
        heads: int = 4,
        forget_bias: float | None = None,
        seed: int = 0,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        super().__init__()
        check_sizes(letters=letters, hidden=hidden, states=states, layers=layers, heads=heads)
        if kind not in KINDS:
            raise ModelError(f"unknown baseline {kind!r}; accepted: {', '.join(KINDS)}")
        if kind == "transformer" and (hidden % heads or hidden % 2):
            raise ModelError(f"attention heads have to divide an even hidden size, got heads={heads}, hidden={hidden}")
        if kind == "slstm" and hidden % heads:
            raise ModelError(f"blocks have to divide the hidden size, got heads={heads}, hidden={hidden}")
        _check_forget_bias(kind, forget_bias)
        self.letters, self.hidden, self.states = letters, hidden, states
        self.kind, self.layers, self.heads = kind, layers, heads
        check_dtype(dtype)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.embedding = nn.Embedding(letters, hidden)
            self.start = nn.Parameter(torch.randn(hidden) / math.sqrt(hidden))  # read as the letter before the first
            self.body = self._body()
            self.norm = nn.LayerNorm(hidden) if kind in ("transformer", "mamba") else nn.Identity()
            self.readout = nn.Linear(hidden, states)
        if forget_bias is not None:
            self._set_forget_bias(forget_bias)
        self.to(dtype=dtype, device=checked_device(device))

    def _body(self) -> nn.Module:
        if self.kind in _RECURRENT:
            return _RECURRENT[self.kind](self.hidden, self.hidden, self.layers, batch_first=True)
        make: dict[str, Callable[[], nn.Module]] = {
            "slstm": lambda: SLSTMLayer(self.hidden, self.heads),
            "transformer": lambda: TransformerLayer(self.hidden, self.heads),
            "mamba": lambda: MambaLayer(self.hidden),
        }
        return nn.ModuleList([make[self.kind]() for _ in range(self.layers)])

    @torch.no_grad()
    def _set_forget_bias(self, value: float) -> None:
        """Set the bias of the gate that keeps the state; of torch's two biases the other one becomes 0."""
        gate = slice(self.hidden, 2 * self.hidden)  # i, f, g, o of lstm and slstm; r, z, n of gru
        for name, bias in self.body.named_parameters():
            if "bias" in name:
                bias[gate] = 0.0 if "bias_hh" in name else value

    @property
    def config(self) -> dict[str, Any]:
        """The arguments that rebuild this module, apart from its weights; plain JSON values."""
        names = ("letters", "hidden", "states", "kind", "layers", "heads")
        return {
            **{name: getattr(self, name) for name in names},
            "dtype": str(self.start.dtype).removeprefix("torch."),
        }

    @property
    def parameter_count(self) -> int:
        """Parameters of everything but embedding and readout."""
        return sum(p.numel() for p in self.body.parameters())

    def forward(self, x: Tensor, every: bool = False) -> Tensor:
        """Logits of the state after the word, or after each of its prefixes.

        Args:
            x: letters, integers of shape (batch, time); time may be 0, the empty word.
            every: logits at every position.

        Returns:
            (batch, states), or (batch, time, states) when `every`.

        Raises:
            InputError: for letters that are not integers, of another shape, or outside the alphabet.
        """
        out = self._outputs(checked_letters(x, self.letters))
        logits: Tensor = self.readout(self.norm(out[:, 1:] if every else out[:, -1]))
        return logits

    def hidden_states(self, x: Tensor) -> Tensor:
        """What the readout reads after every letter, (batch, time) → (batch, time, hidden): of the last layer."""
        out: Tensor = self.norm(self._outputs(checked_letters(x, self.letters))[:, 1:])
        return out

    def _outputs(self, x: Tensor) -> Tensor:
        """Of the last layer, before any letter and after each: (batch, time + 1, hidden)."""
        first = self.start.expand(len(x), 1, -1)
        inputs = torch.cat([first, self.embedding(x)], 1)  # (batch, time + 1, hidden)
        if self.kind in _RECURRENT:
            out = self.body(inputs)[0]
        else:
            out = inputs + _positions(inputs) if self.kind == "transformer" else inputs
            for layer in self.body.children():
                out = layer(out)
        return out

    def check_finite(self) -> None:
        """Raise a `ModelError` that names the first parameter with a NaN or an infinity; else do nothing."""
        check_finite(self.named_parameters())

    def extra_repr(self) -> str:
        """The arguments, as `repr` shows them."""
        return ", ".join(f"{k}={v!r}" for k, v in self.config.items())


def _check_forget_bias(kind: str, value: float | None) -> None:
    if value is None:
        return
    if kind not in ("gru", "lstm", "slstm"):
        raise ModelError(f"forget_bias={value!r} goes with gru, lstm and slstm, not with kind {kind!r}")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ModelError(f"forget_bias has to be a finite number, got forget_bias={value!r}")


def _positions(inputs: Tensor) -> Tensor:
    """Sinusoidal positions, (time, hidden), as in arXiv:1706.03762."""
    time, hidden = inputs.shape[1:]
    place = torch.arange(time, device=inputs.device, dtype=inputs.dtype)[:, None]
    rate = torch.exp(torch.arange(0, hidden, 2, device=inputs.device, dtype=inputs.dtype) * (-math.log(1e4) / hidden))
    angle = place * rate  # (time, hidden / 2)
    return torch.stack([angle.sin(), angle.cos()], -1).flatten(-2)


class SLSTMLayer(nn.Module):
    """The sLSTM cell of xLSTM (arXiv:2405.04517, section 2.2): a memory divided by how much was put into it.

        i, f, z, o = W x_t + R h_{t-1} + b,            m_t = max(log σ(f) + m_{t-1}, i),
        c_t = f' c_{t-1} + i' tanh(z),  n_t = f' n_{t-1} + i',  h_t = σ(o) c_t / n_t,
        i' = exp(i − m_t),  f' = exp(log σ(f) + m_{t-1} − m_t),   c_0 = n_0 = h_0 = 0,  m_0 = −∞,

    number by number, R block-diagonal. The input gate is exp(i), and m keeps its powers in range: c and n are both
    exp(−m_t) times what they would be without it, which leaves their quotient. Left out are what the published block
    has around the cell: the convolution, the group norm, the projections up and down and the residual path.

    Args:
        hidden: width of input and state.
        heads: blocks of R; has to divide `hidden`.
    """

    def __init__(self, hidden: int, heads: int) -> None:
        super().__init__()
        size = hidden // heads
        self.enter = nn.Linear(hidden, 4 * hidden)  # i, f, z, o
        self.mix = nn.Parameter(torch.empty(heads, size, 4 * size))
        nn.init.uniform_(self.mix, -(hidden**-0.5), hidden**-0.5)  # as torch's LSTM has it
        with torch.no_grad():
            self.enter.bias.zero_()

    def forward(self, x: Tensor) -> Tensor:
        """(batch, time, hidden) to the same shape."""
        heads, size = self.mix.shape[:2]
        # (batch, time, 4, heads, size): gates first, so that each of them is one piece
        given = self.enter(x).unflatten(-1, (4, heads, size))
        h = c = n = x.new_zeros(len(x), heads, size)
        m = torch.full_like(h, -math.inf)
        seen = []
        for step in given.unbind(1):
            mixed = torch.einsum("bhd,hde->bhe", h, self.mix).unflatten(-1, (4, size)).transpose(1, 2)
            i, f, z, o = (step + mixed).unbind(1)  # (batch, heads, size) each
            kept = nn.functional.logsigmoid(f) + m
            m = torch.maximum(kept, i)
            new, old = torch.exp(i - m), torch.exp(kept - m)
            c, n = old * c + new * torch.tanh(z), old * n + new
            h = torch.sigmoid(o) * c / n
            seen.append(h.flatten(1))
        return torch.stack(seen, 1)


class TransformerLayer(nn.Module):
    """Causal self-attention and a feed-forward network of four times the width, both after a layer norm."""

    def __init__(self, hidden: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.first, self.second = nn.LayerNorm(hidden), nn.LayerNorm(hidden)
        self.mix, self.out = nn.Linear(hidden, 3 * hidden), nn.Linear(hidden, hidden)
        self.feed = nn.Sequential(nn.Linear(hidden, 4 * hidden), nn.GELU(), nn.Linear(4 * hidden, hidden))

    def forward(self, h: Tensor) -> Tensor:
        """(batch, time, hidden) to the same shape."""
        query, key, value = self.mix(self.first(h)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        seen = nn.functional.scaled_dot_product_attention(query, key, value, is_causal=True)  # (batch, heads, time, d)
        h = h + self.out(seen.transpose(1, 2).flatten(-2))
        fed: Tensor = h + self.feed(self.second(h))
        return fed


class MambaLayer(nn.Module):
    """One Mamba block (arXiv:2312.00752, figure 3) with a residual path and RMS norm before it.

        u, z = split(W_in x),  u ← silu(conv(u)),  Δ = softplus(W_Δ u + b),
        s_t = exp(Δ_t A) s_{t-1} + Δ_t B_t u_t,  y_t = C_t · s_t + D u_t,  out = W_out (y · silu(z)),

    with A < 0 real and diagonal, B_t and C_t linear in u_t.

    Args:
        hidden: width of the block's input.
        state: numbers kept per channel.
        expand: channels per hidden unit.
        taps: length of the convolution.
    """

    def __init__(self, hidden: int, state: int = 16, expand: int = 2, taps: int = 4) -> None:
        super().__init__()
        inner = expand * hidden
        self.state, self.rank, self.taps = state, max(1, math.ceil(hidden / 16)), taps
        self.norm = nn.RMSNorm(hidden)
        self.enter = nn.Linear(hidden, 2 * inner, bias=False)
        self.conv = nn.Conv1d(inner, inner, taps, groups=inner, padding=taps - 1)
        self.select = nn.Linear(inner, self.rank + 2 * state, bias=False)
        self.step = nn.Linear(self.rank, inner)
        self.log_decay = nn.Parameter(torch.log(torch.arange(1, state + 1).float()).repeat(inner, 1))  # A = −exp
        self.skip = nn.Parameter(torch.ones(inner))
        self.leave = nn.Linear(inner, hidden, bias=False)
        with torch.no_grad():  # Δ log-uniform in [0.001, 0.1], as published
            size = torch.exp(torch.rand(inner) * math.log(100) + math.log(1e-3))
            self.step.bias.copy_(size + torch.log(-torch.expm1(-size)))

    def forward(self, h: Tensor) -> Tensor:
        """(batch, time, hidden) to the same shape."""
        u, gate = self.enter(self.norm(h)).chunk(2, -1)  # (batch, time, inner) each
        u = nn.functional.silu(self.conv(u.transpose(1, 2))[..., : u.shape[1]].transpose(1, 2))
        low, into, out = self.select(u).split([self.rank, self.state, self.state], -1)
        delta = nn.functional.softplus(self.step(low))  # (batch, time, inner)
        decay = torch.exp(delta.unsqueeze(-1) * -torch.exp(self.log_decay))  # (batch, time, inner, state)
        added = (delta * u).unsqueeze(-1) * into.unsqueeze(2)  # (batch, time, inner, state)
        state = torch.zeros_like(added[:, 0])
        seen = []
        for keep, new, read in zip(decay.unbind(1), added.unbind(1), out.unbind(1), strict=True):
            state = keep * state + new
            seen.append((state * read.unsqueeze(1)).sum(-1))  # (batch, inner)
        y = torch.stack(seen, 1) + self.skip * u
        done: Tensor = h + self.leave(y * nn.functional.silu(gate))
        return done
