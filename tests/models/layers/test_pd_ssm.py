"""PD-SSM: the published block unit by unit, one entry in every row, gradients through the selection, its lift."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from bistate.models import ModelError
from bistate.models.layers.pd_ssm import PDSSM
from helpers.layers import agree, all_weights_learn, gelu, layer_norm, lifts, shaken, sigmoid


def generated(w, name, u):
    inner = gelu(w[f"{name}.0.weight"] @ u + w[f"{name}.0.bias"])
    return sigmoid(w[f"{name}.2.weight"] @ inner + w[f"{name}.2.bias"])


def reference(norm, skip, eps=1e-5):
    def run(w, word):
        N = len(w["B_re"])
        h = np.zeros(N, dtype=complex)
        h[0] = 1
        scores, states = [], []
        for x in word:
            u = w["embedding.weight"][x]
            picked = np.exp(w["S.weight"] @ u)
            picked /= picked.sum()
            M = sum(weight * w["A_dict"][:, :, k] for k, weight in enumerate(picked))
            size, phase = generated(w, "D_magnitude_generator", u), generated(w, "D_phase_generator", u)
            new = np.zeros(N, dtype=complex)
            for m in range(N):
                read = int(np.argmax(M[m]))
                new[m] = size[m] * np.exp(2j * np.pi * phase[m]) * h[read] + w["B_re"][m] @ u + 1j * (w["B_im"][m] @ u)
            h = new
            y = w["readout.weight"] @ np.concatenate([h.real, h.imag]) + w["readout.bias"]
            y = y + (w["D"] * u if skip else 0)
            if norm:
                y = layer_norm(y, eps, w["norm.weight"], w["norm.bias"])
            scores.append(w["head.weight"] @ y + w["head.bias"])
            states.append(h)
        return np.array(scores), np.array(states)

    return run


@pytest.mark.parametrize("norm", [None, "layer"])
@pytest.mark.parametrize("skip", [False, True])
def test_the_block_is_the_published_one(skip, norm):
    options = {"state_size": 7, "dictionary_size": 3, "norm": norm, "skip": skip, "norm_eps": 1e-2}
    agree(shaken(PDSSM(5, 4, 6, **options, dtype=torch.float64)), reference(norm, skip, 1e-2))


@pytest.mark.parametrize("skip", [False, True])
def test_the_lift_answers_alike(skip):
    layer = shaken(PDSSM(3, 4, 4, state_size=6, skip=skip, dtype=torch.float64))
    lifts(layer)
    assert layer.linear().by_last_letter == skip
    lifts(shaken(PDSSM(3, 4, 4, state_size=6, skip=skip, norm="layer", norm_eps=0.1, dtype=torch.float64)))


def test_every_row_has_one_entry_inside_the_unit_circle():
    layer = PDSSM(40, 6, 2, state_size=9, dtype=torch.float64)
    A, _ = layer.coefficients(layer.embedding.weight)
    assert ((A != 0).sum(-1) == 1).all()
    assert ((A != 0).sum(-2) != 1).any()  # columns may have none, or several: states merge
    assert float(A.abs().detach().max()) < 1
    single = PDSSM(1, 1, 2, state_size=3)
    with torch.no_grad():
        single.D_magnitude_generator[2].weight.zero_()
        for logit, modulus in ((16.0, False), (17.5, True)):
            single.D_magnitude_generator[2].bias.fill_(logit)
            found = torch.sigmoid(single.D_magnitude_generator(single.embedding.weight))
            assert bool((found == 1).all()) is modulus


def test_the_selection_is_exact_and_has_the_gradient_of_the_softmax():
    layer = shaken(PDSSM(5, 4, 6, state_size=7, dtype=torch.float64))
    u = layer.embedding.weight.detach()
    A, _ = layer.coefficients(u)
    weight = torch.randn(A.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    (A.real * weight).sum().backward()
    picked = torch.softmax(u @ layer.S.weight.detach().t(), -1)
    free = layer.A_dict.detach().clone().requires_grad_()
    soft = torch.softmax((free * picked[:, None, None, :]).sum(-1), -1)
    phase = 2 * np.pi * torch.sigmoid(layer.D_phase_generator(u))
    D = torch.sigmoid(layer.D_magnitude_generator(u)) * torch.cos(phase)
    (D.detach().unsqueeze(-1) * soft * weight).sum().backward()
    torch.testing.assert_close(layer.A_dict.grad, free.grad, rtol=1e-10, atol=1e-12)


def test_a_selection_that_rounding_decides_is_refused():
    layer = PDSSM(1, 1, 2, state_size=2, dictionary_size=2)
    with torch.no_grad():
        layer.S.weight.zero_()  # M is the mean of the two matrices
        layer.A_dict.zero_()
        layer.A_dict[0, 0] = torch.tensor([1.0, 1.0])
        layer.A_dict[0, 1] = torch.tensor([1.0, 1.0 + 2**-23])  # the mean is 1 + 2⁻²⁴, and 1 in single precision
    assert layer.chosen(layer.embedding.weight)[0][0, 0] == 0
    with pytest.raises(ModelError, match="for letter 0 unit 0 reads unit 0 as the layer runs, and unit 1 in double"):
        layer.linear()
    assert layer.double().linear().hidden == 5


def test_gradients_and_errors():
    all_weights_learn(PDSSM(3, 4, 4, norm="layer"))
    with pytest.raises(ModelError, match="dictionary_size has to be a positive integer, got 0"):
        PDSSM(3, 4, 4, dictionary_size=0)
    with pytest.raises(ModelError, match="skip has to be True or False, got skip=None"):
        PDSSM(3, 4, 4, skip=None)
