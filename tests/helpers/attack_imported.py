"""Networks of other people to attack certificates with: affine, complex, biased, read by the last letter, behind norms.

A case is drawn from two numbers. It starts from exact codes of a task, or from nothing, and goes through changes that a
claim has to follow: other origins and bases, scores that stand for nothing, letters before every word.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from bistate.groups.errors import BistateError
from bistate.models import LinearRNN
from bistate.theory import Automaton

from helpers.attack_definition import Definition
from helpers.attack_drafts import RECIPES, Draft, started
from helpers.attack_exact import Weights
from helpers.attack_norms import Norms, draw_norms

NORMS = 0.25  # share of networks whose scores stand behind norms


@dataclass(frozen=True)
class Imported:
    """A network, its task, what is asked of it, and what was done to it."""

    seed: int
    index: int
    recipes: tuple[str, ...]
    task: str
    arithmetic: str
    automaton: Automaton
    model: LinearRNN
    net: Definition
    options: dict[str, Any] = field(default_factory=dict)
    family: str = "imported"

    def __str__(self) -> str:
        done = ", ".join(self.recipes)
        asked = ", ".join(f"{name}={value}" for name, value in self.options.items())
        return (
            f"imported on {self.task}, {self.arithmetic}, {asked}: {done} "
            f"(--seed {self.seed} --only-imported {self.index})"
        )

    @property
    def weights(self) -> Weights:
        """What words are searched in, scores of the states first."""
        table = np.asarray(self.automaton.table)
        nothing = np.zeros((1, 1))
        given = Weights(nothing, nothing, nothing, table, self.automaton.start_index, tuple(self.options["prefix"]))
        wide = self.net.wide(given)
        first = self.options["outputs"] or list(range(len(table)))
        order = [*first, *sorted(set(range(wide.scores)) - set(first))]
        return Weights(wide.A, wide.h, wide.C[..., order, :], table, wide.start, wide.before)

    def score_of(self, state: int) -> int:
        """The score that stands for a state."""
        return int(self.options["outputs"][state]) if self.options["outputs"] else state


def draw(seed: int, index: int) -> Imported:
    """The case of these numbers."""
    random = np.random.default_rng([seed, index, 3])
    net, done = started(random)
    names = [name for name, (share, _) in RECIPES.items() if random.random() < share]
    for name in names:
        before = {key: np.copy(getattr(net, key)) for key in "AhCbd"}
        if RECIPES[name][1](net) is False:
            continue
        if not all(np.isfinite(getattr(net, key)).all() for key in "AhCbd"):
            for key, values in before.items():
                setattr(net, key, values)
            continue
        done = (*done, name)
    affine = bool(net.b.any() or net.d.any())
    is_complex = any(np.iscomplexobj(v) for v in (net.A, net.h, net.b))
    if not affine and random.random() < 0.5:
        net.normalize, done = True, (*done, "normalised")
    single = random.random() < 0.4
    if single:  # numbers of single precision, kept exactly
        with np.errstate(all="ignore"):
            small = {
                k: getattr(net, k).astype("complex64" if np.iscomplexobj(getattr(net, k)) else "float32")
                for k in "AhCbd"
            }
        if all(np.isfinite(v).all() for v in small.values()):
            done = (*done, "single precision")
            for key, values in small.items():
                setattr(net, key, values.astype("complex128" if np.iscomplexobj(values) else "float64"))
        else:
            single = False
    given = Definition(
        net.A, net.h, net.C, net.b if net.b.any() else None, net.d if net.d.any() or random.random() < 0.1 else None
    )
    if net.normalize and given.bias is not None:
        given = Definition(net.A, net.h, net.C)
    if random.random() < NORMS:
        norms, more = draw_norms(net, is_complex, single)
        model, given, how = _behind(norms, given, net.normalize), replace(given, norms=norms), more
    else:
        model, given, how = _made(net, given, is_complex, random)
    if single:
        model = model.float()
    rounded = "float32" if single else "float64"
    arithmetic = rounded if net.normalize and random.random() < (0.5 if given.norms is None else 0.1) else "exact"
    options = {"shortest": int(random.choice([0, 1, 1, 1, 2])), "prefix": net.prefix, "outputs": net.outputs}
    return Imported(seed, index, (*done, *how), net.task, arithmetic, net.automaton, model, given, options)


def _behind(norms: Norms, given: Definition, normalize: bool) -> LinearRNN:
    """The module, from arrays."""
    bias = norms.bias if norms.bias.any() else None
    return LinearRNN.from_arrays(given.A, given.start, None, given.add, bias, normalize, norms=norms.parts)


def _made(
    net: Draft, given: Definition, is_complex: bool, random: np.random.Generator
) -> tuple[LinearRNN, Definition, tuple[str, ...]]:
    """The module, from arrays or from a step; of the latter the numbers that were read off are the definition."""
    if random.random() < 0.8:
        model = LinearRNN.from_arrays(given.A, given.start, given.readout, given.add, given.bias, net.normalize)
        return model, given, ()
    dtype = torch.complex128 if is_complex else torch.float64
    A, b, C, d = (torch.from_numpy(np.array(v)).to(dtype) for v in (net.A, net.b, net.C, net.d))

    def step(h: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return (A[x] @ h[..., None])[..., 0] + b[x]

    def read(h: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        rows, more = (C[x] if C.ndim == 3 else C), (d[x] if d.ndim == 2 else d)
        found = (rows @ h[..., None])[..., 0] + more
        return found.real if is_complex else found

    start = torch.from_numpy(np.array(given.start)).to(dtype)
    try:
        model = LinearRNN.from_step(step, len(A), start, read, normalize=net.normalize)
    except BistateError:  # too large a difference in size for a step that rounds
        model = LinearRNN.from_arrays(given.A, given.start, given.readout, given.add, given.bias, net.normalize)
        return model, given, ()
    arrays = (None if v is None else v.numpy() for v in (model.A, model.start, model.readout, model.add, model.bias))
    return model, Definition(*arrays), ("from a step",)  # type: ignore[arg-type]
