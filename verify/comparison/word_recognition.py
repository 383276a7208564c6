"""Which automaton a table of words and labels is about, from the table alone.

Three ways are tried. Where labels are states, steps from label to label are counted, see `labelled_prefixes`; where no
word prolongs another, the labels of long words give linear equations for a solvable group, see `abelian_layers`. Where
states share labels, the prefix tree is merged, see `state_merging`. What they find is a guess, learned from most words
and checked on the others: it has to be right on most of them, on long words as on short ones, and to be shorter to
write down than the labels that it explains. Labels that contradict it are then called wrong. Otherwise the table is
refused.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import log2
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...groups.catalogue.cheap_facts import derived_subgroup
from ...groups.catalogue.identification import name_or_order
from ...groups.errors import BistateError
from ...models.tasks.encoded_words import EncodedWords, encoded
from ...theory.automata.acting_group import group_task_of
from ...theory.automata.automaton import Automaton
from ..errors import MismatchError
from .abelian_layers import abelian_layers
from .group_completion import by_the_group
from .labelled_prefixes import steps_of_labels
from .sides import side_of
from .state_merging import merged_states

Ints = NDArray[np.int64]
MOST_WRONG = 0.25  # share of labels that may contradict
WRONG = (0.0, 0.03, 0.1)  # shares of wrong labels that merging is tried with
STATE_COST = 5e-4  # of agreement, for a state more
HELD, LEAST = 0.1, 200  # share of words to check on; with fewer words than this all are learned from, and checked on
MOST_PRUNED, SAMPLE = 40, 4000  # states, and words, for which it is tried whether a state is needed
SIGMAS = 5.0  # between short and long words


@dataclass(frozen=True)
class WordRecognition:
    """What `recognise_words` found.

    Attributes:
        automaton: over the table's letters. Where labels are states, its states are the labels; else they are numbered,
            and the labels are its outputs. A start that no word leads back to has the label None.
        agreement: share of right labels on words that were not learned from.
        noise: share of all labels that contradict the automaton.
        labels_are_states: whether the label after a word is its state.
        unseen: steps (state, letter) that no word shows; empty where data suffice. Where letters act as a group on
            itself, the automaton does what the group's law says; else it stays where it is.
        group: name of the group that the letters generate, up to isomorphism; None if a letter merges states.
        order: number of its elements.
        solvable: whether it is; None without a group.
        side: "left" for x ∘ q, "right" for q ∘ x, "both" where the group is abelian, "" where it cannot be told.
        side_by: what the side is read off, or why it cannot be told.
        words: number of words.
        every: whether every letter has a label.
    """

    automaton: Automaton
    agreement: float
    noise: float
    labels_are_states: bool
    unseen: tuple[tuple[Hashable, Hashable], ...] = field(repr=False)
    group: str | None
    order: int | None
    solvable: bool | None
    side: str
    side_by: str = field(repr=False)
    words: int
    every: bool

    def to_json(self) -> dict[str, Any]:
        """The findings as JSON values."""
        A = self.automaton
        return {
            "states": [_plain(q) for q in A.states],
            "letters": [_plain(x) for x in A.letters],
            "table": A.table.tolist(),
            "start": A.start_index,
            "outputs": None if A.outputs is None else [_plain(label) for label in A.outputs],
            "agreement": self.agreement,
            "noise": self.noise,
            "labels_are_states": self.labels_are_states,
            "unseen": [[_plain(q), _plain(x)] for q, x in self.unseen],
            "group": self.group,
            "order": self.order,
            "solvable": self.solvable,
            "side": self.side,
            "side_by": self.side_by,
            "words": self.words,
            "every": self.every,
        }


def _plain(value: Hashable) -> Any:
    return value if isinstance(value, int | float | str | bool | None) else str(value)


def recognise_words(
    words: Any,
    labels: Any,
    *,
    letters: Sequence[Any] | None = None,
    states: Sequence[Any] | None = None,
    every: bool | None = None,
    elements: Mapping[Any, Sequence[int]] | None = None,
    most_states: int = 256,
    seed: int = 0,
) -> WordRecognition:
    """The automaton, and its group, that explain a table of words.

    Args:
        words: sequences of hashable letters, of any lengths, or an integer array (words, time).
        labels: one for each word, or a list or array with one for each letter of it.
        letters: the alphabet, and
        states: the labels, in the order of the automaton's; None: those that occur.
        every: whether there is a label for each letter; None: if labels are lists or arrays.
        elements: the permutation, by its images, that each letter and label means; only the side needs it.
        most_states: states from which the search is given up.
        seed: of the words that are held out.

    Raises:
        MismatchError: if no automaton is found that explains the labels, with the reason.
        TaskError: for words and labels that do not go together.

    Example:
        >>> from itertools import product
        >>> words = ["".join(w) for n in (1, 2, 3, 4) for w in product("ab", repeat=n)]
        >>> found = recognise_words(words, [w.count("a") % 3 for w in words])
        >>> found.group, found.labels_are_states, found.noise
        ('C3', True, 0.0)
    """
    table = encoded(words, labels, letters, states, every)
    random = np.random.default_rng([seed, len(table)])
    order = random.permutation(len(table))
    held = order[: int(HELD * len(table))] if len(table) >= LEAST else order
    learned = order[len(held) :] if len(table) >= LEAST else order
    best, why = _best(table, learned, held, most_states, seed)
    _require_explained(best, table, why)
    return _described(best, table, elements)


@dataclass(frozen=True, eq=False)
class _Guess:
    """A table (states, letters) of states, −1 where not known; outputs, −1 for none; and how right it is."""

    table: Ints
    outputs: Ints
    start: int
    by_labels: bool
    gaps: tuple[tuple[int, int], ...] = ()  # that no word shows, though the group's law may have filled them
    agreement: float = 0.0

    @property
    def merit(self) -> float:
        return self.agreement - STATE_COST * len(self.table)


def _best(table: EncodedWords, learned: Ints, held: Ints, most_states: int, seed: int) -> tuple[_Guess, str]:
    """The best guess, and why there is no solvable group whose elements are the labels."""
    some, checked = _part(table, learned), _part(table, held)
    best: _Guess | None = None
    steps = steps_of_labels(some)
    count = len(table.labels)
    outputs = np.array([*range(count), _empty_label(table)])
    if steps is not None:
        best = _rated(_trimmed(steps.table, outputs, count, True), checked)
        if best.agreement == 1 or (best.agreement >= 1 - MOST_WRONG and steps.looks_like_noise):
            return best, ""
    why = ""
    if not table.every:
        layers = abelian_layers(some, most_states, seed)
        why = layers.why
        if layers.table is not None:
            guess = _rated(_trimmed(layers.table, outputs, count, True), checked)
            if guess.agreement >= 1 - MOST_WRONG:
                return guess, ""
    shortest_first = np.argsort(some.lengths, kind="stable")
    enough = table.every or len(table) >= count * len(table.letters)  # labels to tell that many steps
    for wrong in WRONG if enough else ():
        merged = merged_states(some, shortest_first, wrong, most_states)
        if merged is not None:
            guess = _rated(_simpler(_trimmed(merged.table, merged.outputs, 0, False), some), checked)
            best = guess if best is None or guess.merit > best.merit else best
            if guess.agreement == 1:
                break
    if best is None:
        raise MismatchError(
            f"no automaton was found that explains the labels of {len(table)} words: more than most_states="
            f"{most_states} states would be needed, or more time; they follow no small automaton, or too few words "
            f"are short{_for_a_group(why)}"
        )
    return best, why


def _for_a_group(why: str) -> str:
    return f"; as products of elements of a group: {why}" if why else ""


def _simpler(guess: _Guess, words: EncodedWords) -> _Guess:
    """The guess without states that wrong labels made: those that another one can stand for at hardly any cost."""
    if len(guess.table) > MOST_PRUNED:
        return guess
    some = _part(words, np.arange(min(len(words), SAMPLE)))
    best = _rated(guess, some)
    for q in range(len(guess.table) - 1, -1, -1):
        for other in range(len(best.table)):
            if q != other and max(q, other) < len(best.table):
                into = np.where(best.table == q, other, best.table)
                start = other if best.start == q else best.start
                tried = _rated(_trimmed(into, best.outputs, start, False), some)
                best = tried if tried.merit > best.merit else best
    return best


def _part(table: EncodedWords, which: Ints) -> EncodedWords:
    """Some of the words."""
    lengths = table.lengths[which]
    places = np.repeat(table.begins[which] - (np.cumsum(lengths) - lengths), lengths) + np.arange(lengths.sum())
    y = table.y[places] if table.every else table.y[which]
    return EncodedWords(table.letters, table.labels, lengths, table.x[places], y, table.every)


def _empty_label(table: EncodedWords) -> int:
    """The label most often given to the empty word, −1 if it is not there."""
    given = table.y[table.lengths == 0] if not table.every else table.y[:0]
    return int(np.bincount(given).argmax()) if len(given) else -1


def _trimmed(table: Ints, outputs: Ints, start: int, by_labels: bool) -> _Guess:
    """The states that can be reached; a start that acts as another state, and may have its label, is that one."""
    if by_labels:
        table, start = _as_a_label(table, outputs, start)
    found, seen = [start], {start}
    for q in found:
        further = [there for there in np.unique(table[q]).tolist() if there >= 0 and there not in seen]
        found += further
        seen.update(further)
    kept = sorted(found)
    place = np.full(len(table) + 1, -1)
    place[kept] = np.arange(len(kept))
    small = place[table[kept]]
    gaps = tuple((q, x) for q, x in np.argwhere(small < 0).tolist())
    begin = kept.index(start)
    if gaps and by_labels:
        order = np.array([begin, *(q for q in range(len(kept)) if q != begin)])  # the start first
        number = np.append(np.argsort(order), -1)
        small = np.append(order, -1)[by_the_group(number[small[order]])][np.argsort(order)]
    return _Guess(small, outputs[kept], begin, by_labels, gaps)


def _as_a_label(table: Ints, outputs: Ints, start: int) -> tuple[Ints, int]:
    """The table and its start: the label whose steps are the same, wherever both are known, if there is one."""
    known = (table >= 0) & (table[start] >= 0)
    alike = ((table == table[start]) | ~known).all(axis=1) & ((outputs == outputs[start]) | (outputs[start] < 0))
    common = np.where(alike, known.sum(axis=1), 0)
    common[start] = 0
    q = int(common.argmax())
    if not common[q]:
        return table, start
    filled = table.copy()
    filled[q] = np.where(table[q] >= 0, table[q], table[start])
    return filled, q


def _rated(guess: _Guess, words: EncodedWords) -> _Guess:
    right, count = np.array([(hits, size) for _, hits, size in _hits(guess, words)]).sum(axis=0)
    return replace(guess, agreement=float(right / count))


def _hits(guess: _Guess, words: EncodedWords) -> list[tuple[int, int, int]]:
    """For each length, right labels and all labels."""
    found = []
    for n in np.unique(words.lengths).tolist():
        _, x, y = words.of_length(n)
        state, hits = np.full(len(x), guess.start), 0
        for t in range(n):
            state = np.where(state >= 0, guess.table[state, x[:, t]], -1)
            if words.every:
                hits += int(((state >= 0) & (guess.outputs[state] == y[:, t])).sum())
        if not words.every:
            hits = int(((state >= 0) & (guess.outputs[state] == y)).sum())
        found.append((n, hits, y.size))
    return found


def _require_explained(guess: _Guess, table: EncodedWords, why: str) -> None:
    """Refuse a guess that explains too little.

    Raises:
        MismatchError: with the reason.
    """
    shares = np.bincount(table.y, minlength=1) / len(table.y)
    missing = int((guess.table < 0).sum())
    if guess.agreement < 1 - MOST_WRONG:
        gaps = f"; no two words u and ux show {missing} of {guess.table.size} steps, more short words would"
        raise MismatchError(
            f"no automaton was found that explains the labels of {len(table)} words of {int(table.lengths.min())} to "
            f"{int(table.lengths.max())} letters: the best one, of {len(guess.table)} states, is right on "
            f"{guess.agreement:.1%} of the words that it was not learned from, and the most frequent label on "
            f"{shares.max():.1%}{gaps if missing else ''}{_for_a_group(why)}"
        )
    bits = guess.table.size * log2(max(2, len(guess.table))) + len(guess.table) * log2(max(2, len(table.labels)))
    told = -len(table.y) * float((shares[shares > 0] * np.log2(shares[shares > 0])).sum())
    if bits > told and len(guess.table) > 1:
        raise MismatchError(
            f"{len(table)} words are too few: their labels hold {told:.0f} bits, and the automaton found, of "
            f"{len(guess.table)} states and {len(table.letters)} letters, takes {bits:.0f} to write down"
        )
    hits = np.array(_hits(guess, table))
    half = int(np.searchsorted(np.cumsum(hits[:, 2]), hits[:, 2].sum() / 2)) + 1
    short, long = hits[:half, 1:].sum(axis=0), hits[half:, 1:].sum(axis=0)
    if half < len(hits):
        share = 1 - (short[0] + long[0]) / (short[1] + long[1])
        wrong = [1 - part[0] / part[1] for part in (short, long)]
        spread = (share * (1 - share) * (1 / short[1] + 1 / long[1])) ** 0.5
        if wrong[1] - wrong[0] > max(SIGMAS * spread, 0.01):
            raise MismatchError(
                f"no automaton was found that explains the labels: the best one, of {len(guess.table)} states, is "
                f"wrong on {wrong[0]:.1%} of the labels of words up to {int(hits[half - 1, 0])} letters and on "
                f"{wrong[1]:.1%} of longer ones; wrong labels would be as frequent in both"
            )


def _described(guess: _Guess, table: EncodedWords, elements: Mapping[Any, Sequence[int]] | None) -> WordRecognition:
    count = len(guess.table)
    gaps = guess.gaps
    complete = np.where(guess.table < 0, np.arange(count)[:, None], guess.table)
    labels = [table.labels[k] if k >= 0 else None for k in guess.outputs.tolist()]
    distinct = guess.by_labels and len(set(labels)) == count and (None not in labels)
    if distinct:
        automaton = Automaton(labels, table.letters, complete, labels[guess.start])
        unseen = tuple((labels[q], table.letters[x]) for q, x in gaps)
    else:
        automaton = Automaton(range(count), table.letters, complete, guess.start, outputs=labels)
        unseen = tuple((q, table.letters[x]) for q, x in gaps)
        if not gaps:
            automaton = _renumbered(automaton.minimize())
            distinct = len(set(automaton.outputs or ())) == len(automaton.states) and None not in labels
            if distinct:
                assert automaton.outputs is not None
                automaton = Automaton(
                    automaton.outputs, automaton.letters, automaton.table, automaton.outputs[automaton.start_index]
                )
    right, all_labels = np.array([(hits, size) for _, hits, size in _hits(guess, table)]).sum(axis=0)
    group, order, solvable = _group(automaton)
    side, by = side_of(automaton, group if distinct and order == len(automaton.states) else None, elements)
    return WordRecognition(
        automaton,
        guess.agreement,
        float(1 - right / all_labels),
        distinct,
        unseen,
        group,
        order,
        solvable,
        side,
        by,
        len(table),
        table.every,
    )


def _renumbered(automaton: Automaton) -> Automaton:
    return Automaton(
        range(len(automaton.states)),
        automaton.letters,
        automaton.table,
        automaton.start_index,
        outputs=automaton.outputs,
    )


def _group(automaton: Automaton) -> tuple[str | None, int | None, bool | None]:
    """Name, order and solvability of the group that the letters generate."""
    if not automaton.is_permutation:
        return None, None, None
    try:
        group = group_task_of(automaton).group
        order = group.order
    except BistateError:  # too many elements to list
        return None, None, None
    down = group
    while down.order > 1:
        below = derived_subgroup(down)
        if below.order == down.order:
            break
        down = below
    return name_or_order(group), order, down.order == 1


recognize_words = recognise_words  # the American spelling of the other public names
