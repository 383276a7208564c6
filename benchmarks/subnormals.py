"""Time of a training step of long words with subnormal numbers kept, flushed in one thread, and in all threads.

    python benchmarks/subnormals.py [--hidden 256] [--length 500] [--threads 1,2]

Batch 64, 5 letters, random start values, forward and backward, float32. The best of a few steps, in seconds of
wall-clock time and of the processor.
"""

from __future__ import annotations

import argparse
import time

import torch
from bistate.models import Baseline, BilinearRNN
from bistate.models.recurrence.subnormals import flushed
from torch import nn

BATCH, LETTERS = 64, 5
FAMILIES = ("full", "block", "rotation", "diagonal", "cp", "lstm", "gru")


def module(kind: str, hidden: int) -> nn.Module:
    """A family, or a baseline."""
    if kind in ("lstm", "gru"):
        return Baseline(LETTERS, hidden, LETTERS, kind=kind, seed=0)
    return BilinearRNN(LETTERS, hidden, LETTERS, kind, seed=0)


def step(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> tuple[float, float]:
    """Seconds of a step, by the clock and of the processor."""
    model.zero_grad(set_to_none=True)
    clock, processor = time.perf_counter(), time.process_time()
    nn.functional.cross_entropy(model(x), y).backward()
    return time.perf_counter() - clock, time.process_time() - processor


def best(model: nn.Module, x: torch.Tensor, y: torch.Tensor, steps: int) -> tuple[float, float]:
    """The best of a few steps, after one that compiles."""
    step(model, x[:, :8], y)
    return min(step(model, x, y) for _ in range(steps))


def main() -> None:
    """A table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--length", type=int, default=500)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--steps", type=int, default=3)
    args = parser.parse_args()
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(LETTERS, (BATCH, args.length), generator=generator)
    y = torch.randint(LETTERS, (BATCH,), generator=generator)
    print(f"torch {torch.__version__}, hidden {args.hidden}, length {args.length}, batch {BATCH}")
    print("milliseconds by the clock, and of the processor in brackets")
    print(f"{'':<10}{'threads':>8}{'kept':>20}{'one thread flushes':>20}{'all flush':>20}{'kept / all':>12}")
    for threads in map(int, args.threads.split(",")):
        torch.set_num_threads(threads)
        for kind in FAMILIES:
            model = module(kind, args.hidden)
            kept = best(model, x, y, args.steps)
            torch.set_flush_denormal(True)
            alone = best(model, x, y, args.steps)
            torch.set_flush_denormal(False)
            with flushed():
                every = best(model, x, y, args.steps)
            cells = "".join(f"{1e3 * clock:>11.1f} ({1e3 * cpu:6.0f})" for clock, cpu in (kept, alone, every))
            print(f"{kind:<10}{threads:>8}{cells}{kept[0] / every[0]:>12.1f}", flush=True)


if __name__ == "__main__":
    main()
