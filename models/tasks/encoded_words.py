"""Words and labels of any kind as numbers, and what is wrong with them in the user's own words."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...groups.compared_by_fields import ComparedByFields
from ..errors import TaskError

Ints = NDArray[np.int64]
Labels = tuple[Hashable, ...]


@dataclass(frozen=True, eq=False)
class EncodedWords(ComparedByFields):
    """Words of any lengths, one after the other.

    Attributes:
        letters: the alphabet; number i stands for `letters[i]`.
        labels: the same for labels.
        lengths: of the words, (words,).
        x: the letters of all words, (sum of lengths,).
        y: the labels: (words,), or (sum of lengths,) when `every`.
        every: whether there is a label for each letter.
    """

    letters: Labels
    labels: Labels
    lengths: Ints
    x: Ints
    y: Ints
    every: bool

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def begins(self) -> Ints:
        """Where each word begins in `x`: (words,)."""
        return np.asarray(np.cumsum(self.lengths) - self.lengths)

    def of_length(self, n: int) -> tuple[Ints, Ints, Ints]:
        """The words of one length: their numbers (k,), letters (k, n), and labels (k,), or (k, n) when `every`."""
        which = np.flatnonzero(self.lengths == n)
        places = self.begins[which, None] + np.arange(n)
        return which, self.x[places], self.y[places] if self.every else self.y[which]

    def words(self) -> list[list[int]]:
        """The words as lists of numbers."""
        flat, ends = self.x.tolist(), np.cumsum(self.lengths).tolist()
        return [flat[end - n : end] for n, end in zip(self.lengths.tolist(), ends, strict=True)]


def encoded(
    words: Any,
    labels: Any,
    letters: Iterable[Any] | None = None,
    states: Iterable[Any] | None = None,
    every: Any = None,
) -> EncodedWords:
    """Words and labels as numbers.

    Args:
        words: sequences of hashable letters, or an integer array (words, time).
        labels: one for each word; or one for each letter of it, as a list or array for each word, or an array (words,
            time).
        letters: the alphabet in the order of its numbers. None: the letters that occur, sorted where they are all
            numbers or all texts, else as they are first seen.
        states: the labels in the order of their numbers, in the same way.
        every: whether there is a label for each letter. None: if labels are lists or arrays; a tuple or a text is one
            label.

    Raises:
        TaskError: for no words; as many labels as words are not there; a label for each letter of a word of another
            length, or of an empty one; a letter or label that is not in the list given, or a list with one twice.
    """
    rows, marks = _rows(words, "words"), _rows(labels, "labels")
    if not rows:
        raise TaskError(f"a table needs at least one word, got words={words!r}")
    if len(rows) != len(marks):
        raise TaskError(f"there are {len(rows)} words and {len(marks)} labels; one label, or list of labels, for each")
    each = _is_list(marks[0]) if every is None else bool(every)
    lengths = np.array([_length(word, k) for k, word in enumerate(rows)], dtype=np.int64)
    if each:
        _check_lengths(marks, lengths)
    alphabet, x = _numbered(chain.from_iterable(rows), letters, "letter", lengths)
    seen, y = _numbered(chain.from_iterable(marks) if each else marks, states, "label", lengths if each else None)
    return EncodedWords(alphabet, seen, lengths, x, y, each)


def _rows(values: Any, name: str) -> list[Any]:
    """The entries of a sequence, array or tensor, with Python's own numbers."""
    given = values.tolist() if hasattr(values, "tolist") else values
    if isinstance(given, str | bytes | Mapping) or not hasattr(given, "__iter__"):
        raise TaskError(f"{name} have to be a sequence, with an entry for each word, got {name}={values!r}")
    return [entry.tolist() if hasattr(entry, "tolist") else entry for entry in given]


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _length(word: Any, number: int) -> int:
    try:
        return len(word)
    except TypeError:
        raise TaskError(f"word {number} is {word!r}; a word is a sequence of letters, as 'aab' or [0, 0, 1]") from None


def _check_lengths(marks: list[Any], lengths: Ints) -> None:
    """Refuse labels that are not one for each letter."""
    for k, (mark, n) in enumerate(zip(marks, lengths.tolist(), strict=True)):
        if not isinstance(mark, Sequence):
            raise TaskError(f"labels {k} are {mark!r}, others are lists; give one label for each word, or each letter")
        if len(mark) != n:
            raise TaskError(f"word {k} has {n} letters and {len(mark)} labels, {mark!r}; give one for each letter")
        if not n:
            raise TaskError(f"labels at every position label each letter, and word {k} is empty")


def _numbered(
    values: Iterable[Any], given: Iterable[Any] | None, what: str, lengths: Ints | None
) -> tuple[Labels, Ints]:
    """The different values in order, and each value's number; `lengths` of the words that the values stand in."""
    flat = list(values)
    try:
        order = _in_order(dict.fromkeys(flat)) if given is None else tuple(given)
        number = {value: k for k, value in enumerate(order)}
        if len(number) < len(order):
            twice = next(value for k, value in enumerate(order) if number[value] != k)
            raise TaskError(f"the list of {what}s has {twice!r} twice; give each once")
        return order, np.array([number[value] for value in flat], dtype=np.int64)
    except KeyError:
        place = next(k for k, value in enumerate(flat) if value not in number)
        word = place if lengths is None else int(np.searchsorted(np.cumsum(lengths), place, side="right"))
        some = ", ".join(map(repr, order[:8])) + (", …" if len(order) > 8 else "")
        raise TaskError(f"{what} {flat[place]!r} of word {word} is not in the list given: {some}") from None
    except TypeError:
        bad = next((value for value in flat if _unhashable(value)), given)
        raise TaskError(f"{what}s have to be hashable, as numbers, texts and tuples are, got {bad!r}") from None


def _unhashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return True
    return False


def _in_order(values: Iterable[Any]) -> Labels:
    """Numbers and texts sorted, other labels as they come."""
    found = tuple(values)
    if all(isinstance(v, int | float) for v in found) or all(isinstance(v, str) for v in found):
        return tuple(sorted(found))
    return found
