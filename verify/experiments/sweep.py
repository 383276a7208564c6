"""Sweeps: many trainings, each done once, whatever happens in between.

A cell is one training with everything that it depends on. Its result is a file named by a fingerprint of the cell,
written in one step, so a sweep that is killed goes on with the cells that have none, and no cell is done twice. joblib
runs the cells; with `backend="dask"` and a dask client they run on a cluster that shares the folder.
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed

from ...groups.errors import BistateError
from ...groups.text_file import write_text
from ...models.baselines import KINDS, Baseline
from ...models.bilinear_rnn import BilinearRNN
from ...models.errors import TaskError, TrainingError
from ...models.files.lock import made_once
from ...models.tasks.lengths import usual_lengths
from ...models.tasks.task import StateTracking
from ...models.tasks.word_laws import UNIFORM
from ...models.training.accuracy import evaluate
from ...models.training.config import TrainConfig, usual_config
from ...models.training.train_run import train
from ...theory.automata.automaton import Automaton
from ...theory.files.json_file import SMALL_FILE, read_json, shown
from ...theory.files.json_record import NOTHING, RECORD, TEXT, check_record, either, number, whole
from ..task_texts import parse_task

CELLS, TABLE = "cells", "results.csv"
RECIPE = 3  # of what a cell leaves open; results of older ones are not taken for these
SOLVED = 0.99  # chance-normalised accuracy from which a seed counts as a success


class SweepError(BistateError):
    """A folder or a result that cannot be used."""


@dataclass(frozen=True)
class Cell:
    """One training.

    Attributes:
        task: as `parse_task` reads it.
        model: a transition family, or a kind of baseline.
        hidden: hidden size.
        seed: of start values and batches.
        lengths: of training words, the shortest and the longest.
        test_length: of the words that count.
        options: further arguments of the model: block, rank, reflections, heads, layers, normalize, additive, …
        training: arguments of `TrainConfig` that are to be other than `usual_config`: steps, lr, weight_decay, …
        every: labels at every position of training words, not at the last one alone.
        words: how many test words.
        law: of the words, in training and test: "uniform", "balanced" or "balanced_states".
        task_options: letters, track and side of a group task.
        device: where it is trained; words differ from device to device, and accuracy is measured on the CPU.
    """

    task: str
    model: str
    hidden: int = 64
    seed: int = 0
    lengths: tuple[int, int] = (2, 10)
    test_length: int = 500
    options: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    every: bool = False
    words: int = 1000
    task_options: dict[str, str] = field(default_factory=dict)
    law: str = UNIFORM
    device: str = "cpu"

    @property
    def key(self) -> str:
        """A fingerprint of everything above."""
        return sha256(_text(values_of(self) | {"recipe": RECIPE}).encode()).hexdigest()[:20]


def values_of(cell: Cell) -> dict[str, Any]:
    """A cell as a dict; without the CPU, so that results are found again that are older than the choice of a device."""
    values = asdict(cell)
    if cell.device == "cpu":
        del values["device"]
    return values


def run_cell(cell: Cell, folder: str | Path) -> dict[str, Any]:
    """The result of a cell: read if it is there, else made by training, and written.

    A training whose loss is no longer finite is a result too, with accuracy None and the reason; so is one whose
    accuracy says nothing, with `normalised` None. Another process that is at the same cell is waited for.

    Raises:
        BistateError: for a cell that makes no model or task.
    """
    path = Path(folder) / CELLS / f"{cell.key}.json"
    return made_once(path, lambda: _read(path, cell), lambda: _trained(cell, path))


def _trained(cell: Cell, path: Path) -> dict[str, Any]:
    """The result of a cell that is trained now."""
    begun = time.perf_counter()
    automaton = parse_task(cell.task, **cell.task_options)
    law = usual_lengths(*cell.lengths)
    task = StateTracking(automaton, lengths=law, every=cell.every, words=cell.law, device=cell.device)
    model = _model(cell, automaton)
    config = _config(cell, automaton)
    found: dict[str, Any] = {"cell": values_of(cell), "key": cell.key, "accuracy": None, "reason": ""}
    try:
        run = train(model, task, config, progress=False)
    except TrainingError as error:
        found["reason"] = str(error)
    else:
        model.cpu()
        lengths = {cell.lengths[1], cell.test_length}
        test = {str(n): evaluate(model, task, n, size=cell.words) for n in lengths}
        found["accuracy"] = test[str(cell.test_length)]
        found["accuracy_in_training"] = test[str(cell.lengths[1])]
        try:
            found["normalised"] = task.chance_normalised(found["accuracy"], cell.test_length)
        except TaskError as error:
            found["normalised"], found["reason"] = None, str(error)
        found["loss"] = run.history[-1]["loss"] if run.history else None
        found["steps"] = run.steps
    found["parameters"] = sum(p.numel() for p in model.parameters())
    found["transition_parameters"] = model.parameter_count
    found["seconds"] = round(time.perf_counter() - begun, 2)
    text = json.dumps(found)
    write_text(path, text + "\n")
    again: dict[str, Any] = json.loads(text)  # as it will be read: lists for tuples
    return again


def sweep(
    cells: Sequence[Cell], folder: str | Path, jobs: int = 1, backend: str | None = None
) -> Iterator[dict[str, Any]]:
    """The results of all cells, as they come; at the end `results.csv` holds them in the order of the cells.

    Args:
        cells: what to train; repetitions are done once.
        folder: where results are, and go.
        jobs: processes.
        backend: of joblib; None is its default. "dask": the workers of the current dask client, which share the folder.

    Yields:
        A result as `run_cell` gives it.

    Raises:
        SweepError: for a result that cannot be read.
        BistateError: for a cell that makes no model, task or configuration; before any is trained.
    """
    wanted = {cell.key: cell for cell in cells}
    for cell in {_text(values_of(replace(cell, seed=0))): cell for cell in wanted.values()}.values():
        automaton = parse_task(cell.task, **cell.task_options)
        StateTracking(automaton, lengths=cell.lengths, every=cell.every, words=cell.law)
        _model(cell, automaton)
        _config(cell, automaton)
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    done: dict[str, dict[str, Any]] = {}
    run = _on_cluster if backend == "dask" else _on_this_machine
    for result in run(list(wanted.values()), str(place), jobs, backend):
        done[result["key"]] = result
        yield result
    write_text(place / TABLE, table_text([done[key] for key in wanted]))


def _on_this_machine(cells: Sequence[Cell], folder: str, jobs: int, backend: str | None) -> Iterator[dict[str, Any]]:
    parallel = Parallel(n_jobs=jobs, backend=backend, return_as="generator_unordered")
    yield from parallel(delayed(run_cell)(cell, folder) for cell in cells)


def _on_cluster(cells: Sequence[Cell], folder: str, jobs: int, backend: str | None) -> Iterator[dict[str, Any]]:
    """By the current dask client, not through joblib, whose dask backend fails with joblib 1.6 and dask 2026.8.

    The scheduler gives the cells of a worker that dies to another one.
    """
    try:
        from distributed import as_completed, get_client
    except ImportError:
        raise SweepError("backend='dask' needs dask[distributed], which is not installed") from None
    try:
        client = get_client()
    except ValueError:
        raise SweepError("backend='dask' needs a running dask client: distributed.Client(address)") from None
    for future in as_completed(client.map(run_cell, cells, folder=folder, pure=False)):
        yield future.result()


def _config(cell: Cell, automaton: Automaton) -> TrainConfig:
    """`usual_config` of the model for the task, with the cell's own choices."""
    fixed: dict[str, Any] = {"threads": 1, "seed": cell.seed, "validate_every": 1000}
    sizes: dict[str, Any] = {"letters": len(automaton.letters), "states": len(automaton.states)}
    sizes |= {"longest": cell.lengths[1], "merging": not automaton.is_permutation}
    try:
        return usual_config(cell.model, **sizes, **{**fixed, **cell.training})
    except TypeError as error:
        raise SweepError(f"training {cell.training!r} is no configuration: {error}") from None


