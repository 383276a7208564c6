"""Layers and networks whose readout stands behind norms: proved, refuted, never both."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from bistate.models import LinearRNN, NormedReadout, load_linear, save_model
from bistate.theory import Automaton
from bistate.verify import MismatchError, certify, check, compare, recognise, refute, snap
from bistate.verify.networks.float_network import linear_weights
from bistate.verify.networks.shown import LINEAR, shown
from bistate.verify.refutation.by_weights import exact_prediction_not_linear
from helpers.behind_norms import all_words, planted, planted_product


@pytest.mark.parametrize(("heads", "least"), [(1, 14), (2, 20)])
def test_a_delta_product_with_norms_gates_and_bias(heads, least):
    layer, automaton = planted_product(1e-3, heads)
    proof, wrong = certify(layer, automaton), refute(layer, automaton, longest=400)
    assert proof.horizon >= least
    assert wrong is not None
    assert proof.horizon < wrong.length
    assert wrong.about == "the weights, multiplied exactly"
    words = torch.from_numpy(all_words(2, 12))
    assert np.array_equal(layer(words, every=True).argmax(-1).numpy(), automaton.run_batch(words.numpy(), every=True))
    answer = int(layer(torch.tensor([wrong.word])).argmax())
    assert answer == wrong.score != automaton.run(list(wrong.word))
    assert check(proof.document) == proof.horizon
    assert proof.belongs_to(layer, automaton)


def test_smaller_errors_reach_farther():
    lengths = [certify(*planted_product(noise)).horizon for noise in (1e-3, 1e-4)]
    assert 10 < lengths[0] < lengths[1] / 5


def test_the_exact_decision_is_the_definition():
    """After random words, by the forward pass in double precision where its scores are clearly apart."""
    draw = np.random.default_rng(0)
    for options in ({"heads": 2, "centred": True}, {"heads": 1}, {"heads": 2, "bias": False, "normalize": True}):
        net, automaton = planted(0.3, **options)
        weights = net.linear()
        for _ in range(20):
            word = draw.integers(2, size=draw.integers(1, 12))
            logits = net(torch.from_numpy(word)[None])[0].numpy()
            true = automaton.run(word.tolist())
            apart = np.abs(np.delete(logits, true) - logits[true]).min()
            if apart > 1e-9 * np.abs(logits).max():
                found = exact_prediction_not_linear(weights, tuple(word.tolist()), true)
                assert found == (None if logits.argmax() == true else logits.argmax())


def test_letters_before_words_and_scores_in_another_order():
    net, automaton = planted(1e-3, heads=2)
    order = [5, 2, 7, 0, 4, 1]
    bias = np.full(8, -100.0)
    bias[order] = net.bias.numpy()
    parts = []
    for part in (module.value for module in net.norms):
        E = np.zeros((2, 8, 4))
        E[:, order] = part.weights
        parts.append(NormedReadout(E, part.rows, part.eps))
    other = LinearRNN.from_arrays(net.A, net.start, None, bias=bias, norms=parts)
    plain = certify(net, automaton).horizon
    found = certify(other, automaton, outputs=order)
    assert abs(found.horizon - plain) <= 0.1 * plain
    moved = Automaton(states=range(6), letters=range(2), table=automaton.table, start=automaton.run([0, 1]))
    after = certify(other, moved, prefix=(0, 1), outputs=order)
    assert after.horizon > plain / 2
    wrong = refute(other, moved, prefix=(0, 1), outputs=order, longest=20)
    assert wrong is None


def test_no_claim_about_floats_and_none_of_what_needs_a_linear_readout():
    net, automaton = planted(1e-3, heads=2)
    with pytest.raises(MismatchError, match="'float32' is not covered for scores behind norms"):
        certify(net, automaton, "float32")
    with pytest.raises(MismatchError, match="the readout stands behind a norm"):
        linear_weights(net)
    assert linear_weights(net, norms=True).norms
    assert recognise(net).automaton is not None


def test_states_and_matrices_are_compared_and_repaired_whatever_stands_before_the_readout():
    """Where directions are enough, norms are taken as their means; the repair is proved about exact weights."""
    net, automaton = planted(1e-3, heads=2)
    seen = shown(net)
    assert seen.kind == LINEAR
    assert seen.weights.changes[-1] == "norms before the readout were taken as their means"
    assert compare(net, automaton).aligned_distance < 0.1
    assert snap(net, automaton).prove(automaton).proved


def test_what_is_saved_is_certified_alike(tmp_path):
    net, automaton = planted(1e-3, heads=1, centred=True)
    save_model(net, tmp_path)
    again = load_linear(tmp_path)
    assert again.config == net.config
    proof = certify(net, automaton)
    assert 20 < proof.horizon < math.inf
    assert proof.belongs_to(again, automaton)
