"""The recurrence with one dense matrix per letter: no matrix is copied per sample, unless that is cheaper.

Gathering one `H × H` matrix per sample moves `H²` numbers to do `H²` multiplications: memory-bound, and its
backward pass writes as much again. Three ways around it, and the copy after all, chosen by `batching`:

- `"dense"`: one product `h [A₁ᵀ … A_Dᵀ]` of shape (batch, D·H), then each sample keeps the row of its letter.
  `D` times too many multiplications, in one call.
- `"grouped"`: sort the batch by letter, one product per letter that occurs. No wasted multiplication, up to
  `min(D, batch)` calls per step.
- `"fused"`: grouped, in compiled code, up to five samples at a time, see `compiled_full.py`; needs numba and a CPU.
- `"kernel"`: one Triton kernel for all times, see `bistate.models.kernels.full`; needs triton and a CUDA device.
- `"gathered"`: the copy after all, one batched product with it. It pays for small matrices and many letters: a batch of
  them stays in the cache, and there are two calls per step.

With `c` multiplications per microsecond of a product and `o` microseconds per call, dense costs `D·B·H²/c`,
grouped `B·H²/c + min(D, B)·o` and gathered `g·B·H²/c + 2·o`, where a number that is copied costs as much as `g`
multiplications. `"auto"` takes "kernel" or "fused" where it can, else the cheapest of these; `CALL_COST`, `o·c`, and
`COPY_COST`, `g`, were measured with benchmarks/step_time.py.

The recurrence is one autograd function. Left to autograd, every step would write a gradient as large as all
of `A` and add it up; here the pairs (dh_t, h_{t-1}) of all times are kept and the gradient of `A[x]` is one
product per letter.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from ..errors import ModelError
from ..kernels.choice import takes
from .compiled_blocks import own_gradient
from .compiled_full import LARGEST_MATRIX, full_fusible, run_backward, run_forward

BATCHING = ("auto", "dense", "grouped", "gathered", "fused")
CALL_COST = 150_000  # multiplications that take as long as one more call
COPY_COST = 8  # multiplications that take as long as copying one number of a matrix
# The same on a GPU, counted and not measured: copying a number of 4 bytes moves 12 of them, and cards multiply some ten
# times while they move a byte.
DEVICE_COPY_COST = 120
GROUPING_CALLS = 3  # sorting and putting back cost about as much as three more calls

# Numbers of all words' matrices, batch · hidden², up to which a GPU takes the kernel, which reads one a word: counted,
# not measured, as what a second-level cache of 5 TB/s delivers while a step of the loop starts its own kernels.
MOST_NUMBERS = 10**8

Move = Callable[[Tensor, int], Tensor]


def recurrence(
    weight: Tensor, h: Tensor, x: Tensor, added: Tensor | None, normalize: bool, batching: str
) -> tuple[Tensor, Tensor]:
    """States after every letter for matrices `weight`, (letters, hidden, hidden); see `Transition.states`."""
    how = batching
    small = how == "kernel" or h.numel() * h.shape[1] <= MOST_NUMBERS
    if small and takes(how, h, weight, added):
        from ..kernels import full
        from ..kernels.recurrence import run

        return run(full.KERNELS, (weight,), h, x, added, normalize)
    if how in ("auto", "fused"):
        if full_fusible(weight, h, added):
            how = "fused"
        elif how == "fused":
            raise ModelError(
                f"batching='fused' takes float32 and float64 on the CPU and matrices of at most {LARGEST_MATRIX} "
                f"bytes, got {weight.dtype} of shape {tuple(weight.shape)} on {weight.device}"
            )
    if how == "auto" and weight.device.type == "cpu":
        how = choose_batching(weight.shape[0], weight.shape[1], x.shape[0])
    elif how == "auto":  # grouping needs the letters on the host, which would wait for them
        how = "dense" if len(weight) <= DEVICE_COPY_COST else "gathered"
    both: tuple[Tensor, Tensor] = _Recurrence.apply(weight, h, added, x, normalize, how)
    return both


def choose_batching(letters: int, hidden: int, batch: int) -> str:
    """The cheapest of "dense", "grouped" and "gathered" by the operation count of the module's text.

    >>> [choose_batching(letters, hidden, batch=64) for letters, hidden in ((2, 16), (50, 64), (50, 256))]
    ['dense', 'gathered', 'grouped']
    """
    numbers = batch * hidden**2
    costs = {
        "dense": letters * numbers + CALL_COST,
        "grouped": numbers + CALL_COST * (min(letters, batch) + GROUPING_CALLS),
        "gathered": COPY_COST * numbers + 2 * CALL_COST,
    }
    return min(costs, key=lambda how: costs[how])


class _Recurrence(torch.autograd.Function):
    """`h_t = A[x_t] h_{t-1} (+ added_t)`, divided by its norm if asked, for all t; gives these,
    (time, batch, hidden), and the last one, (batch, hidden).
    """

    @staticmethod
    def forward(
        ctx: Any, weight: Tensor, h: Tensor, added: Tensor | None, x: Tensor, normalize: bool, how: str
    ) -> tuple[Tensor, Tensor]:
        """Run forward, keeping the states and their norms."""
        ctx.set_materialize_grads(False)
        if how == "fused":
            states, norms = run_forward(weight, h, added, x, normalize)
            ctx.save_for_backward(weight, states, norms, x)
            ctx.plan, ctx.normalize, ctx.has_added = None, normalize, added is not None
            return states[1:], states[-1].clone()
        plan: _Grouped | _Gathered | _Dense
        if how == "gathered":
            plan = _Gathered(x)
        else:
            plan = _Grouped(x) if how == "grouped" else _Dense(x, weight.shape[0])
        move = plan.mover(weight)
        states = h.new_empty(x.shape[1] + 1, *h.shape)  # (time + 1, batch, hidden)
        norms = h.new_ones(x.shape[1], h.shape[0], 1)  # (time, batch, 1)
        states[0] = h
        for t in range(x.shape[1]):
            h = move(h, t)  # (batch, hidden)
            h = h if added is None else h + added[t]
            if normalize:
                norm = torch.linalg.vector_norm(h, dim=-1, keepdim=True)
                norms[t] = norm.masked_fill_(norm == 0, 1.0)
                h = h / norms[t]
            states[t + 1] = h
        ctx.save_for_backward(weight, states, norms, x)
        ctx.plan, ctx.normalize, ctx.has_added = plan, normalize, added is not None
        return states[1:], h

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor | None, last: Tensor | None) -> tuple[Tensor | None, ...]:
        """Run backward: `dh_{t-1} = A[x_t]ᵀ dh_t`, then `dA[x] = Σ_{t: x_t = x} dh_t h_{t-1}ᵀ` in one product
        per letter.
        """
        weight, states, norms, x = ctx.saved_tensors
        g = own_gradient(last, states[0])  # (batch, hidden)
        if ctx.plan is None:
            d_weight, before = run_backward(weight, states, norms, x, grad, g, ctx.normalize, ctx.has_added)
            return d_weight, g, before, None, None, None
        move = ctx.plan.mover(weight.transpose(1, 2))
        before = torch.empty_like(states[1:])  # gradients with respect to A[x_t] h_{t-1}, (time, batch, hidden)
        for t in reversed(range(x.shape[1])):
            g = g if grad is None else g + grad[t]
            if ctx.normalize:  # the derivative of h/‖h‖ removes the part along h
                u = states[t + 1]
                g = (g - u * (g * u).sum(-1, keepdim=True)) / norms[t]
            before[t] = g
            g = move(g, t)
        d_weight = _outer_by_letter(weight, x, before, states[:-1])
        return d_weight, g, before if ctx.has_added else None, None, None, None


def _outer_by_letter(weight: Tensor, x: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """`Σ left rightᵀ` over the places of each letter: (letters, hidden, hidden) from two (time, batch,
    hidden).
    """
    letters = x.t().reshape(-1)  # (time * batch,)
    if x.device.type != "cpu":
        return _outer_masked(weight, letters, left.flatten(0, 1), right.flatten(0, 1))
    order = torch.argsort(letters)
    rows_left = left.flatten(0, 1).index_select(0, order)
    rows_right = right.flatten(0, 1).index_select(0, order)
    out = torch.empty_like(weight)
    start = 0
    for letter, count in enumerate(torch.bincount(letters, minlength=len(weight)).tolist()):
        stop = start + count
        torch.mm(rows_left[start:stop].t(), rows_right[start:stop], out=out[letter])
        start = stop
    return out


def _outer_masked(weight: Tensor, letters: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """The same from (places, hidden) each, with zeros in the places of other letters: as many times more products as
    there are letters, and nothing that the host has to know.
    """
    out = torch.empty_like(weight)
    for letter in range(len(weight)):
        torch.mm((left * (letters == letter).unsqueeze(1)).t(), right, out=out[letter])
    return out


class _Dense:
    """One product with all matrices, then each sample's row."""

    def __init__(self, x: Tensor, letters: int) -> None:
        first = torch.arange(x.shape[0], device=x.device) * letters
        self.rows = (x.t() + first).unbind(0)  # time × (batch,): row of each sample among (batch * letters)

    def mover(self, weight: Tensor) -> Move:
        """The function (h, t) -> rows `A[x_t] h`."""
        letters, hidden, _ = weight.shape
        joined = weight.reshape(letters * hidden, hidden).t()  # (hidden, letters * hidden)

        def move(h: Tensor, t: int) -> Tensor:
            return (h @ joined).view(-1, hidden).index_select(0, self.rows[t])  # (batch, hidden)

        return move


