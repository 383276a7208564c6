"""Wrong words are wrong, and short."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from bistate.models import BilinearRNN
from bistate.theory import realize
from bistate.verify import MismatchError, certify, exact_check, parse_task, refute
from bistate.verify.horizon.refutation import exact_prediction
from bistate.verify.networks.float_network import float_weights
from helpers.noisy import noisy

S3 = parse_task("S3")
CHECKER = Path(exact_check.__file__).parent


def test_a_wrong_word_is_wrong_by_fractions_and_short():
    automaton, model = noisy("S3", 5e-2)
    found = refute(model, automaton)
    assert found == refute(model, automaton)  # the same seed, the same word
    assert automaton.run(found.word) == found.true != found.predicted
    A, h, C = float_weights(model)
    word = tuple(automaton.letter_index(x) for x in found.word)
    v = [Fraction(x) for x in h.tolist()]
    for x in word:
        v = [sum(Fraction(a) * b for a, b in zip(row, v, strict=True)) for row in A[x].tolist()]
    logits = [sum(Fraction(a) * b for a, b in zip(row, v, strict=True)) for row in C.tolist()]
    assert logits[automaton.state_index(found.predicted)] >= logits[automaton.state_index(found.true)]
    assert certify(model, automaton).horizon < found.horizon
    assert found.random_horizon is None or found.random_horizon > found.horizon
    for k in range(len(word)):  # no letter can be left out
        shorter = word[:k] + word[k + 1 :]
        true = automaton.start_index
        for x in shorter:
            true = int(automaton.table[true, x])
        assert exact_prediction(A, h, C, shorter, true) is None


def test_no_wrong_word_for_exact_weights_and_bad_arguments():
    model = BilinearRNN.from_weights(realize(S3, "block"), transition="full")
    assert refute(model, S3, longest=100) is None
    with pytest.raises(MismatchError, match="longest=-1 has to be at least 0"):
        refute(model, S3, longest=-1)
