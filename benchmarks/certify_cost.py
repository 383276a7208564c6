"""What `certify` costs beside what it proves: processor seconds and peak memory, one process for each model.

    python benchmarks/certify_cost.py --models runs/horizons --out now.jsonl [--names C5-full-0 A5-full-2]
    python benchmarks/certify_cost.py --table before.jsonl now.jsonl

The folder is that of `horizons.py`; with an older checkout first on PYTHONPATH rows are those of its code. Memory is
that of the process, of which about 230 MB are torch and the other imports. A file goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
from pathlib import Path
from typing import Any

import torch
from bistate.verify import certify
from horizons import cases, read, trained

SAMPLE = """
    C2-full-0 C2-full-1 C2-cp-0 C3-full-0 C5-full-0 C5-block-0 C7-full-0 C7-cp-0 C2xC2-full-2 S3-full-0 S3-block-1
    D4-full-0 D4-full-3 D5-full-1 Q8-full-0 Q8-block-0 A4-full-0 A4-block-0 S4-full-0 S4-block-0 A5-full-2 A5-full-0
    A5-block-0 SmallGroup(27,3)-full-0 C31-full-0 map-3-3-0-0 map-5-2-1-0 map-5-5-0-0 map-10-3-0-0 language-2-0
    language-5-0 counter-3-0 counter-5-0 reset-3-0 latch-2-0 C4-rotation-0
"""


def measured(name: str, folder: Path) -> dict[str, Any]:
    """A row."""
    found = {n: (automaton, case) for _, n, automaton, case in cases(["groups", "merging", "many letters"], 10)}
    automaton, case = found[name]
    model, begun = trained(case, folder), time.process_time()
    proof = certify(model, automaton)
    seconds, peak = time.process_time() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"name": name, "proved": proof.horizon, "way": proof.way, "seconds": round(seconds, 2), "MB": peak // 1024}


def run(folder: Path, out: Path, names: list[str]) -> None:
    """Rows of all models that are not there yet, each from a process of its own."""
    for name in names:
        if name in read(out):
            continue
        child = os.fork()
        if not child:
            row = measured(name, folder)
            with out.open("a") as file:
                file.write(json.dumps(row) + "\n")
            print(row, flush=True)
            os._exit(0)
        os.waitpid(child, 0)


def table(paths: list[Path]) -> None:
    """T*, seconds and memory of each file beside each other, and their sums."""
    found = [read(path) for path in paths]
    names = [name for name in found[0] if all(name in rows for rows in found)]
    heads = [f"{what} {path.stem}" for what in ("T*", "s", "MB") for path in paths]
    print("| model | " + " | ".join(heads) + " |\n|---|" + "---|" * len(heads))
    for name in names:
        cells = [f"{rows[name][key]:g}" for key in ("proved", "seconds", "MB") for rows in found]
        print(f"| {name} | " + " | ".join(cells) + " |")
    sums = [f"{sum(rows[name][key] for name in names):g}" for key in ("seconds", "MB") for rows in found]
    print("| all | " + " | ".join([""] * len(paths) + sums) + " |")


def main() -> None:
    """Rows, or a table of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--names", nargs="+", default=SAMPLE.split())
    parser.add_argument("--table", nargs="+", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.table:
        table(args.table)
    else:
        run(args.models, args.out, args.names)


if __name__ == "__main__":
    main()
