"""Mamba-3: the published recurrence with keys and queries rotated by the sum of all angles, and its lift."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from bistate.models import ModelError
from bistate.models.layers.mamba3 import Mamba3
from helpers.layers import agree, all_weights_learn, lifts, rms, shaken, silu, softplus


def turned(vector: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Pairs (2i, 2i + 1) turned by the i-th angle; pairs without an angle stay."""
    found = vector.copy()
    for i, angle in enumerate(angles):
        x, y = vector[2 * i : 2 * i + 2]
        found[2 * i : 2 * i + 2] = x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)
    return found


def reference(inner, N, heads, P, angles, *, norm, gate, floor=1e-4, eps=1e-5):
    """S [P, N] of rotated keys, as published with trap = 1; its states are turned back for the comparison."""

    def run(w, word):
        S, theta = np.zeros((heads, P, N)), np.zeros((heads, angles))
        scores, states = [], []
        for x in word:
            u = w["embedding.weight"][x]
            cuts = np.cumsum([inner, inner, N, N, heads, heads])
            z, v, B, C, small, rate, angle = np.split(w["in_proj.weight"] @ u, cuts)
            y, back = np.zeros((heads, P)), np.zeros((heads, N, P))
            for h in range(heads):
                dt = softplus(small[h] + w["dt_bias"][h])
                f = 1 + rate[h] if rate[h] >= 0 else 1 / (1 - rate[h])
                theta[h] += np.pi * np.tanh(angle) * dt
                key = turned(rms(B, eps, w["B_norm.weight"]) + w["B_bias"][h], theta[h])
                query = turned(rms(C, eps, w["C_norm.weight"]) + w["C_bias"][h], theta[h])
                value = v[h * P : (h + 1) * P]
                S[h] = np.exp(dt * min(-f, -floor)) * S[h] + dt * np.outer(value, key)
                y[h] = S[h] @ query + w["D"][h] * value
                if norm:
                    y[h] = rms(y[h], eps, w["norm.weight"])
                back[h] = np.array([turned(row, -theta[h]) for row in S[h]]).T
            out = y.reshape(-1) * (silu(z) if gate else 1)
            scores.append(w["head.weight"] @ w["out_proj.weight"] @ out + w["head.bias"])
            states.append(back)
        return np.array(scores), np.array(states)

    return run


@pytest.mark.parametrize(("fraction", "angles"), [(1.0, 2), (0.5, 1)])
@pytest.mark.parametrize("extras", [False, True])
def test_the_layer_is_the_published_one(extras, fraction, angles):
    options = {"d_state": 4, "headdim": 6, "rope_fraction": fraction, "norm": "rms" if extras else None, "gate": extras}
    layer = shaken(Mamba3(4, 6, 5, **options, norm_eps=1e-2, dtype=torch.float64))
    agree(layer, reference(12, 4, 2, 6, angles, norm=extras, gate=extras, eps=1e-2))


def test_the_floor_of_the_decay():
    layer = shaken(Mamba3(4, 4, 3, d_state=2, headdim=8, A_floor=0.9, dtype=torch.float64))
    agree(layer, reference(8, 2, 1, 8, 1, norm=False, gate=False, floor=0.9))


def test_the_lift_answers_alike():
    lifts(shaken(Mamba3(3, 4, 4, d_state=4, headdim=4, gate=True, dtype=torch.float64)))


def test_eigenvalues_decay_and_half_a_rotation_leaves_positive_ones():
    for fraction in (1.0, 0.5):
        layer = shaken(Mamba3(9, 8, 2, d_state=8, rope_fraction=fraction, dtype=torch.float64))
        found = np.linalg.eigvals(layer.coefficients(layer.embedding.weight)[0].detach().numpy())
        assert np.abs(found).max() < 1
        positive = (np.abs(found.imag) < 1e-12 * np.abs(found)) & (found.real > 0)
        assert (positive.sum(-1) == (0 if fraction == 1 else 4)).all()


def test_gradients_and_errors():
    all_weights_learn(Mamba3(3, 4, 4, headdim=4, norm="rms", gate=True))
    with pytest.raises(ModelError, match=r"rope_fraction has to be 0\.5 or 1\.0, got rope_fraction=0\.3"):
        Mamba3(3, 4, 4, rope_fraction=0.3)
    with pytest.raises(ModelError, match="headdim has to divide expand \\* hidden_size = 8, got headdim=3"):
        Mamba3(3, 4, 4, headdim=3)
    for options in ({"d_state": 3}, {"d_state": 2, "rope_fraction": 0.5}):
        with pytest.raises(ModelError, match=r"d_state has to be even, with a pair that is turned, got d_state="):
            Mamba3(3, 4, 4, **options)
