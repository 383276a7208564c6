"""RWKV-7: the published recurrence on [V, K] states written out, its spectrum, its lift."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from bistate.models import ModelError
from bistate.models.layers.rwkv7 import RWKV7
from helpers.layers import agree, all_weights_learn, layer_norm, lifts, shaken, sigmoid


def lora(w, name, u, act):
    out = w[f"{name}.lora.2.weight"] @ act(w[f"{name}.lora.0.weight"] @ u)
    return out + w.get(f"{name}.lora.2.bias", 0)


def reference(heads, K, *, norm, gate, eps=1e-5):
    """Head by head as its authors write it: S [V, K], S ← S diag(w) − (S κ)(a ∘ κ)ᵀ + v k'ᵀ, o = S r."""

    def run(w, word):
        S = np.zeros((heads, K, K))
        scores, states = [], []
        for x in word:
            u = w["embedding.weight"][x]
            r, k, v = (w[f"{name}_proj.weight"] @ u for name in "rkv")
            decay = np.exp(-np.exp(-0.5) * sigmoid(lora(w, "w_lora", u, np.tanh)))
            a = sigmoid(lora(w, "a_lora", u, lambda y: y))
            kk, added = k * w["k_k"], k * (1 + (a - 1) * w["k_a"])
            o = np.zeros((heads, K))
            for h in range(heads):
                part = slice(h * K, (h + 1) * K)
                key = kk[part] / np.linalg.norm(kk[part])
                S[h] = S[h] * decay[part] - np.outer(S[h] @ key, a[part] * key) + np.outer(v[part], added[part])
                o[h] = S[h] @ r[part]
                if norm:
                    o[h] = layer_norm(o[h], K * eps, w["g_norm.weight"][part], w["g_norm.bias"][part])
                o[h] = o[h] + np.sum(r[part] * added[part] * w["r_k"][h]) * v[part]
            y = o.reshape(-1)
            if gate:
                y = y * lora(w, "g_lora", u, sigmoid)
            scores.append(w["head.weight"] @ w["o_proj.weight"] @ y + w["head.bias"])
            states.append(S.transpose(0, 2, 1).copy())
        return np.array(scores), np.array(states)

    return run


@pytest.mark.parametrize("gate", [False, True])
@pytest.mark.parametrize("norm", [None, "layer"])
def test_the_layer_is_the_published_one(norm, gate):
    options = {"head_dim": 3, "decay_low_rank_dim": 2, "a_low_rank_dim": 4, "gate_low_rank_dim": 5, "norm_eps": 1e-2}
    layer = shaken(RWKV7(4, 6, 5, **options, norm=norm, gate=gate, dtype=torch.float64))
    agree(layer, reference(2, 3, norm=norm, gate=gate, eps=1e-2))


def test_the_lift_answers_alike():
    lifts(shaken(RWKV7(3, 6, 4, head_dim=3, gate=True, dtype=torch.float64)))
    lifts(shaken(RWKV7(3, 6, 4, head_dim=3, gate=True, norm="layer", norm_eps=1e-2, dtype=torch.float64)))


@pytest.mark.parametrize("size", [0.5, 5.0, 50.0])
def test_eigenvalues_are_real_and_negative_ones_are_small(size):
    lowest = 0.0
    for seed in range(10):
        layer = shaken(RWKV7(20, 8, 2, head_dim=4, seed=seed, dtype=torch.float64), size)
        found = np.linalg.eigvals(layer.coefficients(layer.embedding.weight)[0].detach().numpy())
        assert np.abs(found.imag).max() < 1e-7
        assert found.real.max() < 1 + 1e-12  # 1 where w rounds to it
        lowest = min(lowest, found.real.min())
    assert lowest > np.exp(-np.exp(-0.5)) - 1 > -0.4548
    assert size < 50 or lowest < -0.4  # the bound is nearly attained


def test_gradients_and_errors():
    all_weights_learn(RWKV7(3, 8, 4, head_dim=4, norm="layer", gate=True))
    with pytest.raises(ModelError, match="head_dim has to divide hidden_size, got head_dim=3, hidden_size=8"):
        RWKV7(3, 8, 4, head_dim=3)
    with pytest.raises(ModelError, match="norm has to be 'layer' or None, got norm='rms'"):
        RWKV7(3, 8, 4, norm="rms")
    with pytest.raises(ModelError, match="a_low_rank_dim has to be a positive integer, got 0"):
        RWKV7(3, 8, 4, a_low_rank_dim=0)
