"""The automaton of a table of words where labels are states: how often letter x leads from label p to label q.

With a label at every position each letter shows one step. With one label a word, a word u and its prolongation ux show
one, where both are in the table. The most frequent q for (p, x) is the transition. Then the words are run: a word
whose run is known up to its last letter shows the step of that letter from a state that does not rest on a single
label, which fills gaps of the table and outvotes wrong labels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...models.tasks.encoded_words import EncodedWords

Ints = NDArray[np.int64]
ROUNDS = 20  # of running words and counting again
MOST_CELLS = 50_000_000  # states × letters × states that are counted
SEEN = 30  # steps from which the share of contradictions in one cell says something
SIGMAS = 5.0
SHORT, SAMPLE = 12, 500  # lengths, and words of each, by which a start is chosen that no word of one letter shows


@dataclass(frozen=True, eq=False)
class Steps:
    """What letters do to labels.

    Attributes:
        table: (labels + 1, letters), −1 where no word shows it; the last row is the start before any label.
        counts: (labels + 1, letters, labels): how often each step was seen.
    """

    table: Ints
    counts: Ints

    @property
    def looks_like_noise(self) -> bool:
        """Whether contradictions are spread over all cells alike, as wrong labels are; none at all is also alike."""
        seen = self.counts.sum(axis=2)
        against = seen - self.counts.max(axis=2)
        often = seen >= SEEN
        if not often.any():
            return not against.any()
        share = against.sum() / seen.sum()
        bound = share * seen + SIGMAS * np.sqrt(share * (1 - share) * seen) + 1
        return bool((against <= bound)[often].all())


def steps_of_labels(words: EncodedWords) -> Steps | None:
    """The steps, None if there are too many labels and letters to count them."""
    labels, letters = len(words.labels), len(words.letters)
    if (labels + 1) * letters * labels > MOST_CELLS:
        return None
    pairs = _every_step(words) if words.every else _prolonged(words)
    counts = _counted(*pairs, labels, letters)
    known = _with_start(_table(counts), words)
    by_length = [words.of_length(n) for n in np.unique(words.lengths).tolist() if n]
    for _ in range(ROUNDS):
        again = _counted(*_along_runs(known, by_length, words.every), labels, letters)
        merged = np.where(again.sum(axis=2, keepdims=True) >= counts.sum(axis=2, keepdims=True), again, counts)
        table = _with_start(_table(merged), words)
        counts, same = merged, np.array_equal(table, known)
        known = table
        if same:
            break
    return Steps(known, counts)


def _counted(here: Ints, by: Ints, there: Ints, labels: int, letters: int) -> Ints:
    code = (here * letters + by) * labels + there
    return np.bincount(code, minlength=(labels + 1) * letters * labels).reshape(labels + 1, letters, labels)


def _table(counts: Ints) -> Ints:
    return np.where(counts.any(axis=2), counts.argmax(axis=2), -1)


def _with_start(table: Ints, words: EncodedWords) -> Ints:
    """The table with the row of the start filled, where words leave it open, by that of the label that fits best."""
    if (table[-1] >= 0).all():
        return table
    some = [words.of_length(n) for n in np.unique(words.lengths).tolist() if n][:SHORT]
    right = np.zeros(len(table) - 1)
    for _, x, y in some:
        x, last = x[:SAMPLE], (y[:, -1] if words.every else y)[:SAMPLE]
        state = np.repeat(np.arange(len(right))[:, None], len(x), axis=1)  # (labels, words)
        for t in range(x.shape[1]):
            state = np.where(state >= 0, table[state, x[:, t]], -1)
        right += (state == last).sum(axis=1)
    known = table[-1] >= 0
    right -= len(words) * ((table[:-1] != table[-1]) & (table[:-1] >= 0))[:, known].any(axis=1)
    return np.concatenate([table[:-1], np.where(known, table[-1], table[right.argmax()])[None]])


def _every_step(words: EncodedWords) -> tuple[Ints, Ints, Ints]:
    """Label before, letter, label after, at every position; before the first letter the number of labels."""
    before = np.concatenate([[0], words.y[:-1]])
    before[words.begins] = len(words.labels)
    return before, words.x, words.y


def _prolonged(words: EncodedWords) -> tuple[Ints, Ints, Ints]:
    """The same of words that prolong another one by a letter; the empty word is there in any case."""
    empty = len(words.labels)
    found: list[tuple[Ints, Ints, Ints]] = []
    shorter, said = np.zeros(1, dtype=np.uint64), np.array([empty])  # sorted keys, and the label most often given
    length = 0
    for n in np.unique(words.lengths).tolist():
        if not n:
            continue
        _, x, y = words.of_length(n)
        keys = _keys(x)
        if n == length + 1 and len(shorter):
            place = np.minimum(np.searchsorted(shorter, keys[:, -2]), len(shorter) - 1)
            hit = shorter[place] == keys[:, -2]
            found.append((said[place[hit]], x[hit, -1], y[hit]))
        shorter, inverse = np.unique(keys[:, -1], return_inverse=True)
        votes, times = np.unique(inverse.astype(np.int64) * empty + y, return_counts=True)
        order = np.lexsort((times, votes // empty))
        said = np.empty(len(shorter), dtype=np.int64)
        said[votes[order] // empty] = votes[order] % empty  # the last one written has most votes
        length = n
    return _joined(found)


def _keys(x: Ints) -> NDArray[np.uint64]:
    """A number for each prefix, modulo 2⁶⁴: (words, length + 1). Equal prefixes have equal ones."""
    keys = np.zeros((len(x), x.shape[1] + 1), dtype=np.uint64)
    mixed = (x.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    for t in range(x.shape[1]):
        keys[:, t + 1] = (keys[:, t] ^ (keys[:, t] >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9) + mixed[:, t]
    return keys


def _along_runs(table: Ints, by_length: list[tuple[Ints, Ints, Ints]], every: bool) -> tuple[Ints, Ints, Ints]:
    """State before, letter, label after, where the run up to there is known."""
    found: list[tuple[Ints, Ints, Ints]] = []
    for _, x, y in by_length:
        state = np.full(len(x), len(table) - 1)
        for t in range(x.shape[1]):
            if every or t == x.shape[1] - 1:
                known = state >= 0
                found.append((state[known], x[known, t], y[known, t] if every else y[known]))
            state = np.where(state >= 0, table[state, x[:, t]], -1)
            if not (state >= 0).any():
                break
    return _joined(found)


def _joined(found: list[tuple[Ints, Ints, Ints]]) -> tuple[Ints, Ints, Ints]:
    none = np.zeros(0, dtype=np.int64)
    here, by, there = (np.concatenate([none, *(triple[k] for triple in found)]) for k in range(3))
    return here, by, there
