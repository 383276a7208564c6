"""Training that begins again: which attempt is kept, when there is none, and what a killed run does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from bistate.models import (
    BilinearRNN,
    StateTracking,
    TrainConfig,
    TrainRun,
    evaluate,
    train,
    train_ensemble,
    usual_config,
)
from bistate.models.errors import CheckpointError
from bistate.models.files.atomic import write_tensors
from bistate.models.training import ensemble, restarts, train_run
from bistate.models.training.restarts import STRIDE
from bistate.theory import Automaton, realize
from safetensors import safe_open
from safetensors.torch import load_file

TASK = StateTracking(Automaton.parity(), lengths=(1, 6))
SHORT = TrainConfig(steps=12, batch=8, validate_every=4, validate_size=16, checkpoint_every=5, restarts=3, threads=1)


def new(seed: int = 5, transition: str = "full") -> BilinearRNN:
    return BilinearRNN(letters=2, hidden=4, states=2, transition=transition, seed=seed)


def alone(attempt: int, steps: int = 12) -> BilinearRNN:
    """What an attempt comes to by itself."""
    model, seed = new(5 if attempt == 0 else 7 + attempt * STRIDE), 7 + attempt * STRIDE
    train(model, TASK, replace(SHORT, seed=seed, restarts=0, steps=steps), progress=False)
    return model


def same(first: torch.nn.Module, second: torch.nn.Module) -> bool:
    pairs = zip(first.parameters(), second.parameters(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[int]]:
    """Long words are right as often as these numbers say, one attempt after the other."""

    def says(*values: float) -> list[int]:
        asked, answers = [], iter(values)

        def answer(*_: object) -> float:
            asked.append(1)
            return next(answers)

        monkeypatch.setattr(train_run, "long_accuracy", answer)
        monkeypatch.setattr(ensemble, "long_accuracy", answer)
        return asked

    return says


def run_of(config: TrainConfig = SHORT, **options: object) -> TrainRun:
    return train(new(), TASK, replace(config, seed=7), progress=False, **options)  # type: ignore[arg-type]


def test_the_best_attempt_is_kept(says: Callable[..., list[int]]) -> None:
    says(0.3, 0.8, 0.5, 0.8)
    run = run_of()
    assert (run.attempts, run.long_accuracy, run.steps) == (4, 0.8, 12)
    assert same(run.model, alone(1))
    assert not same(run.model, alone(3))


def test_the_last_attempt_may_be_the_best(says: Callable[..., list[int]]) -> None:
    says(0.3, 0.8, 0.5, 0.9)
    run = run_of()
    assert (run.attempts, run.long_accuracy) == (4, 0.9)
    assert same(run.model, alone(3))


def test_it_ends_with_the_first_that_is_right(says: Callable[..., list[int]]) -> None:
    asked = says(0.3, 1.0)
    run = run_of()
    assert (run.attempts, run.long_accuracy, len(asked)) == (2, 1.0, 2)
    assert same(run.model, alone(1))


def test_without_restarts_nothing_is_looked_at(says: Callable[..., list[int]]) -> None:
    asked = says()
    run = run_of(replace(SHORT, restarts=0))
    assert (run.attempts, run.long_accuracy, asked) == (1, None, [])


def test_a_stack_begins_again_with_those_that_are_wrong(says: Callable[..., list[int]]) -> None:
    says(1.0, 0.3, 0.2, 0.6, 0.5)
    models = [new(), new()]
    train_ensemble(models, TASK, [replace(SHORT, seed=7)] * 2, progress=False)
    assert same(models[1], alone(2))
    assert not same(models[0], models[1])


@pytest.mark.parametrize(
    ("model", "task"),
    [
        (BilinearRNN(3, 4, 3, transition="diagonal"), StateTracking(Automaton.modular_addition(3), lengths=(1, 6))),
        (BilinearRNN(3, 1, 3), StateTracking(Automaton.modular_addition(3), lengths=(1, 6))),
        (torch.nn.Linear(1, 1), TASK),
        (new(), StateTracking.from_words(["ab", "a", "b", "ba"] * 3, [0, 1, 0, 1] * 3)),
    ],
    ids=["a family that cannot", "too small", "another module", "words"],
)
def test_where_no_attempt_can_be_right_there_is_one(model: torch.nn.Module, task: StateTracking) -> None:
    assert not restarts.able(model, task)


def test_a_family_that_cannot_do_the_task_is_trained_once() -> None:
    task = StateTracking(Automaton.modular_addition(3), lengths=(1, 6))
    run = train(BilinearRNN(3, 4, 3, transition="diagonal"), task, SHORT, progress=False)
    assert run.attempts == 1
    assert run.long_accuracy is not None
    assert run.long_accuracy < 1


def test_from_exact_weights_other_start_values_are_other_noise() -> None:
    weights = realize(TASK.automaton, "full")
    still = replace(SHORT, lr=1e-9, weight_decay=0.0)
    plain = train(new(), TASK, still, progress=False, start_from=weights)
    assert (plain.attempts, plain.long_accuracy) == (1, 1.0)
    noisy = train(new(), TASK, still, progress=False, start_from=weights, noise=3.0)
    assert noisy.attempts > 1


def test_long_words_decide() -> None:
    """An angle that is off by 0.002 shows after 3000 letters, a third of which have it, and not after six."""
    task = StateTracking(Automaton.modular_addition(3), lengths=(1, 6))
    model = BilinearRNN.from_weights(realize(task.automaton, "rotation"), transition="rotation", dtype=torch.float32)
    assert restarts.long_accuracy(model, task) == 1.0
    with torch.no_grad():
        model.family.weight[1] += 0.002
    assert evaluate(model, task, length=6) == 1.0
    assert restarts.long_accuracy(model, task) < 0.9  # type: ignore[operator]


def test_a_best_attempt_that_ended_sooner_is_loaded_again(
    says: Callable[..., list[int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The optimiser of the last attempt has taken more steps than the best one has."""
    says(0.8, 0.3)
    reached = iter((1.0, 0.0, 0.0, 0.0))
    monkeypatch.setattr(train_run, "batch_accuracy", lambda *_: next(reached))
    config = replace(SHORT, restarts=1, target=0.9, patience=1)
    run = run_of(config, directory=tmp_path)
    assert (run.steps, run.stopped, run.attempts) == (4, "target", 2)
    loaded = run_of(config, directory=tmp_path)
    assert (loaded.steps, loaded.stopped, loaded.attempts) == (4, "target", 2)
    assert same(loaded.model, run.model)


