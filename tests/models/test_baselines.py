"""Baselines: causal, resumable, saved and loaded, and the Mamba block against its published equations."""

from __future__ import annotations

import math

import pytest
import torch
from bistate.models import (
    KINDS,
    Baseline,
    BilinearRNN,
    CheckpointError,
    InputError,
    ModelError,
    StateTracking,
    TrainConfig,
    evaluate,
    load_baseline,
    load_model,
    save_model,
    train,
)
from bistate.models.baselines import MambaLayer
from bistate.theory import Automaton


def words(batch: int, time: int, letters: int = 3) -> torch.Tensor:
    return torch.randint(letters, (batch, time), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("layers", [1, 2, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_shapes_and_causality(kind, layers):
    model = Baseline(3, 8, 5, kind, layers=layers, dtype=torch.float64)
    x = words(4, 6)
    every = model(x, every=True)
    assert every.shape == (4, 6, 5)
    torch.testing.assert_close(model(x), every[:, -1])
    torch.testing.assert_close(model(x[:, :4]), every[:, 3])  # later letters change nothing
    assert model(x[:, :0]).shape == (4, 5)
    assert not torch.allclose(model(x), model(x.roll(1, 1)))  # earlier ones do


@pytest.mark.parametrize("kind", KINDS)
def test_seeds_and_files(kind, tmp_path):
    state = torch.random.get_rng_state()
    one, two, other = (Baseline(3, 8, 5, kind, seed=s) for s in (1, 1, 2))
    assert torch.equal(state, torch.random.get_rng_state())
    x = words(2, 5)
    assert torch.equal(one(x), two(x))
    assert not torch.equal(one(x), other(x))
    save_model(one, tmp_path)
    assert torch.equal(load_baseline(tmp_path)(x), one(x))
    with pytest.raises(CheckpointError, match=f"the model is a baseline, {kind}"):
        load_model(tmp_path)
    save_model(BilinearRNN(3, 8, 5), tmp_path / "bilinear")
    with pytest.raises(CheckpointError, match="the model is bilinear, full; load_model"):
        load_baseline(tmp_path / "bilinear")


def test_the_mamba_block_is_its_equations():
    """Computed entry by entry from the published equations, with nothing of the layer's forward."""
    torch.manual_seed(0)
    layer = MambaLayer(4, state=3).double()
    h = torch.randn(1, 5, 4, dtype=torch.float64)
    x = h[0] / (h[0].pow(2).mean(-1, keepdim=True) + torch.finfo(h.dtype).eps).sqrt() * layer.norm.weight
    u, z = (x @ layer.enter.weight.T).split(8, -1)
    kernel = layer.conv.weight[:, 0]  # (inner, taps), the last tap is now
    filtered = torch.stack(
        [
            layer.conv.bias + sum((kernel[:, 3 - k] * u[t - k] for k in range(4) if t >= k), torch.zeros(8).double())
            for t in range(5)
        ]
    )
    u = filtered * torch.sigmoid(filtered)
    state, out = torch.zeros(8, 3, dtype=torch.float64), []
    for t in range(5):
        chosen = layer.select.weight @ u[t]
        low, into, read = chosen[: layer.rank], chosen[layer.rank : layer.rank + 3], chosen[layer.rank + 3 :]
        delta = torch.log1p(torch.exp(layer.step.weight @ low + layer.step.bias))
        for c in range(8):
            for n in range(3):
                keep = math.exp(-delta[c].item() * math.exp(layer.log_decay[c, n].item()))
                assert 0 < keep < 1
                state[c, n] = keep * state[c, n] + delta[c] * into[n] * u[t, c]
        y = (state @ read + layer.skip * u[t]) * z[t] * torch.sigmoid(z[t])
        out.append(h[0, t] + layer.leave.weight @ y)
    torch.testing.assert_close(layer(h)[0], torch.stack(out), atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_training_learns_something_and_resumes(kind, tmp_path):
    A = Automaton.parity()
    task = StateTracking(A, lengths=(1, 4))
    config = TrainConfig(steps=120, lr=5e-3, validate_every=60, checkpoint_every=60, weight_decay=0.0)
    model = Baseline(2, 16, 2, kind)
    before = evaluate(model, A, 3)
    run = train(model, task, config, directory=tmp_path / "run", progress=False)
    assert run.history[-1]["loss"] < 0.693
    assert run.history[-1]["accuracy"] >= before - 0.1
    again = train(Baseline(2, 16, 2, kind), task, config, directory=tmp_path / "run", progress=False)
    assert again.steps == 120
    assert torch.equal(again.model(words(3, 4, 2)), model(words(3, 4, 2)))


def test_evaluation_reads_whole_words():
    A = Automaton.parity()
    model = Baseline(2, 4, 2, "lstm")
    with torch.no_grad():
        model.readout.weight.zero_()
        model.readout.bias.copy_(torch.tensor([1.0, 0.0]))  # always state 0
    assert evaluate(model, A, 0) == 1.0
    half = evaluate(model, A, 7, size=400)
    assert 0.4 < half < 0.6
    assert evaluate(model, A, 7, size=400, every=True) == pytest.approx(half, abs=0.1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "s4"}, "'s4'; accepted: rnn"),
        ({"layers": 0}, "layers"),
        ({"kind": "transformer", "heads": 3}, "heads=3"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ModelError, match=message):
        Baseline(2, 8, 2, **options)


def test_bad_letters_are_named():
    with pytest.raises(InputError, match="letter 7 is outside the alphabet of 2"):
        Baseline(2, 8, 2)(torch.tensor([[7]]))
