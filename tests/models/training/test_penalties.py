"""Penalties of growth and spread: the definitions by loops, what they do while training, and where they are refused."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from bistate.models import Baseline, BilinearRNN, StateTracking, TrainConfig, TrainingError, train
from bistate.models.training.ensemble import train_ensemble
from bistate.models.training.penalties import growth, penalty_of, spread, states_along
from bistate.theory import Automaton

KEPT = Automaton.reset(2, keep=True)
SHORT = TrainConfig(steps=150, lr=1e-2, threads=1)


def test_growth_is_the_variance_of_how_much_a_letter_stretches_unit_states() -> None:
    model = BilinearRNN(3, 4, 3, "full", seed=1)
    u = torch.nn.functional.normalize(torch.randn(5, 6, 4, generator=torch.Generator().manual_seed(0)), dim=-1)
    variances = []
    for A in model.transitions().detach():
        logs = [math.log(float((A @ v).norm())) for v in u.flatten(0, 1)]
        mean = sum(logs) / len(logs)
        variances.append(sum((x - mean) ** 2 for x in logs) / len(logs))
    assert float(growth(model.transitions().detach(), u)) == pytest.approx(sum(variances) / 3, rel=1e-4)
    orthogonal = torch.linalg.qr(torch.randn(2, 4, 4))[0] * torch.tensor([2.0, 0.5])[:, None, None]
    assert float(growth(orthogonal, u)) == pytest.approx(0, abs=1e-10)


def test_spread_is_the_squared_distance_from_the_mean_of_the_state() -> None:
    words = torch.tensor([[0, 1, 2, 2], [1, 2, 0, 2], [2, 2, 2, 1]])
    states = states_along(KEPT, words)
    expected = []
    for word in words.tolist():
        q = KEPT.start_index
        for x in word:
            q = int(KEPT.table[q, x])
            expected.append(q)
    assert states.flatten().tolist() == expected
    u = torch.nn.functional.normalize(torch.randn(3, 4, 5, generator=torch.Generator().manual_seed(0)), dim=-1)
    flat, total = u.flatten(0, 1), 0.0
    for v, q in zip(flat, expected, strict=True):
        mine = [w for w, p in zip(flat, expected, strict=True) if p == q]
        total += float(((v - sum(mine) / len(mine)) ** 2).sum())
    assert float(spread(u, states, 2)) == pytest.approx(total / len(expected), rel=1e-5)


@pytest.mark.parametrize("name", ["growth_penalty", "spread_penalty"])
def test_training_lowers_what_is_penalised(name: str) -> None:
    """Beside the same training without it."""
    task, left = StateTracking(KEPT, lengths=(1, 8)), {}
    config = replace(SHORT, **{name: 1.0})
    for settings in (SHORT, config):
        model = BilinearRNN(3, 8, 2, "full", seed=0)
        train(model, task, settings, progress=False)
        x, _ = task.batch(64, 0, stream=7)
        left[settings] = float(penalty_of(model, task, x, config).detach())
    assert left[config] < left[SHORT] / 2


def test_words_without_letters_cost_nothing() -> None:
    task = StateTracking(KEPT)
    model = BilinearRNN(3, 4, 2, "full")
    config = replace(SHORT, growth_penalty=1.0, spread_penalty=1.0)
    assert float(penalty_of(model, task, torch.zeros(4, 0, dtype=torch.long), config)) == 0


def test_configurations_without_penalties_are_written_as_before() -> None:
    assert not {"growth_penalty", "spread_penalty"} & set(SHORT.to_json())
    assert replace(SHORT, growth_penalty=0.5).to_json()["growth_penalty"] == 0.5


def test_where_there_are_no_numbers_penalties_are_refused() -> None:
    task = StateTracking(KEPT)
    config = replace(SHORT, spread_penalty=0.1)
    with pytest.raises(TrainingError, match=r"spread_penalty=0.1 is for a BilinearRNN, and the model is a Baseline"):
        train(Baseline(3, 4, 2, "lstm"), task, config)
    table = StateTracking.from_words([(0, 1), (1, 2), (2, 2), (2, 0)], [1, 1, 0, 0])
    with pytest.raises(TrainingError, match="needs the states of an automaton"):
        train(BilinearRNN(3, 4, 2, "full"), table, config)
    with pytest.raises(TrainingError, match="an ensemble has no growth_penalty"):
        train_ensemble([BilinearRNN(3, 4, 2, "full")], task, [config])
    with pytest.raises(TrainingError, match="growth_penalty is a number of at least 0, got growth_penalty=-1"):
        TrainConfig(growth_penalty=-1)
