"""The losses of a training: whether they are finite, and their sum, without a wait for the GPU at every step.

On the CPU a loss is a number as soon as it is computed, and the first one that is not finite ends the training before
the weights change. On a CUDA device the host is steps ahead; to read a number it waits until the device has caught up,
and then the device waits for the host. So losses stay there, and the host looks at them every `LOOK` steps and before
each validation and checkpoint. The promise is the same: weights are those before the first loss that is not finite,
because the optimiser's own kernel skips its update from there on (`found_inf`), and no checkpoint is written after it.
"""

from __future__ import annotations

import math
from typing import Protocol

import torch
from torch import Tensor

from .errors import TrainingError

LOOK = 50  # steps between looks
DEFERRED = ("cuda",)  # devices whose fused optimiser can be told, on the device, to skip an update


class Summed(Protocol):
    """What of a run's progress losses are added to."""

    loss_sum: float
    loss_count: int


class Losses(Protocol):
    """What a training does with its losses."""

    def note(self, loss: Tensor, step: int) -> float:
        """Take the loss of a step before its update; the last value that is known.

        Raises:
            TrainingError: for one that is not finite, of this step or of an earlier one.
        """
        ...

    def look(self) -> None:
        """Have all losses so far counted in the run's sum.

        Raises:
            TrainingError: likewise.
        """
        ...


def losses_on(
    device: torch.device, done: Summed, lr: float, optimizer: torch.optim.Optimizer
) -> EachLoss | DeferredLosses:
    """How losses are looked at on a device; sums go into `done`, and `lr` into the message of an error."""
    if device.type in DEFERRED:
        return DeferredLosses(device, done, lr, optimizer)
    return EachLoss(done, lr)


class EachLoss:
    """Every loss is read at once."""

    def __init__(self, done: Summed, lr: float) -> None:
        self.done, self.lr = done, lr

    def note(self, loss: Tensor, step: int) -> float:
        """See `Losses.note`."""
        value = float(loss)
        _count(value, step, self.done, self.lr)
        return value

    def look(self) -> None:
        """See `Losses.look`."""


class DeferredLosses:
    """Losses are kept on the device; from the first one that is not finite on the optimiser skips its updates."""

    def __init__(self, device: torch.device, done: Summed, lr: float, optimizer: torch.optim.Optimizer) -> None:
        self.done, self.lr = done, lr
        self.kept: list[tuple[int, Tensor]] = []  # step and loss
        self.last = math.nan
        self.bad = torch.zeros((), dtype=torch.float32, device=device)
        optimizer.found_inf = self.bad  # type: ignore[attr-defined]  # where AdamW(fused=True) looks for it

    def note(self, loss: Tensor, step: int) -> float:
        """See `Losses.note`."""
        self.kept.append((step, loss))
        torch.maximum(self.bad, (~loss.isfinite()).to(self.bad.dtype), out=self.bad)
        if len(self.kept) >= LOOK:
            self.look()
        return self.last

    def look(self) -> None:
        """See `Losses.look`."""
        if not self.kept:
            return
        steps, losses = zip(*self.kept, strict=True)
        self.kept = []
        for step, value in zip(steps, torch.stack(losses).tolist(), strict=True):  # the wait
            _count(value, step, self.done, self.lr)
            self.last = value


def _count(value: float, step: int, done: Summed, lr: float) -> None:
    """Add a loss to the sum since the last validation."""
    if not math.isfinite(value):
        raise TrainingError(
            f"the loss is {value} at step {step}; the last checkpoint, if any, is kept. Try a smaller lr than {lr}"
        )
    done.loss_sum, done.loss_count = done.loss_sum + value, done.loss_count + 1
