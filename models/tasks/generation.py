"""Many words with their labels as arrays, chunk by chunk: for data sets on disk and other people's training loops.

A chunk is a function of the seed and its number alone. Its words are drawn in one call and sorted by length inside, so
that a table look-up per letter moves those words together that still go on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...groups.compared_by_fields import ComparedByFields
from ..errors import TaskError
from .lengths import length_law
from .word_laws import UNIFORM, balanced_words, checked_words

if TYPE_CHECKING:
    from ...theory.automata.automaton import Automaton

Ints = NDArray[np.int32]
CHUNK_LETTERS = 1 << 18  # of a chunk, when all its words are as long as the longest: a megabyte, which caches hold
LONGEST = 1 << 20  # letters of a word


@dataclass(frozen=True, eq=False)
class WordChunk(ComparedByFields):
    """Some words.

    Attributes:
        x: letters, by their positions, −1 after the end of a word: int32 (words, longest).
        lengths: of the words: int64 (words,).
        y: labels, by their positions: int32 (words,), or (words, longest) with −1 after the end.
    """

    x: Ints
    lengths: NDArray[np.int64]
    y: Ints

    def rows(self) -> Iterator[tuple[list[int], list[int] | int]]:
        """Each word with its label, or labels, as Python numbers."""
        every = self.y.ndim == 2
        for word, n, label in zip(self.x.tolist(), self.lengths.tolist(), self.y.tolist(), strict=True):
            yield word[:n], label[:n] if every else label


def generate_words(
    automaton: Automaton,
    size: int,
    *,
    lengths: Any = (1, 40),
    words: str = UNIFORM,
    every: bool = False,
    seed: int = 0,
    bos: bool = False,
    tokens_per_symbol: int = 1,
) -> Iterator[WordChunk]:
    """Words of an automaton with the labels after them.

    Args:
        automaton: the task; letters and labels are positions in `automaton.letters` and `automaton.labels`.
        size: number of words.
        lengths: the length law, as for `StateTracking`; counted in letters, without what a template adds.
        words: the word law: "uniform", "balanced" or "balanced_states".
        every: labels at every position instead of at the last one.
        seed: of all words.
        bos: a token, number `len(automaton.letters)`, before every word; its label is that of the start.
        tokens_per_symbol: how many times each letter stands. The label at a token is that of the letters that are
            complete by then.

    Yields:
        Chunks of words, the last one smaller.

    Raises:
        TaskError: for a size below 1, a length law or word law that is none, a negative seed, fewer than one token per
            symbol, or labels at every position of words that may be empty.

    Example:
        >>> from bistate.theory import Automaton
        >>> chunk = next(generate_words(Automaton.parity(), 2, lengths=3, every=True, bos=True))
        >>> chunk.x.shape, chunk.y.shape, chunk.x[0, 0]
        ((2, 4), (2, 4), np.int32(2))
    """
    for name, value, least in (("size", size, 1), ("tokens_per_symbol", tokens_per_symbol, 1), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise TaskError(f"{name} is an integer of at least {least}, got {name}={value!r}")
    law, over = length_law(lengths), checked_words(words)
    if law.longest is None:
        raise TaskError(f"the law {lengths!r} has no longest word; give an int, a (low, high) range or a mapping")
    if every and not bos and 0 in law.lengths:
        raise TaskError(f"every=True labels each letter, and lengths={lengths!r} allows the empty word")
    if law.longest * tokens_per_symbol > LONGEST:
        raise TaskError(
            f"words of {law.longest} letters of {tokens_per_symbol} tokens are too long; {LONGEST} tokens are allowed"
        )
    count = max(1, CHUNK_LETTERS // max(1, law.longest))
    return _chunks(automaton, size, count, law, over, every, seed, bos, tokens_per_symbol)


def _chunks(
    A: Automaton, size: int, count: int, law: Any, over: str, every: bool, seed: int, bos: bool, tokens: int
) -> Iterator[WordChunk]:
    table = np.ascontiguousarray(A.table, dtype=np.int32)
    label = A.label_indices.astype(np.int32)
    for number in range(-(-size // count)):
        draw = np.random.default_rng([seed, number, 1])
        chunk = np.sort(np.array(law.draw(draw, count), dtype=np.int64))[::-1]  # the longest first
        here = draw.permutation(count)[: size - number * count]  # where the first, second, … word of the chunk stands
        x = _letters(A, chunk, over, draw)  # (time, words)
        states = _run(table, A.start_index, x, chunk)  # (time + 1, words)
        lengths, x, states = chunk[here], x[:, here].T, states[:, here].T
        if every:
            y = label[states]
        else:
            y = label[states[np.arange(len(here)), lengths]]
        yield _with_template(x, lengths, y, len(A.letters), bos, tokens)


def _letters(A: Automaton, lengths: NDArray[np.int64], over: str, draw: np.random.Generator) -> Ints:
    """Letters, with any after the end of a word: (time, words)."""
    longest = int(lengths[0])
    if over == UNIFORM:
        kind: Any = np.uint8 if len(A.letters) <= 256 else np.uint16 if len(A.letters) <= 1 << 16 else np.int32
        return draw.integers(len(A.letters), size=(longest, len(lengths)), dtype=kind).astype(np.int32)
    generator = torch.Generator().manual_seed(int(draw.integers(1 << 62)))
    return balanced_words(A, over).draw(torch.from_numpy(lengths.copy()), generator).numpy().astype(np.int32)


def _run(table: Ints, start: int, x: Ints, lengths: NDArray[np.int64]) -> Ints:
    """States before, between and after letters; after the end of a word any: (time + 1, words)."""
    letters, flat = table.shape[1], table.ravel()
    states = np.zeros((len(x) + 1, x.shape[1]), dtype=np.int32)
    states[0] = start
    going = np.searchsorted(-lengths, -np.arange(len(x)), side="left")  # words longer than t
    for t, n in enumerate(going.tolist()):
        np.take(flat, states[t, :n] * letters + x[t, :n], out=states[t + 1, :n], mode="clip")
    return states


def _with_template(x: Ints, lengths: NDArray[np.int64], y: Ints, letters: int, bos: bool, tokens: int) -> WordChunk:
    """The words as tokens; labels at every position begin with that of the start."""
    after = np.arange(x.shape[1]) >= lengths[:, None]
    x = np.where(after, np.int32(-1), x)
    if tokens > 1:
        x = np.repeat(x, tokens, axis=1)
    if y.ndim == 2:
        y = y[:, np.arange(1, x.shape[1] + 1) // tokens] if not bos else y[:, np.arange(x.shape[1] + 1) // tokens]
    if bos:
        x = np.concatenate([np.full((len(x), 1), letters, dtype=np.int32), x], axis=1)
    if y.ndim == 2:
        y = np.where(x < 0, np.int32(-1), y)
    return WordChunk(x, lengths * tokens + bos, y)
