"""How many layers a stack needs: rows for layers of rotations, of real diagonal and of positive transitions.

Lower bounds (docs/depth.md). Let every layer reach finitely many hidden directions. Then words act on the tuples of
directions of all layers as a cascade of commuting transitions, and whatever is read off the tuples, every group that
words induce on the states is a quotient of a group in that cascade. A group in a cascade of k commuting layers has a
derived length of at most k; for real diagonal layers squaring k times leads to 1, and for positive ones the group is 1.
Where letters merge states, two states that lead to each other are not merged into a third such state.

Upper bounds are stacks along the series of `bistate.theory.stacks.series`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import inf

import networkx as nx
import numpy as np

from ...groups.group import PermutationGroup
from ...groups.permutations.closure import small_closure
from ...groups.permutations.permutation import Permutation
from ..automata.automaton import Automaton
from ..errors import RungError
from ..stacks.series import CANNOT, diagonal_series, rotation_series
from ..stacks.stacked_weights import StackedWeights
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights
from .ladder_row import ANY, LadderRow, LowerBound, UpperBound, made

FINITE = "finitely many hidden directions in each layer"
UNIT = "layers"
PREFIX = "depth_"
NAMES = tuple(f"{PREFIX}{rung}" for rung in (Rung.POSITIVE, Rung.DIAGONAL, Rung.ROTATION))
POINTS = 24  # of a group that is too large to list, and whose series is computed all the same
Build = Callable[[Rung], StackedWeights | BilinearWeights]

_SERIES = {Rung.DIAGONAL: diagonal_series, Rung.ROTATION: rotation_series}
_WHY = {
    Rung.DIAGONAL: "squaring reaches 1 after {} steps, and takes as many layers",
    Rung.ROTATION: "the letters generate a group of derived length {}, and k layers one of at most k",
}
_ONE = "a stack has a layer"
_NOT_ONE = "letters do not commute, so that one layer is not enough"


def group_depth_rows(group: PermutationGroup, build: Build | None) -> list[LadderRow]:
    """The rows of a task whose letters generate the group, acting faithfully on the states.

    Args:
        group: the group of the letters.
        build: makes a stack of layers of a family; None where the group is too large to list.
    """
    return [_positive([(group, "the transition monoid")]), *(_row_of_group(rung, group, build) for rung in _SERIES)]


def _row_of_group(rung: Rung, group: PermutationGroup, build: Build | None) -> LadderRow:
    try:
        length = len(_SERIES[rung](group)) - 1
    except RungError as error:
        return _impossible(rung, str(error).removeprefix(CANNOT))
    upper = UpperBound(inf, "the group is too large to list")
    if build is not None:
        upper = UpperBound(max(length, 1), "a layer for each factor of the series", partial(build, rung))
    return _bounded(rung, length, _WHY[rung].format(length), upper)


def merging_depth_rows(
    automaton: Automaton, groups: Sequence[tuple[PermutationGroup, str]], build: Build
) -> list[LadderRow]:
    """The rows of a task whose letters merge states, or whose group is too large to list.

    Args:
        automaton: the task.
        groups: groups that words induce on some states, each with the beginning of a sentence about it.
        build: makes weights of one layer of a family, for commuting letters.
    """
    if automaton.is_permutation and len(automaton.states) <= POINTS:
        return group_depth_rows(_letters_group(automaton), None)
    return [_positive(groups), *(_row_of_monoid(rung, automaton, groups, build) for rung in _SERIES)]


def _row_of_monoid(
    rung: Rung, automaton: Automaton, groups: Sequence[tuple[PermutationGroup, str]], build: Build
) -> LadderRow:
    found = merged_on_a_cycle(automaton)
    if found is not None:
        letter, p, q, r = found
        return _impossible(
            rung,
            f"letter {letter!r} takes {p!r} and {q!r} to {r!r}, and words lead from each of them to the others: layers "
            "whose transitions commute, however many, keep such states apart",
        )
    bound = 1 if automaton.noncommuting_letters() is None else 2
    reason = _NOT_ONE
    for group, where in groups:
        try:
            length = len(_SERIES[rung](group)) - 1
        except RungError as error:
            return _impossible(rung, f"{where} acts as a group: {str(error).removeprefix(CANNOT)}")
        if length > bound:
            bound, reason = length, f"{where} acts as a group of order {group.order}: {_WHY[rung].format(length)}"
    upper = UpperBound(inf, "no stack is known")
    if bound == 1:
        try:
            weights = build(rung)
            upper = made(1, weights)
        except RungError:  # some letter lies in no cycle of its powers
            pass
    return _bounded(rung, bound, reason, upper)


def two_transitive_depth_rows(automaton: Automaton, build: Build) -> list[LadderRow]:
    """The rows of a task whose letters act two-transitively on many states.

    A solvable group that acts so has a regular elementary abelian subgroup, so that the states are a power of a prime
    in number (Galois).
    """
    count = len(automaton.states)
    prime = next(p for p in range(2, count + 1) if count % p == 0)
    listed = small_closure([tuple(column) for column in automaton.table.T.tolist()], count) is not None
    if count <= POINTS or listed:
        return group_depth_rows(_letters_group(automaton), build)
    power = count
    while power % prime == 0:
        power //= prime
    positive = _positive([(_letters_group(automaton), "the transition monoid")])
    if power == 1:
        upper = UpperBound(inf, "whether the group of the letters is solvable was not decided")
        return [positive, *(_bounded(rung, 2, _NOT_ONE, upper) for rung in _SERIES)]
    reason = (
        f"the letters act two-transitively on {count} states, which is no power of a prime, so that the group that "
        "they generate is not solvable"
    )
    return [positive, *(_impossible(rung, reason) for rung in _SERIES)]


def labelled_depth_row(row: LadderRow, build: Build) -> LadderRow:
    """The row of a minimal Moore machine, from that of its states: the decoder gives labels as well as states."""
    rung = Rung(row.rung.removeprefix(PREFIX))
    upper = row.upper if row.upper.build is None else UpperBound(row.upper.size, row.upper.reason, partial(build, rung))
    return LadderRow(row.rung, row.unit, row.lower, upper)


def _positive(groups: Sequence[tuple[PermutationGroup, str]]) -> LadderRow:
    """Positive layers may have additive inputs: h ← a h + b with a ≥ 0 sets a unit to a value, or keeps it."""
    for group, where in groups:
        moved = next((g for g in group.generators if not g.is_identity), None)
        if moved is not None:
            return _impossible(
                Rung.POSITIVE,
                f"{where} acts as a group that is not trivial: h ← a h + b with a ≥ 0 keeps the order of the values of "
                "a unit, so along the powers of a word all layers come to rest, one after the other",
            )
    upper = UpperBound(inf, "set and reset layers do every task without groups (Krohn and Rhodes); none is built here")
    return _row(Rung.POSITIVE, LowerBound(1, _ONE, ANY), upper)


def _impossible(rung: Rung, reason: str) -> LadderRow:
    return _row(rung, LowerBound(inf, reason, FINITE), UpperBound(inf, "none"))


def _bounded(rung: Rung, length: int, reason: str, upper: UpperBound) -> LadderRow:
    """A row with a lower bound: that one layer is not enough is known for any weights, the rungs' own rows say why."""
    length = max(length, 1)
    return _row(rung, LowerBound(length, reason if length > 1 else _ONE, FINITE if length > 2 else ANY), upper)


def _row(rung: Rung, lower: LowerBound, upper: UpperBound) -> LadderRow:
    return LadderRow(f"{PREFIX}{rung}", UNIT, lower, upper)


def _letters_group(automaton: Automaton) -> PermutationGroup:
    return PermutationGroup([Permutation(column) for column in automaton.table.T.tolist()])


def merged_on_a_cycle(automaton: Automaton) -> tuple[object, object, object, object] | None:
    """A letter x and states p ≠ q with δ(p, x) = δ(q, x) = r, where words lead from r to p and to q; None if there is
    none.
    """
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(automaton.states)))
    graph.add_edges_from((q, there) for q, row in enumerate(automaton.table.tolist()) for there in row)
    component = np.empty(len(automaton.states), dtype=np.int64)
    for k, states in enumerate(nx.strongly_connected_components(graph)):
        component[list(states)] = k
    for x, column in enumerate(automaton.table.T.tolist()):
        first: dict[int, int] = {}
        for q, r in enumerate(column):
            if component[q] != component[r]:
                continue
            if r in first:
                p = first[r]
                return automaton.letters[x], automaton.states[p], automaton.states[q], automaton.states[r]
            first[r] = q
    return None
