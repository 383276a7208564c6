"""Groups by their generators on the command line."""

import json

import pytest
from bistate.verify.cli import main


def test_a_group_by_its_generators(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["group", "(1,2,3),(1,2)", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["name"], facts["order"], facts["degree"]) == ("(1,2,3),(1,2)", 6, 3)
    assert [r["degree"] for r in facts["irreps"]["complex"]] == [1, 1, 2]


def test_a_task_by_its_generators(capsys: pytest.CaptureFixture[str]) -> None:
    found = []
    for task in ("(1,2,3),(1,2)", "[1,2,0],[1,0,2]", "S3"):
        assert main(["classify", task, "--letters", "generators", "--json"]) == 0
        found.append([row["shown"] for row in json.loads(capsys.readouterr().out)["rows"]])
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("command", [["group"], ["classify"], ["build"]])
def test_what_is_unclear_is_asked(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "(2,3)"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "(1)(2,3) or (0)(2,3)" in line
    assert main([*command, "(2,3"]) == 2
