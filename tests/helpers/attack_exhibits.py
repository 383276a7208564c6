"""Certificates to tamper with: of every kind and way, of models and of imported networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import torch
from bistate.groups.errors import BistateError
from bistate.models import BilinearRNN, LinearRNN
from bistate.theory import Automaton, realize
from bistate.verify import Certificate, certify, parse_task

from helpers import attack_imported
from helpers.attack_certificates import way_of


@dataclass(frozen=True)
class Exhibit:
    """A certificate to tamper with, and the model that it is about."""

    name: str
    way: str
    model: BilinearRNN | LinearRNN
    certificate: Certificate


def exhibits(quick: bool = False) -> Iterator[Exhibit]:
    """Small certificates of every kind and way; in a moment, without float64 and without long float32 ones."""
    models = _models(("exact", "float32") if quick else ("exact", "float64", "float32"))
    for k, (name, model, automaton, arithmetic) in enumerate(models):
        if quick and arithmetic == "float32" and not name.startswith(("full on C3", "rotation", "cp")):
            continue
        slow = name.startswith(("full on C3, noise 0.001", "memory", "full on reset")) or not quick
        for effort in ("usual", "quick") if slow and k < 2 else ("usual",) if slow else ("quick",):
            found = certify(model, automaton, arithmetic, shortest=k % 2, effort=effort)
            if found.horizon >= found.shortest:
                yield Exhibit(f"{name}, {arithmetic}, {effort}", way_of(found.document, found.way), model, found)
    yield from _imported(3 if quick else 12)


def _imported(count: int) -> Iterator[Exhibit]:
    """Networks of other people, with letters before words, readouts by the last letter and more scores in turn."""
    index = 0
    for k in range(count):
        name, fits = ASPECTS[k % len(ASPECTS)]
        while True:
            case, index = attack_imported.draw(7, index), index + 1
            if (
                len(case.automaton.letters) > 4 or case.model.linear().norms or not fits(case)
            ):  # norms are not read here
                continue
            with suppress(BistateError):
                found = certify(case.model, case.automaton, case.arithmetic, effort="quick", **case.options)
                if found.horizon >= found.shortest:
                    yield Exhibit(f"imported, {name}", way_of(found.document, found.way), case.model, found)
                    break


ASPECTS: tuple[tuple[str, Callable[[attack_imported.Imported], bool]], ...] = (
    ("letters before words", lambda case: bool(case.options["prefix"])),
    ("readouts by the last letter", lambda case: case.model.linear().by_last_letter),
    ("more scores in another order", lambda case: "more scores" in case.recipes and "outputs" in case.recipes),
    ("rounded", lambda case: case.arithmetic != "exact"),
)


def _models(arithmetics: tuple[str, ...]) -> Iterator[tuple[str, BilinearRNN, Automaton, str]]:
    for arithmetic in arithmetics:
        dtype = torch.float32 if arithmetic == "float32" else torch.float64
        for task, rung, family, size in (
            ("parity", "monomial", "monomial", 0.0),
            ("C3", "full", "full", 1e-3),
            ("C3", "full", "full", 0.4),
            ("C3", "rotation", "rotation", 1e-3),
            ("C2xC2", "diagonal", "diagonal", 1e-3),
            ("reset-2", "full", "full", 1e-3),
            ("C3", "cp", "cp", 1e-4),
            ("C3", "householder", "householder", 1e-4),
            ("C2", "monomial", "convex", 1e-3),
            ("C4", "block", "block", 1e-3),
            ("accept:regex:(ab)*", "full", "full", 1e-3),
        ):
            automaton = parse_task(task)
            try:
                model = BilinearRNN.from_weights(realize(automaton, rung), transition=family, dtype=dtype)
            except BistateError:
                continue
            yield f"{family} on {task}, noise {size:g}", shaken(model, size), automaton, arithmetic
        yield "memory of one unit beside C3", *_with_memory(dtype), arithmetic
        if arithmetic == "exact":
            yield "memory of a counter whose cones touch", *_counting(), arithmetic
        yield "memory of the last letter, moved", *last_letter(dtype), arithmetic


def shaken(model: BilinearRNN, size: float) -> BilinearRNN:
    random = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for p in model.parameters():
            p += size * torch.randn(p.shape, generator=random, dtype=torch.float64).to(p.dtype)
    return model


def _counting() -> tuple[BilinearRNN, Automaton]:
    """The saturating counter of docs/horizon.md."""
    model = BilinearRNN(2, 2, 3, "full", dtype=torch.float64)
    with torch.no_grad():
        model.family.weight.copy_(torch.tensor([[[2.0, 0.0], [0.0, 1.0]], [[2.0, 0.0], [1.0, 1.0]]]))
        model.start.copy_(torch.tensor([4.0, 1.0]))
        model.readout.copy_(torch.tensor([[1.0, -3.0], [0.0, 0.0], [-2.0, 3.0]]))
    return model, Automaton(range(3), ("down", "up"), [[0, 1], [0, 2], [1, 2]], 0)


def last_letter(dtype: torch.dtype) -> tuple[BilinearRNN, Automaton]:
    """Letters that bring every state near to the code of their own, so far off that only polyhedra prove it."""
    draw = np.random.default_rng(0)
    codes = draw.standard_normal((3, 4))
    codes /= np.linalg.norm(codes, axis=1, keepdims=True)
    back = np.linalg.pinv(codes)
    letters = np.array([np.outer(code, back @ np.ones(3)) for code in codes])
    model = BilinearRNN(3, 4, 3, "full", dtype=dtype)
    with torch.no_grad():
        model.family.weight.copy_(torch.from_numpy(letters + 0.1 * draw.standard_normal((3, 4, 4))))
        model.start.copy_(torch.from_numpy(codes[0]))
        model.readout.copy_(torch.from_numpy(back.T))
    return model, Automaton.reset(3, keep=False)


def _with_memory(dtype: torch.dtype) -> tuple[BilinearRNN, Automaton]:
    """Addition modulo 3 by turns, beside a unit that remembers the last letters: contexts prove most."""
    automaton = parse_task("C3")
    random = np.random.default_rng(3)
    angles = 2 * np.pi * np.arange(3) / 3
    A = np.zeros((3, 3, 3))
    A[:, :2, :2] = [[[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]] for a in angles]
    A[:, 2, 2] = 0.3 * random.standard_normal(3)
    A[:, :2, 2], A[:, 2, :2] = 0.05 * random.standard_normal((3, 2)), 0.15 * random.standard_normal((3, 2))
    model = BilinearRNN(3, 3, 3, "full", dtype=dtype)
    with torch.no_grad():
        model.family.weight.copy_(torch.from_numpy(A))
        model.start.copy_(torch.tensor([1.0, 0.0, 0.0]))
        model.readout.copy_(torch.from_numpy(np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)))
    return model, automaton
