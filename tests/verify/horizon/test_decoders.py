"""Networks with decoders: proved, refuted, never both."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from bistate.models import Decoder, Gate, LinearRNN, load_linear, save_model
from bistate.theory import Automaton
from bistate.verify import MismatchError, agreement, certify, check, compare, recognise, refute
from bistate.verify.certificates.spoken_of import claim_about
from bistate.verify.networks.float_network import linear_weights
from bistate.verify.networks.reading import reading_of
from bistate.verify.networks.shown import shown
from bistate.verify.refutation.by_weights import exact_prediction_not_linear
from helpers.behind_norms import all_words
from helpers.decoders import START, decoder, planted


@pytest.mark.parametrize(
    ("kind", "normalize"), [("relu", True), ("norm", False), ("gate of the last letter", True), ("residual", True)]
)
def test_proved_and_refuted_never_both(kind, normalize):
    net, automaton = planted(kind, 3e-2, normalize)
    proof, wrong = certify(net, automaton), refute(net, automaton, longest=200)
    assert 10 < proof.horizon < wrong.length
    assert "the decoder is not decided on the ball around the code of state" in proof.reason
    assert "the decoder taken in real numbers" in proof.claim
    assert wrong.about == "the weights, multiplied exactly"
    assert int(net(torch.tensor([wrong.word])).argmax()) == wrong.score != automaton.run(list(wrong.word))
    words = all_words(2, min(int(proof.horizon), 13))
    assert np.array_equal(
        net(torch.from_numpy(words), every=True).argmax(-1).numpy(), automaton.run_batch(words, every=True)
    )
    assert check(proof.document) == proof.horizon
    assert proof.belongs_to(net, automaton)
    assert not proof.belongs_to(planted(kind, 2e-2, normalize)[0])


def test_exact_reflections_are_right_as_far_as_is_looked():
    assert certify(*planted("silu", 0.0)).horizon >= 100_000


def test_the_exact_decision_is_the_definition():
    draw = np.random.default_rng(0)
    for kind in ("gelu", "norm inside", "product"):
        net, automaton = planted(kind, 0.3, kind == "gelu")
        for _ in range(20):
            word = draw.integers(2, size=draw.integers(1, 12))
            logits, true = net(torch.from_numpy(word)[None])[0].numpy(), automaton.run(word.tolist())
            found = exact_prediction_not_linear(net.linear(), tuple(word.tolist()), true)
            assert found == (None if logits.argmax() == true else logits.argmax())


def test_letters_before_words_and_scores_in_another_order():
    net, automaton = planted("gate of the last letter", 3e-2)
    order = [5, 2, 7, 0, 4, 1]
    *rest, last = decoder("gate of the last letter").layers
    W, b = np.zeros((8, last.weights.shape[1])), np.full(8, -100.0)
    W[order], b[order] = last.weights, last.add
    other = LinearRNN.from_arrays(net.A, START, Decoder((*rest, type(last)(W, b))), normalize=True)
    plain = certify(net, automaton).horizon
    assert certify(other, automaton, outputs=order).horizon == plain
    moved = Automaton(states=range(6), letters=range(2), table=automaton.table, start=automaton.run([0, 1]))
    assert certify(other, moved, prefix=(0, 1), outputs=order).horizon > plain / 2
    assert refute(other, moved, prefix=(0, 1), outputs=order, longest=10) is None


def test_no_claim_about_floats_and_none_of_what_needs_a_linear_readout():
    net, automaton = planted("silu", 1e-3)
    with pytest.raises(MismatchError, match="'float32' is not covered for a decoder"):
        certify(net, automaton, "float32")
    with pytest.raises(MismatchError, match="the readout is a decoder"):
        linear_weights(net)
    assert shown(net).weights.changes[-1].startswith("the decoder was taken as the linear readout")
    assert compare(net, automaton).learned
    assert recognise(net).automaton is not None
    assert agreement(net, net, words=5).difference == 0


@pytest.mark.parametrize("kind", ["norm inside", "residual", "product", "gate of the last letter"])
def test_what_is_saved_is_certified_alike(tmp_path, kind):
    net, automaton = planted(kind, 3e-2)
    save_model(net, tmp_path)
    again = load_linear(tmp_path)
    words = torch.from_numpy(all_words(2, 5))
    torch.testing.assert_close(net(words), again(words), rtol=1e-12, atol=1e-12)  # memory decides the order of sums
    assert all(torch.equal(p, q) for p, q in zip(net.buffers(), again.buffers(), strict=True))
    reading = reading_of(2, 6, automaton)
    document, other = (claim_about(each.linear(), automaton, reading, "exact", None) for each in (net, again))
    assert document == other


def test_a_decoder_that_does_not_fit_is_refused():
    net, _ = planted("silu")

    class Other:
        letters, states = 2, 6

        def linear(self):
            found = net.linear()
            return type(found)(**{**found.__dict__, "normalize": False})

        def __call__(self, words):
            return net(words)

    with pytest.raises(MismatchError, match="their scale, which the decoder depends on, is not known"):
        certify(Other(), planted("silu")[1])
    assert Decoder((Gate(np.ones(2)),)).width(2, 1) == 2
