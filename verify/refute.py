"""A word that a trained model gets wrong, as short as a search finds one; a fact, checked with exact numbers.

Random words flatter a model: errors of many letters add up in one direction only where somebody chooses the letters.
The search keeps, for each true state and each rival, the words that have brought the hidden state nearest to a wrong
decision, and lengthens them by every letter (a beam). Powers of short words are tried beside it, since drift along a
cycle adds up for ever. What is found is shrunk by leaving pieces out, and then multiplied out in ball arithmetic (Arb,
by python-flint) with as many bits as the comparison needs.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx
from numpy.typing import NDArray

from ..models.bilinear_rnn import BilinearRNN
from ..theory.automata.automaton import Automaton
from .certify import float_weights
from .errors import MismatchError
from .fit import require_fit

Floats = NDArray[Any]  # of float64
Word = tuple[int, ...]
BITS = (128, 512, 2048, 8192, 32_768)  # precisions tried, one after the other
RANDOM_WORDS = 1000
POWERS = 300  # short words whose powers are tried


@dataclass(frozen=True)
class Refutation:
    """A word on which the model is wrong.

    Attributes:
        word: the letters.
        true: the state of the automaton after the word.
        predicted: the state that the model's logits put first, or level with the true one.
        horizon: length of the word: the model is not right on all words of this length.
        random_horizon: the least length at which one of 1000 random words went wrong, None if none did; larger than
            `horizon` by a factor that says how much random words flatter the model.
        random_length: how long the random words were.
    """

    word: tuple[Hashable, ...]
    true: Hashable
    predicted: Hashable
    random_horizon: int | None
    random_length: int

    @property
    def horizon(self) -> int:
        """The length of the word."""
        return len(self.word)


def refute(
    model: BilinearRNN, automaton: Automaton, *, longest: int = 4000, width: int = 4, seed: int = 0
) -> Refutation | None:
    """Look for a short word that the float weights, multiplied exactly, get wrong.

    Args:
        model: a model without additive terms.
        automaton: its task.
        longest: length up to which words are tried.
        width: words kept for each pair of a true state and its rival.
        seed: of the random words.

    Returns:
        A `Refutation`, or None if no wrong word was found. The same seed gives the same answer.

    Raises:
        MismatchError: if model and task do not fit, the model has additive terms, or an argument is out of range.
        ModelError: if a weight is not finite.
    """
    require_fit(model, automaton)
    model.check_finite()
    if model.shift is not None:
        raise MismatchError("the model has additive terms b[x]; a refutation is for h ← A[x] h alone")
    if longest < 0 or width < 1:
        raise MismatchError(f"longest={longest} has to be at least 0 and width={width} at least 1")
    search = _Search(model, automaton)
    rivals = [w for w in (search.beam(longest, width), search.powers(longest, seed)) if w is not None]
    length = min([len(w) for w in rivals] or [longest])
    random_horizon, random_word = search.random(min(20 * length + 100, longest), seed)
    if random_word is not None:
        rivals.append(random_word)
    for word in sorted(rivals, key=len):
        shrunk = search.shrink(word)
        for candidate in (shrunk, word):
            try:
                wrong = exact_prediction(search.A, search.h, search.C, candidate, search.state(candidate))
            except MismatchError:  # a tie as far as can be seen: no fact, so another word is taken
                continue
            if wrong is not None:
                return Refutation(
                    tuple(automaton.letters[x] for x in candidate),
                    automaton.states[search.state(candidate)],
                    automaton.states[wrong],
                    random_horizon,
                    min(20 * length + 100, longest),
                )
    return None


def exact_prediction(A: Floats, h: Floats, C: Floats, word: Word, true: int) -> int | None:
    """A state whose logit is at least the true state's, after a word, or None if the true one is strictly ahead.

    Raises:
        MismatchError: if 32 768 bits don't decide.
    """
    before = ctx.prec
    try:
        for bits in BITS:
            ctx.prec = bits
            found = _ball_prediction(A, h, C, word, true)
            if found != "undecided":
                return None if found == "right" else int(found)
    finally:
        ctx.prec = before
    raise MismatchError(f"the logits after {len(word)} letters are equal in {BITS[-1]} bits, or cannot be told apart")


def _ball_prediction(A: Floats, h: Floats, C: Floats, word: Word, true: int) -> Any:
    used = {x: arb_mat(A[x].tolist()) for x in set(word)}
    vector = arb_mat([[float(v)] for v in h])
    for t, x in enumerate(word):
        vector = used[x] * vector
        if t % 16 == 15:
            size = max((abs(float(vector[i, 0].mid())) for i in range(len(h))), default=0.0)
            if size and not 1e-100 < size < 1e100:
                vector = vector * arb(2.0 ** -int(np.log2(size)))  # a power of two: exact, and no decision changes
    logits = arb_mat(C.tolist()) * vector
    clear = True
    worst, at = None, None
    for q in range(len(C)):
        if q == true:
            continue
        lead = logits[true, 0] - logits[q, 0]
        if lead > 0:
            continue
        clear = False
        if lead < 0 or lead == 0:  # certainly not ahead
            size = float(lead.mid())
            if worst is None or size < worst:
                worst, at = size, q
    if at is not None:
        return at
    return "right" if clear else "undecided"


class _Search:
    """Searches in float64; what they find is only a candidate."""

    def __init__(self, model: BilinearRNN, automaton: Automaton) -> None:
        self.A, self.h, self.C = float_weights(model)
        self.table = np.asarray(automaton.table, dtype=np.int64)
        self.start = automaton.start_index
        self.letters = len(self.A)

    def state(self, word: Word) -> int:
        q = self.start
        for x in word:
            q = int(self.table[q, x])
        return q

    def wrong(self, word: Word) -> bool:
        """Whether the model is wrong after the whole word."""
        vector = _unit(self.h)
        for x in word:
            vector = _unit(self.A[x] @ vector)
        logits = self.C @ vector
        true = self.state(word)
        return bool((np.delete(logits, true) >= logits[true]).any())

    def beam(self, longest: int, width: int) -> Word | None:
        """Words that come nearest to a wrong decision, the same number for each state and rival."""
        vectors, states = _unit(self.h)[None], np.array([self.start])  # (kept, hidden), (kept,)
        trail: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        if self._margins(vectors, states)[0].min(initial=1.0) <= 0:
            return ()
        joined = self.A.reshape(-1, self.A.shape[2]).T  # (hidden, letters · hidden)
        for _ in range(longest):
            moved = _unit((vectors @ joined).reshape(-1, self.A.shape[1]))  # (kept · letters, hidden)
            reached = self.table[states].ravel()
            margin, rival = self._margins(moved, reached)
            worst = int(np.argmin(margin))
            order = np.lexsort((margin, rival, reached))
            key = reached[order] * len(self.C) + rival[order]
            first = np.concatenate([[True], key[1:] != key[:-1]])
            place = np.arange(len(key)) - np.maximum.accumulate(np.where(first, np.arange(len(key)), 0))
            kept = order[place < width]
            if len(kept) > 40 * len(self.C):  # many rivals: the nearest ones
                kept = kept[np.argsort(margin[kept], kind="stable")[: 40 * len(self.C)]]
            trail.append((kept // self.letters, kept % self.letters))
            if margin[worst] <= 0:
                return self._back(trail[:-1], worst // self.letters, worst % self.letters)
            vectors, states = moved[kept], reached[kept]
        return None

    def _back(self, trail: list[tuple[NDArray[np.int64], NDArray[np.int64]]], at: int, last: int) -> Word:
        word = [last]
        for parents, letters in reversed(trail):
            word.append(int(letters[at]))
            at = int(parents[at])
        return tuple(int(x) for x in reversed(word))

    def _margins(self, vectors: Floats, states: NDArray[np.int64]) -> tuple[Floats, NDArray[np.int64]]:
        """Lead over the nearest rival, relative to the distance of the readout rows, and the rival."""
        logits = vectors @ self.C.T  # (words, states)
        own = np.arange(len(states))
        lead = logits[own, states][:, None] - logits
        lead[own, states] = np.inf
        rival = lead.argmin(axis=1)
        return lead[own, rival], rival

    def powers(self, longest: int, seed: int) -> Word | None:
        """The first wrong prefix of w w w ⋯ for short words w."""
        random = np.random.default_rng(seed)
        shorts: Iterator[Word] = itertools.chain.from_iterable(
            itertools.product(range(self.letters), repeat=n) for n in (1, 2, 3)
        )
        found = list(itertools.islice(shorts, 20_000))
        if len(found) > POWERS:
            found = [found[i] for i in sorted(random.choice(len(found), POWERS, replace=False))]
        length = min(longest, 2000)
        words = np.array([np.resize(np.array(w), length) for w in found]) if length else np.zeros((len(found), 0), int)
        return self._first_wrong(words)[1]

    def random(self, length: int, seed: int) -> tuple[int | None, Word | None]:
        """The least length at which one of many random words goes wrong, and its prefix of that length."""
        words = np.random.default_rng(seed).integers(self.letters, size=(RANDOM_WORDS, length))
        return self._first_wrong(words)

    def _first_wrong(self, words: NDArray[np.int64]) -> tuple[int | None, Word | None]:
        vectors = np.repeat(_unit(self.h)[None], len(words), axis=0)
        states = np.full(len(words), self.start)
        for t in range(words.shape[1]):
            for x in range(self.letters):
                mine = words[:, t] == x
                if mine.any():
                    vectors[mine] = vectors[mine] @ self.A[x].T
            vectors = _unit(vectors)
            states = self.table[states, words[:, t]]
            margin, _ = self._margins(vectors, states)
            if margin.min() <= 0:
                return t + 1, tuple(int(x) for x in words[int(margin.argmin()), : t + 1])
        return None, None

    def shrink(self, word: Word) -> Word:
        """Leave pieces out, from halves down to single letters, while the word stays wrong."""
        piece = max(1, len(word) // 2)
        tries = 0
        while piece >= 1 and word and tries < 400:
            at, found = 0, False
            while at < len(word) and tries < 400:
                shorter = word[:at] + word[at + piece :]
                tries += 1
                if self.wrong(shorter):
                    word, found = shorter, True
                else:
                    at += piece
            piece = piece if found and piece > 1 else piece // 2
        return word


def _unit(vectors: Floats) -> Floats:
    norm = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(norm == 0, 1.0, norm))
