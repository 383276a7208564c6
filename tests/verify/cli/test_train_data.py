"""`bistate train train.csv`: words of a file, what is held out, and options that are for tasks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bistate.verify.cli.commands import main
from bistate.verify.cli.train_data import table_of_words


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = str(tmp_path / "c3.csv")
    assert main(["data", "C3", "--lengths", "1-7", "--size", "900", "-o", path]) == 0
    return path


def test_a_model_is_trained_on_a_table(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, options = str(tmp_path / "run"), ("--hidden", "16", "--steps", "300", "--seed", "1")
    capsys.readouterr()
    assert main(["train", file, "-o", run, *options, "--require", "0.9", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["labels"] == ["0", "1", "2"]
    assert facts["words"] + facts["held_out"] == 900
    assert 80 <= facts["held_out"] <= 100
    assert facts["accuracy"] == 1.0
    assert main(["train", file, "-o", run, *options]) == 0  # the run is there
    assert "chance 0." in capsys.readouterr().out
    assert main(["train", file, "-o", str(tmp_path / "short"), "--steps", "1", "--require", "1"]) == 1


def test_words_to_look_at_come_from_another_table(file: str, tmp_path: Path) -> None:
    other = tmp_path / "long.csv"
    assert main(["data", "C3", "--lengths", "9-10", "--size", "50", "-o", str(other)]) == 0
    table = table_of_words(file, str(other), 0)
    assert (len(table.training), len(table.validation)) == (900, 50)
    assert set(table.words.lengths[table.validation].tolist()) == {9, 10}
    assert len(table_of_words(file, "0.5", 0).validation) >= 450


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--lengths", "2-3"), "--lengths is for tasks"),
        (("--every",), "--every or --last is for tasks"),
        (("--side", "right"), "an option of a group is for tasks"),
        (("--validation", "2"), "--validation '2' is neither a share"),
    ],
)
def test_options_that_are_for_tasks(
    file: str, options: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", file, "-o", str(tmp_path / "run"), *options]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_task_has_no_share_held_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "C3", "-o", str(tmp_path), "--validation", "0.1"]) == 2
    assert "--validation '0.1' goes with a table of words" in capsys.readouterr().err
