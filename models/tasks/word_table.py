"""A user's own words as a task: a fixed table of words and labels, a part of which is held out.

A batch has words of one length n, with probability (training words of length n) / (training words); they are drawn
from those with replacement. So every training word is as likely as every other one, and a batch is a function of the
seed and its step number alone: a run resumes without a stored generator state.

Held out are words, not rows of the table: a word that stands in it twice is in training twice or held out twice.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from hashlib import sha256
from itertools import chain
from typing import Any

import numpy as np
import torch

from ...groups.compared_by_fields import ComparedByFields
from ..errors import ModelError, TaskError, checked_device
from .batches import Batch, check_batch
from .encoded_words import EncodedWords, Ints, encoded
from .lengths import checked_length


@dataclass(frozen=True, eq=False, repr=False)
class WordTable(ComparedByFields):
    """Fixed words with their labels; `StateTracking.from_words` and `word_table` make one.

    Attributes:
        words: all words of the table.
        training: numbers of the words to train on, (words,).
        validation: numbers of the words that are held out, in the order in which they were drawn.
        seed: of the split and of all batches.
        device: where batches are made.
    """

    words: EncodedWords
    training: Ints
    validation: Ints
    seed: int = 0
    device: torch.device | str = "cpu"
    _by_length: dict[int, Batch] = field(init=False, default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        self._by_length.update(self._grouped(self.training))

    def __repr__(self) -> str:
        held = len(self.validation)
        where = "every position" if self.every else "the last position"
        return (
            f"<WordTable: {len(self.training)} words, {held} held out, {len(self.letters)} letters, "
            f"{len(self.labels)} labels at {where}>"
        )

    @property
    def letters(self) -> tuple[Hashable, ...]:
        """The alphabet: letter i of a batch is `letters[i]`."""
        return self.words.letters

    @property
    def labels(self) -> tuple[Hashable, ...]:
        """The labels: label i of a batch is `labels[i]`."""
        return self.words.labels

    @property
    def every(self) -> bool:
        """Whether labels are at every position."""
        return self.words.every

    @property
    def sizes(self) -> dict[str, Any]:
        """Letters, labels (states are not known) and the longest training word, as `usual_config` takes them."""
        return {"letters": len(self.letters), "states": len(self.labels), "longest": max(self._by_length)}

    def batch(self, size: int, step: int, stream: int = 0) -> Batch:
        """The batch with number `step`, the same whenever it is asked for.

        Args:
            size: words in the batch.
            step: number of the batch, at least 0.
            stream: another sequence of batches, as for another training seed.

        Returns:
            Letters int64 (batch, time), and labels int64 (batch,), or (batch, time) when `every`.

        Raises:
            TaskError: for a size below 1 or a negative step.
        """
        check_batch(size, step, stream)
        draw = np.random.default_rng([self.seed, stream, size, step])
        # a training word drawn uniformly tells the length
        n = int(self.words.lengths[self.training[draw.integers(len(self.training))]])
        x, y = self._by_length[n]
        rows = torch.from_numpy(draw.integers(len(x), size=size)).to(x.device)
        return x[rows], y[rows]

    def held_out(self, size: int | None = None, length: int | None = None) -> list[Batch]:
        """The first `size` words that are held out, or all of them, a batch for each length.

        Raises:
            TaskError: if no word of that length is held out.
        """
        which = self.validation
        if length is not None:
            which = which[self.words.lengths[which] == checked_length(length)]
            if not len(which):
                kept = sorted(set(self.words.lengths[self.validation].tolist()))
                raise TaskError(f"no word of length {length} is held out; lengths that are: {_shown(kept)}")
        return list(self._grouped(which[:size]).values())

    @property
    def chance(self) -> Fraction:
        """Accuracy of the best constant answer on the words held out: the share of their most frequent last label."""
        return self.chance_level()

    def chance_level(self, length: int | None = None) -> Fraction:
        """`chance` among the words of one length that are held out.

        Raises:
            TaskError: if none is.
        """
        found = [y[:, -1] if self.every else y for _, y in self.held_out(length=length)]
        counts = torch.bincount(torch.cat(found))
        return Fraction(int(counts.max()), int(counts.sum()))

    def chance_normalised(self, accuracy: float, length: int | None = None) -> float:
        """`(acc - c) / (1 - c)` with the level c of chance, 0 at chance and 1 when all is right.

        Raises:
            TaskError: when all words held out have one label.
        """
        c = self.chance_level(length)
        if c == 1:
            raise TaskError("all words that are held out have one label: the chance level is 1")
        return float((Fraction(accuracy) - c) / (1 - c))

    chance_normalized = chance_normalised

    @cached_property
    def fingerprint(self) -> dict[str, Any]:
        """A JSON value that tells two tables apart: a digest of words, labels, their order and the split."""
        digest = sha256(repr((self.letters, self.labels)).encode())
        for values in (self.words.lengths, self.words.x, self.words.y, self.training, self.validation):
            digest.update(np.ascontiguousarray(values, dtype=np.int64).tobytes())
        return {"table": digest.hexdigest()[:16], "every": self.every, "seed": self.seed}

    def _grouped(self, which: Ints) -> dict[int, Batch]:
        """Some words by their length."""
        lengths, begins = self.words.lengths[which], self.words.begins[which]
        found: dict[int, Batch] = {}
        for n in np.unique(lengths).tolist():
            places = begins[lengths == n, None] + np.arange(n)
            y = self.words.y[places] if self.every else self.words.y[which[lengths == n]]
            found[n] = (torch.from_numpy(self.words.x[places]).to(self.device), torch.from_numpy(y).to(self.device))
        return found


def word_table(
    words: Any,
    labels: Any,
    *,
    letters: Iterable[Any] | None = None,
    states: Iterable[Any] | None = None,
    validation: Any = 0.1,
    seed: int = 0,
    every: bool | None = None,
    device: torch.device | str = "cpu",
) -> WordTable:
    """A task of given words.

    Args:
        words: sequences of hashable letters, of any lengths, or an integer array (words, time).
        labels: one for each word, or a list or array with one for each letter of it. A tuple or a text is one label.
        letters: the alphabet in the order of a model's letters. None: the letters that occur, sorted where they are all
            numbers or all texts, else in the order in which they are first seen.
        states: the labels in the order of a model's scores, in the same way.
        validation: share of the words to be held out, in (0, 1), drawn by the seed; or a pair (words, labels) of words
            for validation alone.
        seed: of the split and of all batches.
        every: whether there is a label for each letter; None: if labels are lists or arrays.
        device: where batches are made.

    Raises:
        TaskError: for words or labels that do not go together, a letter or label outside the lists given, or a share
            that leaves no word in training or none held out.

    Example:
        >>> task = word_table(["a", "ab", "abb", "b"], ["odd", "odd", "odd", "even"], validation=0.25)
        >>> task, task.letters, task.labels
        (<WordTable: 3 words, 1 held out, 2 letters, 2 labels at the last position>, ('a', 'b'), ('even', 'odd'))
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise TaskError(f"a seed is an integer of at least 0, got {seed!r}")
    try:
        checked_device(device)
    except ModelError as error:
        raise TaskError(str(error)) from error
    own = isinstance(validation, tuple | list)
    if not own:
        table = encoded(words, labels, letters, states, every)
        return WordTable(table, *_split(table, _share(validation), seed), seed, device)
    if len(validation) != 2 or not len(validation[0]):
        raise TaskError(f"validation is a share of the words in (0, 1) or a pair (words, labels), got {validation!r}")
    held, held_labels = validation
    parts = [encoded(words, labels, None, None, every), encoded(held, held_labels, None, None, every)]
    if parts[0].every != parts[1].every:
        raise TaskError("labels are at every position in one of training and validation, and one a word in the other")
    both = encoded(list(chain(words, held)), list(chain(labels, held_labels)), letters, states, parts[0].every)
    places = np.arange(len(both))
    return WordTable(both, places[: len(parts[0])], places[len(parts[0]) :], seed, device)


