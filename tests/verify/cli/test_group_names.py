"""Names of groups on the command line: one line and exit 2 for what is no name, and the names that are printed."""

from __future__ import annotations

import json

import pytest
from bistate.verify import parse_task
from bistate.verify.cli import main


@pytest.mark.parametrize("verb", ["group", "classify"])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Dih4", "D4 has order 8"),
        ("s4", "did you mean 'S4'"),
        ("C2xx", "a group is missing"),
        ("C5:C4", "write one of C5:C4[2], C5:C4[4]"),
        ("C2^0", "at least 1"),
        ("(C4", "')' is missing"),
        ("C4[2,1]", "is not written so"),
        ("W(E9)", "W(E9) does not exist"),
        ("9" * 50, "is too large"),
        ("C2x" * 99 + "C2", "characters"),
    ],
)
def test_bad_names_give_one_line_and_exit_2(capsys, verb, name, message):
    assert main([verb, name]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1


def test_a_misspelt_task_is_suggested(capsys):
    assert main(["classify", "pairty"]) == 2
    assert "did you mean 'parity'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "printed", "better"),
    [
        ("Oh", "C2xS4", "C2xS4"),
        ("D_4", "D4", "D4"),
        ("SmallGroup(8,3)", "SmallGroup(8,3)", "D4"),
        ("W(A2)", "W(A2)", "S3"),
    ],
)
def test_group_prints_the_name_and_what_it_is(capsys, name, printed, better):
    assert main(["group", name, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["name"], facts["isomorphic_to"]) == (printed, better)


def test_tasks_are_groups_by_any_of_their_names():
    assert len(parse_task("m-3m").states) == 48
    assert parse_task("Z/5").states == parse_task("C5").states == (0, 1, 2, 3, 4)
    assert len(parse_task("C7:C3").states) == 21
