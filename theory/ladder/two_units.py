"""When two units, or blocks of two, are not enough for letters that merge states.

K_q are convex cones of hidden states, A[w]K_q in K_{δ(q,w)}, disjoint, without 0: sums of the h_w of words that lead to
q. Statements, proved in docs/ladder.md [own]:

1. If a word permutes k states in a cycle, k = 3 or k ≥ 5, and a word takes them to one, no weights of two units do.
2. If moreover it takes them to one of them, k ≥ 3: blocks of two units do not, for bounded weights with a margin.
3. Nor do blocks of two, for such weights, if a word over a set L of letters that uses all of them fixes two states, a
   word over L merges these, and some word takes all states to one from which both are reached.
4. Bounded weights with a margin need three units if a word is idempotent and not injective on the states, and fixes
   three states; or fixes two that some word merges.
5. So they do if a word swaps p and q and fixes r, and another takes p and q to one of them and r to the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ..automata.automaton import Automaton
from ..automata.transition_monoid import TransitionMonoid, explore
from ..automata.transition_table import reachable
from .ladder_row import ANY

MAPS = 2000  # of the transition monoid that are looked at, shortest words first
LETTERS = 6  # up to which all sets of letters are looked at; with more, single ones and all of them
STATES = 40  # whose pairs are looked at
UNIFORM = "bounded weights with a uniform margin, linear readout"


@dataclass(frozen=True)
class Obstruction:
    """Why two units are not enough, and for which weights."""

    reason: str
    scope: str


def two_units_obstruction(automaton: Automaton) -> Obstruction | None:
    """Why full weights need three units, by statement 1, 4 or 5; None where these say nothing.

    Example:
        >>> from bistate.theory import Automaton
        >>> two_units_obstruction(Automaton.from_maps({"c": [1, 2, 0], "r": [0, 0, 0]})).reason
        "the word 'c' permutes the states 0, 1, 2 in a cycle, and the word 'r' takes them to one"
    """
    words = _Words(automaton)
    for element, cycle in words.cycles():
        if len(cycle) != 4:
            other = words.constant_on(cycle)
            if other is not None:
                return Obstruction(words.cycle_reason(element, cycle, other), ANY)
    return _fixed_states(words) or _swapped_states(words)


def blocks_of_two_obstruction(automaton: Automaton) -> Obstruction | None:
    """Why blocks need three units, by statement 2 or 3; None where these say nothing.

    Example:
        >>> from bistate.theory import Automaton
        >>> blocks_of_two_obstruction(Automaton.counter(2, down=True)).reason
        "words over 'up', 'down' fix the states 0 and 1, and the word 'down' merges them"
    """
    words = _Words(automaton)
    for element, cycle in words.cycles():
        other = words.constant_on(cycle, inside=True)
        if other is not None:
            return Obstruction(words.cycle_reason(element, cycle, other) + " of them", UNIFORM)
    return _fixed_and_merged(words)


class _Words:
    """Maps of the states that words induce, some thousands at most, with their texts."""

    def __init__(self, automaton: Automaton) -> None:
        self.automaton = automaton
        self.monoid: TransitionMonoid = explore(automaton, MAPS)[0]
        self.maps: NDArray[np.int64] = self.monoid.maps.astype(np.int64)  # (maps, states)

    def shown(self, element: int) -> str:
        letters = " ".join(repr(self.automaton.letters[x]) for x in self.monoid.word(element))
        return f"the word {letters}"

    def states(self, positions: tuple[int, ...]) -> str:
        return ", ".join(str(self.automaton.states[q]) for q in positions)

    def cycles(self) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Maps with cycles of three states or more; each set of states once."""
        seen: set[frozenset[int]] = set()
        for element, images in enumerate(self.maps.tolist()):
            for start in range(len(images)):
                cycle, here = [start], images[start]
                while here > start and len(cycle) <= len(images):
                    cycle.append(here)
                    here = images[here]
                if here == start and len(cycle) > 2 and frozenset(cycle) not in seen:
                    seen.add(frozenset(cycle))
                    yield element, tuple(cycle)

    def constant_on(self, states: tuple[int, ...], inside: bool = False) -> int | None:
        """A map that takes all the states to one, which has to be one of them if `inside`."""
        images = self.maps[:, list(states)]
        hit = (images == images[:, :1]).all(axis=1)
        if inside:
            hit &= np.isin(images[:, 0], states)
        return int(hit.argmax()) if hit.any() else None

    def cycle_reason(self, element: int, cycle: tuple[int, ...], other: int) -> str:
        return (
            f"{self.shown(element)} permutes the states {self.states(cycle)} in a cycle, and {self.shown(other)} takes "
            "them to one"
        )


