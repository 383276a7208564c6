"""The readout of a layer whose output is normalised, read off as parts `E ȳ / √(mean ȳ² + ε)` and a bias.

What goes into the norm is affine in the state, y = R_x S + a_x, and the scores are affine in what comes out of its
division: both are read off as a step is, letter by letter, with a stand-in for the norm. Its weight ends up in E, its
bias in that of the scores.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..affine_step import Shape, affine_map
from ..normed_readout import NormedReadout

Floats = NDArray[Any]  # of float64
Norm = nn.RMSNorm | nn.LayerNorm | nn.GroupNorm


def normed_parts(
    scores: Callable[[Tensor, Tensor], Tensor],
    norm: Norm,
    put: Callable[[nn.Module], None],
    letters: int,
    state: Tensor,
    groups: int,
) -> tuple[list[NormedReadout], Floats]:
    """The parts, one for each group, and the bias of the scores, (states,) or (letters, states).

    Args:
        scores: states (batch, …) and letters (batch,) to scores (batch, states), in double precision.
        norm: the norm in it.
        put: puts another module in the place of the norm.
        letters: number of letters.
        state: one state.
        groups: how many parts of the output are normalised on their own.

    Raises:
        ModelError: if what goes into the norm, or the scores of what comes out, are not affine.
    """
    seen = _Seen()
    put(seen)
    one = scores(state[None], torch.zeros(1, dtype=torch.long))
    states, inside = one.shape[1], tuple(seen.got.shape[1:])

    def into(h: Tensor, x: Tensor) -> Tensor:
        scores(h, x)
        return seen.got

    first = affine_map(into, letters, state, Shape(inside, False), "what the norm reads")
    given = _Given(norm)
    put(given)

    def out_of(values: Tensor, x: Tensor) -> Tensor:
        given.values = values
        return scores(state.expand(len(values), *state.shape), x)

    last = affine_map(out_of, letters, torch.zeros(inside, dtype=torch.float64), Shape((states,), False), "the head")
    put(norm)
    units = first.A.shape[1] // groups
    eps = torch.finfo(torch.float64).eps if norm.eps is None else norm.eps
    parts = []
    for k in range(groups):
        mine = slice(k * units, (k + 1) * units)
        add = one_if_same(first.b[:, mine])
        parts.append(
            NormedReadout(
                weights=one_if_same(last.A[:, :, mine]),
                rows=one_if_same(first.A[:, mine]),
                eps=eps,
                centred=not isinstance(norm, nn.RMSNorm),
                add=add if add.any() else None,
            )
        )
    return parts, one_if_same(last.b)


def one_if_same(values: Floats) -> Floats:
    """(letters, …) → (…), if it is the same for all letters."""
    return np.asarray(values[0] if (values == values[0]).all() else values)


class _Seen(nn.Module):
    """Stands for a norm, and keeps what it read."""

    got: Tensor

    def forward(self, values: Tensor) -> Tensor:
        self.got = values
        return values


class _Given(nn.Module):
    """Stands for a norm, and gives what it is told, times the weight of the norm and with its bias."""

    values: Tensor

    def __init__(self, norm: Norm) -> None:
        super().__init__()
        self.weight, self.bias = getattr(norm, "weight", None), getattr(norm, "bias", None)

    def forward(self, _: Tensor) -> Tensor:
        out = self.values if self.weight is None else self.values * self.weight
        return out if self.bias is None else out + self.bias
