"""Benchmark tasks as they are trained: with their source's lengths, labels and words."""

from __future__ import annotations

import torch

from ...theory.benchmarks.registry import benchmark
from .lengths import usual_lengths
from .task import StateTracking


def benchmark_task(name: str, *, device: torch.device | str = "cpu", seed: int = 0) -> StateTracking:
    """The training task of a benchmark, see `bistate.theory.benchmark`.

    Lengths are those of the source, drawn by `usual_lengths`: in proportion to 1/n where words are longer than 12.
    Labels stand at every position or at the last one, as the source has them, and words are uniform or accepted ones.

    Args:
        name: of the benchmark.
        device: where batches are made.
        seed: seed of all batches.

    Raises:
        AutomatonError: for a name that is none.

    >>> task = benchmark_task("chomsky/modular-arithmetic")
    >>> task.words, task.every, task.law.longest, task.length_near(500)
    ('accepted', False, 39, 499)
    """
    found = benchmark(name)
    return StateTracking(
        found.automaton,
        lengths=usual_lengths(*found.train_lengths),
        every=found.every,
        device=device,
        seed=seed,
        words=found.words,
    )
