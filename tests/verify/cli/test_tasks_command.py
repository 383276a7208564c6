"""`bistate tasks`, and benchmark names as tasks of the other commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bistate.models import StateTracking, benchmark_task
from bistate.theory import BENCHMARKS, AutomatonError, benchmark
from bistate.verify import parse_task
from bistate.verify.cli import main

Captured = pytest.CaptureFixture[str]


def test_the_list_has_every_task(capsys: Captured) -> None:
    assert main(["tasks", "--json"]) == 0
    listed = {facts["name"]: facts for facts in json.loads(capsys.readouterr().out)}
    assert set(listed) == set(BENCHMARKS)
    facts = listed["pd-ssm/mod-arith"]
    assert facts["letters"] == [5, 6, 7, 8, 9, 1, 2, 3, 4]
    assert [y for y in facts["labels"] if y is not None] == [5, 6, 7, 8, 9]
    assert (facts["states"], facts["train_lengths"], facts["words"]) == (56, [4, 40], "accepted")
    assert facts["traps"]
    assert main(["tasks"]) == 0
    out = capsys.readouterr().out
    for task in BENCHMARKS.values():
        assert f"\n{task.name} " in out
        assert f"\n{task.source}\n" in out


def test_one_task_with_its_ladder(capsys: Captured) -> None:
    assert main(["tasks", "sd-ssm/A5"]) == 0
    out = capsys.readouterr().out
    assert "ladder    positive impossible" in out
    assert "block 3," in out
    assert "mind      the word 0 has label 16, not 1" in out
    assert main(["tasks", "sd-ssm/A5", "--json"]) == 0
    ladder = json.loads(capsys.readouterr().out)["ladder"]
    assert ladder["full"] == {"possible": True, "lower": 3, "upper": 3}
    assert ladder["rotation"] == {"possible": False, "lower": None, "upper": None}
    assert main(["tasks", "chomsky/even-pairs+query"]) == 0
    assert "householder ≥ 1" in capsys.readouterr().out


def test_wrong_names_are_refused_in_one_line(capsys: Captured) -> None:
    for arguments in (["tasks", "chomsky/even-pear"], ["classify", "chomsky/even-pear"]):
        assert main(arguments) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.count("\n") == 1
        assert "did you mean 'chomsky/even-pairs'" in captured.err


@pytest.mark.parametrize(
    "name", [*BENCHMARKS, "chomsky/parity-check+query", "slice/parity", "paper/modular-addition-7"]
)
def test_names_are_tasks(name: str) -> None:
    assert parse_task(f" {name} ") == benchmark(name).automaton


def test_options_of_groups_do_not_go_with_names() -> None:
    with pytest.raises(AutomatonError, match="'sd-ssm/A5' is none"):
        parse_task("sd-ssm/A5", letters="generators")


@pytest.mark.parametrize("name", BENCHMARKS)
def test_the_training_task_is_the_sources(name: str) -> None:
    task, entry = benchmark_task(name, seed=3), BENCHMARKS[name]
    assert (task.every, task.words, task.seed) == (entry.position == "every", entry.words, 3)
    low, high = entry.train_lengths
    assert low <= task.law.lengths[0] <= task.law.lengths[-1] == task.length_near(high)
    x, y = task.batch(2, 0)
    word = [entry.letters[k] for k in x[0].tolist()]
    label = entry.labels[int(y[0, -1] if entry.every else y[0])]
    assert entry.automaton.output(word) == label
    assert label is not None


def trained(task: str, folder: Path, capsys: Captured, *more: str) -> dict:  # type: ignore[type-arg]
    assert (
        main(["train", task, "-o", str(folder), "--steps", "2", "--restarts", "0", "--hidden", "8", "--json", *more])
        == 0
    )
    return json.loads(capsys.readouterr().out)


def test_a_benchmark_is_trained_on_its_own_lengths_labels_and_words(tmp_path: Path, capsys: Captured) -> None:
    facts = trained("chomsky/parity-check+query", tmp_path / "a", capsys)
    assert facts["word_law"] == "accepted"
    rows = {(row["length"], row["words"]) for row in facts["outcome"]["rows"]}
    assert rows == {(n, words) for n in (41, 500) for words in ("accepted", "balanced_accepted")}
    assert json.loads((tmp_path / "a" / "task.json").read_text())["lengths"] == [2, 41]
    config = json.loads((tmp_path / "a" / "config.json").read_text())
    fingerprint = StateTracking(parse_task("complex-kda/s3"), lengths=(4, 32), every=True).fingerprint
    assert config["task"]["every"] is False
    trained("complex-kda/s3", tmp_path / "b", capsys)
    config = json.loads((tmp_path / "b" / "config.json").read_text())
    assert config["task"]["every"] is fingerprint["every"] is True
    facts = trained("complex-kda/s3", tmp_path / "c", capsys, "--last", "--lengths", "2-6", "--words", "uniform")
    assert {row["length"] for row in facts["outcome"]["rows"]} == {6, 500}
    config = json.loads((tmp_path / "c" / "config.json").read_text())
    assert config["task"]["every"] is False


def test_the_wrong_word_is_not_looked_for_among_others(tmp_path: Path, capsys: Captured) -> None:
    assert (
        main(
            [
                "train",
                "chomsky/parity-check+query",
                "-o",
                str(tmp_path),
                "--steps",
                "2",
                "--restarts",
                "0",
                "--hidden",
                "8",
            ]
        )
        == 0
    )
    assert "shortest wrong word: not looked for among accepted words alone" in capsys.readouterr().out
