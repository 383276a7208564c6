"""Decoders: their layers, how they are read off modules of torch, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from bistate.models import (
    Activation,
    Affine,
    CheckpointError,
    Decoder,
    Gate,
    LinearRNN,
    ModelError,
    Norm,
    NormedReadout,
    Product,
    Residual,
    decoder_of,
    load_linear,
    save_model,
)
from bistate.models.decoder_module import decoded
from torch import nn

A, START = np.stack([np.eye(4)] * 3), np.ones(4)


def modules() -> list[nn.Module]:
    torch.manual_seed(0)
    ends = nn.Linear(4, 8), nn.Linear(8, 5)
    found = [
        nn.Sequential(ends[0], act, ends[1])
        for act in (nn.ReLU(), nn.SiLU(), nn.GELU(), nn.GELU("tanh"), nn.Tanh(), nn.Sigmoid())
    ]
    norm = nn.LayerNorm(8)
    nn.init.normal_(norm.weight), nn.init.normal_(norm.bias)
    found.append(nn.Sequential(nn.RMSNorm(4), ends[0], norm, nn.Sequential(nn.SiLU(), nn.Dropout(0.0)), ends[1]))
    found.append(nn.Sequential(nn.Linear(4, 5, bias=False), nn.Identity(), nn.LayerNorm(5, elementwise_affine=False)))
    return [module.double().eval() for module in found]


@pytest.mark.parametrize("module", modules(), ids=range(8))
def test_a_module_is_read_as_it_runs(module):
    h = torch.randn(20, 4, dtype=torch.float64)
    expected = module(h).detach().numpy()
    assert np.abs(decoded(decoder_of(module), h.numpy(), np.zeros(20, dtype=np.int64)) - expected).max() < 1e-12
    net = LinearRNN.from_arrays(A, START, module)
    again = LinearRNN.from_step(lambda h, x: h, 3, START, module)
    words = torch.zeros(2, 3, dtype=torch.long)
    assert torch.equal(net(words), again(words))
    assert np.abs(net(words)[0].numpy() - module(torch.ones(1, 4).double()).detach().numpy()).max() < 1e-12


def test_layers_are_those_of_their_formulas():
    draw = np.random.default_rng(0)
    W, b, g = draw.normal(size=(3, 2, 4)), draw.normal(size=(3, 2)), draw.normal(size=(3, 4))
    layers = Decoder((Residual((Gate(g),)), Product((Affine(W, b),), (Activation("relu"), Affine(W[0])))))
    h, last = draw.normal(size=(6, 4)), np.array([0, 1, 2, 2, 1, 0])
    v = h + g[last] * h
    expected = (np.einsum("xij,xj->xi", W[last], v) + b[last]) * (np.maximum(v, 0) @ W[0].T)
    assert np.abs(decoded(layers, h, last) - expected).max() < 1e-12
    assert layers.by_last_letter
    assert np.abs(decoded(layers.in_order([1, 0]), h, last) - expected[:, [1, 0]]).max() < 1e-12
    wide = np.concatenate([h, np.ones((6, 1))], axis=1)
    assert np.abs(decoded(layers.with_constant_unit(4), wide, last) - expected).max() < 1e-12
    mean = Decoder((Norm(0.5, centred=True),))
    y = h - h.mean(axis=1, keepdims=True)
    assert np.abs(decoded(mean, h, last) - y / np.sqrt((y**2).mean(axis=1, keepdims=True) + 0.5)).max() < 1e-12


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Decoder(()), "there is no layer"),
        (lambda: Decoder((nn.ReLU(),)), "ReLU is no layer"),
        (lambda: Activation("sin"), "'sin' is none of"),
        (lambda: Norm(0.0), "eps has to be a positive number"),
        (lambda: Norm(1.0, centred=1), "centred has to be True or False"),
        (lambda: Affine(np.ones(3)), "weights has the shape"),
        (lambda: Affine(np.ones((2, 3)), np.ones(3)), "weights have 2 rows and add 3"),
        (lambda: Gate([np.nan]), "have to be finite"),
        (lambda: Decoder((Affine(np.ones((2, 3))),)).width(4, 1), "3 columns for 4 units"),
        (lambda: Decoder((Gate(np.ones((2, 4))),)).width(4, 3), "for 2 last letters, and there are 3"),
        (lambda: Decoder((Residual((Affine(np.ones((2, 4))),)),)).width(4, 1), "a residual adds 2 units to 4"),
        (lambda: Decoder((Product((Affine(np.ones((2, 4))),), ()),)).width(4, 1), "a product of 2 units with 4"),
        (lambda: LinearRNN.from_arrays(A, START, nn.Sequential(nn.Softmax(dim=1))), r"Sequential\[0\] Softmax is not"),
        (lambda: LinearRNN.from_arrays(A, START, nn.Sequential(nn.Dropout(0.5))), "training mode, use eval"),
        (lambda: LinearRNN.from_arrays(A, START, nn.LayerNorm((2, 2))), "over 2 dimensions"),
        (lambda: LinearRNN.from_arrays(A, START, Decoder((Norm(1.0),)), bias=np.ones(4)), "stands in place of readout"),
        (lambda: LinearRNN.from_step(lambda h, x: h, 3, np.ones((2, 2)), nn.Linear(2, 2)), "on flattened states"),
    ],
)  # fmt: skip
def test_what_is_no_decoder_is_refused(make, message):
    with pytest.raises(ModelError, match=message):
        make()


@pytest.mark.parametrize(
    "more", [{"norms": [NormedReadout(np.eye(4), np.eye(4), 1.0)]}, {"readout": Decoder((Norm(1.0),))}]
)
def test_affine_terms_and_normalised_states_are_no_linear_recurrence(more):
    given = {"readout": None} | more
    net = LinearRNN.from_arrays(A, START, add=np.ones((3, 4)), normalize=True, **given)
    with pytest.raises(ModelError, match="scale invariance is lost"):
        net.linear()


@pytest.mark.parametrize(
    "change",
    [
        lambda layers: layers.append({"kind": "softmax"}),
        lambda layers: layers[0].update(units=10**9),
        lambda layers: layers[0].update(add=True),
        lambda layers: layers.append({"kind": "residual", "layers": [[]]}),
        lambda layers: layers.append(7),
        lambda layers: layers.extend([{"kind": "activation", "function": "relu"}] * 300),
    ],
)
def test_hostile_files_are_refused(tmp_path, change):
    save_model(LinearRNN.from_arrays(A, START, modules()[0]), tmp_path)
    (place,) = tmp_path.glob("*.json")
    held = json.loads(place.read_text())
    change(held["decoder"])
    place.write_text(json.dumps(held))
    with pytest.raises(CheckpointError):
        load_linear(tmp_path)
