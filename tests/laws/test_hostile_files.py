"""Files that are damaged, forged or no files at all: refused by name, within seconds, with nothing changed.

`hostile_files.py` replaces every field of every kind of file by hostile values.
Horizon certificates have tests of their own.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from bistate.groups.arithmetic.exact_matrix import ExactMatrix
from bistate.groups.errors import BistateError
from bistate.models import (
    Baseline,
    BilinearRNN,
    CheckpointError,
    ModelError,
    TrainConfig,
    TrainingError,
    load_baseline,
    load_model,
    save_model,
)
from bistate.models.baselines import KINDS
from bistate.models.files import atomic as storage
from bistate.models.files.shapes import parameter_shapes
from bistate.models.training.run_directory import digest
from bistate.models.transitions.registry import TRANSITIONS
from bistate.theory import AutomatonError, BilinearWeights, WeightsError, realize
from bistate.theory.files.json_file import MOST_DEEP, parse_json, read_json
from bistate.theory.weights import weights_json
from bistate.verify import parse_task
from bistate.verify.cli import main
from bistate.verify.cli.train_command import task_of_run
from bistate.verify.experiments.sweep import Cell, run_cell
from bistate.verify.reports.atlas import AtlasError, atlas
from bistate.verify.terminal.output import CommandError
from helpers.paths import ROOT

SECONDS = 20  # until a test that waits for a pipe is ended


@pytest.fixture(autouse=True)
def alarm() -> Iterator[None]:
    """A reader that waits for ever fails, rather than the whole suite."""

    def late(*_: object) -> None:
        raise TimeoutError("a file kept its reader waiting")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


# --- every field of every kind ---


def test_every_field_of_every_kind_of_file() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)  # the script has a bound for each case
    script = ROOT / "tests" / "helpers" / "hostile_files.py"
    run = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert run.returncode == 0, f"{run.returncode} after {run.stderr.splitlines()[-3:]}"
    found = json.loads(run.stdout)
    assert found["faults"] == []
    assert len(found["kinds"]) == 19
    for name, figures in found["kinds"].items():
        assert figures["cases"] > 300, name
        assert 0 < figures["accepted"] < figures["cases"] / 8, name


# --- what stands in the place of a file ---

CELL = Cell("C3", "householder", hidden=2, test_length=4, words=10, training={"steps": 2, "batch": 4})
SETTINGS = {"max_order": 1, "prove": False}
# One attempt: its checkpoint has the moments of the optimiser, which one that came back to a better attempt has not.
TRAIN = [
    "train",
    "C3",
    "-o",
    "run",
    "--model",
    "householder",
    "--steps",
    "2",
    "--hidden",
    "4",
    "--restarts",
    "0",
    "--json",
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One good file of each kind."""
    place = tmp_path_factory.mktemp("made")
    here = Path.cwd()
    os.chdir(place)
    try:
        assert main(TRAIN) == 0
    finally:
        os.chdir(here)
    realize(parse_task("S3"), "block").save(place / "w.json")
    run_cell(CELL, place / "sweep")
    list(atlas(place / "atlas", **SETTINGS))
    return place


READERS: dict[str, Callable[[Path], Any]] = {
    "w.json": lambda place: BilinearWeights.load(place / "w.json"),
    "run/model.json": lambda place: load_model(place / "run"),
    "run/model.safetensors": lambda place: load_model(place / "run"),
    "run/task.json": lambda place: task_of_run(place / "run"),
    f"sweep/cells/{CELL.key}.json": lambda place: run_cell(CELL, place / "sweep"),
    "atlas/atlas.jsonl": lambda place: list(atlas(place / "atlas", **SETTINGS)),
}
COMMANDS = {
    "run/model.json": ["recognise", "run"],
    "run/model.safetensors": ["recognise", "run"],
    "run/task.json": ["verify", "run"],
    "run/checkpoint.safetensors": TRAIN,
    "atlas/atlas.jsonl": ["atlas", "-o", "atlas", "--max-order", "1", "--no-prove"],
}


