"""A word that a network gets wrong, as short as a search finds one; a fact, by exact numbers where there are any.

Random words flatter a model: errors of many letters add up in one direction only where somebody chooses the letters.
The search keeps, for each true state and each rival, the words that have brought the hidden state nearest to a wrong
decision, and lengthens them by every letter (a beam). Powers of short words are tried beside it, since drift along a
cycle adds up for ever. What is found is shrunk by leaving pieces out, and then multiplied out in ball arithmetic (Arb,
by python-flint) with as many bits as the comparison needs.

That is for linear recurrences, whose weights say everything. Of any other callable only the answers are known;
`refutation_by_answers.py` looks for wrong ones, and the fact is that it answers so.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx
from numpy.typing import NDArray

from ...models.answers import Asked, size_of
from ...models.errors import InputError
from ...models.linear_weights import LinearWeights
from ...models.reading import Reading
from ...theory.automata.automaton import Automaton
from ..errors import MismatchError
from ..networks.reading import reading_of
from ..networks.weights_or_answers import weights_if_any
from .limits import (
    BALL_BITS,
    LONGEST_BY_ANSWERS,
    LONGEST_BY_WEIGHTS,
    LONGEST_POWER,
    MORE_RANDOM,
    MOST_RIVALS,
    MOST_SHRINKS,
    POWERS,
    RANDOM_LENGTH,
    RANDOM_WORDS,
    SCALED_BEYOND,
    SCALED_EVERY,
    SHORT_WORDS,
)
from .refutation_by_answers import Found, found_by_answers

Floats = NDArray[Any]  # of float64
Ints = NDArray[np.int64]
Word = tuple[int, ...]
BY_WEIGHTS, BY_ANSWERS = "the weights, multiplied exactly", "the answers of the callable"


@dataclass(frozen=True)
class Refutation:
    """A word on which the model is wrong.

    Attributes:
        word: the letters, without the prefix.
        true: the state of the automaton after the word.
        predicted: the state that the model's scores put first, or level with the true one; None if that score stands
            for no state.
        random_horizon: the least length at which one of many random words went wrong, None if none did; larger than
            `length` by a factor that says how much random words flatter the model. 1000 words for weights, 300 for
            answers; a callable without a keyword `every` is asked at lengths 1.25 times apart.
        random_length: how long the random words were.
        about: what is wrong: "the weights, multiplied exactly", or "the answers of the callable", which was asked
            about the word once more, and alone.
        score: the index of the score that was put first, or level.
        length: of the word: the model is not right on all words of this length.
        horizon: the same number under its older name; a horizon is else a length up to which all is right.
    """

    word: tuple[Hashable, ...]
    true: Hashable
    predicted: Hashable
    random_horizon: int | None
    random_length: int
    about: str
    score: int

    @property
    def length(self) -> int:
        """The number of letters of the word."""
        return len(self.word)

    @property
    def horizon(self) -> int:
        """The same as `length`, which says it better: the word is wrong, and a horizon is where all is right."""
        return self.length


def refute(
    answers: Any,
    automaton: Automaton,
    *,
    longest: int | None = None,
    width: int = 4,
    seed: int = 0,
    shortest: int = 1,
    prefix: Any = (),
    outputs: Any = None,
) -> Refutation | None:
    """Look for a short word that a network gets wrong.

    Args:
        answers: a linear recurrence (anything with `linear()`, as `BilinearRNN` and `LinearRNN`), whose float weights
            are then multiplied exactly; or any other callable, words, int64 (batch, time), to scores, (batch, states),
            torch or numpy.
        automaton: its task; letter i of it is letter i of the network, which may have further ones.
        longest: length up to which words are tried, without the prefix; None: 4000 for weights, 500 for answers.
        width: words kept for each pair of a true state and its rival.
        seed: of the random words.
        shortest: length of the shortest words that count, without the prefix; 0: the empty word as well.
        prefix: letters of the network that stand before every word, such as one that marks the beginning.
        outputs: the index of the score for each state; None: score q for state q. Further scores are rivals.

    Returns:
        A `Refutation`, or None if no wrong word was found. The same seed gives the same answer.

    Raises:
        MismatchError: if network and task do not fit, or an argument is out of range.
        ModelError: if a weight is not finite, the object cannot be called, or its answers are none: another shape,
            NaN, not the same when asked again.
        InputError: if the callable cannot read words up to `longest`; what it raised is the cause.

    Example:
        >>> import torch
        >>> def parity_of_the_last_five(words):
        ...     return torch.nn.functional.one_hot(words[:, -5:].sum(1) % 2, 2)
        >>> found = refute(parity_of_the_last_five, Automaton.parity())
        >>> found.word, found.true, found.predicted, found.about
        ((1, 0, 0, 0, 0, 0), 1, 0, 'the answers of the callable')
    """
    weights = weights_if_any(answers)
    sizes = (
        (size_of(answers, "letters"), size_of(answers, "states"))
        if weights is None
        else (weights.letters, weights.scores)
    )
    read = reading_of(*sizes, automaton, shortest, prefix, outputs)
    if longest is None:
        longest = LONGEST_BY_ANSWERS if weights is None else LONGEST_BY_WEIGHTS
    if longest < 0 or width < 1:
        raise MismatchError(f"longest={longest} has to be at least 0 and width={width} at least 1")
    if longest < read.shortest:
        return None
    if weights is not None:
        found = _found_by_weights(_Search(weights, automaton, read), longest, width, seed)
    else:
        asked = Asked(answers, "refute", read.prefix, read.least_scores)
        try:
            found = found_by_answers(asked, automaton, read, longest, width, seed)
        except InputError as error:
            bound = f"refute asks about words of at most longest={longest} letters"
            raise InputError(f"{error}; {bound}") from error.__cause__
    if found is None:
        return None
    true = _state(automaton, found.word)
    states = dict(zip(read.outputs, automaton.states, strict=True))
    return Refutation(
        tuple(automaton.letters[x] for x in found.word),
        automaton.states[true],
        states.get(found.score),
        found.random_horizon,
        found.random_length,
        BY_ANSWERS if weights is None else BY_WEIGHTS,
        found.score,
    )


def _found_by_weights(search: _Search, longest: int, width: int, seed: int) -> Found | None:
    rivals = [w for w in (search.beam(longest, width), search.powers(longest, seed)) if w is not None]
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


def _state(automaton: Automaton, word: Word) -> int:
    q = automaton.start_index
    for x in word:
        q = int(automaton.table[q, x])
    return q


def exact_prediction(A: Floats, h: Floats, C: Floats, word: Word, true: int) -> int | None:
    """A score that is at least that of the true state, number `true`, after a word; None if the true one is ahead.

    Raises:
        MismatchError: if 32 768 bits don't decide.
    """
    before = ctx.prec
    try:
        for bits in BALL_BITS:
            ctx.prec = bits
            found = _ball_prediction(A, h, C, word, true)
            if found != "undecided":
                return None if found == "right" else int(found)
    finally:
        ctx.prec = before
    raise MismatchError(
        f"the logits after {len(word)} letters are equal in {BALL_BITS[-1]} bits, or cannot be told apart"
    )


def _ball_prediction(A: Floats, h: Floats, C: Floats, word: Word, true: int) -> Any:
    used = {x: arb_mat(A[x].tolist()) for x in set(word)}
    vector = arb_mat([[float(v)] for v in h])
    for t, x in enumerate(word):
        vector = used[x] * vector
        if t % SCALED_EVERY == SCALED_EVERY - 1:
            size = max((abs(float(vector[i, 0].mid())) for i in range(len(h))), default=0.0)
            if size and not 1 / SCALED_BEYOND < size < SCALED_BEYOND:
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

    def __init__(self, weights: LinearWeights, automaton: Automaton, read: Reading) -> None:
        if weights.by_last_letter and not read.shortest and not read.prefix:
            raise MismatchError(
                "the readout depends on the last letter, so the empty word has no scores; shortest=0 needs a prefix"
            )
        self.weights, self.automaton, self.read = weights, automaton, read
        self.table, self.start = np.asarray(automaton.table, dtype=np.int64), automaton.start_index
        self.outputs, self.letters = np.array(read.outputs), len(automaton.letters)
        self.A, self.C, self.scores = weights.A[: self.letters], weights.readout, weights.scores
        self.h = _unit(weights.start)  # after the prefix
        for x in read.prefix:
            self.h = _unit(weights.A[x] @ self.h)

    def exactly_wrong(self, word: Word) -> int | None:
        """A score that is not below the right one, by exact products; see `exact_prediction`."""
        whole = (*self.read.prefix, *word)
        C = self.C[whole[-1]] if self.weights.by_last_letter else self.C
        true = self.read.outputs[_state(self.automaton, word)]
        return exact_prediction(self.weights.A, self.weights.start, C, whole, true)

    def wrong(self, word: Word) -> bool:
        """Whether the model is wrong after the whole word."""
        vector = self.h
        for x in word:
            vector = _unit(self.A[x] @ vector)
        state = np.array([_state(self.automaton, word)])
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
            moved = _unit((vectors @ joined).reshape(-1, self.A.shape[1]))  # (kept · letters, hidden)
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

    def _back(self, trail: list[tuple[Ints, Ints]], at: int, last: int) -> Word:
        word = [last]
        for parents, letters in reversed(trail):
            word.append(int(letters[at]))
            at = int(parents[at])
        return tuple(int(x) for x in reversed(word))

    def _margins(self, vectors: Floats, states: Ints, last: Ints) -> tuple[Floats, Ints]:
        """Lead over the nearest rival after words with these last letters, and the rival's score."""
        if self.weights.by_last_letter:
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
        random = np.random.default_rng(seed)
        shorts: Iterator[Word] = itertools.chain.from_iterable(
            itertools.product(range(self.letters), repeat=n) for n in (1, 2, 3)
        )
        found = list(itertools.islice(shorts, SHORT_WORDS))
        if len(found) > POWERS:
            found = [found[i] for i in sorted(random.choice(len(found), POWERS, replace=False))]
        length = min(longest, LONGEST_POWER)
        words = np.array([np.resize(np.array(w), length) for w in found]) if length else np.zeros((len(found), 0), int)
        return self._first_wrong(words)[1]

    def random(self, length: int, seed: int) -> tuple[int | None, Word | None]:
        """The least length at which one of many random words goes wrong, and its prefix of that length."""
        words = np.random.default_rng(seed).integers(self.letters, size=(RANDOM_WORDS, length))
        return self._first_wrong(words)

    def _first_wrong(self, words: Ints) -> tuple[int | None, Word | None]:
        vectors = np.repeat(self.h[None], len(words), axis=0)
        states = np.full(len(words), self.start)
        for t in range(words.shape[1]):
            for x in range(self.letters):
                mine = words[:, t] == x
                if mine.any():
                    vectors[mine] = vectors[mine] @ self.A[x].T
            vectors = _unit(vectors)
            states = self.table[states, words[:, t]]
            margin, _ = self._margins(vectors, states, words[:, t])
            if t + 1 >= self.read.shortest and margin.min(initial=1.0) <= 0:
                return t + 1, tuple(int(x) for x in words[int(margin.argmin()), : t + 1])
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


def _unit(vectors: Floats) -> Floats:
    norm = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(norm == 0, 1.0, norm))
