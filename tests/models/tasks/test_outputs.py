"""Tasks with outputs: batches, chance, training and accuracy speak of labels."""

from __future__ import annotations

import itertools
from collections import Counter
from fractions import Fraction

import pytest
import torch
from bistate.models import BilinearRNN, StateTracking, TrainConfig, evaluate, train
from bistate.models.errors import ModelError
from bistate.models.reading import reading
from bistate.theory import Automaton, realize

A = Automaton.modular_addition(6).with_outputs(["low", "low", "low", "low", "high", "high"])


def test_batches_and_samples_carry_labels() -> None:
    task = StateTracking(A, lengths=(1, 5), every=True)
    for x, y in (task.batch(20, 3), task.sample(20, 6)):
        for word, labels in zip(x.tolist(), y.tolist(), strict=True):
            assert [A.labels[k] for k in labels] == [A.output(word[: n + 1]) for n in range(len(word))]
    x, y = StateTracking(A, lengths=(2, 2)).batch(20, 0)
    assert [A.labels[k] for k in y.tolist()] == [A.output(word) for word in x.tolist()]
    assert StateTracking(A).sample(3, 0)[1].tolist() == [0, 0, 0]


def test_chance_is_that_of_the_most_frequent_label() -> None:
    task = StateTracking(A)
    for n in range(4):
        counts = Counter(A.output(word) for word in itertools.product(A.letters, repeat=n))
        assert task.chance_level(n) == Fraction(max(counts.values()), 6**n)


def test_other_labels_are_another_run() -> None:
    plain = StateTracking(A.with_outputs(None)).fingerprint
    assert "labels" not in plain
    assert StateTracking(A).fingerprint != StateTracking(A.with_outputs(list("aabbbb"))).fingerprint


def test_exact_weights_are_right_and_others_are_trained_on_labels() -> None:
    exact = BilinearRNN.from_weights(realize(A), dtype=torch.float64)
    assert exact.states == 2
    assert evaluate(exact, A, length=40) == 1.0
    B = Automaton.modular_addition(4).with_outputs([0, 1, 0, 1])
    model = BilinearRNN(letters=4, hidden=8, states=2, transition="diagonal", seed=0)
    train(model, StateTracking(B, lengths=(1, 6)), TrainConfig(steps=300, lr=0.01))
    assert evaluate(model, B, length=60) == 1.0


def test_scores_are_named_for_each_label() -> None:
    read = reading(6, 5, A, outputs=[4, 1])
    assert read.outputs == (4, 4, 4, 4, 1, 1)
    assert read.of_labels == (4, 1)
    assert read.least_scores == 5
    with pytest.raises(ModelError, match="2 labels: one for each"):
        reading(6, 6, A, outputs=[0, 1, 2, 3, 4, 5])
    with pytest.raises(ModelError, match="2 labels"):
        reading(6, 1, A)
    with pytest.raises(ModelError, match="two labels"):
        reading(6, 3, A, outputs=[1, 1])


def test_a_model_with_an_output_for_each_state_does_not_fit_labels() -> None:
    model = BilinearRNN(letters=6, hidden=8, states=6)
    with pytest.raises(ModelError, match="states=2"):
        train(model, StateTracking(A), TrainConfig(steps=1))
