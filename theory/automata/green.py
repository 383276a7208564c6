"""Green's relations of a transition monoid, its maximal subgroups, and whether a language is star-free.

For maps m, n of a monoid M of words read from left to right, m R n if mM = nM, m L n if Mm = Mn, H is both and D is the
join of the two. R-classes are the strongly connected components of the graph m → "m, then letter x", L-classes those of
m → "letter x, then m". A D-class that holds an idempotent e is called regular; the H-class of e is then a group, which
permutes the image of e. Source: J.-É. Pin, Mathematical Foundations of Automata Theory, chapter V.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...groups.compared_by_fields import ComparedByFields
from ...groups.group import PermutationGroup
from ...groups.permutations.permutation import Permutation
from ..cascade.closed_sets import closed
from ..errors import AutomatonError
from ..verdict import Outcome, Verdict
from .automaton import Automaton
from .transition_monoid import TransitionMonoid, cycle_of, explore, first_periodic, transition_monoid

IntArray = NDArray[np.int64]
_FIRST_LOOK = 500  # maps among which a refutation is looked for before the whole monoid is listed


@dataclass(frozen=True)
class DClass:
    """A D-class of maps: a rectangle of R-classes by L-classes, with an H-class in each place.

    Attributes:
        rank: number of states in the image, the same for all its maps.
        size: number of maps, r_classes · l_classes · group_order.
        r_classes: number of R-classes.
        l_classes: number of L-classes.
        group_order: number of maps in each H-class: the order of its Schützenberger group, which in a regular D-class
            is that of the maximal subgroup.
        regular: whether there is an idempotent.
        idempotent: position of the first idempotent, or None.
    """

    rank: int
    size: int
    r_classes: int
    l_classes: int
    group_order: int
    regular: bool
    idempotent: int | None


@dataclass(frozen=True, eq=False)
class GreenClasses(ComparedByFields):
    """Green's relations. Classes are numbered from 0 in the order of their first maps; arrays are read-only.

    Attributes:
        r_class: number of the R-class of each map, (order,).
        l_class: number of its L-class, (order,).
        h_class: number of its H-class, (order,).
        d_class: number of its D-class, a position in `d_classes`, (order,).
        idempotents: positions of the maps e with ee = e, in increasing order.
        is_aperiodic: whether every H-class has one element, so that all subgroups are trivial.
        d_classes: the D-classes.
    """

    r_class: IntArray
    l_class: IntArray
    h_class: IntArray
    d_class: IntArray
    idempotents: IntArray
    is_aperiodic: bool
    d_classes: tuple[DClass, ...]

    def __post_init__(self) -> None:
        for array in (self.r_class, self.l_class, self.h_class, self.d_class, self.idempotents):
            array.setflags(write=False)


@dataclass(frozen=True)
class MaximalSubgroup:
    """The group of units of eMe for an idempotent e, as permutations of the image of e.

    Attributes:
        group: the permutations of 0, …, k−1, the positions in `states`; it acts faithfully.
        states: positions of the k states in the image of e, in increasing order.
        idempotent: a shortest word of e, as positions of letters.
        words: for each generator of `group` a word, as positions of letters, that permutes `states` in that way.
            First u, then v is the permutation of v times that of u.
    """

    group: PermutationGroup
    states: tuple[int, ...]
    idempotent: tuple[int, ...]
    words: tuple[tuple[int, ...], ...]


def green_classes(monoid: TransitionMonoid) -> GreenClasses:
    """Green's relations R, L, H and D of a transition monoid.

    Args:
        monoid: the monoid, all of whose maps are listed.

    Example:
        >>> from bistate.theory import Automaton
        >>> flip_flop = Automaton([0, 1], ["keep", "set", "reset"], [[0, 1, 0], [1, 1, 0]], 0)
        >>> classes = green_classes(flip_flop.transition_monoid())
        >>> classes.r_class.tolist(), classes.l_class.tolist(), classes.is_aperiodic
        ([0, 1, 1], [0, 1, 2], True)
    """
    r_class = _numbered(_components(monoid.right.tolist()))
    l_class = _numbered(_components(monoid.left.tolist()))
    h_class = _numbered(r_class * (int(l_class.max()) + 1) + l_class)
    # A map joins its R-class to its L-class; the classes joined, over any number of steps, make a D-class.
    joined: list[set[int]] = [set() for _ in range(int(r_class.max()) + int(l_class.max()) + 2)]
    for r, other in zip(r_class.tolist(), (l_class + r_class.max() + 1).tolist(), strict=True):
        joined[r].add(other)
        joined[other].add(r)
    d_class = _numbered(_components([list(there) for there in joined])[r_class])
    positions = np.arange(monoid.order)
    twice = np.take_along_axis(monoid.maps, monoid.maps.astype(np.int64), axis=1)  # (order, states)
    idempotents = positions[(twice == monoid.maps).all(axis=1)]
    classes = tuple(_d_classes(monoid, r_class, l_class, h_class, d_class, idempotents))
    return GreenClasses(
        r_class, l_class, h_class, d_class, idempotents, int(h_class.max()) + 1 == monoid.order, classes
    )


def _d_classes(
    monoid: TransitionMonoid, r: IntArray, el: IntArray, h: IntArray, d: IntArray, idempotents: IntArray
) -> Iterator[DClass]:
    order = np.argsort(d, kind="stable")
    found = dict(zip(d[idempotents[::-1]].tolist(), idempotents[::-1].tolist(), strict=True))  # the first one stays
    for number, members in enumerate(np.split(order, np.flatnonzero(np.diff(d[order])) + 1)):
        rank = len(np.unique(monoid.maps[members[0]]))
        rows, columns, cells = (len(np.unique(numbers[members])) for numbers in (r, el, h))
        idempotent = found.get(number)
        size = len(members)
        yield DClass(rank, size, rows, columns, size // cells, idempotent is not None, idempotent)


def _numbered(labels: IntArray) -> IntArray:
    """The same classes, numbered in the order of their first members."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse.reshape(-1)]