def _model(cell: Cell, automaton: Automaton) -> BilinearRNN | Baseline:
    build: Callable[..., BilinearRNN | Baseline] = Baseline if cell.model in KINDS else BilinearRNN
    letters, labels = len(automaton.letters), len(automaton.labels)
    try:
        return build(letters, cell.hidden, labels, cell.model, seed=cell.seed, device=cell.device, **cell.options)
    except TypeError as error:
        raise SweepError(f"options {cell.options!r} do not go with model {cell.model!r}: {error}") from None


RESULT = {
    "cell": RECORD,
    "key": TEXT,
    "accuracy": either(number(0, 1), NOTHING),
    "reason": TEXT,
    "parameters": whole(1),
    "transition_parameters": whole(),
    "seconds": number(0),
}
MEASURED = {
    "accuracy_in_training": number(0, 1),
    "normalised": either(number(), NOTHING),
    "loss": either(number(), NOTHING),
    "steps": whole(),
}


def _read(path: Path, cell: Cell) -> dict[str, Any]:
    """The result in a file, which has to be one of this very cell."""
    try:
        found: dict[str, Any] = read_json(path, SMALL_FILE, SweepError)
        check_record(found, RESULT | MEASURED, "it", SweepError, may_lack=MEASURED)
        if found["accuracy"] is not None:  # a training that ended with a finite loss has all figures
            check_record(found, RESULT | MEASURED, "it", SweepError)
        if found["key"] != cell.key or _text(found["cell"]) != _text(values_of(cell)):
            raise SweepError(f"it is about the cell {shown(found['cell'])}")
    except SweepError as error:
        raise SweepError(f"{str(path)!r} is no result: {error}; remove it to train the cell again") from None
    return found


def _text(cell: dict[str, Any]) -> str:
    """A cell as the fingerprint is made of it."""
    return json.dumps(cell, sort_keys=True)


COLUMNS = (
    *("task", "model", "hidden", "seed", "test_length", "accuracy", "normalised", "accuracy_in_training", "loss"),
    *("steps", "seconds", "parameters", "transition_parameters", "options", "training", "reason", "key"),
)


def table_text(results: Sequence[dict[str, Any]]) -> str:
    """One tidy line of CSV per result."""
    target = StringIO()
    writer = csv.DictWriter(target, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for result in results:
        cell = result["cell"]
        texts = {name: json.dumps(cell[name], sort_keys=True) for name in ("options", "training")}
        writer.writerow({**cell, **result, **texts})
    return target.getvalue()
