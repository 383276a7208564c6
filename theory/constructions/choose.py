"""Exact weights for a task on a rung of the ladder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, overload

from ..automata.automaton import Automaton
from ..errors import RungError
from ..stacks.construction import realize_stack
from ..stacks.stacked_weights import StackedWeights
from ..weights.rung import Rung, as_rung
from ..weights.weights import BilinearWeights
from .block import realize_block
from .commutative import realize_diagonal, realize_positive, realize_rotation
from .cp import realize_cp
from .full import realize_full
from .householder import realize_householder, realize_householder_per_head
from .labelled import realize_labelled
from .monomial import realize_monomial
from .two_transitive import is_two_transitive, standard_weights


@overload
def realize(  # type: ignore[overload-overlap]  # "stack" is a text too, and gives another class
    automaton: Automaton, rung: Literal["stack"], *, layers: str = ..., block_size: int | None = ...
) -> StackedWeights: ...
@overload
def realize(
    automaton: Automaton,
    rung: str = ...,
    *,
    block_size: int | None = ...,
    reflections: int | None = ...,
    rank: int | None = ...,
) -> BilinearWeights: ...
def realize(
    automaton: Automaton,
    rung: str = Rung.FULL,
    *,
    layers: str | None = None,
    block_size: int | None = None,
    reflections: int | None = None,
    rank: int | None = None,
) -> BilinearWeights | StackedWeights:
    """Exact weights that track the automaton on words of every length, proved before they are returned.

    They predict the automaton's outputs, where it has some, else its states.

    The size is the least one where `classify` calls the rung exact. `weights.factors` has the vectors of the reflections
    and the rank-one terms.

    Args:
        automaton: the task.
        rung: "positive", "diagonal", "rotation", "block", "householder", "householder_per_head", "monomial", "cp" or
            "full"; or "stack", for layers that read each other's decisions, see
            `bistate.theory.stacks.stacked_weights.StackedWeights`.
        layers: for rung "stack", the family of its layers: "rotation" (unless said otherwise), "diagonal" or "block".
        block_size: for rung "block", refuse if larger blocks are needed; for layers of blocks, use as many as needed.
        reflections: for the householder rungs, refuse if a letter needs more.
        rank: for rung "cp", the rank wanted: refuse if it is too small, pad with zeros if it is more than needed.

    Returns:
        Weights for which `weights.prove(automaton).proved` holds; for rung "stack", `StackedWeights`.

    Raises:
        RungError: if the rung cannot do the task, naming the obstruction, or is unknown, or an option does not go with
            it.
        RepresentationError: if matrices of an irrep were not found.
        TooLargeError: if the letters generate a group that is too large to list.

    Example:
        >>> from bistate.groups import SymmetricGroup
        >>> from bistate.theory import Automaton
        >>> w = realize(Automaton.word_problem(SymmetricGroup(3)), rung="block")
        >>> w.blocks, w.note
        ((2,), 'irreps [2,1] of S3')
        >>> realize(Automaton.word_problem(SymmetricGroup(4)), rung="householder").factors
        <HouseholderFactors: at most 2 reflections per letter, 1 head>
        >>> realize(Automaton.modular_addition(3), rung="diagonal")
        Traceback (most recent call last):
            ...
        bistate.theory.errors.RungError: rung 'diagonal' cannot do this task: real diagonal transitions track only groups in which every element is its own inverse, but letter 1 applied twice takes state 0 to 2
    """  # noqa: E501  # the doctest shows the whole message
    if rung == STACK:
        _check_stack_options(layers, block_size, reflections=reflections, rank=rank)
        return realize_stack(automaton, layers or Rung.ROTATION, block_size, realize)
    if layers is not None:
        raise RungError(f"layers={layers!r} goes with rung {STACK!r}, not {rung!r}")
    chosen = as_rung(rung)
    _check_options(chosen, block_size=block_size, reflections=reflections, rank=rank)
    if automaton.outputs is not None:
        options = {"block_size": block_size, "reflections": reflections, "rank": rank}
        found = realize_labelled(automaton, chosen, lambda states: realize(states, chosen, **options))
        _check_reached(found, **options)
        return found
    if is_two_transitive(automaton):
        weights = standard_weights(automaton, chosen)
        _check_reached(weights, block_size=block_size, reflections=reflections, rank=rank)
    elif chosen is Rung.BLOCK:
        weights = realize_block(automaton, block_size)
    elif chosen is Rung.CP:
        weights = realize_cp(automaton, rank)
    elif chosen is Rung.HOUSEHOLDER:
        weights = realize_householder(automaton, reflections)
    elif chosen is Rung.HOUSEHOLDER_PER_HEAD:
        weights = realize_householder_per_head(automaton, reflections)
    else:
        weights = _BUILDERS[chosen](automaton)
    verdict = weights.prove(automaton)
    assert verdict.proved, f"a construction failed its own proof: {verdict.reason}"
    return weights


_OPTIONS = {
    "block_size": (Rung.BLOCK,),
    "reflections": (Rung.HOUSEHOLDER, Rung.HOUSEHOLDER_PER_HEAD),
    "rank": (Rung.CP,),
}


STACK = "stack"


def _check_stack_options(layers: str | None, block_size: int | None, **others: int | None) -> None:
    """Refuse options of other rungs, and a block size without blocks."""
    for name, value in others.items():
        if value is not None:
            rungs = " or ".join(repr(r.value) for r in _OPTIONS[name])
            raise RungError(f"{name}={value} goes with rung {rungs}, not {STACK!r}")
    if block_size is not None and layers != Rung.BLOCK:
        raise RungError(f"block_size={block_size} goes with layers='block', not {layers or Rung.ROTATION.value!r}")
    _check_options(Rung.BLOCK, block_size=block_size)


def _check_options(rung: Rung, **options: int | None) -> None:
    for name, value in options.items():
        if value is None:
            continue
        if rung not in _OPTIONS[name]:
            rungs = " or ".join(repr(r.value) for r in _OPTIONS[name])
            raise RungError(f"{name}={value} goes with rung {rungs}, not {rung.value!r}")
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise RungError(f"{name}={value!r} has to be a whole number of at least 0")


def _check_reached(weights: BilinearWeights, **options: int | None) -> None:
    """Refuse weights that are larger than asked for."""
    reached = {
        "block_size": max(weights.blocks),
        "reflections": getattr(weights.factors, "count", 0),
        "rank": getattr(weights.factors, "rank", 0),
    }
    for name, value in options.items():
        if value is not None and value < reached[name]:
            raise RungError(f"{name}={value} is too small: the weights known for this task need {reached[name]}")


_BUILDERS: dict[Rung, Callable[[Automaton], BilinearWeights]] = {
    Rung.FULL: realize_full,
    Rung.MONOMIAL: realize_monomial,
    Rung.ROTATION: realize_rotation,
    Rung.DIAGONAL: realize_diagonal,
    Rung.POSITIVE: realize_positive,
}
