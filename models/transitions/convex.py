"""The convex family: mixtures of a dictionary of matrices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import ModelError
from .dense import DenseTransition
from .exact_parameters import SATURATED, ExactParameters, plain
from .family import RESTARTS, SETTLE, Shapes, Sizes
from .step_rounding import ABOVE, StepRounding, require_norms, sizes_of, smallest_normal

if TYPE_CHECKING:
    from ...theory.weights.weights import BilinearWeights


SHORTEST = 1e-12  # a column that is shorter is divided by this, as torch does
USUAL = {"steps": 3000, "label_smoothing": 0.1, "settle_steps": SETTLE, "restarts": RESTARTS}


class ConvexTransition(DenseTransition):
    """`A[x] = Σ_k p_k(x) M_k` with a softmax `p(x)` over a dictionary of dense matrices (SD-SSM, arXiv:2412.19350).

    `K H² + K D` parameters. The columns of every `M_k` are divided by their norm, so that none grows with the length.

    Args:
        letters: number of letters.
        hidden: hidden size.
        dictionary: number `K` of matrices.
        generator: draws the start values, gaussian.

    Raises:
        ModelError: for a dictionary without a matrix.
    """

    def __init__(
        self, letters: int, hidden: int, dictionary: int = 6, generator: torch.Generator | None = None
    ) -> None:
        super().__init__(letters, hidden)
        if isinstance(dictionary, bool) or not isinstance(dictionary, int) or dictionary < 1:
            raise ModelError(f"the dictionary needs at least one matrix, got dictionary={dictionary!r}")
        self.dictionary = dictionary
        gauss = torch.randn(dictionary, hidden, hidden, generator=generator, dtype=torch.float64)
        self.weight = nn.Parameter(gauss / math.sqrt(hidden))
        self.scores = nn.Parameter(torch.randn(letters, dictionary, generator=generator, dtype=torch.float64))

    def dense(self) -> Tensor:
        """See `Transition.dense`."""
        words = nn.functional.normalize(self.weight, dim=1)  # (dictionary, hidden, hidden), columns of norm 1
        return torch.einsum("lk,kij->lij", torch.softmax(self.scores, -1), words)

    def step_rounding(self) -> StepRounding:
        """A plain product with entries that are computed: columns divided by their norms, a softmax, a sum of `K`.

        An error of the softmax's argument is a factor of its result, hence the span of the scores among the terms.
        N = Σ_k p_k |M_k|. Underflow: flushing costs less than 8 K ω in an entry of `A[x]`, which is at most 1.
        """
        require_norms(self.weight.transpose(1, 2), "a column of the dictionary", shortest=1e-12)
        scores = self.scores.detach().double()
        span = math.ceil(float((scores.amax(-1) - scores.amin(-1)).max()))
        shares = torch.softmax(scores, -1).numpy(force=True)  # (letters, dictionary)
        words = sizes_of(self.weight)
        lengths = np.linalg.norm(words, axis=1, keepdims=True)
        spread = np.einsum("lk,kij->lij", shares, words / np.maximum(lengths, SHORTEST)) * ABOVE
        omega, H, K = smallest_normal(self.weight.dtype), self.hidden, self.dictionary
        terms = 2 * H + 2 * K + span + 16
        return StepRounding(terms, np.asarray(spread), np.full(self.letters, 64 * H * (K + 1) * omega))


def build(sizes: Sizes, generator: torch.Generator | None = None) -> ConvexTransition:
    """The module with start values."""
    return ConvexTransition(sizes.letters, sizes.hidden, sizes.dictionary, generator)


def shapes(sizes: Sizes) -> Shapes:
    """Of the parameters, by name."""
    return {"weight": (sizes.dictionary, sizes.hidden, sizes.hidden), "scores": (sizes.letters, sizes.dictionary)}


def exact(weights: BilinearWeights) -> ExactParameters:
    """A dictionary with one matrix for each letter, where all columns have norm 1."""
    matrices, start, readout = plain(weights)
    norms = np.linalg.norm(matrices, axis=1)  # (letters, H)
    if (np.abs(norms - 1) > 1e-12).any():
        letter, j = np.argwhere(np.abs(norms - 1) > 1e-12)[0]
        raise ModelError(
            f"the dictionary's columns have norm 1, and column {j} of letter {letter} has norm {norms[letter, j]:g}; "
            "weights.orthogonal() gives coordinates in which they have"
        )
    return ExactParameters(
        {"weight": matrices, "scores": SATURATED * 10 * np.eye(len(matrices))},
        start,
        readout,
        {"dictionary": len(matrices)},
    )
