"""`--device`: refused before anything is written where there is none, handed to model and task where there is one.

The meta device, which holds no numbers, stands for a GPU: what is asked is where models and batches are made.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from bistate.models import BilinearRNN, StateTracking, TrainConfig, train
from bistate.models.errors import CheckpointError, TrainingError
from bistate.models.training.train_run import _Session
from bistate.theory import Automaton
from bistate.verify.cli import main
from bistate.verify.experiments.fair_table import Selection, fair_table
from bistate.verify.experiments.protocols import PROTOCOLS
from bistate.verify.experiments.sweep import Cell, run_cell
from bistate.verify.reports.demonstration import train_one

ASKED = {
    "train": ["train", "C3", "-o", "{}"],
    "demo": ["demo", "S3", "-o", "{}"],
    "sweep": ["sweep", "--task", "C3", "--model", "full", "-o", "{}"],
    "reproduce": ["reproduce", "parity", "-o", "{}"],
    "by protocol": ["reproduce", "parity", "--protocol", "fair", "-o", "{}"],
    "verify": ["verify", "run", "-o", "{}"],
}


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
@pytest.mark.parametrize("command", ASKED)
def test_a_device_that_is_not_there_is_refused_first(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [part.format(tmp_path / "out") for part in ASKED[command]]
    assert main([*arguments, "--device", "cuda"]) == 2
    out, error = capsys.readouterr()
    assert not out
    assert error.count("\n") == 1
    assert "--device cuda: torch" in error
    assert "--device cpu is always there" in error
    assert not list(tmp_path.iterdir())


def test_another_device_is_not_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "C3", "-o", str(tmp_path / "out"), "--device", "tpu"]) == 2
    assert "'tpu' is not one of" in capsys.readouterr().err


def noting(seen: list[str]) -> Callable[..., Any]:
    """A stand-in for `train` that notes where model and batches are, and ends the training."""

    def note(model: torch.nn.Module, task: StateTracking, *_: Any, **__: Any) -> None:
        seen.extend({p.device.type for p in model.parameters()} | {torch.device(task.device).type})
        raise TrainingError("noted")

    return note


@pytest.mark.parametrize("model", ["full", "lstm", "deltanet"])
def test_train_builds_there(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr("bistate.verify.cli.train_command.train_model", noting(seen))
    monkeypatch.setattr("bistate.verify.cli.train_command.chosen_device", lambda device: "meta")
    assert main(["train", "C3", "--model", model, "--hidden", "8", "-o", str(tmp_path / "out")]) == 2
    assert seen == ["meta"]


def test_a_table_is_trained_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    (tmp_path / "words.csv").write_text("word,label\n0 1,1\n1 1,0\n0 0,0\n1 0,1\n", encoding="utf-8")
    monkeypatch.setattr("bistate.verify.cli.train_data.train", noting(seen))
    monkeypatch.setattr("bistate.verify.cli.train_command.chosen_device", lambda device: "meta")
    assert main(["train", str(tmp_path / "words.csv"), "-o", str(tmp_path / "out")]) == 2
    assert seen == ["meta"]


def test_sweeps_and_the_demo_train_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    for place in ("experiments.sweep", "experiments.runs", "reports.demonstration"):
        monkeypatch.setattr(f"bistate.verify.{place}.train", noting(seen))
    assert run_cell(Cell("C3", "full", device="meta"), tmp_path)["reason"] == "noted"
    selection = Selection(rows=("diagonal",), hidden=(64,), rates=(1e-3,), labels=("last",))
    lines = fair_table("parity", PROTOCOLS["fair"], tmp_path, seeds=0, selection=selection, device="meta")
    assert lines[0]["command"].endswith("--seeds 0 --device meta")
    with pytest.raises(TrainingError, match="noted"):
        train_one("C3", 0, True, 5, str(tmp_path / "demo"), "meta")
    assert seen == ["meta"] * 3


def test_the_cpu_leaves_fingerprints_as_they_were() -> None:
    assert Cell("C3", "full").key == "a16849f977a7167978f0"
    assert Cell("C3", "full", device="cuda").key != Cell("C3", "full").key


class Elsewhere:
    """A task that says it makes its batches on another device."""

    device = "cuda"

    def __init__(self, task: StateTracking) -> None:
        self.task = task

    def __getattr__(self, name: str) -> Any:
        return getattr(self.task, name)


def test_a_run_goes_on_only_on_the_device_it_began_on(tmp_path: Path) -> None:
    task, config = StateTracking(Automaton.parity(), lengths=3), TrainConfig(steps=2)
    _Session(BilinearRNN(2, 4, 2), Elsewhere(task), config, tmp_path).checkpoint()  # type: ignore[arg-type]
    with pytest.raises(CheckpointError, match="device is 'cuda' there, 'missing' here"):
        train(BilinearRNN(2, 4, 2), task, config, directory=tmp_path, progress=False)
