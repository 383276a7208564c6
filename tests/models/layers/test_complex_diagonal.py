"""LRU, S4D and unit phasors: the published recurrences number by number, S4D's kernel, moduli, lifts."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from bistate.models import InputError, ModelError
from bistate.models.layers.complex_diagonal import LRU, S4D, UnitPhasor
from helpers.layers import agree, all_weights_learn, layer_norm, lifts, rms, shaken, weights, words


def normed(y, w, norm, eps):
    if norm is None:
        return y
    return layer_norm(y, eps, w["norm.weight"], w["norm.bias"]) if norm == "layer" else rms(y, eps, w["norm.weight"])


def lru(norm, skip, eps=1e-5):
    def run(w, word):
        h = np.zeros(len(w["nu_log"]), dtype=complex)
        scores, states = [], []
        for x in word:
            u = w["embedding.weight"][x]
            new = h.copy()
            for n in range(len(h)):
                turn = np.exp(-np.exp(w["nu_log"][n]) + 1j * np.exp(w["theta_log"][n]))
                new[n] = turn * h[n] + np.exp(w["gamma_log"][n]) * ((w["B_re"][n] + 1j * w["B_im"][n]) @ u)
            h = new
            y = ((w["C_re"] + 1j * w["C_im"]) @ h).real + (w["D"] * u if skip else 0)
            scores.append(w["head.weight"] @ normed(y, w, norm, eps) + w["head.bias"])
            states.append(h)
        return np.array(scores), np.array(states)

    return run


def s4d(skip):
    """By the convolution that S4D is published as: y_t = Σ_s K_(t−s) u_s + D u_t; states by their sum."""

    def run(w, word):
        A = -np.exp(w["log_A_real"]) + 1j * w["A_imag"]
        small = A * np.exp(w["log_dt"])[:, None]
        C = (w["C"][..., 0] + 1j * w["C"][..., 1]) * (np.exp(small) - 1) / A
        kernel = np.array([2 * (C * np.exp(small * t)).sum(-1).real for t in range(len(word))])
        u = w["embedding.weight"][word]
        scores, states = [], []
        for t in range(len(word)):
            y = sum(kernel[t - s] * u[s] for s in range(t + 1)) + (w["D"] * u[t] if skip else 0)
            scores.append(w["head.weight"] @ y + w["head.bias"])
            states.append(sum(np.exp(small * (t - s)) * u[s][:, None] for s in range(t + 1)))
        return np.array(scores), np.array(states)

    return run


def phasor(with_B, scale, norm, eps=1e-5):
    def run(w, word):
        h = w["start_re"] + 1j * w["start_im"]
        N = len(h)
        scores, states = [], []
        for x in word:
            u = w["embedding.weight"][x]
            inner = np.maximum(w["A_generator.0.weight"] @ u + w["A_generator.0.bias"], 0)
            raw = w["A_generator.2.weight"] @ inner + w["A_generator.2.bias"]
            z = raw[:N] + 1j * raw[N:]
            h = scale * z / np.abs(z) * h
            if with_B:
                h = h + (w["B_re"] + 1j * w["B_im"]) @ u
            y = np.concatenate([h.real, h.imag])
            scores.append(w["head.weight"] @ normed(y, w, norm, eps) + w["head.bias"])
            states.append(h)
        return np.array(scores), np.array(states)

    return run


@pytest.mark.parametrize("norm", [None, "rms", "layer"])
@pytest.mark.parametrize("skip", [False, True])
def test_the_lru_is_the_published_one(skip, norm):
    layer = shaken(LRU(4, 3, 5, state_size=6, skip=skip, norm=norm, norm_eps=1e-2, dtype=torch.float64), 0.1)
    agree(layer, lru(norm, skip, 1e-2))


@pytest.mark.parametrize("skip", [False, True])
def test_s4d_is_the_published_convolution(skip):
    layer = shaken(S4D(4, 3, 5, state_size=8, skip=skip, dtype=torch.float64))
    agree(layer, s4d(skip))


@pytest.mark.parametrize("norm", [None, "rms", "layer"])
@pytest.mark.parametrize(("with_B", "scale"), [(False, 1.0), (True, 0.9)])
def test_unit_phasors_are_the_published_ones(with_B, scale, norm):
    options = {"state_size": 6, "with_B": with_B, "scale_eigv": scale, "norm": norm}
    agree(shaken(UnitPhasor(4, 3, 5, **options, dtype=torch.float64)), phasor(with_B, scale, norm))


@pytest.mark.parametrize(
    "layer",
    [
        LRU(3, 4, 4, state_size=6, dtype=torch.float64),
        LRU(3, 4, 4, state_size=6, skip=False, dtype=torch.float64),
        S4D(3, 4, 4, state_size=6, dtype=torch.float64),
        UnitPhasor(3, 4, 4, state_size=6, dtype=torch.float64),
        UnitPhasor(3, 4, 4, state_size=6, with_B=True, scale_eigv=0.9, dtype=torch.float64),
    ],
    ids=["lru", "lru without skip", "s4d", "phasor", "phasor with B"],
)
def test_the_lift_answers_alike(layer):
    lifts(layer)
    assert layer.linear().by_last_letter == layer.reads_last


@pytest.mark.parametrize("norm", ["rms", "layer"])
@pytest.mark.parametrize("cls", [LRU, S4D, UnitPhasor])
def test_the_lift_has_the_norm(cls, norm):
    layer = shaken(cls(3, 4, 4, state_size=6, norm=norm, norm_eps=0.1, dtype=torch.float64), 0.1)
    lifts(layer)
    (part,) = layer.linear().norms
    assert (part.centred, part.eps, part.units) == (norm == "layer", 0.1, len(layer.norm.weight))


def test_one_rms_norm_changes_no_answer():
    layer = LRU(3, 4, 4, state_size=6, norm="rms", bias=False, dtype=torch.float64)
    lifts(shaken(layer, 0.1), same_scores=False)


def test_moduli():
    layer = UnitPhasor(9, 4, 2, state_size=5, dtype=torch.float64)
    (turned,) = layer.coefficients(layer.embedding.weight)
    torch.testing.assert_close(turned.abs(), torch.ones_like(turned.abs()), rtol=0, atol=1e-15)
    torch.testing.assert_close(layer.start_state().abs(), torch.ones(5, dtype=torch.float64), rtol=0, atol=1e-15)
    for other in (LRU(9, 4, 2, dtype=torch.float64), S4D(9, 4, 2, dtype=torch.float64)):
        turned, _ = other.coefficients(other.embedding.weight)
        assert (turned == turned[:1]).all()  # one for all letters
        assert float(turned.abs().detach().max()) < 1
    layer = LRU(2, 4, 2, state_size=1000, r_min=0.5, r_max=0.6)
    moduli = layer.eigenvalues().abs()
    torch.testing.assert_close(layer.gamma_log.exp() ** 2 + moduli**2, torch.ones(1000))  # the size of h stays
    assert 0.5 < float(moduli.detach().min()) < 0.51
    assert 0.59 < float(moduli.detach().max()) < 0.6


def test_phases_forget_the_order_of_letters():
    layer = UnitPhasor(3, 4, 4, dtype=torch.float64)
    x = words(layer, 5, 30)
    torch.testing.assert_close(layer(x), layer(x.flip(1)), rtol=1e-10, atol=1e-10)
    other = UnitPhasor(3, 4, 4, with_B=True, dtype=torch.float64)
    assert not torch.allclose(other(x), other(x.flip(1)))


def test_the_start_phases_are_kept_by_type_and_by_files():
    layer = UnitPhasor(3, 4, 4, state_size=6, dtype=torch.float64)
    start = layer.start_state().clone()
    assert layer.float().double().start_state().sub(start).abs().max() < 1e-6
    other = UnitPhasor(3, 4, 4, state_size=6, seed=1)
    other.load_state_dict(layer.state_dict())
    assert np.array_equal(weights(other)["start_im"], weights(layer)["start_im"])


def test_the_empty_word():
    empty = torch.empty(2, 0, dtype=torch.long)
    assert UnitPhasor(3, 4, 5)(empty).shape == (2, 5)
    assert LRU(3, 4, 5, skip=False)(empty, every=True).shape == (2, 0, 5)
    with pytest.raises(InputError, match="the readout reads the last letter, so the empty word has no scores"):
        S4D(3, 4, 5)(empty)


def test_gradients_and_errors():
    all_weights_learn(LRU(3, 4, 4, norm="layer"))
    all_weights_learn(S4D(3, 4, 4, norm="rms"))
    all_weights_learn(UnitPhasor(3, 4, 4, with_B=True))
    with pytest.raises(ModelError, match=r"0 <= r_min < r_max < 1 is needed, got r_min=0\.9, r_max=1\.0"):
        LRU(3, 4, 4, r_max=1.0)
    with pytest.raises(ModelError, match="state_size has to be even, got state_size=5"):
        S4D(3, 4, 4, state_size=5)
    with pytest.raises(ModelError, match="scale_eigv has to be a positive number, got scale_eigv=-1"):
        UnitPhasor(3, 4, 4, scale_eigv=-1)
