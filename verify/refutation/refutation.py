"""A word that a network gets wrong, as short as a search finds one: a fact about its weights, or about its answers.

Weights of a linear recurrence say everything, and a word is multiplied out exactly; see `by_weights.py`. Of any other
callable only the answers are known, and the fact is that it answers so; see `by_answers.py`.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from ...models.answers import Asked, size_of
from ...models.errors import InputError
from ...theory.automata.automaton import Automaton
from ..errors import MismatchError
from ..networks.reading import reading_of
from ..networks.weights_or_answers import weights_if_any
from .by_answers import found_by_answers
from .by_weights import found_by_weights, state_after
from .limits import LONGEST_BY_ANSWERS, LONGEST_BY_WEIGHTS

BY_WEIGHTS, BY_ANSWERS = "the weights, multiplied exactly", "the answers of the callable"


@dataclass(frozen=True)
class Refutation:
    """A word on which the model is wrong.

    Attributes:
        word: the letters, without the prefix.
        true: the state of the automaton after the word; its label, where the automaton has outputs.
        predicted: the state, or label, that the model's scores put first, or level with the true one; None if that
            score stands for no state.
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
    weights = weights_if_any(answers, norms=True)
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
        found = found_by_weights(weights, automaton, read, longest, width, seed)
    else:
        asked = Asked(answers, "refute", read.prefix, read.least_scores)
        try:
            found = found_by_answers(asked, automaton, read, longest, width, seed)
        except InputError as error:
            bound = f"refute asks about words of at most longest={longest} letters"
            raise InputError(f"{error}; {bound}") from error.__cause__
    if found is None:
        return None
    true = state_after(automaton, found.word)
    labels = dict(zip(read.of_labels, automaton.labels, strict=True))
    return Refutation(
        tuple(automaton.letters[x] for x in found.word),
        automaton.labels[automaton.label_indices[true]],
        labels.get(found.score),
        found.random_horizon,
        found.random_length,
        BY_ANSWERS if weights is None else BY_WEIGHTS,
        found.score,
    )