def text(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(storage.MOST_BYTES + 1)  # it takes no room on the disk


HOSTILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (text(b""), "not complete JSON|truncated|holds an atlas with nothing"),
    "binary": (text(bytes(range(128, 256)) * 9 + b"\n"), "not complete JSON|truncated"),
    "deep": (text(b"[" * 200_000 + b"\n"), f"more than {MOST_DEEP} deep|truncated"),
    "deep and closed": (text(b"[" * 200_000 + b"]" * 200_000 + b"\n"), f"more than {MOST_DEEP} deep|truncated"),
    "pipe": (os.mkfifo, "it is a named pipe, and a file is needed"),
    "folder": (Path.mkdir, "it is a folder, and a file is needed"),
    "device": (lambda path: path.symlink_to("/dev/zero"), "it is a device, and a file is needed"),
    "gigabytes": (sparse, f"it has {storage.MOST_BYTES + 1} bytes, and such files have at most"),
    "list": (text(b"[]\n"), "object|not this|not a 'bistate|says \\[\\]|holds an atlas|truncated"),
}


def spoil(made: Path, place: Path, name: str, what: str) -> dict[str, int]:
    """Copy the good files, one of them replaced; then the sizes of all."""
    shutil.copytree(made, place, dirs_exist_ok=True)
    (place / name).unlink()
    HOSTILE[what][0](place / name)
    return sizes(place)


def sizes(place: Path) -> dict[str, int]:
    return {str(p.relative_to(place)): p.lstat().st_size for p in place.rglob("*")}


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("name", READERS, ids=lambda name: Path(name).name[:12])
def test_readers_refuse_at_once(name: str, what: str, made: Path, tmp_path: Path) -> None:
    before = spoil(made, tmp_path, name, what)
    begun = time.process_time()
    with pytest.raises(BistateError, match=HOSTILE[what][1]) as caught:
        READERS[name](tmp_path)
    assert time.process_time() - begun < 3
    assert Path(name).name in str(caught.value)
    assert len(str(caught.value)) < 1500
    assert sizes(tmp_path) == before


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("name", COMMANDS)
def test_commands_end_with_2_and_one_line(
    name: str,
    what: str,
    made: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = spoil(made, tmp_path, name, what)
    monkeypatch.chdir(tmp_path)
    assert main(COMMANDS[name]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), err.startswith("bistate: ")) == ("", 1, True)
    assert Path(name).name in err
    assert sizes(tmp_path) == before


def test_a_result_of_a_sweep_at_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command = [
        "sweep",
        "-o",
        "s",
        "--task",
        "C3",
        "--model",
        "householder",
        "--seeds",
        "1",
        "--steps",
        "2",
        "--hidden",
        "2",
    ]
    assert main([*command, "--json"]) == 0
    (path,) = (tmp_path / "s" / "cells").iterdir()
    path.write_text(path.read_text().replace('"accuracy":', '"accuracy": 1.0, "accuracy":', 1))
    capsys.readouterr()
    assert main(command) == 2
    assert "the name 'accuracy' stands twice; remove it to train the cell again" in capsys.readouterr().err


def test_paths_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "file").write_text("{}")
    for path in ("link", "loop", "nowhere", "file/file", "nu\0ll", "x" * 300):
        with pytest.raises(WeightsError, match="cannot read"):
            BilinearWeights.load(tmp_path / path)
        with pytest.raises(CheckpointError, match="cannot read"):
            load_model(tmp_path / path)


def test_files_that_say_they_are_empty(tmp_path: Path) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("no /proc here, whose files have a size of 0 and contents")
    with pytest.raises(WeightsError, match="0 bytes were expected"):
        read_json("/proc/self/status", 100, WeightsError)


# --- texts ---


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("NaN", "NaN is no number"),
        ("[-Infinity]", "-Infinity is no number"),
        ("1e999", "'1e999' is too large"),
        ("9" * 1001, "a number of 1001 digits"),
        ('{"a": {"b": 1, "c": 2, "b": 1}}', "the name 'b' stands twice"),
        ('"\\ud800"', "surrogates not allowed"),
        ("[" * (MOST_DEEP + 1) + "]" * (MOST_DEEP + 1), "deep inside each other"),
        ('{"a":' * (MOST_DEEP + 1) + "1" + "}" * (MOST_DEEP + 1), "deep inside each other"),
        ("\ufeff1", "BOM"),
        (b"\xff1", "can't decode"),
        ("1 2", "Extra data"),
    ],
)
def test_texts_that_are_refused(written: str | bytes, said: str) -> None:
    with pytest.raises(WeightsError, match=said):
        parse_json(written, "this", WeightsError)


