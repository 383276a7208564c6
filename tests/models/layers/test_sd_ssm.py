"""SD-SSM: the published block written out, columns of norm 1 whose radius is above 1, its lift."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from bistate.models import ModelError
from bistate.models.layers.sd_ssm import SDSSM
from helpers.layers import agree, all_weights_learn, layer_norm, lifts, shaken


def reference(norm, p, eps=1e-5):
    def run(w, word):
        h = np.zeros(len(w["A_dict"]))
        scores, states = [], []
        for x in word:
            u = w["embedding.weight"][x]
            picked = np.exp(w["A_selector.weight"] @ u + w["A_selector.bias"])
            picked /= picked.sum()
            A = sum(weight * w["A_dict"][:, :, k] for k, weight in enumerate(picked))
            for column in range(len(h)):
                A[:, column] /= (np.abs(A[:, column]) ** p).sum() ** (1 / p)
            h = A @ h + w["B.weight"] @ u
            y = layer_norm(h, eps, w["norm.weight"], w["norm.bias"]) if norm else h
            scores.append(w["head.weight"] @ y + w["head.bias"])
            states.append(h)
        return np.array(scores), np.array(states)

    return run


@pytest.mark.parametrize("norm", [None, "layer"])
@pytest.mark.parametrize("p", [1.2, 2.0])
def test_the_block_is_the_published_one(p, norm):
    layer = SDSSM(4, 3, 5, state_size=6, num_A=3, Lp_norm=p, norm=norm, norm_eps=1e-2, dtype=torch.float64)
    agree(shaken(layer), reference(norm, p, 1e-2))


def test_the_lift_answers_alike():
    layer = SDSSM(3, 4, 4, state_size=6, dtype=torch.float64)
    lifts(layer)
    assert not layer.linear().by_last_letter


def test_columns_of_norm_one_do_not_bound_the_radius():
    layer = SDSSM(3, 4, 4, state_size=5, dtype=torch.float64)
    with torch.no_grad():
        layer.A_dict.fill_(0.3)
    A = layer.coefficients(layer.embedding.weight)[0].detach().numpy()
    np.testing.assert_allclose(np.abs(np.linalg.eigvals(A)).max(-1), 5 ** (1 - 1 / 1.2), rtol=1e-12)
    assert 5 ** (1 - 1 / 1.2) > 1.3


def test_gradients_and_errors():
    all_weights_learn(SDSSM(3, 4, 4, norm="layer"))
    with pytest.raises(ModelError, match=r"Lp_norm has to be at least 1, got Lp_norm=0\.5"):
        SDSSM(3, 4, 4, Lp_norm=0.5)
    with pytest.raises(ModelError, match="num_A has to be a positive integer, got 0"):
        SDSSM(3, 4, 4, num_A=0)
