"""Training: AdamW on the cross-entropy of the states, reproducible from seeds and resumable after a kill.

Everything a step depends on is the weights, the optimiser's moments and the step number: batches and learning
rate are functions of the step. So a checkpoint is small, and on one device with one number of threads a
resumed run is the uninterrupted one, bit for bit.

While a model is trained, subnormal numbers are zero: gradients that fade over long words end there, and processors take
a hundred times as long for them.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ...theory.files.json_file import shown
from ..answers import takes_every
from ..baselines import Baseline
from ..bilinear_rnn import BilinearRNN
from ..checks import known_letters
from ..errors import TrainingError
from ..files.lock import alone_in
from ..files.own_module import config_of, require_finite
from ..layers.base import RecurrentLayer
from ..layers.registry import name_of
from ..losses import Losses, losses_on
from ..recurrence.subnormals import flushed
from ..tasks.batches import Batches
from ..tasks.length_warnings import warn_of_uniform_lengths
from ..tasks.task import StateTracking
from ..tasks.word_table import WordTable
from .accuracy import batch_accuracy, check_fit
from .compared_modules import ComparedWithModules
from .config import TrainConfig, usual_config
from .exact_start import start_near
from .penalties import penalty_of, require_penalties
from .progress import ProgressLine
from .restarts import able, long_accuracy, redraw, seed_of
from .run_directory import CHECKPOINT, Kept, Progressed, Row, RunDirectory, digest
from .settling import settle_trained

if TYPE_CHECKING:
    from ...theory.weights.weights import BilinearWeights


@dataclass(frozen=True, eq=False)
class TrainRun(ComparedWithModules):
    """What training gives back.

    Attributes:
        model: the trained model, the object that was passed in, with the weights of the last step.
        history: one row per validation: step, mean loss since the row before, accuracy, learning rate.
        steps: steps taken.
        stopped: "steps" when all were taken, "target" when validation accuracy ended the run.
        best_accuracy: highest validation accuracy; None without a validation.
        best_step: the step that had it first.
        seconds: time spent, over all pieces of a resumed run.
        directory: where the run was written, or None.
        settled: the largest distance of a letter from taking codes to codes, after settling; None where there was none,
            or it was not taken.
        attempts: trainings from other start values, of which this is the best; `history` and the like are of this one.
        long_accuracy: its accuracy on long words, which is looked at where there may be restarts; else None.
    """

    model: nn.Module
    history: tuple[Row, ...]
    steps: int
    stopped: str
    best_accuracy: float | None
    best_step: int
    seconds: float
    directory: Path | None
    settled: float | None = None
    attempts: int = 1
    long_accuracy: float | None = None


def train(
    model: nn.Module,
    task: Batches,
    config: TrainConfig | None = None,
    directory: str | Path | None = None,
    progress: bool | None = None,
    callback: Callable[[int], object] | None = None,
    start_from: BilinearWeights | None = None,
    noise: float = 0.0,
) -> TrainRun:
    """Train a model in place on a task.

    Args:
        model: a `BilinearRNN`, a `Baseline`, a layer, or any module with `letters`, `states` and
            `forward(words, every=False)`: words (batch, time) to scores (batch, states), or (batch, time, states) when
            `every`. Its device has to be the task's.
        task: the batches: a `StateTracking`, or the table of words of `StateTracking.from_words`.
        config: see `TrainConfig`; None takes `usual_config` of the model's family for a task of this size, and
            `TrainConfig()` for other modules.
        directory: folder for configuration, metrics, checkpoints and the trained model. When it holds an
            interrupted run with the same configuration, that run goes on; when it holds a finished one, its
            model is loaded.
        progress: True or False shows or hides the progress bar, None shows it on a terminal; it appears after
            a second. True without a terminal: a line every ten seconds.
        callback: called after every step with the number of steps done, to look at the model on its way; a restart
            counts from 1 again. It must not change the model, and is not called for steps that an interrupted run has
            behind it.
        start_from: exact weights that the model begins with, instead of its own, see `start_near`.
        noise: how far all of their numbers are moved first; its seed is that of the configuration.

    Returns:
        A `TrainRun`.

    Warns:
        LengthWarning: where long lengths are as likely as short ones.

    Raises:
        ModelError: when the model does not fit the task, or has weights that are not finite.
        CheckpointError: when the directory holds another run or a damaged checkpoint, or is in use by another process.
        TrainingError: when the loss stops being finite; the last checkpoint stays. For penalties that the model or the
            task has no numbers for.
        KeyboardInterrupt: after a checkpoint has been written.
    """
    _require_trainable(model)
    check_fit(model, task)
    warn_of_uniform_lengths(task)
    config = config or usual_settings(model, task)
    require_penalties(model, task, config)
    require_finite(model)
    here = next(model.parameters()).device
    if here.type != torch.device(task.device).type:
        raise TrainingError(f"the model is on {here}, the task makes batches on {task.device}; use one device")
    if start_from is not None:
        _start(model, task, start_from, noise, config.seed)

    def redrawn(seed: int) -> bool:
        """Give the model other start values; False where there are none."""
        if not isinstance(model, BilinearRNN) or (start_from is not None and not noise):
            return False
        redraw(model, seed)
        if start_from is not None:
            _start(model, task, start_from, noise, seed)
        return True

    with (
        ExitStack() as folder,
        _threads(config.threads),
        flushed(),
        known_letters() if isinstance(task, StateTracking | WordTable) else nullcontext(),
        _Interrupt() as interrupt,
        ProgressLine(config.steps, progress) as line,
    ):
        path = None if directory is None else Path(directory)
        old = path is not None and (path / CHECKPOINT).exists()
        if path is not None and old:
            folder.enter_context(alone_in(path))
        session = _Session(model, task, config, directory, redrawn)
        if path is not None and not old:
            folder.enter_context(alone_in(path))
        session.go(interrupt, line, callback)
    done = session.done
    best = done.best_accuracy if done.history else None
    settled = None if done.settled is None or done.settled < 0 else done.settled
    return TrainRun(
        model,
        tuple(done.history),
        done.step,
        done.stopped,
        best,
        done.best_step,
        done.seconds,
        session.path,
        settled,
        done.attempts,
        done.long,
    )


def _start(model: nn.Module, task: Batches, weights: BilinearWeights, noise: float, seed: int) -> None:
    """`start_near`, for weights that have the letters of the task, in its order."""
    automaton = task.automaton if isinstance(task, StateTracking) else None
    if automaton is not None and (weights.letters, weights.states) != (automaton.letters, automaton.labels):
        raise TrainingError(
            f"start_from has letters {shown(weights.letters)} and states {shown(weights.states)}, the task has "
            f"{shown(automaton.letters)} and {shown(automaton.labels)}: realize(automaton, family) has its own"
        )
    start_near(model, weights, noise, seed)


def usual_settings(model: nn.Module, task: Batches) -> TrainConfig:
    """`usual_config` of a family, a baseline's kind or a layer for a task; `TrainConfig()` for any other module."""
    kind = None
    if isinstance(model, BilinearRNN):
        kind = model.transition
    elif isinstance(model, Baseline):
        kind = model.kind
    elif isinstance(model, RecurrentLayer):
        kind = name_of(model)
    return TrainConfig() if kind is None else usual_config(kind, **task.sizes)


