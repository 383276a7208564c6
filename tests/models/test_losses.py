"""Training without a wait for the device at every step: the same run on the CPU, and nothing read from a device."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from bistate.models import Baseline, BilinearRNN, StateTracking, TrainConfig, TrainRun, train
from bistate.models.checks import checked_letters, known_letters
from bistate.models.errors import InputError, TrainingError
from bistate.models.layers.registry import ALL
from bistate.models.losses import LOOK, DeferredLosses
from bistate.models.training.ensemble import _Ensemble, train_ensemble
from bistate.models.training.run_directory import RunDirectory
from bistate.models.training.train_run import cross_entropy
from bistate.models.transitions.registry import TRANSITIONS
from bistate.theory import Automaton
from torch import Tensor

PARITY = Automaton.parity()
CONFIG = TrainConfig(steps=130, batch=8, validate_every=45, validate_size=32, checkpoint_every=20, grad_clip=1.0)


class Fails(BilinearRNN):
    """Scores that are NaN from some step of training on."""

    def __init__(self, step: int, value: float) -> None:
        super().__init__(2, 4, 2)
        self.left, self.value = step, value

    def forward(self, x: Tensor, every: bool = False, parallel: bool = False) -> Tensor:
        scores = super().forward(x, every)
        if torch.is_grad_enabled():
            self.left -= 1
            scores = scores * (self.value if self.left < 0 else 1.0)
        return scores


def deferred(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the CPU take the way of a CUDA device."""
    monkeypatch.setattr("bistate.models.losses.DEFERRED", ("cpu",))


