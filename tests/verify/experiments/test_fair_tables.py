"""Fair tables: one protocol for all rows, settings chosen by validation alone, results that are made once and agree."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from fractions import Fraction
from math import comb

import pytest
import torch
from bistate.models import Baseline, BilinearRNN, StateTracking, evaluate, usual_config
from bistate.models.layers.registry import ALL
from bistate.models.transitions.registry import TRANSITIONS
from bistate.theory import Automaton
from bistate.verify.cli import main
from bistate.verify.experiments import fair_table as fair_table_file
from bistate.verify.experiments import leaderboard, position_accuracy
from bistate.verify.experiments import sweep as sweep_file
from bistate.verify.experiments.contestants import CONTESTANTS, build, state_size
from bistate.verify.experiments.fair_cells import cells_of_lines, read_lines
from bistate.verify.experiments.fair_page import accuracy, fair_page
from bistate.verify.experiments.fair_table import (
    CSV,
    Selection,
    chosen_settings,
    csv_text,
    fair_table,
    search_runs,
    with_steps,
)
from bistate.verify.experiments.intervals import binomial_interval
from bistate.verify.experiments.leaderboard import able, leaderboard_page
from bistate.verify.experiments.protocols import BEST, FAIR, PAPER, PROTOCOLS
from bistate.verify.experiments.runs import RUNS
from bistate.verify.experiments.sweep import SweepError
from bistate.verify.task_texts import parse_task

SMALL = replace(
    FAIR,
    rates=(1e-2, 1e-3),
    hidden=(8,),
    training={**FAIR.training, "steps": 12, "batch": 8},
    tests=((4, 20), (12, 20)),
    searched=12,
    seeds=2,
)
QUICK = Selection(rows=("rotation", "lstm"))
TIMES = ("seconds", "training_seconds")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small table, its folder and its lines."""
    folder = tmp_path_factory.mktemp("fair")
    return folder, fair_table("parity", SMALL, folder, selection=QUICK)


def figures(lines):
    return [{name: value for name, value in line.items() if name not in TIMES} for line in lines]


# --- protocols ---


def test_the_protocols_are_those_that_were_asked_for():
    assert FAIR.training["steps"] == 20_000
    assert FAIR.rates == (1e-2, 3e-3, 1e-3)
    assert PAPER.rates == (1e-3, 1e-4, 1e-5)
    assert FAIR.hidden == (64, 256)
    assert FAIR.labels == BEST.labels == ("last", "every")
    assert [length for length, _ in FAIR.tests] == [10, 500, 5000]
    for protocol in PROTOCOLS.values():
        assert protocol.seeds >= 5
        assert protocol.first_seed >= protocol.search


@pytest.mark.parametrize("protocol", [FAIR, PAPER], ids=lambda protocol: protocol.name)
def test_one_configuration_for_all_rows(protocol):
    """Rate, labels and seed apart, nothing of a training depends on the row."""
    runs = search_runs("modular-addition", protocol, Selection(sizes=(5,)))
    assert {run.row for run in runs} == set(CONTESTANTS)
    settings = {tuple(sorted((k, str(v)) for k, v in run.training.items() if k != "lr")) for run in runs}
    assert len(settings) == 1
    searched = {
        row: sorted(run.settings for run in runs if run.row == row and run.hidden == 256) for row in CONTESTANTS
    }
    assert len({tuple(found) for found in searched.values()}) == 1
    assert len(searched["full"]) == len(protocol.rates) * len(protocol.labels)


def test_the_best_recipe_is_the_usual_one_and_gates_have_theirs():
    sizes = StateTracking(Automaton.modular_addition(5)).sizes
    for row in CONTESTANTS.values():
        config = BEST.config(row.model, row.recipe, sizes, None, 7)
        assert config == usual_config(row.model, **sizes, **row.recipe, seed=7, threads=1)
    lstm = CONTESTANTS["lstm"]
    assert (lstm.recipe["beta2"], lstm.recipe["grad_clip"], lstm.options(64)["forget_bias"]) == (0.999, 1.0, 1.0)


