"""The monomial family: column-one-hot matrices times diagonal ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import ModelError
from ..kernels.choice import takes
from .dense import DenseTransition
from .exact_parameters import SATURATED, ExactParameters, plain
from .family import Shapes, Sizes

if TYPE_CHECKING:
    from ...theory.weights.weights import BilinearWeights
    from ..kernels.recurrence import Factors, Kernels

USUAL = {"steps": 3000, "lr": 3e-2, "label_smoothing": 0.1, "restarts": 7}  # a third of all attempts are right


class MonomialTransition(DenseTransition):
    """`A[x] = P[x] diag(d[x])`, each column of `P[x]` one-hot, `d` real (PD-SSM, arXiv:2509.22284, has complex `d`).

    The place of the one in column j is the largest of `s[x, :, j]`; its gradient is that of the softmax over the column
    (straight through). `H² D + H D` parameters. Start values: `s` gaussian of standard deviation 0.1, and `d` uniform
    in ±[0.5, 1].

    Args:
        letters: number of letters.
        hidden: hidden size.
        generator: draws the start values.
    """

    def __init__(self, letters: int, hidden: int, generator: torch.Generator | None = None) -> None:
        super().__init__(letters, hidden)
        scores = torch.randn(letters, hidden, hidden, generator=generator, dtype=torch.float64)
        size = 0.5 + 0.5 * torch.rand(letters, hidden, generator=generator, dtype=torch.float64)
        sign = torch.randint(2, (letters, hidden), generator=generator) * 2 - 1
        self.weight = nn.Parameter(0.1 * scores)
        self.diagonal = nn.Parameter(size * sign)

    def kernel(self) -> tuple[Kernels, Factors]:
        """See `Transition.kernel`."""
        from ..kernels.monomial import KERNELS

        return KERNELS, (self.dense(), self.weight.argmax(1), self.diagonal.detach())

    def states(self, h: Tensor, x: Tensor, added: Tensor | None, normalize: bool) -> tuple[Tensor, Tensor]:
        """See `Transition.states`."""
        if takes(self.batching, h, self.weight, added):
            from ..kernels.recurrence import run

            return run(*self.kernel(), h, x, added, normalize)
        return super().states(h, x, added, normalize)

    def dense(self) -> Tensor:
        """See `Transition.dense`."""
        soft = torch.softmax(self.weight, dim=1)  # (letters, hidden, hidden), columns sum to 1
        hard = torch.zeros_like(soft).scatter_(1, self.weight.argmax(1, keepdim=True), 1.0)
        chosen = hard + soft - soft.detach() if torch.is_grad_enabled() else hard
        return chosen * self.diagonal.unsqueeze(1)


def build(sizes: Sizes, generator: torch.Generator | None = None) -> MonomialTransition:
    """The module with start values."""
    return MonomialTransition(sizes.letters, sizes.hidden, generator)


def shapes(sizes: Sizes) -> Shapes:
    """Of the parameters, by name."""
    return {"weight": (sizes.letters, sizes.hidden, sizes.hidden), "diagonal": (sizes.letters, sizes.hidden)}


def scan(family: MonomialTransition, h: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Compositions of rows and products of entries, see `Family.scan`.

    Column j of a product has its entry d_j in row p_j; then (p, d) after (q, e) is (p∘q, e · d∘q).
    """
    rows = family.weight.argmax(1)[x]  # (time, batch, hidden)
    entries = family.diagonal[x]  # (time, batch, hidden)
    scale = entries.new_zeros(*x.shape, 1, dtype=torch.float64)
    offset = 1
    while offset < len(x):
        later, earlier = rows[offset:], rows[:-offset]
        composed = later.gather(-1, earlier)
        multiplied = entries[:-offset] * entries[offset:].gather(-1, earlier)
        added = scale[offset:] + scale[:-offset]
        size = multiplied.detach().abs().amax(-1, keepdim=True)
        size = torch.where(size > 0, size, 1.0)
        rows = torch.cat([rows[:offset], composed])
        entries = torch.cat([entries[:offset], multiplied / size])
        scale = torch.cat([scale[:offset], added + size.double().log()])
        offset *= 2
    states = torch.zeros_like(entries).scatter_add(-1, rows, entries * h)  # (time, batch, hidden)
    return states, scale


def exact(weights: BilinearWeights) -> ExactParameters:
    """The row of the one entry in each column, and the entry."""
    matrices, start, readout = plain(weights)
    count = (matrices != 0).sum(axis=1)  # (letters, H)
    if (count > 1).any():
        letter, j = np.argwhere(count > 1)[0]
        raise ModelError(
            f"monomial transitions have one entry in each column; letter {letter} has {count[letter, j]} in column {j}"
        )
    place = np.abs(matrices).argmax(axis=1)  # (letters, H)
    scores = np.zeros_like(matrices)
    np.put_along_axis(scores, place[:, None], SATURATED, axis=1)
    diagonal = np.take_along_axis(matrices, place[:, None], axis=1)[:, 0]
    return ExactParameters({"weight": scores, "diagonal": diagonal}, start, readout)
