"""Training: reproducible, resumable bit for bit after any kill, never half a file, clear refusals."""

import errno
import json
import math
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import safetensors
import torch
from bistate.models import (
    BilinearRNN,
    CheckpointError,
    ModelError,
    StateTracking,
    TaskError,
    TrainConfig,
    TrainingError,
    TrainRun,
    accuracy_by_length,
    evaluate,
    load_model,
    save_model,
    train,
    usual_config,
)
from bistate.models.files import atomic as storage
from bistate.models.tasks.task import word_pieces
from bistate.models.training import run_directory as run_directory_module
from bistate.theory.automata.automaton import Automaton
from bistate.verify import parse_task

C3 = Automaton.modular_addition(3)
C5 = Automaton.modular_addition(5)
SMALL = TrainConfig(steps=200, batch=16, validate_every=30, validate_size=32, checkpoint_every=40, threads=1)


def note_of(path: Path) -> Any:
    """The JSON note of a checkpoint, read with nothing of ours."""
    with safetensors.safe_open(path, framework="pt") as file:
        return json.loads(file.metadata()["bistate"])


def model(seed: int = 0, **options: object) -> BilinearRNN:
    return BilinearRNN(3, 8, 3, seed=seed, **options)  # type: ignore[arg-type]


def run(directory: Path | None = None, config: TrainConfig = SMALL, seed: int = 0) -> TrainRun:
    return train(model(seed), StateTracking(C3, lengths=(2, 6)), config, directory, progress=False)


def same_weights(one: BilinearRNN, two: BilinearRNN) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))


class Killed(BaseException):
    pass


