"""The command line: results, exit codes, one-line errors that repeat the user's value, JSON that parses."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from bistate.models import BilinearRNN, load_baseline, load_model, save_model
from bistate.theory import AutomatonError, BilinearWeights, realize
from bistate.verify import parse_task
from bistate.verify.cli import app, main
from bistate.verify.cli.train_command import parse_lengths
from bistate.verify.reports.demonstration import DemoResult, Stage, Training, _broken, demo, titles
from typer.testing import CliRunner


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Result]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """`bistate …` in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Result:
        code = main(arguments)
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call


def refused(result: Result, *said: str, code: int = 2) -> None:
    """Exit code, nothing on standard output, one line on standard error that says what is wrong."""
    assert (result.code, result.out) == (code, "")
    assert result.err.startswith("bistate: ")
    assert result.err.count("\n") == 1
    for text in said:
        assert text in result.err


def save_exact(name: str, place: Path) -> None:
    save_model(BilinearRNN.from_weights(realize(parse_task(name), rung="block")), place)


# --- tasks ---


@pytest.mark.parametrize(
    ("text", "states", "letters"),
    [
        ("S3", 6, 6),
        ("C5", 5, 5),
        ("D4", 8, 8),
        ("C2xC4", 8, 8),
        ("parity", 2, 2),
        ("mod5", 5, 5),
        ("modular-addition-5", 5, 5),
        ("modular-arithmetic-3", 9, 6),
        ("left-to-right-arithmetic-3", 9, 6),
        ("arithmetic-3", 19, 6),
        ("random-8-4-seed0", 8, 4),
        ("random-permutation-6-3", 6, 3),
        ("regex:(ab)*", 3, 2),
    ],
)
def test_tasks_by_name(text: str, states: int, letters: int) -> None:
    automaton = parse_task(text)
    assert (len(automaton.states), len(automaton.letters)) == (states, letters)


def test_the_numbers_of_a_cyclic_group_are_its_shifts() -> None:
    numbers, shifts = parse_task("C5"), parse_task("C5", side="right")
    assert numbers.letters == (0, 1, 2, 3, 4)
    assert (numbers.table == shifts.table).all()


def test_task_options() -> None:
    assert len(parse_task("S4", letters="generators").letters) == 2
    assert parse_task("S4", track="point").states == (0, 1, 2, 3)
    left, right = parse_task("S3"), parse_task("S3", side="right")
    assert (left.table != right.table).any()


def test_random_seeds_differ() -> None:
    assert parse_task("random-5-3-seed1") == parse_task("random-map-5-3-seed1")
    assert parse_task("random-5-3-seed1") != parse_task("random-5-3-seed2")


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("nonsense", {}, "task 'nonsense' is not understood; understood: parity, modular-addition-5"),
        ("", {}, "task '' is not understood"),
        ("C0", {}, "task 'C0': group name 'C0': CyclicGroup.0."),
        ("C10000000", {}, "10000000 in the name of a task is too large; numbers up to 1000"),
        ("mod1001", {}, "1001 in the name of a task is too large"),
        ("arithmetic-23", {}, "arithmetic-23 has 1059 states; up to 1000"),
        ("regex:((", {}, r"'\(\('"),
        ("parity", {"letters": "generators"}, "letters='generators'.*'parity' is none"),
        ("S3", {"track": "line"}, "track 'line'"),
    ],
)
def test_tasks_that_are_none(text: str, options: dict[str, str], said: str) -> None:
    with pytest.raises(AutomatonError, match=said):
        parse_task(text, **options)


# --- group ---


def test_group(run: Run) -> None:
    found = run("group", "S3")
    assert (found.code, found.err) == (0, "")
    assert "order 6" in found.out
    facts = run("group", "S3", "--json").json
    assert [r["degree"] for r in facts["irreps"]["complex"]] == [1, 1, 2]
    assert facts["character_table"][2] == ["2", "0", "-1"]
    assert [c["size"] for c in facts["classes"]] == [1, 3, 2]
    assert facts["not_available"] == {}


def test_group_without_irreps_says_so(run: Run) -> None:
    found = run("group", "M24")
    assert found.code == 0
    assert "order 244823040" in found.out
    assert "no complex, real, rational irreps: " in found.out
    assert run("group", "M24", "--json").json["irreps"] == {}