def test_the_paper_does_not_normalise_in_training():
    runs = search_runs("parity", PAPER, Selection(rows=("full", "lstm")))
    assert {run.row: run.options.get("normalize") for run in runs} == {"full": False, "lstm": None}


@pytest.mark.parametrize("row", CONTESTANTS.values(), ids=lambda row: row.key)
def test_every_row_makes_a_network_and_says_what_it_keeps(row):
    model = build(row.model, 3, 16, 4, row.options(16), seed=0)
    assert model(torch.tensor([[0, 2, 1]])).shape == (1, 4)
    if isinstance(model, Baseline):
        assert state_size(model) == {"rnn": 16, "gru": 16, "lstm": 32, "slstm": 64, "mamba": 2 * 32 * 19}.get(row.model)
    else:
        one = torch.zeros(1, 1, dtype=torch.long)
        kept = model.hidden_states(one)[0, 0]
        assert state_size(model) == kept.numel() * (2 if kept.is_complex() else 1)
    assert row.model in (*TRANSITIONS, *ALL) or isinstance(model, Baseline)
    assert (row.key == "deltanet-positive") == (row.options(16).get("allow_neg_eigval") is False)


# --- accuracy at all positions ---


@pytest.mark.parametrize("key", ["full", "rotation", "lstm", "delta_product", "unit_phasor"])
def test_accuracy_is_that_of_evaluate_and_of_every_prefix(key, monkeypatch):
    monkeypatch.setattr(position_accuracy, "PIECE", 5)
    A = Automaton.random(3, 2, "permutation", 1)
    row = CONTESTANTS[key]
    model = build(row.model, 2, 8, 3, row.options(8), seed=3)
    found = position_accuracy.position_accuracy(model, A, 12, 40)
    assert found.last == evaluate(model, A, 12, size=40, words="balanced")
    x, y = StateTracking(A, every=True, words="balanced").sample(40, 12)
    prefixes = sum(int((model(x[:, :n]).argmax(-1) == y[:, n - 1]).sum()) for n in range(1, 13))
    assert found.every == prefixes / 480
    assert found.chance == pytest.approx(1 / 3)


@pytest.mark.parametrize("kind", ["gru", "full"])
def test_scores_that_are_no_numbers_are_wrong(kind):
    model = build(kind, 2, 4, 2, {}, seed=0)
    with torch.no_grad():
        model.start.fill_(float("nan"))
    found = position_accuracy.position_accuracy(model, Automaton.parity(), 6, 10)
    assert (found.last, found.every) == (0.0, 0.0)


def test_paper_rows_are_normalised_in_tests():
    """States that grow out of range without it are right with it, as the paper's inference has them."""
    model = BilinearRNN(2, 4, 2, "diagonal", normalize=False)
    with torch.no_grad():
        model.start.copy_(torch.tensor([1.0, 1.0, 0.0, 0.0]))
        model.family.weight.copy_(torch.tensor([[9.0, 9.0, 1.0, 1.0], [9.0, -9.0, 1.0, 1.0]]))
        model.readout.copy_(torch.tensor([[1.0, 1.0, 0.0, 0.0], [1.0, -1.0, 0.0, 0.0]]))
    found = position_accuracy.position_accuracy(model, Automaton.parity(), 300, 10)
    assert (found.last, found.every) == (1.0, 1.0)
    assert not model.normalize


# --- the choice of settings ---


def line(**changes):
    usual = {"rate": "0.01", "labels": "last", "validation": "0.9", "validation_loss": "0.3", "last_500": "0.5"}
    return {**usual, **changes}


def test_settings_are_chosen_by_validation_and_never_by_tests():
    good = line(rate="0.001", validation="0.95", last_500="0.1")
    assert chosen_settings([line(last_500="1.0"), good]) == (0.001, "last")
    assert chosen_settings([good, line(last_500="1.0")]) == (0.001, "last")
    nearer = line(labels="every", validation_loss="0.2", last_500="0.0")
    assert chosen_settings([line(last_500="1.0"), nearer]) == (0.01, "every")
    assert chosen_settings([line(labels="every"), line()]) == (0.01, "last")
    assert chosen_settings([line(), line(rate="0.003")]) == (0.003, "last")
    failed = line(rate="0.1", validation="", validation_loss="")
    assert chosen_settings([failed, line(validation="0.2")]) == (0.01, "last")


