"""Accuracy at any length, in memory that does not grow with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch

from .baselines import Baseline
from .bilinear_rnn import BilinearRNN
from .errors import ModelError
from .task import StateTracking, word_pieces

if TYPE_CHECKING:
    from ..theory.automata.automaton import Automaton


PIECE = 100  # words that a baseline reads together


def check_fit(model: BilinearRNN | Baseline, automaton: Automaton) -> None:
    """Raise a `ModelError` when the model's alphabet or states are not as many as the automaton's."""
    pairs = (("letters", model.letters, len(automaton.letters)), ("states", model.states, len(automaton.states)))
    for name, has, needs in pairs:
        if has != needs:
            raise ModelError(
                f"the model has {name}={has}, the automaton has {needs}; build the model with {name}={needs}"
            )


@torch.inference_mode()
def evaluate(
    model: BilinearRNN | Baseline,
    task: StateTracking | Automaton,
    length: int,
    size: int = 1000,
    seed: int = 0,
    every: bool = False,
    normalize: bool = True,
    parallel: bool = False,
) -> float:
    """Share of uniform random words on which the model names the right state.

    Args:
        model: any `BilinearRNN` or `Baseline`; the latter reads words whole, so memory grows with the length.
        task: a task or its automaton.
        length: letters per word; 0 asks about the empty word.
        size: number of words.
        seed: seed of the words.
        every: average over all positions instead of looking at the last one; flattering for long words.
        normalize: divide states by their norm at every step, as the paper does at inference even after
            training without; an additive model keeps its own setting, because it has no scale invariance.
        parallel: read words by a scan over time, see `bistate.models.scan`; for few long words.

    Returns:
        Accuracy between 0 and 1.

    Raises:
        ModelError: when the model does not fit the automaton.
        TaskError: for a negative length or size below 1.
    """
    automaton = task.automaton if isinstance(task, StateTracking) else task
    check_fit(model, automaton)
    if not isinstance(model, BilinearRNN):
        return _whole_words(model, automaton, length, size, seed, every)
    with model.normalized(model.normalize if model.additive else normalize):
        h = model.initial(size)  # (size, hidden)
        right = (h @ model.rows().t()).argmax(-1) == automaton.start_index  # (size,)
        hits = 0
        for x, y in word_pieces(automaton, size, length, seed, h.device):
            states = model.run(h, x, parallel)  # (piece, size, hidden)
            h = states[-1]
            guess = (states if every else h) @ model.rows().t()
            right = guess.argmax(-1) == (y.t() if every else y[:, -1])
            hits += int(right.sum()) if every else 0
    if every and length:
        return hits / (size * length)
    return int(right.sum()) / size


def _whole_words(model: Baseline, automaton: Automaton, length: int, size: int, seed: int, every: bool) -> float:
    """The same for a model that reads words in one piece, some words at a time."""
    device = model.start.device
    pieces = list(word_pieces(automaton, size, length, seed, device))
    if not pieces:
        empty = torch.empty(1, 0, dtype=torch.long, device=device)
        return float(model(empty).argmax(-1).item() == automaton.start_index)
    x, y = (torch.cat(parts, 1) for parts in zip(*pieces, strict=True))  # (size, length)
    right = 0
    for words, states in zip(x.split(PIECE), y.split(PIECE), strict=True):
        guess = model(words, every=every).argmax(-1)
        right += int((guess == (states if every else states[:, -1])).sum())
    return right / (size * length if every else size)


def accuracy_by_length(
    model: BilinearRNN | Baseline,
    automaton: Automaton,
    lengths: Iterable[int],
    size: int = 1000,
    seed: int = 0,
    normalize: bool = True,
) -> dict[int, float]:
    """`evaluate` at the last position for several lengths: {length: accuracy}."""
    return {n: evaluate(model, automaton, n, size, seed, normalize=normalize) for n in lengths}
