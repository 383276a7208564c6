"""Exact weights of commutative tasks: positive diagonal, real diagonal and rotation transitions.

Diagonal: one hidden unit per sign character χ, A[x] = diag(χ(x)), for elementary abelian 2-groups. Rotation: one 2 × 2
rotation by 2π·x per character χ = exp(2πi·x), for all abelian groups; a character with values ±1 keeps a line and
takes one unit. Both use the fewest characters that separate the states, and with them the fewest units. Positive
diagonal transitions track no non-trivial group, so they are given for one state only (docs/ladder.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ...groups.irreducible.abelian import rotation
from ...groups.permutations.abelian_structure import AbelianStructure
from ..automata.acting_elements import acting_letters
from ..automata.acting_group import group_task_of
from ..automata.automaton import Automaton
from ..automata.group_task import GroupTask
from ..errors import RungError
from ..separation.separating_characters import Turns, separating_characters, value
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights
from .commutative_monoid import commutative_weights
from .obstructions import require_commuting, require_involutions, require_no_cycles
from .orbit_weights import orbit_weights


def realize_positive(automaton: Automaton) -> BilinearWeights:
    """Positive diagonal weights of a task with one state; every non-trivial group is refused.

    Raises:
        RungError: for an automaton with more than one state; the message names the obstruction.
    """
    if len(automaton.states) > 1:
        require_commuting(automaton, Rung.POSITIVE)
        require_no_cycles(automaton, Rung.POSITIVE)
        raise RungError(
            "rung 'positive' has no construction here for tasks with more than one state; this one has "
            f"{len(automaton.states)} and no obstruction is known"
        )
    one = ExactMatrix.identity(1)
    return BilinearWeights(
        automaton.letters, automaton.states, (one,) * len(automaton.letters), one, one, rung=Rung.POSITIVE
    )


def realize_diagonal(automaton: Automaton) -> BilinearWeights:
    """Real diagonal weights: for groups with the fewest hidden units, log2 of the number of states (at least one).

    Merging letters are allowed where x³ = x: they take zeros; see `bistate.theory.constructions.commutative_monoid`.

    Raises:
        RungError: unless the letters commute and have cycles of length 1 and 2 only; the message names what fails.
    """
    require_commuting(automaton, Rung.DIAGONAL)
    require_involutions(automaton, Rung.DIAGONAL)
    return _build(automaton, Rung.DIAGONAL)


def realize_rotation(automaton: Automaton) -> BilinearWeights:
    """Rotation weights: for groups with the fewest units, one per invariant factor 2, two for others (at least one).

    Merging letters are allowed where they lie in a cycle of their powers: they take zeros.

    Raises:
        RungError: unless the letters commute; the message names what fails.
    """
    require_commuting(automaton, Rung.ROTATION)
    return _build(automaton, Rung.ROTATION)


def _build(automaton: Automaton, rung: Rung) -> BilinearWeights:
    if not automaton.is_permutation:
        return commutative_weights(automaton, rung)
    task = group_task_of(automaton)
    chosen, structure = separating_characters(task)
    return character_weights(automaton, task, chosen, structure, rung)


def character_weights(
    automaton: Automaton, task: GroupTask, chosen: Sequence[Turns], structure: AbelianStructure, rung: Rung
) -> BilinearWeights:
    """One block per character given by its turns: a sign, or a rotation where some value is not ±1."""
    chosen = chosen or [tuple(Fraction(0) for _ in structure.relative_orders)]  # one state: the trivial character
    turns = [[value(x, structure, g) for x in chosen] for g in acting_letters(task)]  # (letters, characters)
    widths = [1 if all(row[i] * 2 in (0, 1) for row in turns) else 2 for i in range(len(chosen))]
    transitions = [
        ExactMatrix.block_diagonal(_block(turn, size) for turn, size in zip(row, widths, strict=True)) for row in turns
    ]
    initial = ExactMatrix.column([x for size in widths for x in ([1] if size == 1 else [1, 0])])
    form = ExactMatrix.identity(sum(widths))
    names = ", ".join("(" + ", ".join(map(str, x)) + ")" for x in chosen)
    note = f"characters by their turns on the generators: {names}"
    return orbit_weights(automaton, transitions, initial, form, widths, rung, note)


def _block(turn: Fraction, size: int) -> ExactMatrix:
    """The value exp(2πi·turn) as a real 1 × 1 or 2 × 2 matrix."""
    return ExactMatrix([[1 if turn == 0 else -1]]) if size == 1 else rotation(turn.numerator, turn.denominator)
