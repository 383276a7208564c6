"""Reports on recurrences that are no `BilinearRNN`, and on tasks whose recurrent part is a group."""

from pathlib import Path

import numpy as np
import pytest
from bistate.models import Baseline, BilinearRNN, LinearRNN, evaluate
from bistate.theory import Automaton, realize
from bistate.verify import MismatchError, accuracy_curve, gather, parse_task, report
from bistate.verify.reports.report_html import facts_of

S3 = parse_task("S3")
LATE = Automaton(["begin", "even", "odd"], [0, 1], [[1, 2], [1, 2], [2, 1]], "begin")
LATE_ARRAYS = (
    [[[1.0, 1.0], [0.0, 0.0]], [[-1.0, -1.0], [0.0, 0.0]]],  # (sign, begin)
    [0.0, 1.0],
    [[0.0, 3.0], [1.0, 0.0], [-1.0, 0.0]],
)


def affine(centre: list[float]) -> LinearRNN:
    A, start, C = realize(S3, "block").to_numpy()
    return LinearRNN.from_arrays(A, start + centre, C, add=centre - A @ centre, bias=-C @ centre)


def test_affine_terms(tmp_path: Path) -> None:
    found = report(affine([3.0, -4.0]), S3, tmp_path / "r", lengths=(1, 10, 60), words=40)
    assert found.findings.proved
    assert found.findings.curves["learned"] == dict.fromkeys((1, 10, 60), 1.0)
    assert found.findings.learned_transitions.shape == (6, 3, 3)
    facts = dict(facts_of(found.findings))
    assert facts["state share: what varies, explained by the state"] == "100.0%"
    assert float(facts["constant: energy that all states share"].rstrip("%")) > 90
    assert "constant: energy" in found.path.read_text(encoding="utf-8")


def test_a_part(tmp_path: Path) -> None:
    for model in (LinearRNN.from_arrays(*LATE_ARRAYS), LinearRNN.from_arrays(*LATE_ARRAYS, normalize=True)):
        found = report(model, LATE, tmp_path / "r", lengths=(1, 10), words=40)
        assert found.findings.proved
        facts = dict(facts_of(found.findings))
        assert facts["compared: the part of the task that letters permute"] == "C2, after one letter"
        assert found.findings.curves["snapped"] == {1: 1.0, 10: 1.0}


def test_letters_of_the_part_alone() -> None:
    """BOS resets: its matrix is none of the group's."""
    table = [[0, 1, 0], [1, 0, 0]]
    automaton = Automaton([0, 1], ["keep", "flip", "BOS"], table, 0)
    A = np.stack([np.eye(2), np.eye(2)[::-1], [[1.0, 1.0], [0.0, 0.0]]])
    found = gather(LinearRNN.from_arrays(A, [1.0, 0.0], np.eye(2)), automaton, lengths=(5,), words=20)
    assert found.learned_transitions.shape == (2, 2, 2)
    assert found.proved


def test_curves_of_arrays_are_those_of_the_code() -> None:
    draw = np.random.default_rng(0)
    C5 = parse_task("C5")
    model = LinearRNN.from_arrays(draw.normal(size=(5, 4, 4)), draw.normal(size=4), draw.normal(size=(5, 4)))
    last = LinearRNN.from_arrays(model.A, model.start, draw.normal(size=(5, 5, 4)), normalize=True)
    for network in (model, last, affine([0.3, 0.4])):
        task = S3 if network.letters == 6 else C5
        curve = accuracy_curve(network, task, (3, 8), words=300, seed=4)
        assert curve[8] == pytest.approx(evaluate(network, task, 8, size=300, seed=4), abs=0.1)
    whole = BilinearRNN.from_weights(realize(C5, "block"), transition="full")
    arrays = LinearRNN.from_arrays(*(t.detach() for t in (whole.transitions(), whole.start, whole.rows())))
    assert accuracy_curve(whole, C5, (7,)) == accuracy_curve(arrays, C5, (7,)) == {7: 1.0}


def test_a_readout_for_each_last_letter() -> None:
    """The state is the last letter, and the hidden state knows nothing of it."""
    last = LinearRNN.from_arrays(np.ones((3, 1, 1)), [1.0], np.eye(3)[:, :, None])
    assert accuracy_curve(last, Automaton.reset(3, keep=False), (1, 6), words=50) == {1: 1.0, 6: 1.0}


def test_states_beyond_floats_are_wrong() -> None:
    model = LinearRNN.from_arrays(np.full((1, 1, 1), 1e100), [1.0], [[1.0]], bias=[0.0])
    assert accuracy_curve(model, Automaton([0], "a", [[0]], 0), (2, 9), words=5) == {2: 1.0, 9: 0.0}


def test_hidden_states_alone_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(MismatchError, match=r"LinearRecurrence.*Baseline has no linear\(\); it shows hidden states"):
        report(Baseline(6, 4, 6), S3, tmp_path / "r")
    assert not (tmp_path / "r").exists()
