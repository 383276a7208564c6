"""Exact block weights of any group task whose real irreps are available (docs/ladder.md, theorem B)."""

from __future__ import annotations

from dataclasses import replace

from ..automata.automaton import Automaton
from ..errors import RungError
from ..separation.optima import least_block
from ..separation.task_irreps import task_of_permutations
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights
from .commutative_monoid import STATES, commutative_weights, irregular_letter
from .invariant_functions import constants_apart, least_weights
from .irrep_weights import irrep_weights


def realize_block(automaton: Automaton, block_size: int | None = None) -> BilinearWeights:
    """Block-diagonal weights: one block per real irrep, A[x] = ⊕ ρ_i(x).

    The largest block is as small as possible, then the total size. Letters that merge states are done in blocks of one
    and two units where they commute and lie in cycles of their powers, else in one block, with the constants apart
    where they have a complement.

    Args:
        automaton: the task.
        block_size: refuse if a larger block is needed; None allows any size.

    Raises:
        RungError: if larger blocks than `block_size` are needed or, for merging letters, are all that is known.
        RepresentationError: if matrices of an irrep were not found.
    """
    data = task_of_permutations(automaton)
    if data is None:
        return _of_merging_letters(automaton, block_size)
    optimum = least_block(data)
    if block_size is not None and block_size < optimum.size:
        raise RungError(
            f"block_size={block_size} cannot do this task: the real irreps of degree at most {block_size} do not "
            f"separate the states; the least block size is {optimum.size}"
        )
    return irrep_weights(automaton, data, optimum.chosen, Rung.BLOCK)


def _of_merging_letters(automaton: Automaton, block_size: int | None) -> BilinearWeights:
    if automaton.is_commutative and irregular_letter(automaton) is None and len(automaton.states) <= STATES:
        weights = commutative_weights(automaton, Rung.BLOCK)
    else:
        weights = replace(least_weights(automaton), rung=Rung.BLOCK)
        if weights.hidden_size == len(automaton.states):
            weights = constants_apart(automaton) or weights
    if block_size is not None and block_size < max(weights.blocks):
        raise RungError(
            f"block_size={block_size} is smaller than the blocks known for this task, whose letters merge states: "
            f"{max(weights.blocks)}"
        )
    return weights
