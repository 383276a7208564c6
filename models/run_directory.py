"""The folder of a training run, and the checkpoint that brings a killed run back bit for bit.

```
config.json              the three configurations: training, model, task
metrics.jsonl            one row per validation
checkpoint.safetensors   weights, optimiser state, and as JSON in its header: step, losses so far, rows so
far, configurations model.safetensors        the trained model, with model.json beside it, once training has
ended ```
The checkpoint alone decides; the other files are written again from it on resuming.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .baselines import Baseline
from .bilinear_rnn import BilinearRNN
from .errors import CheckpointError
from .storage import (
    MODEL_CONFIG,
    load_tensors,
    read_tensors,
    save_model,
    write_atomically,
    write_json,
    write_tensors,
)

Row = dict[str, float | int]
CHECKPOINT = "checkpoint.safetensors"


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


@dataclass(frozen=True)
class RunDirectory:
    """One run's folder; `identity` is what has to be equal for a resumed run to be the same run."""

    path: Path
    identity: dict[str, Any]

    def open(self, model: BilinearRNN | Baseline, optimizer: torch.optim.Optimizer) -> Progressed:
        """Start a run here, or load the one that was interrupted here into model and optimiser.

        Raises:
            CheckpointError: when the folder holds another run, something else, or a damaged checkpoint.
        """
        if (self.path / CHECKPOINT).exists():
            done = self._resume(model, optimizer)
        else:
            self._check_free()
            self.path.mkdir(parents=True, exist_ok=True)
            done = Progressed()
            self.save(model, optimizer, done)
        write_json(self.path / "config.json", self.identity)
        rows = "".join(json.dumps(row) + "\n" for row in done.history)
        write_atomically(self.path / "metrics.jsonl", rows.encode())
        return done

    def save(self, model: BilinearRNN | Baseline, optimizer: torch.optim.Optimizer, done: Progressed) -> None:
        """Replace the checkpoint.

        Raises:
            ModelError: when a weight is not finite; the old checkpoint stays.
        """
        model.check_finite()
        tensors = {f"model.{name}": t for name, t in model.state_dict().items()}
        tensors |= {f"optimizer.{name}": t for name, t in _optimizer_tensors(optimizer)}
        write_tensors(self.path / CHECKPOINT, tensors, {"identity": self.identity, "done": asdict(done)})

    def log(self, row: Row) -> None:
        """Append a row to metrics.jsonl."""
        with (self.path / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def finish(self, model: BilinearRNN | Baseline, optimizer: torch.optim.Optimizer, done: Progressed) -> None:
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

    def _resume(self, model: BilinearRNN | Baseline, optimizer: torch.optim.Optimizer) -> Progressed:
        path = self.path / CHECKPOINT
        tensors, note = read_tensors(path)
        try:
            identity, done = note["identity"], Progressed(**note["done"])
        except (TypeError, KeyError) as error:
            raise CheckpointError(f"{path} is not a training checkpoint of this version ({error})") from error
        weights = _under("model.", tensors)
        mine = dict(self.identity)
        if mine["start"] == digest(weights):
            mine["start"] = identity["start"]  # the same model object, trained up to this checkpoint
        differ = list(_differences(identity, mine))
        if differ:
            raise CheckpointError(
                f"directory={str(self.path)!r} holds another run: {'; '.join(differ)}. "
                "Accepted: the same configuration, or another folder"
            )
        load_tensors(model, weights, path)
        _load_optimizer(optimizer, _under("optimizer.", tensors))
        self.identity["start"] = identity["start"]
        return done


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
            yield from _differences(there.get(key), here.get(key), f"{name}.{key}" if name else key)
    elif name == "start" and there != here:
        yield f"its start weights have fingerprint {there}, the model given has {here} (another seed?)"
    elif there != here:
        yield f"{name} is {there!r} there, {here!r} here"


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}


def _optimizer_tensors(optimizer: torch.optim.Optimizer) -> Iterator[tuple[str, Tensor]]:
    for index, entries in optimizer.state_dict()["state"].items():
        for name, value in entries.items():
            yield f"{index}.{name}", value


def _load_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        index, name = key.split(".", 1)
        state.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
