"""Models to attack certificates with: a case is drawn from two numbers, so that one command makes it again.

A case starts from exact weights of one of the nine families, or from an untrained model, and is then changed by up to
three recipes, each of which is a way in which a bound could fail: noise, thin margins, near ties, extreme scales,
transient growth, directions that nobody reads, letters twice.
"""

from __future__ import annotations

import contextlib
import copy
import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from bistate.groups.errors import BistateError
from bistate.models import BilinearRNN
from bistate.models.transitions.registry import TRANSITIONS
from bistate.theory import Automaton, realize
from bistate.verify import parse_task

FAMILIES = TRANSITIONS
Made = tuple[BilinearRNN, Automaton]
LETTERED = ("weight", "diagonal", "strength", "scores")  # parameters with one entry for each letter
NAMED = ("C3", "C4", "C5", "C6", "C2xC2", "S3", "reset-2", "reset-3", "counter-3")
FEWER_DIGITS = ("float16", "bfloat16", "tf32", "int8")
LARGE = ("D5", "A4", "C12", "random-8-4-seed3", "random-permutation-8-3-seed1")


@dataclass(frozen=True)
class Case:
    """A model, its task, the arithmetic to certify, and what was done to it."""

    seed: int
    index: int
    family: str
    recipes: tuple[str, ...]
    task: str
    arithmetic: str
    automaton: Automaton
    model: BilinearRNN

    def __str__(self) -> str:
        done = ", ".join(self.recipes)
        return f"{self.family} on {self.task}, {self.arithmetic}: {done} (--seed {self.seed} --only {self.index})"


def draw(seed: int, index: int) -> Case:
    """The case of these numbers; families take turns."""
    random = np.random.default_rng([seed, index])
    family = FAMILIES[index % len(FAMILIES)]
    dtype = (torch.float32, torch.float64)[int(random.integers(2))]
    (model, automaton), task, done = _start(family, dtype, random)
    for _ in range(int(random.choice([0, 1, 1, 1, 2, 2, 3]))):
        name = str(random.choice(list(RECIPES)))
        changed = RECIPES[name](copy.deepcopy(model), automaton, random)
        if changed is not None and _finite(changed[0]):
            (model, automaton), done = changed, (*done, name)
    rounded = str(dtype).removeprefix("torch.")
    arithmetic = (rounded, rounded, "exact")[int(random.integers(3))]
    if arithmetic == "float32" and random.random() < 0.5:
        arithmetic = str(random.choice(FEWER_DIGITS))
    return Case(seed, index, family, done, task, arithmetic, automaton, model)


def _finite(model: BilinearRNN) -> bool:
    return all(bool(torch.isfinite(p).all()) for p in model.parameters())


# where a case starts -----------------------------------------------------------------------------------------------


def _start(family: str, dtype: torch.dtype, random: np.random.Generator) -> tuple[Made, str, tuple[str, ...]]:
    number = int(random.integers(10_000))
    if random.random() < 0.12:
        task, automaton = _task(random)
        hidden = 2 * int(random.integers(1, 7))
        model = BilinearRNN(len(automaton.letters), hidden, len(automaton.labels), family, seed=number, dtype=dtype)
        return (model, automaton), task, ("untrained",)
    if family == "positive" and random.random() < 0.7:
        return _latch(dtype, random), "latch", ("exact weights",)
    for _ in range(40):
        task, automaton = _task(random)
        weights = _weights(automaton, family)
        with contextlib.suppress(BistateError):  # no weights, or not of this family
            if weights is not None:
                model = BilinearRNN.from_weights(weights, transition=family, dtype=dtype)
                return (model, automaton), task, ("exact weights",)
    automaton = parse_task("parity")
    model = BilinearRNN(2, 4, 2, family, seed=number, dtype=dtype)
    return (model, automaton), "parity", ("untrained",)


