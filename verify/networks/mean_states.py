"""Where words lead in the hidden space of a network, see docs/comparison.md.

For random words w, h_w is the hidden state and q_w the true state of the automaton. The means μ_q = E[h_w | q_w = q]
are the codes of the states. What is the same in all of them says nothing about the state, so sizes are measured from
the overall mean μ = E[h_w], and the state share is the part of what varies that the state explains,

    share = Σ_q P(q) ‖μ_q − μ‖² / E‖h_w − μ‖².

Hidden states of a linear recurrence are normalised, h / ‖h‖, unless a constant unit fixes their scale
(`shown.keeps_a_constant`); those of other networks are taken as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...groups.compared_by_fields import ComparedByFields
from ...theory.automata.automaton import Automaton
from .reading import reading_of
from .shown import Network, Shown, read_as, shown

Floats = NDArray[np.float64]
Positions = NDArray[np.int64]
_NUMBERS = 2**22  # in the hidden states that are held at once, to bound memory


@dataclass(frozen=True, eq=False)
class WordStates(ComparedByFields):
    """Means and sizes of hidden states over random words.

    Attributes:
        means: μ_q, (states, hidden).
        share: the state share, between 0 and 1; 0 where nothing varies.
        scales: mean of ‖A[x] h‖ / ‖h‖, one per letter, (letters,); of ‖h_t‖ / ‖h_{t−1}‖ where only hidden states are
            shown.
        counts: number of hidden states averaged for each state, (states,).
        constant: ‖μ‖² / E‖h_w‖², the part of all energy that never varies. Of all energy the state explains
            constant + (1 − constant) · share.
        halves: the means over every other word, and over the rest; how far they agree says how far means are noise.
            (2, states, hidden)
    """

    means: Floats
    share: float
    scales: Floats
    counts: NDArray[np.int64]
    constant: float = 0.0
    halves: Floats = field(default_factory=lambda: np.zeros((2, 0, 0)), repr=False)


def word_states(
    model: Network,
    automaton: Automaton,
    words: int = 1024,
    length: int = 40,
    skip: int = 10,
    seed: int = 0,
    *,
    prefix: Sequence[int] = (),
) -> WordStates:
    """Run random words and average the hidden states by true state.

    Args:
        model: a linear recurrence, or a network that shows hidden states, as the table in `bistate.models.protocols`
            says.
        automaton: the task; letter i of it is letter i of the network, which may have further ones.
        words: number of words, uniform over letters.
        length: letters per word; states after the first `skip` letters are used.
        skip: letters given for the start to be forgotten.
        seed: seed of the words.
        prefix: letters of the network that stand before every word.

    Raises:
        MismatchError: if model and task do not fit, or the model shows neither.
        ModelError: if a weight or a hidden state is not finite, or hidden states change when asked for again.
    """
    network = shown(model)
    reading = reading_of(network.letters, network.states, automaton, prefix=prefix)
    network = read_as(network, reading, len(automaton.letters))
    return sampled_states(network, automaton, words=words, length=length, skip=skip, seed=seed)


def sampled_states(
    network: Shown,
    automaton: Automaton,
    *,
    entry: Positions | None = None,
    among: Positions | None = None,
    words: int = 1024,
    length: int = 40,
    skip: int = 10,
    seed: int = 0,
) -> WordStates:
    """`word_states` for words that begin with a given one and go on with some of the letters.

    Args:
        network: what the model shows.
        automaton: the task.
        entry: the word that all words begin with, as positions, (time,); its letters count neither in `length` nor in
            `skip`.
        among: positions of the letters that follow, uniform; None: all.
        words: number of words.
        length: letters per word.
        skip: letters that are not looked at.
        seed: seed of the words.
    """
    pool = np.arange(len(automaton.letters)) if among is None else among
    letters = pool[np.random.default_rng(seed).integers(len(pool), size=(words, length))]  # (words, time)
    first = np.zeros(0, dtype=np.int64) if entry is None else entry
    letters = np.concatenate([np.repeat(first[None], words, axis=0), letters], axis=1)
    total = _Total(len(automaton.states), len(automaton.letters))
    begin, size = 0, 2  # the hidden size is not known before the first words have run
    while begin < words:
        chunk = letters[begin : begin + size]
        states, growth = network.run(chunk)
        skipped = len(first) + skip
        total.add(states[:, skipped:], automaton.run_batch(chunk, every=True)[:, skipped:], begin)
        total.grow(chunk[:, skipped + 1 :], growth[:, skipped + 1 :])
        begin += size
        size = 2 * max(1, min(128, _NUMBERS // max(2 * states[0].size, 1)))
    return total.result()


class _Total:
    """Sums over words, of hidden states from a point near their mean: a large constant then costs no digits."""

    def __init__(self, states: int, letters: int) -> None:
        self.states = states
        self.pivot: Floats | None = None
        self.sums = self.squares = np.zeros(0)
        self.counts = np.zeros((2, states), dtype=np.int64)  # of every other word
        self.growth, self.seen = np.zeros(letters), np.zeros(letters)

    def add(self, hidden: Floats, true: Positions, begin: int) -> None:
        """Take in hidden states (words, time, hidden) and true states (words, time) of words from number `begin` on."""
        if self.pivot is None:
            self.pivot = hidden.mean(axis=(0, 1))
            self.sums, self.squares = np.zeros((2, self.states, hidden.shape[2])), np.zeros(2)
        moved = hidden - self.pivot
        half = (np.arange(begin, begin + len(hidden)) % 2)[:, None]  # (words, 1)
        np.add.at(self.sums, (np.broadcast_to(half, true.shape).ravel(), true.ravel()), moved.reshape(true.size, -1))
        np.add.at(self.counts, (np.broadcast_to(half, true.shape).ravel(), true.ravel()), 1)
        self.squares += (float((moved**2).sum()), float((hidden**2).sum()))

    def grow(self, letters: Positions, growth: Floats) -> None:
        """Take in by how much letters changed the size, both (words, time)."""
        self.growth += np.bincount(letters.ravel(), growth.ravel(), len(self.growth))
        self.seen += np.bincount(letters.ravel(), minlength=len(self.seen))

    def result(self) -> WordStates:
        """Means and shares."""
        assert self.pivot is not None
        counts = self.counts.sum(axis=0)
        weights = counts / max(int(counts.sum()), 1)  # P(q)
        means = self.sums.sum(axis=0) / np.maximum(counts, 1)[:, None]  # from the pivot
        middle = weights @ means
        varying, whole = self.squares / max(int(counts.sum()), 1)
        varying -= float(middle @ middle)  # E‖h − μ‖²
        explained = float(weights @ ((means - middle) ** 2).sum(axis=1))
        halves = self.sums / np.maximum(self.counts, 1)[..., None]
        fixed = self.pivot + middle
        return WordStates(
            means=means + self.pivot,
            share=float(min(explained / varying, 1.0)) if varying > 1e-24 * whole else 0.0,
            scales=self.growth / np.maximum(self.seen, 1),
            counts=counts,
            constant=float(min(float(fixed @ fixed) / whole, 1.0)) if whole else 0.0,
            halves=halves + self.pivot,
        )
