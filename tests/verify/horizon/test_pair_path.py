"""Paths through pairs of states and last letters: they prove more than norms, and never more than what is right."""

from __future__ import annotations

import numpy as np
import pytest
from bistate.groups import SymmetricGroup
from bistate.models import BilinearRNN, LinearRNN
from bistate.theory import Automaton, realize
from bistate.verify import certify, refute
from bistate.verify.horizon import phases
from bistate.verify.tubes import pair_path
from bistate.verify.tubes.bounds import Beginning, Steps

C5, S3 = Automaton.modular_addition(5), Automaton.word_problem(SymmetricGroup(3))


def moved(automaton: Automaton, size: float, seed: int) -> LinearRNN:
    """Exact weights, all of them a little off, and two units beside them that forget what is written there."""
    exact = BilinearRNN.from_weights(realize(automaton, "full")).linear()
    letters, n, _ = exact.A.shape
    draw = np.random.default_rng(seed)
    A = size * draw.normal(size=(letters, n + 2, n + 2))
    A[:, :n, :n] += exact.A
    A[:, n:, n:] += 0.3 * np.eye(2)
    A[:, n:, :n] += 0.2 * draw.normal(size=(letters, 2, n))
    C = np.concatenate([exact.readout, size * draw.normal(size=(len(exact.readout), 2))], axis=1)
    return LinearRNN.from_arrays(A, [*exact.start, 0.0, 0.0], C)


@pytest.mark.parametrize(("automaton", "size", "seed"), [(C5, 1e-3, 0), (S3, 3e-3, 2)])
def test_paths_through_pairs_prove_more_and_no_wrong_word_is_shorter(monkeypatch, automaton, size, seed):
    model = moved(automaton, size, seed)
    proof = certify(model, automaton)
    assert "pairs" in proof.document["proof"]
    assert proof.check() == proof.horizon == proof.path_horizon
    wrong = refute(model, automaton, longest=int(proof.horizon) * 4)
    assert wrong is None or wrong.length > proof.horizon
    monkeypatch.setattr(pair_path, "MOST_PAIRED", 0)
    before = certify(model, automaton)
    assert "pairs" not in before.document["proof"]
    assert before.horizon < proof.horizon


def test_a_quick_search_does_without():
    model = moved(C5, 1e-3, 0)
    assert "pairs" not in certify(model, C5, effort="quick").document["proof"]


def remembering(keep: float, couple: float, seed: int) -> LinearRNN:
    """Addition modulo 3, and two units beside it that forget slowly, and differently after every letter."""
    draw = np.random.default_rng(seed)
    A = np.zeros((3, 4, 4))
    for x, angle in enumerate(2 * np.pi * np.arange(3) / 3):
        A[x, :2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        A[x, 2:, 2:] = keep * np.linalg.qr(draw.normal(size=(2, 2)))[0]
        A[x, 2:, :2], A[x, :2, 2:] = couple * draw.normal(size=(2, 2, 2))
    seats = [[np.cos(angle), np.sin(angle), 0, 0] for angle in 2 * np.pi * np.arange(3) / 3]
    return LinearRNN.from_arrays(A, [1.0, 0.0, 0.0, 0.0], seats)


def test_coordinates_depend_on_more_letters_where_the_remainder_takes_much(monkeypatch):
    model, C3, usual = remembering(0.7, 0.003, seed=1), Automaton.modular_addition(3), phases.in_context
    monkeypatch.setattr(phases, "in_context", lambda *args, most=20, **options: usual(*args, most=most, **options))
    found = {}
    for most, share in ((20, 0.4), (100, 0.4), (100, 99.0)):
        monkeypatch.setattr(phases, "MORE_EDGES", most)
        monkeypatch.setattr(phases, "BESIDE", share)
        proof = certify(model, C3)
        assert proof.check() == proof.horizon
        found[most, share] = proof.document["proof"]["memory"], proof.horizon
    assert found[20, 0.4] == found[100, 99.0]
    assert (found[20, 0.4][0], found[100, 0.4][0]) == (1, 3)
    assert found[100, 0.4][1] > 1.2 * found[20, 0.4][1]
    assert found[100, 0.4][1] > 1000
    assert refute(model, C3, longest=1000) is None


def test_radii_are_no_less_than_what_first_grows_and_then_shrinks():
    """The first component is coupled to the second, which fades: 0.01 becomes 0.1 with a letter, and 0.02 later."""
    M, eta = np.array([[0.1, 0.5], [0.0, 0.8]]), np.array([0.015, 0.0])
    none, nowhere = np.zeros(0), np.zeros(0, dtype=np.int64)
    steps = Steps(none, nowhere, none, none, M, eta)
    beginning = Beginning(1, np.inf, none, nowhere, nowhere, np.array([0.01, 0.2]))
    lengths = np.array([0, 20, 40])
    at = np.array([pair_path._after(steps, beginning, int(t)) for t in lengths])
    ends = np.maximum(at[:-1], at[1:])
    radii = pair_path._no_less(ends, lengths, steps, beginning)
    epsilon = beginning.epsilon
    for t in range(40):
        assert (epsilon <= radii[t // 20]).all()
        epsilon = M @ epsilon + eta
    assert radii[0, 0] > 4 * ends[0, 0]
    assert (radii[1] == ends[1]).all()  # what was large enough stays
