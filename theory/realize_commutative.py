"""Exact weights of commutative tasks: real diagonal and rotation transitions.

Diagonal: one hidden unit per sign character χ, A[x] = diag(χ(x)), for elementary abelian 2-groups.
Rotation: one 2 × 2 rotation by 2π·x per character χ = exp(2πi·x), for all abelian groups; a character with values ±1
becomes the rotation by 0 or π. Both use the fewest characters that separate the states.
"""

from __future__ import annotations

from fractions import Fraction

from ..groups.exact_matrix import ExactMatrix
from ..groups.irreps_abelian import rotation
from .automaton import Automaton
from .characters_of_task import separating_characters, value
from .group_action import acting_letters
from .group_task import group_task_of
from .obstructions import require_commuting, require_involutions, require_permutations
from .orbit_weights import orbit_weights
from .rung import Rung
from .weights import BilinearWeights


def realize_diagonal(automaton: Automaton) -> BilinearWeights:
    """Real diagonal weights with the fewest hidden units, log2 of the number of states (at least one).

    Raises:
        RungError: unless the letters generate an elementary abelian 2-group; the message names what fails.
    """
    require_permutations(automaton, Rung.DIAGONAL)
    require_commuting(automaton, Rung.DIAGONAL)
    require_involutions(automaton, Rung.DIAGONAL)
    return _build(automaton, Rung.DIAGONAL, width=1)


def realize_rotation(automaton: Automaton) -> BilinearWeights:
    """Rotation weights with the fewest 2 × 2 blocks: the number of invariant factors (at least one).

    Raises:
        RungError: unless the letters generate an abelian group; the message names what fails.
    """
    require_permutations(automaton, Rung.ROTATION)
    require_commuting(automaton, Rung.ROTATION)
    return _build(automaton, Rung.ROTATION, width=2)


def realize_commutative_blocks(automaton: Automaton) -> BilinearWeights:
    """Block weights of an abelian group: 1 × 1 signs where they do, 2 × 2 rotations elsewhere."""
    return _build(automaton, Rung.BLOCK, width=None)


def _build(automaton: Automaton, rung: Rung, width: int | None) -> BilinearWeights:
    task = group_task_of(automaton)
    chosen, structure = separating_characters(task)
    chosen = chosen or [tuple(Fraction(0) for _ in structure.relative_orders)]  # one state: the trivial character
    turns = [[value(x, structure, g) for x in chosen] for g in acting_letters(task)]  # (letters, characters)
    widths = [width or (1 if all(row[i] * 2 in (0, 1) for row in turns) else 2) for i in range(len(chosen))]
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
