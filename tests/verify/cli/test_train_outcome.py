"""`bistate train` says how accuracy compares with chance, what is wrong and what to change; settings of sweeps."""

from __future__ import annotations

import json
import multiprocessing
from fractions import Fraction
from pathlib import Path

import pytest
import torch
from bistate.groups import SymmetricGroup
from bistate.models import BilinearRNN, StateTracking, TrainConfig, train
from bistate.models.errors import CheckpointError, TaskError
from bistate.models.files.lock import alone_in
from bistate.models.sizes.ladder_advice import advice
from bistate.models.tasks.lengths import harmonic_lengths, length_law, usual_lengths
from bistate.models.tasks.word_laws import usual_words
from bistate.models.training.config import usual_config
from bistate.theory import Automaton
from bistate.verify.cli import main
from bistate.verify.experiments.sweep import Cell, run_cell, sweep
from bistate.verify.reports.training_outcome import outcome

LANGUAGE = Automaton.from_regex("(ab)*").acceptor()


def test_a_language_is_trained_on_balanced_words_as_accept_or_reject(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["train", "accept:regex:(ab)*", "-o", str(tmp_path / "run"), "--hidden", "8", "--steps", "30", "--json"]
    assert main(asked) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["word_law"] == "balanced"
    rows = {(row["length"], row["words"]): row for row in found["outcome"]["rows"]}
    assert rows[500, "balanced"]["chance"] == 0.5
    assert 0.9995 < rows[500, "uniform"]["chance"] < 1
    assert rows[10, "uniform"]["every"] is not None
    assert rows[10, "balanced"]["every"] is None


@pytest.mark.parametrize(("restarts", "attempts"), [("0", 1), ("2", 3)])
def test_what_is_wrong_on_long_words_is_trained_again(
    restarts: str, attempts: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["train", "S3", "--hidden", "4", "--steps", "2", "--settle-steps", "0", "-o", str(tmp_path / "run")]
    assert main([*asked, "--restarts", restarts, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["attempts"] == attempts


def test_require_is_a_question_whose_answer_may_be_no(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["train", "S3", "--hidden", "8", "--steps", "20", "--require", "0.99", "-o", str(tmp_path / "run")]
    assert main([*asked, "--restarts", "0"]) == 1
    said = capsys.readouterr().out
    assert "training words are not learned" in said
    assert "do not tell the states apart; not learned: " in said
    assert "try       more steps: --steps 40" in said
    assert "shortest wrong word: 1 letter\n" in said
    easy = ["train", "parity", "--model", "diagonal", "--hidden", "4", "--steps", "300", "--lr", "0.02"]
    assert main([*easy, "--require", "0.99", "-o", str(tmp_path / "easy")]) == 0
    assert "shortest wrong word: none was found" in capsys.readouterr().out


def test_a_tail_that_is_not_reached_is_told_from_words_that_are_not_learned() -> None:
    # right up to ten letters, wrong far beyond: a rotation by an angle that is off
    A = Automaton.modular_addition(3)
    model = BilinearRNN(letters=3, hidden=2, states=3, transition="rotation", seed=0).double()
    with torch.no_grad():
        model.family.weight.copy_(torch.tensor([[0.0], [2.0944 + 0.02], [4.18879 - 0.01]]))
        model.start.copy_(torch.tensor([1.0, 0.0]))
        angles = torch.arange(3) * 2 * torch.pi / 3
        model.readout.copy_(torch.stack([angles.cos(), angles.sin()], 1))
    found = outcome(model, StateTracking(A), TrainConfig(weight_decay=0.1), [10, 500], size=300)
    assert not found.reached
    assert found.why[0].startswith("the tail is not reached")
    assert any("--label-smoothing" in sentence for sentence in found.advice)
    assert any("--weight-decay" in sentence for sentence in found.advice)


def test_lengths_beyond_twelve_are_drawn_by_the_law_one_over_n() -> None:
    assert usual_lengths(3, 12) == (3, 12)
    law = length_law(usual_lengths(3, 40))
    assert law.weights[0] / law.weights[-1] == Fraction(40, 3)
    assert set(length_law(usual_lengths(0, 40)).lengths) == set(range(41))
    for low, high in ((0, 4), (5, 4), (-1, 3)):
        with pytest.raises(TaskError):
            harmonic_lengths(low, high)


def test_words_are_balanced_where_uniform_ones_show_one_label() -> None:
    assert usual_words(LANGUAGE, 10) == "balanced"
    assert usual_words(Automaton.from_regex("a*b*").acceptor(), 1) == "balanced"  # all are accepted
    assert usual_words(Automaton.modular_addition(5), 40) == "uniform"


def test_steps_grow_by_the_rule_that_is_stated() -> None:
    base = usual_config("full").steps
    assert usual_config("full", letters=8, states=8, longest=10).steps == base
    assert usual_config("full", letters=2, states=32).steps == 2 * base
    assert usual_config("full", letters=8, states=16).steps == 2 * base
    assert usual_config("full", longest=160).steps == 2 * base
    assert usual_config("full", letters=1000, states=1000).steps == 10 * base
    assert usual_config("full", letters=60, states=60, steps=7).steps == 7
    decays = [usual_config("full", states=n, merging=m).weight_decay for n, m in ((6, False), (6, True), (60, False))]
    assert decays == [0.5, 0.1, 0.1]
    assert usual_config("full", merging=True, weight_decay=0.3).weight_decay == 0.3
    assert usual_config("lstm", merging=True).weight_decay == 0.0
    assert StateTracking(LANGUAGE).sizes["merging"]


def test_advice_for_one_head_and_for_rotations_of_merging_letters() -> None:
    S5 = Automaton.word_problem(SymmetricGroup(5))
    one = BilinearRNN(letters=120, hidden=8, states=120, transition="householder", reflections=3, heads=1)
    assert any("3 reflections per letter are fewer" in sentence for sentence in advice(one, S5))
    several = BilinearRNN(letters=120, hidden=8, states=120, transition="householder", reflections=4, heads=2)
    assert not any("fewer" in sentence for sentence in advice(several, S5))
    counter = Automaton.counter(3)
    said = advice(BilinearRNN(letters=1, hidden=4, states=4, transition="rotation"), counter)
    assert any("powers of a rotation" in sentence for sentence in said)
    merged = Automaton.counter(3).with_outputs(["same"] * 4)
    assert advice(BilinearRNN(letters=1, hidden=4, states=1, transition="rotation"), merged) == ()


def _held(folder: str, ready: object, go: object) -> None:
    with alone_in(Path(folder)):
        ready.set()  # type: ignore[attr-defined]
        go.wait(30)  # type: ignore[attr-defined]


def test_a_folder_is_for_one_process_at_a_time(tmp_path: Path) -> None:
    model = BilinearRNN(letters=2, hidden=4, states=2, seed=0)
    task, config = StateTracking(Automaton.parity()), TrainConfig(steps=2)
    train(model, task, config, directory=tmp_path / "run")
    context = multiprocessing.get_context("spawn")
    ready, go = context.Event(), context.Event()
    other = context.Process(target=_held, args=(str(tmp_path / "run"), ready, go))
    other.start()
    try:
        assert ready.wait(60)
        with pytest.raises(CheckpointError, match="in use by another process"):
            train(BilinearRNN(letters=2, hidden=4, states=2, seed=0), task, config, directory=tmp_path / "run")
    finally:
        go.set()
        other.join(30)
    train(BilinearRNN(letters=2, hidden=4, states=2, seed=0), task, config, directory=tmp_path / "run")
    assert not (tmp_path / "run" / ".lock").exists()


def test_a_cell_whose_accuracy_says_nothing_loses_no_other(tmp_path: Path) -> None:
    cells = [
        Cell("accept:regex:(ab)*", "full", 4, training={"steps": 2}, test_length=200),
        Cell("parity", "full", 4, training={"steps": 2}),
    ]
    results = list(sweep(cells, tmp_path))
    assert len(results) == 2
    by_task = {r["cell"]["task"]: r for r in results}
    assert by_task["parity"]["normalised"] is not None
    assert [r["accuracy"] for r in sweep(cells, tmp_path)] == [run_cell(cell, tmp_path)["accuracy"] for cell in cells]
    assert (tmp_path / "results.csv").exists()
    balanced = run_cell(
        Cell("accept:regex:(ab)*", "full", 4, training={"steps": 2}, test_length=50, law="balanced"), tmp_path
    )
    assert balanced["normalised"] is not None


def test_cells_take_the_usual_settings_of_model_and_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(
        "bistate.verify.experiments.sweep.train",
        lambda model, task, config, **_: seen.append(config) or train(model, task, TrainConfig(steps=1)),
    )
    run_cell(Cell("parity", "rotation", 4), tmp_path)
    assert seen[0].decay_transitions is False
    assert seen[0].steps == usual_config("rotation").steps


def test_sweep_options_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = [
        "sweep",
        "-o",
        str(tmp_path / "s"),
        "--task",
        "parity",
        "--model",
        "block",
        "--block",
        "4",
        "--hidden",
        "8",
    ]
    more = ["--seeds", "2", "--first-seed", "5", "--steps", "2", "--no-decay-transitions", "--lengths", "2-4"]
    assert main([*asked, *more, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["trainings"] == 2
    text = (tmp_path / "s" / "results.csv").read_text()
    assert '""block"": 4' in text
    assert {line.split(",")[3] for line in text.splitlines()[1:]} == {"5", "6"}
    assert main([*asked, "--rank", "3"]) == 2
    assert "--rank 3 goes with --model cp" in capsys.readouterr().err
