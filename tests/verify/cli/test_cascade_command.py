"""`bistate cascade TASK`: layers, groups and the check, as text, as JSON, and as a DOT graph."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bistate.verify.cli import main

Captured = pytest.CaptureFixture[str]


def test_layers_and_the_check(capsys: Captured) -> None:
    assert main(["cascade", "regex:(aa)*b*"]) == 0
    out = capsys.readouterr().out
    assert "layer  height  states  group" in out
    assert "\n1      3       2       resets" in out
    assert "C2      C2" in out
    assert "proved: π(step(c, x)) = δ(π(c), x) for all" in out


def test_json(capsys: Captured) -> None:
    assert main(["cascade", "S4", "--track", "point", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["verdict"] == "proved"
    assert facts["complexity"] == [1, 1]
    assert not facts["aperiodic"]
    [layer] = facts["layers"]
    assert (layer["group"], layer["order"], layer["states"]) == ("S4", 24, 4)
    assert layer["factors"] == ["C2", "C2", "C2", "C3"]


def test_a_graph_is_written(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "c.dot"
    assert main(["cascade", "regex:(ab)*", "--dot", str(file)]) == 0
    assert file.read_text(encoding="utf-8").startswith("digraph cascade {")
    assert main(["cascade", "S3", "--dot", str(tmp_path / "none" / "c.dot")]) == 2
    assert "there is no folder" in capsys.readouterr().err
