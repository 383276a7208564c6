"""The whole idea on one small task: construct, train, compare, repair, prove, report.

`demo` is the road map; each stage tells a listener what came out, so that a screen can follow. Trainings run in
processes of their own with one thread each, so the results do not depend on how many run side by side.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...models.bilinear_rnn import BilinearRNN
from ...models.files.storage import load_model
from ...models.tasks.task import StateTracking, word_pieces
from ...models.training.accuracy import evaluate
from ...models.training.config import TrainConfig
from ...models.training.train_run import train
from ...theory.automata.automaton import Automaton
from ...theory.constructions.choose import realize
from ...theory.constructions.obstructions import require_permutations
from ...theory.weights.rung import Rung
from ...theory.weights.weights import BilinearWeights
from ..comparison.comparison import Comparison, compare
from ..comparison.exact_repair import snap
from ..errors import ReportError, SnapError
from ..networks.threads import one_thread
from ..task_texts import parse_task
from .report_folder import check_place, report

HIDDEN, LENGTHS, LONG = 64, (2, 10), 500
WORDS, VERY_LONG = 1000, 10_000
PASSED = 0.995  # an accuracy that rounds to 1.00
WITHOUT = "trained without normalisation"

Listener = Callable[["Stage"], None]


@dataclass(frozen=True)
class Stage:
    """One line of the demo's story.

    Attributes:
        key: which stage, for programs: "exact", "seed0", …, "unnormalised", "compare", "snap", "run", "report".
        title: what is done, for people.
        state: "waiting", "running", "done" or "failed".
        result: what came out, for people.
    """

    key: str
    title: str
    state: str
    result: str = ""


@dataclass(frozen=True)
class Training:
    """One training run of the demo: seed, whether it normalised, where it lies, accuracy at lengths 500 and 10."""

    seed: int
    normalize: bool
    directory: str
    accuracy: float
    accuracy_short: float
    seconds: float


@dataclass(frozen=True)
class DemoResult:
    """What the demo showed.

    Attributes:
        task: its name.
        exact: what was built and proved.
        trainings: the runs, the one without normalisation last.
        spectrum: irrep spectrum of the first seed.
        learned: irreps it learned.
        aligned_distance: learned to exact weights; infinity if nothing usable was learned.
        snapped: what the repair is; "" if there is none.
        proved: whether the repair is proved for words of every length.
        accuracy_model: of the repair as a torch model on long random words.
        accuracy_exact: of the repair in exact arithmetic on the same words.
        report: the HTML file.
        broken: promises that were not kept, in words.
    """

    task: str
    exact: str
    trainings: tuple[Training, ...]
    spectrum: dict[str, float]
    learned: tuple[str, ...]
    aligned_distance: float
    snapped: str
    proved: bool
    accuracy_model: float | None
    accuracy_exact: float | None
    report: Path
    broken: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """The figures as plain JSON values."""
        distance = self.aligned_distance if np.isfinite(self.aligned_distance) else None
        return asdict(self) | {
            "aligned_distance": distance,
            "report": str(self.report),
            "words": WORDS,
            "length": VERY_LONG,
        }


def demo(
    text: str,
    directory: str | Path,
    *,
    seeds: int = 3,
    steps: int = 1500,
    workers: int | None = None,
    listener: Listener | None = None,
    device: str = "cpu",
) -> DemoResult:
    """Run the demo on a group task.

    Args:
        text: the task, see `parse_task`; its group needs known irreps.
        directory: folder for runs and report; trainings already there go on or are loaded.
        seeds: models trained with normalisation, seeds 0, 1, …
        steps: training steps of each.
        workers: processes side by side; None: 2, or 1 on a one-core machine. With 0 all runs in this process.
        listener: called with a `Stage` whenever one starts or ends.
        device: where models are trained; everything else runs on the CPU.

    Raises:
        RungError, RepresentationError: if no exact block weights can be built for the task.
        CheckpointError: if the folder holds runs with other settings.
        ReportError: for fewer than one seed, or a folder that cannot be used.
    """
    if seeds < 1:
        raise ReportError(f"seeds={seeds} has to be at least 1")
    place, tell = Path(directory), listener or (lambda stage: None)
    check_place(place / "report")
    TrainConfig(steps=steps)  # complains about the number of steps before anything is done
    automaton = parse_task(text)
    with one_thread():
        exact = _exact(automaton, text, tell)
        plans = [(seed, True) for seed in range(seeds)] + [(0, False)]
        trainings = _train_all(text, plans, steps, place, workers, tell, device)
        first, other = (load_model(trainings[k].directory) for k in (0, -1))
        comparison = _compare(first, automaton, tell)
        snapped, proved = _snap(first, automaton, comparison, tell)
        right = (None, None) if snapped is None else _run_long(snapped, automaton, tell)
        tell(Stage("report", "write the report", "running"))
        written = report(
            first,
            automaton,
            place / "report",
            others={WITHOUT: other},
            title=text,
            comparison=comparison,
            trained=LENGTHS,
        )
        tell(Stage("report", "write the report", "done", str(written.path)))
    return DemoResult(
        task=text,
        exact=exact,
        trainings=tuple(trainings),
        spectrum=comparison.spectrum,
        learned=comparison.learned,
        aligned_distance=comparison.aligned_distance,
        snapped="" if snapped is None else repr(snapped),
        proved=proved,
        accuracy_model=right[0],
        accuracy_exact=right[1],
        report=written.path,
        broken=tuple(_broken(trainings[:-1], proved, right)),
    )


def titles(seeds: int) -> list[Stage]:
    """All stages as they wait, in the order they will come."""
    names = [
        ("exact", EXACT),
        *((f"seed{k}", _title(k, True)) for k in range(seeds)),
        ("unnormalised", _title(0, False)),
    ]
    names += [("compare", COMPARE), ("snap", SNAP), ("run", RUN), ("report", "write the report")]
    return [Stage(key, title, "waiting") for key, title in names]


EXACT = "build exact weights from the group"
COMPARE = "compare learned and exact weights"
SNAP = "repair: replace learned by exact weights"
RUN = f"run the repaired network on {WORDS} words of length {VERY_LONG}"


def _title(seed: int, normalize: bool) -> str:
    how = "" if normalize else ", WITHOUT normalising the hidden state"
    return f"train on lengths {LENGTHS[0]}-{LENGTHS[1]}, seed {seed}{how}"


def _exact(automaton: Automaton, text: str, tell: Listener) -> str:
    tell(Stage("exact", EXACT, "running"))
    require_permutations(automaton, Rung.BLOCK)  # what follows compares with representations of a group
    weights = realize(automaton, rung="block")
    verdict = weights.prove(automaton)
    assert verdict.proved  # realize proves what it returns
    summary = f"{weights.note}, hidden size {weights.hidden_size}"
    tell(Stage("exact", EXACT, "done", f"{summary}; proved for words of every length"))
    return summary


def _train_all(
    text: str,
    plans: Sequence[tuple[int, bool]],
    steps: int,
    place: Path,
    workers: int | None,
    tell: Listener,
    device: str,
) -> list[Training]:
    """Train every plan; results come in the order of the plans."""
    count = min(2, os.cpu_count() or 1) if workers is None else workers
    jobs = [
        (text, seed, normalize, steps, str(place / "runs" / _key(seed, normalize)), device) for seed, normalize in plans
    ]
    begin = iter([Stage(_key(*plan), _title(*plan), "running") for plan in plans])
    for stage in islice(begin, max(count, 1)):
        tell(stage)
    found = []
    with _pool(count) as submit:
        for future in [submit(train_one, *job) for job in jobs]:
            found.append(future.result())
            tell(_trained(found[-1]))
            for stage in islice(begin, 1):
                tell(stage)
    return found


def _key(seed: int, normalize: bool) -> str:
    return f"seed{seed}" if normalize else "unnormalised"


def _trained(run: Training) -> Stage:
    short = f"{run.accuracy_short:.3f} at length {LENGTHS[1]}"
    text = f"accuracy {short}, {run.accuracy:.3f} at length {LONG} ({run.seconds:.1f} s)"
    good = run.accuracy >= PASSED or not run.normalize
    return Stage(_key(run.seed, run.normalize), _title(run.seed, run.normalize), "done" if good else "failed", text)


def train_one(text: str, seed: int, normalize: bool, steps: int, directory: str, device: str = "cpu") -> Training:
    """Train one model with one thread, or load it if it is there; then measure it at lengths 10 and 500."""
    automaton = parse_task(text)
    sizes: dict[str, Any] = {"letters": len(automaton.letters), "hidden": HIDDEN, "states": len(automaton.states)}
    model = BilinearRNN(**sizes, normalize=normalize, seed=seed, device=device)
    task = StateTracking(automaton, lengths=LENGTHS, device=device)
    with one_thread():
        config = TrainConfig(steps=steps, seed=seed, threads=1)
        run = train(model, task, config, directory=directory, progress=False)
        model.cpu()
        short, long = (evaluate(model, automaton, length, size=WORDS) for length in (LENGTHS[1], LONG))
    return Training(seed, normalize, directory, long, short, run.seconds)


@contextmanager
def _pool(workers: int) -> Iterator[Callable[..., Future[Training]]]:
    """A `submit`: to fresh processes, or at once in this one when `workers` is 0."""
    if workers < 1:
        yield _at_once
        return
    pool: Executor = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))
    try:
        yield pool.submit
    finally:
        pool.shutdown(cancel_futures=True)


def _at_once(function: Callable[..., Training], *args: Any) -> Future[Training]:
    future: Future[Training] = Future()
    future.set_result(function(*args))
    return future


def _compare(model: BilinearRNN, automaton: Automaton, tell: Listener) -> Comparison:
    tell(Stage("compare", COMPARE, "running"))
    found = compare(model, automaton)
    shares = ", ".join(f"{label} {found.spectrum[label]:.0%}" for label in found.learned) or "no irreps"
    text = f"learned the irreps {shares}; distance to exact {found.aligned_distance:.2g}"
    tell(Stage("compare", COMPARE, "done" if found.used else "failed", text))
    return found


def _snap(
    model: BilinearRNN, automaton: Automaton, comparison: Comparison, tell: Listener
) -> tuple[BilinearWeights | None, bool]:
    tell(Stage("snap", SNAP, "running"))
    try:
        weights = snap(model, automaton, comparison=comparison)
    except SnapError as error:
        tell(Stage("snap", SNAP, "failed", str(error)))
        return None, False
    verdict = weights.prove(automaton)
    text = f"hidden size {model.hidden} → {weights.hidden_size}; {verdict.outcome}: {verdict.reason}"
    tell(Stage("snap", SNAP, "done" if verdict.proved else "failed", text))
    return weights, verdict.proved


def _run_long(weights: BilinearWeights, automaton: Automaton, tell: Listener) -> tuple[float, float]:
    """Accuracy of the repair on long random words: as a torch model, and in exact arithmetic."""
    tell(Stage("run", RUN, "running"))
    floats = evaluate(BilinearRNN.from_weights(weights), automaton, VERY_LONG, size=WORDS)
    pieces = [(x.numpy(), y.numpy()) for x, y in word_pieces(automaton, WORDS, VERY_LONG, 0, torch.device("cpu"))]
    words = np.concatenate([x for x, _ in pieces], axis=1)  # (words, length)
    exact = float((weights.predict_batch(words) == pieces[-1][1][:, -1]).mean())
    good = min(floats, exact) == 1
    tell(
        Stage(
            "run", RUN, "done" if good else "failed", f"accuracy {floats:.4f} in torch, {exact:.4f} in exact arithmetic"
        )
    )
    return floats, exact


def _broken(seeds: Sequence[Training], proved: bool, right: tuple[float | None, float | None]) -> Iterator[str]:
    """The demo's promises that were not kept."""
    for run in seeds:
        if run.accuracy < PASSED:
            yield f"seed {run.seed} has accuracy {run.accuracy:.3f} at length {LONG}, not 1.00"
    if not proved:
        yield "the repair is not proved"
    elif right != (1.0, 1.0):
        yield f"the repair has accuracy {right[0]} in torch and {right[1]} exactly at length {VERY_LONG}, not 1"
