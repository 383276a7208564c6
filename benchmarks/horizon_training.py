"""Proved horizons and wrong words while a model is trained.

    python benchmarks/horizon_training.py --out runs/horizon_training [--plot FILE] [--cases C5-full S3-block]

At some steps of a training the weights are frozen: `certify` proves a length T* up to which every word is right,
`refute` looks for a short wrong word, whose length is T_f, and random words are tried until one is wrong. Rows are kept
under --out, so the program goes on where it stopped; the table is printed at the end.
"""

from __future__ import annotations

import argparse
import copy
import json
from pathlib import Path
from typing import Any

import torch
from bistate.models import BilinearRNN, StateTracking, TrainConfig, train
from bistate.verify import certify, parse_task, refute

CASES = ("C5-full", "S3-full", "C5-rotation", "S3-block")
STEPS = (50, 100, 150, 200, 300, 400, 600, 800, 1000, 1250, 1500, 1750, 2000, 2500, 3000, 3500, 4000, 4500, 5000)
STEPS = (*STEPS, 5250, 5500, 5750, 6000)
LONGEST = 20_000  # letters of the words that are tried
HIDDEN = 64


def rows(case: str, out: Path) -> list[dict[str, Any]]:
    """One row for each of STEPS, from the file if it is there."""
    path = out / f"{case}.json"
    if path.exists():
        return list(json.loads(path.read_text()))
    task, family = case.split("-")
    automaton = parse_task(task)
    model = BilinearRNN(len(automaton.letters), HIDDEN, len(automaton.states), family, seed=0)
    config = TrainConfig(
        steps=STEPS[-1],
        lr=3e-3 if family == "full" else 1e-2,
        weight_decay=1.0,
        decay_transitions=family != "rotation",
        threads=1,
    )
    frozen: dict[int, BilinearRNN] = {}

    def freeze(step: int) -> None:
        if step in STEPS:
            frozen[step] = copy.deepcopy(model)

    train(model, StateTracking(automaton, every=True), config, callback=freeze)
    done = []
    for step, then in frozen.items():
        proof = certify(then, automaton)
        horizon = proof.to_json()["horizon"]
        reach = 500 if not isinstance(horizon, int) else max(500, min(LONGEST, 30 * horizon))
        wrong = refute(then, automaton, longest=reach)
        done.append(
            {
                "step": step,
                "proved": horizon,
                "wrong": None if wrong is None else wrong.horizon,
                "random": None if wrong is None else wrong.random_horizon,
                "tried": reach,
            }
        )
        print(case, done[-1], flush=True)
    path.write_text(json.dumps(done))
    return done


def plot(found: dict[str, list[dict[str, Any]]], path: Path) -> None:
    """Lengths against steps, one panel for each case."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(found), figsize=(4 * len(found), 4), layout="constrained", sharey=True)
    looks = {
        "proved": ("T*, proved: no word so short is wrong", "C0", "o"),
        "wrong": ("T_f, the shortest wrong word found", "C3", "v"),
        "random": ("shortest wrong random word found", "C1", "s"),
    }
    for axis, (case, done) in zip(axes.flat if len(found) > 1 else [axes], found.items(), strict=True):
        for key, (label, colour, marker) in looks.items():
            points = [(row["step"], row[key]) for row in done if isinstance(row[key], int)]
            axis.plot(*zip(*points, strict=True), color=colour, marker=marker, markersize=4, label=label)
        none = [
            (row["step"], row["tried"]) for row in done if row["wrong"] is None and row["tried"] > float(row["proved"])
        ]
        if none:
            style = {"color": "C3", "marker": "^", "markersize": 4, "linestyle": "none", "fillstyle": "none"}
            axis.plot(*zip(*none, strict=True), label="no wrong word up to here", **style)
        axis.set(title=case.replace("-", ", "), xlabel="training steps")
        axis.set_yscale("symlog", linthresh=1)
        axis.grid(alpha=0.3)
    axes.flat[0].set_ylabel("letters")
    handles = {label: line for axis in axes.flat for line, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend(list(handles.values()), list(handles), loc="outside lower center", ncols=4, frameon=False)
    figure.savefig(path, dpi=110)


def main() -> None:
    """Train, prove, refute; then the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--plot", type=Path, help="draw the lengths against training steps here")
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=CASES)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    found = {case: rows(case, args.out) for case in args.cases}
    for case, done in found.items():
        print(f"\n{case}, hidden size {HIDDEN}\n\n| step | T* | T_f | random | tried up to |\n|---|---|---|---|---|")
        for row in done:
            print("| " + " | ".join(str(row[k]) for k in ("step", "proved", "wrong", "random", "tried")) + " |")
    if args.plot:
        plot(found, args.plot)


if __name__ == "__main__":
    main()
