"""For how many models cones with finitely many rays prove infinity, where other shapes do not.

    python benchmarks/polyhedra.py trained runs.jsonl     # small models of each kind and task; 20 minutes
    python benchmarks/polyhedra.py drawn runs.jsonl       # codes of the last letters, moved at random
    python benchmarks/polyhedra.py table runs.jsonl       # what was found

Kinds: "full"; "positive", full with entries and start above 0; "gated", h ← a[x] h + b[x] with 0 < a < 1, diagonal. The
last two are trained here, as most are no family of the package. Every model is certified with the shape and without,
and a wrong word is looked for. `trained` and `drawn` go on where they were stopped.
"""

from __future__ import annotations

import argparse
import functools
import json
import math
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from bistate.models import BilinearRNN, LinearRNN, StateTracking, TrainConfig, evaluate, train
from bistate.theory import Automaton
from bistate.verify import certify, refute
from bistate.verify.horizon import certification

STEPS, WORDS, LENGTH = 1500, 64, 12
TASKS: dict[str, Automaton] = {
    "counter to 3": Automaton.counter(3),
    "counter to 4": Automaton.counter(4),
    "counter to 2 with reset": Automaton.counter(2, reset=True),
    "up and down to 2": Automaton.counter(2, down=True),
    "last letter of 3": Automaton.reset(3, keep=False),
    "last letter of 4": Automaton.reset(4, keep=False),
    "set and reset": Automaton.reset(2, keep=True),
    "ends in ab": Automaton.from_regex("(a|b)*ab", "ab"),
    "ends in abb": Automaton.from_regex("(a|b)*abb", "ab"),
}
SIZES, SEEDS = (2, 3, 4), (0, 1)
DRAWN, NOISE = 20, (0.1, 0.2, 0.3)
Model = BilinearRNN | LinearRNN


def full(task: Automaton, hidden: int, seed: int) -> Model:
    model = BilinearRNN(len(task.letters), hidden, len(task.labels), "full", seed=seed)
    config = TrainConfig(steps=STEPS, lr=1e-2, label_smoothing=0.1, weight_decay=0.5, seed=seed, threads=1)
    train(model, StateTracking(task, lengths=(1, LENGTH)), config, progress=False)
    return model


