"""Training steps per second: full bilinear, torch's LSTM, and gathering one matrix per sample, in one
process.

    python benchmarks/step_time.py [--seconds 1.0]

Batch 64, length 10, one thread, forward and backward, no optimiser. "autograd dense" is the same dense
product left to autograd: it shows what keeping the weight gradient out of the time loop is worth. Ratios are
against the LSTM and the gather of the same row.
"""

import argparse
import time
from collections.abc import Callable

import torch
from bistate.models import BilinearRNN
from bistate.models.full import choose_batching
from torch import Tensor, nn

BATCH, TIME, STATES = 64, 10, 10
Forward = Callable[[Tensor], Tensor]


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
    """One matrix per sample and step, multiplied by bmm."""
    matrices = model.transitions()
    h = model.initial(len(x))
    for letter in x.unbind(1):
        h = torch.bmm(matrices[letter], h.unsqueeze(-1)).squeeze(-1)  # (batch, hidden)
        h = h / h.norm(dim=-1, keepdim=True)
    return h @ model.readout.t()


def autograd_dense(model: BilinearRNN, x: Tensor) -> Tensor:
    """One product with all matrices per step, differentiated by autograd."""
    joined = model.transitions().flatten(0, 1).t()  # (hidden, letters * hidden)
    first = torch.arange(len(x)) * model.letters
    h = model.initial(len(x))
    for letter in x.unbind(1):
        h = (h @ joined).view(-1, model.hidden)[first + letter]  # (batch, hidden)
        h = h / h.norm(dim=-1, keepdim=True)
    return h @ model.readout.t()


def steps_per_second(forward: Forward, parameters: list[nn.Parameter], letters: int, seconds: float) -> float:
    """The best of several rounds of forward and backward passes."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(letters, (BATCH, TIME), generator=generator)
    y = torch.randint(STATES, (BATCH,), generator=generator)
    best, end = 0.0, time.perf_counter() + seconds
    while best == 0.0 or time.perf_counter() < end:
        begun = time.perf_counter()
        for p in parameters:
            p.grad = None
        nn.functional.cross_entropy(forward(x), y).backward()
        best = max(best, 1 / (time.perf_counter() - begun))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="time spent on each figure")
    seconds = parser.parse_args().seconds
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, one thread, batch {BATCH}, length {TIME}, steps/s (forward + backward)")
    names = ("ours", "dense", "grouped", "gathered", "autograd dense", "gather+bmm", "LSTM")
    print(f"{'hidden':>6} {'letters':>7} " + " ".join(f"{n:>14}" for n in names) + "   ours/LSTM  ours/gather  rule")
    for hidden in (64, 256):
        for letters in (5, 50):
            models = {
                n: BilinearRNN(letters, hidden, STATES, batching=n) for n in ("auto", "dense", "grouped", "gathered")
            }
            auto, lstm = models["auto"], LSTM(letters, hidden)
            runs: list[tuple[Forward, nn.Module]] = [(m, m) for m in models.values()]
            runs += [
                (lambda x, m=auto: autograd_dense(m, x), auto),
                (lambda x, m=auto: gathered(m, x), auto),
                (lstm, lstm),
            ]
            rates = [steps_per_second(f, list(m.parameters()), letters, seconds) for f, m in runs]
            shown = " ".join(f"{r:14.1f}" for r in rates)
            rule = choose_batching(letters, hidden, BATCH)
            print(f"{hidden:6} {letters:7} {shown} {rates[0] / rates[6]:11.2f} {rates[0] / rates[5]:12.2f}  {rule}")


if __name__ == "__main__":
    main()
