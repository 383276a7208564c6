"""Training steps per second of our families, torch's LSTM, and gathering one matrix per sample, in one process.

    python benchmarks/step_time.py [--seconds 2] [--hidden 256] [--lengths 10,500] [--letters 5,50] [--plot FILE]

Batch 64, one thread, forward and backward, no optimiser; subnormal numbers are flushed to zero for all, as in
`train`. The contenders take turns and each one's best round counts, so that other work on the machine hits all alike.
The columns `/LSTM` and `/gather` are ratios of steps per second, larger is faster; "full, no numba" is what
`batching="auto"` does without numba. `--plot` draws seconds per step against length, hidden size and letters instead,
and prints by what the last doubling multiplies them.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from bistate.models import BilinearRNN
from bistate.models.recurrence.by_letter import choose_batching
from bistate.models.recurrence.subnormals import flushed
from torch import Tensor, nn

BATCH, STATES = 64, 10
Forward = Callable[[Tensor], Tensor]
Contender = tuple[str, Forward, nn.Module]


class LSTM(nn.Module):
    """Embedding-free: one-hot letters, torch's LSTM, linear readout."""

    def __init__(self, letters: int, hidden: int) -> None:
        super().__init__()
        self.letters = letters
        self.lstm = nn.LSTM(letters, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, STATES)

    def forward(self, x: Tensor) -> Tensor:
        out, _ = self.lstm(nn.functional.one_hot(x, self.letters).float())
        return self.readout(out[:, -1])


def gathered(model: BilinearRNN, x: Tensor) -> Tensor:
    """One matrix per sample and step, multiplied by bmm, differentiated by autograd."""
    matrices = model.transitions()
    h = model.initial(len(x))
    for letter in x.unbind(1):
        h = torch.bmm(matrices[letter], h.unsqueeze(-1)).squeeze(-1)  # (batch, hidden)
        h = h / h.norm(dim=-1, keepdim=True)
    return h @ model.readout.t()


def contenders(letters: int, hidden: int, slow: bool = True) -> list[Contender]:
    full = BilinearRNN(letters, hidden, STATES)
    rule = BilinearRNN(letters, hidden, STATES, batching=choose_batching(letters, hidden, BATCH))
    block = BilinearRNN(letters, hidden, STATES, transition="block", block=2)
    rotation = BilinearRNN(letters, hidden, STATES, transition="rotation")
    looped = BilinearRNN(letters, hidden, STATES, transition="block", block=2, batching="loop")
    cp = BilinearRNN(letters, hidden, STATES, transition="cp")
    lstm = LSTM(letters, hidden)
    found: list[Contender] = [("LSTM", lstm, lstm)]
    if slow:
        found.append(("gather", lambda x: gathered(full, x), full))
    names = ("full", "full, no numba", "block 2", "block 2, no numba", "rotation", "cp")
    return found + [(n, m, m) for n, m in zip(names, (full, rule, block, looped, rotation, cp), strict=True)]


def seconds_per_step(runs: Sequence[Contender], letters: int, length: int, seconds: float) -> dict[str, float]:
    """The best round of each contender; they take turns until the time is over, two rounds at least."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(letters, (BATCH, length), generator=generator)
    y = torch.randint(STATES, (BATCH,), generator=generator)
    best = {name: float("inf") for name, _, _ in runs}
    end, rounds = time.perf_counter() + seconds * len(runs), 0
    while rounds < 2 or time.perf_counter() < end:
        for name, forward, module in runs:
            module.zero_grad(set_to_none=True)
            begun = time.perf_counter()
            nn.functional.cross_entropy(forward(x), y).backward()
            best[name] = min(best[name], time.perf_counter() - begun)
        rounds += 1
    return best


def table(hidden: int, lengths: Sequence[int], letters: Sequence[int], seconds: float) -> None:
    for length in lengths:
        for count in letters:
            best = seconds_per_step(contenders(count, hidden), count, length, seconds)
            print(f"\nhidden {hidden}, {count} letters, length {length}")
            print(f"{'':<20}{'steps/s':>10}{'letters/s':>12}{'/LSTM':>9}{'/gather':>9}")
            for name, spent in best.items():
                ratios = f"{best['LSTM'] / spent:9.2f}{best['gather'] / spent:9.2f}"
                print(f"{name:<20}{1 / spent:10.2f}{BATCH * length / spent:12.0f}{ratios}", flush=True)


def plot(path: Path, seconds: float) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    sweeps = {
        "length": ((8, 16, 32, 64, 128, 256, 512, 1024), lambda v: (5, 64, v)),
        "hidden size": ((16, 32, 64, 128, 256), lambda v: (5, v, 64)),
        "letters": ((2, 4, 8, 16, 32, 64), lambda v: (v, 64, 64)),
    }
    figure, axes = plt.subplots(1, 3, figsize=(15, 4.5), layout="constrained")
    for axis, (what, (values, cell)) in zip(axes, sweeps.items(), strict=True):
        rows = []
        for value in values:
            letters, hidden, length = cell(value)
            rows.append(seconds_per_step(contenders(letters, hidden, slow=False), letters, length, seconds))
        for name in rows[0]:
            axis.plot(values, [1e3 * row[name] for row in rows], marker="o", markersize=3, label=name)
            growth = rows[-1][name] / rows[-2][name]
            print(f"{what:<12}{name:<20} last doubling: time x {growth:.2f}", flush=True)
        fixed = {"length": "5 letters, hidden 64", "hidden size": "5 letters, length 64"}
        axis.set(xscale="log", yscale="log", xlabel=what, title=fixed.get(what, "hidden 64, length 64"))
        axis.set_xticks(values, [str(v) for v in values])
        axis.minorticks_off()
        axis.set_ylabel("milliseconds per training step, batch 64")
        axis.grid(alpha=0.3)
    axes[0].legend(fontsize=8)
    figure.savefig(path, dpi=110)
    print(f"file  {path}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0, help="time spent on each figure")
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--lengths", default="10,500")
    parser.add_argument("--letters", default="5,50")
    parser.add_argument("--plot", type=Path, help="draw cost against length, hidden size and letters here")
    given = parser.parse_args()
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, one thread, batch {BATCH}, forward + backward, subnormals flushed")
    with flushed():
        if given.plot:
            plot(given.plot, given.seconds / 10)
        else:
            lengths, letters = ([int(v) for v in text.split(",")] for text in (given.lengths, given.letters))
            table(given.hidden, lengths, letters, given.seconds)


if __name__ == "__main__":
    main()
