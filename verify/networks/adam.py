"""Gradient descent by Adam, with the numbers of torch's own, which loads its compiler first: a second, and 60 MB."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

LEAST = 1e-8  # beside the root of the mean square, as usual


class Adam:
    """A descent on a few tensors (D. Kingma, J. Ba, ICLR 2015).

    Args:
        values: what is changed, each with a derivative.
        memory: shares of the mean, and of the mean square, that a step keeps.
    """

    def __init__(self, values: Sequence[Tensor], memory: tuple[float, float]) -> None:
        self.values, self.memory, self.turn = list(values), memory, 0
        self.means = [(torch.zeros_like(v), torch.zeros_like(v)) for v in self.values]

    def step(self, loss: Tensor, rates: Sequence[float]) -> None:
        """One step of these sizes against the derivative of the loss; what the loss does not depend on stays."""
        self.turn += 1
        first, second = self.memory
        gradients = torch.autograd.grad(loss, self.values, allow_unused=True)
        with torch.no_grad():
            for value, (mean, square), slope, rate in zip(self.values, self.means, gradients, rates, strict=True):
                if slope is None:
                    continue
                mean.lerp_(slope, 1 - first)
                square.mul_(second).addcmul_(slope, slope, value=1 - second)
                size = (square.sqrt() / (1 - second**self.turn) ** 0.5).add_(LEAST)
                value.addcdiv_(mean, size, value=-(rate / (1 - first**self.turn)))
