"""Writes ladder.json: four numbers of every group of order below 64, of some named ones, and of transitive groups.

    python tests/oracles/make_ladder_oracle.py [--check]

GAP 4 with the packages SmallGrp, TransGrp and CtblLib evaluates the real irreps (ladder.g); the covering problems are
solved here, exactly. Nothing is imported from the library. `--check` compares with the stored file and writes nothing.

With V the real irreps and r_V(g) = rank(V(g) − 1), the numbers of a group are
    d         the least total degree of a set of V with trivial joint kernel,
    b         the least b such that all V of degree at most b have trivial joint kernel,
    k_single  the least, over the sets I of V with trivial joint kernel, of the maximum over g of Σ_{V in I} r_V(g),
    k_head    the least k such that all V with r_V(g) ≤ k for every g have trivial joint kernel;
for the trivial group 1, 1, 0, 0. The numbers of a transitive group, tracked on its points from the first one with
stabiliser K, are the same for the V with V^K ≠ 0 and for sets I that move every other point: its coset gK does not fix
V^K pointwise for some V in I. The letters, hence the g of the maximum, are all elements of the group.

The file is {"groups": rows, "named": rows, "points": rows}, rows of the first two being
    [name, order, degree, generators as image lists from 0, GAP's StructureDescription, d, b, k_single, k_head],
the first three and the generators as in oracle.json, and rows of the last
    [name, degree, generators as image lists from 0, d, b, k_single, k_head].
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
STORE = HERE / "ladder.json"
LARGEST_ORDER = 63
LARGEST_DEGREE = 6  # of the transitive groups
NAMED = ("S5", "A6", "PSL(2,7)", "S6", "A7")

Row = list[Any]


class Item(NamedTuple):
    """A real irrep, or anything else to choose: what it covers, and a cost for each of some columns."""

    cover: frozenset[int]
    cost: tuple[int, ...]


# --- the covering problems ---


def reduced_rows(items: Sequence[Item], rows: frozenset[int]) -> frozenset[int]:
    """Some of the rows, such that items which cover these cover all the rows.

    A row is left out where another is covered only by items that cover it too. For kernels, what stays are classes that
    generate the minimal normal subgroups, one for each.
    """
    covering = {row: frozenset(i for i, item in enumerate(items) if row in item.cover) for row in rows}
    kept: list[int] = []
    for row in sorted(rows, key=lambda row: (len(covering[row]), row)):
        if not any(covering[other] <= covering[row] for other in kept):
            kept.append(row)
    return frozenset(kept)


def undominated(items: Sequence[Item]) -> list[Item]:
    """The items without those that can be exchanged for another one in any cover, at no greater cost in any column."""
    kept = sorted({item for item in items if item.cover}, key=lambda item: (sum(item.cost), -len(item.cover)))
    for item in kept[::-1]:
        others = [other for other in kept if other is not item]
        if any(item.cover <= other.cover and _at_most(other.cost, item.cost) for other in others):
            kept = others
    return kept


def _at_most(left: Sequence[int], right: Sequence[int]) -> bool:
    return all(x <= y for x, y in zip(left, right, strict=True))


def least_maximum(items: Sequence[Item], rows: frozenset[int]) -> int:
    """The least, over the sets of items that cover all rows, of the largest column of their total cost.

    Some row has to be covered by one of its items: each is tried in turn, and the later ones without the earlier ones,
    since all covers with an earlier one have been seen. Costs are not negative, so a part as dear as the best cover
    known is given up.
    """
    rows = reduced_rows(items, rows)
    items = undominated([Item(item.cover & rows, item.cost) for item in items])
    assert rows <= frozenset().union(*(item.cover for item in items)), "no set of items covers all rows"
    width = len(items[0].cost) if items else 1
    best = sum(max(item.cost) for item in items) + 1

    def search(missing: frozenset[int], left: list[Item], total: tuple[int, ...]) -> None:
        nonlocal best
        if max(total) >= best:
            return
        if not missing:
            best = max(total)
            return
        row = min(missing, key=lambda row: sum(row in item.cover for item in left))
        for item in [item for item in left if row in item.cover]:
            left = [other for other in left if other is not item]
            cost = tuple(x + y for x, y in zip(total, item.cost, strict=True))
            search(missing - item.cover, left, cost)

    search(rows, items, (0,) * width)
    return best


def least_threshold(items: Sequence[Item], rows: frozenset[int], start: int) -> int:
    """The least number, not below `start`, such that the items of no greater cost in any column cover all rows."""
    candidates = sorted({start, *(max(item.cost) for item in items if max(item.cost) > start)})
    for bound in candidates:
        if rows <= frozenset().union(*(item.cover for item in items if max(item.cost) <= bound)):
            return bound
    raise AssertionError("no set of items covers all rows")


def four_numbers(irreps: Sequence[tuple[int, list[int], list[int]]], size: int) -> list[int]:
    """[d, b, k_single, k_head] from [degree, missed positions from 1, ranks]; the first of the positions is no row."""
    rows = frozenset(range(2, size + 1))
    if not rows:
        return [1, 1, 0, 0]  # one unit at least
    by_degree = [Item(rows - set(missed), (degree,)) for degree, missed, _ in irreps]
    by_rank = [Item(rows - set(missed), tuple(ranks)) for _, missed, ranks in irreps]
    return [
        least_maximum(by_degree, rows),
        least_threshold(by_degree, rows, 1),
        least_maximum(by_rank, rows),
        least_threshold(by_rank, rows, 0),
    ]


# --- the file ---


def run_gap(groups: Sequence[tuple[str, list[list[int]]]], degrees: Sequence[int]) -> list[Row]:
    """The lines that ladder.g writes of the groups, then of the transitive groups of the degrees."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "groups.g", Path(folder) / "irreps.txt"
        rows = [[name, [[image + 1 for image in g] for g in generators]] for name, generators in groups]
        source.write_text(f"groups := {json.dumps(rows)};;\npoints := {json.dumps(list(degrees))};;\n")
        text = f'source := "{source}";;\ntarget := "{target}";;\nRead("{HERE / "ladder.g"}");\n'
        done = subprocess.run(["gap", "-q", "-x", "4096"], input=text, capture_output=True, text=True, timeout=3600)
        if done.returncode or "Error" in done.stdout + done.stderr:
            raise SystemExit(f"GAP failed on ladder.g:\n{(done.stdout + done.stderr)[-2000:]}")
        return [json.loads(line) for line in target.read_text().splitlines()]