def _require_trainable(model: nn.Module) -> None:
    """Raise a `TrainingError` that says what an object lacks to be trained; else do nothing."""
    if not isinstance(model, nn.Module):
        raise TrainingError(f"a torch module is trained, got {type(model).__name__}")
    missing = [name for name in ("letters", "states") if not isinstance(getattr(model, name, None), int)]
    if missing or not takes_every(model):
        lacks = [*missing, *([] if takes_every(model) else ["a keyword `every` of its forward()"])]
        raise TrainingError(
            f"{type(model).__name__} lacks {' and '.join(lacks)}: train takes modules with letters, states and "
            "forward(words, every=False), words (batch, time) to scores (batch, states)"
        )
    if not any(p.requires_grad for p in model.parameters()):
        raise TrainingError(f"{type(model).__name__} has no parameters to be trained")


class _Session:
    """One run of `train`."""

    def __init__(
        self,
        model: nn.Module,
        task: Batches,
        config: TrainConfig,
        directory: str | Path | None,
        redrawn: Callable[[int], bool] = lambda _: False,
    ) -> None:
        self.model, self.task, self.config, self.redrawn = model, task, config, redrawn
        self.held_out = task.held_out(config.validate_size, config.validate_length)
        self.optimizer = _optimizer(model, config)
        self.path = None if directory is None else Path(directory)
        self.files: RunDirectory | None = None
        self.done = Progressed()
        self.kept: Kept = None
        if self.path is not None:
            identity: dict[str, Any] = {
                "train": config.to_json(),
                "model": config_of(model),
                "task": task.fingerprint,
                "start": digest(model.state_dict()),
            }
            if (place := torch.device(task.device).type) != "cpu":  # other devices draw other words
                identity["device"] = place
            self.files = RunDirectory(self.path, identity)
            self.done, self.kept = self.files.open(model, self.optimizer)
        self.losses: Losses = losses_on(next(model.parameters()).device, self.done, config.lr, self.optimizer)

    def go(self, interrupt: _Interrupt, line: ProgressLine, callback: Callable[[int], object] | None) -> None:
        """Attempts until one is right on long words, or all are spent; leaves a checkpoint when interrupted."""
        begun = time.perf_counter() - self.done.seconds
        self.attempt(begun, interrupt, line, callback)
        while self.config.restarts and self.done.long is None and self.again(line):
            self.attempt(begun, interrupt, line, callback)
        self.done.seconds = time.perf_counter() - begun
        if self.files is not None:
            self.files.finish(self.model, self.optimizer, self.done)
            self.files.log_again(self.done.history)

    def attempt(
        self, begun: float, interrupt: _Interrupt, line: ProgressLine, callback: Callable[[int], object] | None
    ) -> None:
        """Steps until the last one, and settling."""
        while not self.done.stopped:
            if self.done.step == self.config.steps:
                self.done.stopped = "steps"
                break
            loss = self.step()
            self.done.seconds = time.perf_counter() - begun
            line.show(self.done.step, loss, self.done.history)
            if callback is not None:
                callback(self.done.step)
            if interrupt.asked:
                self.checkpoint()
                raise KeyboardInterrupt
        if self.config.settle_steps and self.done.settled is None:
            self.settle(interrupt, line)
            self.done.seconds = time.perf_counter() - begun

    def again(self, line: ProgressLine) -> bool:
        """Begin again from other start values if long words are wrong; else come back to the best attempt."""
        done, best = self.done, self.done.kept
        done.long = accuracy = long_accuracy(self.model, self.task)
        if accuracy is None:
            return False
        better = best is None or accuracy > best["long"]
        if accuracy < 1 and done.attempts <= self.config.restarts and (best or able(self.model, self.task)):
            if better:
                best, self.kept = done.end(), {n: value.clone() for n, value in self.model.state_dict().items()}
            if self.redrawn(seed_of(self.config.seed, done.attempts)):
                self.done = Progressed(seconds=done.seconds, attempts=done.attempts + 1, kept=best)
                self.optimizer = _optimizer(self.model, self.config)
                self.losses = losses_on(next(self.model.parameters()).device, self.done, self.config.lr, self.optimizer)
                line.turn_to(f"attempt {self.done.attempts} of {self.config.restarts + 1}", self.config.steps)
                self.checkpoint()
                if self.files is not None:
                    self.files.log_again([])
                return True
        elif best is not None and not better:
            done.take(best)
            self.model.load_state_dict(self.kept or {})
            self.optimizer = _optimizer(self.model, self.config)  # moments of the last attempt are not of this one
        done.kept = self.kept = None
        return False

    def step(self) -> float:
        """One optimiser step, and the validation and checkpoint that are due after it."""
        done, config = self.done, self.config
        x, y = self.task.batch(config.batch, done.step, stream=seed_of(config.seed, done.attempts - 1) + 2)
        loss = cross_entropy(self.model, x, y, config.label_smoothing)
        if isinstance(self.model, BilinearRNN) and (config.growth_penalty or config.spread_penalty):
            loss = loss + penalty_of(self.model, self.task, x, config)
        value = self.losses.note(loss.detach(), done.step)
        self.optimizer.zero_grad()
        loss.backward()
        if config.grad_clip is not None:
            nn.utils.clip_grad_norm_(self.model.parameters(), config.grad_clip)
        for group in self.optimizer.param_groups:
            group["lr"] = config.rate(done.step)
        self.optimizer.step()
        done.step += 1
        if done.step % config.validate_every == 0 or done.step == config.steps:
            self.validate()
        if done.step % config.checkpoint_every == 0:
            self.checkpoint()
        return value

    def settle(self, interrupt: _Interrupt, line: ProgressLine) -> None:
        """What comes after the last step. An interrupt leaves the model as it was: settling changes it at its end."""
        self.checkpoint()
        line.turn_to("settling", self.config.settle_steps)

        def look(step: int, distance: float) -> None:
            line.reach(step, f"largest distance {distance:.1e}")
            if interrupt.asked:
                raise KeyboardInterrupt

        found = settle_trained(self.model, self.task, self.held_out, self.config.settle_steps, look)
        if found is not None:
            self.done.settled = found.after if found.taken else -1.0

    def validate(self) -> None:
        """Add a row to the history, and stop when the target has been met often enough."""
        done, config = self.done, self.config
        self.losses.look()
        accuracy = batch_accuracy(self.model, self.held_out)
        row: Row = {
            "step": done.step,
            "loss": done.loss_sum / done.loss_count,
            "accuracy": accuracy,
            "lr": config.rate(done.step - 1),
        }
        done.loss_sum, done.loss_count = 0.0, 0
        done.history.append(row)
        if accuracy > done.best_accuracy:
            done.best_accuracy, done.best_step = accuracy, done.step
        if config.target is not None:
            done.in_a_row = done.in_a_row + 1 if accuracy >= config.target else 0
            done.stopped = "target" if done.in_a_row >= config.patience else ""
        if self.files is not None:
            self.files.log(row)

    def checkpoint(self) -> None:
        """Write the checkpoint, when there is a directory; never one after a loss that is not finite."""
        self.losses.look()
        if self.files is not None:
            self.files.save(self.model, self.optimizer, self.done, self.kept)