def _share(validation: Any) -> float:
    try:
        share = float("nan") if isinstance(validation, bool) else float(validation)
    except (TypeError, ValueError):
        share = float("nan")
    if not 0 < share < 1:
        raise TaskError(f"validation is a share of the words in (0, 1) or a pair (words, labels), got {validation!r}")
    return share


def _split(table: EncodedWords, share: float, seed: int) -> tuple[Ints, Ints]:
    """Numbers of the words for training, and of those held out; equal words are on one side."""
    same = np.empty(len(table), dtype=np.int64)  # equal words have equal numbers
    count = 0
    for n in np.unique(table.lengths).tolist():
        which, x, _ = table.of_length(n)
        inverse = np.unique(x, axis=0, return_inverse=True)[1].ravel() if n else np.zeros(len(which), dtype=np.int64)
        same[which] = count + inverse
        count += int(inverse.max()) + 1
    times = np.bincount(same)
    order = np.random.default_rng([seed, len(table)]).permutation(count)
    before = np.cumsum(times[order]) - times[order]  # words held out before each
    rank = np.empty(count, dtype=np.int64)
    rank[order] = np.arange(count)
    held = int((before < share * len(table) - 0.5).sum()) or 1
    if held >= count:
        raise TaskError(
            f"validation={share!r} leaves nothing to train on: the table has {count} different word{'s' * (count != 1)}"
        )
    place = rank[same]
    out = np.flatnonzero(place < held)
    return np.flatnonzero(place >= held), out[np.argsort(place[out], kind="stable")]


def _shown(lengths: Sequence[int]) -> str:
    return ", ".join(map(str, lengths[:12])) + (", …" if len(lengths) > 12 else "")