def test_the_mean_over_seeds_of_the_search_counts():
    lucky = [line(rate="0.1", validation="1.0"), line(rate="0.1", validation="0.5")]
    assert chosen_settings([*lucky, line(), line()]) == (0.01, "last")


def test_search_has_no_tests_and_reported_seeds_have_the_chosen_settings(small):
    _, lines = small
    search = [found for found in lines if found["stage"] == "search"]
    reported = [found for found in lines if found["stage"] == "seed"]
    assert len(search) == 2 * 4
    assert all(found["seed"] == "0" and "last_12" not in found and not found["wrong"] for found in search)
    assert [(found["row"], found["seed"]) for found in reported] == [
        (row, seed) for row in ("rotation", "lstm") for seed in ("100", "101")
    ]
    for found in reported:
        mine = [other for other in search if other["row"] == found["row"]]
        assert (float(found["rate"]), found["labels"]) == chosen_settings(mine)
        assert 0 <= float(found["last_12"]) <= 1
        assert 0 <= float(found["every_12"]) <= 1
        assert float(found["chance_12"]) == 0.5


# --- runs are made once, and agree ---


def test_the_same_command_gives_the_same_figures(small, tmp_path):
    folder, lines = small
    again = fair_table("parity", SMALL, tmp_path, selection=QUICK)
    assert figures(again) == figures(lines)
    one, two = (list(csv.DictReader((place / CSV).open())) for place in (folder, tmp_path))
    assert figures(one) == figures(two)


def test_a_stopped_table_goes_on(small, tmp_path):
    _, lines = small

    def stop(done, total, result):
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fair_table("parity", SMALL, tmp_path, selection=QUICK, told=stop)
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / RUNS).glob("*.json")}
    assert 5 <= len(files) < len(lines)
    assert not (tmp_path / CSV).exists()
    counted = []
    again = fair_table("parity", SMALL, tmp_path, selection=QUICK, told=lambda *told: counted.append(told[:2]))
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in files.items())
    assert counted[-1] == (12, 12)
    assert figures(again) == figures(lines)


def test_damaged_and_foreign_results_are_refused(small, tmp_path):
    folder, _ = small
    [run] = search_runs("parity", SMALL, Selection(rows=("rotation",), rates=(1e-2,), labels=("last",)))
    text = (folder / RUNS / f"{run.key}.json").read_text()
    place = tmp_path / RUNS / f"{run.key}.json"
    place.parent.mkdir()
    foreign = json.loads(text)
    foreign["run"]["hidden"] = 9
    one = Selection(rows=("rotation",), rates=(1e-2,), labels=("last",))
    for damaged in (text[:40], json.dumps(foreign), json.dumps({**json.loads(text), "validation": 2})):
        place.write_text(damaged)
        with pytest.raises(SweepError, match=r"is no result: .*; remove it to train again"):
            fair_table("parity", SMALL, tmp_path, seeds=0, selection=one)


def test_everything_that_matters_is_in_the_key():
    [run] = search_runs("parity", SMALL, Selection(rows=("rotation",), rates=(1e-2,), labels=("last",)))
    changed = [
        *(replace(run, hidden=9), replace(run, labels="every"), replace(run, stage="seed"), replace(run, task="mod3")),
        *(replace(run, options={"gain": 2.0}), replace(run, training={**run.training, "lr": 0.1}), run),
        *(replace(run, tests=((4, 20),)), replace(run, searched=13), replace(run, effort="usual")),
        *(replace(run, training={**run.training, "seed": 1}), replace(run, lengths=(2, 9))),
    ]
    assert len({one.key for one in changed}) == len(changed)


def test_the_command_of_a_line_names_this_line():
    [run] = search_runs(
        "modular-addition", FAIR, Selection((5,), ("gru",), hidden=(64,), rates=(3e-3,), labels=("every",))
    )
    assert run.command == (
        "bistate reproduce modular-addition --protocol fair --model gru --size 5 --hidden 64 --rate 0.003 "
        "--labels every --seeds 0"
    )
    seed = replace(run, stage="seed", training={**run.training, "seed": 104, "steps": 50})
    assert seed.command.endswith("--labels every --steps 50 --first-seed 104 --seeds 1")
    [best, _] = search_runs("parity", BEST, Selection(rows=("gru",)))
    assert "--rate" not in best.command
    assert "--steps" not in best.command