def _components(targets: Sequence[Sequence[int]]) -> IntArray:
    """A number for each vertex, the same exactly within strongly connected components (Tarjan 1972, on a stack)."""
    size = len(targets)
    index, low, component = [-1] * size, [0] * size, [-1] * size
    open_vertices: list[int] = []
    count = found = 0
    for root in range(size):
        work = [(root, iter(targets[root]))] if index[root] < 0 else []
        while work:
            here, rest = work[-1]
            if index[here] < 0:
                index[here] = low[here] = count
                count += 1
                open_vertices.append(here)
            for there in rest:
                if index[there] < 0:
                    work.append((there, iter(targets[there])))
                    break
                if component[there] < 0:
                    low[here] = min(low[here], index[there])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[here])
                if low[here] == index[here]:
                    while component[here] < 0:
                        component[open_vertices.pop()] = found
                    found += 1
    return np.array(component)


def maximal_subgroups(
    monoid_or_automaton: TransitionMonoid | Automaton, limit: int = 10_000
) -> tuple[MaximalSubgroup, ...]:
    """The maximal subgroups of a transition monoid up to isomorphism: one for each regular D-class.

    They come in the order of the D-classes; the first is the group of units, whose idempotent is the empty word.

    Args:
        monoid_or_automaton: the monoid, or its automaton.
        limit: for an automaton, the most elements its monoid may have.

    Raises:
        AutomatonError: if the monoid has more than `limit` elements.

    Example:
        >>> from bistate.theory import Automaton
        >>> swap_and_reset = Automaton([0, 1], ["swap", "reset"], [[1, 0], [0, 0]], 0)
        >>> [(H.group.order, H.states, H.idempotent, H.words) for H in maximal_subgroups(swap_and_reset)]
        [(2, (0, 1), (), ((0,),)), (1, (0,), (1,), ())]
    """
    monoid = monoid_or_automaton
    if isinstance(monoid, Automaton):
        monoid = transition_monoid(monoid, limit)
    classes = green_classes(monoid)
    by_h = np.argsort(classes.h_class, kind="stable")
    bounds = np.searchsorted(classes.h_class[by_h], np.arange(int(classes.h_class.max()) + 2))
    found = []
    for cls in classes.d_classes:
        if cls.idempotent is not None:
            number = classes.h_class[cls.idempotent]
            found.append(_subgroup(monoid, cls.idempotent, by_h[bounds[number] : bounds[number + 1]]))
    return tuple(found)


