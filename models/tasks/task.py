"""State tracking as a supervised task: words by a law, uniform over letters or balanced; labels the states an automaton
reaches, or their outputs where it has some.

Words are made many at a time: batches come in chunks, a chunk is drawn in one call and its states follow by
one table look-up per time step for all its words together, on the device of the task. A batch is a function
of the seed and its step number alone, so a run resumes without a stored generator state. CPU and CUDA draw
different words from one seed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from hashlib import sha256
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from ..errors import ModelError, TaskError, checked_device
from .batches import VALIDATION_STREAM, Batch, check_batch
from .lengths import LengthLaw, checked_length, length_law
from .word_laws import (
    BALANCED,
    BALANCED_ACCEPTED,
    BALANCED_STATES,
    NO_END,
    OF_ACCEPTED,
    UNIFORM,
    balanced_words,
    checked_words,
    end_kinds,
)
from .word_table import WordTable, word_table

if TYPE_CHECKING:
    from ...theory.automata.automaton import Automaton

CHUNK = 128  # batches made together, fewer when they are large
CHUNK_LETTERS = 1 << 20  # letters made together: 8 MB of int64
LEAST_ROOM = Fraction(1, 1000)  # between chance and 1, below which an accuracy that was measured says nothing
STREAM_LETTERS = 1 << 16  # letters of a long word set that are in memory at a time


@dataclass(frozen=True)
class StateTracking:
    """Batches of words and the states an automaton reaches on them.

    All words of a batch have one length, drawn from the length law; given the length, words are drawn by the word law.

    Args:
        automaton: the automaton; letter and state indices follow `automaton.letters` and `automaton.states`.
        lengths: an int, an inclusive (low, high) range, a mapping length -> weight, or a function of a numpy
            Generator.
        every: labels at every position (batch, time) instead of at the last one (batch,).
        device: where batches are made.
        seed: seed of all batches.
        choices: a sequence of lengths drawn uniformly, instead of `lengths`.
        words: the word law: "uniform", independent uniform letters; "balanced", labels after the word uniform;
            "balanced_states", states after the word uniform; "accepted" and "balanced_accepted", of the words that the
            automaton accepts, where lengths without any are left out. See `bistate.models.tasks.word_laws`.

    Raises:
        TaskError: for an empty length law, a negative length, another word law, labels at every position of words
            that may be empty, or accepted words of an automaton without accepting states or of lengths without any.
    """

    automaton: Automaton
    lengths: Any = (2, 10)
    every: bool = False
    device: torch.device | str = "cpu"
    seed: int = 0
    choices: Sequence[int] | None = None
    words: str = UNIFORM
    law: LengthLaw = field(init=False)
    _chunks: dict[tuple[int, int], tuple[int, list[Batch]]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        law = length_law(self.lengths, self.choices)
        if checked_words(self.words) in OF_ACCEPTED:
            law = law.only(self._has_words, f"no word of these lengths is accepted: lengths={self.lengths!r}")
        if self.every and 0 in law.lengths:
            raise TaskError(f"every=True labels each letter, and lengths={self.lengths!r} allows the empty word")
        if self.seed < 0:
            raise TaskError(f"a seed is an integer of at least 0, got {self.seed!r}")
        try:
            checked_device(self.device)
        except ModelError as error:
            raise TaskError(str(error)) from error
        object.__setattr__(self, "law", law)

    @staticmethod
    def from_words(words: Any, labels: Any, **options: Any) -> WordTable:
        """A task of given words instead of drawn ones; see `bistate.models.tasks.word_table`."""
        return word_table(words, labels, **options)

    @property
    def letters(self) -> tuple[Hashable, ...]:
        """The automaton's letters."""
        return self.automaton.letters

    @property
    def labels(self) -> tuple[Hashable, ...]:
        """What there is to tell apart: the automaton's labels."""
        return self.automaton.labels

    @property
    def sizes(self) -> dict[str, Any]:
        """What `usual_config` takes: letters, states, the longest word, None where the law is a function, merging."""
        A = self.automaton
        sizes = {"letters": len(A.letters), "states": len(A.states), "longest": self.law.longest}
        return {**sizes, "merging": not A.is_permutation}

    def _has_words(self, length: int) -> bool:
        return self.words not in OF_ACCEPTED or bool(balanced_words(self.automaton, self.words).kinds_at(length))

    def length_near(self, length: int) -> int:
        """The longest length up to this one of which the word law has words, as 499 for expressions and 500.

        Raises:
            TaskError: where there is none.
        """
        for n in range(checked_length(length), -1, -1):
            if self._has_words(n):
                return n
        raise TaskError(f"no word of up to {length} letters is accepted")

    def batch(self, size: int, step: int, stream: int = 0) -> Batch:
        """The batch with number `step`, the same whenever it is asked for.

        Args:
            size: words in the batch.
            step: number of the batch, at least 0.
            stream: another sequence of batches from the same task, as for another training seed.

        Returns:
            Letters int64 (batch, time), and labels int64 (batch,), or (batch, time) when `every`: positions in
            `automaton.labels`, which are the states unless the automaton has outputs.

        Raises:
            TaskError: for a size below 1 or a negative step.
        """
        check_batch(size, step, stream)
        count = self._batches_per_chunk(size)
        number = step // count
        held = self._chunks.get((size, stream))  # one chunk per size and stream: training reads steps in order
        if held is None or held[0] != number:
            held = (number, self._chunk(size, number, count, stream))
            self._chunks[size, stream] = held
        return held[1][step % count]

    def sample(self, size: int, length: int, seed: int = 0) -> Batch:
        """Words of one length with their labels, shaped as in `batch`; apart from all training batches."""
        pieces = list(word_pieces(self.automaton, size, length, seed, self.device, self.words))
        if not pieces:
            start = torch.full((size,), self.automaton.start_index, device=self.device)
            return torch.empty(size, 0, dtype=torch.long, device=self.device), self.labels_of(start)
        x = torch.cat([p[0] for p in pieces], 1)  # (size, length)
        y = self.labels_of(torch.cat([p[1] for p in pieces], 1))  # (size, length)
        return x, y if self.every else y[:, -1]

    def held_out(self, size: int, length: int | None = None) -> list[Batch]:
        """Fixed words that no training batch reads: of one length, or eight batches by the length law."""
        if length is not None:
            return [self.sample(size, length, seed=self.seed)]
        return [self.batch(ceil(size / 8), number, stream=VALIDATION_STREAM) for number in range(8)]

    def labels_of(self, states: Tensor) -> Tensor:
        """The labels of states, as positions, of the same shape."""
        if self.automaton.outputs is None:
            return states
        return torch.from_numpy(self.automaton.label_indices).to(states.device)[states]

    @property
    def chance(self) -> Fraction:
        """Chance level of the task: the mean of `chance_level(n)` over the length law.

        Raises:
            TaskError: when the law is a function, whose distribution is unknown.
        """
        if self.law.draw_one is not None:
            raise TaskError(f"the law {self.lengths!r} has no known distribution; ask for chance_level(length)")
        pairs = zip(self.law.weights, self.law.lengths, strict=True)
        return sum((w * self.chance_level(n) for w, n in pairs), Fraction(0))

    def chance_level(self, length: int, words: str | None = None) -> Fraction:
        """Accuracy of the best constant prediction at the last position of words of this length, exactly.

        `max_q #{w : |w| = length, δ*(q0, w) = q} / |Σ|^length`, counted in integers; q is a label where the automaton
        has outputs. Of accepted words these are counted. With balanced words it is the share of the most frequent
        label: one in so many.

        Args:
            length: of the words.
            words: the word law; None: that of the task.

        Raises:
            TaskError: for a law of accepted words, and a length without any.
        """
        law = checked_words(self.words if words is None else words)
        arrows = tuple(tuple(sorted(Counter(row).items())) for row in self.automaton.table.tolist())
        counts = _state_counts(arrows, self.automaton.start_index, checked_length(length))
        if law in OF_ACCEPTED:
            kinds = end_kinds(self.automaton, law).tolist()
            counts = tuple(0 if kind == NO_END else count for kind, count in zip(kinds, counts, strict=True))
            if not any(counts):
                raise TaskError(f"no word of {length} letters is accepted, so that none can be right or wrong")
        by_label = [0] * len(self.automaton.labels)
        for label, count in zip(self.automaton.label_indices.tolist(), counts, strict=True):
            by_label[label] += count > 0 if law == BALANCED_STATES else count
        if law in (BALANCED, BALANCED_ACCEPTED):
            return Fraction(1, sum(count > 0 for count in by_label))
        return Fraction(max(by_label), sum(by_label))

    def chance_normalised(self, accuracy: float, length: int, words: str | None = None) -> float:
        """`(acc - c) / (1 - c)`, 0 at chance and 1 when all is right.

        Raises:
            TaskError: when the chance level is 1, so that there is nothing to track at this length; or so near to 1
                that no sample of words could tell what knows something from what does not.
        """
        c = self.chance_level(length, words)
        if c == 1:
            raise TaskError(f"at length {length} every word ends in one state: the chance level is 1")
        if 1 - c < LEAST_ROOM and accuracy != 1:
            raise TaskError(
                f"at length {length} the chance level is 1 − {float(1 - c):.2g}: accuracy {accuracy!r} says nothing "
                "there; ask about words='balanced'"
            )
        return float((Fraction(accuracy) - c) / (1 - c))

    chance_normalized = chance_normalised  # the American spelling of the other public names, such as normalize

    @property
    def fingerprint(self) -> dict[str, Any]:
        """A JSON value that tells two tasks apart."""
        table = np.ascontiguousarray(self.automaton.table, dtype=np.int64)
        digest = sha256(table.tobytes() + repr((table.shape, self.automaton.start_index)).encode()).hexdigest()
        found = {"automaton": digest[:16], "lengths": self.law.describe(), "every": self.every, "seed": self.seed}
        if self.automaton.outputs is not None:
            found["labels"] = self.automaton.label_indices.tolist()
        if self.words != UNIFORM:
            found["words"] = self.words
        return found

    def _batches_per_chunk(self, size: int) -> int:
        longest = 64 if self.law.longest is None else max(1, self.law.longest)
        return max(1, min(CHUNK, CHUNK_LETTERS // (size * longest)))

    def _chunk(self, size: int, number: int, count: int, stream: int) -> list[Batch]:
        """All batches of a chunk: one draw, one look-up per time step, then views per batch."""
        seeds = np.random.SeedSequence([self.seed, stream, size, number])
        lengths = self.law.draw(np.random.default_rng(seeds), count)
        generator = torch.Generator(self.device).manual_seed(int(seeds.generate_state(1, np.uint64)[0]) >> 1)
        shape = (max(lengths), count * size)  # (time, words of the chunk)
        if self.words == UNIFORM:
            x = torch.randint(len(self.automaton.letters), shape, generator=generator, device=self.device)
        else:
            last_letters = torch.tensor(lengths).repeat_interleave(size)
            draws = torch.Generator().manual_seed(generator.initial_seed())
            x = balanced_words(self.automaton, self.words).draw(last_letters, draws).to(self.device)
        start = torch.full((count * size,), self.automaton.start_index, device=self.device)
        y = track(self.automaton, start, x)  # (time + 1, words)
        words = x.unflatten(1, (count, size)).permute(1, 2, 0).unbind(0)  # count × (size, time)
        ends = self.labels_of(y).unflatten(1, (count, size))  # (time + 1, count, size)
        if self.every:
            labels = ends[1:].permute(1, 2, 0).unbind(0)  # count × (size, time)
            return [(w.narrow(1, 0, n), q.narrow(1, 0, n)) for w, q, n in zip(words, labels, lengths, strict=True)]
        last = ends[lengths, range(count)].unbind(0)  # count × (size,)
        return [(w.narrow(1, 0, n), q) for w, q, n in zip(words, last, lengths, strict=True)]


def track(automaton: Automaton, start: Tensor, x: Tensor) -> Tensor:
    """States before, between and after letters, `q_t = δ(q_{t-1}, x_t)`, one table look-up per time step for all words.

    Args:
        automaton: the automaton.
        start: state indices, (words,).
        x: letter indices, (time, words).

    Returns:
        State indices, (time + 1, words); the first row is `start`.
    """
    letters = len(automaton.letters)
    table = torch.tensor(automaton.table, device=x.device).flatten()  # δ(q, x) at q * letters + x
    out = x.new_empty(len(x) + 1, *start.shape)
    out[0] = start
    rows = out.unbind(0)
    place = torch.empty_like(start)
    for letter, before, after in zip(x.unbind(0), rows[:-1], rows[1:], strict=True):
        torch.add(letter, before, alpha=letters, out=place)
        torch.index_select(table, 0, place, out=after)
    return out


def word_pieces(
    automaton: Automaton,
    size: int,
    length: int,
    seed: int = 0,
    device: torch.device | str = "cpu",
    words: str = UNIFORM,
) -> Iterator[Batch]:
    """Words of one length in pieces along time, so that long words fit in memory; balanced ones are drawn whole.

    Yields:
        Letters and the states after each of them, both int64 (size, piece).

    Raises:
        TaskError: for a size below 1, a negative length or another word law.
    """
    if size < 1:
        raise TaskError(f"a sample needs at least one word, got size={size}")
    left = checked_length(length)
    # The third entry keeps these words apart from every training chunk, which seeds with four.
    seeds = np.random.SeedSequence([seed, size, left])
    number = int(seeds.generate_state(1, np.uint64)[0]) >> 1
    generator = torch.Generator(device).manual_seed(number)
    q = torch.full((size,), automaton.start_index, device=device)
    piece = max(1, STREAM_LETTERS // size)
    whole = None
    if checked_words(words) != UNIFORM:
        whole = balanced_words(automaton, words).draw(torch.full((size,), left), torch.Generator().manual_seed(number))
    while left:
        shape = (min(piece, left), size)
        if whole is None:
            x = torch.randint(len(automaton.letters), shape, generator=generator, device=device)
        else:
            x = whole[len(whole) - left :][: shape[0]].to(device)
        y = track(automaton, q, x)[1:]  # (piece, size)
        left, q = left - len(x), y[-1]
        yield x.t(), y.t()


Arrows = tuple[tuple[tuple[int, int], ...], ...]


@lru_cache(maxsize=256)
def _state_counts(arrows: Arrows, start: int, length: int) -> tuple[int, ...]:
    """How many words of this length end in each state; `arrows[q]` lists (target, number of letters)."""
    counts = [0] * len(arrows)
    counts[start] = 1
    for _ in range(length):
        following = [0] * len(arrows)
        for count, row in zip(counts, arrows, strict=True):
            for target, times in row:
                following[target] += count * times
        counts = following
    return tuple(counts)
