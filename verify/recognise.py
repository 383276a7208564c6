"""Which automaton a model tracks, from its weights alone.

Two words belong to one state if the model answers them alike, whatever follows. Random words are therefore put into
classes by the model's answers after them, and a class is split as long as one letter leads its words to different
classes: the suffix that tells these apart then tells the words apart (Myhill and Nerode; D. Angluin, Learning regular
sets from queries and counterexamples, Inf. Comput. 75, 1987). What a letter does to most words of a class is the
transition; words that do otherwise are the model's errors. The automaton found is a guess that is checked on other
random words; `snap` and `certify` then prove what there is to prove.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..groups.catalogue.isomorphisms import identify
from ..groups.errors import BistateError
from ..models.bilinear_rnn import BilinearRNN
from ..theory.automata.acting_group import group_task_of
from ..theory.automata.automaton import Automaton
from .certify import float_weights
from .errors import MismatchError

Floats = NDArray[Any]  # of float64
Ints = NDArray[np.int64]
Word = tuple[int, ...]
SMALLEST = 5  # words that make a class; fewer are errors of the model. Larger numbers are tried for models that err
SPLITS = (0.1, 0.02)  # shares of a class that go elsewhere under a letter, from which the class is split
STATE_COST = 5e-4  # of agreement, for a state more


@dataclass(frozen=True)
class Recognition:
    """What `recognise` found.

    Attributes:
        automaton: the states are numbered; state q < model.states is the one the model's output q stands for, when
            outputs determine states, and then the automaton can be passed to `compare`, `snap` and `certify`.
        outputs: the model's output in each state, (states,).
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
    model: BilinearRNN, *, longest: int = 12, words: int = 4000, most_states: int = 256, seed: int = 0
) -> Recognition:
    """Recover the automaton that a model tracks, and name its group.

    Args:
        model: a trained model without additive terms.
        longest: of the random words, at least 1; the model should be right up to one letter more.
        words: number of random words, lengths uniform up to `longest`.
        most_states: states from which the search is given up.
        seed: of the words.

    Raises:
        MismatchError: if no automaton with at most `most_states` states explains the model, the model has additive
            terms, or an argument is out of range.
        ModelError: if a weight is not finite.

    Example:
        >>> from bistate.groups import SymmetricGroup
        >>> from bistate.models import BilinearRNN
        >>> from bistate.theory import Automaton, realize
        >>> A = Automaton.word_problem(SymmetricGroup(3))
        >>> found = recognise(BilinearRNN.from_weights(realize(A, "full")))
        >>> found.group, (found.automaton.table == A.table).all().item(), found.agreement
        ('S3', True, 1.0)
    """
    model.check_finite()
    if model.shift is not None:
        raise MismatchError("the model has additive terms b[x]; what is recognised is h ← A[x] h alone")
    if longest < 1 or words < 1 or most_states < 1:
        raise MismatchError(f"longest={longest}, words={words} and most_states={most_states} have to be at least 1")
    A, h, C = float_weights(model)
    A = A / np.maximum(np.linalg.norm(A, axis=(1, 2)), 1e-300)[:, None, None]
    seen = _words(len(A), words, longest, np.random.default_rng(seed))
    hidden = _hidden(A, h, seen)  # (words, hidden)
    hidden[0] = _unit(h[None])[0]  # the empty word is always there
    fresh = _words(len(A), words, 2 * longest, np.random.default_rng((seed, 1)))
    answers = (_hidden(A, h, fresh) @ C.T).argmax(axis=1)  # (words,)
    best: _Found | None = None
    asked = _Answers(hidden, A, C)
    for smallest, split in itertools.product((SMALLEST, words // 200, words // 50), SPLITS):
        found = _refined(asked, max(smallest, SMALLEST), split, most_states)
        if found is None:
            continue
        right = float(
            np.mean([found.outputs[_state(found.automaton, word)] == a for word, a in zip(fresh, answers, strict=True)])
        )
        found = replace(found, agreement=right)
        best = found if best is None else max(best, found, key=_merit)
        if right == 1:
            break
    if best is None:
        raise MismatchError(
            f"more than most_states={most_states} states are needed to explain the model's answers; it tracks no small "
            "automaton, or is often wrong on words this short"
        )
    group, order = _group(best.automaton)
    return Recognition(best.automaton, best.outputs, best.agreement, group, order, best.suffixes, words)


@dataclass(frozen=True)
class _Found:
    automaton: Automaton
    outputs: tuple[int, ...]
    suffixes: tuple[Word, ...]
    agreement: float = 0.0


class _Answers:
    """The model's answers after the random words, without and with one more letter, and any suffix."""

    def __init__(self, hidden: Floats, A: Floats, C: Floats) -> None:
        self.A, self.C = A, C
        self.states = np.stack([hidden, *(_unit(hidden @ a.T) for a in A)])  # (1 + letters, words, hidden)
        self.known: dict[Word, Ints] = {}

    def after(self, suffix: Word) -> Ints:
        """(1 + letters, words)."""
        if suffix not in self.known:
            rows = self.C
            for x in reversed(suffix):
                rows = rows @ self.A[x]  # (states, hidden)
            self.known[suffix] = (self.states @ rows.T).argmax(axis=-1)
        return self.known[suffix]


def _merit(found: _Found) -> float:
    """Agreement, where a further state has to explain a bit more than nothing."""
    return found.agreement - STATE_COST * len(found.outputs)


def _refined(answers: _Answers, smallest: int, split: float, most_states: int) -> _Found | None:
    """The automaton for given thresholds, None if it has too many states."""
    suffixes: list[Word] = [()]
    codes = answers.after(())  # (1 + letters, words): numbers of signatures, in the order of their answers
    while True:
        counts = np.bincount(codes[0], minlength=codes.max() + 1)
        counts[codes[0, 0]] += smallest  # the empty word's class counts however rare it is
        kept = counts >= smallest  # the others are errors of the model
        if kept.sum() > most_states or len(suffixes) > most_states:
            return None
        classes = np.where(kept, np.cumsum(kept) - 1, -1)[codes]  # (1 + letters, words): −1 for no class
        longer = _splitting(answers, suffixes, classes, split)
        if longer is None:
            return _Found(*_automaton(classes, answers.after(())[0]), tuple(suffixes))
        suffixes.append(longer)
        joined = codes * len(answers.C) + answers.after(longer)
        codes = np.unique(joined, return_inverse=True)[1].reshape(joined.shape)


def _moves(classes: Ints, x: int) -> Ints:
    """How many words of each class letter x takes to each class: (classes, classes)."""
    count = classes[0].max() + 1
    here, there = classes[0], classes[1 + x]
    inside = (here >= 0) & (there >= 0)
    return np.bincount(here[inside] * count + there[inside], minlength=count**2).reshape(count, count)


def _splitting(answers: _Answers, suffixes: list[Word], classes: Ints, split: float) -> Word | None:
    """A suffix that tells words of one class apart: a letter, then the suffix that tells apart where it leads."""
    for x in range(len(classes) - 1):
        for q, led in enumerate(_moves(classes, x)):
            total, second = int(led.sum()), int(np.sort(led)[-2]) if len(led) > 1 else 0
            if second < max(split * total, 2):
                continue
            mine = classes[0] == q
            for suffix in suffixes:
                counts = np.sort(np.bincount(answers.after(suffix)[1 + x, mine]))
                longer = (x, *suffix)
                if len(counts) > 1 and counts[-2] >= max(split * total / 2, 2) and longer not in suffixes:
                    return longer
    return None


def _automaton(classes: Ints, answers: Ints) -> tuple[Automaton, tuple[int, ...]]:
    """Every letter does what it does to most words of a class; a class without any such word stays.

    Args:
        classes: (1 + letters, words).
        answers: the model's outputs after the words, (words,).
    """
    owner, letters = classes[0], len(classes) - 1
    count = int(owner.max()) + 1
    table = np.stack([_moves(classes, x) for x in range(letters)], axis=1)  # (classes, letters, classes)
    led = np.where(table.any(axis=2), table.argmax(axis=2), np.arange(count)[:, None])
    automaton = Automaton.trimmed(range(count), range(letters), led, int(owner[0]))
    kept = [int(q) for q in automaton.states]  # type: ignore[call-overload]
    outputs = tuple(int(answers[np.flatnonzero(owner == q)[0]]) for q in kept)
    # With one state per output the numbers agree, since classes are sorted by their first answer.
    renamed = Automaton(range(len(kept)), automaton.letters, automaton.table, kept.index(int(owner[0])))
    return renamed, outputs


def _words(letters: int, count: int, longest: int, random: np.random.Generator) -> list[Word]:
    lengths = random.integers(longest + 1, size=count)
    return [tuple(random.integers(letters, size=n).tolist()) for n in lengths]


def _state(automaton: Automaton, word: Word) -> int:
    state = automaton.start_index
    for x in word:
        state = int(automaton.table[state, x])
    return state


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-300))


def _hidden(A: Floats, h: Floats, words: list[Word]) -> Floats:
    """Unit hidden states after words: (words, hidden)."""
    vectors = np.repeat(_unit(h[None]), len(words), axis=0)
    for t in range(max(map(len, words))):
        for x in range(len(A)):
            mine = [k for k, word in enumerate(words) if t < len(word) and word[t] == x]
            vectors[mine] = _unit(vectors[mine] @ A[x].T)
    return vectors


def _group(automaton: Automaton) -> tuple[str | None, int | None]:
    if not automaton.is_permutation:
        return None, None
    try:
        group = group_task_of(automaton).group
        order = group.order
    except BistateError:  # too many elements to list
        return None, None
    try:
        return identify(group), order
    except BistateError:
        return f"a group of order {order}", order
