"""What `train` asks of a task: batches by number, words that are held out, and how large it all is."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Protocol

import torch
from torch import Tensor

from ..errors import TaskError

Batch = tuple[Tensor, Tensor]
VALIDATION_STREAM = 1  # training seed s reads stream s + 2


class Batches(Protocol):
    """A task that can be trained on: `StateTracking`, whose words are drawn, and `WordTable`, whose words are given."""

    @property
    def device(self) -> torch.device | str:
        """Where batches are made."""
        ...

    @property
    def letters(self) -> tuple[Hashable, ...]:
        """The alphabet: letter i of a batch is `letters[i]`."""
        ...

    @property
    def labels(self) -> tuple[Hashable, ...]:
        """What there is to tell apart: label i of a batch is `labels[i]`."""
        ...

    @property
    def sizes(self) -> dict[str, Any]:
        """The task's `letters`, `states` and `longest` word, as `usual_config` takes them."""
        ...

    @property
    def fingerprint(self) -> dict[str, Any]:
        """A JSON value that tells two tasks apart."""
        ...

    def batch(self, size: int, step: int, stream: int = 0) -> Batch:
        """The batch with a number: letters (batch, time), labels (batch,) or (batch, time)."""
        ...

    def held_out(self, size: int, length: int | None = None) -> list[Batch]:
        """About `size` fixed words that no training batch is made for, of one length or of the task's lengths."""
        ...


def check_batch(size: int, step: int, stream: int) -> None:
    """Refuse numbers of a batch that there is none of.

    Raises:
        TaskError: for a size below 1, or a negative step or stream.
    """
    if size < 1 or step < 0 or stream < 0:
        raise TaskError(
            f"a batch needs size >= 1, step >= 0, stream >= 0; got size={size}, step={step}, stream={stream}"
        )
