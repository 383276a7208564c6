"""How far a network and the code that it was read off give the same scores, on random words: a measurement, no proof.

A certificate about a `LinearRNN` speaks of its arrays. Whether the code that runs elsewhere computes what they say is a
matter of its rounding, and of whether it was read rightly; here that is looked at on some words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.answers import Asked, size_of
from ..errors import MismatchError

Floats = NDArray[np.float64]
TIE = 1e-6  # of the size of the scores: nearer ones may change places by rounding


@dataclass(frozen=True)
class Agreement:
    """What was measured.

    Attributes:
        words: how many words were looked at.
        lengths: shortest and longest of them.
        difference: the largest difference of two scores, relative to the largest score of their word.
        near_ties: words whose two best scores are nearer than 1e-6 of the largest one, in either network.
        different: other words with another answer.
        word: the first of these, or None.
    """

    words: int
    lengths: tuple[int, int]
    difference: float
    near_ties: int
    different: int
    word: tuple[int, ...] | None

    @property
    def agrees(self) -> bool:
        """Whether no word had another answer, near ties apart."""
        return not self.different


def agreement(
    net: Any, answers: Any, words: int = 10_000, lengths: tuple[int, int] = (1, 200), seed: int = 0
) -> Agreement:
    """Compare the scores of a network with those of other code on random words; a measurement, no proof.

    Args:
        net: a callable with `letters`, such as a `LinearRNN`.
        answers: any callable from words, int64 (batch, time), to scores, (batch, scores): the code it was read off.
        words: how many.
        lengths: the shortest and the longest; the length of each word is drawn evenly.
        seed: of the words.

    Raises:
        MismatchError: if the network has no number of letters, the scores are not as many, or for other arguments.
        ModelError: for answers that are no scores.

    >>> from bistate.models import LinearRNN
    >>> net = LinearRNN.from_arrays([[[1.0]], [[-1.0]]], [1.0], [[1.0], [-1.0]])
    >>> agreement(net, net.float(), words=100).agrees
    True
    """
    letters = size_of(net, "letters")
    if letters is None:
        raise MismatchError(f"{type(net).__name__} has no number of letters; agreement needs a network with letters")
    whole = all(isinstance(v, int) and not isinstance(v, bool) for v in (words, *lengths))
    if not whole or len(lengths) != 2 or words < 1 or not 0 <= lengths[0] <= lengths[1]:
        raise MismatchError(f"words={words!r}, lengths={lengths!r}: a number of words and two lengths are needed")
    random = np.random.default_rng(seed)
    counts = np.bincount(random.integers(lengths[0], lengths[1] + 1, size=words), minlength=lengths[1] + 1)
    one, other = Asked(net, "agreement"), Asked(answers, "agreement")
    difference, near_ties, different = 0.0, 0, 0
    word: tuple[int, ...] | None = None
    for length in np.flatnonzero(counts):
        part = random.integers(letters, size=(int(counts[length]), int(length)))
        mine, theirs = one(part), other(part)
        if mine.shape != theirs.shape:
            raise MismatchError(f"{mine.shape[1]} scores are compared with {theirs.shape[1]}; give the same number")
        size = np.maximum(_size(mine), _size(theirs))
        with np.errstate(invalid="ignore"):  # ∞ − ∞
            apart = np.where(mine == theirs, 0.0, np.abs(mine - theirs)).max(axis=1) / size
        difference = max(difference, float(apart.max()))
        near = (_lead(mine) < TIE * size) | (_lead(theirs) < TIE * size)
        wrong = np.flatnonzero(~near & (mine.argmax(axis=1) != theirs.argmax(axis=1)))
        near_ties, different = near_ties + int(near.sum()), different + len(wrong)
        if len(wrong) and word is None:
            word = tuple(int(x) for x in part[wrong[0]])
    return Agreement(words, (lengths[0], lengths[1]), difference, near_ties, different, word)


def _size(scores: Floats) -> Floats:
    """The largest finite score of each word, and never 0."""
    finite = np.where(np.isfinite(scores), np.abs(scores), 0.0)
    return np.asarray(np.maximum(finite.max(axis=1), np.finfo(np.float64).tiny))


def _lead(scores: Floats) -> Floats:
    """The best score less the second best one; a single score has no rival."""
    if scores.shape[1] < 2:
        return np.full(len(scores), np.inf)
    best = np.sort(scores, axis=1)[:, -2:]
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(best[:, 0] == best[:, 1], 0.0, best[:, 1] - best[:, 0]))