class Killed(Exception):
    pass


@pytest.mark.parametrize("at", [(1, 7), (2, 3), (3, 11), (4, 12)])
def test_a_killed_run_goes_on_bit_for_bit(says: Callable[..., list[int]], tmp_path: Path, at: tuple[int, int]) -> None:
    values = (0.3, 0.8, 0.5, 0.6)
    says(*values)
    whole = run_of(directory=tmp_path / "whole")
    says(*values)
    attempt = 0

    def killed(step: int) -> None:
        nonlocal attempt
        attempt += step == 1
        if (attempt, step) == at:
            raise Killed

    with pytest.raises(Killed):
        run_of(directory=tmp_path / "killed", callback=killed)
    says(*values[at[0] - 1 :])
    again = run_of(directory=tmp_path / "killed")
    assert same(again.model, whole.model)
    assert (again.attempts, again.long_accuracy, again.history) == (4, 0.8, whole.history)
    for name in ("metrics.jsonl", "model.safetensors"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    says()  # a finished run is loaded, and asked nothing
    loaded = run_of(directory=tmp_path / "killed")
    assert same(loaded.model, whole.model)
    assert (loaded.attempts, loaded.long_accuracy) == (4, 0.8)


def test_a_damaged_attempt_is_refused(says: Callable[..., list[int]], tmp_path: Path) -> None:
    says(0.3, 0.5)

    def killed(step: int) -> None:
        if (tmp_path / "r" / "seen").exists() and step == 7:
            raise Killed
        if step == 12:
            (tmp_path / "r" / "seen").touch()

    with pytest.raises(Killed):
        run_of(directory=tmp_path / "r", callback=killed)
    path = tmp_path / "r" / "checkpoint.safetensors"
    with safe_open(path, "pt") as file:
        (text,) = file.metadata().values()
    note, tensors = json.loads(text), load_file(path)
    assert {name.split(".")[0] for name in tensors} == {"model", "optimizer", "kept"}
    for field, value in (("long", 2.0), ("history", [{"step": -1}]), ("stopped", ""), ("best_step", None)):
        changed = json.loads(json.dumps(note))
        changed["done"]["kept"][field] = value
        write_tensors(path, tensors, changed)
        with pytest.raises(CheckpointError, match=r"its best attempt|a row of the history"):
            run_of(directory=tmp_path / "r")


def test_the_usual_settings_ask_for_restarts() -> None:
    assert usual_config("monomial").restarts == 7
    assert usual_config("full").restarts == 3
    assert usual_config("lstm").restarts == 0
    assert "restarts" not in usual_config("lstm").to_json()
