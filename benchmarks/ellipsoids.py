"""What the descent on norms, codes, scales and rows adds to proved horizons: before and after, in one run.

    python benchmarks/ellipsoids.py --models runs/repair [--families block full] [--groups C5 Q8] [--wrong 500]

Reads the models that `benchmarks/repair.py` has trained. *Before* is `certify` without the descent, *after* with it;
seconds are those of one processor. A wrong word T_f is looked for where T* is at most --wrong, up to eight times T*.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from bistate.models import BilinearRNN, evaluate
from bistate.theory import Automaton
from bistate.verify import certify, parse_task, refute
from bistate.verify.horizon import phases
from repair import GROUPS, LEARNED, Case, cases, trained


def proved(model: BilinearRNN, automaton: Automaton, descent: bool) -> tuple[float, float]:
    """T* and seconds."""
    begun = time.process_time()
    if descent:
        return certify(model, automaton).horizon, time.process_time() - begun
    with mock.patch.object(phases, "improved", return_value=None):
        return certify(model, automaton).horizon, time.process_time() - begun


def compared(case: Case, model: BilinearRNN, most: int) -> dict[str, Any]:
    """One row."""
    automaton = parse_task(case.group)
    (before, seconds), (after, more) = (proved(model, automaton, descent) for descent in (False, True))
    row: dict[str, Any] = {"before": before, "after": after, "seconds": seconds, "more": more, "wrong": None}
    if 0 < after <= most:
        word = refute(model, automaton, longest=int(8 * after) + 16)
        row["wrong"] = None if word is None else word.horizon
    return row


def table(rows: dict[Case, dict[str, Any]]) -> None:
    """Medians by group and family."""
    print(
        "\n| group | family | models | T* before | T* after | gain | T_f / T* before | after | seconds before | after |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for group, family in [*dict.fromkeys((c.group, c.family) for c in rows), ("all", "")]:
        mine = [row for case, row in rows.items() if group == "all" or (case.group, case.family) == (group, family)]
        cells = [group, family, str(len(mine)), *(f"{_median(mine, key):g}" for key in ("before", "after"))]
        cells.append(f"{statistics.median(row['after'] / max(row['before'], 1) for row in mine):.2f}")
        found = [row for row in mine if row["wrong"] is not None]
        for key in ("before", "after"):
            ratios = [row["wrong"] / max(row[key], 1) for row in found]
            cells.append(f"{statistics.median(ratios):.2f} (of {len(ratios)})" if ratios else "")
        cells += [f"{_median(mine, key):.1f}" for key in ("seconds", "more")]
        print("| " + " | ".join(cells) + " |")


def _median(rows: list[dict[str, Any]], key: str) -> float:
    return statistics.median(row[key] for row in rows)


def main() -> None:
    """All models that are there and have learned the task."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", type=Path, required=True, help="a folder that benchmarks/repair.py has filled")
    parser.add_argument("--groups", nargs="+", default=list(GROUPS), choices=GROUPS)
    parser.add_argument("--families", nargs="+", default=["block"])
    parser.add_argument("--seeds", type=int, default=10, help="of each group and family, at most")
    parser.add_argument(
        "--wrong", type=int, default=500, help="the longest T* beyond which no wrong word is looked for"
    )
    args = parser.parse_args()
    torch.set_num_threads(1)
    rows = {}
    for case in cases(tuple(args.groups)):
        if case.family not in args.families or case.seed >= args.seeds:
            continue
        if not (args.models / f"{case.name}.pt").exists():
            continue
        model = trained(case, args.models)
        if evaluate(model, parse_task(case.group), 10, size=2000) < LEARNED:
            continue
        rows[case] = compared(case, model, args.wrong)
        print(case.name, {key: round(v, 2) if v is not None else None for key, v in rows[case].items()}, flush=True)
    if rows:
        table(rows)


if __name__ == "__main__":
    main()
