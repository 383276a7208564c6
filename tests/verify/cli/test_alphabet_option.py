"""`--alphabet` on the command line: the letters of a regular expression, asked for where they cannot be read off."""

import json
from pathlib import Path

import pytest
from bistate.theory import Automaton, AutomatonError
from bistate.verify import parse_task
from bistate.verify.cli import main
from bistate.verify.cli.train_command import task_of_run

TASK = "regex:([^a]a)*"


@pytest.mark.parametrize(
    "command",
    [
        ["classify", TASK],
        ["build", TASK, "--rung", "full"],
        ["train", TASK, "-o", "run", "--steps", "1"],
        ["sweep", "--task", TASK, "--model", "full", "-o", "sweep", "--steps", "1", "--seeds", "1"],
    ],
    ids=lambda command: command[0],
)
def test_every_command_asks_for_the_alphabet_and_takes_it(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(command) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "'[^a]' at position 1" in line
    assert "--alphabet ab" in line
    assert list(tmp_path.iterdir()) == []
    assert main([*command, "--alphabet", "ab", "--json"]) == 0


def test_the_alphabet_is_noted_with_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["train", TASK, "-o", "run", "--steps", "1", "--restarts", "0", "--alphabet", "abc"]) == 0
    assert json.loads((tmp_path / "run" / "task.json").read_text())["alphabet"] == "abc"
    _, noted, _ = task_of_run(tmp_path / "run")
    assert noted == Automaton.from_regex("([^a]a)*", "abc")
    for command in (["verify", "run"], ["certify", "run"]):
        assert main(command) in (0, 1)  # what it learned in one step is another matter
        assert main([*command, "--task", TASK]) == 2
        assert main([*command, "--task", TASK, "--alphabet", "abc"]) in (0, 1)


@pytest.mark.parametrize("task", ["S3", "parity", "mod5"])
def test_an_alphabet_goes_with_regular_expressions_alone(task: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["classify", task, "--alphabet", "ab"]) == 2
    assert f"an alphabet, here 'ab', goes with a task regex:…, and {task!r} is none" in capsys.readouterr().err
    assert main(["sweep", "--task", task, "--model", "full", "-o", "nowhere", "--alphabet", "ab"]) == 2


def test_one_language_has_one_ladder(capsys: pytest.CaptureFixture[str]) -> None:
    found = []
    for task in ("regex:(a{2})*", "regex:(aa)*"):
        assert main(["classify", task, "--json"]) == 0
        found.append(json.loads(capsys.readouterr().out)["rows"])
    assert found[0] == found[1]


def test_spaces_are_letters() -> None:
    assert parse_task("regex:a b ") == Automaton.from_regex("a b ")
    assert parse_task(" regex:ab") == Automaton.from_regex("ab")
    with pytest.raises(AutomatonError, match="has no letters"):
        parse_task("regex:")
