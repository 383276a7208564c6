"""Networks trained together end up where they would have ended alone."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from bistate.models import BilinearRNN, ModelError, StateTracking, TrainConfig, TrainingError, evaluate, train
from bistate.models.training.ensemble import train_ensemble
from bistate.theory import Automaton

A = Automaton.modular_addition(3)
TASK = StateTracking(A, lengths=(1, 5))
FAMILIES = {
    "full": {},
    "block": {"block": 2},
    "rotation": {},
    "diagonal": {},
    "positive": {},
    "cp": {"rank": 5},
    "householder": {"reflections": 2, "heads": 2},
    "convex": {"dictionary": 3},
}


def make(family: str, seed: int, **options) -> BilinearRNN:
    return BilinearRNN(3, 8, 3, family, seed=seed, dtype=torch.float64, **{**FAMILIES[family], **options})


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("every", "options"),
    [
        (False, {}),
        (True, {}),
        (True, {"normalize": False}),
        (False, {"normalize": False}),
        (False, {"temperature": 5.0}),
    ],
    ids=["plain", "every position", "every position, not normalised", "not normalised", "temperature"],
)
def test_together_is_alone(family, every, options):
    """40 steps in double precision, seeds and rates mixed: weights agree to 1e-7."""
    configs = [
        TrainConfig(steps=40, seed=s, lr=lr, grad_clip=0.5, decay_transitions=family != "rotation")
        for s, lr in ((0, 3e-3), (1, 3e-3), (2, 1e-2))
    ]
    together = [make(family, c.seed, **options) for c in configs]
    task = StateTracking(A, lengths=(1, 5), every=every)
    losses = train_ensemble(together, task, configs, progress=False)
    for model, config, loss in zip(together, configs, losses, strict=True):
        alone = make(family, config.seed, **options)
        run = train(alone, task, config, progress=False)
        assert loss == pytest.approx(run.history[-1]["loss"], abs=1e-7)
        for (name, p), q in zip(model.named_parameters(), alone.parameters(), strict=True):
            torch.testing.assert_close(p, q, atol=1e-7, rtol=1e-6, msg=name)


def test_an_ensemble_learns():
    config = TrainConfig(steps=1500, weight_decay=0.5)
    models = [BilinearRNN(3, 24, 3, seed=s) for s in range(3)]
    train_ensemble(models, StateTracking(A), [dataclasses.replace(config, seed=s) for s in range(3)], progress=False)
    assert [evaluate(model, A, length=500, size=200) for model in models] == [1.0, 1.0, 1.0]


def test_a_network_that_blows_up_does_not_take_the_others_along():
    configs = [TrainConfig(steps=30, seed=0, lr=1e-3), TrainConfig(steps=30, seed=1, lr=1e200)]
    models = [make("full", c.seed, normalize=False) for c in configs]
    losses = train_ensemble(models, TASK, configs, progress=False)
    assert math.isfinite(losses[0])
    assert math.isnan(losses[1])
    alone = make("full", 0, normalize=False)
    train(alone, TASK, configs[0], progress=False)
    torch.testing.assert_close(models[0].readout, alone.readout, atol=1e-7, rtol=1e-6)


def test_what_cannot_be_stacked_is_refused():
    config = TrainConfig(steps=1)
    with pytest.raises(ModelError, match="one shape"):
        train_ensemble([make("full", 0), make("block", 0)], TASK, [config, config])
    with pytest.raises(ModelError, match="1 models and 2 configurations"):
        train_ensemble([make("full", 0)], TASK, [config, config])
    with pytest.raises(ModelError, match="no additive terms"):
        train_ensemble([make("full", 0, additive=True)], TASK, [config])
    with pytest.raises(TrainingError, match=r"differ in \['steps'\]"):
        train_ensemble([make("full", s) for s in (0, 1)], TASK, [config, TrainConfig(steps=2)])