def kill_at(step: int, monkeypatch: pytest.MonkeyPatch, error: type[BaseException] = Killed) -> None:
    """Make the task fail when batch number `step` is asked for, as a kill would."""
    original = StateTracking.batch

    def batch(self: StateTracking, size: int, number: int, stream: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
        if number == step and stream > 1:
            raise error
        return original(self, size, number, stream)

    monkeypatch.setattr(StateTracking, "batch", batch)


def test_the_defaults_reach_length_500_and_only_with_normalisation() -> None:
    task = StateTracking(C5)
    good = train(BilinearRNN(5, 64, 5, seed=0), task, TrainConfig(threads=1), progress=False)
    assert evaluate(good.model, C5, 500, size=300) == 1.0
    assert good.stopped == "steps"
    assert good.best_accuracy == 1.0
    bad = train(BilinearRNN(5, 64, 5, seed=0, normalize=False), task, TrainConfig(threads=1), progress=False)
    assert evaluate(bad.model, C5, 500, size=300) < 0.9


def test_runs_repeat_exactly_and_leave_the_global_state_alone() -> None:
    torch.manual_seed(3)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    one, two = run(), run()
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads
    assert same_weights(one.model, two.model)
    assert one.history == two.history
    assert not same_weights(one.model, run(config=replace(SMALL, seed=1)).model)


def test_a_directory_changes_no_weight(tmp_path: Path) -> None:
    assert same_weights(run().model, run(tmp_path / "a").model)


def test_a_callback_sees_every_step_and_changes_no_weight(tmp_path: Path) -> None:
    watched, seen = model(), {}

    def look(step: int) -> None:
        seen[step] = watched.readout.detach().clone()
        if step == 117:
            raise Killed

    task = StateTracking(C3, lengths=(2, 6))
    with pytest.raises(Killed):
        train(watched, task, SMALL, tmp_path, progress=False, callback=look)
    assert list(seen) == list(range(1, 118))
    steps: list[int] = []
    resumed = train(model(), task, SMALL, tmp_path, progress=False, callback=steps.append)
    assert steps == list(range(81, 201))  # after the checkpoint at 80
    assert same_weights(resumed.model, run().model)
    assert not torch.equal(seen[116], seen[117])


@pytest.mark.parametrize("step", [0, 39, 41, 117, 199])
def test_a_killed_run_resumes_bit_for_bit(step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    straight = run(tmp_path / "straight")
    with monkeypatch.context() as patch:
        kill_at(step, patch)
        with pytest.raises(Killed):
            run(tmp_path / "killed")
    resumed = run(tmp_path / "killed")
    assert same_weights(straight.model, resumed.model)
    assert resumed.history == straight.history
    assert resumed.steps == 200
    lines = [(tmp_path / name / "metrics.jsonl").read_text() for name in ("straight", "killed")]
    assert lines[0] == lines[1]
    assert [json.loads(line)["step"] for line in lines[1].splitlines()] == [30, 60, 90, 120, 150, 180, 200]
    assert same_weights(load_model(tmp_path / "killed"), straight.model)


def test_sigkill_in_another_process_resumes_bit_for_bit(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from bistate.models import BilinearRNN, StateTracking, TrainConfig, train
        from bistate.theory.automata.automaton import Automaton
        config = TrainConfig(steps=400, batch=16, validate_every=30, validate_size=32, checkpoint_every=20, threads=1)
        task = StateTracking(Automaton.modular_addition(3), lengths=(2, 6))
        train(BilinearRNN(3, 8, 3, seed=0), task, config, Path(sys.argv[1]), progress=False)
    """)
    place = tmp_path / "run"
    code = _loader() + script
    child = subprocess.Popen([sys.executable, "-c", code, str(place)])
    deadline = time.monotonic() + 60
    metrics = place / "metrics.jsonl"
    while time.monotonic() < deadline and not (metrics.exists() and len(metrics.read_text().splitlines()) >= 2):
        assert child.poll() is None, "the run ended before it could be killed"
        time.sleep(0.002)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    assert not (place / "model.json").exists()
    config = TrainConfig(steps=400, batch=16, validate_every=30, validate_size=32, checkpoint_every=20, threads=1)
    resumed, straight = run(place, config), run(tmp_path / "straight", config)
    assert same_weights(resumed.model, straight.model)
    assert (place / "metrics.jsonl").read_text() == (tmp_path / "straight" / "metrics.jsonl").read_text()


def _loader() -> str:
    """Paths of this process for the child."""
    return f"import sys; sys.path[:0] = {sys.path!r}\n"


def test_ctrl_c_writes_a_checkpoint_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    straight = run()
    original = StateTracking.batch

    def batch(self: StateTracking, size: int, number: int, stream: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
        if number == 117 and stream > 1:
            os.kill(os.getpid(), signal.SIGINT)  # arrives in the middle of step 117
        return original(self, size, number, stream)

    handler = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patch:
        patch.setattr(StateTracking, "batch", batch)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path)
    assert signal.getsignal(signal.SIGINT) is handler
    note = note_of(tmp_path / "checkpoint.safetensors")
    assert note["done"]["step"] == 118
    assert same_weights(run(tmp_path).model, straight.model)


def test_a_kill_during_writing_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage.write_atomically(tmp_path / "a", b"old")

    def fail(handle: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        storage.write_atomically(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_full_disk_names_the_file_and_keeps_the_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []

    def full(handle: int) -> None:
        written.append(handle)
        if len(written) > 5:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device") as caught:
        run(tmp_path)
    assert caught.value.filename == str(tmp_path / "checkpoint.safetensors")
    note = note_of(tmp_path / "checkpoint.safetensors")
    assert note["done"]["step"] == 80
    assert not [p.name for p in tmp_path.iterdir() if p.name.startswith(".")]
    monkeypatch.undo()
    assert run(tmp_path).steps == SMALL.steps


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_named() -> None:
    with pytest.raises(ModelError, match=r"device 'cuda' cannot be used: .*; device='cpu' is always there"):
        model(device="cuda")
    with pytest.raises(TaskError, match="device 'cuda' cannot be used"):
        StateTracking(C3, device="cuda")
    with pytest.raises(ModelError, match="device 'gpu' cannot be used"):
        model(device="gpu")


def test_a_finished_run_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(tmp_path)
    kill_at(0, monkeypatch)  # no batch may be asked for
    again = run(tmp_path)
    assert same_weights(first.model, again.model)
    assert again.history == first.history


def test_the_same_model_object_may_go_on(tmp_path: Path) -> None:
    task, mine = StateTracking(C3, lengths=(2, 6)), model()
    first = train(mine, task, SMALL, tmp_path, progress=False)
    second = train(mine, task, SMALL, tmp_path, progress=False)
    assert first.history == second.history


@pytest.mark.parametrize("keep", [0, 7, 100, -1])
def test_a_truncated_checkpoint_is_refused(keep: int, tmp_path: Path) -> None:
    run(tmp_path)
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(CheckpointError, match=r"cannot read .*checkpoint\.safetensors, truncated"):
        run(tmp_path)


@pytest.mark.parametrize(
    ("config", "seed", "message"),
    [
        (replace(SMALL, lr=0.01), 0, r"train\.lr is 0.003 there, 0.01 here"),
        (replace(SMALL, seed=5), 0, r"train\.seed is 0 there, 5 here"),
        (SMALL, 9, r"start weights .* \(another seed\?\)"),
    ],
)
def test_another_run_in_the_directory_is_refused(config: TrainConfig, seed: int, message: str, tmp_path: Path) -> None:
    run(tmp_path)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(CheckpointError, match=message):
        run(tmp_path, config, seed)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_directory_of_something_else_is_refused(tmp_path: Path) -> None:
    save_model(model(), tmp_path / "model")
    with pytest.raises(CheckpointError, match=r"holds model\.json but no checkpoint"):
        run(tmp_path / "model")
    (tmp_path / "file").write_text("x")
    with pytest.raises(CheckpointError, match="is a file"):
        run(tmp_path / "file")
    run(tmp_path / "run")
    with pytest.raises(CheckpointError, match=r"task\.lengths"):
        train(model(), StateTracking(C3, lengths=(2, 7)), SMALL, tmp_path / "run", progress=False)


def test_a_foreign_safetensors_file_is_refused(tmp_path: Path) -> None:
    import safetensors.torch

    safetensors.torch.save_file({"a": torch.zeros(1)}, tmp_path / "checkpoint.safetensors")
    with pytest.raises(CheckpointError, match="not one that bistate wrote"):
        run(tmp_path)


def test_a_loss_that_is_not_finite_stops_and_keeps_the_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = BilinearRNN.forward
    calls = 0

    def forward(self: BilinearRNN, x: torch.Tensor, every: bool = False) -> torch.Tensor:
        nonlocal calls
        calls += torch.is_grad_enabled()
        logits = original(self, x, every)
        return logits * float("nan") if calls == 91 else logits

    monkeypatch.setattr(BilinearRNN, "forward", forward)
    with pytest.raises(TrainingError, match="loss is nan at step 90"):
        run(tmp_path)
    note = note_of(tmp_path / "checkpoint.safetensors")
    assert note["done"]["step"] == 80
    assert not (tmp_path / "model.json").exists()


def test_weights_that_are_not_finite_are_never_written(tmp_path: Path) -> None:
    broken = model()
    torch.nn.init.constant_(broken.readout, float("inf"))
    with pytest.raises(ModelError, match=r"readout\[0, 0\] is inf"):
        save_model(broken, tmp_path / "m")
    with pytest.raises(ModelError, match="inf"):
        train(broken, StateTracking(C3), SMALL, tmp_path / "r", progress=False)
    assert list(tmp_path.iterdir()) == []


def test_early_stop_needs_the_target_several_times_running() -> None:
    config = replace(SMALL, steps=3000, target=0.9, patience=3, validate_every=20)
    stopped = run(config=config)
    assert stopped.stopped == "target"
    assert stopped.steps < 3000
    met = [row["accuracy"] >= 0.9 for row in stopped.history]
    assert met[-3:] == [True] * 3
    assert not any(all(met[i : i + 3]) for i in range(len(met) - 3))
    assert stopped.best_accuracy == max(row["accuracy"] for row in stopped.history)


def test_validation_length_and_every_position_labels() -> None:
    task = StateTracking(C3, lengths=(2, 6), every=True)
    done = train(model(), task, replace(SMALL, validate_length=12), progress=False)
    assert 0 <= done.history[-1]["accuracy"] <= 1
    assert done.history[-1]["loss"] < done.history[0]["loss"]


def test_gradient_clipping_and_decay_are_used() -> None:
    plain = run()
    assert not same_weights(run(config=replace(SMALL, grad_clip=1e-3)).model, plain.model)
    assert not same_weights(run(config=replace(SMALL, weight_decay=0.0)).model, plain.model)
    assert not same_weights(run(config=replace(SMALL, beta2=0.999)).model, plain.model)
    assert not same_weights(run(config=replace(SMALL, schedule="linear")).model, plain.model)


@pytest.mark.parametrize("family", ["full", "block", "rotation", "diagonal", "positive"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_models_survive_saving(family: str, dtype: torch.dtype, tmp_path: Path) -> None:
    mine = BilinearRNN(3, 6, 4, family, block=3, additive=True, normalize=False, dtype=dtype)
    save_model(mine, tmp_path)
    back = load_model(tmp_path)
    assert back.config == mine.config
    assert same_weights(mine, back)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["model.json", "model.safetensors"]


def test_damaged_models_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"cannot read .*model\.json"):
        load_model(tmp_path)
    save_model(model(), tmp_path)
    tensors = (tmp_path / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(tensors[:-3])
    with pytest.raises(CheckpointError, match="truncated"):
        load_model(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(tensors)
    config = json.loads((tmp_path / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps(config | {"hidden": 9}))
    with pytest.raises(CheckpointError, match="'hidden': 9"):
        load_model(tmp_path)
    for bad in ({"hidden": 9}, config | {"colour": 1}, [1]):
        storage.write_tensors(tmp_path / "model.safetensors", model().state_dict(), bad)
        storage.write_json(tmp_path / "model.json", bad)
        with pytest.raises(CheckpointError, match="not a model configuration"):
            load_model(tmp_path)
    storage.write_tensors(tmp_path / "model.safetensors", {"start": torch.zeros(3)}, config)
    storage.write_json(tmp_path / "model.json", config)
    with pytest.raises(CheckpointError, match="the model needs"):
        load_model(tmp_path)


def test_evaluate_is_the_share_of_right_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bistate.models.tasks.task.STREAM_LETTERS", 100)  # several pieces per word
    mine = BilinearRNN(5, 6, 5, seed=2, dtype=torch.float64)
    x, y = StateTracking(C5, every=True).sample(50, 9, seed=4)
    right = mine(x, every=True).argmax(-1) == y
    assert evaluate(mine, C5, 9, size=50, seed=4) == pytest.approx(right[:, -1].double().mean().item())
    assert evaluate(mine, StateTracking(C5), 9, 50, 4, every=True) == pytest.approx(right.double().mean().item())
    empty = float(mine(torch.empty(1, 0, dtype=torch.long)).argmax() == C5.start_index)
    assert accuracy_by_length(mine, C5, [0, 9], 50, 4) == {0: empty, 9: evaluate(mine, C5, 9, 50, 4)}
    assert max(p.numel() for p, _ in word_pieces(C5, 50, 9)) <= 100


def test_evaluate_normalises_unless_additive() -> None:
    raw = BilinearRNN(3, 8, 3, normalize=False)
    with torch.no_grad():
        raw.family.weight.mul_(1e-9)
    assert 0.1 < evaluate(raw, C3, 200, 300) < 0.6  # without normalising every state is zero and 0 always wins
    assert not raw.normalize
    assert evaluate(raw, C3, 200, 300, normalize=False) != evaluate(raw, C3, 200, 300)
    additive = BilinearRNN(3, 8, 3, normalize=False, additive=True)
    torch.nn.init.normal_(additive.shift)  # type: ignore[arg-type]
    x, y = StateTracking(C3).sample(300, 5)
    assert evaluate(additive, C3, 5, 300) == pytest.approx((additive(x).argmax(-1) == y).double().mean().item())


def test_models_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ModelError, match="letters=3, the automaton has 5"):
        train(model(), StateTracking(C5), SMALL)
    with pytest.raises(ModelError, match="states=4, the automaton has 5"):
        evaluate(BilinearRNN(5, 8, 4), C5, 10)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": -1}, "steps=-1"),
        ({"steps": 1.5}, "steps=1.5"),
        ({"batch": 0}, "batch=0"),
        ({"lr": 0.0}, "lr=0.0"),
        ({"lr": float("nan")}, "lr=nan"),
        ({"lr": "fast"}, "lr='fast'"),
        ({"weight_decay": -0.1}, "weight_decay=-0.1"),
        ({"beta2": 1.0}, "beta2=1.0"),
        ({"target": 1.5}, "target=1.5"),
        ({"schedule": "warm"}, "schedule='warm'"),
        ({"threads": 0}, "threads=0"),
        ({"grad_clip": 0}, "grad_clip=0"),
        ({"seed": True}, "seed=True"),
    ],
)
def test_bad_configurations_are_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        TrainConfig(**options)  # type: ignore[arg-type]


def test_progress_appears_only_after_a_second(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    task = StateTracking(C3, lengths=(2, 6))
    train(model(), task, replace(SMALL, steps=5), progress=True)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("bistate.models.training.progress.DELAY", 0.0)
    monkeypatch.setattr("bistate.models.training.progress.LINES", 0.0)
    train(model(), task, SMALL, progress=True)
    assert "training: 1 of " in capsys.readouterr().err
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    train(model(), task, SMALL, progress=True)
    said = capsys.readouterr().err
    assert "loss" in said
    assert "training: 1 of " not in said


def test_the_directory_module_and_train_agree_on_the_checkpoint_name(tmp_path: Path) -> None:
    run(tmp_path)
    names = {"config.json", "metrics.jsonl", "model.json", "model.safetensors", run_directory_module.CHECKPOINT}
    assert {p.name for p in tmp_path.iterdir()} == names
    assert json.loads((tmp_path / "config.json").read_text())["train"] == SMALL.to_json()


def test_a_row_holds_the_mean_loss_since_the_row_before() -> None:
    task = StateTracking(C3, lengths=(2, 6))
    every, paired = (train(model(), task, replace(SMALL, steps=4, validate_every=n)).history for n in (1, 2))
    x, y = task.batch(SMALL.batch, 0, stream=SMALL.seed + 2)
    assert every[0]["loss"] == pytest.approx(torch.nn.functional.cross_entropy(model()(x), y).item(), rel=1e-6)
    losses = [row["loss"] for row in every]
    assert [row["loss"] for row in paired] == pytest.approx([sum(losses[:2]) / 2, sum(losses[2:]) / 2])


def test_smoothed_labels_carry_a_random_machine_to_long_words():
    """Without them copies of other states with the wrong sign survive and take over in long words."""
    automaton = Automaton.random(8, 8, seed=0)
    accuracy = []
    for smoothing in (0.0, 0.1):
        model = BilinearRNN(8, 16, 8, seed=0)
        config = TrainConfig(steps=1500, lr=1e-2, weight_decay=0.1, label_smoothing=smoothing, threads=1)
        run = train(model, StateTracking(automaton, every=True), config)
        accuracy.append([evaluate(model, automaton, length, size=500) for length in (10, 500)])
    assert accuracy[0][0] > 0.99
    assert accuracy[0][1] < 0.8
    assert accuracy[1] == [1.0, 1.0]
    # the least loss is the entropy of a smoothed label
    label = [1 - 0.1 + 0.1 / 8] + 7 * [0.1 / 8]
    entropy = -sum(p * math.log(p) for p in label)
    assert entropy - 1e-5 < run.history[-1]["loss"] < entropy + 1e-2


def test_smoothing_is_a_share():
    with pytest.raises(TrainingError, match=r"label_smoothing is a number in \[0, 1\), got label_smoothing=1.0"):
        TrainConfig(label_smoothing=1.0)


def test_usual_settings_are_those_of_the_family():
    automaton = Automaton.parity()
    for kind, plain in (("rotation", False), ("full", True), ("gru", True)):
        config = usual_config(kind, steps=3, seed=5, threads=1)
        assert (config.steps, config.seed, config.decay_transitions) == (3, 5, plain)
    with pytest.raises(TrainingError, match="kind 'fulll' is not known; choose one of full, block"):
        usual_config("fulll")
    with pytest.raises(TrainingError, match="steps=-1"):
        usual_config("cp", steps=-1)
    model = BilinearRNN(2, 8, 2, "diagonal", seed=0)
    run = train(model, StateTracking(automaton), progress=False)  # without a configuration
    assert run.steps == usual_config("diagonal").steps
    assert evaluate(model, automaton, 500, size=200) == 1.0
    with pytest.raises(TrainingError, match="kind 'lstm2'"):
        usual_config("lstm2")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "task", "reached"),
    [
        (kind, task, 0.97 if kind == "householder" else 0.99)
        for kind in ("full", "block", "rotation", "householder", "diagonal", "cp", "monomial", "convex")
        for task in ("parity", "C5", "S3")
        if not (kind == "rotation" and task == "S3") and not (kind == "diagonal" and task != "parity")
    ],
)
def test_usual_settings_reach_length_500(kind, task, reached):
    automaton = parse_task(task)
    model = BilinearRNN(len(automaton.letters), 64, len(automaton.states), kind, seed=0)
    train(model, StateTracking(automaton), usual_config(kind, threads=1), progress=False)
    assert evaluate(model, automaton, 500) >= reached
