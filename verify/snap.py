"""The exact weights nearest to a trained model (theory page, section 6, point 4).

The representation ρ is the sum of the irreps the model learned, each once. With S the intertwiner, the coordinates of
the state means give the learned start vector v, and the learned readout in these coordinates is C S. Both are rounded
to rationals, v inside the space V^K that the stabiliser of the start state fixes, and the result is proved before it
is returned.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ..groups.arithmetic.exact_matrix import ExactMatrix
from ..groups.catalogue.isomorphisms import identify
from ..groups.group import PermutationGroup
from ..models.bilinear_rnn import BilinearRNN
from ..theory.automata.acting_elements import acting_letters, acting_states
from ..theory.automata.acting_group import group_task_of
from ..theory.automata.automaton import Automaton
from ..theory.automata.group_task import GroupTask
from ..theory.constructions.orbit_weights import orbit_weights
from ..theory.errors import WeightsError
from ..theory.separation.separating_irreps import Candidate, candidates
from ..theory.verdict import Verdict
from ..theory.weights.margin import decision_margin
from ..theory.weights.rung import Rung
from ..theory.weights.weights import BilinearWeights
from .compare import NEAR, Comparison, align, compare, separating
from .errors import MismatchError, SnapError
from .recognise import recognise

Floats = NDArray[np.float64]
DENOMINATOR = 1000  # of the start vector and the readout in canonical coordinates, relative to their largest entry
LEARNED_BITS = 20  # binary digits kept of the intertwiner in the learned basis
AGREEMENT = 0.9  # of a model with the automaton recovered from it, from which that is what it tracks
FAINT = 1e-3  # share of energy from which an irrep is looked at as an alternative
MOST_SETS = 64
NAMED = 1000  # order of the groups whose type is looked up
BASES = ("canonical", "learned")


def snap(
    model: BilinearRNN,
    automaton: Automaton | None = None,
    *,
    basis: str = "canonical",
    comparison: Comparison | None = None,
) -> BilinearWeights:
    """Replace the learned transitions by the exact representation they are closest to, and prove the result.

    Args:
        model: a trained model.
        automaton: its task; a group with known irreps. None: the automaton that `recognise` recovers from the weights,
            with letters and states by their numbers, if its states are the model's outputs.
        basis: "canonical" gives weights of the size of the representation, in the basis of its exact matrices;
            "learned" keeps the model's own coordinates and size, A[x] = S ρ(x) S⁺, so that
            `BilinearRNN.from_weights(weights, transition="full")` can take the model's place.
        comparison: the result of `compare(model, automaton)` if it is there already.

    Returns:
        Exact weights with `weights.prove(automaton).proved`. Start vector and readout are the learned ones, rounded,
        where these prove right; `weights.note` says which irreps and which readout were taken.

    Raises:
        SnapError: if the irreps learned do not tell the states apart, or no rounding proves right.
        MismatchError, ModelError, AutomatonError, RepresentationError: as for `compare`.
    """
    if basis not in BASES:
        raise MismatchError(f"basis {basis!r} is not known; choose one of {', '.join(BASES)}")
    if automaton is None:
        automaton = _recognised(model) if comparison is None else comparison.automaton
    found = compare(model, automaton) if comparison is None else comparison
    task = group_task_of(automaton)
    used = _used(found, task)
    readout = model.rows().detach().double().numpy(force=True)  # (states, hidden)
    weights, verdict = _repaired(found, task, used, readout)
    if not verdict.proved:
        raise SnapError(f"no exact weights were found near the model: {verdict.reason}")
    return weights if basis == "canonical" else _in_learned_basis(weights, automaton, _basis(found, used))


def _basis(found: Comparison, used: Sequence[Candidate]) -> Floats:
    """S, (hidden, d)."""
    return np.concatenate([found.intertwiners[c.rho.label].matrix for c in used], axis=1)


def _repaired(
    found: Comparison, task: GroupTask, used: Sequence[Candidate], readout: Floats
) -> tuple[BilinearWeights, Verdict]:
    """Exact weights from the irreps used, and whether they prove right."""
    S = _basis(found, used)
    transitions = [ExactMatrix.block_diagonal(c.rho(x) for c in used) for x in acting_letters(task)]
    initial = _start(task, used, np.linalg.pinv(S) @ found.states.means.T)
    return _proved_readout(found.automaton, task, used, transitions, initial, readout @ S)


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
        weights, verdict = _repaired(found, task, used, readout)
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


def _recognised(model: BilinearRNN) -> Automaton:
    seen = recognise(model)
    if not seen.fits_the_outputs or len(seen.automaton.states) != model.states:
        raise SnapError(
            f"the model's answers need {len(seen.automaton.states)} states and it has {model.states} outputs, of which "
            f"it uses {sorted(set(seen.outputs))}; exact weights are built with one output per state, so pass the task "
            "as the second argument"
        )
    if seen.agreement < AGREEMENT:
        raise SnapError(
            f"the automaton that was recovered from the model explains {seen.agreement:.1%} of its answers to random "
            f"words, and {AGREEMENT:.0%} are needed; pass the task as the second argument"
        )
    return seen.automaton


def _used(found: Comparison, task: GroupTask) -> list[Candidate]:
    by_label = {rho.label: rho for rho in found.group.irreps("real")}
    if not found.used:
        shares = ", ".join(
            f"{label} {share:.1%} (residual {found.residuals[label]:.2g})"
            for label, share in found.spectrum.items()
            if share >= 0.001
        )
        raise SnapError(
            f"the irreps the model learned do not tell the {len(found.automaton.states)} states apart, so there is no "
            f"exact solution near it; irrep spectrum: {shares or 'no signal'}; state share {found.state_share:.1%}"
        )
    return candidates(task, [by_label[label] for label in found.used])


def _start(task: GroupTask, used: Sequence[Candidate], coordinates: Floats) -> ExactMatrix:
    """The learned start vector, rounded inside V^K: mean over states of ρ(g_q)⁻¹ S⁺ μ_q, (d, 1).

    Args:
        task: the task.
        used: the irreps, d their total degree.
        coordinates: S⁺ μ_q as columns, (d, states).
    """
    within, first = [], 0
    for c in used:
        block = coordinates[first : first + c.rho.degree]  # (degree, states)
        first += c.rho.degree
        back = [np.linalg.solve(c.rho(g).to_numpy(float), block[:, q]) for q, g in enumerate(acting_states(task))]
        basis = c.fixed.to_numpy(float)  # (degree, dim V^K)
        within.append(np.linalg.lstsq(basis, np.mean(back, axis=0), rcond=None)[0])  # (dim V^K,)
    exact = ExactMatrix.column(rounded(np.concatenate(within)))
    return ExactMatrix.block_diagonal(c.fixed for c in used) @ exact


def rounded(values: Floats, denominator: int = DENOMINATOR) -> list[Fraction]:
    """The values divided by their largest size and rounded to multiples of 1/denominator."""
    largest = float(np.abs(values).max())
    if largest == 0:
        return [Fraction(0)] * len(values)
    return [Fraction(round(float(x) / largest * denominator), denominator) for x in values]


def _proved_readout(
    automaton: Automaton,
    task: GroupTask,
    used: Sequence[Candidate],
    transitions: Sequence[ExactMatrix],
    initial: ExactMatrix,
    learned: Floats,
) -> tuple[BilinearWeights, Verdict]:
    """Weights with the learned readout if it proves right, else with the matched one v_qᵀ M."""
    names = " + ".join(c.rho.label for c in used) + f" of {_called(used[0].rho.group)}"
    form = ExactMatrix.block_diagonal(c.rho.form for c in used)
    blocks = [c.rho.degree for c in used]
    matched = orbit_weights(automaton, transitions, initial, form, blocks, Rung.BLOCK, "")
    flat = rounded(learned.ravel())
    width = learned.shape[1]
    rows = [flat[i : i + width] for i in range(0, len(flat), width)]
    for readout, name in ((ExactMatrix(rows), "learned, rounded"), (matched.readout, "matched to the orbit")):
        weights = BilinearWeights(
            automaton.letters,
            automaton.states,
            tuple(transitions),
            initial,
            readout,
            tuple(blocks),
            Rung.BLOCK,
            f"snapped to irreps {names}; readout {name}",
        )
        verdict = weights.prove(automaton)
        if verdict.proved:
            break
    return weights, verdict


def _called(group: PermutationGroup) -> str:
    """The group's name; for one that was made from a table the name of its type, not pages of generators."""
    if group.name:
        return group.name
    return f"a group isomorphic to {identify(group)}" if group.order <= NAMED else f"a group of order {group.order}"


def _in_learned_basis(weights: BilinearWeights, automaton: Automaton, S: Floats) -> BilinearWeights:
    """The same network in the model's coordinates: A[x] = S ρ(x) L with L S = I, h_0 = S v, C = C' L, exactly."""
    scale = 2**LEARNED_BITS
    largest = float(np.abs(S).max())
    exact = ExactMatrix([[Fraction(round(float(x) / largest * scale), scale) for x in row] for row in S])
    left = (exact.T @ exact).solve(exact.T)  # (d, hidden), left @ exact = I
    moved = BilinearWeights(
        weights.letters,
        weights.states,
        tuple(exact @ matrix @ left for matrix in weights.transitions),
        exact @ weights.initial,
        weights.readout @ left,
        rung=Rung.FULL,
        note=f"{weights.note}; in the learned basis",
    )
    verdict = moved.prove(automaton)
    if not verdict.proved:
        raise SnapError(f"the weights in the learned basis could not be proved: {verdict.reason}")
    return moved