def test_deferred_losses_make_the_same_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def run() -> TrainRun:
        return train(BilinearRNN(2, 4, 2), StateTracking(PARITY, lengths=(1, 5)), CONFIG, progress=False)

    first = run()
    deferred(monkeypatch)
    looks = counted(monkeypatch)
    second = run()
    assert len(looks) == 3 + 6  # validations at 45, 90 and 130, checkpoints at 20, 40, …
    assert first.history == second.history
    for mine, other in zip(first.model.parameters(), second.model.parameters(), strict=True):
        assert torch.equal(mine, other)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many losses each look finds."""
    looks: list[int] = []
    look = DeferredLosses.look

    def note(self: DeferredLosses) -> None:
        looks.extend([len(self.kept)] if self.kept else [])
        look(self)

    monkeypatch.setattr(DeferredLosses, "look", note)
    return looks


@pytest.mark.parametrize("step", [0, 57, 60, 119])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_the_first_bad_loss_ends_both_alike(
    step: int, value: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: dict[str, list[int]] = {"each": [], "deferred": []}
    ended = {}
    save = RunDirectory.save
    for how, steps in saved.items():
        if how == "deferred":
            deferred(monkeypatch)

        def note(self: RunDirectory, model: Any, optimizer: Any, done: Any, *more: Any, steps: Any = steps) -> None:
            steps.append(done.step)
            save(self, model, optimizer, done, *more)

        monkeypatch.setattr(RunDirectory, "save", note)
        model = Fails(step, value)
        with pytest.raises(TrainingError, match=rf"the loss is (nan|inf) at step {step};") as caught:
            train(model, StateTracking(PARITY, lengths=(1, 5)), CONFIG, directory=tmp_path / how, progress=False)
        ended[how] = [p.detach().clone() for p in model.parameters()], str(caught.value)
    assert saved["each"] == saved["deferred"] == list(range(0, step + 1, 20))
    assert ended["each"][1] == ended["deferred"][1]
    for mine, other in zip(ended["each"][0], ended["deferred"][0], strict=True):
        assert torch.equal(mine, other)
        assert mine.isfinite().all()


def test_without_a_directory_the_host_looks_every_so_many_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    deferred(monkeypatch)
    looks = counted(monkeypatch)
    config = TrainConfig(steps=2 * LOOK + 7, batch=2, validate_every=1000, checkpoint_every=1000, validate_size=8)
    train(BilinearRNN(2, 4, 2), StateTracking(PARITY, lengths=2), config, progress=False)
    assert looks == [LOOK, LOOK, 7]


def test_letters_on_the_cpu_are_checked_as_ever() -> None:
    with known_letters(), pytest.raises(InputError, match="letter 2 is outside"):
        checked_letters(torch.tensor([[0, 2]]), 2)
    with pytest.raises(RuntimeError, match="meta tensors"):
        checked_letters(torch.zeros(1, 1, dtype=torch.long, device="meta"), 2)
    with known_letters():
        checked_letters(torch.zeros(1, 1, dtype=torch.long, device="meta"), 2)
    with pytest.raises(RuntimeError, match="meta tensors"):
        checked_letters(torch.zeros(1, 1, dtype=torch.long, device="meta"), 2)


MADE: dict[str, Callable[[], torch.nn.Module]] = {
    **{name: lambda name=name: BilinearRNN(3, 8, 4, name, device="meta") for name in TRANSITIONS},
    "grouped full": lambda: BilinearRNN(121, 8, 4, device="meta"),
    "additive": lambda: BilinearRNN(3, 8, 4, additive=True, device="meta"),
    **{name: lambda name=name: Baseline(3, 8, 4, name, device="meta") for name in ("rnn", "gru", "lstm")},
    **{name: lambda name=name: ALL[name](3, 8, 4, device="meta") for name in ALL},
}


@pytest.mark.parametrize("every", [False, True], ids=["last", "every"])
@pytest.mark.parametrize("name", MADE)
def test_a_step_reads_nothing_from_its_device(name: str, every: bool) -> None:
    """Tensors of the meta device have no numbers, so that whatever asks for one fails."""
    model = MADE[name]()
    x = torch.zeros(5, 6, dtype=torch.long, device="meta")
    with known_letters():
        loss = cross_entropy(model, x, x if every else x[:, 0], 0.1)
    loss.backward()
    assert (
        all(p.grad is not None and p.grad.device.type == "meta" for p in model.family.parameters())
        if isinstance(model, BilinearRNN)
        else loss.device.type == "meta"
    )


@pytest.mark.parametrize("family", [name for name in TRANSITIONS if name != "monomial"])
def test_a_step_of_an_ensemble_reads_nothing_from_its_device(family: str) -> None:
    models = [BilinearRNN(3, 8, 4, family, seed=seed, device="meta") for seed in range(2)]
    batches = [torch.zeros(5, length, dtype=torch.long, device="meta") for length in (3, 6)]
    ensemble = _Ensemble(models, models[0], 0.1)
    losses = ensemble.losses([(x, x[:, 0]) for x in batches])
    gradients = torch.autograd.grad(losses.sum(), list(ensemble.stack.values()))
    assert {g.device.type for g in gradients} == {"meta"}


def test_a_dead_network_of_an_ensemble_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two networks one has a NaN from the start; the other ends where it does alone."""
    config = TrainConfig(steps=60, batch=8)
    models = [BilinearRNN(2, 4, 2, seed=seed) for seed in (1, 2)]
    alone = BilinearRNN(2, 4, 2, seed=2)
    with torch.no_grad():
        models[0].start[0] = float("nan")
    before = [p.detach().clone() for p in models[0].parameters()]
    task = StateTracking(PARITY, lengths=(1, 5))
    bad, good = train_ensemble(models, task, [config, config], progress=False)
    assert bad != bad  # NaN
    (own,) = train_ensemble([alone], task, [config], progress=False)
    assert good == pytest.approx(own, rel=1e-5)
    for now, then in zip(models[0].parameters(), before, strict=True):
        assert torch.equal(now.nan_to_num(), then.nan_to_num())
    for mine, other in zip(models[1].parameters(), alone.parameters(), strict=True):
        assert torch.allclose(mine, other, rtol=1e-3, atol=1e-4)
