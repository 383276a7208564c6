"""Proved horizons of trained models whose weights, or whose states, are stored in fewer digits.

    python benchmarks/formats.py --models runs/horizons [--states]

Weights are rounded to float16, bfloat16 or int8, with one scale for each parameter, and products are exact. With
--states the weights stay as they are, products are in float32 or TF32, and states are kept in float16, bfloat16 or
int8, the last of them with weights rounded to int8 as well; wrong words are looked for among the answers of the
networks that run so. The folder is that of `horizons.py` or `repair.py`.
"""

from __future__ import annotations

import argparse
import copy
from collections.abc import Callable
from pathlib import Path

import repair
import torch
from bistate.models import BilinearRNN, KeptStates, Tf32Products
from bistate.models.fewer_digits.tf32_products import ROUNDINGS
from bistate.verify import certify, parse_task, refute

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


def networks(model: BilinearRNN, arithmetic: str) -> list[torch.nn.Module]:
    """What runs in an arithmetic of fewer digits."""
    if arithmetic == "tf32":
        return [Tf32Products(model, rounding) for rounding in ROUNDINGS]
    return [KeptStates(model, arithmetic)]


def of_states(folder: Path) -> None:
    """A row for each model: T* in every arithmetic, and the shortest wrong word of the networks of fewer digits."""
    fewer = ("float16", "bfloat16", "tf32", "int8")
    names = ["exact", "float32", *fewer, "int8, weights too"]
    names += [f"T_f {name}" for name in names[2:]]
    print("| model | " + " | ".join(names) + " |\n|---|" + "---|" * len(names))
    for group, family in MODELS:
        case, automaton = repair.Case(group, family, 1), parse_task(group)
        model = repair.trained(case, folder)
        proved = [str(certify(model, automaton, arithmetic).horizon) for arithmetic in names[:2]]
        wrong = []
        for arithmetic, net in [*((name, model) for name in fewer), ("int8", of_bytes(copy.deepcopy(model)))]:
            if arithmetic == "tf32" and net.step_rounding().spread is not None:
                proved.append("–")
                wrong.append("–")
                continue
            proved.append(str(certify(net, automaton, arithmetic).horizon))
            found = [refute(run, automaton, longest=2000) for run in networks(net, arithmetic)]
            wrong.append(str(min((word.length for word in found if word is not None), default="")))
        print(f"| {case.name} | " + " | ".join(proved + wrong) + " |", flush=True)


def main() -> None:
    """A row for each model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--states", action="store_true", help="products and states in fewer digits")
    args = parser.parse_args()
    folder = args.models
    torch.set_num_threads(1)
    if args.states:
        of_states(folder)
        return
    print("| model | " + " | ".join(FORMATS) + " |\n|---|" + "---|" * len(FORMATS))
    for group, family in MODELS:
        case = repair.Case(group, family, 1)
        model = repair.trained(case, folder)
        found = [certify(rounded(copy.deepcopy(model)), parse_task(group)).horizon for rounded in FORMATS.values()]
        print(f"| {case.name} | " + " | ".join(map(str, found)) + " |", flush=True)


if __name__ == "__main__":
    main()
