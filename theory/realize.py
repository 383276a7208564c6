"""Exact weights for a task on a rung of the ladder."""

from __future__ import annotations

from collections.abc import Callable

from ..groups.exact_matrix import ExactMatrix
from .automaton import Automaton
from .errors import RungError
from .realize_block import realize_block
from .realize_commutative import realize_diagonal, realize_rotation
from .realize_full import realize_full
from .rung import Rung, as_rung
from .weights import BilinearWeights


def realize(automaton: Automaton, rung: str = Rung.FULL, *, block_size: int | None = None) -> BilinearWeights:
    """Exact weights that track the automaton on words of every length, proved before they are returned.

    Args:
        automaton: the task.
        rung: "full" (any automaton), "block" (groups with known irreps), "rotation" (abelian groups), "diagonal"
            (elementary abelian 2-groups) or "positive" (one-state tasks only).
        block_size: for rung "block", refuse if larger blocks are needed.

    Returns:
        Weights for which `weights.prove(automaton).proved` holds.

    Raises:
        RungError: if the rung cannot do the task, naming the obstruction, or is unknown or not available.
        RepresentationError: if rung "block" needs irreps that are not available.

    Example:
        >>> from bistate.groups import SymmetricGroup
        >>> from bistate.theory import Automaton
        >>> w = realize(Automaton.word_problem(SymmetricGroup(3)), rung="block")
        >>> w.blocks, w.note
        ((2,), 'irreps [2,1] of S3')
        >>> realize(Automaton.modular_addition(3), rung="diagonal")
        Traceback (most recent call last):
            ...
        bistate.theory.errors.RungError: rung 'diagonal' cannot do this task: real diagonal transitions track only groups in which every element is its own inverse, but letter 1 applied twice takes state 0 to 2
    """  # noqa: E501  # the doctest shows the whole message
    chosen = as_rung(rung)
    if block_size is not None and chosen is not Rung.BLOCK:
        raise RungError(f"block_size={block_size} goes with rung 'block', not {chosen.value!r}")
    if chosen is Rung.BLOCK:
        weights = realize_block(automaton, block_size)
    elif chosen in _BUILDERS:
        weights = _BUILDERS[chosen](automaton)
    else:
        raise RungError(f"rung {chosen.value!r} is not available yet; available: {', '.join([Rung.BLOCK, *_BUILDERS])}")
    verdict = weights.prove(automaton)
    assert verdict.proved, f"a construction failed its own proof: {verdict.reason}"
    return weights


def realize_positive(automaton: Automaton) -> BilinearWeights:
    """Positive diagonal weights of a task with one state; every other group task is refused.

    With A[x] = diag(a), a > 0, the sign of no hidden unit ever changes, and letters that permute states of finite
    order force a^k = 1, so a = 1 up to scale: no state but the first is ever seen (arXiv:2411.12537).

    Raises:
        RungError: for an automaton with more than one state.
    """
    if len(automaton.states) > 1:
        raise RungError(
            f"rung 'positive' cannot do this task: it has {len(automaton.states)} states. Positive diagonal "
            "transitions track no non-trivial group, since no power of them but the identity returns to its start; "
            "for other automata no construction is available yet"
        )
    one = ExactMatrix.identity(1)
    return BilinearWeights(
        automaton.letters, automaton.states, (one,) * len(automaton.letters), one, one, rung=Rung.POSITIVE
    )


_BUILDERS: dict[Rung, Callable[[Automaton], BilinearWeights]] = {
    Rung.FULL: realize_full,
    Rung.ROTATION: realize_rotation,
    Rung.DIAGONAL: realize_diagonal,
    Rung.POSITIVE: realize_positive,
}
