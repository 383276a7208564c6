"""Exact representations in a random basis, beside directions that die out: models whose irreps are known.

A[x] = T (c_x ρ(x) ⊕ junk_x) T⁻¹ with T orthogonal, ρ an orthogonal sum of real irreps, h_0 = T (v ⊕ junk) and readout
rows ρ(g_q) v. Nothing here uses code of verify/ but the parser of tasks.
"""

from dataclasses import dataclass

import numpy as np
import torch
from bistate.groups import PermutationGroup
from bistate.groups.representations.representation import Representation
from bistate.models import BilinearRNN
from bistate.theory import Automaton
from bistate.verify import parse_task

HIDDEN = 16


def fill(model: BilinearRNN, transitions: np.ndarray, start: np.ndarray, readout: np.ndarray) -> None:
    with torch.no_grad():
        model.family.weight.copy_(torch.from_numpy(transitions))
        model.start.copy_(torch.from_numpy(start))
        model.readout.copy_(torch.from_numpy(readout))


@dataclass
class Planted:
    model: BilinearRNN
    automaton: Automaton
    irreps: list[Representation]
    shares: dict[str, float]


def elements_of(automaton: Automaton) -> list:
    task = automaton.group_task
    assert task is not None
    return list(task.letters)


def plant(name: str, positions: tuple[int, ...], seed: int = 0, noise: float = 0.0, junk: float = 0.25) -> Planted:
    """A model whose irreps and shares of energy are known."""
    draw = np.random.default_rng(seed)
    automaton = parse_task(name)
    group: PermutationGroup = automaton.group_task.group  # type: ignore[union-attr]
    irreps = [group.irreps("real")[k] for k in positions]
    matrices = [[np.real(rho.orthogonal(x)) for rho in irreps] for x in elements_of(automaton)]
    degrees = [rho.degree for rho in irreps]
    total = sum(degrees)
    v = draw.normal(size=total)
    parts = np.split(v, np.cumsum(degrees)[:-1])
    T, _ = np.linalg.qr(draw.normal(size=(HIDDEN, HIDDEN)))
    A = np.zeros((len(matrices), HIDDEN, HIDDEN))
    for x, blocks in enumerate(matrices):
        first = 0
        for block in blocks:
            A[x, first : first + len(block), first : first + len(block)] = block
            first += len(block)
        rest = draw.normal(size=(HIDDEN - total, HIDDEN - total))
        A[x, total:, total:] = junk * rest / np.linalg.norm(rest, 2)
    A *= draw.uniform(0.5, 2, size=len(A))[:, None, None]  # the scale of a letter changes nothing
    A += noise * draw.normal(size=A.shape) / np.sqrt(HIDDEN)
    code = np.array([np.concatenate([m @ p for m, p in zip(ms, parts, strict=True)]) for ms in matrices])
    model = BilinearRNN(len(A), HIDDEN, len(automaton.states), dtype=torch.float64)
    readout = np.zeros((len(automaton.states), HIDDEN))
    readout[:, :total] = code  # all elements are letters, in the order of the states
    start = np.concatenate([v, 0.3 * draw.normal(size=HIDDEN - total)])
    fill(model, T @ A @ T.T, T @ start, readout @ T.T)
    energy = np.array([p @ p for p in parts])
    labels = [rho.label for rho in irreps]
    return Planted(model, automaton, irreps, dict(zip(labels, energy / energy.sum(), strict=True)))
