"""A wrong answer of any callable, looked for by asking.

Short words are all asked about, as many as a budget allows: a wrong one among them is a shortest one. Then random
words, powers of short words, and, as with weights, words that have come nearest to a wrong answer, lengthened by every
letter; near is a small lead of the right score. What is found is shrunk by leaving pieces out, and asked about once
more, alone: the last answer is the fact.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.answers import Asked
from ...models.reading import Reading
from ...theory.automata.automaton import Automaton
from .few_words import Word, short_words, some_of
from .found import Found
from .limits import (
    MORE_RANDOM,
    MOST_ASKED,
    MOST_KEPT,
    MOST_SHRINKS,
    NEXT_LENGTH,
    POWERS_ASKED,
    RANDOM_ASKED,
    RANDOM_LENGTH,
    SHORT_ASKED,
)

Floats = NDArray[Any]  # of float64
Ints = NDArray[np.int64]


def found_by_answers(
    asked: Asked, automaton: Automaton, read: Reading, longest: int, width: int, seed: int
) -> Found | None:
    """A word of `read.shortest` to `longest` letters that a callable answers wrongly, None if none is found.

    Args:
        asked: the callable, with the prefix.
        automaton: the task.
        read: which words count, and which score is which state.
        longest: length of the longest words.
        width: words kept for each pair of a true state and a rival.
        seed: of the random words.

    Raises:
        ModelError: for answers that are none, see `Asked`.
    """
    asked.check_same(len(automaton.letters), max(1, read.shortest), seed)
    search = _Search(asked, automaton, read)
    words = [search.short(longest)]
    if words[0] is None:  # a wrong one would be shortest: there is nothing else to look for
        power = search.powers(longest, seed)
        words = [power, search.lengthened(longest if power is None else len(power), width)]
    rivals = [word for word in words if word is not None]
    length = min(map(len, rivals), default=longest)
    random_length = min(RANDOM_LENGTH * length + MORE_RANDOM, longest)
    random_horizon, random_word = search.random(random_length, seed)
    rivals += [] if random_word is None else [random_word]
    candidates = {candidate for word in rivals for candidate in (search.shrunk(word), word)}
    for word in sorted(candidates, key=lambda word: (len(word), word)):
        lead, rival = search.leads(np.array([word], dtype=np.int64).reshape(1, -1))
        if lead[0] <= 0:
            return Found(word, int(rival[0]), random_horizon, random_length)
    return None


class _Search:
    def __init__(self, asked: Asked, automaton: Automaton, read: Reading) -> None:
        self.asked, self.automaton, self.read = asked, automaton, read
        self.outputs, self.letters = np.array(read.outputs), len(automaton.letters)
        self.nearest: Ints | None = None  # words of one length with which lengthening begins

    def leads(self, words: Ints) -> tuple[Floats, Ints]:
        """Lead of the right score over the largest other one, and which that is.

        Args:
            words: (words, time).
        """
        return self._of(self.asked(words), self.automaton.run_batch(words))

    def _of(self, scores: Floats, states: Ints) -> tuple[Floats, Ints]:
        """(words, scores), (words,) → (words,), (words,)."""
        each, own = np.arange(len(scores)), self.outputs[states]
        if scores.shape[1] == 1:  # one state, and nothing beside it
            return np.ones(len(scores)), np.zeros(len(scores), dtype=np.int64)
        right, others = scores[each, own], scores.copy()
        others[each, own] = -np.inf
        rival = others.argmax(axis=1)
        rival = np.where(rival == own, (own + 1) % scores.shape[1], rival)  # all others are −∞
        with np.errstate(invalid="ignore"):  # ∞ − ∞
            return np.where(right == others[each, rival], 0.0, right - others[each, rival]), rival

    def short(self, longest: int) -> Word | None:
        """The first wrong one of all words, shortest first, as far as the budget goes."""
        left = SHORT_ASKED
        for length in range(self.read.shortest, longest + 1):
            if self.letters**length > left and self.nearest is not None:
                return None
            if self.letters**length > left:  # not even the shortest ones: some of them
                words = np.random.default_rng(0).integers(self.letters, size=(left, length))
            else:
                every = itertools.product(range(self.letters), repeat=length)
                words = np.array(list(every), dtype=np.int64).reshape(self.letters**length, length)
            left -= len(words)
            lead, _ = self.leads(words)
            if lead.min() <= 0:
                return _word(words[int(lead.argmin())])
            self.nearest = words[np.argsort(lead, kind="stable")[:MOST_KEPT]]
        return None

    def lengthened(self, longest: int, width: int) -> Word | None:
        """The first wrong word among those with the smallest leads, lengthened letter by letter."""
        if self.nearest is None:
            return None
        kept, left = self.nearest, MOST_ASKED
        while kept.shape[1] < longest:
            count, time = kept.shape
            words = np.empty((count * self.letters, time + 1), dtype=np.int64)
            words[:, :-1] = np.repeat(kept, self.letters, axis=0)
            words[:, -1] = np.tile(np.arange(self.letters), count)
            left -= words.size
            if left < 0:
                return None
            states = self.automaton.run_batch(words)
            lead, rival = self._of(self.asked(words), states)
            if lead.min() <= 0:
                return _word(words[int(lead.argmin())])
            chosen: dict[tuple[int, int], int] = {}
            best = []
            for k in np.argsort(lead, kind="stable"):
                pair = (int(states[k]), int(rival[k]))
                chosen[pair] = chosen.get(pair, 0) + 1
                if chosen[pair] <= width:
                    best.append(int(k))
                if len(best) == MOST_KEPT:
                    break
            kept = words[best]
        return None

    def powers(self, longest: int, seed: int) -> Word | None:
        """The first wrong prefix of w w w ⋯ for short words w."""
        found = some_of(short_words(self.letters, 1, 3), 100 * POWERS_ASKED, POWERS_ASKED, seed)
        return self._first_wrong(np.array([np.resize(np.array(word), longest) for word in found]))[1]

    def random(self, length: int, seed: int) -> tuple[int | None, Word | None]:
        """The least length, of those asked about, at which a random word goes wrong, and its prefix of that length."""
        return self._first_wrong(np.random.default_rng(seed).integers(self.letters, size=(RANDOM_ASKED, length)))

    def _first_wrong(self, words: Ints) -> tuple[int | None, Word | None]:
        if not words.shape[1]:
            return None, None
        found: tuple[int | None, Word | None] = (None, None)
        if not self.asked.has_every:
            for n in _lengths(max(1, self.read.shortest), words.shape[1]):
                lead, _ = self.leads(words[:, :n])
                if lead.min() <= 0:
                    return n, _word(words[int(lead.argmin()), :n])
            return found
        states = self.automaton.run_batch(words, every=True)
        for place, scores in self.asked.every(words):
            lead = self._of(scores.reshape(-1, scores.shape[-1]), states[place].ravel())[0].reshape(scores.shape[:2])
            wrong = lead <= 0  # (part, time)
            wrong[:, : max(0, self.read.shortest - 1)] = False
            if wrong.any() and (found[0] is None or int(wrong.any(axis=0).argmax()) + 1 < found[0]):
                n = int(wrong.any(axis=0).argmax()) + 1
                found = n, _word(words[place][int(wrong[:, n - 1].argmax()), :n])
        return found

    def shrunk(self, word: Word) -> Word:
        """Leave pieces out, from halves down to single letters, while the answer stays wrong."""
        piece, tries = max(1, len(word) // 2), 0
        while piece and tries < MOST_SHRINKS:
            if len(word) - piece < self.read.shortest:
                piece //= 2
                continue
            shorter = np.array([word[:at] + word[at + piece :] for at in range(0, len(word) - piece + 1, piece)])
            shorter = shorter.astype(np.int64)[: MOST_SHRINKS - tries]
            tries += len(shorter)
            lead, _ = self.leads(shorter)
            if lead.min() <= 0:
                word = _word(shorter[int(lead.argmin())])
                piece = min(piece, max(1, len(word) // 2))
            else:
                piece //= 2
        return word


def _lengths(first: int, last: int) -> list[int]:
    """From the first to the last, all at first and then ever farther apart."""
    found = [first]
    while found[-1] < last:
        found.append(min(last, max(found[-1] + 1, int(found[-1] * NEXT_LENGTH))))
    return [n for n in found if n <= last]


def _word(letters: Ints) -> Word:
    return tuple(int(x) for x in letters)
