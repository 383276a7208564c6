"""Accuracy on balanced words, at the last position and over every one, of whatever can be trained here.

Words are read from left to right and states are handed on, so that a word of 5000 letters takes no more memory than one
of a few hundred, where the model has states to hand on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from ...models.answers import Asked
from ...models.baselines import Baseline
from ...models.bilinear_rnn import BilinearRNN
from ...models.errors import InputError, ModelError
from ...models.layers.base import RecurrentLayer
from ...models.tasks.task import StateTracking
from ...models.tasks.word_laws import BALANCED
from ...theory.automata.automaton import Automaton
from .contestants import Network

PIECE = 128  # letters that are read at a time


@dataclass(frozen=True)
class PositionAccuracy:
    """Accuracy on words of one length, whose labels after the last letter are balanced.

    Attributes:
        length: letters of a word.
        words: how many there were.
        last: share of words that are right at the last position.
        every: share of all positions that are right.
        chance: what the best constant answer reaches at the last position.
    """

    length: int
    words: int
    last: float
    every: float
    chance: float


def position_accuracy(model: Network, automaton: Automaton, length: int, words: int) -> PositionAccuracy:
    """Measure a model; scores that are no numbers count as wrong. The words depend on task, length and number alone.

    Raises:
        TaskError: for a length or number below 1.
    """
    task = StateTracking(automaton, lengths=length, every=True, words=BALANCED)
    x, y = task.sample(words, length)  # (words, length) each
    last = every = 0
    with torch.inference_mode():
        for here, right in _right(model, x, y):
            every += int(right.sum())
            last += int(right[:, -1].sum()) if here else 0
    return PositionAccuracy(length, words, last / words, every / (words * length), float(task.chance_level(length)))


def _right(model: Network, x: Tensor, y: Tensor) -> Iterator[tuple[bool, Tensor]]:
    """Pieces of what is right, (words, letters), and whether a piece ends with the last letters."""
    if isinstance(model, Baseline):
        yield from _of_baseline(model, x, y)
        return
    places = range(0, x.shape[1], PIECE)
    scores = _bilinear(model, x) if isinstance(model, BilinearRNN) else _layer(model, x)
    for first, found in zip(places, scores, strict=True):
        wanted = y[:, first : first + PIECE]
        yield first + PIECE >= x.shape[1], (found.argmax(-1) == wanted) & ~found.isnan().any(-1)


def _of_baseline(model: Baseline, x: Tensor, y: Tensor) -> Iterator[tuple[bool, Tensor]]:
    asked = Asked(model, "reproduce", (), model.states)
    try:
        for place, scores in asked.every(x):
            yield True, torch.from_numpy(scores.argmax(-1)) == y[place]
    except (ModelError, InputError):  # scores that are no numbers
        return


def _bilinear(model: BilinearRNN, x: Tensor) -> Iterator[Tensor]:
    """Scores, (words, letters, labels), piece by piece; normalised states whatever training had."""
    with model.normalized(model.normalize if model.additive else True):
        h, rows = model.initial(len(x)), model.rows().t()
        for piece in x.split(PIECE, 1):
            states = model.run(h, piece)
            h = states[-1]
            yield (states @ rows).transpose(0, 1)


def _layer(model: RecurrentLayer, x: Tensor) -> Iterator[Tensor]:
    state = None
    for piece in x.split(PIECE, 1):
        states = model.run(piece, state)
        state = states[-1]
        yield model.scores(states[1:], piece.t()).transpose(0, 1)