def test_texts_that_are_read() -> None:
    for value in (None, True, -(10**18), 1.5e300, "é♥\U0001f600", [[], {}], {"a": [1, {"b": "c"}]}):
        for ascii_only in (True, False):
            assert parse_json(json.dumps(value, ensure_ascii=ascii_only), "this", WeightsError) == value
    deep = "[" * MOST_DEEP + "]" * MOST_DEEP
    assert json.dumps(parse_json(deep, "this", WeightsError)) == deep


# --- exact weights ---


def refused_weights(said: str, task: str = "C3", rung: str = "rotation", **changes: Any) -> None:
    data = weights_json.to_json(realize(parse_task(task), rung))
    begun = time.process_time()
    with pytest.raises(BistateError, match=said):
        weights_json.from_json(data | changes, BilinearWeights)
    assert time.process_time() - begun < 3


@pytest.mark.parametrize(
    "number",
    ["1e99999999", "1e9", "0.5", " 1", "1_0", "٣", "1/0", "1/-2", "+1", "9" * 1001, "1/" + "9" * 1001, "", "/"],
)
def test_numbers_are_texts_of_bounded_length(number: str) -> None:
    refused_weights("is no number; accepted", initial=[[number], ["0"]])
    refused_weights("is no number; accepted", initial=[[[number, "0", "0", "0"]], ["0"]])


@pytest.mark.parametrize("conductor", [10**9, 4001, 2**61 - 1, 10**400])
def test_large_conductors(conductor: int) -> None:
    refused_weights("the conductor is|'conductor' has to be", conductor=conductor)
    refused_weights("the conductor is|'conductor' has to be", "parity", "diagonal", conductor=conductor)


def test_zeros_that_would_take_gigabytes() -> None:
    """Each "0" takes 1992 numbers where one entry of its matrix is irrational and the conductor is 3988."""
    wide = [["0"] * 200 for _ in range(200)]
    wide[0][0] = ["1"] * 1992
    refused_weights("bytes in memory from the form on, with 1992", conductor=3988, form=wide, **plain())


def plain() -> dict[str, Any]:
    """Weights of one unit, without numbers that need a conductor."""
    return {"transitions": [[["1"]]] * 3, "initial": [["1"]], "readout": [["1"]] * 3, "blocks": [1], "factors": None}


def test_denominators_that_have_nothing_in_common() -> None:
    """One denominator for 300 numbers of 900 digits would have 270 000 digits, in each of 300 entries."""
    row = [f"1/{10**900 + k}" for k in range(300)]
    refused_weights("common denominator of the readout has more than 1000 digits", readout=[row])


def test_a_form_or_factors_that_do_not_fit() -> None:
    refused_weights("the form in the file does not fit", "S3", "block", form=[["1", "0"], ["0", "1"]])
    data = weights_json.to_json(realize(parse_task("C3"), "cp"))
    factors = data["factors"] | {"left": [["0"] * len(row) for row in data["factors"]["left"]]}
    refused_weights("the factors in the file", "C3", "cp", factors=factors)


def test_what_load_would_refuse_is_not_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = ExactMatrix.identity(1)
    long = BilinearWeights(("a",), ("q",), (one * 10**1000,), one, one)
    with pytest.raises(WeightsError, match="of at most 1000 digits"):
        long.save(tmp_path / "w.json")
    monkeypatch.setattr(weights_json, "MOST_BYTES", 100)
    with pytest.raises(WeightsError, match="files of at most 100 are read again"):
        BilinearWeights(("a",), ("q",), (one,), one, one).save(tmp_path / "w.json")
    assert not list(tmp_path.iterdir())


def test_the_longest_numbers_are_saved_and_read(tmp_path: Path) -> None:
    one = ExactMatrix.identity(1)
    weights = BilinearWeights(("a",), ("q",), (one * (10**1000 - 1),), one, one)
    weights.save(tmp_path / "w.json")
    assert BilinearWeights.load(tmp_path / "w.json") == weights


