"""Products of reflections that begin at random weights, or near exact ones: S3, S4 and A5 by two generators.

    python benchmarks/near_exact.py [--only A5] [--noise 0.1 0.3] [--seeds 3] [--output runs.csv]

arXiv:2609.24797 reports the best of three models at length 512: .772, .297 and .0001 from random weights, 1.000 near
the analytic ones. Here models of `usual_model` are trained on words of 2 to 10 letters, labelled at the last, with the
settings of `usual_config`: without settling, so that training sees words alone, and with it. Each run is a line of the
output; the same command goes on with those that are missing, and prints the table of all that are there.
"""

from __future__ import annotations

import argparse
import csv
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from bistate.groups.catalogue.named import named_group
from bistate.models import StateTracking, evaluate, train, usual_config, usual_model
from bistate.theory import Automaton, realize
from bistate.verify.experiments.markdown_table import table_lines

RESULTS = Path(__file__).parent / "results"
FIELDS = ("task", "start", "settling", "seed", "at_10", "at_512", "at_5000")
RANDOM = "random"
LENGTHS = {10: 1000, 512: 500, 5000: 200}  # letters of test words, and how many


def one(name: str, start: str, settling: bool, seed: int) -> dict[str, str]:
    """Accuracy of one model on balanced words; `start` is "random" or a noise."""
    task = Automaton.word_problem(named_group(name), letters="generators")
    model = usual_model(task, "householder", seed=seed)
    words = StateTracking(task, lengths=(2, 10), seed=seed)
    config = usual_config("householder", seed=seed, **words.sizes)
    if not settling:
        config = usual_config("householder", seed=seed, settle_steps=0, restarts=0, **words.sizes)
    near = {} if start == RANDOM else {"start_from": realize(task, "householder_per_head"), "noise": float(start)}
    train(model, words, config, progress=False, **near)
    found = {
        n: evaluate(model, task, length=n, size=size, words="balanced")
        for n, size in ((10, 1000), (512, 500), (5000, 200))
    }
    return {"task": name, "start": start, "settling": str(int(settling)), "seed": str(seed)} | {
        f"at_{n}": f"{value:.4f}" for n, value in found.items()
    }


def table(rows: list[dict[str, str]]) -> list[str]:
    """A line for each task, start and settling: how many are right, and the best."""
    groups: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault((row["task"], row["start"], row["settling"]), []).append(row)
    columns = ("task", "start", "settled", "models", "≥ 0.99 at 512", "best at 512", "least at 512", "right at 5000")
    lines = []
    for (task, start, settling), runs in sorted(groups.items()):
        at = sorted(float(run["at_512"]) for run in runs)
        right = sum(float(run["at_5000"]) == 1 for run in runs)
        noise = start if start == RANDOM else f"exact, noise {start}"
        settled = "yes" if settling == "1" else "no"
        counts = str(len(runs)), f"{sum(value >= 0.99 for value in at)}"
        lines.append((task, noise, settled, *counts, f"{at[-1]:.3f}", f"{at[0]:.3f}", str(right)))
    return table_lines(columns, lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=["S3", "S4", "A5"], metavar="GROUP")
    parser.add_argument("--noise", nargs="+", default=["0.1", "0.3"], help="of starts near exact weights")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--output", type=Path, default=RESULTS / "near_exact.csv")
    given = parser.parse_args()
    torch.set_num_threads(1)
    rows = list(csv.DictReader(given.output.open(encoding="utf-8"))) if given.output.exists() else []
    done = {tuple(row[name] for name in FIELDS[:4]) for row in rows}
    cases = [(RANDOM, False), *((noise, False) for noise in given.noise), (RANDOM, True)]
    for name in given.only:
        for start, settling in cases:
            for seed in range(given.seeds):
                if (name, start, str(int(settling)), str(seed)) in done:
                    continue
                rows.append(one(name, start, settling, seed))
                print(rows[-1], flush=True)
                new = not given.output.exists()
                with given.output.open("a", encoding="utf-8", newline="") as file:
                    writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
                    if new:
                        writer.writeheader()
                    writer.writerow(rows[-1])
    print("\n".join(table(rows)))


if __name__ == "__main__":
    main()
