"""Families that choose matrices: column-one-hot times diagonal, and convex mixtures of a dictionary."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

from .errors import ModelError
from .full import BATCHING, recurrence
from .step_rounding import ABOVE, StepRounding, sizes_of, smallest_normal
from .transitions import Transition

SHORTEST = 1e-12  # a column that is shorter is divided by this, as torch does


class DenseTransition(Transition):
    """A family whose matrices are made first, (letters, hidden, hidden), and used as those of the full family are."""

    ways = BATCHING

    def states(self, h: Tensor, x: Tensor, added: Tensor | None, normalize: bool) -> tuple[Tensor, Tensor]:
        """See `Transition.states`."""
        return recurrence(self.dense(), h, x, added, normalize, self.batching)


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

    def dense(self) -> Tensor:
        """See `Transition.dense`."""
        soft = torch.softmax(self.weight, dim=1)  # (letters, hidden, hidden), columns sum to 1
        hard = torch.zeros_like(soft).scatter_(1, self.weight.argmax(1, keepdim=True), 1.0)
        chosen = hard + soft - soft.detach() if torch.is_grad_enabled() else hard
        return chosen * self.diagonal.unsqueeze(1)


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
        scores = self.scores.detach().double()
        span = math.ceil(float((scores.amax(-1) - scores.amin(-1)).max()))
        shares = torch.softmax(scores, -1).numpy(force=True)  # (letters, dictionary)
        words = sizes_of(self.weight)
        lengths = np.linalg.norm(words, axis=1, keepdims=True)
        spread = np.einsum("lk,kij->lij", shares, words / np.maximum(lengths, SHORTEST)) * ABOVE
        omega, H, K = smallest_normal(self.weight.dtype), self.hidden, self.dictionary
        terms = 2 * H + 2 * K + span + 16
        return StepRounding(terms, np.asarray(spread), np.full(self.letters, 64 * H * (K + 1) * omega))
