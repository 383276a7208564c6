"""All sets of learned irreps that tell the states apart, repaired, where the spectrum allows more than one."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...models.protocols import LinearRecurrence
from ...theory.automata.acting_group import group_task_of
from ...theory.automata.automaton import Automaton
from ...theory.errors import WeightsError
from ...theory.separation.separating_irreps import candidates
from ...theory.weights.margin import decision_margin
from ...theory.weights.weights import BilinearWeights
from ..errors import SnapError
from .comparison import NEAR, Comparison, align, compared, separating
from .exact_repair import matrices_as_read, repaired
from .part_repair import whole_task

FAINT = 1e-3  # share of what varies from which an irrep is looked at as an alternative
MOST_SETS = 64  # of irreps that are tried, the smallest first: six heard irreps have 63


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
    model: LinearRecurrence,
    automaton: Automaton,
    *,
    comparison: Comparison | None = None,
    prefix: Sequence[int] = (),
    outputs: Sequence[int] | None = None,
) -> tuple[Alternative, ...]:
    """All sets of learned irreps that tell the states apart, repaired and proved, the largest margin first.

    `snap` takes all learned irreps. Where the spectrum is ambiguous, with an irrep of little energy or a large
    residual, a smaller set can be nearer to the model, and a larger one can decide more clearly. Irreps with 0.1% of
    what varies and a residual below 0.5 are looked at, in at most 64 sets, the smallest first.

    Args:
        model: a linear recurrence: any object with `linear()`.
        automaton: its task.
        comparison: the result of `compare`, with the same prefix and outputs, if it is there already.
        prefix: letters of the model that stand before every word.
        outputs: the score that stands for each state, if it is not score q for state q.

    Raises:
        SnapError: for a network whose steps read several letters.
        MismatchError: as for `compare`, and if the model is no linear recurrence.
        ModelError, AutomatonError, RepresentationError: as for `compare`.
    """
    network = matrices_as_read(model, automaton, prefix, outputs)
    arrays = network.weights
    assert arrays is not None
    found = compared(network, automaton) if comparison is None else comparison
    part = found.part
    task = group_task_of(found.automaton)
    by_label = {rho.label: rho for rho in found.group.irreps("real")}
    heard = [
        label
        for label, share in sorted(found.spectrum.items(), key=lambda item: -item[1])
        if share >= FAINT and found.residuals[label] < NEAR
    ]
    transitions = arrays.A if part is None else arrays.A[part.letters]
    results = []
    sets = (chosen for size in range(1, len(heard) + 1) for chosen in itertools.combinations(heard, size))
    for chosen in itertools.islice(sets, MOST_SETS):
        used = separating(candidates(task, [by_label[label] for label in chosen]), len(task.states))
        if not used:
            continue
        weights, verdict = repaired(found, task, used, arrays.readout)
        if not verdict.proved:
            continue
        if part is not None:
            try:
                weights = whole_task(weights, part)
            except SnapError:
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
