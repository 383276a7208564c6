"""Start values of the layers, all from one generator in double precision, so that they do not depend on the type."""

from __future__ import annotations

import math
from typing import TypeVar

import torch
from torch import Tensor, nn

Layer = TypeVar("Layer", bound=nn.Module)


class StartValues:
    """Draws weights; the global random state is neither read nor changed.

    Args:
        seed: of the generator.
        generator: used instead.
    """

    def __init__(self, seed: int, generator: torch.Generator | None) -> None:
        self.generator = generator or torch.Generator().manual_seed(seed)

    @property
    def dry(self) -> bool:
        """Whether shapes alone are asked for, inside `torch.device("meta")`."""
        return torch.empty(0).device.type == "meta"  # torch 2.6 names another default device there

    def normal(self, *shape: int, std: float = 1.0) -> Tensor:
        """Gaussian numbers."""
        generator = None if self.dry else self.generator
        return torch.randn(*shape, generator=generator, dtype=torch.float64) * std

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        """Uniform numbers."""
        generator = None if self.dry else self.generator
        return torch.rand(*shape, generator=generator, dtype=torch.float64) * (high - low) + low

    def linear(self, inside: int, out: int, bias: bool = False, std: float | None = None) -> nn.Linear:
        """A linear map with gaussian weights of variance 1/inside, or `std`², and bias 0."""
        found = self.empty(nn.Linear, inside, out, bias=bias)
        with torch.no_grad():
            found.weight.copy_(self.normal(out, inside, std=1 / math.sqrt(inside) if std is None else std))
            if bias:
                found.bias.zero_()
        return found

    def empty(self, kind: type[Layer], *sizes: int, **options: bool) -> Layer:
        """A module in double precision whose numbers are still to be set."""
        if self.dry:
            return kind(*sizes, **options, dtype=torch.float64)
        made: Layer = nn.utils.skip_init(kind, *sizes, **options, dtype=torch.float64)
        return made

    def inverse_softplus_of_step(self, *shape: int) -> Tensor:
        """Numbers whose softplus is log-uniform in [0.001, 0.1], as published for decays (arXiv:2312.00752)."""
        size = torch.exp(self.uniform(*shape, low=math.log(1e-3), high=math.log(1e-1)))
        return size + torch.log(-torch.expm1(-size))