def positive(task: Automaton, hidden: int, seed: int) -> Model:
    """Of A = exp W and a start that is exp of something; only the ratios of the state's entries matter."""
    draw = torch.Generator().manual_seed(seed)
    W = torch.randn(len(task.letters), hidden, hidden, generator=draw).requires_grad_()
    start = torch.randn(hidden, generator=draw).requires_grad_()
    C = torch.randn(len(task.states), hidden, generator=draw).requires_grad_()

    def step(h: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.normalize(torch.einsum("bij,bj->bi", W.exp()[x], h), dim=1)

    _descend(task, [W, start, C], lambda: start.exp(), step, lambda h: 4 * h @ C.T, draw)
    arrays = (values.detach().double().numpy() for values in (W.exp(), start.exp(), C))
    return LinearRNN.from_arrays(*arrays)


def gated(task: Automaton, hidden: int, seed: int) -> Model:
    """Of diagonals between 0 and 1, and affine terms."""
    draw = torch.Generator().manual_seed(seed)
    a = torch.randn(len(task.letters), hidden, generator=draw).requires_grad_()
    b = torch.randn(len(task.letters), hidden, generator=draw).requires_grad_()
    C = torch.randn(len(task.states), hidden, generator=draw).requires_grad_()
    d = torch.zeros(len(task.states)).requires_grad_()
    start = torch.randn(hidden, generator=draw).requires_grad_()

    def step(h: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return a.sigmoid()[x] * h + b[x]

    _descend(task, [a, b, C, d, start], lambda: start, step, lambda h: h @ C.T + d, draw)
    A, add, h, readout, bias = (v.detach().double().numpy() for v in (a.sigmoid(), b, start, C, d))
    return LinearRNN.from_arrays(np.array([np.diag(row) for row in A]), h, readout, add, bias)


def _descend(
    task: Automaton,
    parameters: list[torch.Tensor],
    start: Callable[[], torch.Tensor],
    step: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    read: Callable[[torch.Tensor], torch.Tensor],
    draw: torch.Generator,
) -> None:
    """Cross entropy after every letter of random words."""
    table, descent = torch.tensor(task.table), torch.optim.Adam(parameters, lr=3e-2)
    for _ in range(STEPS):
        words = torch.randint(len(task.letters), (LENGTH, WORDS), generator=draw)
        h, states, loss = start().expand(WORDS, -1), torch.full((WORDS,), task.start_index), torch.zeros(())
        for x in words:
            h, states = step(h, x), table[states, x]
            loss = loss + torch.nn.functional.cross_entropy(read(h), states, label_smoothing=0.02)
        descent.zero_grad()
        loss.backward()
        descent.step()


KINDS = {"full": full, "positive": positive, "gated": gated}


def drawn(states: int, hidden: int, noise: float, seed: int) -> Model:
    """Letters that bring every state near to the code of their own, all numbers of them moved."""
    draw = np.random.default_rng(seed)
    codes = draw.standard_normal((states, hidden))
    codes /= np.linalg.norm(codes, axis=1, keepdims=True)
    back = np.linalg.pinv(codes)
    letters = [np.outer(code, back @ np.ones(states)) for code in codes]
    return LinearRNN.from_arrays(letters + noise * draw.standard_normal((states, hidden, hidden)), codes[0], back.T)


def measured(model: Model, task: Automaton) -> dict[str, Any]:
    """What is proved with the shape and without it, and a wrong word."""
    phases = certification.PHASES
    certification.PHASES = tuple(phase for phase in phases if phase[0] != "polyhedra")
    begun = time.process_time()
    other = certify(model, task)
    between = time.process_time()
    certification.PHASES = phases
    proof = certify(model, task)
    seconds = time.process_time() - between
    wrong = refute(model, task)
    return {
        "without": str(other.horizon),
        "way without": other.way,
        "seconds without": round(between - begun, 2),
        "proved": str(proof.horizon),
        "way": proof.way,
        "seconds": round(seconds, 2),
        "wrong": None if wrong is None else wrong.length,
        "accuracy": evaluate(model, task, 100, size=500),
    }


def cases(what: str) -> Iterator[tuple[tuple[Any, ...], Callable[[], tuple[Model, Automaton]]]]:
    """Keys, and how the model is made."""
    if what == "trained":
        for seed, (name, task), hidden, kind in product(SEEDS, TASKS.items(), SIZES, KINDS):
            yield (kind, name, hidden, seed), lambda k=kind, t=task, n=hidden, s=seed: (KINDS[k](t, n, s), t)
        return
    for seed, states, hidden, noise in product(range(DRAWN), (3,), (3, 4, 5, 6), NOISE):
        task, made = Automaton.reset(states, keep=False), functools.partial(drawn, states, hidden, noise, seed)
        yield ("drawn", noise, hidden, seed), lambda f=made, t=task: (f(), t)


def run(what: str, path: Path, minutes: float) -> None:
    done = {tuple(json.loads(line)["key"]) for line in path.read_text().splitlines()} if path.exists() else set()
    for key, made in cases(what):
        if key in done or time.process_time() > 60 * minutes:
            continue
        found = {"key": key} | measured(*made())
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(found) + "\n")


def table(path: Path) -> None:
    runs = [json.loads(line) for line in path.read_text().splitlines()]
    columns = ("kind", "task or noise", "hidden", "models", "right at 100", "wrong words")
    columns += ("for ever without", "with", "s without", "s with")
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for group in dict.fromkeys(tuple(run["key"][:3]) for run in runs):
        here = [run for run in runs if tuple(run["key"][:3]) == group]
        cells = [
            *group,
            len(here),
            sum(run["accuracy"] == 1 for run in here),
            sum(run["wrong"] is not None for run in here),
            sum(run["without"] == str(math.inf) for run in here),
            sum(run["proved"] == str(math.inf) for run in here),
            f"{sum(run['seconds without'] for run in here):.1f}",
            f"{sum(run['seconds'] for run in here):.1f}",
        ]
        print(f"| {' | '.join(map(str, cells))} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("trained", "drawn", "table"))
    parser.add_argument("runs", type=Path)
    parser.add_argument("--minutes", type=float, default=30.0, help="of processor time")
    given = parser.parse_args()
    if given.what == "table":
        table(given.runs)
    else:
        run(given.what, given.runs, given.minutes)


if __name__ == "__main__":
    main()
