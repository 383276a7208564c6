"""Networks in numbers, and whether a word is wrong in exact numbers: nothing here is taken from the certifier."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import torch
from bistate.models import BilinearRNN
from bistate.theory import Automaton
from flint import arb, arb_mat, ctx, fmpz, fmpz_mat

Word = tuple[int, ...]


@dataclass(frozen=True)
class Weights:
    """A network and its task in numbers.

    Attributes:
        A: (letters, hidden, hidden), the task's letters first.
        h: (hidden,).
        C: (scores, hidden), those of the states first, or one for each last letter of the task, (letters, scores,
            hidden).
        table: δ, (states, letters).
        start: position of the start state.
        before: letters before every word.
        labels: of the states, the score that stands for each, (states,); None: score q for state q.
    """

    A: np.ndarray
    h: np.ndarray
    C: np.ndarray
    table: np.ndarray
    start: int
    before: Word = ()
    labels: np.ndarray | None = None

    def own(self, states: np.ndarray) -> np.ndarray:
        """The scores of states."""
        return states if self.labels is None else self.labels[states]

    @property
    def letters(self) -> int:
        """Letters of the task."""
        return self.table.shape[1]

    @property
    def scores(self) -> int:
        """Number of scores."""
        return self.C.shape[-2]

    @property
    def by_last_letter(self) -> bool:
        """Whether there is a readout for each last letter."""
        return self.C.ndim == 3

    def read(self, last: int | None) -> np.ndarray:
        """The readout after a last letter, None for the empty word."""
        return self.C[last] if self.by_last_letter else self.C

    def state(self, word: Word) -> int:
        q = self.start
        for x in word:
            q = int(self.table[q, x])
        return q


@dataclass(frozen=True)
class Wrong:
    """A word that refutes a claim, and how the model was run."""

    word: Word
    true: int
    logits: list[float]
    how: str

    def __str__(self) -> str:
        shown = str(list(self.word)) if len(self.word) <= 60 else f"{list(self.word[:60])}… {len(self.word)} letters"
        return f"wrong on {shown}: state {self.true}, logits {self.logits}, {self.how}"


@dataclass
class Counts:
    """What was tried."""

    words: int = 0
    exact: int = 0
    undecided: int = 0
    paths: Counter[str] = field(default_factory=Counter)


def weights_of(model: BilinearRNN, automaton: Automaton) -> Weights:
    """The float weights of a model, as float64."""
    with torch.no_grad():
        A, h, C = (t.detach().double().numpy() for t in (model.transitions(), model.start, model.rows()))
    labels = None if automaton.outputs is None else automaton.label_indices
    return Weights(A, h, C, np.asarray(automaton.table), automaton.start_index, labels=labels)


# exact numbers ---------------------------------------------------------------------------------------------------


def exactly_wrong(weights: Weights, word: Word, counts: Counts) -> bool:
    """Whether the true state is not strictly ahead after the word, in exact numbers; unknown counts as right."""
    counts.exact += 1
    true = int(weights.own(np.array(weights.state(word))))
    before = ctx.prec
    try:
        for bits in (256, 4096) if len(word) > 12 else ():
            ctx.prec = bits
            known = _by_balls(weights, word, true)
            if known is not None:
                return known
    finally:
        ctx.prec = before
    if len(word) > 800:
        counts.undecided += 1
        return False
    return _by_integers(weights, word, true)


def _by_balls(weights: Weights, word: Word, true: int) -> bool | None:
    every = (*weights.before, *word)
    used = {x: arb_mat(weights.A[x].tolist()) for x in set(every)}
    vector = arb_mat([[arb(float(v))] for v in weights.h])
    for x in every:
        vector = used[x] * vector  # exponents of balls have no limit
    logits = (arb_mat(weights.read(word[-1] if word else None).tolist()) * vector).entries()
    rivals = [logits[true] - v for q, v in enumerate(logits) if q != true]
    if any(v <= 0 for v in rivals):
        return True
    return False if all(v > 0 for v in rivals) else None


def _integers(values: np.ndarray) -> fmpz_mat:
    """The floats times a power of two, as whole numbers."""
    pairs = [[float(v).as_integer_ratio() for v in row] for row in values]
    top = max(d for row in pairs for _, d in row)
    return fmpz_mat([[fmpz(n * (top // d)) for n, d in row] for row in pairs])


def _by_integers(weights: Weights, word: Word, true: int) -> bool:
    every = (*weights.before, *word)
    used = {x: _integers(weights.A[x]) for x in set(every)}
    vector = _integers(weights.h[:, None])
    for x in every:
        vector = used[x] * vector
    logits = [int(v) for v in (_integers(weights.read(word[-1] if word else None)) * vector).entries()]
    return any(logits[true] <= v for q, v in enumerate(logits) if q != true)
