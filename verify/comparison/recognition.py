"""Which automaton a network tracks, from its weights or its answers alone.

Two words belong to one state if the model answers them alike, whatever follows. Random words are therefore put into
classes by the model's answers after them, and a class is split as long as one letter leads its words to different
classes: the suffix that tells these apart then tells the words apart (Myhill and Nerode; D. Angluin, Learning regular
sets from queries and counterexamples, Inf. Comput. 75, 1987). What a letter does to most words of a class is the
transition; words that do otherwise are the model's errors. The automaton found is a guess that is checked on other
random words; `snap` and `certify` then prove what there is to prove.

A linear recurrence shows its weights, so that the answers after words and suffixes are products of matrices; any other
callable is asked about every word. Sides are not told: where letters permute the states as a group acts on itself, a
word x_1 … x_T leads to g(x_T) ⋯ g(x_1) for some elements g(x) of the group, and as well to g(x_1)⁻¹ ⋯ g(x_T)⁻¹. Which
one is meant depends on the names of the letters, and answers say nothing about names.
"""

from __future__ import annotations

import itertools
import operator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...groups.catalogue.identification import name_or_order
from ...groups.errors import BistateError
from ...models.answers import Asked, size_of
from ...models.errors import ModelError
from ...models.reading import checked_prefix, checked_shortest
from ...theory.automata.acting_group import group_task_of
from ...theory.automata.automaton import Automaton
from ..errors import MismatchError
from ..networks.weights_or_answers import weights_if_any
from .word_answers import AskedAnswers, WeightAnswers, Word, WordAnswers

Ints = NDArray[np.int64]
SMALLEST = 5  # words that make a class; fewer are errors of the model. Larger numbers are tried for models that err
SPLITS = (0.1, 0.02)  # shares of a class that go elsewhere under a letter, from which the class is split
STATE_COST = 5e-4  # of agreement, for a state more


@dataclass(frozen=True)
class Recognition:
    """What `recognise` found.

    Attributes:
        automaton: the states are numbered; state q < model.states is the one the model's output q stands for, when
            outputs determine states, and then the automaton can be passed to `compare`, `snap` and `certify`. Where
            states share an output, these are the automaton's outputs; `certify(model, automaton,
            outputs=automaton.labels)` reads it.
        outputs: the index of the largest score in each state, (states,); different ones can be passed to `refute`,
            `certify` and `evaluate` as they are. −1 for a start state that no word leads back to, and whose own output
            was not asked for.
        agreement: share of fresh random words, up to twice as long as those that were looked at, after which the
            model's output is the automaton's.
        group: name of the group that the letters generate, up to isomorphism; None if a letter merges states.
        order: number of elements of the group, None if there is none.
        suffixes: the words after which answers were compared to tell states apart; the empty word alone if outputs
            determine states.
        words: number of random words.
    """

    automaton: Automaton
    outputs: tuple[int, ...]
    agreement: float
    group: str | None
    order: int | None
    suffixes: tuple[Word, ...] = field(repr=False)
    words: int

    @property
    def fits_the_outputs(self) -> bool:
        """Whether states and outputs are the same thing, so that the automaton fits the model."""
        return self.outputs == tuple(range(len(self.outputs)))

    def to_json(self) -> dict[str, Any]:
        """The findings as JSON values."""
        return {
            "states": len(self.automaton.states),
            "letters": len(self.automaton.letters),
            "table": self.automaton.table.tolist(),
            "start": self.automaton.start_index,
            "outputs": list(self.outputs),
            "agreement": self.agreement,
            "group": self.group,
            "order": self.order,
            "suffixes": [list(word) for word in self.suffixes],
        }


