"""What is said of lengths that leave something out, and what is not."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from bistate.models import BilinearRNN, StateTracking, TrainConfig, evaluate, harmonic_lengths, train
from bistate.models.tasks.length_warnings import LengthWarning
from bistate.theory import Automaton

PARITY = Automaton.parity()


def trained(lengths: Any) -> BilinearRNN:
    model = BilinearRNN(2, 4, 2)
    train(model, StateTracking(PARITY, lengths=lengths), TrainConfig(steps=1), progress=False)
    return model


@pytest.mark.parametrize("lengths", [(3, 40), (0, 13)])
def test_uniform_long_lengths(lengths: tuple[int, int]) -> None:
    with pytest.warns(LengthWarning, match=rf"from {lengths[0]} to {lengths[1]} are drawn uniformly.*harmonic_lengths"):
        trained(lengths)


@pytest.mark.parametrize("lengths", [(2, 12), 40, harmonic_lengths(3, 40), {1: 2, 40: 1}, lambda rng: 30])
def test_other_lengths_say_nothing(lengths: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trained(lengths)


def test_the_empty_word() -> None:
    model = trained((0, 5))
    with pytest.warns(LengthWarning, match="the empty word is asked about, and the task's lengths, 1 to 5"):
        evaluate(model, StateTracking(PARITY, lengths=(1, 5)), 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        evaluate(model, StateTracking(PARITY, lengths=(0, 5)), 0)
        evaluate(model, StateTracking(PARITY, lengths=(1, 5)), 1)
        evaluate(model, PARITY, 0)
