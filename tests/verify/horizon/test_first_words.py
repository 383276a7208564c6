"""The first words of cones and polyhedra: what rounding may add, of the worst sign, is within what is said."""

from __future__ import annotations

import numpy as np
import pytest
from bistate.verify.certificates.first_words import no_letters, step_of, with_a_letter
from bistate.verify.networks.float_network import FloatNetwork

TABLE = np.array([[0, 1], [1, 0]])


@pytest.mark.parametrize(("unit", "even"), [(1e-2, 0.0), (0.0, 1 / 254), (1e-3, 1 / 254)])
def test_states_that_are_rounded_stay_within_what_may_be_added(unit, even):
    draw = np.random.default_rng(0)
    A, h = draw.normal(size=(2, 3, 3)), draw.normal(size=3)
    network = FloatNetwork(A, h, np.eye(2, 3), TABLE, 0, even=even)
    step = step_of(network, unit, None)
    words = no_letters(network, step)
    near = words.vectors + draw.uniform(-1, 1, (400, 1, 3)) * words.off  # (draws, words, hidden)
    for _ in range(4):
        longer = with_a_letter(words, network, step)
        moved = np.einsum("xij,dwj->dxwi", A, near)
        added = unit * np.einsum("xij,dwj->dxwi", np.abs(A), np.abs(near))
        added += even * np.abs(moved).max(axis=-1, keepdims=True)
        moved = moved + draw.choice([-1.0, 1.0], moved.shape) * added  # the worst that a step does
        near = moved.reshape(len(near), -1, 3) / longer.sizes[:, None]
        assert (np.abs(near - longer.vectors) <= longer.off * (1 + 1e-12)).all()
        last = np.repeat([0, 1], len(words.states))
        assert longer.states.tolist() == TABLE[np.tile(words.states, 2), last].tolist()
        words = longer
