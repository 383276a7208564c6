"""The positive family: diagonal transitions that cannot change a sign."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import ModelError
from . import diagonal
from .diagonal import DiagonalTransition
from .exact_parameters import ExactParameters
from .family import Sizes

if TYPE_CHECKING:
    from ...theory.weights.weights import BilinearWeights
    from ..kernels.recurrence import Factors, Kernels

USUAL = {"steps": 1500, "lr": 1e-2, "label_smoothing": 0.1}


class PositiveTransition(DiagonalTransition):
    """`A[x] = diag(softplus(s[x]))`, strictly positive, the Mamba-like rung: tracks no non-trivial group.

    Starts with entries uniform in [0.5, 1]. Entries above 1 stay reachable, so that normalised states are not
    handicapped: only the ratios of entries matter there.
    """

    def __init__(self, letters: int, hidden: int, generator: torch.Generator | None = None) -> None:
        super().__init__(letters, hidden, generator)
        with torch.no_grad():
            self.weight.copy_(inverse_softplus(self.weight.abs()))

    def table(self) -> Tensor:
        """The positive diagonals, (letters, hidden)."""
        return nn.functional.softplus(self.weight)

    def kernel(self) -> tuple[Kernels, Factors]:
        """See `Transition.kernel`; entries in double precision, rounded once, as those of rotations."""
        from ..kernels.block import KERNELS

        return KERNELS, (nn.functional.softplus(self.weight.double()).to(self.weight.dtype)[..., None, None],)


def inverse_softplus(a: Tensor) -> Tensor:
    """`s = log(exp(a) - 1)`, the number with `softplus(s) = a > 0`."""
    return a + torch.log(-torch.expm1(-a))


def build(sizes: Sizes, generator: torch.Generator | None = None) -> PositiveTransition:
    """The module with start values."""
    return PositiveTransition(sizes.letters, sizes.hidden, generator)


def exact(weights: BilinearWeights) -> ExactParameters:
    """The diagonals, whose entries have to be above 0."""
    found = diagonal.exact(weights)
    a = found.parameters["weight"]
    if not (a > 0).all():
        letter, i = np.argwhere(~(a > 0))[0]
        raise ModelError(f"positive transitions need entries above 0; letter {letter} has {a[letter, i]:g} at {i}")
    return replace(found, parameters={"weight": inverse_softplus(torch.from_numpy(a)).numpy()})
