"""Exact block weights of any group task whose real irreps are available (theory page, section 3, theorem B)."""

from __future__ import annotations

from ..groups.errors import RepresentationError
from ..groups.exact_matrix import ExactMatrix
from ..groups.permutation_group import PermutationGroup
from ..groups.representation import Representation
from .automaton import Automaton
from .errors import RungError
from .group_action import acting_letters
from .group_task import GroupTask, group_task_of
from .obstructions import require_permutations
from .orbit_weights import orbit_weights
from .realize_commutative import realize_commutative_blocks
from .rung import Rung
from .separating_irreps import Candidate, candidates, cheapest, least_block
from .start_vector import start_vector
from .weights import BilinearWeights


def realize_block(automaton: Automaton, block_size: int | None = None) -> BilinearWeights:
    """Block-diagonal weights: one block per real irrep, A[x] = ⊕ ρ_i(x).

    The largest block is as small as possible, then the total size.

    Args:
        automaton: a task whose letters permute the states.
        block_size: refuse if a larger block is needed; None allows any size.

    Raises:
        RungError: if a letter merges states, or larger blocks than `block_size` are needed.
        RepresentationError: if no irreps of the group are available.
    """
    require_permutations(automaton, Rung.BLOCK)
    task = group_task_of(automaton)
    if PermutationGroup(task.letters, degree=task.group.degree).is_abelian:
        weights = realize_commutative_blocks(automaton)
        _require_size(max(weights.blocks), block_size)
        return weights
    options = candidates(task, real_irreps(task))
    least = least_block(options, len(task.states))
    _require_size(least, block_size)
    chosen = cheapest([c for c in options if c.rho.degree <= least], len(task.states))
    return block_weights(automaton, task, chosen, start_vector(task, chosen))


def real_irreps(task: GroupTask) -> tuple[Representation, ...]:
    """Real irreps of the group the letters generate; of the whole group where only those are available.

    Either kind restricts to a representation of the group generated, so both give exact weights.
    """
    generated = PermutationGroup(task.letters, degree=task.group.degree)
    if generated == task.group:
        return task.group.irreps("real")
    try:
        return generated.irreps("real")
    except RepresentationError:
        return task.group.irreps("real")


def block_weights(
    automaton: Automaton, task: GroupTask, chosen: list[Candidate], initial: ExactMatrix
) -> BilinearWeights:
    """Orbit weights of the direct sum of the chosen irreps."""
    transitions = [ExactMatrix.block_diagonal(c.rho(g) for c in chosen) for g in acting_letters(task)]
    form = ExactMatrix.block_diagonal(c.rho.form for c in chosen)
    note = "irreps " + " + ".join(c.rho.label for c in chosen) + f" of {chosen[0].rho.group}"
    return orbit_weights(automaton, transitions, initial, form, [c.rho.degree for c in chosen], Rung.BLOCK, note)


def _require_size(least: int, block_size: int | None) -> None:
    if block_size is not None and block_size < least:
        raise RungError(
            f"block_size={block_size} cannot do this task: the real irreps of degree at most {block_size} do not "
            f"separate the states; the least block size is {least}"
        )
