"""Paths through pairs of states and last letters: they prove more than norms, and never more than what is right."""

from __future__ import annotations

import numpy as np
import pytest
from bistate.groups import SymmetricGroup
from bistate.models import BilinearRNN, LinearRNN
from bistate.theory import Automaton, realize
from bistate.verify import certify, refute
from bistate.verify.tubes import pair_path

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
