"""Models for the soundness of certified horizons: perturbed, adversarial and briefly trained ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from bistate.models import BilinearRNN, StateTracking, TrainConfig, train
from bistate.theory import Automaton, BilinearWeights, realize
from bistate.verify import certify, parse_task, refute

TASKS = ("parity", "C3", "C5", "S3", "D4", "random-3-2-seed1", "random-permutation-4-2-seed0")


def exact(task: str) -> tuple[Automaton, BilinearWeights]:
    automaton = parse_task(task)
    return automaton, realize(automaton, "full")


def perturbed(number: int) -> tuple[str, Automaton, BilinearRNN]:
    """Exact weights with noise of some size in transitions, start and readout."""
    random = np.random.default_rng(number)
    task = TASKS[number % len(TASKS)]
    automaton, weights = exact(task)
    model = BilinearRNN.from_weights(weights, transition="full")
    size = 10 ** random.uniform(-5, -0.7)
    with torch.no_grad():
        for p in model.parameters():
            p += torch.from_numpy(size * random.standard_normal(p.shape) * float(p.abs().max()))
    return f"perturbed {task} by {size:.1e}", automaton, model


def with_parasite(number: int) -> tuple[str, Automaton, BilinearRNN]:
    """Exact weights beside a second copy or noise that starts faint, grows a little faster and is read out wrongly."""
    random = np.random.default_rng(number)
    task = TASKS[number % len(TASKS)]
    automaton, weights = exact(task)
    A, h, C = weights.to_numpy()
    n, width = A.shape[1], int(random.integers(1, 3))
    twin = bool(random.integers(2))
    other = A.copy() if twin else random.standard_normal((len(A), width, width))
    if not twin:
        other /= np.abs(np.linalg.eigvals(other)).max(axis=1)[:, None, None]
    width = other.shape[1]
    growth = 1 + 10 ** random.uniform(-3, -0.5) * random.choice([-1, 1])
    faint = 10 ** random.uniform(-6, -1)
    readout = -C if twin else random.standard_normal((len(C), width))
    joined = np.zeros((len(A), n + width, n + width))
    joined[:, :n, :n], joined[:, n:, n:] = A, other * growth
    mixing = np.eye(n + width) + 0.2 * random.standard_normal((n + width, n + width))  # so that nothing is aligned
    inverse = np.linalg.inv(mixing)
    start = mixing @ np.concatenate([h.ravel(), faint * (h.ravel() if twin else random.standard_normal(width))])
    model = BilinearRNN(len(A), n + width, len(C), dtype=torch.float64)
    with torch.no_grad():
        model.family.weight.copy_(torch.from_numpy(mixing @ joined @ inverse))
        model.start.copy_(torch.from_numpy(start))
        model.readout.copy_(torch.from_numpy(np.concatenate([C, readout], axis=1) @ inverse))
    return f"{'copy' if twin else 'noise'} beside {task}, growth {growth:.4f}, size {faint:.0e}", automaton, model


def structured(number: int) -> tuple[str, Automaton, BilinearRNN]:
    """Rotation and block models with wrong angles, and some with single precision."""
    random = np.random.default_rng(number)
    family = ("rotation", "block", "diagonal")[number % 3]
    task = "parity" if family == "diagonal" else f"C{random.integers(2, 7)}"
    automaton = parse_task(task)
    dtype = (torch.float64, torch.float32)[int(random.integers(2))]
    model = BilinearRNN.from_weights(realize(automaton, family), transition=family, dtype=dtype)
    size = 10 ** random.uniform(-4, -0.7)
    with torch.no_grad():
        model.family.weight += torch.from_numpy(size * random.standard_normal(model.family.weight.shape)).to(dtype)
    return f"{family} {task} off by {size:.1e}", automaton, model


def trained(number: int) -> tuple[str, Automaton, BilinearRNN]:
    """A short training of a small model."""
    task = ("C3", "S3", "parity", "random-3-2-seed1")[number % 4]
    family = ("full", "block", "cp", "householder")[(number // 4) % 4]
    automaton = parse_task(task)
    model = BilinearRNN(len(automaton.letters), 8, len(automaton.states), family, seed=number)
    config = TrainConfig(
        steps=150 + 100 * (number % 3), lr=1e-2, weight_decay=0.3, label_smoothing=0.1, seed=number, threads=1
    )
    train(model, StateTracking(automaton, every=True), config, progress=False)
    return f"{family} trained on {task}", automaton, model


def coupled(number: int) -> tuple[str, Automaton, BilinearRNN]:
    """Exact weights beside directions that fade, coupled both ways: they remember the last letters."""
    random = np.random.default_rng(number)
    task = ("parity", "C3", "C5", "S3", "random-permutation-4-2-seed0")[number % 5]
    automaton, weights = exact(task)
    A, h, C = weights.to_numpy()
    n, width = A.shape[1], int(random.integers(1, 5))
    joined = np.zeros((len(A), n + width, n + width))
    joined[:, :n, :n] = A
    joined[:, n:, n:] = random.standard_normal((len(A), width, width)) / np.sqrt(width) * random.uniform(0.05, 0.4)
    size = 10 ** random.uniform(-2.5, -0.7)
    joined[:, :n, n:] = size * random.standard_normal((len(A), n, width))
    joined[:, n:, :n] = size * random.standard_normal((len(A), width, n))
    start = np.concatenate([h.ravel(), np.zeros(width)])
    model = BilinearRNN(len(A), n + width, len(C), dtype=torch.float64)
    with torch.no_grad():
        model.family.weight.copy_(torch.from_numpy(joined))
        model.start.copy_(torch.from_numpy(start))
        model.readout.copy_(torch.from_numpy(np.concatenate([C, np.zeros((len(C), width))], axis=1)))
    return f"memory of {width} units coupled to {task} by {size:.1e}", automaton, model


KINDS = (perturbed, with_parasite, structured)


def contradictions(
    numbers: range, trainings: range = range(0), couplings: range = range(0)
) -> Iterator[tuple[str, float, int | None]]:
    """Each model's description, proved horizon and a wrong word's length; a word at or below the horizon refutes it."""
    for number in numbers:
        yield _judged(*KINDS[number % len(KINDS)](number))
    for number in trainings:
        yield _judged(*trained(number))
    for number in couplings:
        yield _judged(*coupled(number))


def _judged(name: str, automaton: Automaton, model: BilinearRNN) -> tuple[str, float, int | None]:
    horizon = certify(model, automaton).horizon
    longest = 60 if horizon == np.inf else int(min(max(horizon, 0) * 2 + 20, 400))
    found = refute(model, automaton, longest=longest, width=3)
    return name, horizon, None if found is None else found.horizon
