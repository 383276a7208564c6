"""Sweeps: each cell once, whatever happens in between; the tables that come of them."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bistate.models import ModelError
from bistate.theory import AutomatonError
from bistate.verify.cli import main
from bistate.verify.experiments.presets import TABLES, cells_of
from bistate.verify.experiments.reproduce import _figure, reproduce
from bistate.verify.experiments.sweep import CELLS, TABLE, Cell, SweepError, run_cell, sweep, table_text

QUICK = {"steps": 30}


def cell(**changes) -> Cell:
    return Cell(**{"task": "parity", "model": "diagonal", "hidden": 8, "test_length": 20, "training": QUICK, **changes})


def test_a_cell_is_trained_once_and_its_result_is_the_same(tmp_path):
    first = run_cell(cell(), tmp_path)
    path = tmp_path / CELLS / f"{cell().key}.json"
    stamp = path.stat().st_mtime_ns
    assert run_cell(cell(), tmp_path) == first == json.loads(path.read_text())
    assert path.stat().st_mtime_ns == stamp
    again = run_cell(cell(), tmp_path / "elsewhere")
    assert {k: v for k, v in again.items() if k != "seconds"} == {k: v for k, v in first.items() if k != "seconds"}


def test_everything_that_matters_is_in_the_key():
    cells = [
        *(cell(), cell(seed=1), cell(task="mod3"), cell(model="full"), cell(hidden=9), cell(lengths=(1, 4))),
        *(cell(test_length=21), cell(training={"steps": 31}), cell(options={"normalize": False}), cell(words=5)),
        cell(every=True),
    ]
    assert len({c.key for c in cells}) == len(cells)


def test_a_sweep_writes_a_tidy_table_and_does_repetitions_once(tmp_path):
    cells = [cell(seed=s, model=m) for s in (0, 1) for m in ("diagonal", "gru")]
    results = list(sweep([*cells, cells[0]], tmp_path))
    assert len(results) == 4
    rows = list(csv.DictReader((tmp_path / TABLE).open()))
    assert [(row["seed"], row["model"]) for row in rows] == [
        ("0", "diagonal"),
        ("0", "gru"),
        ("1", "diagonal"),
        ("1", "gru"),
    ]
    assert all(0 <= float(row["accuracy"]) <= 1 for row in rows)
    before = sorted((p.name, p.stat().st_mtime_ns) for p in (tmp_path / CELLS).iterdir())
    assert len(list(sweep(cells, tmp_path))) == 4
    assert sorted((p.name, p.stat().st_mtime_ns) for p in (tmp_path / CELLS).iterdir()) == before


def test_two_processes_give_the_results_of_one(tmp_path):
    cells = [cell(seed=s) for s in range(3)]
    for folder, jobs in (("one", 1), ("two", 2)):
        list(sweep(cells, tmp_path / folder, jobs))
    one, two = ((tmp_path / f / TABLE).read_text().splitlines() for f in ("one", "two"))
    assert len(one) == len(two) == 4
    for mine, theirs in zip(csv.DictReader(one), csv.DictReader(two), strict=True):
        assert {k: v for k, v in mine.items() if k != "seconds"} == {k: v for k, v in theirs.items() if k != "seconds"}


def test_a_killed_sweep_goes_on(tmp_path):
    """Killed without warning in the middle: what was done stays, nothing is half-written, the rest is done."""
    arguments = ["sweep", "-o", str(tmp_path), "--task", "mod5", "--model", "full", "--seeds", "6", "--steps", "250"]
    process = subprocess.Popen([sys.executable, "-m", "bistate.verify.cli", *arguments])
    folder, limit = tmp_path / CELLS, time.time() + 60
    while time.time() < limit and not (folder.exists() and len(list(folder.glob("*.json"))) >= 2):
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = {p.name: p.stat().st_mtime_ns for p in folder.glob("*.json")}
    assert 2 <= len(done) < 6
    assert all(json.loads((folder / name).read_text())["key"] in name for name in done)
    assert not (tmp_path / TABLE).exists()
    assert main(arguments) == 0
    after = {p.name: p.stat().st_mtime_ns for p in folder.glob("*.json")}
    assert len(after) == 6
    assert all(after[name] == stamp for name, stamp in done.items())
    assert len((tmp_path / TABLE).read_text().splitlines()) == 7


def test_a_loss_that_is_not_finite_is_a_result(tmp_path):
    found = run_cell(cell(model="full", training={"steps": 40, "lr": 1e30}, options={"normalize": False}), tmp_path)
    assert found["accuracy"] is None
    assert "the loss is" in found["reason"]
    assert "the loss is" in table_text([found])


def test_damaged_results_and_bad_cells_are_named(tmp_path):
    run_cell(cell(), tmp_path)
    (tmp_path / CELLS / f"{cell().key}.json").write_text('{"cell": ')
    with pytest.raises(SweepError, match="is no result"):
        run_cell(cell(), tmp_path)
    with pytest.raises(SweepError, match=r"options {'wings': 2} do not go with model 'full'"):
        run_cell(cell(model="full", options={"wings": 2}), tmp_path)
    with pytest.raises(ModelError, match="unknown transition 's4'"):
        run_cell(cell(model="s4"), tmp_path)
    with pytest.raises(AutomatonError, match="'zebra' is not understood"):
        next(sweep([cell(), cell(task="zebra")], tmp_path / "new"))
    assert not (tmp_path / "new").exists()


def test_a_cluster_is_asked_for_only_where_there_is_one(tmp_path):
    with pytest.raises(SweepError, match=r"needs dask\[distributed\]|needs a running dask client"):
        list(sweep([cell()], tmp_path, backend="dask"))


# --- the paper's tables ---


def test_tables_hold_the_published_figures():
    """A few cells of the note, and that every cell makes a task and a model."""
    rows = {row.name: row.published for row in TABLES["modular-addition"].rows}
    assert rows["rotation blocks"] == {2: 1.0, 3: 0.0, 5: 1.0, 10: 0.66, 25: 0.37, 50: 0.0}
    assert rows["LSTM"][5] == 0.98
    for name in TABLES:
        for row, m, c in cells_of(name, seeds=1):
            assert c.model == row.model
            assert c.task == TABLES[name].task(m)


def test_reproduce_writes_ours_beside_the_published(tmp_path, capsys, monkeypatch):
    from bistate.verify.experiments import presets

    def settings(m):
        return tuple({"hidden": hidden, "training": QUICK} for hidden in (8, 6))

    quick = presets.Row("rotation blocks", "rotation", settings, {2: 1.0, 3: 0.0})
    slow = presets.Row("LSTM", "lstm", lambda m: ({"hidden": 4, "training": QUICK},), {}, most=1)
    monkeypatch.setitem(TABLES, "parity", presets.Table("small", lambda m: f"mod{m}", (2, 3), (quick, slow)))
    found = reproduce("parity", tmp_path, seeds=2)
    text = (tmp_path / "table.md").read_text()
    assert "| published (n) | 1.00 | 0.00 |" in text
    assert [row["cells"][3]["seeds"] for row in found["rows"]] == [
        4,
        1,
    ]  # 2 settings × 2 seeds; at most 1
    assert "published 0.00" in (tmp_path / "table.html").read_text()
    code = main(["reproduce", "parity", "-o", str(tmp_path), "--seeds", "2", "--json"])
    assert code == 0
    assert json.loads(capsys.readouterr().out)["rows"][0]["model"] == "rotation"


def test_figures_are_never_rounded_up_to_a_success():
    assert _figure({"best": 0.9999, "solved": 1, "seeds": 2}) == "0.99 (1/2)"
    assert _figure({"best": 1.0, "solved": 2, "seeds": 2}) == "1.00 (2/2)"
    assert _figure({"best": -0.01, "solved": 0, "seeds": 1}) == "0.00 (0/1)"
    assert _figure({"best": None, "solved": 0, "seeds": 1}) == "– (0/1)"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["reproduce", "chess"], "chess"),
        (["reproduce", "parity", "--size", "7"], "size 7 is not in the table 'parity'"),
        (["reproduce", "parity", "--model", "gpt"], "model 'gpt' is not in the table"),
        (["reproduce", "parity", "--seeds", "0"], "--seeds 0"),
        (["sweep", "-o", "x", "--task", "mod5", "--model", "gpt"], "--model 'gpt' is not known"),
        (["sweep", "-o", "x", "--model", "full"], "task"),
    ],
)
def test_bad_input_is_refused(arguments, message, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""
    assert not list(Path(tmp_path).iterdir())
