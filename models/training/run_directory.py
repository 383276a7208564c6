"""The folder of a training run, and the checkpoint that brings a killed run back bit for bit.

```
config.json              the three configurations: training, model, task
metrics.jsonl            one row per validation
checkpoint.safetensors   weights and optimiser state; in its header, as JSON, step, losses, rows and configurations
model.safetensors        the trained model, with model.json beside it, once training has ended
```
Only the checkpoint is read when a run is resumed; the other files are then written again from it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ...theory.files.json_file import shown
from ...theory.files.json_record import LIST, NOTHING, RECORD, TEXT, check_record, either, number, one_of, whole
from ..errors import CheckpointError
from ..files.atomic import Entry, read_tensors, write_atomically, write_json, write_tensors
from ..files.own_module import MODEL_CONFIG, require_finite, save_model
from ..files.storage import load_tensors

Row = dict[str, float | int]
Kept = dict[str, Tensor] | None  # weights of the best attempt before this one, see `restarts.py`
LATER = ("attempts", "long", "kept")  # of `Progressed`, which older checkpoints lack
CHECKPOINT = "checkpoint.safetensors"
MOST_NAMED = 5  # differences that a message names
ROW = {"step": whole(1), "loss": number(), "accuracy": number(0, 1), "lr": number(0)}
END = {  # of an attempt
    "step": whole(),
    "best_step": whole(),
    "best_accuracy": number(-1, 1),
    "stopped": one_of(("steps", "target")),
    "history": LIST,
    "settled": either(NOTHING, number(-1)),
    "long": number(0, 1),
}
PROGRESS = {
    **dict.fromkeys(("step", "loss_count", "in_a_row", "best_step"), whole()),
    "loss_sum": number(),
    "best_accuracy": number(-1, 1),
    "seconds": number(0),
    "stopped": one_of(("", "steps", "target")),
    "history": LIST,
    "settled": either(NOTHING, number(-1)),
    "attempts": whole(1),
    "long": either(NOTHING, number(0, 1)),
    "kept": either(NOTHING, RECORD),
}


@dataclass
class Progressed:
    """How far a run has come: everything besides weights and optimiser that the next step depends on."""

    step: int = 0
    loss_sum: float = 0.0
    loss_count: int = 0
    in_a_row: int = 0
    best_accuracy: float = -1.0
    best_step: int = 0
    seconds: float = 0.0
    stopped: str = ""
    history: list[Row] = field(default_factory=list)
    settled: float | None = None  # None: not yet; −1: tried and not taken
    attempts: int = 1  # that were begun, this one among them, see `restarts.py`
    long: float | None = None  # accuracy on long words at the end; None: not looked at
    kept: dict[str, Any] | None = None  # `end` of the best attempt before this one

    def end(self) -> dict[str, Any]:
        """What an attempt came to."""
        return {name: getattr(self, name) for name in END}

    def take(self, end: dict[str, Any]) -> None:
        """Come back to the end of another attempt."""
        for name in END:
            setattr(self, name, end[name])


@dataclass(frozen=True)
class RunDirectory:
    """One run's folder; `identity` is what has to be equal for a resumed run to be the same run."""

    path: Path
    identity: dict[str, Any]

    def open(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> tuple[Progressed, Kept]:
        """Start a run here, or load the one that was interrupted here into model and optimiser.

        Returns:
            How far it has come, and the weights of its best attempt before this one.

        Raises:
            CheckpointError: when the folder holds another run, something else, or a damaged checkpoint.
        """
        if (self.path / CHECKPOINT).exists():
            done, kept = self._resume(model, optimizer)
        else:
            self._check_free()
            self.path.mkdir(parents=True, exist_ok=True)
            done, kept = Progressed(), None
            self.save(model, optimizer, done)
        write_json(self.path / "config.json", self.identity)
        self.log_again(done.history)
        return done, kept

    def save(self, model: nn.Module, optimizer: torch.optim.Optimizer, done: Progressed, kept: Kept = None) -> None:
        """Replace the checkpoint.

        Raises:
            ModelError: when a weight is not finite; the old checkpoint stays.
        """
        require_finite(model)
        tensors = {f"model.{name}": t for name, t in model.state_dict().items()}
        tensors |= {f"optimizer.{name}": t for name, t in _optimizer_tensors(optimizer)}
        tensors |= {f"kept.{name}": t for name, t in (kept or {}).items()}
        write_tensors(self.path / CHECKPOINT, tensors, {"identity": self.identity, "done": asdict(done)})

    def log(self, row: Row) -> None:
        """Append a row to metrics.jsonl."""
        with (self.path / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def log_again(self, rows: list[Row]) -> None:
        """Make metrics.jsonl of these rows."""
        write_atomically(self.path / "metrics.jsonl", "".join(json.dumps(row) + "\n" for row in rows).encode())

    def finish(self, model: nn.Module, optimizer: torch.optim.Optimizer, done: Progressed) -> None:
        """Write the last checkpoint and the trained model."""
        self.save(model, optimizer, done)
        save_model(model, self.path)

    def _check_free(self) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise CheckpointError(f"directory={str(self.path)!r} is a file; give a folder")
        for name in ("config.json", "metrics.jsonl", MODEL_CONFIG):
            if (self.path / name).exists():
                raise CheckpointError(
                    f"directory={str(self.path)!r} holds {name} but no {CHECKPOINT}: "
                    "not a run that can go on; give another folder"
                )

    def _resume(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> tuple[Progressed, Kept]:
        path = self.path / CHECKPOINT

        def expect(note: Any, names: Collection[str]) -> Iterator[Entry]:
            self._check_note(note, path)
            for part in ("model", "kept") if note["done"].get("kept") else ("model",):
                yield from ((f"{part}.{name}", t.dtype, tuple(t.shape)) for name, t in model.state_dict().items())
            yield from _expected_moments(optimizer, names)

        tensors, note = read_tensors(path, expect)
        weights, there = _under("model.", tensors), note["identity"]["start"]
        if self.identity["start"] != digest(weights):  # else the same model object, trained up to this checkpoint
            self._refuse_difference({"start": there}, {"start": self.identity["start"]})
        done = Progressed(**note["done"])
        moments = _moments(_under("optimizer.", tensors), done.step, path)
        load_tensors(model, weights)
        optimizer.load_state_dict({"state": moments, "param_groups": optimizer.state_dict()["param_groups"]})
        self.identity["start"] = there
        return done, _under("kept.", tensors) or None

    def _check_note(self, note: Any, path: Path) -> None:
        """Refuse the note of another run, or one that no run leaves."""
        what = f"{path} is not a training checkpoint of this version"
        check_record(note, {"identity": RECORD, "done": RECORD}, what, CheckpointError)
        identity, done = note["identity"], note["done"]
        check_record(done, PROGRESS, f"{what}: done", CheckpointError, may_lack=LATER)
        kept = done.get("kept")
        if kept is not None:
            check_record(kept, END, f"{what}: its best attempt", CheckpointError)
        for row in [*done["history"], *(kept or {"history": []})["history"]]:
            check_record(row, ROW, f"{what}: a row of the history", CheckpointError)
        check_record({"start": identity.get("start")}, {"start": TEXT}, f"{what}: identity", CheckpointError)
        self._refuse_difference(identity | {"start": ""}, self.identity | {"start": ""})
        last = self.identity["train"]["steps"]
        if done["step"] > last or (done["stopped"] == "steps" and done["step"] < last):
            raise CheckpointError(f"{what}: step {done['step']} of {last}, stopped {done['stopped']!r}")

    def _refuse_difference(self, there: Any, here: Any) -> None:
        if differ := list(_differences(there, here)):
            raise CheckpointError(
                f"directory={str(self.path)!r} holds another run: {'; '.join(differ[:MOST_NAMED])}. "
                "Accepted: the same configuration, or another folder"
            )


def digest(state: dict[str, Tensor]) -> str:
    """A short fingerprint of weights."""
    out = sha256()
    for name in sorted(state):
        out.update(name.encode())
        out.update(state[name].detach().cpu().contiguous().numpy().tobytes())
    return out.hexdigest()[:16]


def _differences(there: Any, here: Any, name: str = "") -> Iterator[str]:
    """Where two JSON values differ, in words."""
    if isinstance(there, dict) and isinstance(here, dict):
        for key in sorted(there.keys() | here.keys()):
            yield from _differences(
                there.get(key, "missing"), here.get(key, "missing"), f"{name}.{key}" if name else key
            )
    elif not _same(there, here):
        if name == "start":
            yield f"its start weights have fingerprint {shown(there)}, the model given has {here} (another seed?)"
        else:
            yield f"{name} is {shown(there)} there, {shown(here)} here"


def _same(there: Any, here: Any) -> bool:
    """Whether two JSON values are equal; true is not 1."""
    if isinstance(there, list) and isinstance(here, list):
        return len(there) == len(here) and all(map(_same, there, here))
    return isinstance(there, bool) == isinstance(here, bool) and there == here


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}


def _optimizer_tensors(optimizer: torch.optim.Optimizer) -> Iterator[tuple[str, Tensor]]:
    for index, entries in optimizer.state_dict()["state"].items():
        for name, value in entries.items():
            yield f"{index}.{name}", value


def _expected_moments(optimizer: torch.optim.Optimizer, names: Collection[str]) -> Iterator[Entry]:
    """The optimiser's tensors, as far as there are any: a parameter that no word has used has none."""
    parameters = (p for group in optimizer.param_groups for p in group["params"])
    for index, p in enumerate(parameters):
        if any(name.startswith(f"optimizer.{index}.") for name in names):
            yield f"optimizer.{index}.step", torch.float32, ()
            yield f"optimizer.{index}.exp_avg", p.dtype, tuple(p.shape)
            yield f"optimizer.{index}.exp_avg_sq", p.dtype, tuple(p.shape)


def _moments(tensors: dict[str, Tensor], steps: int, path: Path) -> dict[int, dict[str, Tensor]]:
    """The optimiser's state by parameter.

    Raises:
        CheckpointError: for numbers that no training leaves.
    """
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        index, name = key.split(".", 1)
        least = {"step": 1.0, "exp_avg": -torch.inf, "exp_avg_sq": 0.0}[name]
        if not (torch.isfinite(value) & (value >= least)).all() or (name == "step" and float(value) > steps):
            raise CheckpointError(f"{path} holds numbers as 'optimizer.{key}' that no training of {steps} steps leaves")
        state.setdefault(int(index), {})[name] = value
    return state
