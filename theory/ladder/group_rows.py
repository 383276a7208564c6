"""The ladder of a task whose letters permute the states."""

from __future__ import annotations

from math import inf

from ..automata.automaton import Automaton
from ..constructions.choose import realize
from ..constructions.monomial import least_monomial
from ..constructions.obstructions import require_commuting, require_involutions, require_no_cycles
from ..errors import RungError
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
from .ladder_row import ANY, BOUNDED, UNITS, LadderRow, LowerBound, UpperBound


def group_rows(automaton: Automaton, data: TaskIrreps) -> list[LadderRow]:
    """One row per rung, from the most to the least restricted."""
    return [
        _positive(automaton),
        _diagonal(automaton, data),
        _rotation(automaton, data),
        _row(automaton, data, Rung.BLOCK, least_block(data), [v.degree for v in data.irreps], "max", _BLOCK),
        _householder(automaton, data),
        _row(
            automaton,
            data,
            Rung.HOUSEHOLDER_PER_HEAD,
            least_householder_per_head(data),
            [v.rank for v in data.irreps],
            "max",
            _PER_HEAD,
        ),
        _monomial(automaton, data),
        _cp(automaton, data),
        _row(automaton, data, Rung.FULL, least_full(data), [v.degree for v in data.irreps], "sum", _FULL),
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


def _upper(automaton: Automaton, rung: Rung, size: float, reason: str) -> UpperBound:
    return UpperBound(size, reason, lambda: realize(automaton, rung))


def _row(
    automaton: Automaton, data: TaskIrreps, rung: Rung, optimum: Optimum, costs: list[int], rule: str, reason: str
) -> LadderRow:
    lower = LowerBound(
        optimum.lower,
        reason.format(size=optimum.lower, below=optimum.lower - 1)
        if len(automaton.states) > 1
        else "weights have a unit",
        BOUNDED,
        data.irreps,
        tuple(costs),
        rule,
        optimum.nodes,
        data,
    )
    upper = _upper(automaton, rung, optimum.size, f"irreps {names(optimum.chosen)}")
    return LadderRow(rung.value, UNITS[rung], lower, upper)


def impossible(rung: Rung, error: RungError) -> LadderRow:
    """The row of a rung that cannot do the task, with the obstruction."""
    reason = str(error).partition("cannot do this task: ")[2] or str(error)
    return LadderRow(rung.value, UNITS[rung], LowerBound(inf, reason, ANY), UpperBound(inf, "none"))


def _positive(automaton: Automaton) -> LadderRow:
    rung = Rung.POSITIVE
    try:
        require_commuting(automaton, rung)
        require_no_cycles(automaton, rung)
    except RungError as error:
        return impossible(rung, error)
    lower = LowerBound(1, "weights have a unit", ANY)
    return LadderRow(rung.value, UNITS[rung], lower, _upper(automaton, rung, 1, "one state"))


def _diagonal(automaton: Automaton, data: TaskIrreps) -> LadderRow:
    rung = Rung.DIAGONAL
    try:
        require_commuting(automaton, rung)
        require_involutions(automaton, rung)
    except RungError as error:
        return impossible(rung, error)
    size = max(1, (len(automaton.states) - 1).bit_length())
    reason = (
        "with fewer units than sign characters are needed some word moves a state and keeps all signs (docs/ladder.md)"
    )
    lower = LowerBound(size, reason, ANY, data.irreps, tuple(v.degree for v in data.irreps), "sum", 0, data)
    return LadderRow(rung.value, UNITS[rung], lower, _upper(automaton, rung, size, f"{size} sign characters"))


def _rotation(automaton: Automaton, data: TaskIrreps) -> LadderRow:
    rung = Rung.ROTATION
    try:
        require_commuting(automaton, rung)
    except RungError as error:
        return impossible(rung, error)
    reason = "a tracker contains characters that separate the states, a line for each sign and a plane for every other"
    return _row(automaton, data, rung, least_full(data), [v.degree for v in data.irreps], "sum", reason)


def _householder(automaton: Automaton, data: TaskIrreps) -> LadderRow:
    costs = [v.rank for v in data.irreps]
    return _row(automaton, data, Rung.HOUSEHOLDER, least_householder(data), costs, "load", _HOUSEHOLDER)


def _monomial(automaton: Automaton, data: TaskIrreps) -> LadderRow:
    rung, optimum = Rung.MONOMIAL, least_monomial(data)
    if optimum.complete:
        reason = "a tracker contains a signed permutation representation that separates the states; over all subgroups"
    else:
        reason = "monomial transitions are full ones (the subgroups are too many to list)"
    lower = LowerBound(optimum.lower, reason, BOUNDED)
    upper = _upper(automaton, rung, optimum.size, "; ".join(a.note for a in optimum.chosen))
    return LadderRow(rung.value, UNITS[rung], lower, upper)


def _cp(automaton: Automaton, data: TaskIrreps) -> LadderRow:
    rung = Rung.CP
    optimum, _ = least_cp(data)
    reason = (
        "flattenings, substitution and the theorem of Alder and Strassen, over all separating sets of irreps"
        if data.all_letters
        else "flattenings and pencils, over all separating sets of irreps"
    )
    lower = LowerBound(optimum.lower, reason, BOUNDED)
    return LadderRow(
        rung.value, UNITS[rung], lower, _upper(automaton, rung, optimum.size, f"irreps {names(optimum.chosen)}")
    )
