"""`bistate certify` and `bistate check`."""

from __future__ import annotations

import json
from pathlib import Path

from bistate.verify import exact_check, parse_task
from bistate.verify.cli import main

S3 = parse_task("S3")
CHECKER = Path(exact_check.__file__).parent


def test_certify_and_check_on_the_command_line(tmp_path, capsys):
    assert main(["train", "C3", "-o", str(tmp_path / "run"), "--steps", "600", "--hidden", "16", "--every"]) == 0
    capsys.readouterr()
    place = tmp_path / "horizon.json"
    assert main(["certify", str(tmp_path / "run"), "-o", str(place), "--json", "--longest", "200"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["horizon"] == "infinity" or facts["horizon"] > 5
    assert main(["check", str(place), "--run", str(tmp_path / "run")]) == 0
    assert "right on all words" in capsys.readouterr().out
    assert main(["train", "C3", "-o", str(tmp_path / "other"), "--steps", "50", "--hidden", "16"]) == 0
    capsys.readouterr()
    assert main(["check", str(place), "--run", str(tmp_path / "other")]) == 1
    assert "about other weights" in capsys.readouterr().out
    document = json.loads(place.read_text())
    document["horizon"] = 10**11
    place.write_text(json.dumps(document))
    assert main(["check", str(place), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["holds"] is False
    place.write_text("{")
    assert main(["check", str(place)]) == 2
    assert main(["check", str(tmp_path / "nothing.json")]) == 2
    assert main(["certify", str(tmp_path / "run"), "-o", str(tmp_path / "no" / "x.json")]) == 2
