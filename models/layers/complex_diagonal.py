"""Diagonal complex transitions: the LRU, S4D, and unit phasors that depend on the letter.

All have states of complex numbers that do not mix, `h ← λ ∘ h + b`.

| class | λ | b | output |
|---|---|---|---|
| `LRU` (arXiv:2303.06349) | exp(−e^nu_log + i e^theta_log), the same for all letters | e^gamma_log ∘ (B_re + i B_im) u | Re(C h) + D ∘ u |
| `S4D` (arXiv:2206.11893) | exp(A dt), A = −e^log_A_real + i A_imag, dt = e^log_dt, the same for all letters | u | 2 Re Σ_n C_n (exp(A_n dt) − 1)/A_n h_n + D ∘ u |
| `UnitPhasor` (arXiv:2412.19350) | s z/abs(z), z = A_generator(u) | 0, or (B_re + i B_im) u | (Re h, Im h) |

With one λ for all letters a letter only adds: the state after a word is the sum of b over its letters, each times λ to
the power of how many letters ago it was, and abs(λ) < 1. In `UnitPhasor` letters turn phases, so that it tracks any finite
commutative group; without B nothing that depends on the order of letters.
"""  # noqa: E501

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ..checks import check_sizes
from ..errors import ModelError
from .base import RecurrentLayer, check_flags, check_positive, output_norm
from .start_values import StartValues


class _Diagonal(RecurrentLayer):
    """`h ← λ h + b`, from coefficients λ and b."""

    norm: nn.Module | None

    def advance(self, state: Tensor, *coefficients: Tensor) -> Tensor:
        """λ h + b."""
        turned, *added = coefficients
        return turned * state + added[0] if added else turned * state

    def _normed(self, y: Tensor) -> Tensor:
        return y if self.norm is None else self.norm(y)