def test_group_c3_has_types(run: Run) -> None:
    irreps = run("group", "C3", "--json").json["irreps"]
    assert [r["indicator"] for r in irreps["complex"]] == [1, 0, 0]
    assert [r["degree"] for r in irreps["real"]] == [1, 2]


def test_unknown_group(run: Run) -> None:
    refused(run("group", "Monster"), "'Monster'", "understood: C12")


# --- build ---


def test_build_saves_proved_weights(run: Run) -> None:
    found = run("build", "S3", "-o", "s3.json", "--json")
    assert (found.code, found.json["proved"], found.json["hidden"]) == (0, True, 2)
    assert BilinearWeights.load("s3.json").prove(parse_task("S3")).proved
    assert "right for words of every length" in run("build", "C5", "--rung", "rotation").out


def test_build_does_not_overwrite(run: Run) -> None:
    Path("mine.json").write_text("mine")
    refused(run("build", "S3", "-o", "mine.json"), "'mine.json' exists", "--force")
    assert Path("mine.json").read_text() == "mine"
    assert run("build", "S3", "-o", "mine.json", "--force").code == 0
    assert BilinearWeights.load("mine.json").hidden_size == 2


def test_a_rung_that_cannot_is_the_answer_no(run: Run) -> None:
    refused(run("build", "S3", "--rung", "rotation", "-o", "x.json"), "rung 'rotation' cannot do this task", code=1)
    assert not Path("x.json").exists()
    found = run("build", "S3", "--rung", "diagonal", "--json")
    assert (found.code, found.json["possible"]) == (1, False)
    refused(run("build", "S4", "--block-size", "2"), "block_size=2", "least block size is 3", code=1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build", "S3", "--rung", "zigzag"], ["zigzag", "rotation"]),
        (["build", "S3", "--rung", "full", "--block-size", "2"], ["--block-size 2", "--rung full"]),
        (["build", "S3", "-o", "no/such/x.json"], ["'no/such'"]),
        (["build", "S3", "-o", "."], ["'.' is a folder"]),
        (["build", "qwerty"], ["'qwerty'"]),
        (["build"], ["Missing argument"]),
        (["frobnicate"], ["frobnicate"]),
        (["train", "C3"], ["--output"]),
        (["train", "C3", "-o", "r", "--hidden", "many"], ["--hidden", "many"]),
        (["train", "C3", "-o", "r", "--hidden", "0"], ["hidden", "0"]),
        (["train", "C3", "-o", "r", "--steps", "-3"], ["steps=-3"]),
        (["train", "C3", "-o", "r", "--lr", "nan"], ["lr=nan"]),
        (["train", "C3", "-o", "r", "--lengths", "long"], ["--lengths 'long'", "2-10"]),
        (["train", "C3", "-o", "r", "--lengths", "9-2"], ["'9-2' runs backwards", "2-9"]),
        (["train", "C3", "-o", "r", "--model", "block", "--block", "5"], ["block=5", "hidden=64"]),
        (["train", "C3", "-o", "r", "--model", "lstn"], ["lstn", "rotation", "lstm"]),
        (["train", "C3", "-o", "r", "--model", "lstm", "--layers", "0"], ["layers", "0"]),
        (["train", "C3", "-o", "r", "--model", "mamba", "--no-normalize"], ["--no-normalize", "mamba"]),
        (["train", "C3", "-o", "r", "--layers", "2"], ["--layers 2", "baselines"]),
        (["train", "C3", "-o", "r", "--seed", "-1"], ["-1"]),
        (["verify", "nowhere"], ["'nowhere'"]),
        (["verify", "."], ["'.' holds no model.json"]),
        (["demo", "S3", "--seeds", "0"], ["--seeds", "0"]),
        (["demo", "regex:(ab)*"], ["merges the states"]),
    ],
)
def test_bad_input(run: Run, arguments: list[str], said: list[str]) -> None:
    refused(run(*arguments), *said, code=1 if arguments[0] == "?" else 2)
    assert list(Path().iterdir()) == []


def test_parse_lengths() -> None:
    assert parse_lengths(" 3 ") == (3, 3)


# --- train and verify ---


def train_c3(run: Run, *more: str) -> Result:
    return run("train", "C3", "-o", "runs/c3", "--hidden", "8", "--steps", "400", "--lr", "0.02", *more)


