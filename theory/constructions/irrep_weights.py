"""Weights from a chosen set of real irreps: one block for each."""

from __future__ import annotations

from collections.abc import Sequence

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ...groups.errors import RepresentationError
from ...groups.permutations.abelian_structure import characters
from ...groups.permutations.defining_words import structure_of
from ...groups.representations.representation import Representation
from ..automata.acting_elements import acting_letters
from ..automata.automaton import Automaton
from ..separation.real_irrep import RealIrrep, TaskIrreps
from ..separation.separating_irreps import Candidate, fixed_space
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights
from .commutative import character_weights
from .orbit_weights import orbit_weights
from .start_vector import start_vector


def irrep_weights(
    automaton: Automaton, data: TaskIrreps, chosen: Sequence[RealIrrep], rung: Rung, everywhere: bool = False
) -> BilinearWeights:
    """Orbit weights of the direct sum of the chosen real irreps, with a start vector that separates the states.

    `everywhere`: the start vector has a part in every irrep, also where states are told apart without.

    Raises:
        RepresentationError: if matrices of an irrep were not found.
        RungError: if the irreps do not separate the states.
    """
    chosen = sorted(chosen, key=lambda v: -v.degree)
    if data.group.is_abelian:
        structure = structure_of(data.group)
        turns = characters(structure)
        return character_weights(automaton, data.task, [turns[v.rows[0]] for v in chosen], structure, rung)
    return orbit_of_blocks(automaton, data, representations(data, chosen), rung, everywhere)


def orbit_of_blocks(
    automaton: Automaton,
    data: TaskIrreps,
    blocks: Sequence[Representation],
    rung: Rung,
    everywhere: bool = False,
) -> BilinearWeights:
    """Orbit weights of the direct sum of real representations; see `irrep_weights`.

    Raises:
        RungError: if they do not separate the states.
    """
    found = [Candidate(rho, fixed_space(rho, data.task)) for rho in blocks]
    transitions = [ExactMatrix.block_diagonal(c.rho(g) for c in found) for g in acting_letters(data.task)]
    form = ExactMatrix.block_diagonal(c.rho.form for c in found)
    initial = start_vector(automaton, transitions, form, ExactMatrix.block_diagonal(c.fixed for c in found))
    if everywhere:
        initial = _in_every_block(initial, found)
    note = f"irreps {' + '.join(c.rho.label for c in found)} of {data.group}"
    return orbit_weights(automaton, transitions, initial, form, [c.rho.degree for c in found], rung, note)


def _in_every_block(vector: ExactMatrix, blocks: Sequence[Candidate]) -> ExactMatrix:
    """The vector, with a fixed vector where its part in a block is 0; more parts still tell the states apart."""
    parts, i = [], 0
    for block in blocks:
        part = vector.submatrix(range(i, i + block.rho.degree), [0])
        parts.append(block.fixed.submatrix(range(block.rho.degree), [0]) if part.is_zero else part)
        i += block.rho.degree
    return ExactMatrix.vstack(parts)


def representations(data: TaskIrreps, chosen: Sequence[RealIrrep]) -> list[Representation]:
    """The matrices of the chosen irreps, recognised among all real irreps of the group by their characters.

    Raises:
        RepresentationError: if one is not there.
    """
    table = data.group.character_table()
    by_character = {rho.character().values: rho for rho in data.group.irreps("real")}
    found = []
    for v in chosen:
        rows = [table.values[i] for i in v.rows] * (2 if v.indicator == -1 else 1)
        character = tuple(sum(column[1:], start=column[0]) for column in zip(*rows, strict=True))
        if character not in by_character:
            raise RepresentationError(f"no matrices were found for the real irrep {v.label} of {data.group}")
        found.append(by_character[character])
    return found
