"""`bistate data` and `bistate recognise` on tables: files, doubles, sides, exit codes, and nothing half-written."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from bistate.models import read_words
from bistate.verify.cli.commands import main


def made(path: Path, *options: str) -> str:
    assert main(["data", *options, "--size", "2000", "-o", str(path)]) == 0
    return str(path)


def test_a_table_is_written_and_recognised(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = made(tmp_path / "a.csv", "S3", "--lengths", "1-8", "--side", "right")
    said = capsys.readouterr().out
    assert "2000 words of 1 to 8 letters, labels at the last position" in said
    assert "1=(1 2)" in said
    assert main(["recognise", file]) == 0
    shown = capsys.readouterr().out
    assert "group     S3, of order 6, solvable: on 6 states, which are the labels" in shown
    assert "side      right: lexicographic order of permutations" in shown
    assert "wrong     0.00%" in shown
    assert main(["recognise", file, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["group"], facts["side"], facts["noise"], facts["words"]) == ("S3", "right", 0.0, 2000)


def test_doubles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    left = made(tmp_path / "a.csv", "S3", "--lengths", "1-8")
    right = made(tmp_path / "b.npz", "D3", "--lengths", "1-8", "--side", "right", "--every", "--bos")
    other = made(tmp_path / "c.csv", "C6", "--lengths", "1-8", "--layout", "word-problem")
    capsys.readouterr()
    assert main(["recognise", left, left]) == 0
    assert "doubles   yes" in capsys.readouterr().out
    assert main(["recognise", left, other, "--json"]) == 1
    facts = json.loads(capsys.readouterr().out)
    assert facts["doubles"] is False
    assert [one["group"] for one in facts["files"]] == ["S3", "C6"]
    assert main(["recognise", right]) == 0
    assert "side      right" in capsys.readouterr().out  # the mark before words is no element, and stays where it is


def test_random_labels_are_a_no(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    random = np.random.default_rng(0)
    np.savez(tmp_path / "a.npz", input=random.integers(2, size=(300, 6)), target=random.integers(3, size=300))
    assert main(["recognise", str(tmp_path / "a.npz")]) == 1
    assert "no automaton was found that explains the labels of 300 words" in capsys.readouterr().err
    assert main(["recognise", str(tmp_path / "a.npz"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["explained"] is False


def test_the_seed_and_laws_are_heard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("accept:regex:(ab)*", "--words", "balanced", "--lengths", "2-9", "--length-law", "harmonic")
    a, b, c = (made(tmp_path / f"{k}.csv", *options, "--seed", seed) for k, seed in enumerate("112"))
    assert Path(a).read_bytes() == Path(b).read_bytes() != Path(c).read_bytes()
    words, labels = read_words(a)
    even = [label for word, label in zip(words, labels, strict=True) if len(word) % 2 == 0]
    assert 0.4 < np.mean(even) < 0.6
    assert sum(len(word) == 2 for word in words) > 2 * sum(len(word) == 9 for word in words)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["data", "S3", "-o", "a.txt"], "ends with '.txt'"),
        (["data", "S3", "-o", "a.npz", "--layout", "word-problem"], "layout='word-problem'"),
        (["data", "S3", "-o", "a.csv", "--size", "0"], "size=0"),
        (["data", "S3", "-o", "a.csv", "--lengths", "0-4", "--every"], "allows the empty word"),
        (["data", "S3", "-o", "a.csv", "--tokens-per-symbol", "0"], "tokens_per_symbol=0"),
        (["data", "nothing", "-o", "a.csv"], "'nothing' is not understood"),
        (["data", "S3", "-o", "folder/a.csv"], "no folder 'folder'"),
        (["recognise", "missing.csv"], "No such file"),
        (["recognise", "missing.csv", "--words", "7"], "--most-states alone"),
        (["recognise", "run", "missing.csv"], "'run' is none"),
    ],
)
def test_wrong_use_ends_with_2_and_leaves_nothing(
    arguments: list[str], text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert text in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
