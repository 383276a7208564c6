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
from bistate.models.baselines import MambaLayer, SLSTMLayer
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


def zeros(kind: str, **options) -> Baseline:
    """A network of four units whose weights are all 0 but for what its start values set in its biases."""
    model = Baseline(2, 4, 2, kind, **options).double()
    with torch.no_grad():
        for name, values in model.body.named_parameters():
            gate = values[4:8].clone()
            values.zero_()
            if "bias" in name:
                values[4:8] = gate
    return model


def test_gates_keep_the_state_at_the_start():
    """By what the network does: with weights 0 a step leaves σ(bias) of the state, and adds nothing."""
    kept = torch.sigmoid(torch.tensor(1.5, dtype=torch.float64))
    h, c, x = torch.zeros(1, 1, 4).double(), torch.ones(1, 1, 4).double(), torch.zeros(1, 1, 4).double()
    torch.testing.assert_close(zeros("lstm", forget_bias=1.5).body(x, (h, c))[1][1], kept * c)
    torch.testing.assert_close(zeros("gru", forget_bias=1.5).body(x, c)[1], kept * c)
    # An sLSTM divides: with z = 1, then 0, and input gates exp(0), its quotient is σ/(σ + 1) tanh(1).
    model = zeros("slstm", forget_bias=1.5, heads=2)
    with torch.no_grad():
        model.body[0].enter.weight[8:12] = torch.eye(4)
    h = model.body[0](torch.stack([torch.ones(4), torch.zeros(4)]).double()[None])
    torch.testing.assert_close(h[0, 1], 0.5 * (kept / (kept + 1) * math.tanh(1)).expand(4))


def test_a_forget_bias_of_1_is_in_every_layer_and_in_no_file(tmp_path):
    model = Baseline(3, 8, 5, "lstm", layers=2, forget_bias=1.0)
    for k in (0, 1):
        both = getattr(model.body, f"bias_ih_l{k}") + getattr(model.body, f"bias_hh_l{k}")
        assert (both[8:16] == 1).all()
        assert not (both[:8] == 1).any()
    assert "forget_bias" not in model.config
    save_model(model, tmp_path)
    assert torch.equal(load_baseline(tmp_path)(words(2, 5)), model(words(2, 5)))


def test_the_slstm_is_its_equations():
    """Without the stabiliser, number by number: i = exp(ĩ), f = σ(f̃), c and n as they are written in the paper."""
    torch.manual_seed(0)
    layer = SLSTMLayer(6, 2).double()
    with torch.no_grad():
        layer.enter.bias.normal_()
    x = torch.randn(1, 5, 6, dtype=torch.float64)
    R = torch.zeros(4, 6, 6, dtype=torch.float64)  # of each gate, block-diagonal
    for head in range(2):
        for gate in range(4):
            block = layer.mix[head, :, 3 * gate : 3 * gate + 3]  # from a number of h to one of the gate
            R[gate, 3 * head : 3 * head + 3, 3 * head : 3 * head + 3] = block.T
    W, b = layer.enter.weight.unflatten(0, (4, 6)), layer.enter.bias.unflatten(0, (4, 6))
    h, c, n = (torch.zeros(6, dtype=torch.float64) for _ in range(3))
    out = []
    for t in range(5):
        i, f, z, o = (W[g] @ x[0, t] + R[g] @ h + b[g] for g in range(4))
        keep, new = 1 / (1 + torch.exp(-f)), torch.exp(i)
        c, n = keep * c + new * torch.tanh(z), keep * n + new
        h = c / n / (1 + torch.exp(-o))
        out.append(h)
    torch.testing.assert_close(layer(x)[0], torch.stack(out))


def test_the_slstm_stays_in_range():
    """Gates of ±2000, whose exponentials no float has: outputs and gradients are numbers."""
    layer = SLSTMLayer(2, 1)
    with torch.no_grad():
        layer.enter.weight.mul_(0)
        layer.enter.weight[0, 0] = 2000.0
        layer.enter.weight[1, 1] = -2000.0
    x = torch.tensor([[[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [0.0, 0.0]]], requires_grad=True)
    out = layer(x)
    assert out.isfinite().all()
    out.sum().backward()
    assert x.grad.isfinite().all()
    assert all(p.grad.isfinite().all() for p in layer.parameters())


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
        ({"kind": "slstm", "heads": 3}, "heads=3, hidden=8"),
        ({"kind": "mamba", "forget_bias": 1.0}, "forget_bias=1.0 goes with gru, lstm and slstm, not with kind 'mamba'"),
        ({"kind": "lstm", "forget_bias": float("inf")}, "forget_bias=inf"),
        ({"kind": "lstm", "forget_bias": True}, "forget_bias=True"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ModelError, match=message):
        Baseline(2, 8, 2, **options)


def test_bad_letters_are_named():
    with pytest.raises(InputError, match="letter 7 is outside the alphabet of 2"):
        Baseline(2, 8, 2)(torch.tensor([[7]]))
