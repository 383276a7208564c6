"""(Gated) DeltaProduct and DeltaNet: the published recurrence factor by factor, eigenvalues, lifts, foreign weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from bistate.models import LinearRNN, ModelError, evaluate
from bistate.models.layers.delta_product import DeltaProduct
from bistate.models.layers.deltanet import DeltaNet
from bistate.theory import Automaton
from helpers.layers import agree, all_weights_learn, lifts, rms, shaken, sigmoid, silu, softplus, weights, words

L2 = 1e-6
ACTIVATIONS = {
    "silu": silu,
    "relu": lambda x: np.maximum(x, 0),
    "elu": lambda x: np.where(x > 0, x + 1, np.exp(x)),
    "identity": lambda x: x,
}


def reference(n, heads, v_heads, K, V, *, forget, negative, norm, gate, beta=True, act="silu", eps=1e-5):
    """The layer as published: for every head and letter the factors one after the other, on S [K, V]."""

    def run(w, word):
        S = np.zeros((v_heads, K, V))
        scores, states = [], []
        for x in word:
            u = w["embedding.weight"][x]
            k = ACTIVATIONS[act](w["k_proj.weight"] @ u).reshape(n, heads, K)
            q = ACTIVATIONS[act](w["q_proj.weight"] @ u).reshape(heads, K)
            v = silu(w["v_proj.weight"] @ u).reshape(n, v_heads, V)
            betas = sigmoid(w["b_proj.weight"] @ u).reshape(n, v_heads) if beta else np.ones((n, v_heads))
            o = np.zeros((v_heads, V))
            for h in range(v_heads):
                served = h // (v_heads // heads)  # the head of q and k that serves this one
                if forget:
                    rate = np.exp(w["A_log"][h]) * softplus(w["a_proj.weight"][h] @ u + w["dt_bias"][h])
                    S[h] = np.exp(-rate) * S[h]
                for j in range(n):
                    key = k[j, served] / np.sqrt(k[j, served] @ k[j, served] + L2)
                    b = betas[j, h] * (2 if negative else 1)
                    S[h] = S[h] - b * np.outer(key, key @ S[h]) + b * np.outer(key, v[j, h])
                query = q[served] / np.sqrt(q[served] @ q[served] + L2) / np.sqrt(K)
                o[h] = S[h].T @ query
                if norm:
                    o[h] = rms(o[h], eps, w["o_norm.weight"])
            if gate:
                o = o * silu(w["g_proj.weight"] @ u).reshape(v_heads, V)
            y = w["o_proj.weight"] @ o.reshape(-1)
            scores.append(w["head.weight"] @ y + w.get("head.bias", 0))
            states.append(S.copy())
        return np.array(scores), np.array(states)

    return run


@pytest.mark.parametrize("negative", [False, True])
@pytest.mark.parametrize("forget", [False, True])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_product_is_the_published_one(n, forget, negative):
    options = {"num_heads": 2, "head_dim": 3, "expand_v": 4 / 3, "num_householder": n, "use_forget_gate": forget}
    layer = DeltaProduct(4, 6, 5, **options, allow_neg_eigval=negative, dtype=torch.float64)
    agree(shaken(layer), reference(n, 2, 2, 3, 4, forget=forget, negative=negative, norm=False, gate=False))


@pytest.mark.parametrize("bias", [False, True])
def test_norm_gate_and_more_heads_of_values(bias):
    options = {"num_heads": 2, "num_v_heads": 4, "head_dim": 3, "norm": "rms", "gate": True, "use_forget_gate": True}
    layer = DeltaProduct(4, 6, 5, **options, bias=bias, norm_eps=1e-2, dtype=torch.float64)
    run = reference(2, 2, 4, 3, 3, forget=True, negative=True, norm=True, gate=True, eps=1e-2)
    agree(shaken(layer), run)


@pytest.mark.parametrize("act", ACTIVATIONS)
@pytest.mark.parametrize("beta", [False, True])
def test_deltanet_is_the_published_one(beta, act):
    options = {"num_heads": 2, "expand_k": 0.5, "expand_v": 1.5, "use_beta": beta, "qk_activation": act}
    layer = DeltaNet(4, 8, 5, **options, gate=True, norm="rms", dtype=torch.float64)
    run = reference(1, 2, 2, 2, 6, forget=False, negative=True, norm=True, gate=True, beta=beta, act=act)
    agree(shaken(layer), run)


@pytest.mark.parametrize(
    "layer",
    [
        DeltaProduct(3, 6, 4, num_heads=2, head_dim=3, num_householder=3, dtype=torch.float64),
        DeltaProduct(3, 6, 4, use_forget_gate=True, head_dim=3, gate=True, bias=False, dtype=torch.float64),
        DeltaNet(3, 6, 4, dtype=torch.float64),
    ],
    ids=["product", "gated", "deltanet"],
)
def test_the_lift_answers_alike(layer):
    lifts(shaken(layer))


def test_one_head_may_be_normalised():
    layer = DeltaProduct(3, 6, 4, head_dim=4, norm="rms", norm_eps=0.1, bias=False, gate=True, dtype=torch.float64)
    lifts(shaken(layer), same_scores=False)
    assert "divides all scores by one positive number" in layer.lift().changes[-1]
    assert any("divides all scores" in change for change in layer.linear().changes)
    assert not layer.linear().norms


@pytest.mark.parametrize("changed", [{"num_heads": 2}, {"bias": True}, {"norm": "layer", "num_v_heads": 2}])
def test_other_norms_are_lifted(changed):
    options = {"head_dim": 4, "norm": "rms", "norm_eps": 0.1, "bias": False, "gate": True, "dtype": torch.float64}
    layer = shaken(DeltaProduct(3, 6, 4, **{**options, **changed}))
    lifts(layer)
    parts = layer.linear().norms
    assert len(parts) == layer.num_v_heads
    assert {part.centred for part in parts} == {layer.norm_kind == "layer"}
    assert layer.recurrence().A.shape == (3, 16 * layer.num_v_heads, 16 * layer.num_v_heads)


def transitions(layer) -> np.ndarray:
    """A of every letter and head, (letters, heads, K, K)."""
    return layer.coefficients(layer.embedding.weight)[0].detach().numpy()


@pytest.mark.parametrize("n", [1, 2])
def test_without_negative_eigenvalues_all_are_positive(n):
    for seed in range(20):
        sizes = {"num_heads": 4, "head_dim": 4, "num_householder": n, "seed": seed}
        layer = shaken(DeltaProduct(8, 8, 2, **sizes, allow_neg_eigval=False, dtype=torch.float64), 3.0)
        found = np.linalg.eigvals(transitions(layer))
        assert np.abs(found.imag).max() < 1e-6
        assert found.real.min() > 0
        assert found.real.max() < 1 + 1e-12


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_saturated_beta_reflects(n):
    layer = DeltaProduct(1, 4, 2, num_heads=2, head_dim=4, num_householder=n, dtype=torch.float64)
    with torch.no_grad():
        layer.embedding.weight.fill_(1.0)
        layer.b_proj.weight.fill_(15.0)  # σ(60) rounds to 1
        layer.k_proj.weight *= 1e4
    assert np.abs(np.linalg.det(transitions(layer)) - (-1) ** n).max() < 1e-6
    found = np.linalg.eigvals(transitions(layer))
    assert np.abs(np.abs(found) - 1).max() < 1e-6
    layer.allow_neg_eigval = False  # then every factor is a projection
    assert np.abs(np.linalg.det(transitions(layer))).max() < 1e-6


@pytest.mark.parametrize(("size", "eigenvalue"), [(1e-2, 1 - 2 / 1.01), (1e-3, 0.0), (1.0, -1 + 2e-6)])
def test_the_constant_in_l2_caps_reflections(size, eigenvalue):
    layer = DeltaNet(1, 2, 2, use_beta=False, qk_activation="identity", dtype=torch.float64)
    with torch.no_grad():
        layer.embedding.weight.copy_(torch.tensor([[0.6, 0.8]], dtype=torch.float64))
        layer.k_proj.weight.copy_(size * torch.eye(2, dtype=torch.float64))
    found = np.linalg.eigvalsh(transitions(layer)[0, 0])
    np.testing.assert_allclose(found, [eigenvalue, 1], atol=1e-9)


def test_a_parity_set_by_hand():
    """S ↦ −S + 2 k v and S ↦ S: two states, told apart by the readout and its bias."""
    automaton = Automaton.parity()
    assert automaton.start_index == 0
    flip = automaton.table[0].tolist().index(1)
    layer = DeltaNet(2, 2, 2, expand_k=0.5, expand_v=0.5, qk_activation="identity", dtype=torch.float64)
    with torch.no_grad():
        layer.embedding.weight.copy_(torch.eye(2))
        layer.k_proj.weight.fill_(1e4)
        layer.q_proj.weight.fill_(1e4)
        layer.v_proj.weight.fill_(1.0)
        layer.b_proj.weight.copy_(torch.tensor([[60.0 if x == flip else -60.0 for x in range(2)]]))
        layer.o_proj.weight.fill_(1.0)
        layer.head.weight.copy_(torch.tensor([[-1.0, 0.0], [1.0, 0.0]]))
        middle = float(torch.nn.functional.silu(torch.tensor(1.0)))  # half of the other state, 2 v
        layer.head.bias.copy_(torch.tensor([middle, -middle]))
    assert evaluate(layer, automaton, 500, size=100) == 1.0
    arrays = layer.linear()
    net = LinearRNN.from_arrays(arrays.A, arrays.start, arrays.readout)
    x = words(layer, 50, 300)
    assert torch.equal(net(x).argmax(-1), layer(x).argmax(-1))
    layer.allow_neg_eigval = False
    assert evaluate(layer, automaton, 500, size=100) < 0.9


def test_gradients():
    all_weights_learn(DeltaProduct(3, 6, 4, num_heads=2, use_forget_gate=True, norm="rms", gate=True))
    all_weights_learn(DeltaNet(3, 6, 4, num_heads=2))


# --- weights of flash-linear-attention ---

PRODUCT = {
    "hidden_size": 6,
    "num_heads": 2,
    "head_dim": 3,
    "expand_v": 2,
    "num_householder": 2,
    "use_forget_gate": True,
    "allow_neg_eigval": True,
    "use_output_gate": True,
    "norm_eps": 1e-5,
    "use_short_conv": False,
}
NET = {
    "hidden_size": 8,
    "num_heads": 2,
    "expand_k": 0.5,
    "expand_v": 1.0,
    "use_beta": True,
    "use_gate": False,
    "allow_neg_eigval": False,
    "qk_activation": "silu",
    "qk_norm": "l2",
    "norm_eps": 1e-5,
    "use_short_conv": False,
}


def tensors(shapes: dict[str, tuple[int, ...]], prefix: str = "") -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    return {prefix + name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}


PRODUCT_SHAPES = {
    "q_proj.weight": (6, 6),
    "k_proj.weight": (12, 6),
    "v_proj.weight": (24, 6),
    "b_proj.weight": (4, 6),
    "a_proj.weight": (2, 6),
    "A_log": (2,),
    "dt_bias": (2,),
    "g_proj.weight": (12, 6),
    "o_norm.weight": (6,),
    "o_proj.weight": (6, 12),
}
NET_SHAPES = {
    "q_proj.weight": (4, 8),
    "k_proj.weight": (4, 8),
    "v_proj.weight": (8, 8),
    "b_proj.weight": (2, 8),
    "o_norm.weight": (4,),
    "o_proj.weight": (8, 8),
}


def test_foreign_weights_of_a_product():
    given = tensors(PRODUCT_SHAPES, "model.layers.0.attn.") | {"lm_head.weight": torch.zeros(2, 2)}
    layer = DeltaProduct.from_fla(given, PRODUCT, 4, 5, prefix="model.layers.0.attn.", dtype=torch.float64)
    agree(layer, reference(2, 2, 2, 3, 6, forget=True, negative=True, norm=True, gate=True))
    for name, t in tensors(PRODUCT_SHAPES).items():
        assert np.array_equal(weights(layer)[name], t.double().numpy())


def test_foreign_weights_of_a_deltanet():
    layer = DeltaNet.from_fla(tensors(NET_SHAPES), NET, 4, 5, dtype=torch.float64)
    agree(layer, reference(1, 2, 2, 2, 4, forget=False, negative=False, norm=True, gate=False))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"use_short_conv": True}, "short convolutions.*use_short_conv=False"),
        ({"allow_neg_eigval": None}, "it lacks allow_neg_eigval"),
        ({"sigmoid_scale": 2}, "sigmoid_scale is unknown"),
    ],
)
def test_a_configuration_that_does_not_say_enough(change, message):
    for cls, config, shapes in ((DeltaProduct, PRODUCT, PRODUCT_SHAPES), (DeltaNet, NET, NET_SHAPES)):
        changed = {name: value for name, value in {**config, **change}.items() if value is not None}
        with pytest.raises(ModelError, match=message):
            cls.from_fla(tensors(shapes), changed, 4, 5)
    with pytest.raises(ModelError, match="qk_norm='sum'"):
        DeltaNet.from_fla(tensors(NET_SHAPES), {**NET, "qk_norm": "sum"}, 4, 5)


def test_tensors_that_are_not_the_layers():
    given = tensors(PRODUCT_SHAPES)
    without = {name: t for name, t in given.items() if name != "A_log"}
    with pytest.raises(ModelError, match="missing: A_log"):
        DeltaProduct.from_fla(without, PRODUCT, 4, 5)
    with pytest.raises(ModelError, match=r"unknown: k_conv1d\.weight"):
        DeltaProduct.from_fla({**given, "k_conv1d.weight": torch.zeros(12, 1, 4)}, PRODUCT, 4, 5)
    with pytest.raises(ModelError, match=r"v_proj.weight has the shape \(12, 6\); \(24, 6\) is needed"):
        DeltaProduct.from_fla({**given, "v_proj.weight": torch.zeros(12, 6)}, PRODUCT, 4, 5)
    with pytest.raises(ModelError, match="dt_bias has numbers that are not finite"):
        DeltaProduct.from_fla({**given, "dt_bias": torch.tensor([1.0, torch.nan])}, PRODUCT, 4, 5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_heads": 0}, "num_heads has to be a positive integer, got 0"),
        ({"num_householder": 1.5}, "num_householder has to be a positive integer, got 1.5"),
        ({"num_heads": 2, "num_v_heads": 3}, "num_heads has to divide num_v_heads, got num_heads=2, num_v_heads=3"),
        ({"expand_v": 0.3}, "head_dim=8 times expand_v=0.3 has to be a positive integer"),
        ({"allow_neg_eigval": 1}, "allow_neg_eigval has to be True or False, got allow_neg_eigval=1"),
        ({"l2_eps": 0.0}, "l2_eps has to be a positive number, got l2_eps=0.0"),
        ({"norm": "group"}, "norm has to be 'rms', 'layer' or None, got norm='group'"),
        ({"dtype": torch.float16}, "dtype has to be torch.float32 or torch.float64"),
        ({"device": "moon"}, "device 'moon' cannot be used"),
    ],
)
def test_options_that_are_not_offered(options, message):
    with pytest.raises(ModelError, match=message):
        DeltaProduct(3, 8, 4, **options)


def test_sizes_of_a_deltanet():
    with pytest.raises(
        ModelError, match=r"hidden_size=8 times expand_k=1\.0 over num_heads=3 has to be a positive integer"
    ):
        DeltaNet(3, 8, 4, num_heads=3)
    with pytest.raises(ModelError, match="unknown qk_activation 'tanh'; accepted: silu, relu, elu, identity"):
        DeltaNet(3, 8, 4, qk_activation="tanh")
