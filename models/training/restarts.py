"""Restarts: training again from other start values, where the trained model is wrong on long words.

Some seeds end in a representation that is right on training words and that no further step makes exact, such as a
permutation of units that takes one of them to a wrong place. Long words show it at once. Other start values are another
chance: if a training comes out right with probability p, the best of r + 1 is right with 1 − (1 − p)^(r + 1).

What is looked at are words `TIMES` times as long as the longest training word, with balanced labels, which the task's
automaton labels; the words of `evaluate` with other seeds are apart from them. So this is, like settling, more than
training on short words: comparisons with models that are trained on these alone set `restarts=0`.
"""

from __future__ import annotations

import torch
from torch import nn

from ...groups.errors import BistateError
from ..bilinear_rnn import BilinearRNN
from ..errors import TaskError
from ..sizes.ladder_advice import advice
from ..tasks.batches import Batches
from ..tasks.task import StateTracking
from ..tasks.word_laws import balanced_law
from .accuracy import evaluate

TIMES, MOST_LETTERS, WORDS = 500, 5000, 200  # of the words that are looked at
WORD_SEED = 7_001  # of these words
STRIDE = 1_000_003  # between the seeds of one attempt and the next


def seed_of(seed: int, attempt: int) -> int:
    """The seed of an attempt, counted from 0, for start values and batches.

    >>> seed_of(5, 0), seed_of(5, 2)
    (5, 2000011)
    """
    return seed + attempt * STRIDE


def redraw(model: BilinearRNN, seed: int) -> None:
    """Give a model, in place, the start values of a new one with this seed."""
    fresh = BilinearRNN(**{**model.config, "dtype": model.start.dtype}, seed=seed)  # type: ignore[arg-type]
    with torch.no_grad():
        for p, value in zip(model.parameters(), fresh.parameters(), strict=True):
            p.copy_(value)


def long_accuracy(model: nn.Module, task: Batches) -> float | None:
    """Accuracy on long words; None where restarts do not apply.

    They apply to a `BilinearRNN` without additive terms and a task with an automaton and a longest training word.
    """
    if not (isinstance(model, BilinearRNN) and isinstance(task, StateTracking)) or model.additive:
        return None
    longest = task.law.longest
    if longest is None:
        return None
    length = max(longest, min(TIMES * longest, MOST_LETTERS))
    try:
        return evaluate(model, task, length, WORDS, seed=WORD_SEED, words=balanced_law(task.words))
    except TaskError:  # no word of that length has a label
        return None


def able(model: nn.Module, task: Batches) -> bool:
    """Whether nothing is known that forbids this model the task, see `advice`: no attempt overcomes a proof."""
    if not (isinstance(model, BilinearRNN) and isinstance(task, StateTracking)):
        return False
    try:
        return not advice(model, task.automaton)
    except BistateError:  # a task beyond the limits of the ladder
        return False