# --- pages ---


def test_pages_say_what_the_lines_say(small):
    folder, lines = small
    text = fair_page(read_lines([folder / CSV]))
    assert text.startswith("# The fair protocol\n")
    assert "12 steps of AdamW for every row" in text
    [lstm] = [row for row in text.splitlines() if row.startswith("| LSTM |")]
    [cell] = [c for c in cells_of_lines(lines) if c.row == "lstm"]
    cells = [part.strip() for part in lstm.strip("|").split("|")]
    assert cells[2] == f"{cell.rate:g}, {cell.labels}"
    assert cells[9] == "–"
    assert "No horizon of LSTM: not linear in the state." in text
    assert "| parity | 40 of 40 | `bistate reproduce parity --protocol fair --steps 12` |" in text


def planted(folder, **changes):
    """A page's lines: one row, one search and seeds with given figures."""
    base = dict.fromkeys(("reason", "wrong_about", "horizon_reason", "horizon", "wrong", "validation_loss"), "")
    base |= {"protocol": "fair", "table": "parity", "size": "2", "task": "parity", "row": "full", "model": "full"}
    base |= {
        "hidden": "64",
        "rate": "0.01",
        "labels": "last",
        "steps": "20000",
        "training": '{"beta2": 0.5}',
        "searched": "500",
    }
    base |= {"state": "64", "parameters": "9", "seconds": "1", "training_seconds": "1", "validation": "1.0"}
    base |= {"options": '{"block": 3}', "command": "c", "seed": "0", "stage": "search", "key": "k0"}
    base |= {f"chance_{n}": "0.5" for n in (10, 500, 5000)} | {f"every_{n}": "1.0" for n in (10, 500, 5000)}
    base |= {f"last_{n}": "1.0" for n in (10, 500, 5000)} | {f"words_{n}": "100" for n in (10, 500, 5000)}
    seeds = [base | {"stage": "seed", "seed": str(100 + k), "key": f"k{100 + k}"} for k in range(5)]
    for name, values in changes.items():
        seeds = [found | {name: value} for found, value in zip(seeds, values, strict=True)]
    (folder / "planted.csv").write_text(csv_text([base, *seeds]))
    return folder / "planted.csv"


def test_worst_cases_and_intervals_stand_beside_random_words(tmp_path):
    path = planted(
        tmp_path,
        last_5000=["1.0", "0.996", "0.9949", "0.5", "1.0"],
        wrong=["20", "", "13", "40", ""],
        horizon=["inf", "7", "9", "8", "10"],
    )
    [row] = [text for text in fair_page(read_lines([path])).splitlines() if text.startswith("| full bilinear |")]
    parts = [part.strip() for part in row.strip("|").split("|")]
    assert parts[4:6] == ["5 of 5 (0.48–1.00)", "3 of 5 (0.15–0.95)"]
    assert parts[8] == "0.992"  # the median seed, (0.996 − 0.5) / 0.5
    assert parts[10:12] == ["13, 40", "7, 9"]
    beyond = planted(tmp_path, wrong=["", "20", "", "", ""], horizon=["inf"] * 5)
    [row] = [text for text in fair_page(read_lines([beyond])).splitlines() if text.startswith("| full bilinear |")]
    assert "| 20, none to 500 | ∞, ∞ |" in row
    text = leaderboard_page(read_lines([beyond]))
    assert "| parity | ∞ … 20 |" in text
    assert "| full bilinear | 1 | hidden units | 64 | 5 of 5 | ∞, ∞ | 20, none to 500 | 20000 | 9 |" in text


def test_recipes_are_shown_where_rows_have_their_own(tmp_path):
    path = planted(tmp_path)
    text = path.read_text()
    assert "| row | width | options" not in fair_page(read_lines([path]))
    path.write_text(text.replace("\nfair,", "\nbest,"))
    page = fair_page(read_lines([path]))
    assert page.startswith("# The best known recipe for each row\n")
    assert "| full bilinear | 64 | block 3 | 20000 | beta2 0.5 |" in page


