"""Stacks of rotation layers that begin at random weights, or near exact ones: S3, A4 and S4 by two generators.

    python benchmarks/stacks.py [--only A4] [--noise 0.1 0.3] [--seeds 5] [--passing straight_through soft]

A stack has as many layers as the derived length of the group, and the decoder of the exact stack. It is trained on
words of 2 to 10 letters, labelled at every letter, for 2000 steps (near exact weights 600). Random layers have 16
units, exact ones as many as `realize` gives them. Each run is a line of the output; the same command goes on with those
that are missing, and prints the table of all that are there.
"""

from __future__ import annotations

import argparse
import csv
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from bistate.groups.catalogue.named import named_group
from bistate.models import StackedRNN, StateTracking, TrainConfig, evaluate, train
from bistate.theory import Automaton, realize
from bistate.verify.experiments.markdown_table import table_lines

RESULTS = Path(__file__).parent / "results"
FIELDS = ("task", "start", "passing", "seed", "at_10", "at_50", "at_500", "layers_at_500")
RANDOM, HIDDEN = "random", 16
STEPS = {True: 2000, False: 600}  # from random weights, and near exact ones


def one(name: str, start: str, passing: str, seed: int) -> dict[str, str]:
    """Accuracy of one model, and the share of long words on which each layer decides as the exact one."""
    task = Automaton.word_problem(named_group(name), letters="generators")
    stack = realize(task, "stack", layers="rotation")
    if start == RANDOM:
        decoder = [stack.states.index(q) for q in stack.decoder]
        widths = [HIDDEN] * stack.depth
        model = StackedRNN(
            len(task.letters), len(task.states), stack.decisions, widths, decoder, passing=passing, seed=seed
        )
    else:
        model = StackedRNN.from_weights(stack, dtype=torch.float32, passing=passing)
        draw = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for p in model.parameters():
                p.add_(float(start) * torch.randn(p.shape, generator=draw))
    config = TrainConfig(
        steps=STEPS[start == RANDOM], lr=0.01, weight_decay=0.3, label_smoothing=0.1, decay_transitions=False, seed=seed
    )
    words = StateTracking(task, lengths=(2, 10), every=True, seed=seed)
    train(model, words, config, progress=False)
    found = {n: evaluate(model, task, length=n, size=500) for n in (10, 50, 500)}
    long = torch.randint(len(task.letters), (500, 500), generator=torch.Generator().manual_seed(seed))
    return {"task": name, "start": start, "passing": passing, "seed": str(seed)} | {
        **{f"at_{n}": f"{value:.4f}" for n, value in found.items()},
        "layers_at_500": " ".join(f"{share:.3f}" for share in model.agreement(stack, long)),
    }


def table(rows: list[dict[str, str]]) -> list[str]:
    """A line for each task, start and passing: how many are right, and what the layers do."""
    groups: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault((row["task"], row["start"], row["passing"]), []).append(row)
    columns = (
        "task",
        "start",
        "passed on",
        "models",
        "right at 10",
        "≥ 0.99 at 50",
        "≥ 0.99 at 500",
        "layers ≥ 0.99 at 500",
    )
    lines = []
    for (task, start, passing), runs in sorted(groups.items()):
        right = [sum(float(run[f"at_{n}"]) >= least for run in runs) for n, least in ((10, 1), (50, 0.99), (500, 0.99))]
        layers = zip(*(map(float, run["layers_at_500"].split()) for run in runs), strict=True)
        shares = ", ".join(str(sum(share >= 0.99 for share in layer)) for layer in layers)
        noise = start if start == RANDOM else f"exact, noise {start}"
        lines.append((task, noise, passing.replace("_", " "), str(len(runs)), *map(str, right), shares))
    return table_lines(columns, lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=["S3", "A4", "S4"], metavar="GROUP")
    parser.add_argument("--noise", nargs="*", default=["0.1", "0.3"])
    parser.add_argument("--passing", nargs="+", default=["straight_through", "soft"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--output", type=Path, default=RESULTS / "stacks.csv")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rows = list(csv.DictReader(arguments.output.open())) if arguments.output.exists() else []
    done = {(row["task"], row["start"], row["passing"], row["seed"]) for row in rows}
    for seed in range(arguments.seeds):
        for name in arguments.only:
            for start in (*arguments.noise, RANDOM):
                for passing in arguments.passing:
                    if (name, start, passing, str(seed)) in done:
                        continue
                    rows.append(one(name, start, passing, seed))
                    with arguments.output.open("w", newline="") as file:
                        writer = csv.DictWriter(file, FIELDS)
                        writer.writeheader()
                        writer.writerows(rows)
                    print(rows[-1], flush=True)
    print("\n".join(table(rows)))


if __name__ == "__main__":
    main()
