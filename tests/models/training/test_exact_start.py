"""Training that begins at exact weights, or near them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from bistate.groups import CyclicGroup, DihedralGroup
from bistate.models import (
    Baseline,
    BilinearRNN,
    ModelError,
    StateTracking,
    TrainConfig,
    TrainingError,
    evaluate,
    start_near,
    train,
)
from bistate.theory import Automaton, realize

C5 = Automaton.word_problem(CyclicGroup(5))
D3 = Automaton.word_problem(DihedralGroup(3))
CASES = [
    ("full", D3, {"hidden": 6}),
    ("full", D3, {"hidden": 17}),
    ("block", D3, {"hidden": 12, "block": 2}),
    ("block", D3, {"hidden": 12, "block": 3}),
    ("rotation", C5, {"hidden": 16}),
    ("diagonal", Automaton.parity(), {"hidden": 9}),
    ("cp", D3, {"hidden": 20, "rank": 30}),
    ("householder", D3, {"hidden": 12, "heads": 6, "reflections": 2}),
    ("monomial", D3, {"hidden": 3}),
]
RANK = BilinearRNN.from_weights(realize(D3, "cp"), "cp").rank
RUNGS = {"householder": "householder_per_head"}


def made(transition: str, automaton: Automaton, sizes: dict[str, int], seed: int = 3) -> BilinearRNN:
    return BilinearRNN(len(automaton.letters), states=len(automaton.labels), transition=transition, seed=seed, **sizes)


@pytest.mark.parametrize(("transition", "automaton", "sizes"), CASES)
def test_a_model_that_is_wide_enough_begins_exactly(
    transition: str, automaton: Automaton, sizes: dict[str, int]
) -> None:
    model, weights = made(transition, automaton, sizes), realize(automaton, RUNGS.get(transition, transition))
    own = {name: p.clone() for name, p in model.named_parameters()}
    start_near(model, weights)
    assert evaluate(model, automaton, length=300, size=200) == 1.0
    small = BilinearRNN.from_weights(weights, transition, dtype=torch.float32)
    words = torch.randint(len(automaton.letters), (20, 9), generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(model(words), small(words), rtol=1e-4, atol=1e-4)
    if model.hidden > small.hidden:
        kept = [
            bool((p[p != 0] == own[name][p != 0]).any()) for name, p in model.family.named_parameters(prefix="family")
        ]
        assert any(kept)  # what is beyond the weights keeps its own transitions
        assert not model.start[small.hidden :].any()


def test_noise_moves_every_number_by_a_share_of_the_weights() -> None:
    weights = realize(D3, "full")
    plain, moved, again = (made("full", D3, {"hidden": 40}) for _ in range(3))
    start_near(plain, weights)
    start_near(moved, weights, noise=0.1, seed=5)
    start_near(again, weights, noise=0.1, seed=5)
    for name, p in plain.named_parameters():
        step = (moved.get_parameter(name) - p).detach()
        exact = BilinearRNN.from_weights(weights, "full").get_parameter(name).detach()
        assert float(step.square().mean().sqrt()) == pytest.approx(0.1 * float(exact.square().mean().sqrt()), rel=0.3)
        assert torch.equal(moved.get_parameter(name), again.get_parameter(name))
    assert evaluate(moved, D3, length=500, size=300) < 0.9


def test_what_does_not_fit_is_refused_and_the_model_left_alone() -> None:
    wrong = [
        (made("full", D3, {"hidden": 1}), "has shape"),
        (made("block", D3, {"hidden": 12, "block": 1}), "block=2"),
        (made("householder", D3, {"hidden": 12, "heads": 6, "reflections": 1}), "reflections=2"),
        (made("cp", D3, {"hidden": 20, "rank": RANK}), f"does not keep the units.*rank={RANK}"),
        (made("full", C5, {"hidden": 30}), "6 letters and 6 states, the model has 5 and 5"),
        (BilinearRNN(6, 9, 6, additive=True, normalize=False), "additive"),
        (Baseline(6, 9, 6, "lstm"), "Baseline"),
    ]
    for model, message in wrong:
        before = {name: value.clone() for name, value in model.state_dict().items()}
        rung = RUNGS.get(getattr(model, "transition", ""), getattr(model, "transition", "full"))
        with pytest.raises(ModelError, match=message):
            start_near(model, realize(D3, rung))
        assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    with pytest.raises(ModelError, match="noise=-1"):
        start_near(made("full", D3, {"hidden": 9}), realize(D3), noise=-1)


def test_training_goes_on_from_there(tmp_path: Path) -> None:
    config = TrainConfig(steps=6, validate_every=3, checkpoint_every=2, lr=1e-4)
    weights, task = realize(D3, "full"), StateTracking(D3)
    whole = train(made("full", D3, {"hidden": 12}), task, config, start_from=weights, noise=0.01)
    assert whole.history[0]["accuracy"] == 1.0

    def stop(step: int) -> None:
        if step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(made("full", D3, {"hidden": 12}), task, config, tmp_path / "run", False, stop, weights, 0.01)
    run = train(made("full", D3, {"hidden": 12}), task, config, tmp_path / "run", start_from=weights, noise=0.01)
    for (name, p), q in zip(run.model.named_parameters(), whole.model.parameters(), strict=True):
        np.testing.assert_array_equal(p.detach().numpy(), q.detach().numpy(), name)
    with pytest.raises(TrainingError, match="start_from has letters"):
        train(
            made("full", D3, {"hidden": 12}), task, config, start_from=realize(Automaton.word_problem(CyclicGroup(6)))
        )
