"""Cascades of random automata and of the benchmark tasks: checked emulation, groups, time and size against states.

    python benchmarks/cascades.py

Writes `results/cascades.md`. Random automata: states 2, …, 8 and letters 2 and 3 in turn, `Automaton.random(states,
letters, "map", seed=k)` for k = 0, …, 499; only reachable states are kept. Each cascade is followed, besides its own
check on all tuples, along 20 random words of 60 letters. Where the transition monoid has at most 10⁵ maps,
`is_star_free` has to agree about group layers.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from bistate.groups.text_file import write_text
from bistate.theory import BENCHMARKS, Automaton, Cascade, is_star_free

TABLE = Path(__file__).parent / "results" / "cascades.md"
PATTERNS = ("(ab)*", "a*b*", "(a|b)*abb", "(aa)*", "(a|bb)*", "((a|b)(a|b))*a")
WORDS, LENGTH, MAPS = 20, 60, 100_000


def made(A: Automaton) -> tuple[Cascade, float]:
    """The cascade and its CPU seconds; the words are not counted."""
    begun = time.process_time()
    cascade = A.cascade()
    spent = time.process_time() - begun
    assert cascade.emulates(A).proved
    draw = np.random.default_rng(0)
    for _ in range(WORDS):
        word = [A.letters[x] for x in draw.integers(0, len(A.letters), LENGTH)]
        assert cascade.run(word) == A.run(word), (A, word)
    return cascade, spent


def agrees(A: Automaton, cascade: Cascade) -> bool | None:
    """Whether "no group layer" is what `is_star_free` says of the automaton; None where that is undecided."""
    verdict = is_star_free(A, MAPS)
    return None if verdict.undecided else verdict.proved is cascade.is_aperiodic


def shown(bounds: tuple[int, int]) -> str:
    return str(bounds[0]) if bounds[0] == bounds[1] else f"{bounds[0]}–{bounds[1]}"


def random_rows(count: int) -> list[str]:
    rows: dict[int, list[tuple[Cascade, float]]] = {}
    groups: Counter[str] = Counter()
    decided = aperiodic = undecided = exact = 0
    for seed in range(count):
        A = Automaton.random(2 + seed % 7, 2 + seed // 7 % 2, "map", seed=seed)
        cascade, spent = made(A)
        rows.setdefault(len(A.states), []).append((cascade, spent))
        groups.update(layer.group_name for layer in cascade.group_layers)
        answer = agrees(A, cascade)
        assert answer is not False, A
        decided, undecided = decided + (answer is not None), undecided + (answer is None)
        aperiodic += cascade.is_aperiodic
        low, high = cascade.complexity
        exact += low == high
    lines = [
        f"{count} random automata: all emulated. {aperiodic} have no group layer; `is_star_free` decided {decided} of "
        f"them and agreed, {undecided} have monoids of more than {MAPS} maps. The interval of the complexity is a "
        f"number for {exact}. Groups of layers: {', '.join(f'{k} {v}' for k, v in groups.most_common())}.",
        "",
        "| states | automata | layers | group layers | tuples | CPU ms |",
        "|---|---|---|---|---|---|",
    ]
    for states, found in sorted(rows.items()):
        columns = [
            [len(c) for c, _ in found],
            [len(c.group_layers) for c, _ in found],
            [len(c.decoded) for c, _ in found],
            [round(1000 * spent, 1) for _, spent in found],
        ]
        cells = [f"{statistics.median(column):g}, at most {max(column):g}" for column in columns]
        lines.append(f"| {states} | {len(found)} | {' | '.join(cells)} |")
    return lines


def benchmark_rows() -> list[str]:
    lines = [
        "| task | states | letters | layers | groups | complexity | tuples | CPU ms |",
        "|---|---|---|---|---|---|---|---|",
    ]
    tasks = {name: entry.automaton for name, entry in BENCHMARKS.items()}
    tasks |= {"regex:" + text.replace("|", r"\|"): Automaton.from_regex(text, "ab") for text in PATTERNS}
    for name, A in tasks.items():
        cascade, spent = made(A)
        assert agrees(A, cascade) is not False, name
        names = ", ".join(layer.group_name for layer in cascade.group_layers) or "none"
        cells = (f"`{name}`", len(A.states), len(A.letters), len(cascade), names, shown(cascade.complexity))
        lines.append(f"| {' | '.join(map(str, cells))} | {len(cascade.decoded)} | {1000 * spent:.1f} |")
    return lines


def growth_rows() -> list[str]:
    lines = [
        "| automaton | states | images and single states | layers | groups | tuples | CPU s |",
        "|---|---|---|---|---|---|---|",
    ]
    for n in (4, 5, 6, 7, 8):
        A = Automaton.from_maps({"c": [*range(1, n), 0], "s": [1, 0, *range(2, n)], "t": [0, 0, *range(2, n)]})
        lines.append(_growth(f"all maps of {n} points", A))
    for n in (10, 12, 14, 16, 20):
        lines.append(_growth(f"random, 2 letters, seed {n}", Automaton.random(n, 2, "map", seed=n)))
    for n in (50, 100, 200):
        lines.append(_growth(f"a counter to {n - 1} that can be reset", Automaton.counter(n - 1, reset=True)))
    return lines


def _growth(name: str, A: Automaton) -> str:
    try:
        cascade, spent = made(A)
    except ValueError as error:
        return f"| {name} | {len(A.states)} | refused: {error} | | | | |"
    images = len({tuple(i) for layer in cascade for c in layer.classes for i in c.images}) + len(A.states)
    names = ", ".join(layer.group_name for layer in cascade.group_layers) or "none"
    return f"| {name} | {len(A.states)} | {images} | {len(cascade)} | {names} | {len(cascade.decoded)} | {spent:.2f} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--automata", type=int, default=500, help="random automata")
    given = parser.parse_args()
    begun = time.process_time()
    lines = [
        "# Cascades",
        "",
        "Made by `python benchmarks/cascades.py`. Every cascade was checked on all tuples that words reach and all",
        f"letters, and followed along {WORDS} random words of {LENGTH} letters. Times are CPU time of `A.cascade()`",
        "with its check, on one core.",
        "",
        "## Random automata of 2 to 8 states",
        "",
        *random_rows(given.automata),
        "",
        "## Benchmark tasks",
        "",
        *benchmark_rows(),
        "",
        "## Growth",
        "",
        *growth_rows(),
    ]
    write_text(TABLE, "\n".join(lines) + "\n")
    print(f"{time.process_time() - begun:.0f} CPU s; wrote {TABLE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
