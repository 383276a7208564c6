"""A word that a linear recurrence gets wrong, by its weights.

Random words flatter a model: errors of many letters add up in one direction only where somebody chooses the letters.
The search keeps, for each true state and each rival, the words that have brought the hidden state nearest to a wrong
decision, and lengthens them by every letter (a beam); where letters permute the states it goes over words forwards and
backwards in turn, `sweeps.py`, which finds shorter ones. Powers of short words are tried beside it, since drift along a
cycle adds up for ever, and loops between a beginning and an ending, `pumped.py`. What is found is shrunk by leaving
pieces out, and then multiplied out in ball arithmetic (Arb, by python-flint) with as many bits as the comparison needs.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx
from numpy.typing import NDArray

from ...models.linear_weights import LinearWeights
from ...models.reading import Reading
from ...theory.automata.automaton import Automaton
from ..errors import MismatchError
from ..networks.float_network import decoded_scores, normed_scores, offset_of, permutes
from ..networks.unit_vectors import unit
from .decoded_balls import decoded_balls
from .few_words import Word, short_words, some_of
from .found import Found
from .limits import (
    BALL_BITS,
    LONGEST_POWER,
    MORE_RANDOM,
    MOST_RIVALS,
    MOST_SHRINKS,
    NEAR_ZERO,
    POWERS,
    RANDOM_LENGTH,
    RANDOM_WORDS,
    SCALED_BEYOND,
    SCALED_EVERY,
    SCALED_LINEAR,
    SHORT_WORDS,
)
from .pumped import first_wrong_pumped, pumped_words
from .sweeps import Pairs, worst_word

Floats = NDArray[Any]  # of float64
Ints = NDArray[np.int64]


def found_by_weights(
    weights: LinearWeights, automaton: Automaton, read: Reading, longest: int, width: int, seed: int
) -> Found | None:
    """A word of `read.shortest` to `longest` letters after which the right score is not ahead, None if none is found.

    Args:
        weights: the network.
        automaton: the task.
        read: which words count, and which score is which state.
        longest: length of the longest words.
        width: words kept for each pair of a true state and a rival.
        seed: of the random words.

    Raises:
        MismatchError: if the empty word counts, and the readout depends on the last letter.
    """
    search = _Search(weights, automaton, read)
    rivals: list[Word] = []

    def shorter() -> int:
        return min([len(w) for w in rivals] or [longest + 1]) - 1

    for looked_for in (
        lambda: search.powers(shorter(), seed),
        lambda: search.sweeps(shorter(), shorter() < longest),
        lambda: search.beam(shorter(), width),
        lambda: search.pumped(shorter(), seed),
    ):
        found = looked_for()
        rivals += [] if found is None else [found]
    length = min([len(w) for w in rivals] or [longest])
    random_length = min(RANDOM_LENGTH * length + MORE_RANDOM, longest)
    random_horizon, random_word = search.random(random_length, seed)
    if random_word is not None:
        rivals.append(random_word)
    for word in sorted(rivals, key=len):
        for candidate in (search.shrink(word), word):
            try:
                wrong = search.exactly_wrong(candidate)
            except MismatchError:  # a tie as far as can be seen: no fact, so another word is taken
                continue
            if wrong is not None:
                return Found(candidate, wrong, random_horizon, random_length)
    return None


def state_after(automaton: Automaton, word: Word) -> int:
    """The state after a word of letter indices."""
    q = automaton.start_index
    for x in word:
        q = int(automaton.table[q, x])
    return q


def exact_prediction(A: Floats, h: Floats, C: Floats, word: Word, true: int) -> int | None:
    """A score that is at least that of the true state, number `true`, after a word; None if the true one is ahead.

    Raises:
        MismatchError: if 32 768 bits don't decide.
    """
    return _decided(lambda: arb_mat(C.tolist()) * _ball_state(A, h, word), word, true)


def exact_prediction_not_linear(weights: LinearWeights, word: Word, true: int) -> int | None:
    """The same where scores stand behind norms or are those of a decoder, enclosed in balls.

    Raises:
        MismatchError: if 32 768 bits don't decide.
    """
    balls = _balls_behind_norms if weights.decoder is None else _balls_of_decoder
    return _decided(lambda: balls(weights, word), word, true)


def _balls_of_decoder(weights: LinearWeights, word: Word) -> Any:
    assert weights.decoder is not None
    h = _ball_state(weights.A, weights.start, word)
    if weights.constant is None:
        size = sum((h[i, 0] ** 2 for i in range(weights.hidden)), arb(0)).sqrt()
    else:
        size = h[weights.constant, 0]
    return decoded_balls(weights.decoder, h * (1 / size), word[-1] if word else 0)


def _balls_behind_norms(weights: LinearWeights, word: Word) -> Any:
    h, x = _ball_state(weights.A, weights.start, word), word[-1] if word else 0
    offset = offset_of(weights)
    if weights.constant is None:
        square = sum((h[i, 0] ** 2 for i in range(weights.hidden)), arb(0))
    else:
        square = h[weights.constant, 0] ** 2
    d = np.zeros(weights.scores) if offset is None else offset if offset.ndim == 1 else offset[x]
    scores = arb_mat([[float(v)] for v in d])
    for part in weights.norms:
        E, R = (m if m.ndim == 2 else m[x] for m in (part.weights, part.rows))
        y = arb_mat(R.tolist()) * h
        if part.centred:
            mean = sum((y[i, 0] for i in range(len(R))), arb(0)) / len(R)
            y = arb_mat([[y[i, 0] - mean] for i in range(len(R))])
        root = (sum((y[i, 0] ** 2 for i in range(len(R))), arb(0)) / len(R) + arb(part.eps) * square).sqrt()
        scores += arb_mat(E.tolist()) * y * (1 / root)
    return scores


def _decided(logits: Callable[[], Any], word: Word, true: int) -> int | None:
    before = ctx.prec
    try:
        for bits in BALL_BITS:
            ctx.prec = bits
            found = _ball_prediction(logits(), true)
            if found != "undecided":
                return None if found == "right" else int(found)
    finally:
        ctx.prec = before
    raise MismatchError(
        f"the logits after {len(word)} letters are equal in {BALL_BITS[-1]} bits, or cannot be told apart"
    )


def _ball_state(A: Floats, h: Floats, word: Word) -> Any:
    used = {x: arb_mat(A[x].tolist()) for x in set(word)}
    vector = arb_mat([[float(v)] for v in h])
    for t, x in enumerate(word):
        vector = used[x] * vector
        if t % SCALED_EVERY == SCALED_EVERY - 1:
            size = max((abs(float(vector[i, 0].mid())) for i in range(len(h))), default=0.0)
            if size and not 1 / SCALED_BEYOND < size < SCALED_BEYOND:
                vector = vector * arb(2.0 ** -int(np.log2(size)))  # a power of two: exact, and no decision changes
    return vector


def _ball_prediction(logits: Any, true: int) -> Any:
    clear = True
    worst, at = None, None
    for q in range(logits.nrows()):
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


def _even(A: Floats) -> Floats:
    """Each letter divided by a power of two, exactly but for underflow, so that its largest entry is at most 1."""
    _, exponents = np.frexp(np.abs(A).max(axis=(1, 2), initial=0.0))
    return np.asarray(np.ldexp(A, -exponents[:, None, None]))


class _Search:
    """Searches in float64; what they find is only a candidate."""

    def __init__(self, weights: LinearWeights, automaton: Automaton, read: Reading) -> None:
        if weights.by_last_letter and not read.shortest and not read.prefix:
            raise MismatchError(
                "the readout depends on the last letter, so the empty word has no scores; shortest=0 needs a prefix"
            )
        self.weights, self.automaton, self.read = weights, automaton, read
        self.table, self.start = np.asarray(automaton.table, dtype=np.int64), automaton.start_index
        self.outputs, self.letters = np.array(read.outputs), len(automaton.letters)
        self.A, self.C, self.scores = weights.A[: self.letters], weights.readout, weights.scores
        # Where scores are linear, positive factors of letters and states change no decision, so states need not be
        # divided by their norms after every letter: with entries of at most 1 a letter makes them no more than n times
        # as large.
        self.scaled_every = SCALED_LINEAR if weights.is_linear else 1
        self.even = _even(self.A) if weights.is_linear else self.A
        # Leads, over the largest entry of a state, that rounding can turn round: then it is divided by its norm first.
        self.near = NEAR_ZERO * float(np.abs(self.C).max()) if weights.is_linear else 0.0
        self.h = unit(weights.start)  # after the prefix
        for x in read.prefix:
            self.h = unit(weights.A[x] @ self.h)

    def exactly_wrong(self, word: Word) -> int | None:
        """A score that is not below the right one, by exact products; see `exact_prediction`."""
        whole = (*self.read.prefix, *word)
        true = self.read.outputs[state_after(self.automaton, word)]
        if not self.weights.is_linear:
            return exact_prediction_not_linear(self.weights, whole, true)
        C = self.C[whole[-1]] if self.weights.by_last_letter else self.C
        return exact_prediction(self.weights.A, self.weights.start, C, whole, true)

    def wrong(self, word: Word) -> bool:
        """Whether the model is wrong after the whole word."""
        vector = self.h
        for t, x in enumerate(word, 1):
            vector = self.even[x] @ vector
            if t % self.scaled_every == 0:
                vector = unit(vector)
        vector = unit(vector)
        state = np.array([state_after(self.automaton, word)])
        return bool(self._margins(vector[None], state, np.array([self._last(word)]))[0][0] <= 0)

    def _last(self, word: Word) -> int:
        return (*self.read.prefix, *word, 0)[len(self.read.prefix) + len(word) - 1]  # of nothing at all: any letter

    def beam(self, longest: int, width: int) -> Word | None:
        """Words that come nearest to a wrong decision, the same number for each state and rival."""
        vectors, states = self.h[None], np.array([self.start])  # (kept, hidden), (kept,)
        trail: list[tuple[Ints, Ints]] = []
        if not self.read.shortest and self.wrong(()):
            return ()
        joined = self.A.reshape(-1, self.A.shape[2]).T  # (hidden, letters · hidden)
        for length in range(1, longest + 1):
            moved = unit((vectors @ joined).reshape(-1, self.A.shape[1]))  # (kept · letters, hidden)
            reached = self.table[states].ravel()
            margin, rival = self._margins(moved, reached, np.tile(np.arange(self.letters), len(states)))
            worst = int(np.argmin(margin))
            order = np.lexsort((margin, rival, reached))
            key = reached[order] * self.scores + rival[order]
            first = np.concatenate([[True], key[1:] != key[:-1]])
            place = np.arange(len(key)) - np.maximum.accumulate(np.where(first, np.arange(len(key)), 0))
            kept = order[place < width]
            if len(kept) > MOST_RIVALS * self.scores:  # many rivals: the nearest ones
                kept = kept[np.argsort(margin[kept], kind="stable")[: MOST_RIVALS * self.scores]]
            trail.append((kept // self.letters, kept % self.letters))
            if margin[worst] <= 0 and length >= self.read.shortest:
                return self._back(trail[:-1], worst // self.letters, worst % self.letters)
            vectors, states = moved[kept], reached[kept]
        return None

    def sweeps(self, longest: int, known: bool) -> Word | None:
        """The word that is worst for a pair of states, where letters permute these and the scores are C h."""
        rows, weights = list(self.read.outputs), self.weights
        if not weights.is_linear or weights.by_last_letter or not permutes(self.table) or len(set(rows)) < len(rows):
            return None
        pairs = Pairs.of(self.A, self.C[rows], self.h, self.table, self.start)
        return worst_word(pairs, self.read.shortest, longest, known)

    def _back(self, trail: list[tuple[Ints, Ints]], at: int, last: int) -> Word:
        word = [last]
        for parents, letters in reversed(trail):
            word.append(int(letters[at]))
            at = int(parents[at])
        return tuple(int(x) for x in reversed(word))

    def _margins(self, vectors: Floats, states: Ints, last: Ints) -> tuple[Floats, Ints]:
        """Lead over the nearest rival after words with these last letters, and the rival's score."""
        weights = self.weights
        if weights.decoder is not None:
            logits = decoded_scores(weights.decoder, weights.constant, vectors, last)
        elif weights.norms:
            logits = normed_scores(weights.norms, offset_of(weights), weights.constant, vectors, last)
        elif weights.by_last_letter:
            logits = np.empty((len(vectors), self.scores))  # (words, scores)
            for x in np.unique(last):
                logits[last == x] = vectors[last == x] @ self.C[x].T
        else:
            logits = vectors @ self.C.T
        each, own = np.arange(len(states)), self.outputs[states]
        lead = logits[each, own][:, None] - logits
        lead[each, own] = np.inf
        rival = lead.argmin(axis=1)
        return lead[each, rival], rival

    def powers(self, longest: int, seed: int) -> Word | None:
        """The first wrong prefix of w w w ⋯ for short words w."""
        found = some_of(short_words(self.letters, 1, 3), SHORT_WORDS, POWERS, seed)
        length = min(longest, LONGEST_POWER)
        words = np.array([np.resize(np.array(w), length) for w in found]) if length else np.zeros((len(found), 0), int)
        return self._first_wrong(words)[1]

    def pumped(self, longest: int, seed: int) -> Word | None:
        """A wrong word u w w ⋯ w v of at most so many letters."""
        words = pumped_words(self.table, self.start, seed)
        lengths = max(self.read.shortest, 1), longest
        return first_wrong_pumped(self.A, self.h, self.table, self.start, words, self._margins, lengths)

    def random(self, length: int, seed: int) -> tuple[int | None, Word | None]:
        """The least length at which one of many random words goes wrong, and its prefix of that length."""
        words = np.random.default_rng(seed).integers(self.letters, size=(RANDOM_WORDS, length))
        return self._first_wrong(words)

    def _first_wrong(self, words: Ints) -> tuple[int | None, Word | None]:
        """The least length at which a word is wrong, and its beginning of that length; words go in order of letters."""
        which, vectors = np.arange(len(words)), np.repeat(self.h[None], len(words), axis=0)
        states = np.full(len(words), self.start)
        for t in range(words.shape[1]):
            order = np.argsort(words[which, t], kind="stable")
            which, states, sorted_vectors = which[order], states[order], vectors[order]
            letters = words[which, t]
            cuts = np.searchsorted(letters, np.arange(self.letters + 1))
            for x, (begin, end) in enumerate(pairwise(cuts.tolist())):
                if begin < end:
                    np.matmul(sorted_vectors[begin:end], self.even[x].T, out=vectors[begin:end])
            if (t + 1) % self.scaled_every == 0:
                vectors = unit(vectors)
            states = self.table[states, letters]
            margin, _ = self._margins(vectors, states, letters)
            size = max(float(vectors.max(initial=0.0)), -float(vectors.min(initial=0.0)))
            if t + 1 >= self.read.shortest and margin.min(initial=np.inf) <= self.near * size:
                margin, _ = self._margins(unit(vectors), states, letters)
                if margin.min() <= 0:
                    worst = int(which[margin == margin.min()].min())  # the first of them, as they were given
                    return t + 1, tuple(int(x) for x in words[worst, : t + 1])
        return None, None

    def shrink(self, word: Word) -> Word:
        """Leave pieces out, from halves down to single letters, while the word stays wrong."""
        piece = max(1, len(word) // 2)
        tries = 0
        while piece >= 1 and word and tries < MOST_SHRINKS:
            at, found = 0, False
            while at < len(word) and tries < MOST_SHRINKS:
                shorter = word[:at] + word[at + piece :]
                tries += 1
                if len(shorter) >= self.read.shortest and self.wrong(shorter):
                    word, found = shorter, True
                else:
                    at += piece
            piece = piece if found and piece > 1 else piece // 2
        return word
