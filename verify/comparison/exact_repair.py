"""The exact weights nearest to a trained model, see docs/comparison.md.

The representation ρ is the sum of the irreps the model learned, each once. With S the intertwiner, the coordinates of
the state means give the learned start vector v, and the learned readout in these coordinates is C S. Both are rounded
to rationals, v inside the space V^K that the stabiliser of the start state fixes, and the result is proved before it
is returned.

What is the same in all states, such as the constant unit of affine terms, is left out: the readout C S does not see it,
and where the learned readout needs it the matched one takes its place. Where letters of the task merge states, this is
done for the part that they permute, and `part_repair` adds the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ...groups.catalogue.identification import name_or_order
from ...groups.group import PermutationGroup
from ...models.protocols import LinearRecurrence
from ...theory.automata.acting_elements import acting_letters, acting_states
from ...theory.automata.acting_group import group_task_of
from ...theory.automata.automaton import Automaton
from ...theory.automata.group_task import GroupTask
from ...theory.constructions.orbit_weights import orbit_weights
from ...theory.separation.separating_irreps import Candidate, candidates
from ...theory.verdict import Verdict
from ...theory.weights.label_readout import label_readout
from ...theory.weights.rung import Rung
from ...theory.weights.weights import BilinearWeights
from ..errors import MismatchError, SnapError
from ..networks.reading import reading_of
from ..networks.shown import Shown, read_as, shown_by
from ..networks.stand_in import read_linearly
from .comparison import Comparison, compared
from .part_repair import whole_task
from .recognition import recognise

Floats = NDArray[np.float64]
DENOMINATOR = 1000  # of the start vector and the readout in canonical coordinates, relative to their largest entry
LEARNED_BITS = 20  # binary digits kept of the intertwiner in the learned basis
AGREEMENT = 0.9  # of a model with the automaton recovered from it, from which that is what it tracks
BASES = ("canonical", "learned")


def snap(
    model: LinearRecurrence,
    automaton: Automaton | None = None,
    *,
    basis: str = "canonical",
    comparison: Comparison | None = None,
    prefix: Sequence[int] = (),
    outputs: Sequence[int] | None = None,
) -> BilinearWeights:
    """Replace the learned transitions by the exact representation they are closest to, and prove the result.

    Args:
        model: a linear recurrence: any object with `linear()`, affine terms and all.
        automaton: its task; a group with known irreps, or one with a part that is a group. None: the automaton that
            `recognise` recovers from the weights, with letters and states by their numbers, if different states have
            different outputs; these are `outputs`, if they are not given.
        basis: "canonical" gives weights of the size of the representation, in the basis of its exact matrices;
            "learned" keeps the model's own coordinates and size, A[x] = S ρ(x) S⁺, so that
            `BilinearRNN.from_weights(weights, transition="full")` can take the model's place.
        comparison: the result of `compare`, with the same prefix and outputs, if it is there already.
        prefix: letters of the model that stand before every word; the exact weights do without.
        outputs: the score that stands for each state, if it is not score q for state q; of the exact weights it is.

    Returns:
        Exact weights with `weights.prove(automaton).proved`. Start vector and readout are the learned ones, rounded,
        where these prove right; `weights.note` says which irreps and which readout were taken. With a readout for each
        last letter it is the matched one.

    Raises:
        SnapError: for a network whose steps read several letters, and if none were found: the irreps learned do not
            tell the states apart, no rounding proves right, or a letter that merges states has no matrix on what was
            learned. None found is no proof that there are none.
        MismatchError: as for `compare`, and if the model is no linear recurrence.
        ModelError, AutomatonError, RepresentationError: as for `compare`.
    """
    if basis not in BASES:
        raise MismatchError(f"basis {basis!r} is not known; choose one of {', '.join(BASES)}")
    if automaton is None:
        automaton, outputs = _recognised(model, prefix, outputs)
    if automaton.outputs is not None:
        automaton = automaton.minimize()
    network = matrices_as_read(model, automaton, prefix, outputs)
    assert network.weights is not None
    found = compared(network, automaton.with_outputs(None)) if comparison is None else comparison
    part = found.part
    if part is not None and basis == "learned":
        raise SnapError(
            f"letters of the task merge states, and what was compared is its part, {part}; basis='learned' is for "
            "tasks whose letters permute the states, basis='canonical' covers this one"
        )
    task = group_task_of(found.automaton)
    used = _used(found, task)
    exact, verdict = repaired(found, task, used, network.weights.readout)
    if not verdict.proved:
        raise SnapError(f"no exact weights were found near the model: {verdict.reason}")
    if part is not None:
        return _with_labels(whole_task(exact, part), automaton)
    exact = _with_labels(exact, automaton)
    return exact if basis == "canonical" else _in_learned_basis(exact, automaton, _basis(found, used))


def _with_labels(exact: BilinearWeights, automaton: Automaton) -> BilinearWeights:
    """Weights that track states, with a row for each label instead, where the automaton has outputs.

    Raises:
        SnapError: if the labels are no argmax of linear functions of what was learned, as far as was found.
    """
    if automaton.outputs is None:
        return exact
    labelled = label_readout(exact, automaton)
    if labelled is None:
        raise SnapError(
            f"exact weights near the model track the {len(automaton.states)} states ({exact.note}), and no linear "
            f"readout of the {len(automaton.labels)} labels was found on them; realize(task) builds larger ones"
        )
    return labelled


def matrices_as_read(
    model: LinearRecurrence, automaton: Automaton, prefix: Sequence[int], outputs: Sequence[int] | None
) -> Shown:
    """The weights of a model as its task reads them, read off it once.

    Raises:
        SnapError: if there is no matrix for each letter.
        MismatchError: if the model is no linear recurrence, or does not fit the task.
    """
    weights = read_linearly(model)
    if weights.window > 1:
        raise SnapError(
            f"exact weights are found from one matrix for each letter, and a step reads the last {weights.window} "
            "letters; certify, refute and recognise take the network, and compare its hidden states"
        )
    reading = reading_of(weights.letters, weights.scores, automaton, prefix=prefix, outputs=outputs)
    return read_as(shown_by(weights), reading, len(automaton.letters))


def _basis(found: Comparison, used: Sequence[Candidate]) -> Floats:
    """S, (hidden, d)."""
    return np.concatenate([found.intertwiners[c.rho.label].matrix for c in used], axis=1)


def repaired(
    found: Comparison, task: GroupTask, used: Sequence[Candidate], readout: Floats
) -> tuple[BilinearWeights, Verdict]:
    """Exact weights from the irreps used, of what was compared, and whether they prove right.

    Args:
        found: the comparison.
        task: its group task.
        used: the irreps.
        readout: C of the model, (scores, hidden) or (letters, scores, hidden).
    """
    S = _basis(found, used)
    transitions = [ExactMatrix.block_diagonal(c.rho(x) for c in used) for x in acting_letters(task)]
    codes = found.states.means - found.states.means.mean(axis=0)  # what all states share is no start of these irreps
    initial = _start(task, used, np.linalg.pinv(S) @ codes.T)
    rows = readout if found.part is None or readout.ndim == 3 else readout[found.part.states]
    return _proved_readout(found.automaton, task, used, transitions, initial, None if rows.ndim == 3 else rows @ S)


def _recognised(model: Any, prefix: Sequence[int], outputs: Sequence[int] | None) -> tuple[Automaton, Sequence[int]]:
    """The automaton that the model tracks, and the score of each of its states."""
    seen = recognise(model, prefix=prefix)
    if -1 in seen.outputs:
        raise SnapError(
            "the start state is one that no word leads back to, and its own output was not asked for, so what it "
            "stands for is not known; pass the task as the second argument"
        )
    if seen.agreement < AGREEMENT:
        raise SnapError(
            f"the automaton that was recovered from the model explains {seen.agreement:.1%} of its answers to random "
            f"words, and {AGREEMENT:.0%} are needed; pass the task as the second argument"
        )
    own = seen.outputs if seen.automaton.outputs is None else seen.automaton.labels
    return seen.automaton, own if outputs is None else outputs  # type: ignore[return-value]  # labels are scores here


def _used(found: Comparison, task: GroupTask) -> list[Candidate]:
    by_label = {rho.label: rho for rho in found.group.irreps("real")}
    if not found.used:
        shares = ", ".join(
            f"{label} {share:.1%} (residual {found.residuals[label]:.2g})"
            for label, share in found.spectrum.items()
            if share >= 0.001
        )
        raise SnapError(
            f"the irreps the model learned do not tell the {len(found.automaton.states)} states apart, so no exact "
            f"weights were found near it; irrep spectrum: {shares or 'no signal'}; state share {found.state_share:.1%}"
            + (f"; compared was the part {found.part}" if found.part is not None else "")
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
    learned: Floats | None,
) -> tuple[BilinearWeights, Verdict]:
    """Weights with the learned readout if there is one and it proves right, else with the matched one v_qᵀ M."""
    names = " + ".join(c.rho.label for c in used) + f" of {_called(used[0].rho.group)}"
    form = ExactMatrix.block_diagonal(c.rho.form for c in used)
    blocks = [c.rho.degree for c in used]
    matched = orbit_weights(automaton, transitions, initial, form, blocks, Rung.BLOCK, "")
    readouts = [(matched.readout, "matched to the orbit")]
    if learned is not None:
        flat, width = rounded(learned.ravel()), learned.shape[1]
        rows = [flat[i : i + width] for i in range(0, len(flat), width)]
        readouts.insert(0, (ExactMatrix(rows), "learned, rounded"))
    for readout, name in readouts:
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
    name = name_or_order(group)
    return name if name.startswith("a group") else f"a group isomorphic to {name}"


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
