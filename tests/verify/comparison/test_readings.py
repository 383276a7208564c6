"""A letter before every word, further letters and scores, scores in an own order: the same is found without them."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from bistate.models import BilinearRNN, LinearRNN
from bistate.theory import Automaton, realize
from bistate.verify import (
    MismatchError,
    accuracy_curve,
    alternatives,
    compare,
    gather,
    parse_task,
    recognise,
    report,
    snap,
    word_states,
)
from bistate.verify.cli import main
from bistate.verify.networks.unit_vectors import unit
from helpers.shown import HiddenOnly

S3 = parse_task("S3")
BOS, OUTPUTS = (6,), (7, 3, 0, 5, 1, 4)
ASKED = {"prefix": BOS, "outputs": OUTPUTS}


def behind_a_letter(each: bool = False, rival: float = 0.0) -> tuple[LinearRNN, LinearRNN]:
    """Exact weights of S_3, plain, and with letter 6 as the one that sets the start, one letter and two scores more."""
    A, start, C = realize(S3, "block").to_numpy()
    hidden, draw = len(start), np.random.default_rng(0)
    reset = np.outer(start, np.eye(hidden)[0])
    more = np.concatenate([A, [reset, draw.normal(size=(hidden, hidden))]])
    readout = np.zeros((8, hidden))
    readout[list(OUTPUTS)] = C
    readout[6] = rival * C[0]
    if each:
        readout = np.repeat(readout[None], 8, axis=0)
    return LinearRNN.from_arrays(A, start, C), LinearRNN.from_arrays(more, np.eye(hidden)[0], readout)


@pytest.mark.parametrize("each", [False, True])
def test_what_is_found_of_weights(each: bool) -> None:
    plain, net = behind_a_letter(each)
    found, expected = compare(net, S3, **ASKED), compare(plain, S3)
    assert found.aligned_distance < 1e-6
    assert found.used == expected.used
    assert found.spectrum == pytest.approx(expected.spectrum, abs=1e-9)
    assert found.angles == pytest.approx(expected.angles, abs=1e-6)
    for weights in (snap(net, S3, **ASKED), snap(net, S3, comparison=found, **ASKED)):
        assert weights.hidden_size == 2
    assert snap(net, S3, **ASKED).prove(S3).proved
    assert snap(net, S3, **ASKED).note == snap(plain, S3).note or each
    assert [a.irreps for a in alternatives(net, S3, **ASKED)] == [a.irreps for a in alternatives(plain, S3)]


def test_without_a_task_the_outputs_are_those_that_are_recognised() -> None:
    plain, net = behind_a_letter()
    weights = snap(LinearRNN.from_arrays(net.A[:6], plain.start, net.readout))
    assert weights.hidden_size == 2
    assert len(weights.states) == 6


def test_what_is_found_of_hidden_states() -> None:
    plain, net = behind_a_letter()
    found, expected = compare(HiddenOnly(net), S3, **ASKED), compare(HiddenOnly(plain), S3)
    assert found.state_share == pytest.approx(expected.state_share)
    assert np.allclose(word_states(HiddenOnly(net), S3, prefix=BOS).means, word_states(HiddenOnly(plain), S3).means)
    assert np.allclose(word_states(net, S3, prefix=BOS).means, word_states(plain, S3).means)
    assert not np.allclose(word_states(net, S3).means, word_states(plain, S3).means)


def test_a_report_reads_in_the_same_way(tmp_path: Path) -> None:
    _, net = behind_a_letter()
    found = report(net, S3, tmp_path / "r", lengths=(1, 20), words=50, **ASKED).findings
    assert found.proved
    assert found.curves["learned"] == {1: 1.0, 20: 1.0}
    assert found.learned_transitions.shape == (6, 2, 2)
    assert gather(net, S3, lengths=(20,), words=50, prefix=BOS).curves["learned"][20] < 0.5


def test_a_rival_that_wins_is_wrong() -> None:
    _, net = behind_a_letter(rival=2.0)
    found = accuracy_curve(net, S3, (5,), words=600, **ASKED)[5]
    assert 0.7 < found < 0.95  # of the six states, that of the first score


@pytest.mark.parametrize("additive", [False, True])
def test_curves_of_bilinear_models(additive: bool) -> None:
    model = BilinearRNN(3, 4, 3, dtype=torch.float64, additive=additive)
    with torch.no_grad():
        model.family.weight.copy_(torch.stack([torch.eye(4), torch.eye(4)[[1, 0, 2, 3]], torch.zeros(4, 4)]))
        model.family.weight[2, 0] = 1.0
        model.start.fill_(1.0)
        model.readout.copy_(torch.tensor([[0.0, 0, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0]]))
    parity = Automaton.parity()
    assert accuracy_curve(model, parity, (1, 30), words=40, prefix=[2], outputs=[2, 1]) == {1: 1.0, 30: 1.0}
    assert accuracy_curve(model, parity, (1, 30), words=40, prefix=[2], outputs=[1, 2]) == {1: 0.0, 30: 0.0}


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, net = behind_a_letter()
    np.savez(tmp_path / "w.npz", A=net.A.numpy(), start=net.start.numpy(), readout=net.readout.numpy())
    folder = str(tmp_path / "own")
    assert main(["import", str(tmp_path / "w.npz"), "-o", folder]) == 0
    asked = ["verify", folder, "--task", "S3", "--words", "20", "--longest", "10", "--json"]
    capsys.readouterr()
    assert main([*asked, "--prefix", "6", "--outputs", "7,3,0,5,1,4"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["proved"] is True
    assert found["accuracy"]["learned"]["10"] == 1.0
    assert main([*asked, "--prefix", "9"]) == 2
    assert "letter 9" in capsys.readouterr().err
    assert main([*asked, "--outputs", "1,2"]) == 2
    assert "has 2 entries" in capsys.readouterr().err


@pytest.mark.parametrize(
    "verb", [compare, snap, gather, alternatives, lambda n, t, **o: accuracy_curve(n, t, (5,), **o)]
)
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"prefix": [8]}, r"prefix=\[8\] has letter 8; letters of the network are 0 to 7"),
        ({"outputs": [0, 1]}, "has 2 entries; the automaton has 6 states"),
        ({"outputs": [0, 1, 2, 3, 4, 8]}, "has 8 for state 5; scores are 0 to 7"),
        ({"outputs": [0, 1, 2, 3, 4, 4]}, "has score 4 twice"),
    ],
)
def test_refused(verb: object, asked: dict, said: str) -> None:
    with pytest.raises(MismatchError, match=said):
        verb(behind_a_letter()[1], S3, **asked)


def test_states_that_share_an_output_are_snapped_to_weights_of_the_outputs() -> None:
    task = parse_task("C4")
    A, start, _ = realize(task, "full").to_numpy()
    halves = np.array([[1.0, 0.3], [-1.0, -0.3]])
    model = LinearRNN.from_arrays(A, start, halves)
    exact = snap(model)
    assert exact.hidden_size == 2
    assert exact.prove(recognise(model).automaton).proved


def test_unit_vectors_of_any_size_and_shape() -> None:
    random = np.random.default_rng(0).normal(size=(2, 3, 4))
    for size in (1e-290, 1e-200, 1.0, 1e200, 1e307):
        assert np.allclose(unit(random * size), random / np.linalg.norm(random, axis=-1, keepdims=True), rtol=1e-14)
        assert np.allclose(unit(random[0, 0] * size), unit(random)[0, 0], rtol=1e-14)
    assert not unit(np.zeros(3)).any()
