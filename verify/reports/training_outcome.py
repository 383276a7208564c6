"""What a training came to: accuracy beside chance, the shortest wrong word found, and what to change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ...groups.errors import BistateError
from ...models.errors import ModelError
from ...models.tasks.task import StateTracking
from ...models.tasks.word_laws import (
    BALANCED,
    OF_ACCEPTED,
    UNIFORM,
    balanced_law,
    chance_levels,
    plain_law,
    usual_words,
)
from ...models.training.accuracy import evaluate
from ...models.training.config import TrainConfig
from ...theory.automata.automaton import Automaton
from ..comparison.comparison import Comparison, compare
from ..refutation.refutation import refute

LEARNED = 0.99  # accuracy at which a length counts as reached
SEARCHED = 200  # letters up to which wrong words are looked for
SLIGHT = 0.05  # relative distance from the exact matrices, below which a letter is not worth naming


@dataclass(frozen=True)
class Accuracy:
    """Accuracy on words of one length.

    Attributes:
        length: of the words.
        words: the word law.
        last: share of words whose last position is right; None where scores are no numbers.
        chance: accuracy of the best constant answer there.
        every: share of all positions that are right, for uniform words.
        chance_every: the mean over positions of the best constant answer at each.
        problem: why there is no accuracy; "" if there is.
    """

    length: int
    words: str
    last: float | None
    chance: float
    every: float | None = None
    chance_every: float | None = None
    problem: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a training came to.

    Attributes:
        rows: accuracy by length and word law.
        required: the accuracy asked for at the longest length.
        reached: whether balanced words of that length reach it.
        wrong: letters of the shortest wrong word that was found, None if none was, or if the task asks about accepted
            words alone, as others would be found.
        why: what is known of what went wrong; empty when it was reached.
        advice: settings to change.
    """

    rows: tuple[Accuracy, ...]
    required: float
    reached: bool
    wrong: int | None
    why: tuple[str, ...]
    advice: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The findings as JSON values."""
        return {**asdict(self), "rows": [asdict(row) for row in self.rows]}


def outcome(
    model: Any,
    task: StateTracking,
    config: TrainConfig,
    lengths: Sequence[int],
    size: int = 1000,
    required: float = LEARNED,
) -> Outcome:
    """Measure a trained model, look for a wrong word, and say what would help where it falls short.

    Args:
        model: what was trained.
        task: its task.
        config: how it was trained.
        lengths: of test words; the last one is the tail that counts.
        size: words of each length and law.
        required: accuracy on balanced words of the last length.
    """
    rows = tuple(row for n in lengths for row in _rows(model, task, n, size))
    balanced = balanced_law(task.words)
    tail = next(row for row in reversed(rows) if row.words == balanced)
    reached = tail.last is not None and tail.last >= required
    wrong = None if task.words in OF_ACCEPTED else _shortest_wrong(model, task.automaton)
    if reached:
        return Outcome(rows, required, True, wrong, (), ())
    trained = max((n for n in lengths if n <= (task.law.longest or 0)), default=lengths[0])
    in_training = next(row for row in rows if row.length == trained and row.words == balanced)
    learned = in_training.last is not None and in_training.last >= LEARNED
    why = [*_tail(tail, in_training, learned, required), *_matrices(model, task.automaton)]
    return Outcome(rows, required, False, wrong, tuple(why), tuple(_settings(task, config, learned)))


def _rows(model: Any, task: StateTracking, length: int, size: int) -> list[Accuracy]:
    found = []
    for words in (plain_law(task.words), balanced_law(task.words)):
        chance = _below_one(task.chance_level(length, words))
        every = chance_every = None
        problem = ""
        try:
            last: float | None = evaluate(model, task, length, size, words=words)
            if words == UNIFORM and length:
                every = evaluate(model, task, length, max(1, size // 10), every=True, words=words)
                chance_every = float(np.mean([*chance_levels(task.automaton, range(1, length + 1)).values()]))
        except ModelError as error:  # scores that are no numbers
            last, problem = None, str(error)
        found.append(Accuracy(length, words, last, chance, every, chance_every, problem))
    return found


def _below_one(chance: Fraction) -> float:
    """The nearest float that is 1 only if the number is."""
    return float(chance) if chance == 1 else min(float(chance), math.nextafter(1.0, 0.0))


def _shortest_wrong(model: Any, automaton: Automaton) -> int | None:
    try:
        found = refute(model, automaton, longest=SEARCHED)
    except BistateError:
        return None
    return None if found is None else found.length


def _tail(tail: Accuracy, in_training: Accuracy, learned: bool, required: float) -> list[str]:
    shown = "no numbers" if tail.last is None else f"{tail.last:.3f}"
    where = f"{shown} on balanced words of {tail.length} letters, {required:g} asked for"
    if learned:
        return [f"the tail is not reached: {where}, while words of {in_training.length} letters are right"]
    return [f"training words are not learned: {where}"]


def _matrices(model: Any, automaton: Automaton) -> list[str]:
    """Which irrep is missing, or which letter is farthest from an exact one; nothing for tasks without a group."""
    try:
        found = compare(model, automaton)
    except BistateError:
        return []
    said = []
    if not found.used:
        shares = ", ".join(f"{label} {share:.0%}" for label, share in found.spectrum.items() if share >= 0.01)
        missing = [v for v in found.spectrum if v not in found.learned]
        said.append(
            f"the irreps learned ({shares or 'none'}) do not tell the states apart"
            + (f"; not learned: {', '.join(missing)}" if missing else "")
        )
    else:
        said += _worst_letter(found)
    return said


def _worst_letter(found: Comparison) -> list[str]:
    if not found.letter_distances or max(found.letter_distances) < SLIGHT:
        return []
    worst = int(np.argmax(found.letter_distances))
    letter, off = found.automaton.letters[worst], found.letter_distances[worst]
    return [f"letter {letter!r} is farthest from an exact matrix, by {off:.1%} of its size"]


def _settings(task: StateTracking, config: TrainConfig, learned: bool) -> list[str]:
    """Settings that differ from what was found to help."""
    said = []
    if not learned:
        said.append(f"more steps: --steps {2 * config.steps}")
        if not task.every:
            said.append("labels at every position: --every")
    if learned and config.label_smoothing == 0:
        said.append("a loss that goes on after all labels are right: --label-smoothing 0.1")
    if learned and config.weight_decay < 0.5:
        said.append("decay of what the loss does not hold: --weight-decay 0.5")
    if learned:
        said.append(f"a longer finish: --steps {2 * config.steps}")
    longest = task.law.longest or 1
    if task.words == UNIFORM and usual_words(task.automaton, longest) == BALANCED:
        chance = chance_levels(task.automaton, [longest])[longest]
        said.append(f"words that show all labels: --words balanced (uniform ones end with one label in {chance:.1%})")
    said.append("another --seed")
    return said
