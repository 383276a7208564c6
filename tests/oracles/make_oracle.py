"""Writes oracle.json: GAP's irreducible characters of some seven hundred permutation groups.

    python tests/oracles/make_oracle.py [--check] [--only TEXT]

GAP 4 with the packages SmallGrp, TransGrp, PrimGrp and CtblLib makes the list of groups (groups.g) and evaluates its
characters (characters.g) at the representatives of `group.conjugacy_classes()`, so that the digest of the values fixes
them on our classes. `--check` compares with the stored file and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from bistate.groups import Cyclotomic, PermutationGroup
from gap_oracle import KEYS, STORE, Row, as_text, digest_of_rows, load

HERE = Path(__file__).parent


def run_gap(script: str, **settings: Path | str) -> None:
    """Read a script of this folder in a fresh GAP, after `name := "value"` for each setting."""
    lines = [f'{name} := "{value}";;' for name, value in settings.items()]
    text = "\n".join([*lines, f'Read("{HERE / script}");'])
    done = subprocess.run(["gap", "-q", "-x", "4096"], input=text, capture_output=True, text=True, timeout=7200)
    if done.returncode or "Error" in done.stdout + done.stderr:
        raise SystemExit(f"GAP failed on {script}:\n{(done.stdout + done.stderr)[-2000:]}")


def read_lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def make(only: str = "") -> list[Row]:
    """The rows of the store, of the groups whose name contains a text."""
    with tempfile.TemporaryDirectory() as folder:
        listed, source, values = (Path(folder) / name for name in ("groups.txt", "classes.g", "values.txt"))
        run_gap("groups.g", only=only, target=listed)
        groups = {name: PermutationGroup(images, degree=degree) for name, degree, images in read_lines(listed)}
        source.write_text("rows := [\n" + ",\n".join(_question(*item) for item in groups.items()) + "];;\n")
        run_gap("characters.g", source=source, target=values)
        return [_row(groups[answer[0]], *answer) for answer in read_lines(values)]


def _question(name: str, group: PermutationGroup) -> str:
    lists = (group.generators, [cls.representative for cls in group.conjugacy_classes()])
    images = [[[int(point) + 1 for point in element] for element in elements] for elements in lists]
    return json.dumps([name, *images], separators=(",", ":"))


def _row(group: PermutationGroup, name: str, order: int, irreps: Any, numbers: Any, values: Any) -> Row:
    exact = [Cyclotomic(coefficients, conductor) for conductor, coefficients in numbers]
    digest = digest_of_rows([[exact[k] for k in row] for row in values])
    kinds = sorted({tuple(kind) for kind in irreps})
    counted = [[*kind, irreps.count(list(kind))] for kind in kinds]
    generators = [list(g) for g in group.generators]
    return dict(zip(KEYS, (name, order, group.degree, generators, counted, digest), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the stored file and write nothing")
    parser.add_argument("--only", default="", help="check only groups whose name contains this text")
    options = parser.parse_args()
    if options.only and not options.check:
        parser.error("--only goes with --check: the store holds every group")
    rows = make(options.only)
    if not options.check:
        STORE.write_text(as_text(rows))
        print(f"{STORE}: {len(rows)} groups, {STORE.stat().st_size} bytes")
        return
    stored = {row["name"]: row for row in load() if options.only in row["name"]}
    differing = [row["name"] for row in rows if stored.get(row["name"]) != row]
    differing += sorted(stored.keys() - {row["name"] for row in rows})
    print(f"{len(rows)} groups made, {len(stored)} stored, {len(differing)} differ: {differing[:20]}")
    raise SystemExit(bool(differing))


if __name__ == "__main__":
    main()
