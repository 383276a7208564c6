"""How a task is read off a network: which words are asked, what stands before them, which score is which state."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import ModelError

if TYPE_CHECKING:
    from ..theory.automata.automaton import Automaton


@dataclass(frozen=True)
class Reading:
    """What `reading` and `bistate.verify`'s `reading_of` found in order.

    Attributes:
        shortest: length, without the prefix, of the shortest words that are asked about.
        prefix: the network's letters that stand before every word; the automaton does not read them.
        outputs: for each state of the automaton the score that stands for it: its own, or that of its label where the
            automaton has outputs. The other scores are rivals too.
        of_labels: for each label of the automaton, which is each state without outputs, its score.
    """

    shortest: int
    prefix: tuple[int, ...]
    outputs: tuple[int, ...]
    of_labels: tuple[int, ...]

    @property
    def least_scores(self) -> int:
        """How many scores there have to be."""
        return max(len(self.of_labels), *(score + 1 for score in self.of_labels))

    @property
    def is_plain(self) -> bool:
        """Whether nothing stands before words and score q stands for state q, or label q."""
        return not self.prefix and self.of_labels == tuple(range(len(self.of_labels)))


def reading(
    letters: int | None,
    scores: int | None,
    automaton: Automaton,
    shortest: Any = 1,
    prefix: Any = (),
    outputs: Any = None,
) -> Reading:
    """The checked arguments `shortest`, `prefix` and `outputs` of a network with its task.

    Letter i of the automaton is letter i of the network; further letters of the network are read in the prefix or
    never.

    Args:
        letters: number of letters of the network, None where it is not known.
        scores: number of its scores, None where it is not known.
        automaton: the task.
        shortest: of the words, an integer of at least 0.
        prefix: letters of the network, integers.
        outputs: different score indices, one for each state, or for each of `automaton.labels` where it has outputs;
            None: score q for state, or label, q.

    Raises:
        ModelError: for another value, or a network with fewer letters or scores than the task needs.

    >>> from bistate.theory import Automaton
    >>> reading(3, None, Automaton.parity(), prefix=[2], outputs=[5, 7])
    Reading(shortest=1, prefix=(2,), outputs=(5, 7), of_labels=(5, 7))
    """
    what = "state" if automaton.outputs is None else "label"
    counts = (len(automaton.letters), len(automaton.labels))
    before, read = read_labels(letters, scores, *counts, prefix, outputs, "automaton", what)
    return Reading(checked_shortest(shortest), before, tuple(read[k] for k in automaton.label_indices.tolist()), read)


def read_labels(
    letters: int | None,
    scores: int | None,
    task: int,
    count: int,
    prefix: Any,
    outputs: Any,
    whose: str,
    what: str = "label",
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The checked prefix, and the score of each label, of a task that has `task` letters and `count` labels.

    Args:
        letters: number of letters of the network, None where it is not known.
        scores: number of its scores, None where it is not known.
        task: letters of the task.
        count: labels of the task.
        prefix: see `reading`.
        outputs: see `reading`.
        whose: what the task is called in messages, and
        what: a label.

    Raises:
        ModelError: as `reading`.
    """
    if letters is not None and letters < task:
        raise ModelError(
            f"the model has letters={letters}, the {whose} has {task}; build the model with letters={task}, or more"
        )
    if scores is not None and scores < count:
        raise ModelError(
            f"the model has states={scores}, the {whose} has {count}{' labels' * (what == 'label')}; build the model "
            f"with states={count}, or more"
        )
    before = checked_prefix(prefix, letters)
    if outputs is None:
        return before, tuple(range(count))
    read = _indices(outputs, "outputs", f"score indices, one for each {what}")
    allowed = "integers of at least 0" if scores is None else f"0 to {scores - 1}"
    if len(read) != count:
        raise ModelError(f"outputs={outputs!r} has {len(read)} entries; the {whose} has {count} {what}s: one for each")
    for q, score in enumerate(read):
        if score < 0 or (scores is not None and score >= scores):
            raise ModelError(f"outputs={outputs!r} has {score} for {what} {q}; scores are {allowed}")
        if score in read[:q]:
            raise ModelError(f"outputs={outputs!r} has score {score} twice; one score cannot stand for two {what}s")
    return before, read


def checked_shortest(shortest: Any) -> int:
    """The argument `shortest` as an int.

    Raises:
        ModelError: unless it is an integer of at least 0.
    """
    found = _index(shortest)
    if found is None or found < 0:
        raise ModelError(f"shortest={shortest!r} has to be an integer of at least 0; 0 asks about the empty word")
    return found


def checked_prefix(prefix: Any, letters: int | None = None) -> tuple[int, ...]:
    """The argument `prefix` as ints; `letters` of the network, None where it is not known.

    Raises:
        ModelError: unless it is a sequence of the network's letters.
    """
    found = _indices(prefix, "prefix", "letter indices of the network")
    for x in found:
        if x < 0 or (letters is not None and x >= letters):
            allowed = "integers of at least 0" if letters is None else f"0 to {letters - 1}"
            raise ModelError(f"prefix={prefix!r} has letter {x}; letters of the network are {allowed}")
    return found


def _index(value: Any) -> int | None:
    """An int, if the value is an integer and no truth value."""
    if isinstance(value, bool | np.bool_):
        return None
    try:
        return operator.index(value)
    except TypeError:
        return None


def _indices(values: Any, name: str, meant: str) -> tuple[int, ...]:
    """Integers of any sequence, array or tensor."""
    given = values.tolist() if hasattr(values, "tolist") else values
    if isinstance(given, str | bytes | dict | set) or not hasattr(given, "__iter__"):
        raise ModelError(f"{name}={values!r} has to be a sequence of {meant}")
    found = [_index(value) for value in given]
    if None in found:
        raise ModelError(f"{name}={values!r} has to be a sequence of {meant}: integers of at least 0")
    return tuple(x for x in found if x is not None)