def make() -> dict[str, list[Row]]:
    """The content of the file."""
    stored = {row[0]: row[:4] for row in json.loads((HERE / "oracle.json").read_text())}
    small = [name for name, row in stored.items() if name.startswith("SmallGroup") and row[1] <= LARGEST_ORDER]
    names = [*small, *NAMED]
    lines = run_gap([(name, stored[name][3]) for name in names], range(2, LARGEST_DEGREE + 1))
    found: dict[str, Row] = {}
    for name, order, structure, size, irreps in lines[: len(names)]:
        assert order == stored[name][1], f"{name} has order {order} for GAP"
        found[name] = [*stored[name], structure, *four_numbers(irreps, size)]
    points = [[*line[:3], *four_numbers(line[3], line[1])] for line in lines[len(names) :]]
    return {"groups": [found[name] for name in small], "named": [found[name] for name in NAMED], "points": points}


def as_text(content: dict[str, list[Row]]) -> str:
    """JSON with a row a line."""
    lists = []
    for key, rows in content.items():
        lines = [json.dumps(row, separators=(",", ":")) for row in rows]
        lists.append(f'"{key}":[\n' + ",\n".join(lines) + "\n]")
    return "{\n" + ",\n".join(lists) + "\n}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the stored file and write nothing")
    options = parser.parse_args()
    content = make()
    if not options.check:
        STORE.write_text(as_text(content))
        counts = ", ".join(f"{len(rows)} {key}" for key, rows in content.items())
        print(f"{STORE}: {counts}, {STORE.stat().st_size} bytes")
        return
    stored = json.loads(STORE.read_text())
    rows = [row for key in content for row in content[key]]
    differing = [row[0] for key in content for row in content[key] if row not in stored[key]]
    counted = all(len(stored[key]) == len(content[key]) for key in content)
    print(f"{len(rows)} rows made, {len(differing)} differ: {differing[:20]}; as many rows stored: {counted}")
    raise SystemExit(bool(differing) or not counted)


if __name__ == "__main__":
    main()
