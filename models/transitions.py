"""Transition families: how one letter moves the hidden state.

Every family is an `nn.Module` that holds the parameters of all `A[x]`, one per letter, and knows two things:
the matrices themselves (`dense`) and a way of running a whole batch of words that never builds them
(`states`). The pictures, with `H` the hidden size, `D` the letters and `b` the block size (arXiv:2505.21749,
section 3):

| family   | `A[x]`                                  | parameters   | bytes read per sample and step |
|----------|-----------------------------------------|--------------|--------------------------------|
| full     | any `H × H` matrix                      | `H² D`       | shared, see `full.py`          |
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
import math

import torch
from torch import Tensor, nn

from .errors import ModelError
from .fused import INSTALLED, LARGEST_BLOCK, block_recurrence, fusible
from .step_rounding import COMPUTED, StepRounding

TRANSITIONS = ("full", "block", "rotation", "diagonal", "positive", "cp", "householder", "monomial", "convex")


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
    ways: tuple[str, ...] = ("auto",)  # of running a batch, see `states`
    batching: str = "auto"  # the one chosen

    def __init__(self, letters: int, hidden: int) -> None:
        super().__init__()
        self.letters = letters
        self.hidden = hidden

    def choose(self, batching: str) -> None:
        """Choose how a batch of words is run: one of `ways`.

        Raises:
            ModelError: for another way, or one that needs a package which is not installed.
        """
        if batching not in self.ways:
            raise ModelError(
                f"unknown batching {batching!r} for {type(self).__name__}; accepted: {', '.join(self.ways)}"
            )
        if batching == "fused" and not INSTALLED:
            raise ModelError("batching='fused' needs numba: pip install 'bistate[fast]'; batching='auto' does without")
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

    def step_rounding(self) -> StepRounding:
        """What one step does to a float state; for families that multiply by the entries of `A[x]` themselves.

        Raises:
            ModelError: if an intermediate number of a step may overflow.
        """
        return StepRounding(self._terms() + COMPUTED)

    def _terms(self) -> int:
        """Products in one sum of a step."""
        return self.hidden


class LookupTransition(Transition):
    """A family whose factors are small enough to look up per sample; subclasses say what a factor is and
    does.

    Block diagonal ones with small blocks are run by compiled code where numba is installed, see `fused.py`;
    `batching="loop"` is the loop over time in torch, whose gradients can be differentiated again, and "fused" insists
    on the compiled one.
    """

    @abc.abstractmethod
    def table(self) -> Tensor:
        """One row of factors per letter, (letters, ...)."""

    @abc.abstractmethod
    def act(self, factor: Tensor, h: Tensor) -> Tensor:
        """`A[x] h` for the factors of one time step: (batch, ...), (batch, hidden) -> (batch, hidden)."""

    def blocks(self) -> Tensor | None:
        """The blocks on the diagonals, (letters, n, b, b), of a block diagonal family; else None."""
        return None

    def states(self, h: Tensor, x: Tensor, added: Tensor | None, normalize: bool) -> tuple[Tensor, Tensor]:
        """See `Transition.states`."""
        blocks = None if self.batching == "loop" else self.blocks()
        if blocks is not None and fusible(blocks.shape[-1], blocks, h, added):
            return block_recurrence(blocks, h, x, added, normalize)
        if self.batching == "fused":
            raise ModelError(
                f"batching='fused' takes float32 and float64 on the CPU and blocks of at most {LARGEST_BLOCK}, got "
                f"{h.dtype} on {h.device}" + ("" if blocks is None else f" and blocks of {blocks.shape[-1]}")
            )
        factors = self.table().index_select(0, x.t().reshape(-1))  # (time * batch, ...)
        per_step = factors.unflatten(0, (x.shape[1], x.shape[0])).unbind(0)  # time × (batch, ...)
        terms = [None] * len(per_step) if added is None else added.unbind(0)
        out = []
        for factor, term in zip(per_step, terms, strict=True):
            h = self.act(factor, h)  # (batch, hidden)
            h = h if term is None else h + term
            h = unit(h) if normalize else h
            out.append(h)
        return torch.stack(out), h  # (time, batch, hidden), (batch, hidden)


class DiagonalTransition(LookupTransition):
    """`A[x] = diag(a[x])`, `a` real and unconstrained: elementary abelian 2-groups, parity first among them.

    Starts with `|a|` in [0.5, 1] and random signs: a unit is useful when its signs differ between letters.
    """

    def __init__(self, letters: int, hidden: int, generator: torch.Generator | None = None) -> None:
        super().__init__(letters, hidden)
        size = 0.5 + 0.5 * torch.rand(letters, hidden, generator=generator, dtype=torch.float64)
        sign = torch.randint(2, (letters, hidden), generator=generator) * 2 - 1
        self.weight = nn.Parameter(size * sign)

    def table(self) -> Tensor:
        """The diagonals, (letters, hidden)."""
        return self.weight

    ways = ("auto", "loop", "fused")

    def _terms(self) -> int:
        return 1

    def blocks(self) -> Tensor:
        """One entry per block: (letters, hidden, 1, 1)."""
        return self.table()[..., None, None]

    def act(self, factor: Tensor, h: Tensor) -> Tensor:
        """Entry by entry."""
        return factor * h

    def dense(self) -> Tensor:
        """See `Transition.dense`."""
        return torch.diag_embed(self.table())


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


def inverse_softplus(a: Tensor) -> Tensor:
    """`s = log(exp(a) - 1)`, the number with `softplus(s) = a > 0`."""
    return a + torch.log(-torch.expm1(-a))


class RotationTransition(LookupTransition):
    """`A[x]` = 2×2 rotations by learned angles: `(h₁, h₂) ↦ (c h₁ - s h₂, s h₁ + c h₂)`, one angle per letter
    and block.

    A block is one complex number, multiplied by `exp(iθ)`. Angles start uniform on the circle.

    Raises:
        ModelError: when `hidden` is odd.
    """

    def __init__(self, letters: int, hidden: int, generator: torch.Generator | None = None) -> None:
        super().__init__(letters, hidden)
        if hidden % 2:
            raise ModelError(f"rotation blocks need an even hidden size, got hidden={hidden}")
        turn = torch.rand(letters, hidden // 2, generator=generator, dtype=torch.float64)
        self.weight = nn.Parameter(2 * math.pi * turn)

    def table(self) -> Tensor:
        """`exp(iθ)`, complex (letters, hidden / 2)."""
        return torch.polar(torch.ones_like(self.weight), self.weight)

    ways = ("auto", "loop", "fused")

    def _terms(self) -> int:
        return 2

    def blocks(self) -> Tensor:
        """The rotations: (letters, hidden / 2, 2, 2)."""
        c, s = self.weight.cos(), self.weight.sin()  # (letters, hidden / 2)
        return torch.stack([torch.stack([c, -s], -1), torch.stack([s, c], -1)], -2)

    def act(self, factor: Tensor, h: Tensor) -> Tensor:
        """One complex product per block."""
        z = torch.view_as_complex(h.unflatten(-1, (-1, 2)).contiguous())  # (batch, hidden / 2)
        return torch.view_as_real(factor * z).flatten(-2)  # (batch, hidden)

    def dense(self) -> Tensor:
        """See `Transition.dense`."""
        return block_diagonal(self.blocks())


class BlockTransition(LookupTransition):
    """`A[x]` = dense `b × b` blocks down the diagonal, gaussian with variance `1/b` at the start.

    A step looks up `b · hidden` numbers per sample, `b` times the hidden state itself, so keep `b` small;
    `full` shares its matrices between samples instead.

    Raises:
        ModelError: when `block` does not divide `hidden`.
    """

    def __init__(self, letters: int, hidden: int, block: int = 2, generator: torch.Generator | None = None) -> None:
        super().__init__(letters, hidden)
        if block < 1 or hidden % block:
            raise ModelError(f"the block size has to divide the hidden size, got block={block}, hidden={hidden}")
        self.block = block
        shape = (letters, hidden // block, block, block)
        gauss = torch.randn(shape, generator=generator, dtype=torch.float64)
        self.weight = nn.Parameter(gauss / math.sqrt(block))

    def table(self) -> Tensor:
        """The blocks, (letters, hidden / block, block, block)."""
        return self.weight

    ways = ("auto", "loop", "fused")

    def _terms(self) -> int:
        return self.block

    def blocks(self) -> Tensor:
        """The blocks, as they are kept."""
        return self.weight

    def act(self, factor: Tensor, h: Tensor) -> Tensor:
        """One small matrix-vector product per block, as a product and a sum: faster than bmm for small
        blocks.
        """
        v = h.unflatten(-1, (-1, 1, self.block))  # (batch, blocks, 1, block)
        return (factor * v).sum(-1).flatten(-2)  # (batch, hidden)

    def dense(self) -> Tensor:
        """See `Transition.dense`."""
        return block_diagonal(self.weight)


def block_diagonal(blocks: Tensor) -> Tensor:
    """(letters, n, b, b) blocks to (letters, n b, n b) matrices with the blocks down the diagonal."""
    letters, n, b, _ = blocks.shape
    eye = torch.eye(n, dtype=blocks.dtype, device=blocks.device)
    return torch.einsum("lnij,nm->lnimj", blocks, eye).reshape(letters, n * b, n * b)
