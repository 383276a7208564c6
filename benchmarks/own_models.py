"""Networks of other people, from training to what can be proved: the cases that docs/own_models.md promises.

    python benchmarks/own_models.py [--seeds 0 1] [--only phasor]

For each network: training; accuracy on random words, chance 1/states; what is recognised from answers; the irreps that
`compare` finds; whether `snap` proves exact weights; the proved horizon and the shortest wrong word; and, for networks
that are read off, how far their scores are from the module's own on 10 000 words of 1 to 200 letters.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from bistate.groups import SymmetricGroup
from bistate.groups.errors import BistateError
from bistate.models import (
    PDSSM,
    Baseline,
    LinearRNN,
    NormedReadout,
    StateTracking,
    TrainConfig,
    UnitPhasor,
    evaluate,
    train,
)
from bistate.theory import Automaton
from bistate.verify import agreement, certify, compare, recognise, refute, snap
from torch import Tensor, nn

S3, C5 = Automaton.word_problem(SymmetricGroup(3)), Automaton.modular_addition(5)
LENGTHS = (10, 100, 500)


class Gated(nn.Module):
    """A state that is divided by its norm, and before the readout another norm, a gate of the last letter, a bias.

    h ← A[x] h / ‖A[x] h‖, scores W (σ(g[x]) ∘ norm(h)) + c; `step` is without the division.
    """

    def __init__(self, letters: int, states: int, width: int, norm: nn.Module) -> None:
        super().__init__()
        self.letters, self.states, self.width = letters, states, width
        self.start = nn.Parameter(torch.randn(width))
        self.gate = nn.Parameter(torch.zeros(letters, width))
        self.norm, self.head = norm, nn.Linear(width, states)

    def step(self, h: Tensor, x: Tensor) -> Tensor:
        raise NotImplementedError

    def forward(self, words: Tensor, every: bool = False) -> Tensor:
        h, seen = nn.functional.normalize(self.start, dim=0).expand(len(words), -1), []
        for x in words.unbind(1):
            h = nn.functional.normalize(self.step(h, x), dim=-1)
            seen.append(self.head(torch.sigmoid(self.gate[x]) * self.norm(h)))
        return torch.stack(seen, 1) if every else seen[-1]

    def lifted(self) -> LinearRNN:
        """What the head reads behind the norm is E[x] ȳ / r with E[x] = W diag(σ(g[x]) ∘ weight)."""
        own = self.double().eval()
        shift = getattr(own.norm, "bias", None)
        with torch.no_grad():
            rows = own.head.weight * torch.sigmoid(own.gate)[:, None]  # (letters, states, width)
            bias = own.head.bias + (0 if shift is None else rows @ shift)
            part = NormedReadout(
                rows * own.norm.weight, torch.eye(own.width), own.norm.eps, centred=isinstance(own.norm, nn.LayerNorm)
            )
        return LinearRNN.from_step(own.step, own.letters, own.start, None, bias, normalize=True, norms=[part])


class TwoReflections(Gated):
    """DeltaProduct's form, two factors: A[x] = (I − β₂ k₂ k₂ᵀ)(I − β₁ k₁ k₁ᵀ)."""

    def __init__(self, letters: int, states: int, width: int) -> None:
        super().__init__(letters, states, width, nn.RMSNorm(width, eps=1e-5))
        self.keys = nn.Parameter(torch.randn(letters, 2, width))
        self.beta = nn.Parameter(torch.ones(letters, 2))

    def step(self, h: Tensor, x: Tensor) -> Tensor:
        for k, beta in zip(self.keys[x].unbind(1), self.beta[x].unbind(1), strict=True):
            k = nn.functional.normalize(k, dim=-1)
            h = h - beta[:, None] * (k * h).sum(-1, keepdim=True) * k
        return h


class Bilinear(Gated):
    """Any matrix for each letter, and LayerNorm."""

    def __init__(self, letters: int, states: int, width: int) -> None:
        super().__init__(letters, states, width, nn.LayerNorm(width))
        self.weight = nn.Parameter(0.3 * torch.randn(letters, width, width) / width**0.5)

    def step(self, h: Tensor, x: Tensor) -> Tensor:
        return (self.weight[x] @ h.unsqueeze(-1)).squeeze(-1)


