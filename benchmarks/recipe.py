"""The usual settings on new seeds: every family that can do a task, right at 5000 letters or not, and proved how far.

    python benchmarks/recipe.py [--first-seed 100] [--seeds 10] [--only D7 C31] [--model full block] [--no-settling]

Sizes are those of `usual_model`, settings those of `usual_config`; words of 2 to 10 letters, labelled at the last. A
seed is solved at a length if none of the words with balanced labels is wrong there. With --no-settling training ends
with the last step of AdamW, and begins once. With --certify the proved horizon of every solved model is there too.

Each training is done once: a line of --output, a CSV file. The same command goes on with those that are missing; the
page is made from all lines that are there, with --page-only without any training.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import math
import os
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from bistate.groups import AlternatingGroup, SymmetricGroup
from bistate.groups.catalogue.named import named_group
from bistate.groups.text_file import write_text
from bistate.models import StateTracking, TrainingError, evaluate, train, usual_config, usual_model
from bistate.models.tasks.word_laws import balanced_law, usual_words
from bistate.theory import Automaton, classify
from bistate.verify import certify
from bistate.verify.experiments.intervals import binomial_interval
from bistate.verify.experiments.markdown_table import table_lines

RESULTS = Path(__file__).parent / "results"
FAMILIES = ("full", "block", "rotation", "cp", "householder", "monomial", "diagonal")
LENGTHS = {10: 1000, 500: 500, 5000: 200}  # letters of test words, and how many
FIELDS = (
    *("task", "family", "seed", "settling", "hidden", "block", "heads", "reflections", "rank", "steps", "parameters"),
    *("settled", "attempts", "at_10", "at_500", "at_5000", "chance", "proved", "train_seconds", "error"),
)
COLUMNS = (
    *("task", "family", "sizes", "settled", "attempts", "solved at 10", "at 500", "at 5000", "interval", "least"),
    *("chance", "proved, median", "CPU s"),
)
SWAPS = [tuple({i: j, j: i}.get(k, k) for k in range(5)) for i, j in itertools.combinations(range(5), 2)]


def word_problem(name: str, letters: str = "all") -> Callable[[], Automaton]:
    """The word problem of a named group."""
    return lambda: Automaton.word_problem(named_group(name), letters=letters)


TASKS: dict[str, Callable[[], Automaton]] = {
    "D7": word_problem("D7"),
    "Q8": word_problem("Q8"),
    "C2xC2xC3": word_problem("C2xC2xC3"),
    "S4-points": lambda: Automaton.word_problem(SymmetricGroup(4), letters="generators", track="point"),
    "A4-generators": lambda: Automaton.word_problem(AlternatingGroup(4), letters="generators"),
    "S5-points-swaps": lambda: Automaton.word_problem(SymmetricGroup(5), letters=SWAPS, track="point"),
    "Heisenberg-27": word_problem("SmallGroup(27,3)"),
    "C7": word_problem("C7"),
    "C12": word_problem("C12"),
    "C31": word_problem("C31"),
    "regex-abb": lambda: Automaton.from_regex("(a|b)*abb", "ab").acceptor(),
    "map-5": lambda: Automaton.random(5, 5, "map", seed=0),
    "map-10": lambda: Automaton.random(10, 10, "map", seed=0),
    "counter-3": lambda: Automaton.counter(3, reset=True),
    "counter-5": lambda: Automaton.counter(5, reset=True),
    "S3-generators": word_problem("S3", "generators"),
    "S4-generators": word_problem("S4", "generators"),
    "A5-generators": word_problem("A5", "generators"),
    "S3": word_problem("S3"),
    "S4": word_problem("S4"),
    "A5": word_problem("A5"),
}
MAIN = tuple(TASKS)[:15]


def able(automaton: Automaton, family: str) -> bool:
    """Whether weights of the family are known for the task."""
    row = classify(automaton.with_outputs(None), family)[family]
    return not math.isinf(row.upper.size)


def trained(name: str, family: str, seed: int, settling: bool, proved: bool) -> dict[str, Any]:
    """One training and what came of it."""
    automaton = TASKS[name]()
    task = StateTracking(automaton, (2, 10), words=usual_words(automaton, 10))
    begun = time.process_time()
    model = usual_model(automaton, family, seed=seed)
    plain = {} if settling else {"settle_steps": 0, "restarts": 0}
    config = usual_config(family, **task.sizes, seed=seed, threads=1, **plain)
    found: dict[str, Any] = dict.fromkeys(FIELDS, "") | {
        "task": name,
        "family": family,
        "seed": seed,
        "settling": int(settling),
        "steps": config.steps,
        **{field: getattr(model, field) for field in ("hidden", "block", "heads", "reflections", "rank")},
        "parameters": model.parameter_count,
    }
    try:
        run = train(model, task, config, progress=False)
        found["attempts"] = run.attempts
        found["settled"] = "" if run.settled is None else f"{run.settled:.1e}"
        found["train_seconds"] = round(time.process_time() - begun, 1)
        law = balanced_law(task.words)
        for length, size in LENGTHS.items():
            found[f"at_{length}"] = evaluate(model, task, length, size, words=law)
        found["chance"] = round(float(task.chance_level(5000, law)), 4)
        if proved and found["at_5000"] == 1.0:
            found["proved"] = certify(model, automaton, effort="quick").horizon
    except TrainingError as error:
        found["error"] = str(error)
    return found


def page(lines: Sequence[dict[str, str]]) -> str:
    """Rows of tasks and families: how many seeds, with the exact 95 % interval of Clopper and Pearson at 5000."""
    text = [
        "# The usual settings on new seeds",
        "",
        "`python benchmarks/recipe.py --certify`, one thread a training; --only and --model choose rows, --first-seed",
        "and --seeds their seeds. recipe.csv has a line for each run; `--page-only` makes this page of them.",
        "",
        "Solved: seeds with no wrong answer among 1000, 500 and 200 words of that length with balanced labels, and the",
        "95 % interval of Clopper and Pearson at 5000. Least: the least accuracy of a seed at 5000.",
        "Attempts: of a seed, on average; training begins again while one of 200 other words of 5000 letters is wrong.",
        "Rows of groups but monomial ones are seeds from 100 on, nearly all of before there were restarts: a first",
        "attempt that is right is the same with them; the three that were not were trained again. The others are",
        "seeds from 110 on, which chose nothing. Monomial models of groups, but two, began again by 3000 letters.",
        "",
    ]
    rows: list[tuple[str, ...]] = []
    groups: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for line in lines:
        groups.setdefault((line["task"], line["family"], line["settling"]), []).append(line)
    for (task, family, settling), members in groups.items():
        first, count = members[0], len(members)
        solved = {n: sum(m[f"at_{n}"] == "1.0" for m in members) for n in LENGTHS}
        low, high = binomial_interval(solved[5000], count)
        horizons = [float(m["proved"]) for m in members if m["proved"]]
        sizes = f"{first['hidden']}" + {
            "block": f", blocks of {first['block']}",
            "householder": f", {first['heads']} heads, {first['reflections']} factors",
            "cp": f", rank {first['rank']}",
        }.get(family, "")
        cells = (
            *(task, family + ("" if settling == "1" else ", no settling"), sizes),
            f"{sum(bool(m['settled']) for m in members)} of {count}" if settling == "1" else "",
            f"{statistics.mean(int(m['attempts'] or 1) for m in members):.1f}",
            *(f"{solved[n]} of {count}" for n in LENGTHS),
            f"{low:.2f}–{high:.2f}",
            f"{min(float(m['at_5000'] or 0) for m in members):.3f}",
            first["chance"],
            f"{statistics.median(horizons):.3g}" if horizons else "",
            f"{statistics.median(float(m['train_seconds'] or 0) for m in members):.0f}",
        )
        rows.append(cells)
    return "\n".join([*text, *table_lines(COLUMNS, rows)]) + "\n"


def read(path: Path) -> list[dict[str, str]]:
    """The lines that are there."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def written(lines: Iterable[dict[str, Any]], path: Path) -> None:
    """All lines, in one step."""
    text = StringIO()
    writer = csv.DictWriter(text, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text.getvalue())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--first-seed", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=10, help="how many, from --first-seed on")
    parser.add_argument("--only", nargs="+", default=MAIN, choices=TASKS, metavar="TASK", help=", ".join(TASKS))
    parser.add_argument("--model", nargs="+", default=FAMILIES, choices=FAMILIES, help="transition families")
    parser.add_argument("--no-settling", action="store_true")
    parser.add_argument("--certify", action="store_true", help="prove horizons of solved models, with effort quick")
    parser.add_argument("--page-only", action="store_true", help="make the page of the lines that are there")
    parser.add_argument("--output", type=Path, default=RESULTS / "recipe.csv")
    parser.add_argument("--page", type=Path, default=RESULTS / "recipe.md")
    given = parser.parse_args()
    torch.set_num_threads(1)
    lines = read(given.output)
    settling = not given.no_settling
    done = {(line["task"], line["family"], int(line["seed"]), line["settling"] == "1") for line in lines}
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    for name, family in () if given.page_only else itertools.product(given.only, given.model):
        wanted = [seed for seed in seeds if (name, family, seed, settling) not in done]
        if not wanted or not able(TASKS[name](), family):
            continue
        for seed in wanted:
            found = trained(name, family, seed, settling, given.certify)
            lines.append({field: str(value) for field, value in found.items()})
            said = found["error"] or ", ".join(f"{found[f'at_{n}']:.3f} at {n}" for n in LENGTHS)
            print(f"{name} {family} seed {seed}: {said}, {found['train_seconds']} s", flush=True)
            written(lines, given.output)
    write_text(given.page, page(lines))


if __name__ == "__main__":
    main()
