"""Character tables of random permutation groups of order 8 to 2000, against GAP and the checker of certificates.

    python benchmarks/random_tables.py [--groups 2000] [--first 0] [--seconds 3600]

Degrees, indicators, fields and all values are compared with GAP's, where it is on the PATH; every table has to pass
the checker `bistate.groups.table_check`. Prints what differs, and figures at the end; the exit status is 1 if something
differs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from oracles.random_groups import ask_gap, differences, kinds, random_group

BATCH = 25  # groups that one GAP process is asked about


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groups", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seconds", type=float, default=3600, help="no further batch is begun after these")
    given = parser.parse_args()
    begun, groups, wrong, unchecked = time.monotonic(), [], 0, 0
    tables = proofs = gap = 0.0
    characters = open_indices = most_classes = 0
    has_gap = shutil.which("gap") is not None
    while len(groups) < given.groups and time.monotonic() - begun < given.seconds:
        first = given.first + len(groups)
        seeds = range(first, min(first + BATCH, given.first + given.groups))
        batch = [random_group(seed) for seed in seeds]
        start = time.process_time()
        for group in batch:
            assert len(group.character_table().indicators) == len(group.conjugacy_classes())
        tables += time.process_time() - start
        start = time.process_time()
        for group in batch:
            try:
                proved = group.character_table().certificate().proved
            except ValueError as error:
                unchecked += 1
                print(f"seed of a group of order {group.order}: {error}")
                continue
            characters += len(proved.degrees)
            open_indices += proved.schur_indices.count(None)
            most_classes = max(most_classes, len(proved.degrees))
        proofs += time.process_time() - start
        if has_gap:
            start = time.monotonic()
            answers = ask_gap(batch)
            gap += time.monotonic() - start
            for seed, group, answer in zip(seeds, batch, answers, strict=True):
                found = differences(group, answer)
                wrong += bool(found)
                for line in found:
                    print(f"seed {seed}: {line}")
        groups += batch
    known = f"{wrong} that differ from GAP's" if has_gap else "not compared, as the GAP program is not on the PATH"
    print(f"{len(groups)} groups of order {min(g.order for g in groups)} to {max(g.order for g in groups)}: {known}")
    print(f"{kinds(groups)} told apart by order, classes and degrees; at most {most_classes} classes")
    print(f"tables {tables:.0f} CPU s, certificates with their check {proofs:.0f} CPU s, GAP {gap:.0f} s")
    print(f"{unchecked} without a certificate; {characters} characters, {open_indices} of them without a Schur index")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