def test_train_then_verify(run: Run) -> None:
    found = train_c3(run, "--json")
    assert (found.code, found.json["steps"]) == (0, 400)
    assert set(found.json["accuracy"]) == {"10", "500"}
    assert json.loads(Path("runs/c3/task.json").read_text())["task"] == "C3"
    before = load_model("runs/c3").transitions()

    again = train_c3(run)  # finished: loaded, not trained anew
    assert again.code == 0
    assert "bistate verify runs/c3" in again.out
    assert torch.equal(load_model("runs/c3").transitions(), before)

    checked = run("verify", "runs/c3", "-o", "reports/c3", "--longest", "300", "--words", "50", "--json")
    assert (checked.code, checked.json["proved"]) == (0, True)
    assert checked.json["accuracy"]["snapped"]["300"] == 1
    assert Path(checked.json["report"]).exists()
    shown = run("verify", "runs/c3", "--longest", "20", "--words", "10")
    assert "proved right for words of every length" in shown.out

    refused(train_c3(run, "--batch", "7"), "'runs/c3' holds another run", "train.batch is 64 there, 7 here")
    refused(run("verify", "runs/c3", "--task", "S3"), "letters=3, the automaton has 6")
    refused(run("verify", "runs/c3", "--task", "S3x"), "'S3x'")
    refused(run("verify", "runs/c3", "--letters", "some"), "some", "generators")
    refused(run("verify", "runs/c3", "-o", "runs"), "'runs' holds 'c3'")


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm", "transformer", "mamba"])
def test_train_a_baseline(run: Run, kind: str) -> None:
    found = run("train", "parity", "-o", "r", "--model", kind, "--hidden", "8", "--layers", "2", "--steps", "3")
    assert found.code == 0
    assert "bistate verify" not in found.out
    assert "try       more steps: --steps 6" in found.out
    assert "labels at every position: --every" in found.out
    trained = load_baseline("r")
    assert (trained.kind, trained.layers) == (kind, 2)
    for verb in ("verify", "certify"):
        refused(run(verb, "r"), "a linear recurrence with a readout is needed", "Baseline has no linear()")
    found = run("recognise", "r", "--words", "300", "--longest", "6", "--json")  # answers are enough
    assert found.code == 0
    assert 0 < json.loads(found.out)["agreement"] <= 1


def test_train_takes_settings_that_suit_the_model(run: Run) -> None:
    def config(folder: str, *more: str) -> dict[str, object]:
        found = run("train", "C3", "-o", folder, "--hidden", "4", "--steps", "2", *more)
        assert found.code == 0
        return json.loads(Path(folder, "config.json").read_text())["train"]

    assert config("a")["weight_decay"] == 0.5
    rotation = config("b", "--model", "rotation")
    assert (rotation["lr"], rotation["decay_transitions"], rotation["label_smoothing"]) == (1e-2, False, 0.1)
    changed = config("c", "--model", "rotation", "--decay-transitions", "--label-smoothing", "0", "--lr", "0.1")
    assert (changed["lr"], changed["decay_transitions"], changed["label_smoothing"]) == (0.1, True, 0.0)


def test_verify_says_no(run: Run) -> None:
    save_model(BilinearRNN(6, 8, 6, seed=0), "untrained")
    found = run("verify", "untrained", "--task", "S3", "--longest", "20", "--words", "10")
    assert (found.code, found.err) == (1, "")
    assert "no exact repair: the irreps the model learned do not tell the 6 states apart" in found.out


def test_verify_needs_to_know_the_task(run: Run) -> None:
    save_exact("S3", Path("m"))
    refused(run("verify", "m"), "'m' does not say which task", "--task")
    assert run("verify", "m", "--task", "S3", "--longest", "10", "--words", "10").code == 0
    Path("m/task.json").write_text('{"task": "S3"}')
    refused(run("verify", "m"), "is no note of a task")
    Path("m/task.json").write_text('{"task": ')
    refused(run("verify", "m"), "m/task.json")


