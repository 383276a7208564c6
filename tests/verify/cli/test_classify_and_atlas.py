"""`bistate classify` and `bistate atlas`: what they print and write, and what they refuse."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from bistate.groups import CyclicGroup, SymmetricGroup
from bistate.groups.catalogue.numbered import small_groups
from bistate.theory import Automaton, Rung, classify
from bistate.verify.cli import main
from bistate.verify.reports.atlas import CSV, HTML, ROWS, AtlasError, atlas, atlas_row
from bistate.verify.reports.ladder_facts import ladder_facts


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_classify_prints_the_rows_of_the_library(capsys):
    code, out, _ = run(capsys, "classify", "S4")
    assert code == 0
    sizes = {line.split()[0]: line.split()[1] for line in out.splitlines() if "exact" in line}
    ladder = classify(Automaton.word_problem(SymmetricGroup(4)))
    assert sizes == {name: "impossible" if row.size is None else str(row.size) for name, row in ladder.items()}
    assert out.count("proved, hidden") == 8  # six rungs, the quaternions and a stack of three layers


def test_classify_needs_no_table_for_a_large_group(capsys):
    code, out, _ = run(capsys, "classify", "A8", "--json")
    rows = {row["rung"]: row for row in json.loads(out)["rows"]}
    assert (code, rows["full"]["size"], rows["full"]["proved"]) == (0, 7, None)
    code, _, err = run(capsys, "classify", "A8", "--prove")
    assert code == 2
    assert "a table of all products would take 3.3 GB" in err


def test_classify_explains_itself(capsys):
    _, out, _ = run(capsys, "classify", "Q8", "--why", "--no-prove", "--letters", "generators")
    assert "blocks of at most 3 hold only real irreps of degree at most 3" in out
    assert "quaternionic" in out
    assert "not built" in out


def test_classify_as_json(capsys):
    code, out, err = run(capsys, "classify", "C3", "--json")
    rows = {row["rung"]: row for row in json.loads(out)["rows"]}
    assert (code, err) == (0, "")
    assert rows["diagonal"]["possible"] is False
    assert rows["diagonal"]["size"] is None
    assert rows["cp"]["size"] == rows["cp"]["upper"] == 3
    assert rows["rotation"]["proved"] is True


def test_classify_says_whether_infinity_can_be_robust(capsys):
    _, out, _ = run(capsys, "classify", "reset-2", "--no-prove")
    line = "robust for ever: refuted, the word 'keep' fixes the states 0 and 1, and the word 0 leads them to one label"
    assert line in " ".join(out.split())
    _, out, _ = run(capsys, "classify", "reset-2", "--json", "--no-prove")
    robust = json.loads(out)["robust"]
    assert (robust["outcome"], robust["memory"], robust["fixes_three"]) == ("refuted", None, None)
    assert robust["loses_a_fixed_pair"] == {"word": ["keep"], "states": ["0", "1"], "then": ["0"], "shortest": True}
    _, out, _ = run(capsys, "classify", "parity", "--json", "--no-prove")
    assert json.loads(out)["robust"]["memory"] == 0


def test_classify_merging_letters(capsys):
    _, out, _ = run(capsys, "classify", "counter-3", "--json")
    rows = {row["rung"]: row for row in json.loads(out)["rows"]}
    assert (rows["positive"]["lower"], rows["positive"]["upper"], rows["positive"]["label"]) == (2, 2, "exact")
    assert (rows["positive"]["proved"], rows["positive"]["hidden"]) == (True, 2)
    assert (rows["householder"]["lower"], rows["householder"]["upper"]) == (1, None)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["classify", "S99x"], "task 'S99x' is not understood"),
        (["classify", "C3", "--letters", "some"], "some"),
        (["classify"], "Missing argument"),
        (["atlas", "--max-order", "64"], "order 64 is not in the catalogue"),
        (["atlas", "--max-order", "0"], "order 0 is not in the catalogue"),
    ],
)
def test_bad_input_is_refused(capsys, monkeypatch, tmp_path, arguments, message):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert not list(tmp_path.iterdir())


def test_a_failing_witness_is_never_reported_as_proved():
    A, B = Automaton.modular_addition(3), Automaton.word_problem(CyclicGroup(3))
    with pytest.raises(Exception, match=r"labels|failed its proof"):
        ladder_facts(B, classify(A), prove=True)


# --- the atlas ---


def test_the_atlas_is_written_and_goes_on_where_it_stopped(tmp_path, capsys):
    folder = tmp_path / "atlas"
    steps = atlas(folder, 8)
    first = [next(steps) for _ in range(5)]
    steps.close()
    assert not (folder / CSV).exists()
    assert len((folder / ROWS).read_text().splitlines()) == 6  # settings and five groups
    with (folder / ROWS).open("a") as file:
        file.write('{"name": "SmallGroup(6,')  # killed in the middle of a line
    before = (folder / ROWS).stat().st_size
    code, out, _ = run(capsys, "atlas", "--max-order", "8", "-o", str(folder))
    assert code == 0
    assert before < (folder / ROWS).stat().st_size
    assert "14 groups" in out
    assert "all weights proved" in out
    rows = list(csv.DictReader((folder / CSV).open()))
    assert [row["name"] for row in rows[:5]] == [row["name"] for row in first]
    by_name = {row["structure"]: row for row in rows}
    assert (by_name["Q8"]["full"], by_name["Q8"]["diagonal"], by_name["D4"]["householder"]) == ("4", "", "2")
    page = (folder / HTML).read_text()
    assert page.count("<tr data-text=") == 14
    assert "SmallGroup(8,4)" in page


def test_rows_without_a_column_are_left_out(tmp_path):
    """A_4 has the row `quaternion` too: the atlas must be able to read what it wrote."""
    A4 = next(entry for entry in small_groups(12, min_order=12) if entry.structure == "A4")
    row = atlas_row(A4, "generators", prove=False)
    assert "quaternion" in classify(Automaton.word_problem(A4.group, letters="generators"))
    assert list(row["rungs"]) == list(Rung)


def test_another_atlas_in_the_folder_is_not_mixed_in(tmp_path):
    list(atlas(tmp_path, 2, prove=False))
    with pytest.raises(AtlasError, match="take another folder"):
        list(atlas(tmp_path, 2, letters="generators"))
    (tmp_path / ROWS).write_text('{"atlas": 2, "letters": "all", "prove": false}\nnonsense\n{}\n')
    with pytest.raises(AtlasError, match=r"line 2 of .* is not complete JSON"):
        list(atlas(tmp_path, 2, prove=False))


def test_a_finished_atlas_is_written_again_without_work(tmp_path, monkeypatch):
    list(atlas(tmp_path, 4, prove=False))
    page = (tmp_path / HTML).read_text()
    (tmp_path / HTML).unlink()
    monkeypatch.setattr("bistate.verify.reports.atlas.classify", None)  # any work would fail
    assert len(list(atlas(Path(tmp_path), 4, prove=False))) == 5
    assert (tmp_path / HTML).read_text() == page
