"""The ladder of an automaton whose letters merge states, or whose group is too large to list: intervals.

Lower bounds. If A[x] are normalised so that products stay bounded and every decision keeps some distance from a tie,
the products of the words of a maximal subgroup G_e of the transition monoid have a limit idempotent on whose image a
compact group acts, and the averaging lemma gives a faithful real representation of G_e inside the hidden space
(docs/ladder.md). So hidden and block sizes are at least those of G_e. One unit cannot merge states, because the sign
of A[x]h depends on that of h; one line cannot hold three states; blocks of one unit commute.

The CP rank is bounded on the states that words with a letter reach: the start may lie outside the span of the factors.

Three states in two units, and blocks of two, have bounds of their own: `two_units.py` and `cones/plane.py`.

Upper bounds are constructions: one unit per state, invariant spaces of functions, characters of commutative monoids,
cones of two units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from math import inf

import numpy as np

from ...groups.errors import TooLargeError
from ...groups.group import PermutationGroup
from ..automata.automaton import Automaton
from ..automata.green import maximal_subgroups
from ..automata.group_task import GroupTask
from ..automata.transition_table import reachable
from ..cones.cone_weights import ConeWeights
from ..cones.plane import cones_in_the_plane
from ..cones.saturating import saturating_weights
from ..constructions.choose import realize
from ..constructions.commutative_monoid import STATES, irregular_letter
from ..constructions.obstructions import require_commuting, require_involutions, require_no_cycles
from ..errors import AutomatonError, RungError
from ..separation.optima import least_block, least_full
from ..separation.task_irreps import task_irreps
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights
from .depth_rows import NAMES, merging_depth_rows
from .group_rows import impossible
from .ladder_row import ANY, UNITS, LadderRow, LowerBound, UpperBound, made
from .two_units import UNIFORM, Obstruction, blocks_of_two_obstruction, two_units_obstruction

MONOID_LIMIT = 10_000  # maps of the transition monoid that are listed; beyond it only cycles of short words are used
GROUP_LIMIT = 20_000  # order of a maximal subgroup whose characters are computed


@dataclass(frozen=True)
class _Bound:
    size: int
    reason: str
    scope: str


def automaton_rows(automaton: Automaton, only: str | None = None) -> list[LadderRow]:
    """One row per rung, from the most to the least restricted; or the row of one rung alone, for much less work."""
    groups = _subgroups(automaton)
    full, block = _lower_bounds(automaton, groups)
    noncommuting = automaton.noncommuting_letters()
    if noncommuting is not None and block.size < 2:
        x, y, _ = noncommuting
        block = _Bound(2, f"blocks of one unit commute, and letters {x!r} and {y!r} do not", ANY)
    rows: dict[Rung, Callable[[], LadderRow]] = {
        Rung.POSITIVE: lambda: _guarded(automaton, Rung.POSITIVE, [require_commuting, require_no_cycles], full),
        Rung.DIAGONAL: lambda: _guarded(automaton, Rung.DIAGONAL, [require_commuting, require_involutions], full),
        Rung.ROTATION: lambda: _guarded(automaton, Rung.ROTATION, [require_commuting], full),
        Rung.BLOCK: lambda: _block(automaton, block),
        Rung.HOUSEHOLDER: lambda: _householder(automaton, Rung.HOUSEHOLDER),
        Rung.HOUSEHOLDER_PER_HEAD: lambda: _householder(automaton, Rung.HOUSEHOLDER_PER_HEAD),
        Rung.MONOMIAL: lambda: _raised(
            automaton, _built(automaton, Rung.MONOMIAL, full, lambda w: w.hidden_size), two_units_obstruction
        ),
        Rung.CP: lambda: _built(
            automaton, Rung.CP, _cp_bound(automaton, full), lambda w: getattr(w.factors, "rank", 0)
        ),
        Rung.FULL: lambda: _closed(
            automaton, _built(automaton, Rung.FULL, full, lambda w: w.hidden_size), two_units_obstruction
        ),
    }
    found = [row() for rung, row in rows.items() if only in (None, rung.value)]
    if only is None or only in NAMES:
        found += merging_depth_rows(automaton, groups, partial(realize, automaton))
    return found


def _guarded(
    automaton: Automaton, rung: Rung, requirements: list[Callable[[Automaton, Rung], None]], full: _Bound
) -> LadderRow:
    """A row of a commutative family: impossible where a requirement fails."""
    try:
        for require in requirements:
            require(automaton, rung)
    except RungError as error:
        return impossible(rung, error)
    lower = LowerBound(full.size, full.reason, full.scope)
    constructible = irregular_letter(automaton) is None and len(automaton.states) <= STATES
    counter = saturating_weights(automaton, rung)
    if counter is not None:
        return LadderRow(rung.value, UNITS[rung], lower, made(2, counter))
    if rung is Rung.POSITIVE or not constructible:
        letters = "" if constructible else ": a letter lies in no cycle of its powers"
        reason = f"no construction with finitely many hidden directions is known{letters}"
        return LadderRow(rung.value, UNITS[rung], lower, UpperBound(inf, reason))
    return _built(automaton, rung, full, lambda w: w.hidden_size)


def _built(automaton: Automaton, rung: Rung, bound: _Bound, size: Callable[[BilinearWeights], int]) -> LadderRow:
    """A row whose upper bound is built at once, as its size is known only then."""
    try:
        weights = realize(automaton, rung)
    except TooLargeError:
        weights = None
    if weights is None:
        upper = UpperBound(len(automaton.states), "one unit per state")
    else:
        upper = made(size(weights), weights)
    assert bound.size <= upper.size, "a construction beats the lower bound, so one of them is wrong"
    lower = LowerBound(bound.size, bound.reason, bound.scope)
    return LadderRow(rung.value, UNITS[rung], lower, upper)


def _block(automaton: Automaton, bound: _Bound) -> LadderRow:
    counter = saturating_weights(automaton, Rung.BLOCK)
    if counter is not None:
        upper = made(1, counter)
        return LadderRow(Rung.BLOCK.value, UNITS[Rung.BLOCK], LowerBound(bound.size, bound.reason, bound.scope), upper)
    row = _built(automaton, Rung.BLOCK, bound, lambda w: max(w.blocks))
    return _closed(automaton, row, blocks_of_two_obstruction)


def _closed(automaton: Automaton, row: LadderRow, obstruction: Callable[[Automaton], Obstruction | None]) -> LadderRow:
    """The row with two units as its upper bound where cones do it, else three as the lower one where these cannot.

    Cones come first: they may touch, and bounds for weights with a uniform margin are not about those.
    """
    if row.lower.size > 2 or row.upper.size <= 2 or automaton.is_permutation:
        return row
    cones = cones_in_the_plane(automaton)
    if cones is not None:
        found = ConeWeights(replace(cones.weights, rung=Rung(row.rung)), cones.cones)
        return replace(row, upper=made(2, found))
    return _raised(automaton, row, obstruction)


def _raised(automaton: Automaton, row: LadderRow, obstruction: Callable[[Automaton], Obstruction | None]) -> LadderRow:
    """The row with three units as its lower bound, where two are excluded."""
    if row.lower.size > 2 or row.upper.size <= 2 or automaton.is_permutation:
        return row
    why = obstruction(automaton)
    return row if why is None else replace(row, lower=LowerBound(3, why.reason, why.scope))


def _householder(automaton: Automaton, rung: Rung) -> LadderRow:
    lower = LowerBound(int(len(automaton.states) > 1), "without a reflection nothing moves", ANY)
    return LadderRow(rung.value, UNITS[rung], lower, UpperBound(inf, "no construction is known for merging letters"))


# --- lower bounds ---


def _lower_bounds(automaton: Automaton, groups: list[tuple[PermutationGroup, str]]) -> tuple[_Bound, _Bound]:
    """For the hidden size and for the block size."""
    count, merged = len(automaton.states), automaton.merged_states()
    full = _Bound(1, "weights have a unit", ANY)
    if count >= 3:
        full = _Bound(2, f"one unit has two directions, and there are {count} states", ANY)
    elif merged is not None:
        full = _Bound(
            2, f"one unit cannot merge states, as letter {merged[0]!r} does: A[x]h keeps two signs apart", ANY
        )
    block = _Bound(1, "weights have a unit", ANY)
    for group, where in groups:
        if group.order > GROUP_LIMIT:
            continue
        data = task_irreps(_word_problem(group))
        hidden, width = least_full(data).lower, least_block(data).lower
        reason = f"{where} acts on the states as a group of order {group.order}"
        if hidden > full.size:
            full = _Bound(hidden, f"{reason}, whose least faithful real degree is {hidden}", UNIFORM)
        if width > block.size:
            block = _Bound(width, f"{reason}, whose real irreps of degree below {width} have a common kernel", UNIFORM)
    return full, block


def _cp_bound(automaton: Automaton, full: _Bound) -> _Bound:
    """For the CP rank R: after the first letter hidden states lie in the span of R columns, the start need not.

    So the bounds for one unit hold for R = 1 on the states that words with a letter reach; bounds from subgroups hold
    as they are.
    """
    if full.scope == UNIFORM:
        return full
    first = np.unique(automaton.table[automaton.start_index])
    hit = np.zeros(len(automaton.states), dtype=bool)
    for q in first.tolist():
        hit |= reachable(automaton.table, q)
    states = np.flatnonzero(hit)
    merging = any(len(np.unique(column[states])) < len(states) for column in automaton.table.T)
    if len(states) >= 3 or merging:
        return _Bound(2, "one rank-one term keeps hidden states on a line, where two states fit and none merge", ANY)
    return _Bound(1, "weights have a term", ANY)


def _word_problem(group: PermutationGroup) -> GroupTask:
    letters = tuple(group.generators) or (group.identity,)
    return GroupTask(group, letters, (group.identity,), "left", "element", (group.identity,))


def _subgroups(automaton: Automaton) -> list[tuple[PermutationGroup, str]]:
    """Groups that words induce on some states: all maximal subgroups, or cycles of short words."""
    try:
        found = maximal_subgroups(automaton, MONOID_LIMIT)
        return [(s.group, f"a maximal subgroup of the transition monoid, on {len(s.states)} states,") for s in found]
    except AutomatonError:
        pass
    cycles: dict[tuple[int, ...], str] = {}
    table = automaton.table
    words: list[tuple[int, ...]] = [(k,) for k in range(len(automaton.letters))]
    words += [(j, k) for j, _ in enumerate(automaton.letters) for k, _ in enumerate(automaton.letters)][:400]
    for word in words:
        step = np.arange(len(table))
        for k in word:
            step = table[step, k]
        stable = step.copy()
        for _ in range(len(table).bit_length() + 1):
            stable = stable[stable]
        states = np.unique(stable)
        place = {int(q): i for i, q in enumerate(states)}
        images = tuple(place[int(step[q])] for q in states)
        shown = " ".join(repr(automaton.letters[k]) for k in word)
        cycles.setdefault(images, f"the word {shown}")
    return [(PermutationGroup([images]), word) for images, word in cycles.items() if len(images) > 1]