def recognise(
    answers: Any,
    *,
    letters: int | None = None,
    longest: int = 12,
    words: int = 4000,
    most_states: int = 256,
    seed: int = 0,
    shortest: int = 1,
    prefix: Any = (),
) -> Recognition:
    """Recover the automaton that a network tracks, and name its group.

    Args:
        answers: a linear recurrence (anything with `linear()`, as `BilinearRNN` and `LinearRNN`), whose weights are
            looked at; or any other callable, words, int64 (batch, time), to scores, (batch, states), torch or numpy.
        letters: number of letters of the task: words have letters 0 to letters − 1. None: the attribute `letters` of
            the object, if it has one.
        longest: of the random words, at least 1; the network should be right up to one letter more.
        words: number of random words, lengths uniform up to `longest`.
        most_states: states from which the search is given up.
        seed: of the words.
        shortest: length of the shortest words that are asked about, without the prefix; 0: the empty word as well,
            which says what the output of the start is.
        prefix: letters of the network that stand before every word, such as one that marks the beginning.

    Raises:
        MismatchError: if no automaton with at most `most_states` states explains the answers, the number of letters is
            not known, or an argument is out of range.
        ModelError: if a weight is not finite, the object cannot be called, or its answers are none: another shape,
            NaN, not the same when asked again.
        InputError: if the callable cannot read the words; what it raised is the cause.

    Example:
        >>> import torch
        >>> def sum_modulo_three(words):
        ...     return torch.nn.functional.one_hot(words.sum(1) % 3, 3)
        >>> found = recognise(sum_modulo_three, letters=6)
        >>> found.group, found.automaton, found.agreement
        ('C3', <Automaton: 3 states, 6 letters, start 0>, 1.0)
    """
    if longest < 1 or words < 1 or most_states < 1:
        raise MismatchError(f"longest={longest}, words={words} and most_states={most_states} have to be at least 1")
    seen, asked = _asked(answers, letters, longest, words, seed, shortest, prefix)
    fresh = _words(asked.letters, words, asked.shortest, 2 * longest, np.random.default_rng((seed, 1)))
    said = asked.to(fresh)  # (words,)
    best: _Found | None = None
    for smallest, split in itertools.product((SMALLEST, words // 200, words // 50), SPLITS):
        found = _refined(asked, seen, max(smallest, SMALLEST), split, most_states)
        if found is None:
            continue
        right = float((np.array(found.outputs)[_states(found.automaton, fresh)] == said).mean())
        found = replace(found, agreement=right)
        best = found if best is None else max(best, found, key=_merit)
        if right == 1:
            break
    if best is None:
        raise MismatchError(
            f"more than most_states={most_states} states, or too many suffixes, are needed to explain the model's "
            "answers; it tracks no small automaton, or is often wrong on words this short"
        )
    group, order = _group(best.automaton)
    automaton = best.automaton
    if len(set(best.outputs)) < len(best.outputs) and -1 not in best.outputs:
        automaton = automaton.with_outputs(best.outputs)
    return Recognition(automaton, best.outputs, best.agreement, group, order, best.suffixes, words)


def _asked(
    answers: Any, letters: Any, longest: int, words: int, seed: int, shortest: Any, prefix: Any
) -> tuple[list[Word], WordAnswers]:
    """The random words, and the answers to them: by the weights where they are shown, else by asking."""
    weights = weights_if_any(answers)
    asked = None if weights is not None else Asked(answers, "recognise")
    known = size_of(answers, "letters") if weights is None else weights.letters
    if letters is None and known is None:
        raise MismatchError(
            f"recognise needs to know how many letters there are, and {type(answers).__name__} has no attribute "
            "`letters`; pass it, as letters=6"
        )
    count = known if letters is None else _count(letters, known)
    assert count is not None
    try:
        first, before = checked_shortest(shortest), checked_prefix(prefix, known)
    except ModelError as error:
        raise MismatchError(str(error)) from None
    if first > longest:
        raise MismatchError(f"shortest={shortest!r} is above longest={longest}, so that there are no words")
    seen = _words(count, words, first, longest, np.random.default_rng(seed))
    if not first:
        seen[0] = ()  # the empty word is always there
    if weights is not None:
        if weights.by_last_letter and not first and not before:
            raise MismatchError(
                "the readout depends on the last letter, so the empty word has no scores; shortest=0 needs a prefix"
            )
        return seen, WeightAnswers(weights, count, before, first, seen)
    assert asked is not None
    asked.prefix = before
    asked.check_same(count, max(1, first), seed)
    return seen, AskedAnswers(asked, count, first, seen)


def _count(letters: Any, known: int | None) -> int:
    """The argument `letters`, at most as many as the network has."""
    try:
        count = 0 if isinstance(letters, bool) else operator.index(letters)
    except TypeError:
        count = 0
    if count < 1 or (known is not None and count > known):
        allowed = "a positive integer" if known is None else f"an integer from 1 to {known}, the letters of the model"
        raise MismatchError(f"letters={letters!r} has to be {allowed}")
    return count


@dataclass(frozen=True)
class _Found:
    automaton: Automaton
    outputs: tuple[int, ...]
    suffixes: tuple[Word, ...]
    agreement: float = 0.0


def _merit(found: _Found) -> float:
    """Agreement, where a further state has to explain a bit more than nothing."""
    return found.agreement - STATE_COST * len(found.outputs)


def _refined(asked: WordAnswers, seen: list[Word], smallest: int, split: float, most_states: int) -> _Found | None:
    """The automaton for given thresholds, None if it has too many states."""
    suffixes: list[Word] = [()]
    codes = asked.after(())  # (1 + letters, words): numbers of signatures, in the order of their answers
    while True:
        counts = np.bincount(codes[0], minlength=codes.max() + 1)
        if not asked.shortest:
            counts[codes[0, 0]] += smallest  # the empty word's class counts however rare it is
        kept = counts >= min(smallest, counts.max())  # the others are errors of the model
        if kept.sum() > most_states or len(suffixes) > (asked.most_suffixes or most_states):
            return None
        classes = np.where(kept, np.cumsum(kept) - 1, -1)[codes]  # (1 + letters, words): −1 for no class
        longer = _splitting(asked, suffixes, classes, split)
        if longer is None:
            return _Found(*_automaton(classes, asked, seen), tuple(suffixes))
        suffixes.append(longer)
        joined = codes * asked.scores + asked.after(longer)
        codes = np.unique(joined, return_inverse=True)[1].reshape(joined.shape)


def _moves(classes: Ints, x: int) -> Ints:
    """How many words of each class letter x takes to each class: (classes, classes)."""
    count = classes[0].max() + 1
    here, there = classes[0], classes[1 + x]
    inside = (here >= 0) & (there >= 0)
    return np.bincount(here[inside] * count + there[inside], minlength=count**2).reshape(count, count)


def _splitting(asked: WordAnswers, suffixes: list[Word], classes: Ints, split: float) -> Word | None:
    """A suffix that tells words of one class apart: a letter, then the suffix that tells apart where it leads."""
    for x in range(len(classes) - 1):
        for q, led in enumerate(_moves(classes, x)):
            total, second = int(led.sum()), int(np.sort(led)[-2]) if len(led) > 1 else 0
            if second < max(split * total, 2):
                continue
            mine = classes[0] == q
            for suffix in suffixes:
                counts = np.sort(np.bincount(asked.after(suffix)[1 + x, mine]))
                longer = (x, *suffix)
                if len(counts) > 1 and counts[-2] >= max(split * total / 2, 2) and longer not in suffixes:
                    return longer
    return None


def _automaton(classes: Ints, asked: WordAnswers, seen: list[Word]) -> tuple[Automaton, tuple[int, ...]]:
    """Every letter does what it does to most words of a class; a class without any such word stays.

    Args:
        classes: (1 + letters, words).
        asked: the answers.
        seen: the words; the first one is the empty one, if it was asked about.
    """
    owner, letters, answers = classes[0], len(classes) - 1, asked.after(())[0]
    count = int(owner.max()) + 1
    table = np.stack([_moves(classes, x) for x in range(letters)], axis=1)  # (classes, letters, classes)
    led = np.where(table.any(axis=2), table.argmax(axis=2), np.arange(count)[:, None])
    outputs = [int(answers[np.flatnonzero(owner == q)[0]]) for q in range(count)]
    start = int(owner[0])
    if asked.shortest:
        led, start = _with_start(led, np.array(outputs), classes, seen, answers, asked.shortest == 1)
        outputs += [-1] * (len(led) - count)
    automaton = Automaton.trimmed(range(len(led)), range(letters), led, start)
    kept = [int(q) for q in automaton.states]  # type: ignore[call-overload]
    # With one state per output the numbers agree, since classes are sorted by their first answer.
    renamed = Automaton(range(len(kept)), automaton.letters, automaton.table, kept.index(start))
    return renamed, tuple(outputs[q] for q in kept)


def _with_start(
    led: Ints, outputs: Ints, classes: Ints, seen: list[Word], answers: Ints, may_add: bool
) -> tuple[Ints, int]:
    """The table and its start, where the empty word was not asked about: the state from which most answers are right.

    If `may_add`, words of one letter say where a start leads that no word leads back to; it is added where it explains
    more than any of the states.
    """
    count, letters = led.shape
    ends = np.stack([_states_from(led, np.full(len(seen), q), seen) for q in range(count)])  # (states, words)
    right = (outputs[ends] == answers).mean(axis=1)
    start = int(right.argmax())
    first = {word[0]: int(q) for word, q in zip(seen, classes[0], strict=True) if len(word) == 1 and q >= 0}
    if not may_add or right[start] == 1:
        return led, start
    row = np.array([first.get(x, led[start, x]) for x in range(letters)])
    ends = _states_from(led, row[[word[0] for word in seen]], [word[1:] for word in seen])
    if (outputs[ends] == answers).mean() > right[start] + STATE_COST:
        return np.concatenate([led, row[None]]), count
    return led, start


def _words(letters: int, count: int, shortest: int, longest: int, random: np.random.Generator) -> list[Word]:
    lengths = random.integers(shortest, longest + 1, size=count)
    return [tuple(random.integers(letters, size=n).tolist()) for n in lengths]


def _states(automaton: Automaton, words: list[Word]) -> Ints:
    """States after words of any lengths, (words,)."""
    return _states_from(automaton.table, np.full(len(words), automaton.start_index), words)


def _states_from(table: Ints, states: Ints, words: list[Word]) -> Ints:
    lengths = np.array([len(word) for word in words])
    letters = np.zeros((len(words), max(1, int(lengths.max()))), dtype=np.int64)
    for row, word in zip(letters, words, strict=True):
        row[: len(word)] = word
    for t in range(int(lengths.max())):
        states = np.where(t < lengths, table[states, letters[:, t]], states)
    return states


def _group(automaton: Automaton) -> tuple[str | None, int | None]:
    if not automaton.is_permutation:
        return None, None
    try:
        group = group_task_of(automaton).group
        order = group.order
    except BistateError:  # too many elements to list
        return None, None
    return name_or_order(group), order


recognize = recognise  # the American spelling of the other public names, such as normalize