def test_failed_trainings_count_as_failures(tmp_path):
    path = planted(tmp_path, reason=["the loss is nan", "", "", "", ""], last_500=["", "1.0", "1.0", "1.0", "1.0"])
    text = fair_page(read_lines([path]))
    assert "| 4 of 5 (0.28–0.99) |" in text
    assert "full bilinear, seed 100: the loss is nan." in text


def test_two_protocols_are_never_mixed(small, tmp_path):
    folder, _ = small
    path = planted(tmp_path)
    with pytest.raises(SweepError, match=r"of fair, 12 steps and fair, 20000 steps$"):
        read_lines([path, folder / CSV])
    text = path.read_text().replace("\nfair,", "\nbest,").replace(",k0", ",b0").replace(",k1", ",b1")
    (tmp_path / "best.csv").write_text(text)
    with pytest.raises(SweepError, match="of fair, 20000 steps and best"):
        read_lines([path, tmp_path / "best.csv"])


def test_contradictions_and_other_files_are_refused(tmp_path):
    path = planted(tmp_path)
    text = path.read_text()
    assert len(read_lines([path, path])) == 6
    other = tmp_path / "other.csv"
    for damaged, message in (
        (text.replace(",1.0,", ",0.25,"), "another result of the training 'c'"),
        (text.replace("\nfair,parity", "\nfair,chess", 1), "line 2: table 'chess' is not known"),
        (text.replace(",20000,", ",many,", 1), "steps 'many' is no number"),
        ("a,b\n1,2\n", "is no CSV of trainings: it has no column 'protocol'"),
        (text.splitlines()[0] + "\nfair,parity\n", "line 2: it has not as many entries as the first line"),
        (text.splitlines()[0] + "\n", "there is no training in these files"),
    ):
        other.write_text(damaged)
        with pytest.raises(SweepError, match=message):
            read_lines([path, other] if "another" in message else [other])
    other.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SweepError, match="is no CSV of trainings"):
        read_lines([other])


def test_figures_are_never_rounded_up():
    assert [accuracy(x) for x in (0.99999, 1.0, -0.2, 0.5)] == ["0.999", "1.000", "0.000", "0.500"]


def test_the_board_shows_what_is_impossible_and_what_was_not_run(small, monkeypatch):
    folder, _ = small
    monkeypatch.setattr(leaderboard, "TASKS", (("parity", 2), ("word-problems", 24)))
    text = leaderboard_page(read_lines([folder / CSV]))
    [s4] = [row for row in text.splitlines() if row.startswith("| S4 |")]
    entries = dict(zip(CONTESTANTS, [part.strip() for part in s4.strip("|").split("|")][1:], strict=True))
    # S4 needs blocks of 3 and no commuting family has it; 2 reflections a letter are enough, 3 units for full.
    assert entries["full"] == entries["householder"] == entries["lstm"] == "·"
    assert entries["block"] == entries["rotation"] == entries["diagonal"] == "cannot"
    assert "2 of 40 pairs were run" in text
    assert "| full bilinear | 3 | hidden units | not run |" in text


def test_a_row_is_able_up_to_its_size():
    ladder = {m: leaderboard.classify(parse_task(f"modular-addition-{m}")) for m in (2, 5)}
    narrow = replace(FAIR, hidden=(4,))
    assert able(CONTESTANTS["monomial"], ladder[5], FAIR)
    assert not able(CONTESTANTS["monomial"], ladder[5], narrow)  # five units are the least
    assert able(CONTESTANTS["diagonal"], ladder[2], narrow)
    assert able(CONTESTANTS["lstm"], ladder[5], narrow)


# --- intervals ---


