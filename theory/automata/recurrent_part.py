"""The part of an automaton on which letters act as a group, where some letters of the whole merge states.

A part is a set P of at least two states and the letters x with δ(P, x) = P, which permute it; they take every state of
P to every other one. So the letters generate a transitive permutation group on P. Three things lie around it: states
that are left and never seen again (a transient start), letters that take all of P to one state of it (a reset, as the
first token of a sentence), and letters that lead out of it (a sink).

Parts are found by leaving letters out. Where letters do not permute a strongly connected component C, first those that
take C to one state go, then those that lead out of C, then those that merge states of C; each time the components of
what is left are looked at. With up to six letters all sets of letters are tried. A part that no letter leaves is
recurrent in the strict sense and is preferred; then the one with more states; then the one that is reached sooner.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...groups.catalogue.identification import name_or_order
from ..errors import AutomatonError
from .acting_group import generated_group, group_task_of
from .automaton import Automaton
from .transition_table import reachable

Label = Hashable
Table = NDArray[np.int64]
Positions = NDArray[np.int64]
FEW = 6  # letters of which all sets are tried


@dataclass(frozen=True, eq=False)
class RecurrentPart:
    """Part of an automaton that letters permute.

    Attributes:
        whole: the automaton.
        automaton: the part: its states and the letters that permute them, in the order of the whole; the start is the
            state after `entry`.
        entry: a shortest word from the start of the whole to the part; () if the start lies in it.
        resets: letters that take all states of the part to one of them.
        merging: other letters that take the part into itself, and merge states.
        leaving: letters that lead out of it, from some state at least.
        description: in words, such as "C2, after one letter".
    """

    whole: Automaton
    automaton: Automaton
    entry: tuple[Label, ...]
    resets: tuple[Label, ...]
    merging: tuple[Label, ...]
    leaving: tuple[Label, ...]
    description: str = field(default="")

    @property
    def states(self) -> Positions:
        """Positions of the part's states in `whole.states`: (states of the part,)."""
        return np.array([self.whole.state_index(q) for q in self.automaton.states])

    @property
    def letters(self) -> Positions:
        """Positions of the permuting letters in `whole.letters`: (letters of the part,)."""
        return np.array([self.whole.letter_index(x) for x in self.automaton.letters])

    @property
    def staying(self) -> Positions:
        """Positions of all letters that do not lead out of the part, resets among them: (k,)."""
        return np.array([k for k, x in enumerate(self.whole.letters) if x not in self.leaving])

    def __str__(self) -> str:
        return self.description


def recurrent_part(automaton: Automaton) -> RecurrentPart:
    """The part of an automaton on which letters act as a group; the whole where every letter permutes all states.

    Raises:
        AutomatonError: if no letters permute two states or more, transitively: then there is no group in the task.
        TooLargeError: if the letters generate more elements than can be listed.

    Example:
        >>> from bistate.theory import Automaton
        >>> A = Automaton(["begin", "even", "odd"], [0, 1], [[1, 2], [1, 2], [2, 1]], "begin")
        >>> part = recurrent_part(A)
        >>> part.description, part.automaton.states, part.entry
        ('C2, after one letter', ('even', 'odd'), (0,))
    """
    table = np.asarray(automaton.table)
    if automaton.is_permutation:
        found = {tuple(range(len(automaton.states)))}
    else:
        everything = np.arange(len(automaton.states)), np.arange(len(automaton.letters))
        found = _parts(table, *everything)
    if not found:
        merged = automaton.merged_states()
        assert merged is not None
        letter, first, second = merged
        raise AutomatonError(
            f"letter {letter!r} takes the states {first!r} and {second!r} to one, and no letter permutes two or more "
            "states among themselves, so the letters generate no group, in no part of the automaton"
        )
    entries = {part: _entry(table, automaton.start_index, frozenset(part)) for part in found}

    def rank(part: tuple[int, ...]) -> tuple[bool, int, int, tuple[int, ...]]:
        stays = bool(np.isin(table[list(part)], part).all())
        return (not stays, -len(part), len(entries[part]), part)

    best = min(found, key=rank)
    return _described(automaton, np.array(best), entries[best])


