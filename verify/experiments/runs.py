"""One training of a fair table, measured: a file that is written in one step, and a line of CSV.

A run is found again by a fingerprint of everything that it depends on, so the same command goes on where it was
stopped, and no training is done twice. Beside accuracy on random words a run has the two ends of the worst case: the
shortest wrong word that a search finds, and the length up to which every word is proved to be right.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from joblib import Parallel, delayed

from ...groups.errors import BistateError
from ...groups.text_file import write_text
from ...models.baselines import Baseline
from ...models.errors import TrainingError
from ...models.files.lock import made_once
from ...models.tasks.task import StateTracking
from ...models.training.config import TrainConfig
from ...models.training.train_run import train
from ...theory.automata.automaton import Automaton
from ...theory.files.json_file import SMALL_FILE, read_json
from ...theory.files.json_record import NOTHING, RECORD, TEXT, check_record, either, number, whole
from ..horizon.certification import certify
from ..refutation.refutation import refute
from ..task_texts import parse_task
from .contestants import Network, build, state_size
from .position_accuracy import position_accuracy
from .protocols import EVERY, PROTOCOLS
from .sweep import SweepError

RUNS = "runs"  # folder of the results
VERSION = 1  # of what a run leaves open: how it is trained and measured
VALIDATED = 1024  # words of the lengths of training by which settings are chosen
WIDEST = 600  # numbers in a state up to which a horizon is looked for: 20 s at 512
SEARCH, SEED = "search", "seed"  # what a run is for


@dataclass(frozen=True)
class Run:
    """A training with everything that it depends on.

    Attributes:
        protocol: its name.
        table: name of the table.
        size: column of the table.
        task: as `parse_task` reads it.
        row: key of the contestant.
        model: family, kind of baseline or layer.
        hidden: width.
        options: further arguments of the model.
        training: settings of `TrainConfig`, the seed among them.
        labels: "last" or "every".
        lengths: of training words.
        tests: lengths of test words, and how many.
        searched: letters up to which a wrong word is looked for.
        effort: of `certify`.
        stage: "search", if it is for choosing settings, or "seed", if it is reported.
        device: where it is trained and validated; tests run on the CPU.
    """

    protocol: str
    table: str
    size: int
    task: str
    row: str
    model: str
    hidden: int
    options: Mapping[str, Any]
    training: Mapping[str, Any]
    labels: str
    lengths: tuple[int, int]
    tests: tuple[tuple[int, int], ...]
    searched: int
    effort: str
    stage: str
    device: str = "cpu"

    @property
    def seed(self) -> int:
        """Of start values and words."""
        return int(self.training["seed"])

    @property
    def key(self) -> str:
        """A fingerprint of everything above."""
        return sha256(_text(_plain(self) | {"version": VERSION}).encode()).hexdigest()[:20]

    @property
    def settings(self) -> tuple[float, str]:
        """What is searched: the rate, and where labels are."""
        return float(self.training["lr"]), self.labels

    def network(self, automaton: Automaton) -> Network:
        """The model with its start values."""
        sizes = len(automaton.letters), self.hidden, len(automaton.labels)
        return build(self.model, *sizes, self.options, self.seed, self.device)

    @property
    def command(self) -> str:
        """What makes this run again."""
        protocol = PROTOCOLS[self.protocol]
        rate = "" if protocol.rates == (None,) else f" --rate {self.training['lr']:g}"
        steps = self.training["steps"]
        other = f" --steps {steps}" if protocol.training and steps != protocol.training["steps"] else ""
        seeds = "--seeds 0" if self.stage == SEARCH else f"--first-seed {self.seed} --seeds 1"
        place = "" if self.device == "cpu" else f" --device {self.device}"
        return (
            f"bistate reproduce {self.table} --protocol {self.protocol} --model {self.row} --size {self.size} "
            f"--hidden {self.hidden}{rate} --labels {self.labels}{other} {seeds}{place}"
        )


def result_of(run: Run, folder: str | Path) -> dict[str, Any]:
    """The result of a run: read if it is there, else made by training, and written.

    A training whose loss is no longer finite is a result too, with the reason and without figures.

    Raises:
        SweepError: for a file that is no result of this run.
        BistateError: for a run that makes no model or task.
    """
    path = Path(folder) / RUNS / f"{run.key}.json"

    def make() -> dict[str, Any]:
        text = json.dumps(_made(run))
        write_text(path, text + "\n")
        found: dict[str, Any] = json.loads(text)  # as it will be read: lists for tuples
        return found

    return made_once(path, lambda: _read(path, run), make)


def results_of(runs: Sequence[Run], folder: str | Path, jobs: int = 1) -> Iterator[dict[str, Any]]:
    """The results of runs as they come, each done once."""
    wanted = {run.key: run for run in runs}
    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered")
    yield from parallel(delayed(result_of)(run, folder) for run in wanted.values())


def _made(run: Run) -> dict[str, Any]:
    begun = time.process_time()
    automaton = parse_task(run.task)
    task = StateTracking(automaton, lengths=run.lengths, every=run.labels == EVERY, device=run.device)
    model = run.network(automaton)
    config = TrainConfig(**run.training)
    found: dict[str, Any] = {"run": _plain(run), "key": run.key, "reason": "", "steps": config.steps, "tests": []}
    found["parameters"] = sum(p.numel() for p in model.parameters())
    found["state"] = state_size(model)
    found |= dict.fromkeys(FIGURES, None) | {"horizon_reason": ""}
    try:
        train(model, task, config, progress=False)
    except TrainingError as error:
        found["reason"] = str(error)
    else:
        found["training_seconds"] = round(time.process_time() - begun, 1)
        model.eval()
        found |= _validated(model, task, config)
        model.cpu()
        if run.stage == SEED:  # tests have no part in choosing settings
            found["tests"] = [asdict(position_accuracy(model, automaton, *test)) for test in run.tests]
            found |= _worst_case(model, automaton, run.searched, run.effort)
    found["seconds"] = round(time.process_time() - begun, 1)
    return found


@torch.no_grad()
def _validated(model: Network, task: StateTracking, config: TrainConfig) -> dict[str, Any]:
    """Accuracy and loss at the last position of words of the lengths of training, which no training batch has."""
    right, loss, total = 0, 0.0, 0
    for x, y in task.held_out(VALIDATED):
        wanted, scores = y[:, -1] if y.ndim == 2 else y, model(x)
        right += int((scores.argmax(-1) == wanted).sum())
        each = torch.nn.functional.cross_entropy(scores, wanted, label_smoothing=config.label_smoothing)
        loss, total = loss + float(each) * len(x), total + len(x)
    return {"validation": right / total, "validation_loss": loss / total if math.isfinite(loss) else None}


def _worst_case(model: Network, automaton: Automaton, searched: int, effort: str) -> dict[str, Any]:
    """A short wrong word, and a length up to which all words are right, or why none is proved."""
    found: dict[str, Any] = {"wrong": None, "wrong_about": "", "horizon": None, "horizon_reason": ""}
    try:
        wrong = refute(model, automaton, longest=searched)
    except BistateError as error:
        found["wrong_about"] = f"no search: {error}"
    else:
        found["wrong"], found["wrong_about"] = (
            (None, "none was found") if wrong is None else (wrong.length, wrong.about)
        )
    size = state_size(model)
    if isinstance(model, Baseline):
        found["horizon_reason"] = "not linear in the state"
    elif size is None or size > WIDEST:
        found["horizon_reason"] = f"not looked for: {size} numbers in the state, over {WIDEST}"
    else:
        try:
            horizon = certify(model, automaton, effort=effort).horizon
            found["horizon"] = "infinity" if horizon == math.inf else int(horizon)
        except BistateError as error:
            found["horizon_reason"] = str(error)
    return found


FIGURES = ("validation", "validation_loss", "training_seconds", "wrong", "wrong_about", "horizon")
_SHARE = either(number(0, 1), NOTHING)
RESULT = {
    "run": RECORD,
    "key": TEXT,
    "reason": TEXT,
    "steps": whole(),
    "parameters": whole(1),
    "state": either(whole(1), NOTHING),
    "validation": _SHARE,
    "validation_loss": either(number(), NOTHING),
    "training_seconds": either(number(0), NOTHING),
    "seconds": number(0),
    "wrong": either(whole(), NOTHING),
    "wrong_about": either(TEXT, NOTHING),
    "horizon": either(either(whole(), TEXT), NOTHING),
    "horizon_reason": TEXT,
}


def _read(path: Path, run: Run) -> dict[str, Any]:
    """The result in a file, which has to be one of this very run."""
    try:
        found: dict[str, Any] = read_json(path, SMALL_FILE, SweepError)
        tests = found.pop("tests", None) if isinstance(found, dict) else None
        check_record(found, RESULT, "it", SweepError)
        if found["key"] != run.key or _text(found["run"]) != _text(_plain(run)) or not isinstance(tests, list):
            raise SweepError("it is about another run")
    except SweepError as error:
        raise SweepError(f"{str(path)!r} is no result: {error}; remove it to train again") from None
    return found | {"tests": tests}


def _plain(run: Run) -> dict[str, Any]:
    """The run as JSON values; without the CPU, so that runs are found again that are older than the choice."""
    values = asdict(run) | {"options": dict(run.options), "training": dict(run.training)}
    if run.device == "cpu":
        del values["device"]
    return values


def _text(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, default=dict)
