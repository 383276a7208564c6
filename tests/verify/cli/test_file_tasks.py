"""Tasks `file:…` on the command line: trained, built and classified as the automaton in the file."""

import json
from pathlib import Path

import pytest
from bistate.theory import Automaton
from bistate.verify import parse_task
from bistate.verify.cli import main


@pytest.mark.parametrize("suffix", [".dot", ".hoa", ".aut", ".json", ".csv", ".npz"])
def test_every_format_is_a_task(suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    A = Automaton.modular_addition(3)
    A.save(tmp_path / f"my machine{suffix}")
    task = f"file:{tmp_path / f'my machine{suffix}'}"
    assert parse_task(task) == A
    assert main(["classify", task, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert main(["classify", "mod3", "--json"]) == 0
    assert [row["upper"] for row in rows] == [row["upper"] for row in json.loads(capsys.readouterr().out)["rows"]]


def test_building_and_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Automaton.random(3, 2, seed=1).save("m.csv")
    assert main(["build", "file:m.csv", "--rung", "full", "-o", "w.json"]) == 0
    assert main(["train", "file:m.csv", "-o", "run", "--steps", "1"]) == 0
    assert json.loads(Path("run/task.json").read_text())["task"] == "file:m.csv"
    assert main(["certify", "run"]) in (0, 1)


def test_a_file_that_changed_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Automaton.random(3, 2, seed=1).save("m.csv")
    assert main(["train", "file:m.csv", "-o", "run", "--steps", "1"]) == 0
    assert main(["verify", "run"]) in (0, 1)
    Automaton.random(3, 2, seed=1).save("old.csv")
    Automaton.random(3, 2, seed=2).save("m.csv")
    for command in ("verify", "certify"):
        capsys.readouterr()
        assert main([command, "run"]) == 2
        assert "'file:m.csv' is no longer the automaton that the run in 'run' was trained on" in capsys.readouterr().err
        assert main([command, "run", "--task", "file:old.csv"]) in (0, 1)


def test_options_of_other_tasks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["classify", "file:a.dot", "--letters", "generators"]) == 2
    assert "'file:a.dot' is none" in capsys.readouterr().err
    assert main(["classify", "file:a.dot", "--alphabet", "ab"]) == 2
    assert main(["classify", "file:"]) == 2