def _parts(table: Table, states: Positions, letters: Positions) -> set[tuple[int, ...]]:
    """Sets of at least two states that some of the letters permute, transitively.

    With few letters every set of letters is tried, so that no part is missed: a part is a component of the graph of the
    letters that permute it. With more letters the order is that of the module's text, and cycles of single letters are
    added, so that nothing is found only where there is nothing.
    """
    found: set[tuple[int, ...]] = set()
    seen: set[tuple[bytes, bytes]] = set()
    todo = [(states, letters), *((states, letters[[k]]) for k in range(len(letters)))]
    while todo:
        inside, used = todo.pop()
        for component in _components(table, inside, used):
            if len(component) < 2 or (component.tobytes(), used.tobytes()) in seen:
                continue
            seen.add((component.tobytes(), used.tobytes()))
            moved = table[np.ix_(component, used)]  # (component, letters)
            counts = np.array([len(np.unique(column)) for column in moved.T])
            stays = np.isin(moved, component).all(axis=0)
            keep = next((k for k in (counts > 1, stays, counts == len(component)) if not k.all()), None)
            if keep is None:
                found.add(tuple(component.tolist()))
            elif len(used) <= FEW:
                todo += [(component, np.delete(used, k)) for k in range(len(used)) if len(used) > 1]
            elif keep.any():
                todo.append((component, used[keep]))
    return found


def _components(table: Table, states: Positions, letters: Positions) -> Iterator[Positions]:
    """The strongly connected components of the graph of the letters on a set of states."""
    position = np.full(len(table), len(states))  # outside: a vertex of its own, without a way back
    position[states] = np.arange(len(states))
    there = np.vstack([position[table[np.ix_(states, letters)]], np.full(len(letters), len(states))])
    reached = [reachable(there, q) if len(letters) else np.arange(len(there)) == q for q in range(len(states))]
    both = np.array(reached)[:, : len(states)]
    both &= both.T
    seen = np.zeros(len(states), dtype=bool)
    for q in range(len(states)):
        if not seen[q]:
            seen |= both[q]
            yield states[both[q]]


def _entry(table: Table, start: int, part: frozenset[int]) -> tuple[int, ...]:
    """A shortest word from a state into a set, as positions of letters."""
    words: dict[int, tuple[int, ...]] = {start: ()}
    queue = [start]
    for q in queue:
        if q in part:
            return words[q]
        for x, r in enumerate(table[q].tolist()):
            if r not in words:
                words[r] = (*words[q], x)
                queue.append(r)
    raise AutomatonError(f"no word leads from state {start} to the states {sorted(part)}")  # pragma: no cover


def _described(automaton: Automaton, part: Positions, entry: tuple[int, ...]) -> RecurrentPart:
    moved = np.asarray(automaton.table)[part]  # (part, letters)
    counts = np.array([len(np.unique(column)) for column in moved.T])
    stays = np.isin(moved, part).all(axis=0)
    kinds = {
        "permuting": stays & (counts == len(part)),
        "resets": stays & (counts == 1) & (len(part) > 1),
        "merging": stays & (counts > 1) & (counts < len(part)),
        "leaving": ~stays,
    }
    named = {kind: tuple(automaton.letters[k] for k in np.flatnonzero(mine)) for kind, mine in kinds.items()}
    position = {int(q): k for k, q in enumerate(part)}
    state = automaton.start_index
    for x in entry:
        state = int(automaton.table[state, x])
    whole = automaton.is_permutation
    inner = automaton
    if not whole:
        table = [[position[int(q)] for q in row[kinds["permuting"]]] for row in moved]
        labels = [automaton.states[q] for q in part]
        inner = Automaton(labels, named["permuting"], table, automaton.states[state])
    word = tuple(automaton.letters[x] for x in entry)
    text = _words(inner, word, named["resets"], named["merging"], named["leaving"])
    return RecurrentPart(automaton, inner, word, named["resets"], named["merging"], named["leaving"], text)


def _words(
    inner: Automaton,
    entry: tuple[Label, ...],
    resets: tuple[Label, ...],
    merging: tuple[Label, ...],
    leaving: tuple[Label, ...],
) -> str:
    group = generated_group(group_task_of(inner))
    text = name_or_order(group)
    if group.order != len(inner.states):
        text += f" on {len(inner.states)} states"
    if entry:
        text += ", after one letter" if len(entry) == 1 else f", after {len(entry)} letters"
    for labels, verb in ((resets, "resets"), (merging, "merges states"), (leaving, "leads out")):
        if labels:
            text += f"; {_listed(labels)} {verb if len(labels) == 1 else _PLURAL[verb]}"
    return text


_PLURAL = {"resets": "reset", "merges states": "merge states", "leads out": "lead out"}


def _listed(labels: tuple[Any, ...]) -> str:
    if len(labels) <= 4:
        return ", ".join(map(repr, labels))
    return f"{', '.join(map(repr, labels[:3]))} and {len(labels) - 3} more"
