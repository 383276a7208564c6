"""Long words by the scan and by the loop, and trainings together and alone: ratios from one run.

    python benchmarks/long_words.py [--length 100000]

One thread. The scan and the loop read the same words with the same weights, without gradients; their answers are
compared. `parallel=True` is whichever of them is measured to be faster; the scan is timed here in any case. Ensembles
train seeds for 200 steps, as `train` does one after the other. Every recurrence runs once before it is timed.
"""

from __future__ import annotations

import argparse
import time
import unittest.mock
from collections.abc import Callable

import torch
from bistate.models import BilinearRNN, StateTracking, TrainConfig, train, train_ensemble
from bistate.models.transitions import scan as scan_module
from bistate.verify import parse_task

WORDS = 4
SHAPES = [("rotation", 64), ("diagonal", 64), ("block", 64), ("monomial", 16), ("full", 8), ("full", 32)]

ENSEMBLES = [("full", 16, "C5", 8), ("full", 16, "C5", 32), ("full", 64, "C5", 8), ("full", 64, "A4", 8)]
ENSEMBLES += [(family, 64, "C5", 8) for family in ("rotation", "block", "diagonal", "cp")]


def seconds(job: Callable[[], object]) -> float:
    """Wall-clock time of one call."""
    begun = time.perf_counter()
    job()
    return time.perf_counter() - begun


@torch.inference_mode()
def scans(length: int) -> None:
    """Time and agreement of the two ways of reading long words."""
    print(f"{WORDS} words of length {length}, seconds")
    print(f"{'family':12s} {'hidden':>6s} {'loop':>8s} {'scan':>8s} {'parallel':>9s}  same answers")
    x = torch.randint(5, (WORDS, length), generator=torch.Generator().manual_seed(0))
    for family, hidden in SHAPES:
        model = BilinearRNN(5, hidden, 5, family)
        model(x[:, :10])
        loop, chosen = (seconds(lambda p=p, model=model: model(x, parallel=p)) for p in (False, True))
        with unittest.mock.patch.object(scan_module, "loop_is_compiled", return_value=False):
            scan = seconds(lambda model=model: model(x, parallel=True))
            same = torch.equal(model(x).argmax(-1), model(x, parallel=True).argmax(-1))
        print(f"{family:12s} {hidden:6d} {loop:8.2f} {scan:8.2f} {chosen:9.2f}  {same}", flush=True)


def lengths() -> None:
    """Forward and backward time against the length: a straight line, so the ratio of time to length stays."""
    print("\nforward and backward, batch 64, hidden 64: milliseconds per letter")
    sizes = (10, 100, 1000)
    print(f"{'family':12s} " + " ".join(f"{'T = ' + str(n):>9s}" for n in sizes))
    for family in ("full", "block", "rotation", "diagonal", "cp", "householder"):
        model = BilinearRNN(5, 64, 5, family)
        row = []
        for n in sizes:
            x = torch.randint(5, (64, n), generator=torch.Generator().manual_seed(0))
            best = min(seconds(lambda x=x, model=model: model(x).square().sum().backward()) for _ in range(3))
            row.append(1000 * best / n)
        print(f"{family:12s} " + " ".join(f"{value:9.3f}" for value in row), flush=True)


def ensembles() -> None:
    """Seeds together and one after the other."""
    print("\nseeds together, 200 steps, batch 64, lengths 2-10, seconds of CPU")
    print(f"{'family':12s} {'hidden':>6s} {'task':>5s} {'seeds':>6s} {'alone':>8s} {'together':>9s} {'ratio':>7s}")
    for family, hidden, name, seeds in ENSEMBLES:
        automaton = parse_task(name)
        task, count = StateTracking(automaton), len(automaton.letters)
        configs = [TrainConfig(steps=200, seed=s, validate_every=200) for s in range(seeds)]
        alone = [BilinearRNN(count, hidden, count, family, seed=s) for s in range(seeds)]
        together = [BilinearRNN(count, hidden, count, family, seed=s) for s in range(seeds)]
        train(BilinearRNN(count, hidden, count, family), task, TrainConfig(steps=2, validate_every=2), progress=False)
        begun = time.process_time()
        for model, config in zip(alone, configs, strict=True):
            train(model, task, config, progress=False)
        between = time.process_time()
        train_ensemble(together, task, configs, progress=False)
        one, all_ = between - begun, time.process_time() - between
        print(f"{family:12s} {hidden:6d} {name:>5s} {seeds:6d} {one:8.2f} {all_:9.2f} {one / all_:7.1f}", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--length", type=int, default=100_000, help="letters of the long words")
    length = parser.parse_args().length
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, one thread")
    scans(length)
    lengths()
    ensembles()


if __name__ == "__main__":
    main()
