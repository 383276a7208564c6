"""`bistate build --rung stack`: what it prints, writes and refuses."""

from __future__ import annotations

import json

from bistate.groups import SymmetricGroup
from bistate.theory import Automaton, Rung, StackedWeights
from bistate.verify.cli import main
from bistate.verify.cli.build_command import Family


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_every_rung_can_be_asked_for():
    assert set(Family) == {*Rung, "stack"}


def test_a_stack_is_built_proved_and_saved(tmp_path, capsys):
    path = tmp_path / "s4.json"
    code, out, _ = run(capsys, "build", "S4", "--rung", "stack", "-o", str(path))
    assert code == 0
    assert "layer 3  rotation, hidden size 2, decides on 4 states" in out
    assert "right for words of every length" in out
    assert StackedWeights.load(path).prove(Automaton.word_problem(SymmetricGroup(4))).proved


def test_its_facts_as_json(capsys):
    code, out, _ = run(capsys, "build", "S4", "--rung", "stack", "--layers", "block", "--block-size", "2", "--json")
    facts = json.loads(out)
    assert code == 0
    assert (facts["rung"], facts["depth"], facts["hidden"], facts["proved"], facts["file"]) == (
        "stack",
        2,
        4,
        True,
        None,
    )
    assert [layer["decisions"] for layer in facts["layers"]] == [6, 4]


def test_what_a_stack_cannot_do_is_refused(capsys):
    code, _, error = run(capsys, "build", "A5", "--rung", "stack")
    assert code == 1
    assert "the composition factor A5" in error
    code, _, error = run(capsys, "build", "S3", "--layers", "rotation")
    assert code == 2
    assert "--layers rotation goes with --rung stack, not --rung block" in error
    code, _, error = run(capsys, "build", "S3", "--rung", "stack", "--block-size", "2")
    assert code == 2
    assert "--block-size 2 goes with --rung block, not --rung stack" in error