# --- models ---

MODELS = [
    *({"transition": family, "hidden": 6, "block": 3, "heads": 2} for family in TRANSITIONS),
    {"transition": "cp", "rank": 5, "additive": True},
    {"transition": "householder", "reflections": 3, "additive": True},
    {"transition": "convex", "dictionary": 2, "temperature": 3.0},
    *({"kind": kind, "hidden": 20, "layers": layers} for kind in KINDS for layers in (1, 2)),
]


@pytest.mark.parametrize("options", MODELS, ids=lambda o: "-".join(map(str, o.values())))
def test_shapes_are_those_of_the_model(options: dict[str, Any]) -> None:
    build: Callable[..., BilinearRNN | Baseline] = Baseline if "kind" in options else BilinearRNN
    model = build(**{"letters": 3, "hidden": 4, "states": 5} | options)
    assert dict(parameter_shapes(model.config)) == {name: tuple(t.shape) for name, t in model.state_dict().items()}


def saved(place: Path, model: BilinearRNN | Baseline, **changes: Any) -> Path:
    """A saved model whose two files say something else about it."""
    config = model.config | changes
    save_model(model, place)
    storage.write_tensors(place / "model.safetensors", model.state_dict(), config)
    storage.write_json(place / "model.json", config)
    return place


@pytest.mark.parametrize("changes", [{"hidden": 10**6}, {"letters": 10**12}, {"states": 10**9}, {"hidden": 2**62}])
@pytest.mark.parametrize("family", [*TRANSITIONS, *KINDS])
def test_a_model_of_a_million_units_is_not_built(family: str, changes: dict[str, int], tmp_path: Path) -> None:
    load, build = (load_baseline, Baseline) if family in KINDS else (load_model, BilinearRNN)
    place = saved(tmp_path, build(2, 4, 2, family), **changes)
    begun = time.process_time()
    with pytest.raises(CheckpointError, match=r"holds F32 of shape \(.*, the model needs F32 of shape"):
        load(place)
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_milliard_of_layers(kind: str, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="holds none as 'body"):
        load_baseline(saved(tmp_path, Baseline(2, 4, 2, kind), layers=10**9))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"normalize": "no"}, "'normalize' has to be true or false, got 'no'"),
        ({"normalize": 1}, "'normalize' has to be true or false, got 1"),
        ({"hidden": True}, "'hidden' has to be an integer of at least 1, got True"),
        ({"hidden": 4.0}, r"'hidden' has to be an integer of at least 1, got 4\.0"),
        ({"letters": -2}, "'letters' has to be an integer of at least 1, got -2"),
        ({"block": 10**30}, "'block' has to be an integer"),
        ({"temperature": 0}, "'temperature' has to be a positive number or null, got 0"),
        ({"gain": 10**400}, "'gain' has to be a positive number or null"),
        ({"dtype": "int64"}, "'dtype' has to be one of float32, float64, got 'int64'"),
        ({"transition": ["full"]}, "'transition' has to be one of full"),
        ({"seed": 0}, "'seed' is not known"),
        ({"generator": 5}, "'generator' is not known"),
        ({"device": "cuda"}, "'device' is not known"),
    ],
)
def test_entries_of_another_type(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=said):
        load_model(saved(tmp_path, BilinearRNN(2, 4, 2), **changes))


@pytest.mark.parametrize("dtype", [torch.int64, torch.float64, torch.float16, torch.bool, torch.complex64])
def test_tensors_of_another_type(dtype: torch.dtype, tmp_path: Path) -> None:
    model = BilinearRNN(2, 4, 2)
    save_model(model, tmp_path)
    tensors = model.state_dict() | {"readout": model.readout.detach().to(dtype)}
    storage.write_tensors(tmp_path / "model.safetensors", tensors, model.config)
    with pytest.raises(CheckpointError, match="as 'readout', the model needs F32 of shape"):
        load_model(tmp_path)


