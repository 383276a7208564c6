"""SLiCE: the published loop with its first letter, block by block; the start that is no transition; its lift."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from bistate.models import ModelError
from bistate.models.layers.slice import SLiCE
from helpers.layers import agree, all_weights_learn, layer_norm, lifts, shaken, words


def reference(block, dt, init, norm, skip, eps=1e-5):
    """y_1 = init_layer(u_1), then y ← y + dt · blocks(1, u) y; the huge tanh of the authors' code included."""

    def run(w, word):
        N = w["embedding.weight"].shape[1]
        h = None if init else w["h_0"]
        scores, states = [], []
        for x in word:
            u = w["embedding.weight"][x]
            if h is None:
                h = w["init_layer.weight"] @ u + w["init_layer.bias"]
            else:
                entries = (dt * np.concatenate([[1.0], u]) @ w["vf_A"]).reshape(N // block, block, block)
                added = np.concatenate([entries[i] @ h[i * block : (i + 1) * block] for i in range(N // block)])
                h = h + 1e11 * np.tanh(added / 1e11)
            y = h + u if skip else h
            if norm:
                y = layer_norm(y, eps, w["norm.weight"], w["norm.bias"])
            scores.append(w["head.weight"] @ y + w["head.bias"])
            states.append(np.append(h, 0.0) if init else h)
        return np.array(scores), np.array(states)

    return run


@pytest.mark.parametrize("init", [False, True])
@pytest.mark.parametrize(("norm", "skip"), [(None, True), ("layer", True), (None, False)])
@pytest.mark.parametrize("block", [1, 3])
def test_the_layer_is_the_published_one(block, norm, skip, init):
    options = {"block_size": block, "dt": 0.1, "init_layer": init, "norm": norm, "skip": skip}
    agree(shaken(SLiCE(4, 6, 5, **options, dtype=torch.float64)), reference(block, 0.1, init, norm, skip))


@pytest.mark.parametrize("init", [False, True])
def test_the_lift_answers_alike(init):
    layer = SLiCE(3, 8, 4, init_layer=init, dtype=torch.float64)
    lifts(layer)
    arrays = layer.recurrence()
    outside = np.kron(np.eye(2), np.ones((4, 4))) == 0
    assert (arrays.A[:, :8, :8][:, outside] == 0).all()
    assert not arrays.b.any()


def test_the_first_letter_sets_the_state():
    layer = SLiCE(3, 8, 4, dtype=torch.float64)
    x = words(layer, 6, 1)
    expected = layer.init_layer(layer.embedding(x[:, 0]))
    torch.testing.assert_close(layer.hidden_states(x)[:, 0, :8], expected)
    assert layer.start_state().tolist() == [0.0] * 8 + [1.0]


def test_gradients_and_errors():
    all_weights_learn(SLiCE(3, 8, 4, norm="layer"))
    all_weights_learn(SLiCE(3, 8, 4, init_layer=False))
    with pytest.raises(ModelError, match="block_size has to divide hidden_size, got block_size=3, hidden_size=8"):
        SLiCE(3, 8, 4, block_size=3)
    with pytest.raises(ModelError, match="dt has to be a positive number, got dt=0"):
        SLiCE(3, 8, 4, dt=0)
