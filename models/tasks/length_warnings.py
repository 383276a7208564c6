"""What is warned of where the lengths of a task leave something out: by `warnings.warn`, which says it once a line."""

from __future__ import annotations

import warnings
from typing import Any

from .lengths import SHORT
from .task import StateTracking


class LengthWarning(UserWarning):
    """Lengths of words are such that training is known to fall short."""


def warn_of_uniform_lengths(task: Any) -> None:
    """Warn where long lengths are as likely as short ones, so that short words are too few."""
    if not isinstance(task, StateTracking):
        return
    law = task.law
    if len(law.lengths) > 1 and law.lengths[-1] > SHORT and len(set(law.weights)) == 1:
        low, high = max(1, law.lengths[0]), law.lengths[-1]
        warnings.warn(
            f"lengths from {law.lengths[0]} to {high} are drawn uniformly, which shows few short words, and models "
            f"trained so are often wrong on long ones; lengths=harmonic_lengths({low}, {high}) draws them in "
            "proportion to 1/n",
            LengthWarning,
            stacklevel=3,
        )


def warn_of_the_empty_word(task: Any, length: int | None) -> None:
    """Warn where accuracy on the empty word is asked of a task that never labels it."""
    if isinstance(task, StateTracking) and length == 0 and task.law.lengths and 0 not in task.law.lengths:
        warnings.warn(
            f"the empty word is asked about, and the task's lengths, {task.law.lengths[0]} to {task.law.lengths[-1]}, "
            "never label it: what a model says of it was not trained; lengths from 0 on label it",
            LengthWarning,
            stacklevel=3,
        )
