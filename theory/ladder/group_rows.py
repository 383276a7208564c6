"""The ladder of a task whose letters permute the states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import inf

from ..automata.automaton import Automaton
from ..constructions.choose import realize
from ..constructions.monomial import least_monomial
from ..constructions.obstructions import (
    applied_twice,
    require_commuting,
    require_involutions,
    require_no_cycles,
    round_a_cycle,
)
from ..errors import RungError
from ..separation.abelian_elements import AbelianElements
from ..separation.optima import (
    Optimum,
    least_block,
    least_cp,
    least_full,
    least_householder,
    least_householder_per_head,
)
from ..separation.real_irrep import RealIrrep, TaskIrreps
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights
from .ladder_row import ANY, BOUNDED, UNITS, LadderRow, LowerBound, UpperBound


def group_rows(automaton: Automaton, data: TaskIrreps) -> list[LadderRow]:
    """One row per rung, from the most to the least restricted."""
    build: Callable[[Automaton, Rung], BilinearWeights] = realize
    task = _Task(len(automaton.states), data, partial(build, automaton))
    return [_positive(automaton, task), _diagonal(automaton, task), _rotation(automaton, task), *_larger_rows(task)]


def element_rows(data: TaskIrreps, build: Callable[[Rung], BilinearWeights], reason: str) -> list[LadderRow]:
    """The rows of the elements of a group that does not commute, by its characters alone.

    Args:
        data: the irreps.
        build: makes the weights of a rung.
        reason: why the families whose transitions commute cannot do it.
    """
    commuting = (Rung.POSITIVE, Rung.DIAGONAL, Rung.ROTATION)
    return [*(_impossible(rung, reason) for rung in commuting), *_larger_rows(_Task(data.group.order, data, build))]


def abelian_element_rows(elements: AbelianElements, build: Callable[[Rung], BilinearWeights]) -> list[LadderRow]:
    """The rows of the elements of an abelian group of order 2 or more, by its characters alone.

    Args:
        elements: the irreps, and the elements that obstruct a rung.
        build: makes the weights of a rung.
    """
    data, one, x, y = elements.data, elements.first[0], elements.first[1], elements.turning
    task = _Task(data.group.order, data, build)
    positive = impossible(Rung.POSITIVE, round_a_cycle(Rung.POSITIVE, x, one, x))
    if y is None:
        diagonal = _by_signs(task)
    else:
        diagonal = impossible(Rung.DIAGONAL, applied_twice(Rung.DIAGONAL, y, one, y * y))
    return [positive, diagonal, _by_planes(task), *_larger_rows(task)]


@dataclass(frozen=True)
class _Task:
    """What the rows are made from: the number of states, the irreps, and how weights are built."""

    states: int
    data: TaskIrreps
    build: Callable[[Rung], BilinearWeights]


def _larger_rows(task: _Task) -> list[LadderRow]:
    """The rungs whose transitions need not commute."""
    data = task.data
    degrees, ranks = [v.degree for v in data.irreps], [v.rank for v in data.irreps]
    return [
        _row(task, Rung.BLOCK, least_block(data), degrees, "max", _BLOCK),
        _row(task, Rung.HOUSEHOLDER, least_householder(data), ranks, "load", _HOUSEHOLDER),
        _row(task, Rung.HOUSEHOLDER_PER_HEAD, least_householder_per_head(data), ranks, "max", _PER_HEAD),
        _monomial(task),
        _cp(task),
        _row(task, Rung.FULL, least_full(data), degrees, "sum", _FULL),
    ]


_FULL = "a tracker contains a real representation that separates the states, and its least degree is {size} (theorem A)"
_BLOCK = (
    "blocks of at most {below} hold only real irreps of degree at most {below}, which leave states together (theorem B)"
)
_PER_HEAD = "real irreps of rank at most {below} on every letter leave states together (theorem C)"
_HOUSEHOLDER = "k reflections move at most k dimensions, and every separating set of irreps moves {size} by some letter"


def names(chosen: tuple[RealIrrep, ...]) -> str:
    """The irreps as a sum."""
    return " + ".join(v.label for v in chosen)


def _upper(task: _Task, rung: Rung, size: float, reason: str) -> UpperBound:
    return UpperBound(size, reason, partial(task.build, rung))


def _row(task: _Task, rung: Rung, optimum: Optimum, costs: list[int], rule: str, reason: str) -> LadderRow:
    data = task.data
    lower = LowerBound(
        optimum.lower,
        reason.format(size=optimum.lower, below=optimum.lower - 1) if task.states > 1 else "weights have a unit",
        BOUNDED,
        data.irreps if data.complete else (),
        tuple(costs) if data.complete else (),
        rule,
        optimum.nodes,
        data,
    )
    upper = _upper(task, rung, optimum.size, f"irreps {names(optimum.chosen)}")
    return LadderRow(rung.value, UNITS[rung], lower, upper)


def impossible(rung: Rung, error: RungError) -> LadderRow:
    """The row of a rung that cannot do the task, with the obstruction."""
    return _impossible(rung, str(error).partition("cannot do this task: ")[2] or str(error))


def _impossible(rung: Rung, reason: str) -> LadderRow:
    return LadderRow(rung.value, UNITS[rung], LowerBound(inf, reason, ANY), UpperBound(inf, "none"))


def _positive(automaton: Automaton, task: _Task) -> LadderRow:
    rung = Rung.POSITIVE
    try:
        require_commuting(automaton, rung)
        require_no_cycles(automaton, rung)
    except RungError as error:
        return impossible(rung, error)
    lower = LowerBound(1, "weights have a unit", ANY)
    return LadderRow(rung.value, UNITS[rung], lower, _upper(task, rung, 1, "one state"))


def _diagonal(automaton: Automaton, task: _Task) -> LadderRow:
    try:
        require_commuting(automaton, Rung.DIAGONAL)
        require_involutions(automaton, Rung.DIAGONAL)
    except RungError as error:
        return impossible(Rung.DIAGONAL, error)
    return _by_signs(task)


def _by_signs(task: _Task) -> LadderRow:
    rung, data = Rung.DIAGONAL, task.data
    size = max(1, (task.states - 1).bit_length())
    reason = (
        "with fewer units than sign characters are needed some word moves a state and keeps all signs (docs/ladder.md)"
    )
    listed = data.irreps if data.complete else ()
    lower = LowerBound(size, reason, ANY, listed, tuple(v.degree for v in listed), "sum", 0, data)
    return LadderRow(rung.value, UNITS[rung], lower, _upper(task, rung, size, f"{size} sign characters"))


def _rotation(automaton: Automaton, task: _Task) -> LadderRow:
    try:
        require_commuting(automaton, Rung.ROTATION)
    except RungError as error:
        return impossible(Rung.ROTATION, error)
    return _by_planes(task)


def _by_planes(task: _Task) -> LadderRow:
    reason = "a tracker contains characters that separate the states, a line for each sign and a plane for every other"
    degrees = [v.degree for v in task.data.irreps]
    return _row(task, Rung.ROTATION, least_full(task.data), degrees, "sum", reason)


def _monomial(task: _Task) -> LadderRow:
    rung, optimum = Rung.MONOMIAL, least_monomial(task.data)
    if optimum.complete:
        reason = "a tracker contains a signed permutation representation that separates the states; over all subgroups"
    else:
        reason = "monomial transitions are full ones (the subgroups are too many to list)"
    lower = LowerBound(optimum.lower, reason, BOUNDED)
    upper = _upper(task, rung, optimum.size, "; ".join(a.note for a in optimum.chosen))
    return LadderRow(rung.value, UNITS[rung], lower, upper)


def _cp(task: _Task) -> LadderRow:
    rung = Rung.CP
    optimum, _ = least_cp(task.data)
    reason = (
        "flattenings, substitution and the theorem of Alder and Strassen, over all separating sets of irreps"
        if task.data.all_letters
        else "flattenings and pencils, over all separating sets of irreps"
    )
    lower = LowerBound(optimum.lower, reason, BOUNDED)
    upper = _upper(task, rung, optimum.size, f"irreps {names(optimum.chosen)}")
    return LadderRow(rung.value, UNITS[rung], lower, upper)
