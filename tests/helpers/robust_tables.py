"""The definition of robust tasks over all words: the slow reference of `bistate.theory.robust`, without any graph."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

from bistate.theory import Automaton

Map = tuple[int, ...]


def tables(states: int, letters: int) -> Iterator[Automaton]:
    """All automata with these numbers whose states are all reachable from state 0."""
    for flat in product(range(states), repeat=states * letters):
        rows = [flat[q * letters : (q + 1) * letters] for q in range(states)]
        reached, queue = {0}, [0]
        for q in queue:
            new = set(rows[q]) - reached
            reached |= new
            queue += new
        if len(reached) == states:
            yield Automaton(range(states), range(letters), rows, 0)


def monoid(machine: Automaton) -> dict[Map, int]:
    """The maps of all words of one letter or more, with the least length of a word."""
    columns = [tuple(column) for column in machine.table.T.tolist()]
    lengths = dict.fromkeys(columns, 1)
    queue = list(lengths)
    for f in queue:
        for x in columns:
            g = tuple(x[q] for q in f)
            if g not in lengths:
                lengths[g] = lengths[f] + 1
                queue.append(g)
    return lengths


def shortest(machine: Automaton) -> tuple[int | None, int | None]:
    """Least lengths of what (a) and (b) forbid: a word that fixes three states, and the two words of (b) together.

    None where there are no such words; states have to be told apart by their labels after some word.
    """
    words = monoid(machine)
    everything = {**words, tuple(range(len(machine.states))): 0}
    labels = machine.label_indices.tolist()
    fixed = {f: [q for q, p in enumerate(f) if q == p] for f in words}
    three = [words[f] for f, states in fixed.items() if len(states) >= 3]
    pairs: dict[tuple[int, int], int] = {}
    for f, states in fixed.items():
        for pair in combinations(states, 2):
            pairs[pair] = min(words[f], pairs.get(pair, words[f]))
    lost = [n + m for (p, q), n in pairs.items() for f, m in everything.items() if labels[f[p]] == labels[f[q]]]
    return min(three, default=None), min(lost, default=None)


def least_memory(machine: Automaton) -> int:
    """The least L for which all words of L letters lead to two states at most, which never share a label."""
    everything = [*monoid(machine), tuple(range(len(machine.states)))]
    labels = machine.label_indices.tolist()
    columns = [tuple(column) for column in machine.table.T.tolist()]
    maps, L = {tuple(range(len(machine.states)))}, 0
    while True:
        images = {tuple(sorted(set(f))) for f in maps}
        pairs = [image for image in images if len(image) == 2]
        apart = all(labels[f[p]] != labels[f[q]] for p, q in pairs for f in everything)
        if apart and max(map(len, images)) <= 2:
            return L
        maps, L = {tuple(x[q] for q in f) for f in maps for x in columns}, L + 1