class LRU(_Diagonal):
    """The linear recurrent unit, see the file's docstring; without what follows it (GELU, GLU, residual).

    Args:
        letters: number of letters.
        hidden_size: width d of the embedding and of the output.
        states: number of scores.
        state_size: complex numbers in the state.
        r_min: smallest abs(λ) at the start.
        r_max: largest abs(λ) at the start.
        max_phase: largest phase at the start.
        skip: whether the output has the term D ∘ u; without it there is one readout for all last letters.
        norm: "rms" or "layer" over the output, or None.
        norm_eps: ε of the norm.
        bias: whether the head has one.
        seed: seed of the start values; the global random state is neither read nor changed.
        generator: draws the start values instead of `seed`.
        dtype: torch.float32 or torch.float64.
        device: any torch device.

    Raises:
        ModelError: for sizes below 1, or options that are not offered.

    >>> LRU(letters=2, hidden_size=4, states=3, state_size=5)(torch.tensor([[0, 1, 1]])).shape
    torch.Size([1, 3])
    """

    def __init__(
        self,
        letters: int,
        hidden_size: int,
        states: int,
        *,
        state_size: int = 16,
        r_min: float = 0.9,
        r_max: float = 0.999,
        max_phase: float = 2 * math.pi,
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
        check_sizes(state_size=state_size)
        check_positive(max_phase=max_phase, norm_eps=norm_eps)
        check_flags(skip=skip)
        if not 0 <= r_min < r_max < 1:
            raise ModelError(f"0 <= r_min < r_max < 1 is needed, got r_min={r_min!r}, r_max={r_max!r}")
        self.reads_last = self.skip = skip
        n, d = state_size, hidden_size
        squares = draw.uniform(n, low=r_min**2, high=r_max**2)
        self.nu_log = nn.Parameter(torch.log(-0.5 * torch.log(squares)))
        self.theta_log = nn.Parameter(torch.log(draw.uniform(n, low=1e-6, high=max_phase)))
        self.gamma_log = nn.Parameter(0.5 * torch.log1p(-squares))
        self.B_re, self.B_im = (nn.Parameter(draw.normal(n, d, std=(2 * d) ** -0.5)) for _ in range(2))
        self.C_re, self.C_im = (nn.Parameter(draw.normal(d, n, std=n**-0.5)) for _ in range(2))
        if skip:
            self.D = nn.Parameter(draw.normal(d))
        self.norm = output_norm(norm, d, norm_eps)
        options = {"r_min": r_min, "r_max": r_max, "max_phase": max_phase, "skip": skip}
        self._finish(d, draw, dtype, device, state_size=n, **options, norm=norm, norm_eps=norm_eps)

    def eigenvalues(self) -> Tensor:
        """λ, (state_size,)."""
        return torch.polar(torch.exp(-torch.exp(self.nu_log)), torch.exp(self.theta_log))

    def start_state(self) -> Tensor:
        """0, (state_size,)."""
        return torch.zeros_like(self.eigenvalues())

    def coefficients(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """λ and b, (…, state_size)."""
        B = torch.exp(self.gamma_log).unsqueeze(-1) * torch.complex(self.B_re, self.B_im)
        b = torch.complex(u @ B.real.t(), u @ B.imag.t())
        return self.eigenvalues().expand_as(b), b

    def outputs(self, state: Tensor, u: Tensor | None) -> Tensor:
        """Re(C h) + D u, (…, hidden_size)."""
        y = state.real @ self.C_re.t() - state.imag @ self.C_im.t()
        if self.skip:
            assert u is not None  # reads_last
            y = y + self.D * u
        return self._normed(y)


class S4D(_Diagonal):
    """S4D with zero-order hold, see the file's docstring; without what follows it (GELU, GLU).

    Each of the d numbers of the embedding drives state_size / 2 complex numbers of its own.

    Args:
        letters: number of letters.
        hidden_size: width d of the embedding and of the output.
        states: number of scores.
        state_size: real numbers in the state of each channel; even.
        skip: whether the output has the term D ∘ u; without it there is one readout for all last letters.
        norm: "rms" or "layer" over the output, or None.
        norm_eps: ε of the norm.
        bias: whether the head has one.
        seed: seed of the start values; the global random state is neither read nor changed.
        generator: draws the start values instead of `seed`.
        dtype: torch.float32 or torch.float64.
        device: any torch device.

    Raises:
        ModelError: for sizes below 1, an odd `state_size`, or options that are not offered.

    >>> S4D(letters=2, hidden_size=4, states=3, state_size=6)(torch.tensor([[0, 1, 1]])).shape
    torch.Size([1, 3])
    """

    def __init__(
        self,
        letters: int,
        hidden_size: int,
        states: int,
        *,
        state_size: int = 16,
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
        check_sizes(state_size=state_size)
        check_positive(norm_eps=norm_eps)
        check_flags(skip=skip)
        if state_size % 2:
            raise ModelError(f"state_size has to be even, got state_size={state_size}")
        self.reads_last = self.skip = skip
        n, d = state_size // 2, hidden_size
        self.C = nn.Parameter(draw.normal(d, n, 2, std=0.5**0.5))
        self.log_dt = nn.Parameter(draw.uniform(d, low=math.log(1e-3), high=math.log(1e-1)))
        self.log_A_real = nn.Parameter(torch.full((d, n), math.log(0.5), dtype=torch.float64))
        self.A_imag = nn.Parameter(math.pi * torch.arange(n, dtype=torch.float64).repeat(d, 1))
        if skip:
            self.D = nn.Parameter(draw.normal(d))
        self.norm = output_norm(norm, d, norm_eps)
        self._finish(d, draw, dtype, device, state_size=state_size, skip=skip, norm=norm, norm_eps=norm_eps)

    def _rates(self) -> tuple[Tensor, Tensor]:
        """A and A dt, (hidden_size, state_size / 2)."""
        A = torch.complex(-torch.exp(self.log_A_real), self.A_imag)
        return A, A * torch.exp(self.log_dt).unsqueeze(-1)

    def eigenvalues(self) -> Tensor:
        """λ, (hidden_size, state_size / 2)."""
        return torch.exp(self._rates()[1])

    def start_state(self) -> Tensor:
        """0, (hidden_size, state_size / 2)."""
        return torch.zeros_like(self.eigenvalues())

    def coefficients(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """λ and b, (…, hidden_size, state_size / 2)."""
        turned = self.eigenvalues()
        b = u.unsqueeze(-1).expand(*u.shape, turned.shape[-1]).to(turned.dtype)
        return turned.expand_as(b), b

    def outputs(self, state: Tensor, u: Tensor | None) -> Tensor:
        """2 Re Σ_n C_n (exp(A_n dt) − 1)/A_n h_n + D u, (…, hidden_size)."""
        A, small = self._rates()
        C = torch.view_as_complex(self.C) * (torch.exp(small) - 1) / A
        y = 2 * (C * state).real.sum(-1)
        if self.skip:
            assert u is not None  # reads_last
            y = y + self.D * u
        return self._normed(y)


class UnitPhasor(_Diagonal):
    """Phases turned by letters, see the file's docstring: the complex diagonal models of arXiv:2412.19350.

    Args:
        letters: number of letters.
        hidden_size: width d of the embedding.
        states: number of scores.
        state_size: complex numbers in the state.
        with_B: whether letters also add (B_re + i B_im) u.
        scale_eigv: s = abs(λ).
        norm: "rms" or "layer" over (Re h, Im h), or None.
        norm_eps: ε of the norm.
        bias: whether the head has one.
        seed: seed of the start values; the global random state is neither read nor changed.
        generator: draws the start values instead of `seed`.
        dtype: torch.float32 or torch.float64.
        device: any torch device.

    Raises:
        ModelError: for sizes below 1, or options that are not offered.

    >>> UnitPhasor(letters=2, hidden_size=4, states=3, state_size=5)(torch.tensor([[0, 1, 1]])).shape
    torch.Size([1, 3])
    """

    reads_last = False
    start_re: Tensor
    start_im: Tensor

    def __init__(
        self,
        letters: int,
        hidden_size: int,
        states: int,
        *,
        state_size: int = 16,
        with_B: bool = False,
        scale_eigv: float = 1.0,
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
        check_sizes(state_size=state_size)
        check_positive(scale_eigv=scale_eigv, norm_eps=norm_eps)
        check_flags(with_B=with_B)
        n, d = state_size, hidden_size
        self.scale_eigv, self.with_B = scale_eigv, with_B
        self.A_generator = nn.Sequential(draw.linear(d, 4 * n, True), nn.ReLU(), draw.linear(4 * n, 2 * n, True))
        # A random point of the torus, not learned; real and imaginary part, so that `float()` and `double()` keep both.
        phases = draw.uniform(n, high=2 * math.pi)
        self.register_buffer("start_re", torch.cos(phases))
        self.register_buffer("start_im", torch.sin(phases))
        if with_B:
            self.B_re, self.B_im = (nn.Parameter(draw.normal(n, d, std=(n + d) ** -0.5)) for _ in range(2))
        self.norm = output_norm(norm, 2 * n, norm_eps)
        options = {"state_size": n, "with_B": with_B, "scale_eigv": scale_eigv}
        self._finish(2 * n, draw, dtype, device, **options, norm=norm, norm_eps=norm_eps)

    def start_state(self) -> Tensor:
        """Random phases, (state_size,)."""
        return torch.complex(self.start_re, self.start_im)

    def coefficients(self, u: Tensor) -> tuple[Tensor, ...]:
        """λ, and b if there is one, (…, state_size)."""
        z = torch.complex(*self.A_generator(u).chunk(2, dim=-1))
        turned = self.scale_eigv * (z / z.abs())
        if not self.with_B:
            return (turned,)
        return turned, torch.complex(u @ self.B_re.t(), u @ self.B_im.t())

    def outputs(self, state: Tensor, u: Tensor | None) -> Tensor:
        """(Re h, Im h), (…, 2 state_size)."""
        return self._normed(torch.cat([state.real, state.imag], dim=-1))
