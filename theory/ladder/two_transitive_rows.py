"""The ladder of a task whose letters act two-transitively on many states, without a list of group elements."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf

from ...groups.permutations.permutation import Permutation
from ..automata.automaton import Automaton
from ..constructions.choose import realize
from ..constructions.cp import one_hot_factors
from ..constructions.obstructions import require_commuting
from ..constructions.two_transitive import moved_dimensions, terms_by_differences
from ..errors import RungError
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights
from .ladder_row import ANY, BOUNDED, UNITS, LadderRow, LowerBound, UpperBound


def two_transitive_rows(automaton: Automaton) -> list[LadderRow]:
    """One row per rung, from the most to the least restricted."""
    size = len(automaton.states)
    ranks = [moved_dimensions(Permutation(column)) for column in automaton.table.T.tolist()]
    rows = []
    for rung in (Rung.POSITIVE, Rung.DIAGONAL, Rung.ROTATION):
        try:
            require_commuting(automaton, rung)
            raise AssertionError("a commutative group is not two-transitive on more than 3 states")
        except RungError as error:
            reason = str(error).partition("cannot do this task: ")[2]
            rows.append(LadderRow(rung.value, UNITS[rung], LowerBound(inf, reason, ANY), UpperBound(inf, "none")))
    why = f"the letters act two-transitively, so a tracker contains the irrep of degree {size - 1} of the permutations"
    cp = min(terms_by_differences(automaton)[0], one_hot_factors(automaton).rank)
    sizes: list[tuple[Rung, int, int]] = [
        (Rung.BLOCK, size - 1, size - 1),
        (Rung.HOUSEHOLDER, max(ranks), max(ranks)),
        (Rung.HOUSEHOLDER_PER_HEAD, max(ranks), max(ranks)),
        (Rung.MONOMIAL, size - 1, size),
        (Rung.CP, size - 1, cp),
        (Rung.FULL, size - 1, size - 1),
    ]
    for rung, lower, upper in sizes:
        rows.append(
            LadderRow(
                rung.value,
                UNITS[rung],
                LowerBound(lower, why, BOUNDED),
                UpperBound(upper, "one unit per state, or sum 0", _builder(automaton, rung)),
            )
        )
    return rows


def _builder(automaton: Automaton, rung: Rung) -> Callable[[], BilinearWeights]:
    build: Callable[[Automaton, Rung], BilinearWeights] = realize
    return partial(build, automaton, rung)
