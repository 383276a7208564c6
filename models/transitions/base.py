"""Transition families: how one letter moves the hidden state.

Every family is an `nn.Module` that holds the parameters of all `A[x]`, one per letter, and knows two things:
the matrices themselves (`dense`) and a way of running a whole batch of words that never builds them
(`states`). The pictures, with `H` the hidden size, `D` the letters and `b` the block size (arXiv:2505.21749,
section 3):

| family   | `A[x]`                                  | parameters   | bytes read per sample and step |
|----------|-----------------------------------------|--------------|--------------------------------|
| full     | any `H × H` matrix                      | `H² D`       | shared, see `by_letter.py`     |
| block    | `H/b` dense `b × b` blocks              | `b² D (H/b)` | `b H`                          |
| rotation | `H/2` rotations by `θ[x, i]`            | `D H/2`      | `H`                            |
| diagonal | `diag(a)`, `a` real                     | `D H`        | `H`                            |
| positive | `diag(a)`, `a = softplus(s) > 0`        | `D H`        | `H`                            |
| cp       | `U diag(v[x]) Zᵀ`                       | `R (2H + D)` | `R`, and `U`, `Z` shared       |
| householder | `∏ (I - β k kᵀ)`, β in (0, 2)        | `D n (H + heads)` | `n H`                     |
| monomial | column-one-hot times `diag(d)`          | `H² D + H D` | shared, as full                |
| convex   | `Σ_k p_k(x) M_k`, `p` a softmax         | `K H² + K D` | shared, as full                |

For block, rotation, the diagonals, cp and householder the factors of a whole batch are looked up once, for all
times together, and unbound along time: indexing `M[:, t]` inside the loop would make the backward pass quadratic
in the length.
"""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ..errors import ModelError
from ..kernels import choice
from ..recurrence.compiled_blocks import INSTALLED
from .step_rounding import COMPUTED, StepRounding

if TYPE_CHECKING:
    from ..kernels.recurrence import Factors, Kernels


def unit(h: Tensor) -> Tensor:
    """`h / ‖h‖` along the last axis; the zero vector, which no scaling changes, stays zero."""
    norm = torch.linalg.vector_norm(h, dim=-1, keepdim=True)
    return h / norm.masked_fill(norm == 0, 1.0)


class Transition(nn.Module, abc.ABC):
    """The matrices `A[x]` of one family.

    Args:
        letters: number of letters `D`.
        hidden: hidden size `H`.
    """

    letters: int
    hidden: int
    weight: nn.Parameter  # what is learned, in the shape of the family
    ways: tuple[str, ...] = ("auto",)  # of running a batch on any device, see `states`
    has_kernel: bool = False  # whether there is a Triton kernel, which "auto" takes on a CUDA device
    batching: str = "auto"  # the one chosen
    contracting: bool = False  # whether ‖A[x]‖ ≤ 1 whatever the parameters

    def __init__(self, letters: int, hidden: int) -> None:
        super().__init__()
        self.letters = letters
        self.hidden = hidden

    def choose(self, batching: str) -> None:
        """Choose how a batch of words is run: one of `ways`, or "kernel" where there is one.

        Raises:
            ModelError: for another way, or one that needs a package which is not installed.
        """
        accepted = (*self.ways, "kernel") if self.has_kernel else self.ways
        if batching not in accepted:
            raise ModelError(
                f"unknown batching {batching!r} for {type(self).__name__}; accepted: {', '.join(accepted)}"
            )
        if batching == "kernel" and not choice.INSTALLED:
            raise ModelError("batching='kernel' needs triton: pip install triton; batching='auto' does without")
        if batching == "fused" and not INSTALLED:
            raise ModelError("batching='fused' needs numba: pip install numba; batching='auto' does without")
        self.batching = batching

    @abc.abstractmethod
    def dense(self) -> Tensor:
        """All matrices, `A[x]` at index `x`: shape (letters, hidden, hidden)."""

    @abc.abstractmethod
    def states(self, h: Tensor, x: Tensor, added: Tensor | None, normalize: bool) -> tuple[Tensor, Tensor]:
        """Hidden states after every letter, `h_t = A[x_t] h_{t-1} (+ added_t)`, divided by `‖h_t‖` if asked.

        Args:
            h: start states, (batch, hidden).
            x: letters, int64 (batch, time), time at least 1.
            added: additive terms (time, batch, hidden), or None.
            normalize: whether to divide by the norm after every step.

        Returns:
            All of them, (time, batch, hidden), and once more the last one, (batch, hidden): for a loss that depends on
            the last state only, backward then needs no zeros in place of the gradients of all others.
        """

    def kernel(self) -> tuple[Kernels, Factors] | None:
        """The family's Triton kernels and what they multiply with, where it has some; imports triton."""
        return None

    def saturate(self) -> None:
        """Move parameters to infinity whose exact values stand there; for families that have such."""

    def step_rounding(self) -> StepRounding:
        """What one step does to a float state; for families that multiply by the entries of `A[x]` themselves.

        Raises:
            ModelError: if an intermediate number of a step may overflow.
        """
        return StepRounding(self._terms() + COMPUTED)

    def _terms(self) -> int:
        """Products in one sum of a step."""
        return self.hidden
