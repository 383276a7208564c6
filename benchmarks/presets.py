"""Benchmark tasks trained with the usual settings on their own lengths, labels and words; accuracy at 500 letters.

    python benchmarks/presets.py [--seeds 5] [--only sd-ssm/D4 paper/parity] [--model full] [--hidden 64] [--jobs 2]

Each training is done once: its result is a file in --output, and the same command goes on with those that have none.
The page is written again after every training. Lengths are drawn in proportion to 1/n, as `bistate train` does; a row's
command trains its first model.

The accuracy that counts is that on 1000 words of 500 letters, or of 499 where none has 500, whose labels are balanced:
a constant answer is right on one in so many. A seed counts as solved if none of the 1000 is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from bistate.groups.text_file import write_text
from bistate.models import BilinearRNN, TrainingError, benchmark_task, evaluate, train, usual_config
from bistate.models.tasks.word_laws import balanced_law
from bistate.theory import BENCHMARKS
from joblib import Parallel, delayed

TABLE = Path(__file__).parent / "results" / "presets.md"
LONG, WORDS = 500, 1000
COLUMNS = (
    *("task", "family", "train", "labels", "words", "length", "solved"),
    *("least", "median", "chance", "steps", "CPU s", "command"),
)
USUAL = (  # from the smallest to the largest; the word problems of S5 are asked for by name
    *("paper/parity", "paper/modular-addition-5", "paper/random-machine-5", "paper/modular-arithmetic-5"),
    *("chomsky/even-pairs", "chomsky/parity-check", "chomsky/cycle-navigation", "chomsky/modular-arithmetic"),
    *("pd-ssm/parity", "pd-ssm/even-pairs", "pd-ssm/cycle-nav", "pd-ssm/mod-arith", "xlstm/cycle-nav"),
    *("sd-ssm/C2xC4", "sd-ssm/D4", "sd-ssm/C2xC30", "sd-ssm/D30", "sd-ssm/A5"),
    *("complex-kda/s3", "complex-kda/s4", "delta-product/S3-2-tokens", "word-problem/Z60", "word-problem/A5"),
)


@dataclass(frozen=True)
class Training:
    """What is trained."""

    task: str
    model: str
    hidden: int
    seed: int
    steps: int | None = None  # None: the usual ones

    @property
    def file(self) -> str:
        steps = "" if self.steps is None else f"-{self.steps}"
        return f"{self.task.replace('/', '-')}-{self.model}-{self.hidden}{steps}-seed{self.seed}.json"

    @property
    def command(self) -> str:
        more = "" if self.steps is None else f" --steps {self.steps}"
        size = f"--model {self.model} --hidden {self.hidden}{more} --seed {self.seed}"
        return f"bistate train {self.task} {size} -o runs/new"


def result_of(wanted: Training, folder: Path) -> dict[str, Any]:
    """The result of a training: read if there is one, else made and written in one step."""
    path = folder / wanted.file
    if path.exists():
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if {name: found[name] for name in asdict(wanted)} != asdict(wanted):
            raise SystemExit(f"{path} is about another training; remove it or choose another --output")
        return found
    begun = time.process_time()
    task = benchmark_task(wanted.task)
    A = task.automaton
    given = {} if wanted.steps is None else {"steps": wanted.steps}
    config = usual_config(wanted.model, **task.sizes, seed=wanted.seed, threads=1, **given)
    model = BilinearRNN(len(A.letters), wanted.hidden, len(A.labels), wanted.model, seed=wanted.seed)
    law, long = balanced_law(task.words), task.length_near(LONG)
    found = {**asdict(wanted), "reason": "", "command": wanted.command, "length": long, "steps_taken": config.steps}
    found |= {"lengths": list(task.law.lengths), "words": task.words, "every": task.every}
    found |= {"chance": float(task.chance_level(long, law)), "accuracy": None, "in_training": None}
    try:
        train(model, task, config, progress=False)
        trained = task.law.longest
        found["in_training"] = evaluate(model, task, trained, WORDS, words=law)
        found["accuracy"] = evaluate(model, task, long, WORDS, words=law)
    except TrainingError as error:
        found["reason"] = str(error)
    found["cpu_seconds"] = round(time.process_time() - begun, 1)
    folder.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(found) + "\n")
    return found


def page(results: Sequence[dict[str, Any]], typed: str) -> str:
    """The table, a row for each task and size of model."""
    lines = [
        "# Benchmark tasks on their own lengths, labels and words",
        "",
        f"Made by `{typed}`, {platform.machine()}, one thread a training. `bistate tasks NAME` has what a task is.",
        "",
        f"Solved: seeds with no wrong answer on {WORDS} words of the length given, with balanced labels. Beside it",
        "the least and the median accuracy over seeds there, and chance. CPU seconds include the measurement.",
        "",
        f"| {' | '.join(COLUMNS)} |",
        f"|{'---|' * len(COLUMNS)}",
    ]
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for found in results:
        groups.setdefault((found["task"], found["model"], found["hidden"], found["steps"]), []).append(found)
    for members in groups.values():
        lines.append(row(sorted(members, key=lambda found: found["seed"])))
    return "\n".join(lines) + "\n"


def row(members: Sequence[dict[str, Any]]) -> str:
    first = members[0]
    figures = [0.0 if found["accuracy"] is None else found["accuracy"] for found in members]
    solved = sum(figure == 1.0 for figure in figures)
    cells = (
        first["task"],
        f"{first['model']}, {first['hidden']}",
        f"{first['lengths'][0]}–{first['lengths'][-1]}",
        "every" if first["every"] else "last",
        first["words"],
        str(first["length"]),
        f"{solved} of {len(members)}",
        f"{min(figures):.3f}",
        f"{statistics.median(figures):.3f}",
        f"{first['chance']:.3f}",
        str(first["steps_taken"]),
        f"{statistics.median(found['cpu_seconds'] for found in members):.0f}",
        f"`{first['command']}`",
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5, help="how many, from 0 on")
    parser.add_argument("--only", nargs="+", default=USUAL, metavar="TASK", help="names of `bistate tasks`")
    parser.add_argument("--model", nargs="+", default=["full"], help="transition families")
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--steps", type=int, help="other than the usual ones")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--output", type=Path, default=Path("runs/presets"), help="folder of the results")
    parser.add_argument("--page", type=Path, default=TABLE)
    given = parser.parse_args()
    unknown = [name for name in given.only if name not in BENCHMARKS]
    if unknown:
        parser.error(f"{', '.join(unknown)}: no benchmark task; see `bistate tasks`")
    wanted = [
        Training(task, model, given.hidden, seed, given.steps)
        for task in given.only
        for model in given.model
        for seed in range(given.seeds)
    ]
    changed = {"only": USUAL, "model": ["full"], "hidden": 64, "steps": None}
    typed = ["python benchmarks/presets.py --seeds", given.seeds]
    for name, usual in changed.items():
        value = getattr(given, name)
        if value != usual:
            typed += [f"--{name}", *(value if isinstance(value, list) else [value])]
    done = []
    runs = Parallel(n_jobs=given.jobs, return_as="generator")(delayed(result_of)(w, given.output) for w in wanted)
    for found in runs:
        done.append(found)
        said = (
            found["reason"] or f"{found['accuracy']:.3f} at {found['length']}, {found['in_training']:.3f} in training"
        )
        print(f"{found['task']} seed {found['seed']}: {said}, {found['cpu_seconds']} s", flush=True)
        write_text(given.page, page(done, " ".join(map(str, typed))))


if __name__ == "__main__":
    main()
