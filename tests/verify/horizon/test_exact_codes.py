"""Codes that agree up to a positive factor are exact, and right for ever."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from bistate.models import BilinearRNN
from bistate.theory import Automaton, realize
from bistate.verify import certify, parse_task

C3, PARITY = Automaton.modular_addition(3), Automaton.parity()
FAMILIES = ("full", "block", "rotation", "diagonal", "positive", "cp", "householder", "monomial", "convex")


def exact(family: str, dtype: torch.dtype = torch.float32, rung: str | None = None) -> BilinearRNN:
    return BilinearRNN.from_weights(realize(C3, rung or family), transition=family, dtype=dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_codes_that_agree_up_to_a_positive_factor_are_exact(dtype):
    """Rays are what counts: magnitudes other than 1 grow and shrink along words, and change no decision."""
    model = exact("monomial", dtype)
    with torch.no_grad():
        model.start.copy_(torch.tensor([1.0, 0, 0]))
        model.readout.copy_(torch.eye(3))
        model.family.diagonal *= torch.linspace(0.3, 3.7, model.family.diagonal.numel()).view_as(model.family.diagonal)
    found = certify(model, C3)
    assert (found.horizon, found.way) == (math.inf, "exact codes")
    assert found.check() == math.inf
    with torch.no_grad():
        model.family.diagonal[0, 0] *= -1
    assert certify(model, C3).horizon < math.inf


def test_a_group_with_one_more_letter_that_resets_is_proved_for_ever():
    """Codes on the rays of the unit vectors; a reset that stretches, and a letter that shrinks."""
    S3 = parse_task("S3")
    table = np.concatenate([np.asarray(S3.table), np.full((6, 1), S3.start_index)], axis=1)
    B = Automaton(range(6), range(7), table, S3.start_index)
    model = BilinearRNN(7, 6, 6, dtype=torch.float64)
    with torch.no_grad():
        model.family.weight.zero_()
        for x in range(7):
            model.family.weight[x, table[:, x], range(6)] = (1.0, 1.0, 2.0**-70, 0.3, 1.0, 1.7, 5.0)[x]
        model.start.copy_(torch.eye(6, dtype=torch.float64)[S3.start_index] * 0.7)
        model.readout.copy_(torch.eye(6))
    found = certify(model, B)
    assert (found.horizon, found.way) == (math.inf, "exact codes")
    with torch.no_grad():
        model.family.weight[6, (S3.start_index + 1) % 6, 1] += 1e-13
    assert certify(model, B).horizon < math.inf


def test_one_state_needs_no_proof():
    alone = Automaton([0], [0, 1], [[0, 0]], 0)
    model = BilinearRNN(2, 3, 1)
    for arithmetic in ("exact", "float32"):
        found = certify(model, alone, arithmetic)
        assert (found.horizon, found.way) == (math.inf, "one score")
        assert found.check() == math.inf
