"""What all layers share: seeds, types, configurations, copies, errors, and that `train` and `evaluate` take them."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
import torch
from bistate.models import (
    HiddenStates,
    InputError,
    LinearRecurrence,
    LinearRNN,
    ModelError,
    StateTracking,
    TrainConfig,
    evaluate,
    train,
)
from bistate.models.layers.complex_diagonal import LRU, S4D, UnitPhasor
from bistate.models.layers.delta_product import DeltaProduct
from bistate.models.layers.deltanet import DeltaNet
from bistate.models.layers.mamba3 import Mamba3
from bistate.models.layers.pd_ssm import PDSSM
from bistate.models.layers.rwkv7 import RWKV7
from bistate.models.layers.sd_ssm import SDSSM
from bistate.models.layers.slice import SLiCE
from bistate.theory import Automaton
from helpers.layers import words

LAYERS = [DeltaNet, DeltaProduct, RWKV7, Mamba3, LRU, S4D, UnitPhasor, PDSSM, SLiCE, SDSSM]
OTHERS = [
    (DeltaProduct, {"num_heads": 2, "num_v_heads": 4, "use_forget_gate": True, "norm": "rms", "gate": True}),
    (DeltaNet, {"use_beta": False, "qk_activation": "elu", "allow_neg_eigval": False, "bias": False}),
    (RWKV7, {"head_dim": 4, "norm": "layer", "gate": True}),
    (Mamba3, {"rope_fraction": 0.5, "gate": True}),
    (LRU, {"r_min": 0.1, "skip": False}),
    (UnitPhasor, {"with_B": True, "scale_eigv": 0.5}),
    (SLiCE, {"init_layer": False, "norm": "layer"}),
]


@pytest.mark.parametrize("cls", LAYERS)
def test_shapes_and_causality(cls):
    layer = cls(3, 8, 5, dtype=torch.float64)
    x = words(layer, 4, 6)
    every = layer(x, every=True)
    assert every.shape == (4, 6, 5)
    torch.testing.assert_close(layer(x), every[:, -1])
    torch.testing.assert_close(layer(x[:, :4]), every[:, 3])
    assert layer.hidden_states(x).shape == (4, 6, layer.start_state().numel())
    assert not torch.allclose(layer(x), layer(torch.cat([(x[:, :1] + 1) % 3, x[:, 1:]], 1)))  # early letters count
    assert isinstance(layer, LinearRecurrence)
    assert isinstance(layer, HiddenStates)
    assert torch.equal(layer.start, layer.start_state())


@pytest.mark.parametrize("cls", LAYERS)
def test_seeds_types_and_the_global_state(cls):
    before = torch.random.get_rng_state()
    one, same, other = (cls(3, 8, 5, seed=seed) for seed in (1, 1, 2))
    drawn = cls(3, 8, 5, seed=7, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    assert torch.equal(before, torch.random.get_rng_state())
    for name, t in one.state_dict().items():
        assert t.dtype == torch.float32
        assert torch.equal(t, same.state_dict()[name])
        assert torch.equal(t, drawn.state_dict()[name].float())
    assert not torch.equal(one.embedding.weight, other.embedding.weight)
    assert not torch.equal(one.head.weight, other.head.weight)


@pytest.mark.parametrize(("cls", "options"), [*((cls, {}) for cls in LAYERS), *OTHERS])
def test_the_configuration_rebuilds_the_layer(cls, options):
    layer = cls(3, 8, 5, **options, seed=3, dtype=torch.float64)
    config = json.loads(json.dumps(layer.config))
    assert config.pop("layer") == cls.__name__
    assert {name: config[name] for name in options} == options
    again = cls(**{**config, "dtype": getattr(torch, config["dtype"])}, seed=4)
    assert again.config == layer.config
    assert str(options.get("norm")) in repr(layer)
    again.load_state_dict(layer.state_dict())
    x = words(layer, 3, 9)
    assert torch.equal(again(x), layer(x))


@pytest.mark.parametrize(("cls", "options"), [*((cls, {}) for cls in LAYERS), *OTHERS])
def test_the_recurrence_gives_the_states(cls, options):
    layer = cls(3, 8, 5, **options)  # in single precision: the arrays are those of its weights in double
    found = layer.recurrence()
    assert layer.embedding.weight.dtype == torch.float32
    layer = layer.double()
    x = words(layer, 2, 20)
    states = layer.hidden_states(x).detach().numpy()
    for n, word in enumerate(x.tolist()):
        h = found.start
        for t, letter in enumerate(word):
            h = found.A[letter] @ h + found.b[letter]
            expected = states[n, t]
            expected = expected.view(np.float64)  # complex numbers as pairs
            assert np.abs(h - expected).max() <= 1e-12 * np.abs(expected).max()
    assert found.defect < 1e-12


@pytest.mark.parametrize("cls", LAYERS)
def test_a_layer_in_single_precision_answers_as_its_lift(cls):
    layer = cls(3, 8, 5)
    lifted = layer.lift()
    assert isinstance(lifted, LinearRNN)
    x = words(layer, 50, 60)
    with torch.no_grad():
        ours, theirs = layer(x, every=True), lifted(x, every=True)
    top = theirs.topk(2, dim=-1).values
    clear = top[..., 0] - top[..., 1] > 1e-4 * theirs.abs().amax(-1)
    assert clear.float().mean() > 0.9
    assert (ours.argmax(-1) == theirs.argmax(-1))[clear].all()


@pytest.mark.parametrize("cls", LAYERS)
def test_training_and_evaluation(cls):
    automaton = Automaton.parity()
    layer = cls(2, 8, 2)
    start = layer.head.weight.detach().clone()
    done = train(layer, StateTracking(automaton), TrainConfig(steps=3, batch=4, validate_size=8))
    assert done.model is layer
    assert done.steps == 3
    assert not torch.equal(layer.head.weight, start)
    assert 0 <= evaluate(layer, automaton, 20, size=10, every=True) <= 1


def test_a_deltanet_learns_parity():
    automaton = Automaton.parity()
    layer = DeltaNet(2, 8, 2)
    train(layer, StateTracking(automaton), TrainConfig(steps=300, lr=1e-2, weight_decay=0.0))
    assert evaluate(layer, automaton, 60, size=200) > 0.98


def test_letters_that_are_none():
    layer = LRU(3, 8, 5)
    with pytest.raises(InputError, match="letter 3 is outside the alphabet of 3"):
        layer(torch.tensor([[0, 3]]))
    with pytest.raises(InputError, match="letters have shape"):
        layer.hidden_states(torch.tensor([0]))
    with pytest.raises(InputError, match="the empty word has no scores"):
        layer.scores(layer.start_state()[None], None)


def test_weights_that_are_not_finite():
    layer = RWKV7(3, 8, 5)
    layer.check_finite()
    with torch.no_grad():
        layer.w_lora.lora[2].bias[3] = torch.nan
    for ask in (layer.check_finite, layer.linear, layer.recurrence):
        with pytest.raises(ModelError, match=r"weight w_lora\.lora\.2\.bias\[3\] is nan"):
            ask()


@pytest.mark.parametrize("cls", LAYERS)
def test_sizes_and_options_that_are_not_offered(cls):
    for name in ("letters", "hidden_size", "states"):
        with pytest.raises(ModelError, match=f"{name} has to be a positive integer, got 0"):
            cls(**{"letters": 3, "hidden_size": 8, "states": 5, name: 0})
    with pytest.raises(ModelError, match="norm has to be"):
        cls(3, 8, 5, norm="batch")
    with pytest.raises(ModelError, match="bias has to be True or False, got bias=1"):
        cls(3, 8, 5, bias=1)
    with pytest.raises(ModelError, match=r"dtype has to be torch\.float32 or torch\.float64, got torch\.bfloat16"):
        cls(3, 8, 5, dtype=torch.bfloat16)
    with pytest.raises(ModelError, match="norm_eps has to be a positive number, got norm_eps=-1"):
        cls(3, 8, 5, norm_eps=-1)
    with pytest.raises(TypeError, match="sigmoid_scale"):  # nothing is swallowed
        cls(3, 8, 5, sigmoid_scale=2)


def test_no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for cls in LAYERS:
            cls(3, 8, 5, dtype=torch.float64).double().float().lift()
