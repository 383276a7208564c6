"""Answers after given words, without and with one more letter, and after any suffix: from weights, or by asking."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...models.answers import Asked
from ...models.linear_weights import LinearWeights
from ..networks.unit_vectors import unit

Floats = NDArray[Any]  # of float64
Ints = NDArray[np.int64]
Word = tuple[int, ...]
SUFFIXES_ASKED = 32  # each asks about every word and letter once more; automata that are told apart need far fewer


class WordAnswers(Protocol):
    """What `recognise` asks for.

    Attributes:
        letters: number of letters of the task.
        shortest: length of the shortest words.
        scores: number of scores.
        most_suffixes: that may be tried before the thresholds are found to be wrong; None: as many as states.
    """

    letters: int
    shortest: int
    scores: int
    most_suffixes: int | None

    def to(self, words: list[Word]) -> Ints:
        """The index of the largest score after each word, (words,)."""
        ...

    def after(self, suffix: Word) -> Ints:
        """The same after the given words and a suffix, without and with one letter between: (1 + letters, words)."""
        ...


class WeightAnswers:
    """Answers by products of matrices, each divided by its norm.

    Args:
        weights: the network; with a readout for each last letter, words or the prefix must not be empty.
        letters: number of letters of the task.
        prefix: letters before every word.
        shortest: length of the shortest words.
        words: the words that `after` is about.
    """

    def __init__(self, weights: LinearWeights, letters: int, prefix: Word, shortest: int, words: list[Word]) -> None:
        self.letters, self.shortest, self.scores, self.prefix = letters, shortest, weights.scores, prefix
        self.most_suffixes: int | None = None
        self.A = weights.A / np.maximum(np.linalg.norm(weights.A, axis=(1, 2)), 1e-300)[:, None, None]
        self.start, self.readout = unit(weights.start[None]), weights.readout  # (1, hidden)
        for x in prefix:
            self.start = unit(self.start @ self.A[x].T)
        hidden = self._hidden(words)
        self.states = np.stack(
            [hidden, *(unit(hidden @ a.T) for a in self.A[:letters])]
        )  # (1 + letters, words, hidden)
        last = self._last(words)
        self.last = np.stack([last, *(np.full_like(last, x) for x in range(letters))])  # (1 + letters, words)
        self.known: dict[Word, Ints] = {}

    def to(self, words: list[Word]) -> Ints:
        """See `WordAnswers`."""
        return self._read(self._hidden(words), self._last(words))

    def after(self, suffix: Word) -> Ints:
        """See `WordAnswers`."""
        if suffix not in self.known:
            if not suffix:
                self.known[suffix] = self._read(self.states, self.last)
            else:
                rows = self.readout[suffix[-1]] if self.readout.ndim == 3 else self.readout
                for x in reversed(suffix):
                    rows = rows @ self.A[x]  # (scores, hidden)
                self.known[suffix] = (self.states @ rows.T).argmax(axis=-1)
        return self.known[suffix]

    def _read(self, states: Floats, last: Ints) -> Ints:
        """(…, hidden), (…) → (…)."""
        if self.readout.ndim == 2:
            return np.asarray((states @ self.readout.T).argmax(axis=-1))
        found = np.zeros(last.shape, dtype=np.int64)
        for x in np.unique(last):
            found[last == x] = (states[last == x] @ self.readout[x].T).argmax(axis=-1)
        return found

    def _last(self, words: list[Word]) -> Ints:
        """The last letter of every word; of the empty one that of the prefix, or any."""
        before = (0, *self.prefix)[-1]
        return np.array([word[-1] if word else before for word in words])

    def _hidden(self, words: list[Word]) -> Floats:
        """Unit hidden states after words: (words, hidden)."""
        vectors = np.repeat(self.start, len(words), axis=0)
        for t in range(max(map(len, words))):
            for x in range(self.letters):
                mine = [k for k, word in enumerate(words) if t < len(word) and word[t] == x]
                vectors[mine] = unit(vectors[mine] @ self.A[x].T)
        return vectors


class AskedAnswers:
    """Answers of a callable, asked about once for each word.

    Args:
        asked: the callable, with the prefix.
        letters: number of letters of the task.
        shortest: length of the shortest words.
        words: the words that `after` is about.
    """

    def __init__(self, asked: Asked, letters: int, shortest: int, words: list[Word]) -> None:
        self.asked, self.letters, self.shortest, self.words = asked, letters, shortest, words
        self.most_suffixes: int | None = SUFFIXES_ASKED
        self.known: dict[Word, Ints] = {}
        self.said: dict[Word, int] = {}
        self.to(words)
        assert asked.scores is not None
        self.scores = asked.scores

    def to(self, words: list[Word]) -> Ints:
        """See `WordAnswers`."""
        self._ask(word for word in words if word not in self.said)
        return np.array([self.said[word] for word in words])

    def after(self, suffix: Word) -> Ints:
        """See `WordAnswers`."""
        if suffix not in self.known:
            between: list[Word] = [(), *((x,) for x in range(self.letters))]
            self.known[suffix] = np.stack([self.to([(*w, *x, *suffix) for w in self.words]) for x in between])
        return self.known[suffix]

    def _ask(self, words: Iterable[Word]) -> None:
        by_length: dict[int, set[Word]] = {}
        for word in words:
            by_length.setdefault(len(word), set()).add(word)
        for length, given in sorted(by_length.items()):
            together = sorted(given)
            scores = self.asked(np.array(together, dtype=np.int64).reshape(len(together), length))
            self.said.update(zip(together, scores.argmax(axis=1).tolist(), strict=True))