@pytest.mark.parametrize("name", ["model.safetensors", "model.json"])
def test_truncated_models(run: Run, name: str) -> None:
    save_exact("S3", Path("m"))
    data = Path("m", name).read_bytes()
    Path("m", name).write_bytes(data[: len(data) // 2])
    refused(run("verify", "m", "--task", "S3", "-o", "r"), f"m/{name}")
    assert not Path("r").exists()


def test_truncated_checkpoint(run: Run) -> None:
    arguments = ["train", "C3", "-o", "r", "--hidden", "4", "--steps", "3"]
    assert run(*arguments).code == 0
    path = Path("r/checkpoint.safetensors")
    path.write_bytes(path.read_bytes()[:100])
    refused(run(*arguments), "r/checkpoint.safetensors")


def test_an_unfinished_run_says_how_to_go_on(run: Run) -> None:
    assert run("train", "C3", "-o", "r", "--hidden", "4", "--steps", "3").code == 0
    Path("r/model.json").unlink()
    refused(run("verify", "r"), "its training has not ended", "bistate train")


def test_an_unwritable_place(run: Run) -> None:
    Path("file").write_text("mine")
    refused(run("train", "C3", "-o", "file/run", "--hidden", "4", "--steps", "1"), "file")
    assert Path("file").read_text() == "mine"


# --- the process ---


def test_as_a_process_and_interrupted(tmp_path: Path) -> None:
    """Ctrl-C ends with 130 and one line; the same command then goes on to the model of an undisturbed run."""
    command = [sys.executable, "-m", "bistate.verify.cli", "train", "C3", "-o", "r", "--hidden", "8"]
    command += ["--steps", "600", "--json"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    metrics = tmp_path / "r" / "metrics.jsonl"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (metrics.exists() and metrics.read_text()):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "the same command goes on from where it stopped" in err
    assert "Traceback" not in err
    assert not (tmp_path / "r" / "model.json").exists()
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, json.loads(done.stdout)["steps"]) == (0, 600)
    assert done.stderr == ""


def test_the_typer_app_has_the_same_commands_and_codes() -> None:
    runner = CliRunner()
    assert runner.invoke(app, ["group", "C2", "--json"]).exit_code == 0
    assert runner.invoke(app, ["build", "S3", "--rung", "rotation"]).exit_code == 1
    assert runner.invoke(app, ["group", "Monster"]).exit_code == 2
    assert runner.invoke(app, ["build", "S3", "--rung", "zigzag"]).exit_code == 2


@pytest.mark.parametrize("verb", ["demo", "group", "build", "train", "verify"])
def test_every_command_has_help(run: Run, verb: str) -> None:
    found = run(verb, "--help")
    assert found.code == 0
    assert "--json" in found.out
    assert verb in run("--help").out


# --- demo ---


def test_demo_tells_its_story(tmp_path: Path) -> None:
    stages: list[Stage] = []
    found = demo("C2", tmp_path / "d", seeds=1, steps=150, workers=0, listener=stages.append)
    assert [stage.key for stage in stages if stage.state in ("done", "failed")] == [s.key for s in titles(1)]
    assert found.proved
    assert found.accuracy_model == found.accuracy_exact == 1
    assert found.learned == ("sign",)
    assert found.report.exists()
    assert len(found.trainings) == 2
    assert [load_model(run.directory).normalize for run in found.trainings] == [True, False]
    json.dumps(found.to_json())
    assert sorted(os.listdir(tmp_path / "d")) == ["report", "runs"]


def test_processes_change_nothing(tmp_path: Path) -> None:
    alone = demo("C2", tmp_path / "a", seeds=1, steps=20, workers=0)
    beside = demo("C2", tmp_path / "b", seeds=1, steps=20, workers=2)
    for key in ("seed0", "unnormalised"):
        first, second = (load_model(tmp_path / name / "runs" / key) for name in "ab")
        assert torch.equal(first.transitions(), second.transitions())
    assert alone.spectrum == beside.spectrum


def test_demo_command_admits_a_broken_promise(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> DemoResult:
        return DemoResult("S3", "", (), {}, (), float("inf"), "", False, None, None, Path("r"), ("it is not proved",))

    monkeypatch.setattr("bistate.verify.cli.demo_command.run_demo", broken)
    found = run("demo", "S3")
    assert found.code == 1
    assert "not as promised: it is not proved" in found.out
    found = run("demo", "S3", "--json")
    assert (found.code, found.json["broken"], found.json["aligned_distance"]) == (1, ["it is not proved"], None)


def test_promises() -> None:
    good, bad = (Training(0, True, "", accuracy, 1.0, 1.0) for accuracy in (1.0, 0.9))
    assert list(_broken([good], True, (1.0, 1.0))) == []
    assert list(_broken([good, bad], True, (1.0, 1.0))) == ["seed 0 has accuracy 0.900 at length 500, not 1.00"]
    assert list(_broken([good], False, (None, None))) == ["the repair is not proved"]
    assert len(list(_broken([good], True, (1.0, 0.99)))) == 1