def _task(random: np.random.Generator) -> tuple[str, Automaton]:
    """A small automaton, now and then with labels that states share."""
    name, automaton = _states(random)
    if len(automaton.states) < 3 or random.random() < 0.8:
        return name, automaton
    labels = random.integers(int(random.integers(1, 4)), size=len(automaton.states))
    return f"{name} with labels {' '.join(map(str, labels))}", automaton.with_outputs(labels.tolist())


def _states(random: np.random.Generator) -> tuple[str, Automaton]:
    """A small automaton: named, of one letter, of one state, with letters twice, or of random maps or permutations."""
    kind = random.choice(["named", "group", "cycle", "random", "permutations", "twice", "single", "large"],
                         p=[0.25, 0.15, 0.12, 0.15, 0.15, 0.1, 0.03, 0.05])  # fmt: skip
    if kind == "named":
        name = str(random.choice(NAMED))
        return name, parse_task(name)
    if kind == "group":
        name = str(random.choice(["S3", "D4", "Q8", "C4", "C2xC2"]))
        return f"{name} by generators", parse_task(name, letters="generators")
    if kind == "cycle":
        n = int(random.integers(1, 6))
        return f"cycle of {n}", Automaton(range(n), "a", [[(q + 1) % n] for q in range(n)], 0)
    if kind == "random":
        name = f"random-{random.integers(2, 6)}-{random.integers(1, 4)}-seed{random.integers(20)}"
        return name, parse_task(name)
    if kind == "permutations":
        name = f"random-permutation-{random.integers(2, 6)}-{random.integers(1, 4)}-seed{random.integers(20)}"
        return name, parse_task(name)
    if kind == "twice":
        return "parity, a letter twice", Automaton(range(2), "abc", [[0, 1, 1], [1, 0, 0]], 0)
    if kind == "single":
        return "one state", Automaton([0], "ab", [[0, 0]], 0)
    name = str(random.choice(LARGE))
    return name, parse_task(name)


def _weights(automaton: Automaton, family: str):
    """Exact weights for the family, or None where there are none; kept, since cases draw the same tasks again."""
    return _kept_weights(automaton, {"convex": "monomial"}.get(family, family))


@functools.lru_cache(maxsize=512)
def _kept_weights(automaton: Automaton, rung: str):
    try:
        return realize(automaton, rung)
    except BistateError:
        return None


def _latch(dtype: torch.dtype, random: np.random.Generator) -> Made:
    """Letter b turns state 0 into state 1 for ever, by entries above 0: right up to a length, or for ever."""
    automaton = Automaton(range(2), "ab", [[0, 1], [1, 1]], 0)
    model = BilinearRNN(2, 2, 2, "positive", dtype=dtype)
    growth = 1 + (10 ** random.uniform(-4, -0.5) if random.random() < 0.7 else 0.0)
    sizes = torch.tensor([[1.0, growth], [1.0, 10 ** random.uniform(1, 3)]], dtype=torch.float64)
    with torch.no_grad():
        model.family.weight.copy_(sizes + torch.log(-torch.expm1(-sizes)))  # softplus gives the sizes
        model.start.copy_(torch.tensor([1.0, 0.1]))
        model.readout.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
    return model, automaton


# recipes: each gives another model and task, or None where it does not go with the family --------------------------


def _noise(model: BilinearRNN, automaton: Automaton, random: np.random.Generator) -> Made:
    size = 10 ** random.uniform(-12, -1)
    with torch.no_grad():
        for p in model.parameters():
            p += torch.from_numpy(size * random.standard_normal(p.shape)).to(p.dtype) * p.abs().max()
    return model, automaton


def _thin(model: BilinearRNN, automaton: Automaton, random: np.random.Generator) -> Made:
    """Rows that differ little from their mean, or from a large row that all of them share."""
    with torch.no_grad():
        mean = model.readout.mean(0) if random.random() < 0.5 else 10 * torch.ones_like(model.readout[0])
        model.readout.copy_(mean + 10 ** random.uniform(-9, -1) * (model.readout - mean))
    return model, automaton


