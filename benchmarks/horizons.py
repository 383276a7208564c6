"""Proved horizons of many trained models beside the shortest wrong words found, for one state of the code or two.

    python benchmarks/horizons.py --models runs/horizons --step train
    python benchmarks/horizons.py --models runs/horizons --step certify --label after
    python benchmarks/horizons.py --models runs/horizons --step refute
    python benchmarks/horizons.py --models runs/horizons --step table --label before after

Three sets of models: groups as in `repair.py` (whose folder of models serves as well), 40 of letters that merge
states, 20 of many letters. "certify" writes a file for its label; with an older checkout first on PYTHONPATH that is
the code of before. Every step goes on where it stopped. Seconds are those of the CPU, one thread. A model counts if it
is right on 99 of 100 words of ten letters.
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

import repair
import torch
from bistate.models import BilinearRNN, StateTracking, TrainConfig, evaluate, train
from bistate.theory import Automaton
from bistate.verify import certify, parse_task, refute

LEARNED = 0.99
PATTERNS = ("(ab)*", "a*b*", "(a|b)*abb", "(aa|b)*", "a*ba*b*", "(a|ba)*", "b*(ab)*")


@dataclass(frozen=True)
class Case:
    """One model.

    Attributes:
        name: for files.
        kind: "groups", "merging" or "many letters".
        automaton: its task.
        hidden: size.
        config: how it is trained.
        seed: of its weights.
    """

    name: str
    kind: str
    automaton: Automaton
    hidden: int
    config: TrainConfig
    seed: int

    @property
    def language(self) -> bool:
        """Whether the task is to accept or to reject."""
        return self.automaton.outputs is not None

    def model(self) -> BilinearRNN:
        """The untrained model."""
        scores = len(self.automaton.labels) if self.language else len(self.automaton.states)
        return BilinearRNN(len(self.automaton.letters), self.hidden, scores, "full", seed=self.seed)

    def data(self) -> StateTracking:
        """What it is trained on."""
        if self.kind == "merging":
            words = {"words": "balanced"} if self.language else {}
            return StateTracking(self.automaton, lengths=(1, 12), **words)
        return StateTracking(self.automaton, every=True)


def merging() -> Iterator[Case]:
    """Random maps, languages, counters, resets: 40 models."""
    tasks: list[tuple[str, Automaton]] = []
    for states, letters in ((3, 3), (5, 2), (5, 5), (10, 3)):
        maps = (Automaton.random(states, letters, "map", seed=seed) for seed in range(4))
        tasks += [(f"map-{states}-{letters}-{seed}", A) for seed, A in enumerate(maps)]
    tasks += [(f"language-{k}", Automaton.from_regex(p, "ab").acceptor()) for k, p in enumerate(PATTERNS)]
    tasks += [(f"counter-{n}", Automaton.counter(n)) for n in (3, 4, 5, 6)]
    tasks += [(f"reset-{n}", Automaton.reset(n, keep=False)) for n in (3, 4)]
    tasks += [(f"latch-{n}", Automaton.reset(n, keep=True)) for n in (2, 3)]
    counts = {"map": 1, "language": 2, "counter": 1, "reset": 1, "latch": 2}
    for name, A in tasks:
        for seed in range(counts[name.split("-")[0]]):
            config = TrainConfig(steps=2000, lr=1e-2, label_smoothing=0.1, weight_decay=0.5, seed=seed, threads=1)
            yield Case(f"{name}-{seed}", "merging", A, 24 if len(A.states) > 5 else 16, config, seed)


def many_letters() -> Iterator[Case]:
    """A_5, S_4, the Heisenberg group of order 27 and C_31, five models each."""
    for group, hidden in (("A5", 63), ("S4", 48), ("SmallGroup(27,3)", 32), ("C31", 32)):
        for seed in range(5):
            config = repair.Case(group, "full", seed).config()
            config = TrainConfig(**{**vars(config), "steps": 3000})
            name = f"{group}-full-{seed}"
            yield Case(name, "many letters", parse_task(group), hidden, config, seed)


def trained(case: Case | repair.Case, folder: Path) -> BilinearRNN:
    """The trained model, from its file if it is there."""
    if isinstance(case, repair.Case):
        return repair.trained(case, folder)
    path, model = folder / f"{case.name}.pt", case.model()
    if path.exists():
        model.load_state_dict(torch.load(path, weights_only=True))
    else:
        train(model, case.data(), case.config, progress=False)
        torch.save(model.state_dict(), path)
    return model


def cases(kinds: list[str], most: int) -> Iterator[tuple[str, str, Automaton, Case | repair.Case]]:
    """Kind, name, task and case of all models, of groups at most so many seeds of a family."""
    if "groups" in kinds:
        for case in repair.cases(repair.GROUPS):
            if case.seed < most:
                yield f"{case.group} {case.family}", case.name, parse_task(case.group), case
    own = [*(merging() if "merging" in kinds else ()), *(many_letters() if "many letters" in kinds else ())]
    for case in own:
        family = "merging" if case.kind == "merging" else "many letters " + case.name.split("-")[0]
        yield family, case.name, case.automaton, case


def certified(model: BilinearRNN, automaton: Automaton, effort: str) -> dict[str, Any]:
    """The proved horizon."""
    begun = time.process_time()
    proof = certify(model, automaton) if effort == "usual" else certify(model, automaton, effort=effort)
    return {"proved": proof.horizon, "way": proof.way, "seconds": round(time.process_time() - begun, 2)}


def refuted(model: BilinearRNN, automaton: Automaton) -> dict[str, Any]:
    """A wrong word, and whether the task is learned."""
    begun = time.process_time()
    wrong = refute(model, automaton)
    return {
        "wrong": None if wrong is None else wrong.length,
        "accuracy": evaluate(model, automaton, 10, size=2000),
        "seconds": round(time.process_time() - begun, 2),
    }


def read(path: Path) -> dict[str, dict[str, Any]]:
    """Rows of a file, by the names of the models."""
    lines = path.read_text().splitlines() if path.exists() else []
    return {row.pop("name"): row for row in map(json.loads, lines)}


def table(folder: Path, labels: list[str], kinds: list[str], most: int) -> None:
    """By family: medians, and how many are within 2.5 and 5 times."""
    wrong = read(folder / "refute.jsonl")
    found = {label: read(folder / f"certify-{label}.jsonl") for label in labels}
    families: dict[str, list[str]] = {}
    for family, name, _, _ in cases(kinds, most):
        if name in wrong and all(name in rows for rows in found.values()) and wrong[name]["accuracy"] >= LEARNED:
            families.setdefault(family, []).append(name)
    families["groups of up to 24 elements"] = [
        n for f, names in families.items() for n in names if " " in f and "letters" not in f and not f.startswith("A5")
    ]
    print("| models | learned | T_f | " + " | ".join(f"T* {x} | T_f / T* {x} | ≤ 5 | s {x}" for x in labels) + " |")
    print("|---|---|---|" + "---|---|---|---|" * len(labels))
    for family, names in families.items():
        if not names:
            continue
        known = [n for n in names if wrong[n]["wrong"] is not None]
        cells = [family, str(len(names)), f"{statistics.median(wrong[n]['wrong'] for n in known):g}" if known else ""]
        for label in labels:
            rows = found[label]
            ratios = [wrong[n]["wrong"] / max(rows[n]["proved"], 1) for n in known]
            cells.append(f"{statistics.median(rows[n]['proved'] for n in names):g}")
            cells.append(f"{statistics.median(ratios):.1f} (of {len(ratios)})" if ratios else "")
            cells.append(f"{sum(r <= 5 for r in ratios)}" if ratios else "")
            cells.append(f"{statistics.median(rows[n]['seconds'] for n in names):.1f}")
        print("| " + " | ".join(cells) + " |")
    if len(labels) == 2:
        before, after = (found[label] for label in labels)
        both = [n for names in families.values() for n in names]
        less = sorted({n for n in both if after[n]["proved"] < before[n]["proved"]})
        print(
            "\nless than before:", ", ".join(f"{n} {before[n]['proved']} {after[n]['proved']}" for n in less) or "none"
        )


def main() -> None:
    """One step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", type=Path, required=True, help="folder of the trained models and of the rows")
    parser.add_argument("--step", choices=("train", "certify", "refute", "table"), required=True)
    parser.add_argument("--label", nargs="+", default=["now"], help="of the code, for certify and table")
    parser.add_argument("--kinds", nargs="+", default=["groups", "merging", "many letters"])
    parser.add_argument("--effort", default="usual", help="of certify")
    parser.add_argument("--seeds", type=int, default=10, help="of groups, at most so many models of a family")
    parser.add_argument("--names", nargs="+", default=[""], help="models whose names begin so")
    args = parser.parse_args()
    args.models.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    if args.step == "table":
        table(args.models, args.label, args.kinds, args.seeds)
        return
    path = args.models / (f"certify-{args.label[0]}.jsonl" if args.step == "certify" else f"{args.step}.jsonl")
    known = read(path)
    for _, name, automaton, case in cases(args.kinds, args.seeds):
        if not name.startswith(tuple(args.names)):
            continue
        if args.step == "train" or name not in known:
            model = trained(case, args.models)
            if args.step != "train":
                certifying = args.step == "certify"
                row = certified(model, automaton, args.effort) if certifying else refuted(model, automaton)
                with path.open("a") as file:
                    file.write(json.dumps({"name": name, **row}) + "\n")
                print(name, row, flush=True)


if __name__ == "__main__":
    main()