@pytest.mark.parametrize(("k", "n"), [(0, 5), (3, 5), (5, 5), (9, 10), (1, 1)])
def test_intervals_by_their_definition(k, n):
    """P(X ≥ k) at the lower end and P(X ≤ k) at the upper one are 1/40, in fractions."""
    low, high = (Fraction(end) for end in binomial_interval(k, n))

    def mass(p, of):
        return float(sum(comb(n, j) * p**j * (1 - p) ** (n - j) for j in of))

    assert (low == 0) if k == 0 else mass(low, range(k, n + 1)) == pytest.approx(0.025, abs=1e-9)
    assert (high == 1) if k == n else mass(high, range(k + 1)) == pytest.approx(0.025, abs=1e-9)


@pytest.mark.parametrize(("k", "n", "confidence"), [(2, 1, 0.9), (-1, 3, 0.9), (0, 0, 0.9), (1, 2, 1.0)])
def test_intervals_of_nothing_are_refused(k, n, confidence):
    with pytest.raises(SweepError):
        binomial_interval(k, n, confidence)


# --- the command line ---


def test_the_command_trains_and_another_one_makes_the_page(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(PROTOCOLS, "fair", replace(SMALL, training=FAIR.training))
    asked = ["reproduce", "parity", "--protocol", "fair", "--model", "rotation", "--steps", "12", "--rate", "0.01"]
    asked += ["--labels", "last", "--first-seed", "7", "--seeds", "1"]
    assert main(asked) == 0
    assert "fair/parity/runs.csv" in capsys.readouterr().out
    lines = list(csv.DictReader((tmp_path / "fair/parity/runs.csv").open()))
    assert [found["seed"] for found in lines] == ["0", "7"]
    assert main([*asked, "--json"]) == 0
    assert figures(json.loads(capsys.readouterr().out))[1]["key"] == lines[1]["key"]
    assert main(["tabulate", "fair/parity/runs.csv", "-o", "page.md"]) == 0
    assert (tmp_path / "page.md").read_text().startswith("# The fair protocol")
    assert main(["tabulate", "fair/parity/runs.csv"]) == 0
    assert (tmp_path / "page.md").read_text().strip() in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["parity", "--protocol", "unfair"], "unfair"),
        (["parity", "--protocol", "fair", "--size", "7"], "size 7 is not in the table 'parity', which has 2"),
        (["parity", "--protocol", "fair", "--model", "gpt"], "model 'gpt' is no row; rows are full, block"),
        (
            ["parity", "--protocol", "fair", "--hidden", "65"],
            "hidden size 65 is none of the protocol 'fair', which has 64, 256",
        ),
        (["parity", "--protocol", "paper", "--labels", "every"], "labels 'every' are none of the protocol 'paper'"),
        (["parity", "--protocol", "fair", "--rate", "0.5"], "rate 0.5 is none of the protocol 'fair'"),
        (["parity", "--protocol", "best", "--rate", "0.5"], "which has the recipe's own"),
        (["parity", "--protocol", "best", "--steps", "5"], "steps=5 is for others"),
        (["parity", "--protocol", "fair", "--steps", "0"], "'--steps': Input should be greater than or equal to 1"),
        (
            ["parity", "--protocol", "fair", "--first-seed", "0"],
            "first_seed=0 is among the seeds of the search, 0 to 0",
        ),
        (["parity", "--protocol", "fair", "--seeds", "-1"], "--seeds -1 has to be at least 0"),
        (["parity", "--hidden", "64"], "--hidden 64 goes with --protocol"),
        (["parity", "--rate", "0.1"], "--lr 0.1 goes with --protocol"),
        (["parity", "--steps", "3"], "--steps 3 goes with --protocol"),
        (["parity", "--labels", "last"], "--labels last goes with --protocol"),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(arguments, message, capsys, monkeypatch, tmp_path):
    def nothing(*_):
        raise AssertionError("a training began")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fair_table_file, "results_of", nothing)  # a whole table would take days
    monkeypatch.setattr(sweep_file, "run_cell", nothing)
    assert main(["reproduce", *arguments]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert not list(tmp_path.iterdir())


def test_a_page_of_no_file_is_refused(capsys, tmp_path):
    assert main(["tabulate", str(tmp_path / "no.csv"), "-o", str(tmp_path / "page.md")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_other_steps_are_another_table():
    assert with_steps(FAIR, 50).training["steps"] == 50
    assert FAIR.training["steps"] == 20_000