class _Gathered:
    """One matrix per sample, copied: for matrices so small that a batch of them stays in the cache."""

    def __init__(self, x: Tensor) -> None:
        self.rows = x.t().contiguous().unbind(0)  # time × (batch,)

    def mover(self, weight: Tensor) -> Move:
        """The function (h, t) -> rows `A[x_t] h`."""
        transposed = not weight.is_contiguous()
        stored = weight.transpose(1, 2) if transposed else weight  # contiguous, so that a copy is one run of memory

        def move(h: Tensor, t: int) -> Tensor:
            mine = stored.index_select(0, self.rows[t])  # (batch, hidden, hidden)
            moved = torch.bmm(h.unsqueeze(1), mine if transposed else mine.transpose(1, 2))
            return moved.squeeze(1)  # (batch, hidden)

        return move


class _Grouped:
    """The samples sorted by letter, one product per letter that occurs."""

    def __init__(self, x: Tensor) -> None:
        letters, order = torch.sort(x.t(), dim=1)  # (time, batch)
        self.order = order.unbind(0)
        self.inverse = torch.argsort(order, dim=1).unbind(0)
        self.runs = [_runs(row) for row in letters.tolist()]

    def mover(self, weight: Tensor) -> Move:
        """The function (h, t) -> rows `A[x_t] h`."""
        matrices = weight.transpose(1, 2).unbind(0)

        def move(h: Tensor, t: int) -> Tensor:
            rows = h.index_select(0, self.order[t])  # (batch, hidden), letters in order
            out = torch.empty_like(rows)
            for letter, start, stop in self.runs[t]:
                torch.mm(rows[start:stop], matrices[letter], out=out[start:stop])
            return out.index_select(0, self.inverse[t])

        return move


def _runs(letters: list[int]) -> list[tuple[int, int, int]]:
    """Runs of equal letters as (letter, start, stop).

    >>> _runs([0, 0, 2])
    [(0, 0, 2), (2, 2, 3)]
    """
    runs, start = [], 0
    for letter, group in itertools.groupby(letters):
        stop = start + len(list(group))
        runs.append((letter, start, stop))
        start = stop
    return runs
