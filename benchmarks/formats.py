"""Proved horizons of trained models whose weights are stored in fewer digits: float16, bfloat16, int8.

    python benchmarks/formats.py --models runs/horizons

Weights are rounded to the format, int8 with one scale for each parameter; products are exact. The folder is that of
`horizons.py` or `repair.py`.
"""

from __future__ import annotations

import argparse
import copy
from collections.abc import Callable
from pathlib import Path

import repair
import torch
from bistate.models import BilinearRNN
from bistate.verify import certify, parse_task

MODELS = (
    ("C5", "full"),
    ("C5", "block"),
    ("C6", "rotation"),
    ("C7", "cp"),
    ("S3", "full"),
    ("S3", "block"),
    ("D4", "full"),
    ("Q8", "full"),
    ("A4", "full"),
)


def of_type(dtype: torch.dtype) -> Callable[[BilinearRNN], BilinearRNN]:
    """Parameters rounded to a floating-point type."""
    return lambda model: model.to(dtype)


def of_bytes(model: BilinearRNN) -> BilinearRNN:
    """Parameters rounded to 255 multiples of a step, one step for each."""
    with torch.no_grad():
        for p in model.parameters():
            step = p.abs().max() / 127
            p.copy_(torch.round(p / step) * step)
    return model


FORMATS: dict[str, Callable[[BilinearRNN], BilinearRNN]] = {
    "float32": lambda model: model,
    "float16": of_type(torch.float16),
    "bfloat16": of_type(torch.bfloat16),
    "int8": of_bytes,
}


def main() -> None:
    """A row for each model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", type=Path, required=True)
    folder = parser.parse_args().models
    torch.set_num_threads(1)
    print("| model | " + " | ".join(FORMATS) + " |\n|---|" + "---|" * len(FORMATS))
    for group, family in MODELS:
        case = repair.Case(group, family, 1)
        model = repair.trained(case, folder)
        found = [certify(rounded(copy.deepcopy(model)), parse_task(group)).horizon for rounded in FORMATS.values()]
        print(f"| {case.name} | " + " | ".join(map(str, found)) + " |", flush=True)


if __name__ == "__main__":
    main()