def _subgroup(monoid: TransitionMonoid, idempotent: int, members: IntArray) -> MaximalSubgroup:
    """The group on the H-class `members` of an idempotent, checked to act faithfully."""
    states = np.unique(monoid.maps[idempotent]).astype(np.int64)  # (k,)
    rows = np.searchsorted(states, monoid.maps[members][:, states])  # (|H|, k)
    actions = {tuple(row): int(m) for row, m in zip(rows.tolist(), members, strict=True)}
    identity = tuple(range(len(states)))
    generators: list[tuple[int, ...]] = []
    generated = {identity}
    for action in actions:  # shortest words first
        if action not in generated:
            generators.append(action)
            generated = closed([identity], generators) or {identity}
    words = tuple(monoid.word(actions[action]) for action in generators)
    letters = monoid.maps[monoid.right[0]]  # (letters, states): the maps of the letters themselves
    for word, action in zip(words, generators, strict=True):
        moved = states
        for letter in word:
            moved = letters[letter][moved]
        if not np.array_equal(moved, states[list(action)]):
            raise AutomatonError(f"the word {word!r} does not permute the states {states.tolist()!r} as computed")
    if len(actions) != len(members) or generated != set(actions):
        raise AutomatonError(f"the H-class of the map {idempotent!r} was found not to be a group that acts faithfully")
    group = PermutationGroup([Permutation(action) for action in generators], degree=len(states))
    return MaximalSubgroup(group, tuple(states.tolist()), monoid.word(idempotent), words)


def is_star_free(automaton: Automaton, limit: int = 10_000) -> Verdict:
    """Whether a regular language is star-free: whether its syntactic monoid is aperiodic.

    With accepting states set this is about the language, the automaton being minimised first; without, about the
    transition monoid of the automaton as it is. Source: M.-P. Schützenberger, On finite monoids having only trivial
    subgroups, Information and Control 8 (1965).

    Args:
        automaton: the automaton.
        limit: the most maps of words, shortest words first, that are looked at.

    Returns:
        Proved; refuted, with a word whose powers move a state of the (minimal) automaton in a cycle of length above 1;
        or undecided, if the first `limit` maps have no such cycle and there are more.

    Example:
        >>> from bistate.theory import Automaton
        >>> is_star_free(Automaton.from_regex("(ab)*")).outcome.value
        'proved'
        >>> is_star_free(Automaton.from_regex("(aa)*")).witness
        ('a',)
    """
    language = automaton.accepting is not None
    small = automaton.minimize()
    owner = "the minimal automaton" if language else "the automaton"
    for size in sorted({min(_FIRST_LOOK, limit), limit}):
        monoid, complete = explore(small, size)
        element = first_periodic(monoid)
        if element is not None:
            word = tuple(automaton.letters[x] for x in monoid.word(element))
            state, length = cycle_of(monoid.maps[element].tolist())
            reason = f"powers of the word {word!r} move state {small.states[state]!r} of {owner} in a cycle of {length}"
            return Verdict(Outcome.REFUTED, reason, witness=word)
        if complete:
            what = "the language is star-free" if language else "the transition monoid is aperiodic"
            reason = (
                f"{what}: no map of the {monoid.order} in the transition monoid of {owner} moves states in a cycle "
                "of length above 1 (Schützenberger 1965)"
            )
            return Verdict(Outcome.PROVED, reason)
    reason = f"the transition monoid of {owner} has more than {limit} elements"
    seen = f"the first {monoid.order} move no states in a cycle"
    return Verdict(Outcome.UNDECIDED, f"{reason}, and {seen}: raise limit")
