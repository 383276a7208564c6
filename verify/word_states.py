"""Where words lead in the hidden space of a trained model (theory page, section 6, point 1).

For random words w, h_w is the normalised hidden state and q_w the true state of the automaton. The mean state vectors
μ_q = E[h_w | q_w = q] are the signal; the state share is the part of the energy they explain,

    share = Σ_q P(q) ‖μ_q‖² / E‖h_w‖².
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..models.bilinear_rnn import BilinearRNN
from ..theory.automata.automaton import Automaton
from .fit import require_fit

Floats = NDArray[np.float64]
_CHUNK = 256  # words run at once, to bound memory


@dataclass(frozen=True)
class WordStates:
    """Means and sizes of hidden states over random words.

    Attributes:
        means: μ_q, (states, hidden).
        share: the state share, between 0 and 1.
        scales: mean of ‖A[x] h‖ over normalised h, one per letter, (letters,).
        counts: number of hidden states averaged for each state, (states,).
    """

    means: Floats
    share: float
    scales: Floats
    counts: NDArray[np.int64]


def word_states(
    model: BilinearRNN, automaton: Automaton, words: int = 1024, length: int = 40, skip: int = 10, seed: int = 0
) -> WordStates:
    """Run random words and average the normalised hidden states by true state.

    Args:
        model: the trained model.
        automaton: the task.
        words: number of words, uniform over letters.
        length: letters per word; states after the first `skip` letters are used.
        skip: letters given for the start to be forgotten.
        seed: seed of the words.

    Raises:
        MismatchError: if model and task do not fit.
    """
    require_fit(model, automaton)
    letters = np.random.default_rng(seed).integers(len(automaton.letters), size=(words, length))  # (words, time)
    sums = np.zeros((len(automaton.states), model.hidden))
    counts = np.zeros(len(automaton.states), dtype=np.int64)
    growth, seen = np.zeros(len(automaton.letters)), np.zeros(len(automaton.letters))
    matrices = model.transitions().detach().double().numpy(force=True)  # (letters, hidden, hidden)
    for first in range(0, words, _CHUNK):
        chunk = letters[first : first + _CHUNK]  # (chunk, time)
        hidden = _hidden(model, chunk)[:, skip:]  # (chunk, time − skip, hidden)
        true = automaton.run_batch(chunk, every=True)[:, skip:]  # (chunk, time − skip)
        np.add.at(sums, true.ravel(), hidden.reshape(-1, model.hidden))
        counts += np.bincount(true.ravel(), minlength=len(counts))
        for x in range(len(matrices)):
            before = hidden[:, :-1][chunk[:, skip + 1 :] == x]  # (hits, hidden)
            growth[x] += np.linalg.norm(before @ matrices[x].T, axis=1).sum()
            seen[x] += len(before)
    means = sums / np.maximum(counts, 1)[:, None]
    share = float((counts / counts.sum()) @ (means**2).sum(axis=1))  # E‖h‖² = 1: the states are normalised
    return WordStates(means, share, growth / np.maximum(seen, 1), counts)


def _hidden(model: BilinearRNN, letters: NDArray[np.int64]) -> Floats:
    """Normalised hidden states after every letter: (words, time) → (words, time, hidden)."""
    x = torch.from_numpy(letters).to(model.start.device)
    with torch.inference_mode(), model.normalized(True):
        states = model.run(model.initial(len(x)), x)  # (time, words, hidden)
    return states.transpose(0, 1).double().numpy(force=True)
