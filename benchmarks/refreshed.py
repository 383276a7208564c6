"""Trained models with a clean-up every k letters: which are right for ever, from which k on not, and what it costs.

    python benchmarks/refreshed.py --models runs/repair --out runs/refreshed [--words 16384] [--groups S3] [--seeds 1]
    python benchmarks/refreshed.py --models runs/repair --cost C5-full-0
    python benchmarks/refreshed.py --models runs/horizons --kinds merging "many letters" [--words 16384]

The models are those that `repair.py --out runs/repair` trains. For every one that is right on 99 of 100 words of ten
letters the largest k is proved whose words are at most --words; where that fails, smaller ones. A k that is proved
proves all smaller ones: their words from the same codes are among those that were multiplied out. Rows are kept under
--out, so the program goes on where it stopped; the table is printed at the end. With --kinds the models are those that
`horizons.py` trains, in exact arithmetic alone, a line each.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any

import horizons
import torch
from bistate.models import Refreshed, evaluate
from bistate.verify import certify, parse_task
from repair import GROUPS, LEARNED, Case, cases, trained

LETTERS, BATCH = 1024, 64  # of the words that are timed
FLOAT_WORDS = 2**13  # for rounding, whose check takes some six times as long


def largest(states: int, letters: int, words: int) -> int:
    """The largest k for which no more words than these are read from the start and from all codes."""
    return max(1, int(math.log(words / (states + 1), letters) + 1e-9))


def row(case: Case, out: Path, words: int) -> dict[str, Any]:
    """Horizons in exact arithmetic by k, from the largest on until one is infinite; the same once more in float32."""
    automaton = parse_task(case.group)
    model = trained(case, out)
    found: dict[str, Any] = {"accuracy": evaluate(model, automaton, 10, size=2000), "exact": {}, "reason": {}}
    if found["accuracy"] < LEARNED:
        return found
    for k in range(largest(len(automaton.states), len(automaton.letters), words), 0, -1):
        proof = certify(Refreshed(model, automaton, every=k), automaton)
        found["exact"][k], found["reason"][k] = proof.to_json()["horizon"], proof.reason
        found["seconds"] = proof.seconds
        if proof.horizon == math.inf:
            break
    k = min(2, *found["exact"], largest(len(automaton.states), len(automaton.letters), FLOAT_WORDS))
    rounded = certify(Refreshed(model, automaton, every=k), automaton, "float32")
    return found | {"float32": [k, rounded.to_json()["horizon"]], "float32 seconds": rounded.seconds}


def further(kinds: list[str], folder: Path, words: int) -> None:
    """Print the largest k that is proved of models of `horizons.py`, or why none is."""
    for family, name, automaton, case in horizons.cases(kinds, 0):
        model, tried = horizons.trained(case, folder), {}
        if automaton.outputs is not None:
            print(f"{family}, {name}: no clean-up, since states share labels", flush=True)
            continue
        for k in range(largest(len(automaton.states), max(2, len(automaton.letters)), words), 0, -1):
            proof = certify(Refreshed(model, automaton, every=k), automaton)
            tried[k] = (proof.horizon, proof.reason)
            if proof.horizon == math.inf:
                break
        accuracy = evaluate(model, automaton, 10, size=2000)
        shown = f"for ever, k = {k}" if proof.horizon == math.inf else str(tried)
        print(f"{family}, {name}: {accuracy:.3f} at 10 letters, {shown}, {proof.seconds:.1f} s", flush=True)


def cost(name: str, out: Path) -> None:
    """Print microseconds for a letter of a word, without a clean-up and with one every k letters."""
    group, family, seed = name.split("-")
    case = Case(group, family, int(seed))
    model, automaton = trained(case, out), parse_task(group)
    words = torch.randint(len(automaton.letters), (BATCH, LETTERS), generator=torch.Generator().manual_seed(0))
    nets: dict[str, Any] = {"none": model}
    nets |= {str(k): Refreshed(model, automaton, every=k) for k in (1, 2, 3, 4, 8, 16, 32, 64)}
    ways = [False, True] if family != "cp" else [False]
    print(f"\n{name}, batch {BATCH}, {LETTERS} letters, microseconds a letter of all words together, best of five")
    print("| k | " + " | ".join("scan" if way else "loop" for way in ways) + " |\n|---|" + "---|" * len(ways))
    with torch.inference_mode():
        for k, net in nets.items():
            cells = []
            for way in ways:
                took = []
                for _ in range(5):
                    begun = time.perf_counter()
                    net(words, parallel=way)
                    took.append(time.perf_counter() - begun)
                cells.append(f"{min(took) / LETTERS * 1e6:.1f}")
            print(f"| {k} | " + " | ".join(cells) + " |", flush=True)


def table(rows: dict[Case, dict[str, Any]]) -> None:
    """Printed by group and family."""
    print(
        "\n| group | family | models | learned | largest k tried | for ever at it | k = 1 | k proved, least | float32 |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    totals = [0, 0, 0, 0]
    for group, family in dict.fromkeys((c.group, c.family) for c in rows):
        mine = [found for case, found in rows.items() if (case.group, case.family) == (group, family)]
        good = [found for found in mine if found["accuracy"] >= LEARNED]
        top = [max(map(int, found["exact"])) for found in good]
        proved = [max([int(k) for k, T in found["exact"].items() if T == "infinity"], default=0) for found in good]
        rounded = [found["float32"][0] for found in good if found["float32"][1] == "infinity"]
        at_top = sum(k == most for k, most in zip(proved, top, strict=True))
        cells = [group, family, len(mine), len(good), max(top, default=""), at_top, sum(k > 0 for k in proved)]
        cells += [min(proved, default=""), f"{len(rounded)} (k = {max(rounded, default=0)})"]
        totals = [
            a + b for a, b in zip(totals, (len(good), at_top, sum(k > 0 for k in proved), len(rounded)), strict=True)
        ]
        print("| " + " | ".join(map(str, cells)) + " |")
    print("\n{} models learned; for ever at the largest k: {}, at k = 1: {}; in float32: {}".format(*totals))
    for case, found in rows.items():
        for k, T in found["exact"].items():
            if T != "infinity":
                print(f"{case.name}, k = {k}: {T} letters; {found['reason'][k]}")


def main() -> None:
    """Prove, and print the table; or time one model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", type=Path, required=True, help="folder of repair.py")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--words", type=int, default=2**14, help="from the start and all codes, of k letters")
    parser.add_argument("--groups", nargs="+", default=list(GROUPS), choices=GROUPS)
    parser.add_argument("--seeds", type=int, default=10, help="of every group and family, at most")
    parser.add_argument("--kinds", nargs="+", default=[], choices=("merging", "many letters"), help="of horizons.py")
    parser.add_argument("--cost", help="a model to be timed, as C5-full-0")
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.kinds:
        further(args.kinds, args.models, args.words)
        return
    if args.cost:
        cost(args.cost, args.models)
        return
    args.out.mkdir(parents=True, exist_ok=True)
    rows = {}
    for case in cases(tuple(args.groups)):
        path = args.out / f"{case.name}.refreshed.json"
        if case.seed >= args.seeds or not (args.models / f"{case.name}.pt").exists():
            continue
        if not path.exists():
            path.write_text(json.dumps(row(case, args.models, args.words)))
            print(case.name, json.loads(path.read_text()), flush=True)
        rows[case] = json.loads(path.read_text())
    if rows:
        table(rows)


if __name__ == "__main__":
    main()
