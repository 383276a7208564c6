"""Irreducible representations and character tables: this library and GAP on the same generators.

    python benchmarks/irreps.py [--groups "A5 M11"] [--sections irreps,tables,regular] [--gap-limit 120] [--output FILE]

Every measurement is CPU time in a fresh process, without start-up and imports, after the same work on S3 and A4;
garbage collection counts, but does not look through what was imported. Ours is the first call for the group,
verification of every irrep included, and the best of two processes where it took under two seconds; GAP's is the mean
over as many copies of the group as take 40 ms. Sections:

irreps: `group.irreps()`, and the matrices of all generators under GAP's IrreducibleRepresentations.
tables: `group.character_table()`, and the faster of GAP's Irr and IrrDixonSchneider.
regular: `decompose(regular_representation(group))`, and RepnDecomp's REPN_ComputeUsingMyMethod.

Memory is the peak of our process, of which the imports take some 80 MB. Progress goes to stderr.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import math
import pkgutil
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
STORE = HERE.parent / "tests" / "oracles" / "oracle.json"
NAMED = ["A5", "S5", "A6", "S6", "PSL(2,7)", "SL(2,5)", "PSL(2,8)", "PGL(2,7)", "GL(2,3)", "C2wrS4", "A7", "M11"]
SMALL = 63  # order up to which all groups, or a part of them, are in the list of the first section
WHOLE = (48, 60, 61, 62, 63)  # orders of which all groups are
SOLVABLE = (  # larger ones for the first section
    *("SmallGroup(72,3)", "SmallGroup(125,3)", "SmallGroup(125,4)", "SmallGroup(192,78)", "SmallGroup(240,53)"),
    *("SmallGroup(351,1)", "SmallGroup(625,7)", "TransitiveGroup(8,38)", "TransitiveGroup(8,46)"),
    *("TransitiveGroup(8,47)", "PrimitiveGroup(16,10)", "PrimitiveGroup(27,3)", "PrimitiveGroup(49,12)"),
    *("AGL(1,31)", "AGL(2,3)"),
)
DEFAULTS = {"tables": ["S6", "M11", "S10", "M12", "M24"], "regular": ["S4", "A5", "S5"]}
REPEATED_BELOW = 2.0  # seconds: what took less is measured twice
HALF = 0.5  # a ratio below is named


@dataclass(frozen=True)
class Measured:
    """Seconds, or why there are none."""

    seconds: float | None
    note: str = ""
    irreps: int = 0
    megabytes: int = 0
    first: float = 0

    def __str__(self) -> str:
        return self.note if self.seconds is None else f"{self.seconds:.4f}"


def library_groups() -> dict[str, list[list[int]]]:
    """Generators by name, as image lists from 0, of the groups that the tests compare with GAP."""
    return {name: generators for name, _, _, generators, _, _ in json.loads(STORE.read_text())}


def generators_of(name: str, stored: dict[str, list[list[int]]]) -> list[list[int]]:
    """The generators of a stored group, or of any group that `named_group` understands."""
    if name in stored:
        return stored[name]
    from bistate.groups import named_group

    return [list(generator) for generator in named_group(name).generators]


def default_groups(section: str, every: int) -> list[str]:
    if section != "irreps":
        return DEFAULTS[section]
    rows = json.loads(STORE.read_text())
    small = {row[0]: row[1] for row in rows if row[0].startswith("SmallGroup") and 1 < row[1] <= SMALL}
    others = [name for name, order in small.items() if order not in WHOLE][::every]
    return [*others, *(name for name, order in small.items() if order in WHOLE), *SOLVABLE, *NAMED]


# --- ours, in a child process ---


def work(task: str) -> Callable[[Any], int]:
    """What is measured, as a function of a group to the number of irreps."""
    from bistate.groups import decompose, regular_representation

    tasks: dict[str, Callable[[Any], int]] = {
        "irreps": lambda group: len(group.irreps()),
        "tables": lambda group: len(group.character_table().characters),
        "regular": lambda group: len(decompose(regular_representation(group)).constituents),
    }
    return tasks[task]


def child(task: str) -> None:
    """Measure the group whose generators are on stdin: prints [seconds, irreps, peak memory in MB, seconds before]."""
    import bistate.groups as package
    from bistate.groups import PermutationGroup

    for module in pkgutil.walk_packages(package.__path__, "bistate.groups."):
        importlib.import_module(module.name)
    measured = work(task)
    begun = time.process_time()
    for warm_up in ([[1, 2, 0], [1, 0, 2]], [[1, 2, 0, 3], [0, 2, 3, 1]]):  # S3 and A4: a formula, and the general road
        measured(PermutationGroup(warm_up))
    first = time.process_time() - begun
    gc.collect()
    gc.freeze()  # what was imported is looked through by no collection that happens to fall into the measured time
    group = PermutationGroup(json.load(sys.stdin))
    begun = time.process_time()
    count = measured(group)
    seconds = time.process_time() - begun
    print(json.dumps([seconds, count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, first]))


def ours(task: str, generators: Sequence[Sequence[int]], limit: float) -> Measured:
    command = [sys.executable, __file__, "--child", task]
    try:
        done = subprocess.run(
            command, input=json.dumps(generators), capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return Measured(None, f"over {limit:g}")
    if done.returncode:
        error = done.stderr.strip().splitlines()[-1]
        print(error, file=sys.stderr)
        return Measured(None, error.partition(":")[0].rpartition(".")[2])
    seconds, irreps, megabytes, first = json.loads(done.stdout)
    return Measured(seconds, "", irreps, megabytes, first)


# --- GAP ---


def gap(task: str, generators: Sequence[Sequence[int]], limit: float) -> Measured:
    if not shutil.which("gap"):
        return Measured(None, "no GAP")
    images = [[point + 1 for point in generator] for generator in generators]
    text = f'task := "{task}";;\ngenerators := {json.dumps(images)};;\nRead("{HERE / "irreps.g"}");\n'
    try:
        done = subprocess.run(["gap", "-q"], input=text, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return Measured(None, f"over {limit:g}")
    words = done.stdout.split()
    if "MISSING" in words:
        return Measured(None, f"no {words[words.index('MISSING') + 1]}")
    if "MILLISECONDS" not in words:
        print((done.stdout + done.stderr)[-500:], file=sys.stderr)
        return Measured(None, "failed")
    at = words.index("MILLISECONDS")
    return Measured(float(words[at + 1]) / 1000, "", int(words[at + 2]))


def best(measure: Callable[[], Measured]) -> Measured:
    first = measure()
    if first.seconds is None or first.seconds >= REPEATED_BELOW:
        return first
    second = measure()
    return min(first, second, key=lambda m: m.seconds if m.seconds is not None else first.seconds)


def gap_best(section: str, generators: Sequence[Sequence[int]], limit: float) -> Measured:
    tasks = ["tables", "dixon"] if section == "tables" else [section]
    found = [gap(task, generators, limit) for task in tasks]
    done = [m for m in found if m.seconds is not None]
    return min(done, key=lambda m: m.seconds or 0) if done else found[0]


# --- the table ---


def run_section(section: str, names: list[str], options: argparse.Namespace, say: Callable[[str], None]) -> None:
    stored = library_groups()
    groups = {name: generators_of(name, stored) for name in names}  # first, so that an unknown name costs no time
    say(f"\n{section}, CPU seconds")
    say(f"{'group':<20} {'order':>9} {'irreps':>6} {'ours':>12} {'GAP':>12} {'ratio':>8} {'our MB':>7}")
    pairs: list[tuple[str, Measured, Measured]] = []
    first: list[float] = []
    for name, generators in groups.items():
        print(f"{section} {name} ...", file=sys.stderr)
        mine = best(lambda generators=generators: ours(section, generators, options.limit))
        theirs = gap_best(section, generators, options.gap_limit)
        pairs.append((name, mine, theirs))
        first.append(mine.first)
        both = mine.seconds is not None and theirs.seconds is not None
        ratio = f"{theirs.seconds / mine.seconds:8.2f}" if both else f"{'–':>8}"
        count = mine.irreps or theirs.irreps or "–"
        say(f"{name:<20} {order_of(generators):>9} {count:>6} {mine!s:>12} {theirs!s:>12} {ratio} {mine.megabytes:>7}")
    summarise(pairs, say, NAMED if section == "irreps" else [])
    say(f"the first calls in a process, on S3 and A4, took {statistics.median(first):.3f} s and are not counted")


def order_of(generators: Sequence[Sequence[int]]) -> int:
    from bistate.groups import PermutationGroup

    return PermutationGroup(generators).order


def summarise(pairs: list[tuple[str, Measured, Measured]], say: Callable[[str], None], apart: list[str]) -> None:
    done = [(name, m.seconds, g.seconds) for name, m, g in pairs if m.seconds is not None and g.seconds is not None]
    if not done:
        say("no group was measured on both sides")
        return
    mine, theirs = sum(m for _, m, _ in done), sum(g for _, _, g in done)
    say(f"{len(done)} groups measured on both sides: ours {mine:.2f} s, GAP {theirs:.2f} s, ratio {theirs / mine:.2f}")
    ratios = sorted((g / m, name) for name, m, g in done)
    slower = [f"{name} ({ratio:.2f})" for ratio, name in ratios if ratio < HALF]
    say(f"geometric mean of the ratios {geometric_mean([ratio for ratio, _ in ratios]):.2f}")
    others = [ratio for ratio, name in ratios if name not in apart]
    if len(others) not in (0, len(ratios)):
        say(f"without the last {len(ratios) - len(others)}: {geometric_mean(others):.2f}")
    say(f"least ratio {ratios[0][0]:.2f} ({ratios[0][1]}); below {HALF}: {', '.join(slower) or 'none'}")


def geometric_mean(values: Sequence[float]) -> float:
    return math.exp(sum(map(math.log, values)) / len(values))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groups", default="", help="names separated by semicolons or spaces; default: a list each")
    parser.add_argument("--sections", default="irreps,tables,regular", help="which tables to print")
    parser.add_argument("--every", type=int, default=3, help="of the other groups up to order 63 every n-th; 1: all")
    parser.add_argument("--gap-limit", type=float, default=120, help="seconds of wall time for one run of GAP")
    parser.add_argument("--limit", type=float, default=600, help="seconds of wall time for one run of ours")
    parser.add_argument("--output", type=Path, help="also write the tables to this file")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child)
        return
    lines: list[str] = []

    def say(line: str) -> None:
        print(line, flush=True)
        lines.append(line)
        if options.output:
            options.output.write_text("\n".join(lines) + "\n")

    say("Ratio: GAP's time over ours. A time that was not measured says why.")
    for section in options.sections.split(","):
        names = options.groups.replace(";", " ").split() or default_groups(section, options.every)
        run_section(section, names, options, say)


if __name__ == "__main__":
    main()