def _tie(model: BilinearRNN, automaton: Automaton, random: np.random.Generator) -> Made | None:
    if model.states < 2:
        return None
    one, other = random.choice(model.states, 2, replace=False)
    share = 10 ** random.uniform(-10, -0.5) if random.random() < 0.9 else 0.0
    with torch.no_grad():
        model.readout[other] = model.readout[one] + share * (model.readout[other] - model.readout[one])
    return model, automaton


def _factor(model: BilinearRNN, random: np.random.Generator) -> float:
    """A scale: mild, large, or one whose square is out of range."""
    reach = 30 if model.start.dtype == torch.float32 else float(random.choice([30, 200]))
    return 10 ** random.uniform(-reach, reach)


def _scalable(model: BilinearRNN) -> torch.nn.Parameter | None:
    """The parameter that transitions are proportional to, where there is one."""
    if model.transition in ("full", "block", "diagonal", "cp"):
        return model.family.weight
    return model.family.diagonal if model.transition == "monomial" else None


def _scale(model: BilinearRNN, automaton: Automaton, random: np.random.Generator) -> Made | None:
    p = _scalable(model)
    if p is None:
        return None
    with torch.no_grad():
        p.mul_(_factor(model, random))
    return model, automaton


def _scale_letter(model: BilinearRNN, automaton: Automaton, random: np.random.Generator) -> Made | None:
    p = _scalable(model)
    if p is None:
        return None
    with torch.no_grad():
        p[int(random.integers(len(p)))] *= _factor(model, random) if random.random() < 0.9 else 0.0
    return model, automaton


def _scale_start(model: BilinearRNN, automaton: Automaton, random: np.random.Generator) -> Made:
    with torch.no_grad():
        model.start.mul_(_factor(model, random))
    return model, automaton


def _scale_readout(model: BilinearRNN, automaton: Automaton, random: np.random.Generator) -> Made:
    most = torch.finfo(model.start.dtype).max
    with torch.no_grad():
        largest = float(model.readout.abs().max()) or 1.0
        to_the_brim = random.random() < 0.4
        model.readout.mul_(most / largest * 0.99 if to_the_brim else _factor(model, random))
    return model, automaton


def _scale_factors(model: BilinearRNN, automaton: Automaton, random: np.random.Generator) -> Made | None:
    """CP factors against each other: the products are as before, or smaller."""
    if model.transition != "cp":
        return None
    first, second = random.uniform(-30, 30, 2)
    third = float(np.clip(-first - second + random.choice([0, 0, random.uniform(-20, 5)]), -37, 37))
    with torch.no_grad():
        for p, power in zip(random.permutation(["left", "right", "weight"]), (first, second, third), strict=True):
            getattr(model.family, p).mul_(10**power)
    return model, automaton


def _entries(model: BilinearRNN, automaton: Automaton, random: np.random.Generator) -> Made:
    """Some entries faint, down to numbers that processors may take for 0."""
    least = torch.finfo(model.start.dtype).tiny
    with torch.no_grad():
        for p in (model.start, model.readout, next(model.family.parameters())):
            faint = torch.from_numpy(random.random(p.shape) < 0.2)
            p[faint] *= float(random.choice([least * 1e3, least / 8, 1e-20, 0.0]))
    return model, automaton


def _shear(model: BilinearRNN, automaton: Automaton, random: np.random.Generator) -> Made | None:
    """Another basis, far from orthogonal, with errors in it: words grow before they decay."""
    if model.transition != "full" or model.hidden < 2:
        return None
    n = model.hidden
    tall = 10 ** random.uniform(0, 3)
    basis = torch.from_numpy(np.eye(n) + tall * np.triu(random.standard_normal((n, n)), 1) / n)
    inverse = torch.linalg.inv(basis)
    with torch.no_grad():
        model.family.weight.copy_(basis @ model.family.weight.double() @ inverse)
        model.start.copy_(basis @ model.start.double())
        model.readout.copy_(model.readout.double() @ inverse)
    return model, automaton