def test_headers_that_do_not_fit_the_file(tmp_path: Path) -> None:
    save_model(BilinearRNN(2, 4, 2), tmp_path)
    path = tmp_path / "model.safetensors"
    good = path.read_bytes()
    for length in (0, 1, 2**20, 2**31, 2**40, 2**63, 2**64 - 1):
        path.write_bytes(length.to_bytes(8, "little") + good[8:])
        with pytest.raises(CheckpointError, match="truncated or not a safetensors file"):
            load_model(tmp_path)
    path.write_bytes(good + b"\0")
    with pytest.raises(CheckpointError, match="truncated or not a safetensors file"):
        load_model(tmp_path)


def test_what_read_tensors_would_refuse_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "MOST_NOTE", 50)
    with pytest.raises(CheckpointError, match="with notes of 50"):
        save_model(BilinearRNN(2, 4, 2), tmp_path)
    assert not list(tmp_path.iterdir())


def test_arguments_of_another_type() -> None:
    for name in ("normalize", "additive"):
        with pytest.raises(ModelError, match=f"{name} has to be True or False, got {name}='no'"):
            BilinearRNN(2, 4, 2, **{name: "no"})
    with pytest.raises(ModelError, match="temperature='hot'"):
        BilinearRNN(2, 4, 2, temperature="hot")  # type: ignore[arg-type]
    with pytest.raises(TrainingError, match="decay_transitions is True or False, got 'no'"):
        TrainConfig(decay_transitions="no")  # type: ignore[arg-type]
    with pytest.raises(TrainingError, match="lr is a positive number"):
        TrainConfig(lr=10**400)


# --- tasks ---


@pytest.mark.parametrize(
    "name",
    [
        "(a|b)*a(a|b){30}",
        "((((a{1000}){1000}){1000}){1000})",
        "[\x01-\U0010ffff]*",
        "a{99999999999}",
        "((a{0}){99999}){99999}",
    ],
)
def test_a_task_whose_automaton_would_be_too_large(name: str, tmp_path: Path) -> None:
    note = {"task": f"regex:{name}", "letters": "all", "track": "element", "side": "left", "lengths": [1, 2]}
    (tmp_path / "task.json").write_text(json.dumps(note))
    begun = time.process_time()
    with pytest.raises(AutomatonError, match="is too large: "):
        task_of_run(tmp_path)
    assert time.process_time() - begun < 10


@pytest.mark.parametrize("lengths", [[10, 2], [2], [2, 3, 4], [2.0, 3], ["2", "3"], [-1, 2], "23"])
def test_lengths_that_are_none(lengths: Any, tmp_path: Path) -> None:
    note = {"task": "C3", "letters": "all", "track": "element", "side": "left", "lengths": lengths}
    (tmp_path / "task.json").write_text(json.dumps(note))
    with pytest.raises(CommandError, match="'lengths' has to be the shortest and the longest length, got"):
        task_of_run(tmp_path)


# --- a checkpoint ---


