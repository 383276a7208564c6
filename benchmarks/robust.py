"""Tasks that an open set of weights does for ever (docs/robust.md): their number, and models trained on them.

    python benchmarks/robust.py census                    # all tables with 2 letters and 2, 3, 4 states; a minute
    python benchmarks/robust.py train runs.jsonl          # one model for each robust one, up to names; 20 minutes
    python benchmarks/robust.py others runs.jsonl         # a twentieth of those that are not robust
    python benchmarks/robust.py near near.jsonl --noise 0.1   # trained from near robust weights, for each robust table
    python benchmarks/robust.py settled settled.jsonl     # as train, with the settling that training ends with now
    python benchmarks/robust.py predicted                 # resets, last letters, parity
    python benchmarks/robust.py table runs.jsonl          # what was found

Full models with 16 hidden units and the usual settings, words of 1 to 12 letters, seed 0; settling alone for `settled`,
since it makes codes exact where the theorem is about weights with room around them. `train` and `others` go on
where they were stopped, and stop after 20 minutes of processor time, or `--minutes`.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import islice, permutations, product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from bistate.models import BilinearRNN, StateTracking, evaluate, train, usual_config
from bistate.theory import Automaton, robust_weights, robustness
from bistate.verify import certify, refute

Table = tuple[tuple[int, ...], ...]  # the next state, for every state and letter
SIZES = (2, 3, 4)
LETTERS = 2


def tables(states: int) -> Iterator[Table]:
    """All tables whose states are all reachable from state 0."""
    for flat in product(range(states), repeat=states * LETTERS):
        table = tuple(flat[q * LETTERS : (q + 1) * LETTERS] for q in range(states))
        reached, queue = {0}, [0]
        for q in queue:
            new = set(table[q]) - reached
            reached |= new
            queue += new
        if len(reached) == states:
            yield table


def automaton(table: Table) -> Automaton:
    return Automaton(range(len(table)), range(LETTERS), table, 0)


def least(table: Table) -> Table:
    """The first of all tables that differ in the names of states other than 0, and of letters."""
    found = []
    for others in permutations(range(1, len(table))):
        name = dict(enumerate((0, *others)))
        rows = {name[q]: [name[p] for p in row] for q, row in enumerate(table)}
        found += [tuple(tuple(rows[q][x] for x in letters) for q in range(len(table))) for letters in ((0, 1), (1, 0))]
    return min(found)


def census() -> None:
    for states in SIZES:
        count: Counter[str] = Counter()
        memories: Counter[tuple[int | None, bool | None]] = Counter()
        classes = set()
        for table in tables(states):
            verdict = robustness(automaton(table))
            count[f"(a) {'fails' if verdict.three else 'holds'}, (b) {'fails' if verdict.lost else 'holds'}"] += 1
            if verdict.proved:
                memories[verdict.memory, verdict.bit] += 1
                classes.add(least(table))
        print(f"{states} states: {count.total()} tables; {len(classes)} robust ones up to names")
        for what, number in sorted(count.items()):
            print(f"    {what}: {number}")
        for (memory, bit), number in sorted(memories.items()):
            print(f"    robust, memory {memory}{', one bit' if bit else ''}: {number}")


def measured(
    task: Automaton, hidden: int = 16, noise: float | None = None, settled: bool = False, rate: float | None = None
) -> dict[str, Any]:
    """One model: accuracy, proved horizon, the shortest wrong word that was found.

    With a noise it is not trained from random weights but from robust ones, all of whose numbers are moved by normal
    numbers of that size over the root of the hidden size, with a third of the steps.
    """
    merging = not task.is_permutation
    config = usual_config("full", letters=len(task.letters), states=len(task.states), merging=merging)
    if not settled:
        config = replace(config, settle_steps=0, restarts=0)
    if noise is None:
        model = BilinearRNN(len(task.letters), hidden, len(task.labels), "full", seed=0)
    else:
        model = BilinearRNN.from_weights(robust_weights(task), transition="full", dtype=torch.float32)
        generator = torch.Generator().manual_seed(0)
        with torch.no_grad():
            for p in model.parameters():
                p += noise * torch.randn(p.shape, generator=generator) / model.hidden**0.5
        config = replace(config, steps=config.steps // 3, lr=rate or config.lr)
    train(model, StateTracking(task, lengths=(1, 12)), config, progress=False)
    begun = time.process_time()
    proof = certify(model, task)
    seconds = time.process_time() - begun
    wrong = refute(model, task)
    return {
        "accuracy": evaluate(model, task, length=500, size=200),
        "horizon": str(proof.horizon),
        "way": proof.way,
        "wrong": None if wrong is None else wrong.length,
        "seconds": round(seconds, 2),
        "sides": sides(model, task),
    }


def sides(model: BilinearRNN, task: Automaton) -> str | None:
    """How many of the words of at most six letters that fix two states carry them to ± one ray, as "5 of 9".

    Weights that are right for ever do so for all such words, or their numbers are exact: the largest eigenvalue is real
    and positive, and its left eigenvector has different signs on the two. None where no word fixes two states.
    """
    weights = model.linear()
    reached = {task.start_index: weights.start}
    while len(reached) < len(task.states):
        for p, x in product(list(reached), range(len(task.letters))):
            reached.setdefault(int(task.table[p, x]), weights.A[x] @ reached[p])
    found = []
    for length in range(1, 7):
        for word in product(range(len(task.letters)), repeat=length):
            ends, M = np.arange(len(task.states)), np.eye(len(weights.start))
            for x in word:
                ends, M = task.table[ends, x], weights.A[x] @ M
            fixed = np.flatnonzero(ends == np.arange(len(ends)))
            if len(fixed) == 2:
                values, left = np.linalg.eig(M.T)
                largest = int(np.abs(values).argmax())
                signs = [left[:, largest].real @ reached[int(q)] > 0 for q in fixed]
                found.append(values[largest].imag == 0 and values[largest].real > 0 and signs[0] != signs[1])
    return f"{sum(found)} of {len(found)}" if found else None


def train_all(
    path: Path,
    minutes: float,
    robust: bool,
    noise: float | None = None,
    settled: bool = False,
    rate: float | None = None,
) -> None:
    torch.set_num_threads(1)
    done = {json.dumps(run["table"]) for run in _runs(path)}
    chosen = []
    for states in SIZES:  # in a random order, so that a part of them is a fair one
        of_size = [t for t in sorted({least(t) for t in tables(states)}) if robustness(automaton(t)).proved == robust]
        random.Random(0).shuffle(of_size)
        chosen += of_size if robust else of_size[: 1 + len(of_size) // 20]
    print(f"{len(chosen)} tables, {len(done)} runs are there", flush=True)
    begun = time.process_time()
    for table in chosen:
        if json.dumps(table) in done:
            continue
        if time.process_time() - begun > 60 * minutes:
            print("out of time; the same command goes on")
            return
        task = automaton(table)
        verdict = robustness(task)
        run = {
            "table": table,
            "robust": robust,
            "memory": verdict.memory,
            "bit": verdict.bit,
            **measured(task, noise=noise, settled=settled, rate=rate),
        }
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(run) + "\n")
        print(run, flush=True)


def predicted() -> None:
    torch.set_num_threads(1)
    tasks = {f"reset({n}, keep=False)": Automaton.reset(n, keep=False) for n in (2, 3, 4, 5)}
    tasks["last letter, 3 letters"] = Automaton(range(3), range(3), [[0, 1, 2]] * 3, 0)
    tasks["last two letters"] = automaton(tuple((2 * (q % 2), 2 * (q % 2) + 1) for q in range(4)))
    tasks["parity"] = Automaton.parity()
    tasks |= {f"reset({n})": Automaton.reset(n) for n in (2, 3)}
    for name, task in tasks.items():
        for hidden in (16, 8) if name == "parity" else (16,):
            print(f"{name:24} hidden {hidden:2}  {measured(task, hidden=hidden)}", flush=True)


def _runs(path: Path) -> list[dict[str, Any]]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]


def table_of(path: Path) -> None:
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for run in _runs(path):
        groups.setdefault((run["robust"], len(run["table"]), run["memory"] or 0, run["bit"]), []).append(run)
    print(
        "| robust | states | memory | bit | models | proved for ever | wrong words found | ways | all pairs opposite |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for (robust, states, memory, bit), runs in sorted(groups.items(), key=str):
        infinite = sum(run["horizon"] == "inf" for run in runs)
        wrong = sum(run["wrong"] is not None for run in runs)
        ways = ", ".join(f"{way} {n}" for way, n in Counter(run["way"] for run in runs).most_common())
        opposite = [Fraction(run["sides"].replace(" of ", "/")) for run in runs if run.get("sides")]
        side = f"{sum(share == 1 for share in opposite)} of {len(opposite)}" if opposite else ""
        print(f"| {robust} | {states} | {memory} | {bit} | {len(runs)} | {infinite} | {wrong} | {ways} | {side} |")
    print()
    for run in islice((r for r in _runs(path) if r["robust"] and r["horizon"] != "inf"), 200):
        print(run)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("census", "train", "near", "settled", "others", "predicted", "table"))
    parser.add_argument("path", nargs="?", type=Path, default=Path("robust-runs.jsonl"))
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--noise", type=float, default=0.1, help="of near")
    parser.add_argument("--rate", type=float, default=None, help="of near; the usual one is 3e-3")
    given = parser.parse_args()
    if given.what in ("train", "near", "settled", "others"):
        noise = given.noise if given.what == "near" else None
        train_all(given.path, given.minutes, given.what != "others", noise, given.what == "settled", given.rate)
    elif given.what == "table":
        table_of(given.path)
    else:
        {"census": census, "predicted": predicted}[given.what]()


if __name__ == "__main__":
    main()
