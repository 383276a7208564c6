"""Exact weights of a task with outputs: hidden states that track its minimal Moore machine, and a row for each label.

The states of the minimal Moore machine have to be told apart whatever the labels (docs/ladder.md), so the search begins
with the least weights that track them. Where the labels are no argmax of linear functions of their hidden states, more
irreps are added, the cheapest first, and at last there is one unit per state: then every labelling is linear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ...groups.errors import RepresentationError, TooLargeError
from ..automata.automaton import Automaton
from ..errors import RungError
from ..separation.real_irrep import RealIrrep
from ..separation.task_irreps import task_of_permutations
from ..weights.label_readout import label_readout
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights
from .cp import one_hot_factors
from .householder import of_reflections
from .irrep_weights import irrep_weights
from .one_hot import one_hot_weights

MOST_IRREPS = 24  # added one by one
MULTIPLIED = 1_000_000  # products of numbers, to multiply rank-one terms out
OF_IRREPS = (
    Rung.DIAGONAL,
    Rung.ROTATION,
    Rung.BLOCK,
    Rung.HOUSEHOLDER,
    Rung.HOUSEHOLDER_PER_HEAD,
    Rung.FULL,
)
REFLECTING = (Rung.HOUSEHOLDER, Rung.HOUSEHOLDER_PER_HEAD)


def realize_labelled(
    automaton: Automaton, rung: Rung, states_of: Callable[[Automaton], BilinearWeights]
) -> BilinearWeights:
    """Weights whose predictions are the outputs of the automaton, proved.

    Args:
        automaton: a task with outputs.
        rung: the family.
        states_of: exact weights on this rung that track the states of an automaton without outputs.

    Raises:
        RungError: if the rung cannot track the states of the minimal Moore machine, or no linear readout of the labels
            was found.
    """
    machine = automaton.minimize()
    states = machine.with_outputs(None)
    found = label_readout(states_of(states), machine)
    if found is None:
        found = next((w for w in _larger(machine, states, rung) if w is not None), None)
    if found is None:
        raise RungError(
            f"rung {rung.value!r}: the {len(machine.states)} states can be tracked, but no linear readout of the "
            f"{len(machine.labels)} labels was found on the hidden states known; rung 'full' has one"
        )
    return found


def _larger(machine: Automaton, states: Automaton, rung: Rung) -> Iterator[BilinearWeights | None]:
    """Weights of more units, the smaller ones first."""
    if rung in OF_IRREPS:
        yield _of_more_irreps(machine, states, rung)
    if rung in (Rung.FULL, Rung.BLOCK, Rung.MONOMIAL, Rung.CP):
        weights = replace(one_hot_weights(states), rung=rung)
        if rung is Rung.CP:
            factors = one_hot_factors(states)
            if factors.rank * weights.hidden_size**2 * len(states.letters) > MULTIPLIED:
                return
            weights = replace(weights, factors=factors)
        yield label_readout(weights, machine)


def _of_more_irreps(machine: Automaton, states: Automaton, rung: Rung) -> BilinearWeights | None:
    """Weights of a direct sum of irreps: the cheapest ones until a readout is found, less those it can do without."""
    try:
        data = task_of_permutations(states)
    except TooLargeError:
        return None
    if data is None:
        return None

    def built(chosen: Sequence[RealIrrep]) -> BilinearWeights | None:
        try:
            weights = irrep_weights(states, data, chosen, rung, everywhere=True)
        except (RungError, RepresentationError):  # they do not separate the states, or have no matrices
            return None
        readout = label_readout(weights, machine)
        return readout if readout is None or rung not in REFLECTING else of_reflections(readout)

    order = sorted(data.irreps, key=lambda v: (v.rank if rung in REFLECTING else v.degree, v.degree))[:MOST_IRREPS]
    chosen, found = list[RealIrrep](), None
    for v in order:
        chosen.append(v)
        found = built(chosen)
        if found is not None:
            break
    if found is None:
        return None
    for v in reversed(list(chosen)):
        fewer = [u for u in chosen if u is not v]
        smaller = built(fewer) if fewer else None
        if smaller is not None:
            chosen, found = fewer, smaller
    return found if rung is not Rung.FULL else replace(found, blocks=())