def _fixed_states(words: _Words) -> Obstruction | None:
    """Statement 4."""
    maps = words.maps
    idempotent = (np.take_along_axis(maps, maps, axis=1) == maps).all(axis=1)
    for element in np.flatnonzero(idempotent).tolist():
        fixed = tuple(np.unique(maps[element]).tolist())
        if not 1 < len(fixed) < maps.shape[1]:
            continue
        if len(fixed) > 2:
            return Obstruction(
                f"{words.shown(element)} merges states and fixes {words.states(fixed[:3])}: in the limit of its powers "
                "two units have two directions",
                UNIFORM,
            )
        for p, q in combinations(fixed, 2):
            merged = maps[:, p] == maps[:, q]
            if merged.any():
                return Obstruction(
                    f"{words.shown(element)} merges states and fixes {words.states((p, q))}, so that two units hold "
                    f"these as opposite directions, but {words.shown(int(merged.argmax()))} merges them",
                    UNIFORM,
                )
    return None


def _fixed_and_merged(words: _Words) -> Obstruction | None:
    """Statement 3: pairs that a closed walk through all letters of L returns to, and that other words over L merge."""
    automaton, count = words.automaton, len(words.automaton.letters)
    table = automaton.table
    constant = words.maps[(words.maps == words.maps[:, :1]).all(axis=1), 0]
    if not len(constant) or len(table) > STATES:
        return None
    reached = np.any([reachable(table, int(q)) for q in np.unique(constant)], axis=0)
    sets = [(x,) for x in range(count)] + [tuple(range(count))]
    if count <= LETTERS:
        sets = [chosen for size in range(1, count + 1) for chosen in combinations(range(count), size)]
    for chosen in sorted(sets, key=len, reverse=True):
        for p, q in _returning_pairs(table, chosen):
            if reached[p] and reached[q]:
                merging = _merging_word(table, chosen, p, q)
                if merging is not None:
                    names = ", ".join(repr(automaton.letters[x]) for x in chosen)
                    word = " ".join(repr(automaton.letters[x]) for x in merging)
                    states = f"{automaton.states[p]} and {automaton.states[q]}"
                    return Obstruction(
                        f"words over {names} fix the states {states}, and the word {word} merges them", UNIFORM
                    )
    return None


def _returning_pairs(table: NDArray[np.int64], chosen: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """A pair of each strong component of the graph of ordered pairs in which every chosen letter has an edge."""
    import networkx as nx

    edges = {
        ((p, q), x): (int(table[p, x]), int(table[q, x]))
        for p in range(len(table))
        for q in range(len(table))
        if p != q
        for x in chosen
    }
    graph = nx.DiGraph((here, there) for (here, _), there in edges.items() if there[0] != there[1])
    for component in nx.strongly_connected_components(graph):
        if all(any(edges[pair, x] in component for pair in component) for x in chosen):
            yield min(component)


def _merging_word(table: NDArray[np.int64], chosen: tuple[int, ...], p: int, q: int) -> tuple[int, ...] | None:
    """A shortest word of chosen letters that takes two states to one."""
    words: dict[tuple[int, int], tuple[int, ...]] = {(p, q): ()}
    queue = [(p, q)]
    for here in queue:
        for x in chosen:
            there = (int(table[here[0], x]), int(table[here[1], x]))
            if there[0] == there[1]:
                return (*words[here], x)
            if there not in words:
                words[there] = (*words[here], x)
                queue.append(there)
    return None


def _swapped_states(words: _Words) -> Obstruction | None:
    """Statement 5."""
    maps = words.maps
    for element, images in enumerate(maps.tolist()):
        swapped = [(p, q) for p, q in enumerate(images) if p < q and images[q] == p]
        kept = [r for r, image in enumerate(images) if image == r]
        for p, q in swapped:
            for r in kept:
                merging = (maps[:, p] == maps[:, q]) & (
                    ((maps[:, p] == p) & (maps[:, r] == q)) | ((maps[:, p] == q) & (maps[:, r] == p))
                )
                if merging.any():
                    return Obstruction(
                        f"{words.shown(element)} swaps {words.states((p, q))} and fixes {words.states((r,))}, so it is "
                        f"a reflection of two units, but {words.shown(int(merging.argmax()))} takes the two to one of "
                        "them and the third to the other",
                        UNIFORM,
                    )
    return None