def _unused(model: BilinearRNN, automaton: Automaton, random: np.random.Generator) -> Made | None:
    """More hidden units with dynamics of their own, faint at the start and in the readout, or not there at all."""
    more = {"full": int(random.integers(1, 4)), "block": model.block, "rotation": 2, "diagonal": 1}.get(
        model.transition
    )
    if more is None:
        return None
    n, dtype = model.hidden, model.start.dtype
    wide = BilinearRNN(
        model.letters, n + more, model.states, model.transition, block=model.block, dtype=dtype,
        seed=int(random.integers(1000)),
    )  # fmt: skip
    growth = 10 ** random.uniform(-1, 2) if random.random() < 0.7 else 10 ** random.uniform(-1e-3, 1e-3)
    faint, seen = (0.0 if random.random() < 0.3 else 10 ** random.uniform(-12, 0) for _ in range(2))
    with torch.no_grad():
        if model.transition == "full":
            w = torch.zeros_like(wide.family.weight)
            w[:, :n, :n], w[:, n:, n:] = model.family.weight, growth * wide.family.weight[:, n:, n:]
            wide.family.weight.copy_(w)
        else:
            kept = model.family.weight.shape[1]
            if model.transition != "rotation":
                wide.family.weight.mul_(growth)
            wide.family.weight[:, :kept] = model.family.weight
        wide.start.copy_(torch.cat([model.start, faint * wide.start[n:]]))
        wide.readout.copy_(torch.cat([model.readout, seen * wide.readout[:, n:]], 1))
    if model.transition == "full" and random.random() < 0.5:
        turn = torch.from_numpy(np.linalg.qr(random.standard_normal((n + more, n + more)))[0])
        with torch.no_grad():
            wide.family.weight.copy_(turn @ wide.family.weight.double() @ turn.T)
            wide.start.copy_(turn @ wide.start.double())
            wide.readout.copy_(wide.readout.double() @ turn.T)
    return wide, automaton


def _twice(model: BilinearRNN, automaton: Automaton, random: np.random.Generator) -> Made | None:
    """One more letter that does what another one does, exactly or nearly."""
    if model.letters > 5:
        return None
    x = int(random.integers(model.letters))
    table = np.concatenate([automaton.table, automaton.table[:, x : x + 1]], axis=1)
    outputs = automaton.outputs
    task = Automaton(range(len(table)), range(table.shape[1]), table, automaton.start_index, outputs=outputs)
    sizes = {name: model.config[name] for name in ("block", "rank", "reflections", "heads", "dictionary")}
    wide = BilinearRNN(
        model.letters + 1, model.hidden, model.states, model.transition, **sizes, dtype=model.start.dtype,
        temperature=model.temperature,
    )  # fmt: skip
    nearly = random.choice([0.0, 1e-7, 1e-3])
    with torch.no_grad():
        for name, p in model.named_parameters():
            part = name.split(".")[-1]
            lettered = name.startswith("family") and part in LETTERED
            if lettered and not (model.transition == "convex" and part == "weight"):
                p = torch.cat([p, p[x : x + 1] * (1 + nearly)])
            wide.get_parameter(name).copy_(p)
    return wide, task


def _temperature(model: BilinearRNN, automaton: Automaton, random: np.random.Generator) -> Made:
    model.temperature = float(10 ** random.uniform(-3, 3))
    return model, automaton


RECIPES: dict[str, Callable[[BilinearRNN, Automaton, np.random.Generator], Made | None]] = {
    "noise": _noise,
    "thin margins": _thin,
    "near tie": _tie,
    "scale of all letters": _scale,
    "scale of one letter": _scale_letter,
    "scale of the start": _scale_start,
    "scale of the readout": _scale_readout,
    "scale of factors": _scale_factors,
    "faint entries": _entries,
    "transient growth": _shear,
    "unused directions": _unused,
    "letter twice": _twice,
    "temperature": _temperature,
}