Case = tuple[str, Automaton, Callable[[int], nn.Module], dict[str, Any]]
CASES: dict[str, Case] = {
    "reflections": (
        "two reflections, gate, RMSNorm, bias",
        S3,
        lambda seed: TwoReflections(6, 6, 8),
        {"steps": 3000, "lr": 1e-2, "weight_decay": 0.05, "label_smoothing": 0.05},
    ),
    "pd-ssm": (
        "PD-SSM",
        C5,
        lambda seed: PDSSM(letters=5, hidden_size=16, states=5, state_size=16, seed=seed, dtype=torch.float64),
        {"steps": 4000, "lr": 1e-2, "weight_decay": 0.3, "label_smoothing": 0.05},
    ),
    "phasor": (
        "complex diagonal, unit phasors",
        C5,
        lambda seed: UnitPhasor(letters=5, hidden_size=16, states=5, state_size=16, seed=seed),
        {"steps": 4000, "lr": 3e-3, "weight_decay": 0.3, "label_smoothing": 0.1},
    ),
    "bilinear": (
        "bilinear, gate, LayerNorm, bias",
        S3,
        lambda seed: Bilinear(6, 6, 32),
        {"steps": 3000, "lr": 3e-3, "weight_decay": 1.0},
    ),
    "lstm": (
        "LSTM, a black box",
        S3,
        lambda seed: Baseline(6, 32, 6, "lstm", seed=seed),
        {"steps": 2000, "lr": 3e-3, "weight_decay": 0.01},
    ),
}


def said(verb: Callable[[], str]) -> str:
    """What a verb finds, or why it finds nothing."""
    try:
        return verb()
    except BistateError as error:
        return f"{type(error).__name__}: {str(error).split(';')[0].split(':')[0][:80]}"


def run(name: str, seed: int) -> None:
    """Train one network and print a row for each thing that is known of it."""
    title, task, make, settings = CASES[name]
    torch.manual_seed(seed)
    model = make(seed)
    begun = time.process_time()
    train(model, StateTracking(task, every=True), TrainConfig(threads=1, **settings), progress=False)
    print(f"\n## {title}, on {'S_3' if task is S3 else 'C_5'}, seed {seed}\n")
    print(f"- trained on lengths 2 to 10: {time.process_time() - begun:.0f} s of CPU")
    found = {n: evaluate(model, task, n, size=1000) for n in LENGTHS}
    print("- accuracy: " + ", ".join(f"{a:.3f} at length {n}" for n, a in found.items()))
    net: Any = model.lifted() if isinstance(model, Gated) else model
    shown = net.lift() if hasattr(net, "lift") else net
    print(f"- recognised from answers: {said(lambda: recognised(model, task))}")
    print(f"- compared: {said(lambda: compared(net, task))}")
    print(f"- snapped: {said(lambda: 'proved, ' + snap(net, task).note)}")
    begun = time.process_time()
    print(f"- certified: {said(lambda: certified(net, task))}, {time.process_time() - begun:.1f} s")
    wrong = refute(net, task)
    print(f"- refuted: {'no wrong word' if wrong is None else f'a word of {wrong.length} letters, by {wrong.about}'}")
    if isinstance(shown, LinearRNN):
        same = agreement(shown, model.double().eval(), words=10_000, lengths=(1, 200))
        print(f"- read off: {same}")


def recognised(model: nn.Module, task: Automaton) -> str:
    """The group, from answers alone."""
    return str(recognise(lambda words: model(words), letters=len(task.letters)).group)


def compared(net: Any, task: Automaton) -> str:
    """The irreps learned, or what hidden states alone show."""
    found = compare(net, task)
    return f"{', '.join(found.learned) or found.shown}; {found.tracked}; state share {found.state_share:.3f}"


def certified(net: Any, task: Automaton) -> str:
    """The proved horizon and the way."""
    proof = certify(net, task)
    return f"T* = {proof.horizon} ({proof.way})"


def main() -> None:
    """All cases and seeds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--only", choices=CASES)
    options = parser.parse_args()
    print("# Networks of other people\n\nMade by `python benchmarks/own_models.py`, two cores.")
    for name in [options.only] if options.only else CASES:
        for seed in options.seeds:
            run(name, seed)


if __name__ == "__main__":
    main()
