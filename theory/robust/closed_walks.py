"""Words that fix some states, a shortest one first: walks of lists of states that come back to where they began."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..automata.transition_table import moved
from .limits import WALKED, WALKS
from .subsets import MERGED, Flags, Indices, Subsets

Word = tuple[int, ...]  # positions of letters


@dataclass(frozen=True, eq=False)
class Level:
    """All walks of one length, those that end alike counted once.

    Attributes:
        begins: where each began, positions among the sets that were given, (walks,).
        lists: the states that it carries, in the order in which it took them up, (walks, size).
        before: the walk that is one letter shorter, and
        letters: that letter, (walks,).
    """

    begins: Indices
    lists: Indices
    before: Indices
    letters: Indices


def closed_walks(
    table: Indices, graph: Subsets, sets: Flags, most: int = WALKS
) -> Iterator[tuple[list[Level], Indices]]:
    """For 1, 2, … letters: the levels so far, and which walks of the last one are back, every state in its place.

    It ends when there are more walks of one length than `most`, or more than `WALKED` together.

    Args:
        table: (states, letters).
        graph: the pairs or triples.
        sets: where walks are, all on cycles: (sets,).
        most: walks of one length.
    """
    first = graph.members[sets]
    none = np.zeros(len(first), dtype=np.int64)
    levels = [Level(np.arange(len(first)), first, none, none)]
    size, digits = table.shape[0] ** first.shape[1], table.shape[0] ** np.arange(first.shape[1])[::-1]
    walked = 0
    while len(levels[-1].lists) * table.shape[1] <= most and walked <= WALKED:
        walked += len(levels[-1].lists) * table.shape[1]
        last = levels[-1]
        before = np.tile(np.arange(len(last.lists)), table.shape[1])
        letters = np.repeat(np.arange(table.shape[1]), len(last.lists))
        lists, begins = table[last.lists[before], letters[:, None]], last.begins[before]
        positions = graph.positions(lists)
        kept = np.flatnonzero((positions != MERGED) & sets[positions])
        _, once = np.unique(begins[kept] * size + lists[kept] @ digits, return_index=True)
        kept = kept[once]
        levels.append(Level(begins[kept], lists[kept], before[kept], letters[kept]))
        yield levels, np.flatnonzero((levels[-1].lists == first[levels[-1].begins]).all(axis=1))


def word_of(levels: list[Level], walk: int) -> Word:
    """The letters of a walk of the last level."""
    word: list[int] = []
    for level in levels[:0:-1]:
        word.append(int(level.letters[walk]))
        walk = int(level.before[walk])
    return tuple(word[::-1])


def some_word(table: Indices, graph: Subsets, sets: Flags, begin: int) -> Word:
    """A word that fixes every state of the set `begin`, which lies on a cycle of `sets`; it need not be a shortest one.

    A shortest word that takes the set to itself permutes its two or three states, so a power of at most three fixes
    them.
    """
    came: dict[int, tuple[int, int]] = {}
    queue = deque([begin])
    while begin not in came:
        v = queue.popleft()
        for x, w in enumerate(graph.following[v].tolist()):
            if w != MERGED and sets[w] and w not in came:
                came[w] = v, x
                queue.append(w)
    at, word = begin, list[int]()
    while not word or at != begin:
        at, x = came[at]
        word.append(x)
    turn = tuple(word[::-1])
    return turn * _order(table, graph.members[begin], turn)


def path_to(graph: Subsets, distance: Indices, at: int) -> Word:
    """A shortest word from a set to one of distance 0, or to the merging of two states; see `subsets.letters_to`."""
    word: list[int] = []
    while distance[at]:
        row = graph.following[at]
        nearer = np.where(row == MERGED, 0, distance[row]) == distance[at] - 1
        word.append(int(nearer.argmax()))
        if row[word[-1]] == MERGED:
            break
        at = int(row[word[-1]])
    return tuple(word)


def _order(table: Indices, states: Indices, word: Word) -> int:
    power, there = 1, moved(table, states, word)
    while not (there == states).all():
        power, there = power + 1, moved(table, there, word)
    return power