def _optimizer(model: nn.Module, config: TrainConfig) -> torch.optim.AdamW:
    # `fused` does the whole update in one call; the other choices spend more time in Python than in arithmetic.
    return torch.optim.AdamW(
        _groups(model, config),
        lr=config.lr,
        betas=(0.9, config.beta2),
        weight_decay=config.weight_decay,
        fused=True,
    )


def _groups(model: nn.Module, config: TrainConfig) -> list[dict[str, object]]:
    """Parameters that are shrunk, and those of the transitions if these are not to be."""
    layers = [module for module in model.modules() if isinstance(module, BilinearRNN)]  # itself, or those of a stack
    transitions = [p for layer in layers for p in layer.family.parameters()]
    if config.decay_transitions or not transitions:
        return [{"params": list(model.parameters())}]
    kept = set(map(id, transitions))
    others = [p for p in model.parameters() if id(p) not in kept]
    return [{"params": others}, {"params": transitions, "weight_decay": 0.0}]


def cross_entropy(model: nn.Module, x: Tensor, y: Tensor, smoothing: float = 0.0) -> Tensor:
    """Mean cross-entropy of the states; `y` of shape (batch,) labels the last position, (batch, time) every
    one.
    """
    logits = model(x, every=y.ndim == 2)
    return nn.functional.cross_entropy(logits.flatten(0, -2), y.flatten(), label_smoothing=smoothing)


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    """Torch's number of threads inside the block."""
    before = torch.get_num_threads()
    if count is not None:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Interrupt:
    """Holds Ctrl-C back until the step is over, so that a checkpoint never sees half an update; a second one
    acts at once.
    """

    def __init__(self) -> None:
        self.asked = False
        self.main = threading.current_thread() is threading.main_thread()

    def __enter__(self) -> _Interrupt:
        if self.main:
            self.before = signal.signal(signal.SIGINT, self._ask)
        return self

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def __exit__(self, *_: object) -> None:
        if self.main:
            signal.signal(signal.SIGINT, self.before)
