"""What the rest of the library knows of a transition family: one value for each, listed in `registry.py`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from .base import Transition
from .exact_parameters import ExactParameters

if TYPE_CHECKING:
    from ...theory.weights.weights import BilinearWeights


Shapes = dict[str, tuple[int, ...]]
RESTARTS = 3  # most trainings from other start values where long words are wrong, see `models/training/restarts.py`
SETTLE = 1000  # most steps of L-BFGS at the end of training, where a family has them


@dataclass(frozen=True)
class Sizes:
    """The options of `BilinearRNN` that families read; each takes its own.

    Attributes:
        letters: number of letters.
        hidden: hidden size.
        block: block size of "block".
        rank: number of terms of "cp"; None: as many as `hidden`.
        reflections: factors per letter and head of "householder".
        heads: number of heads of "householder".
        dictionary: number of matrices of "convex".
        gain: spectral radius of a start matrix, roughly, of "full" and "cp".
    """

    letters: int
    hidden: int
    block: int = 2
    rank: int | None = None
    reflections: int = 2
    heads: int = 1
    dictionary: int = 6
    gain: float = 1.0

    @property
    def terms(self) -> int:
        """The rank, whether given or not."""
        return self.hidden if self.rank is None else self.rank


def always(weights: BilinearWeights) -> bool:
    """For families that hold all weights of their rung as they are."""
    return True


@dataclass(frozen=True)
class Family:
    """A transition family.

    Attributes:
        name: as `BilinearRNN` takes it.
        build: its module with start values.
        shapes: of the module's parameters, by name, without making any.
        exact: its parameters read off exact weights.
        scan: from the module, start states (batch, hidden) and letters (time, batch) to the states after every letter,
            (time, batch, hidden), each divided by a positive number, and the logarithms of these numbers,
            (time, batch, 1); None where products of its matrices are no easier than dense ones.
        usual: settings of training that differ from the defaults of `TrainConfig`: a place to begin.
        rung: of the ladder, whose exact weights it holds; None where the ladder has none.
        counted: the attribute of `BilinearRNN` whose least value the ladder gives.
        largest_scan: hidden size up to which the scan is offered.
        natural: whether it holds weights of the rung of its name in the coordinates that they have.
    """

    name: str
    build: Callable[[Sizes, torch.Generator | None], Transition]
    shapes: Callable[[Sizes], Shapes]
    exact: Callable[[BilinearWeights], ExactParameters]
    scan: Callable[[Any, Tensor, Tensor], tuple[Tensor, Tensor]] | None
    usual: Mapping[str, Any]
    rung: str | None
    counted: str = "hidden"
    largest_scan: float = math.inf
    natural: Callable[[BilinearWeights], bool] = always
