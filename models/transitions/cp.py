"""The CP family: rank-one terms that all letters share, each with its own weights."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from ...theory.weights.factors import CPFactors
from ..errors import ModelError
from ..kernels.choice import WIDEST
from .exact_parameters import ExactParameters, plain
from .family import RESTARTS, SETTLE, Shapes, Sizes
from .lookup import LookupTransition
from .step_rounding import ABOVE, MOST, StepRounding, sizes_of, smallest_normal

if TYPE_CHECKING:
    from ...theory.weights.weights import BilinearWeights
    from ..kernels.recurrence import Factors, Kernels

USUAL = {"steps": 3000, "label_smoothing": 0.1, "settle_steps": SETTLE, "restarts": RESTARTS}


class CPTransition(LookupTransition):
    """`A[x] = U diag(v[x]) Zᵀ` with `U`, `Z` shared by all letters (arXiv:2505.21749, section 3).

    `R (2H + D)` parameters. Start values: `v` of variance 1, `U` and `Z` so that entries of `A[x]` have variance
    `gain² / H`, as in the full family.

    Args:
        letters: number of letters `D`.
        hidden: hidden size `H`.
        rank: number of rank-one terms `R`.
        gain: spectral radius of a start matrix, roughly.
        generator: draws the start values.

    Raises:
        ModelError: for a rank below 1.
    """

    def __init__(
        self, letters: int, hidden: int, rank: int, gain: float = 1.0, generator: torch.Generator | None = None
    ) -> None:
        super().__init__(letters, hidden)
        if isinstance(rank, bool) or not isinstance(rank, int) or rank < 1:
            raise ModelError(f"the CP rank has to be a positive integer, got rank={rank!r}")
        self.rank = rank
        scale = math.sqrt(gain / math.sqrt(rank * hidden))

        def gauss(*shape: int) -> Tensor:
            return torch.randn(shape, generator=generator, dtype=torch.float64)

        self.weight = nn.Parameter(gauss(letters, rank))
        self.left = nn.Parameter(scale * gauss(hidden, rank))
        self.right = nn.Parameter(scale * gauss(hidden, rank))

    def table(self) -> Tensor:
        """`v`, (letters, rank)."""
        return self.weight

    has_kernel = True

    def kernel(self) -> tuple[Kernels, Factors] | None:
        """See `Transition.kernel`; None for a rank that no program holds."""
        if self.rank > WIDEST:
            return None
        from ..kernels.cp import KERNELS

        return KERNELS, (self.weight, self.left, self.right)

    def act(self, factor: Tensor, h: Tensor) -> Tensor:
        """Two products with shared matrices and one entry by entry."""
        return ((h @ self.right) * factor) @ self.left.t()  # (batch, hidden)

    def dense(self) -> Tensor:
        """See `Transition.dense`."""
        return torch.einsum("ir,lr,jr->lij", self.left, self.weight, self.right)

    def step_rounding(self) -> StepRounding:
        """Two products and one entry by entry, and as many roundings for the entries of `A[x]`: N = |U| diag|v| |Z|ᵀ.

        Underflow: let m be the largest factor. A flushed operand or result costs at most ω times another factor of its
        product, ω 2 H (1 + m)², and what follows multiplies it by at most (1 + m)². A state's entry collects at most
        4 R H of them, and R (1 + m)³ ω · 2 √H are due to the entries of `A[x]`: 64 R H² (1 + m)⁴ ω is more than both.
        """
        left, right, v = (sizes_of(t) for t in (self.left, self.right, self.weight))
        top = 1 + np.float64(max(t.max() for t in (left, right, v)))
        dtype, R, H = self.weight.dtype, self.rank, self.hidden
        with np.errstate(over="ignore"):
            reached, lost = 4 * R * H * top**3, 64 * R * H**2 * top**4 * smallest_normal(dtype)
        if not reached <= MOST[dtype]:
            raise ModelError(
                f"the CP factors have entries up to {top - 1:.3g}, whose products may overflow in {dtype}; scale them "
                "to about 1"
            )
        underflow = np.full(self.letters, lost)
        return StepRounding(2 * (R + H) + 12, np.asarray((left * v[:, None]) @ right.T) * ABOVE, underflow)


def build(sizes: Sizes, generator: torch.Generator | None = None) -> CPTransition:
    """The module with start values."""
    return CPTransition(sizes.letters, sizes.hidden, sizes.terms, sizes.gain, generator)


def shapes(sizes: Sizes) -> Shapes:
    """Of the parameters, by name."""
    shared = (sizes.hidden, sizes.terms)
    return {"weight": (sizes.letters, sizes.terms), "left": shared, "right": shared}


def exact(weights: BilinearWeights) -> ExactParameters:
    """The factors of the weights."""
    factors = weights.factors
    if not isinstance(factors, CPFactors):
        raise ModelError(f"{weights!r} have no CP factors; realize(automaton, rung='cp') makes weights that have them")
    _, start, readout = plain(weights)
    named = {"weight": factors.letters, "left": factors.left, "right": factors.right}
    parameters = {name: matrix.to_numpy(np.float64) for name, matrix in named.items()}
    return ExactParameters(parameters, start, readout, {"rank": factors.rank})


def natural(weights: BilinearWeights) -> bool:
    """Whether the weights have CP factors."""
    return isinstance(weights.factors, CPFactors)
