"""What the path through pairs of states and last letters proves beyond norms and the path through states.

    python benchmarks/paths_ahead.py --models runs/repair C5-full-0 S3-full-0 S3-cp-1 D4-full-1

The models are those of `repair.py`, which are trained if they are not in the folder. Before and after are two runs of
`certify` in one process, the first of them without these paths. Seconds are those of the CPU, one thread.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from bistate.verify import certify, parse_task, refute
from bistate.verify.tubes import pair_path
from repair import Case, trained


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """A result, and the seconds it took."""
    begun = time.process_time()
    return work(), time.process_time() - begun


def row(name: str, folder: Path, most: int) -> str:
    """One model."""
    group, family, seed = name.split("-")
    automaton, model = parse_task(group), trained(Case(group, family, int(seed)), folder)
    cells = [name]
    for limit in (0, most):
        pair_path.MOST_PAIRED = limit
        proof, seconds = timed(lambda: certify(model, automaton))
        _, checked = timed(proof.check)
        cells += [f"{proof.horizon}", f"{seconds:.1f}", f"{checked:.1f}"]
    wrong, seconds = timed(lambda: refute(model, automaton))
    cells += [f"{'none' if wrong is None else wrong.length}", f"{seconds:.1f}"]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", type=Path, required=True, help="folder of the trained models")
    parser.add_argument("names", nargs="+", metavar="GROUP-FAMILY-SEED")
    args = parser.parse_args()
    args.models.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    print("| model | T* before | s | s check | T* after | s | s check | T_f | s |")
    print("|---|---|---|---|---|---|---|---|---|")
    most = pair_path.MOST_PAIRED
    for name in args.names:
        print(row(name, args.models, most), flush=True)


if __name__ == "__main__":
    main()
