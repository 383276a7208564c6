"""All sets of learned irreps that tell the states apart, repaired, where the spectrum allows more than one."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from ...models.bilinear_rnn import BilinearRNN
from ...theory.automata.acting_group import group_task_of
from ...theory.automata.automaton import Automaton
from ...theory.errors import WeightsError
from ...theory.separation.separating_irreps import candidates
from ...theory.weights.margin import decision_margin
from ...theory.weights.weights import BilinearWeights
from .comparison import NEAR, Comparison, align, compare, separating
from .exact_repair import repaired

FAINT = 1e-3  # share of energy from which an irrep is looked at as an alternative
MOST_SETS = 64


@dataclass(frozen=True)
class Alternative:
    """One way to repair a model.

    Attributes:
        irreps: labels of the irreps taken.
        weights: the exact weights, proved.
        size: their hidden size.
        margin: the decision margin of the weights: how far a hidden direction may turn before an answer changes, see
            `bistate.theory.decision_margin`; 0 if it could not be had.
        energy: share of the signal's energy that these irreps carry in the model.
        distance: relative distance of the learned matrices on the span of these irreps to the exact ones.
        letter_distances: the same for each letter, (letters,).
    """

    irreps: tuple[str, ...]
    weights: BilinearWeights
    size: int
    margin: float
    energy: float
    distance: float
    letter_distances: tuple[float, ...]


def alternatives(
    model: BilinearRNN, automaton: Automaton, *, comparison: Comparison | None = None
) -> tuple[Alternative, ...]:
    """All sets of learned irreps that tell the states apart, repaired and proved, the largest margin first.

    `snap` takes all learned irreps. Where the spectrum is ambiguous, with an irrep of little energy or a large
    residual, a smaller set can be nearer to the model, and a larger one can decide more clearly. Irreps with 0.1% of
    the energy and a residual below 0.5 are looked at, in at most 64 sets, the smallest first.

    Args:
        model: a trained model.
        automaton: its task.
        comparison: the result of `compare(model, automaton)` if it is there already.

    Raises:
        MismatchError, ModelError, AutomatonError, RepresentationError: as for `compare`.
    """
    found = compare(model, automaton) if comparison is None else comparison
    task = group_task_of(automaton)
    by_label = {rho.label: rho for rho in found.group.irreps("real")}
    heard = [
        label
        for label, share in sorted(found.spectrum.items(), key=lambda item: -item[1])
        if share >= FAINT and found.residuals[label] < NEAR
    ]
    transitions = model.transitions().detach().double().numpy(force=True)
    readout = model.rows().detach().double().numpy(force=True)
    results = []
    sets = (chosen for size in range(1, len(heard) + 1) for chosen in itertools.combinations(heard, size))
    for chosen in itertools.islice(sets, MOST_SETS):
        used = separating(candidates(task, [by_label[label] for label in chosen]), len(automaton.states))
        if not used:
            continue
        weights, verdict = repaired(found, task, used, readout)
        if not verdict.proved:
            continue
        aligned, exact = align(task, [found.intertwiners[label] for label in chosen], transitions)
        each = np.linalg.norm(aligned - exact, axis=(1, 2)) / np.sqrt(exact.shape[1])
        results.append(
            Alternative(
                irreps=chosen,
                weights=weights,
                size=weights.hidden_size,
                margin=_margin(weights),
                energy=sum(found.spectrum[label] for label in chosen),
                distance=float(np.sqrt((each**2).mean())),
                letter_distances=tuple(float(x) for x in each),
            )
        )
    return tuple(sorted(results, key=lambda item: (-item.margin, item.size)))


def _margin(weights: BilinearWeights) -> float:
    try:
        margin = decision_margin(weights)
    except WeightsError:
        return 0.0
    return 1.0 if margin is None else margin.value
