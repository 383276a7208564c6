"""Penalties of growth and spread while training, and what they do to proved horizons and wrong words.

    python benchmarks/penalties.py

Models of `horizons.py` and `repair.py`, one seed each, trained without and with each penalty; all else is the same.
About fifteen minutes on one core.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import horizons
import repair
import torch
from bistate.models import BilinearRNN, StateTracking, TrainConfig, train
from bistate.theory import Automaton
from bistate.verify import certify, parse_task, refute

MERGING = ("map-3-3-0-0", "map-5-2-1-0", "map-5-5-0-0", "language-0-0", "language-1-0", "counter-4-0", "latch-3-0")
GROUPS = (("C5", "full"), ("C5", "block"), ("S3", "full"), ("S3", "block"), ("D4", "block"))
SETTINGS = (
    {},
    {"growth_penalty": 0.01},
    {"spread_penalty": 0.1},
    {"growth_penalty": 0.01, "spread_penalty": 0.1},
)


def cases() -> Iterator[tuple[str, Automaton, horizons.Case | repair.Case, StateTracking, TrainConfig]]:
    """Name, task, model, data and settings without penalties."""
    for case in horizons.merging():
        if case.name in MERGING:
            yield case.name, case.automaton, case, case.data(), case.config
    for group, family in GROUPS:
        case = repair.Case(group, family, 1)
        automaton = parse_task(group)
        yield f"{group} {family}", automaton, case, StateTracking(automaton, every=True), case.config()


def main() -> None:
    """A row for each model: T* and T_f for each setting."""
    torch.set_num_threads(1)
    heads = ["none", "growth 0.01", "spread 0.1", "both"]
    print("| task | " + " | ".join(f"{head}: T\\* | T_f" for head in heads) + " |")
    print("|---|" + "---|---|" * len(heads))
    for name, automaton, case, data, config in cases():
        cells = []
        for penalties in SETTINGS:
            model: BilinearRNN = case.model()
            train(model, data, replace(config, **penalties), progress=False)
            proof, wrong = certify(model, automaton), refute(model, automaton)
            cells += [f"{proof.horizon}", "none" if wrong is None else str(wrong.length)]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
