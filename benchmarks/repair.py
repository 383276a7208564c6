"""Trained models of many groups: repaired to exact weights or not, proved horizons beside wrong words.

    python benchmarks/repair.py --out runs/repair [--only train|snap|horizons] [--groups S3 A5]

Every model is trained on words of 3 to 10 letters, labelled at every position. A model that is right on 99 of 100
random words of ten letters has to be repaired by `snap`, whose weights are proved. Models and rows are kept under
--out, so the program goes on where it stopped; the table is printed at the end.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from bistate.models import BilinearRNN, ModelError, StateTracking, TrainConfig, evaluate, train
from bistate.verify import certify, compare, parse_task, refute, snap
from bistate.verify.errors import SnapError

CYCLIC = ("C2", "C3", "C4", "C5", "C6", "C7")
GROUPS = (*CYCLIC, "C2xC2", "S3", "D4", "D5", "Q8", "A4", "S4", "A5")
BLOCK = {"Q8": 4, "A4": 3, "S4": 3, "A5": 3}  # else 2
WIDE = {"A4": 33, "S4": 48, "A5": 63}  # hidden size, else 32; a multiple of the block size
LEARNED = 0.99


@dataclass(frozen=True)
class Case:
    """One training."""

    group: str
    family: str
    seed: int

    @property
    def name(self) -> str:
        """For files."""
        return f"{self.group}-{self.family}-{self.seed}"

    def model(self) -> BilinearRNN:
        """The untrained model."""
        automaton = parse_task(self.group)
        options = {"block": BLOCK.get(self.group, 2)} if self.family == "block" else {}
        hidden = WIDE.get(self.group, 32)
        return BilinearRNN(
            len(automaton.letters), hidden, len(automaton.states), self.family, seed=self.seed, **options
        )

    def config(self) -> TrainConfig:
        """Two settings in turn: label smoothing, or strong decay without it."""
        smooth = self.seed % 2 == 0
        return TrainConfig(
            steps=3000 if self.group in ("S4", "A5") else 2000,
            lr=3e-3 if self.family == "full" else 1e-2,
            weight_decay=0.5 if smooth else 1.0,
            label_smoothing=0.1 if smooth else 0.0,
            decay_transitions=self.family != "rotation",
            seed=self.seed,
            threads=1,
        )


def cases(groups: tuple[str, ...]) -> Iterator[Case]:
    """Ten full, five block and two CP models of each group, and three of rotations where they can do it."""
    for group in groups:
        for family, seeds in (("full", 10), ("block", 5), ("cp", 2), ("rotation", 3 if group in CYCLIC else 0)):
            yield from (Case(group, family, seed) for seed in range(seeds))


def trained(case: Case, out: Path) -> BilinearRNN:
    """The trained model, from its file if it is there."""
    path, model = out / f"{case.name}.pt", case.model()
    if path.exists():
        model.load_state_dict(torch.load(path, weights_only=True))
    else:
        train(model, StateTracking(parse_task(case.group), every=True), case.config(), progress=False)
        torch.save(model.state_dict(), path)
    return model


def repaired(case: Case, model: BilinearRNN) -> dict[str, Any]:
    """Accuracies, and what `snap` makes of the model."""
    automaton = parse_task(case.group)
    row: dict[str, Any] = {f"accuracy {n}": evaluate(model, automaton, n, size=2000) for n in (10, 500)}
    begun = time.perf_counter()
    try:
        found = compare(model, automaton)
        weights = snap(model, automaton, comparison=found)
        row |= {
            "irreps": list(found.used),
            "distance": found.aligned_distance,
            "size": weights.hidden_size,
            "why": None,
        }
    except (SnapError, ModelError) as error:
        row |= {"irreps": [], "distance": None, "size": None, "why": str(error)}
    return row | {"snap seconds": round(time.perf_counter() - begun, 2)}


def horizons(case: Case, model: BilinearRNN) -> dict[str, Any]:
    """The proved horizon and a wrong word."""
    automaton = parse_task(case.group)
    proof = certify(model, automaton)
    wrong = refute(model, automaton, longest=max(3000, min(20_000, int(4 * min(proof.horizon, 5000)))))
    return {
        "proved": proof.to_json()["horizon"],
        "way": proof.way,
        "certify seconds": proof.seconds,
        "wrong": None if wrong is None else wrong.horizon,
        "random": None if wrong is None else wrong.random_horizon,
    }


def main() -> None:
    """Train, repair, bound; then the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", choices=("train", "snap", "horizons"), help="stop after this step")
    parser.add_argument("--groups", nargs="+", default=list(GROUPS), choices=GROUPS)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    rows = {}
    for case in cases(tuple(args.groups)):
        model = trained(case, args.out)
        steps = {"snap": repaired, "horizons": horizons}
        for name, step in steps.items():
            if args.only == "train" or (args.only == "snap" and name == "horizons"):
                break
            path = args.out / f"{case.name}.{name}.json"
            if not path.exists():
                path.write_text(json.dumps(step(case, model)))
            rows.setdefault(case, {}).update(json.loads(path.read_text()))
            print(case.name, name, json.loads(path.read_text()), flush=True)
    if rows:
        table(rows)


def table(rows: dict[Case, dict[str, Any]]) -> None:
    """Printed by group and family."""
    print("\n| group | family | models | learned | repaired | accuracy at 500 | distance | T* | T_f | T_f / T* |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for group, family in dict.fromkeys((c.group, c.family) for c in rows):
        mine = [row for c, row in rows.items() if (c.group, c.family) == (group, family)]
        good = [row for row in mine if row["accuracy 10"] >= LEARNED]
        fixed = [row for row in good if row["why"] is None]
        cells = [group, family, len(mine), len(good), len(fixed), _median(good, "accuracy 500", ".3f")]
        cells += [_median(fixed, "distance", ".1e"), _median(good, "proved", "g"), _median(good, "wrong", "g")]
        ratios = [r for r in map(ratio, good) if r is not None]
        cells.append(f"{statistics.median(ratios):.1f} (of {len(ratios)})" if ratios else "")
        print("| " + " | ".join(map(str, cells)) + " |")
    good = [row for row in rows.values() if row["accuracy 10"] >= LEARNED]
    fixed = [row for row in good if row["why"] is None]
    ratios = [r for r in map(ratio, good) if r is not None]
    print(f"\n{len(rows)} models, {len(good)} learned the task to length 10, {len(fixed)} of these repaired and proved")
    if ratios:
        within = sum(r <= 10 for r in ratios)
        print(
            f"T_f / T*: median {statistics.median(ratios):.2f} over {len(ratios)} models with both, {within} at most 10"
        )
    for case, row in rows.items():
        if row["accuracy 10"] >= LEARNED and row["why"] is not None:
            print(f"not repaired: {case.name}: {row['why']}")


def ratio(row: dict[str, Any]) -> float | None:
    """T_f / T*, None where no wrong word was found."""
    if row.get("wrong") is None or not isinstance(row.get("proved"), int):
        return None
    return float(row["wrong"] / max(row["proved"], 1))


def _median(rows: list[dict[str, Any]], key: str, form: str) -> str:
    values = [float("inf") if row[key] == "infinity" else row[key] for row in rows if row.get(key) is not None]
    return f"{statistics.median(values):{form}}" if values else ""


if __name__ == "__main__":
    main()