def resumed(
    place: Path, change: Callable[[dict[str, torch.Tensor], dict[str, Any]], None], monkeypatch: pytest.MonkeyPatch
) -> int:
    """The exit code of training that goes on from a changed checkpoint, which has to stay as it is."""
    path = place / "run" / "checkpoint.safetensors"
    with safetensors.safe_open(path, framework="pt") as file:
        tensors, note = {key: file.get_tensor(key) for key in file.keys()}, json.loads(file.metadata()["bistate"])  # noqa: SIM118
    change(tensors, note)
    safetensors.torch.save_file(tensors, path, {"bistate": json.dumps(note)})
    before = path.read_bytes()
    monkeypatch.chdir(place)
    code = main(TRAIN)
    assert path.read_bytes() == before
    return code


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("optimizer.0.exp_avg", float("nan"), "that no training of 2 steps leaves"),
        ("optimizer.0.exp_avg_sq", -1.0, "that no training of 2 steps leaves"),
        ("optimizer.0.step", 0.0, "that no training of 2 steps leaves"),
        ("optimizer.0.step", 3.0, "that no training of 2 steps leaves"),
        ("model.start", float("inf"), "weight start is not finite"),
    ],
)
def test_tensors_that_no_training_leaves(
    name: str,
    value: float,
    said: str,
    made: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)

    def change(tensors: dict[str, torch.Tensor], note: dict[str, Any]) -> None:
        tensors[name].fill_(value)
        note["identity"]["start"] = digest(BilinearRNN(3, 4, 3, "householder", heads=2).state_dict())

    assert resumed(tmp_path, change, monkeypatch) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"step": 10**9}, "step 1000000000 of 2, stopped 'steps'"),
        ({"step": 3, "stopped": ""}, "step 3 of 2, stopped ''"),
        ({"step": 1}, "step 1 of 2, stopped 'steps'"),
        ({"loss_count": -1, "stopped": ""}, "'loss_count' has to be an integer of at least 0, got -1"),
        ({"history": [{"step": 1}]}, "a row of the history: 'loss' is missing"),
    ],
)
def test_notes_that_no_training_leaves(
    changes: dict[str, Any],
    said: str,
    made: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    assert resumed(tmp_path, lambda _, note: note["done"].update(changes), monkeypatch) == 2
    assert said in capsys.readouterr().err


def test_a_checkpoint_that_is_as_it_was_goes_on(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    before = (tmp_path / "run" / "model.safetensors").read_bytes()
    monkeypatch.chdir(tmp_path)
    assert main(TRAIN) == 0
    assert (tmp_path / "run" / "model.safetensors").read_bytes() == before


def test_a_model_that_is_not_finite(tmp_path: Path) -> None:
    model = BilinearRNN(2, 4, 2)
    save_model(model, tmp_path)
    tensors = model.state_dict() | {"readout": torch.full((2, 4), float("nan"))}
    storage.write_tensors(tmp_path / "model.safetensors", tensors, model.config)
    with pytest.raises(ModelError, match="weight readout is not finite in the file"):
        load_model(tmp_path)


# --- the atlas ---


def test_a_file_that_is_no_atlas_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "atlas.jsonl"
    path.write_text("my notes, in one line")
    with pytest.raises(AtlasError, match="holds an atlas with nothing"):
        list(atlas(tmp_path, **SETTINGS))
    assert path.read_text() == "my notes, in one line"


@pytest.mark.parametrize("cut", [1, 2, 100])
def test_a_row_that_was_cut_off_is_done_again(cut: int, tmp_path: Path) -> None:
    """Even where the row is whole and only its line end is missing: the next row would stand on the same line."""
    whole = list(atlas(tmp_path, max_order=2, prove=False))
    path = tmp_path / "atlas.jsonl"
    good = path.read_bytes()
    path.write_bytes(good[:-cut])
    assert list(atlas(tmp_path, max_order=2, prove=False)) == whole
    assert path.read_bytes() == good


def test_a_row_that_was_cut_inside_a_character(tmp_path: Path) -> None:
    list(atlas(tmp_path, max_order=2, prove=False))
    path = tmp_path / "atlas.jsonl"
    good = path.read_bytes()
    path.write_bytes(good + '{"name": "é'.encode()[:-1])
    list(atlas(tmp_path, max_order=2, prove=False))
    assert path.read_bytes() == good


@pytest.mark.parametrize(
    ("name", "value"),
    [("order", 2), ("number", 2), ("structure", "C2"), ("abelian", False), ("name", "SmallGroup(2,1)"), ("name", "E8")],
)
def test_a_row_about_another_group(name: str, value: Any, tmp_path: Path) -> None:
    list(atlas(tmp_path, **SETTINGS))
    path = tmp_path / "atlas.jsonl"
    settings, row = path.read_text().splitlines()
    path.write_text(f"{settings}\n{json.dumps(json.loads(row) | {name: value})}\n")
    with pytest.raises(AtlasError, match=r"line 2 of .*: (.* is .* for SmallGroup|there is no group 'E8')"):
        list(atlas(tmp_path, **SETTINGS))


def test_two_rows_of_one_group_or_facts_of_another_rung(tmp_path: Path) -> None:
    list(atlas(tmp_path, **SETTINGS))
    path = tmp_path / "atlas.jsonl"
    settings, row = path.read_text().splitlines()
    path.write_text(f"{settings}\n{row}\n{row}\n")
    with pytest.raises(AtlasError, match="two rows of one group"):
        list(atlas(tmp_path, **SETTINGS))
    path.write_text(f"{settings}\n" + row.replace('"rung": "full"', '"rung": "block"') + "\n")
    with pytest.raises(AtlasError, match="the facts of full are about block"):
        list(atlas(tmp_path, **SETTINGS))
