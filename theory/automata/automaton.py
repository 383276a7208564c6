"""Finite automata as tasks: a word moves a state, and the model has to say where it is."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...groups.group import PermutationGroup
from ..cascade.holonomy import holonomy_cascade
from ..cascade.layers import Cascade
from ..cascade.skeleton import IMAGE_LIMIT
from ..errors import AutomatonError
from ..formats.by_suffix import write_automaton
from ..formats.dot import to_dot
from ..formats.hoa import to_hoa
from . import constructors, drawing, graphs, languages, moore, products, stored
from .difference import shortest_difference
from .group_task import GroupTask
from .maps import from_maps
from .moore import checked_outputs, label_positions
from .transition_monoid import TransitionMonoid, transition_monoid
from .transition_table import checked_labels, checked_table, checked_words, noncommuting, position_of, reachable, shown

if TYPE_CHECKING:
    import networkx as nx

Label = Hashable


@dataclass(frozen=True, eq=False, repr=False)
class Automaton:
    """A finite automaton (Q, Σ, δ, q_0) with every state reachable from q_0.

    Two letters may act identically. Equality and hash are those of labels and tables.

    Args:
        states: labels of Q, all different.
        letters: labels of Σ, all different, at least one.
        table: `table[q][x]` is the position of δ(q, x) in `states`, for positions q and x: (states, letters).
        start: the label q_0.
        accepting: for a regular language, the labels of the accepting states; else None.
        group_task: for a group task, where it comes from; else None. Not part of equality.
        outputs: a label for each state, in the order of `states` or as a mapping; several states may share one (a Moore
            machine). None: every state is its own label. What is trained, built, proved and certified is the label
            after a word.

    Raises:
        AutomatonError: for duplicate labels, an empty alphabet, a table of the wrong shape or with entries out of
            range, a start or accepting label that is no state, or states that no word reaches.

    Example:
        >>> A = Automaton(["even", "odd"], [0, 1], [[0, 1], [1, 0]], "even")
        >>> A.run([1, 0, 1, 1]), A.run([])
        ('odd', 'even')
        >>> B = Automaton(range(4), "ab", [[1, 0], [2, 1], [3, 2], [0, 3]], 0, outputs=["low", "low", "high", "high"])
        >>> B.output("aa"), B.labels
        ('high', ('low', 'high'))
    """

    states: tuple[Label, ...]
    letters: tuple[Label, ...]
    table: NDArray[np.int64]
    start: Label
    accepting: frozenset[Label] | None = None
    group_task: GroupTask | None = field(default=None)
    outputs: tuple[Label, ...] | None = None

    def __init__(
        self,
        states: Iterable[Label],
        letters: Iterable[Label],
        table: Any,
        start: Label,
        accepting: Iterable[Label] | None = None,
        group_task: GroupTask | None = None,
        outputs: Mapping[Label, Label] | Iterable[Label] | None = None,
    ) -> None:
        values: dict[str, Any] = {
            "states": checked_labels(states, "state"),
            "letters": checked_labels(letters, "letter"),
            "start": start,
            "accepting": accepting if accepting is None else tuple(accepting),
            "group_task": group_task,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        for label in (start, *(self.accepting or ())):
            self.state_index(label)
        if self.accepting is not None:
            object.__setattr__(self, "accepting", frozenset(self.accepting))
        object.__setattr__(self, "outputs", None if outputs is None else checked_outputs(outputs, self.states))
        object.__setattr__(self, "table", checked_table(table, len(self.states), len(self.letters)))
        hits = reachable(self.table, self.start_index)
        unreachable = [q for q, hit in zip(self.states, hits, strict=True) if not hit]
        if unreachable:
            raise AutomatonError(
                f"no word leads from {start!r} to the states {shown(tuple(unreachable))}; leave them out, or build "
                "with Automaton.trimmed(...), which does"
            )

    # --- constructors, each in a file of its own kind ---

    @classmethod
    def trimmed(
        cls,
        states: Iterable[Label],
        letters: Iterable[Label],
        table: Any,
        start: Label,
        accepting: Iterable[Label] | None = None,
        outputs: Mapping[Label, Label] | Iterable[Label] | None = None,
    ) -> Automaton:
        """The automaton of the states that can be reached; the others are dropped.

        Raises:
            AutomatonError: as for `Automaton`, but for unreachable states.
        """
        return cls(*constructors.trimmed(states, letters, table, start, accepting, outputs))

    @classmethod
    def word_problem(
        cls,
        group: PermutationGroup,
        letters: str | Iterable[Sequence[int]] = "all",
        track: str = "element",
        side: str = "left",
        start: int = 0,
    ) -> Automaton:
        """Track a product of group elements; see `bistate.theory.automata.constructors`."""
        return cls(*constructors.word_problem(group, letters, track, side, start))

    @classmethod
    def modular_addition(cls, modulus: int) -> Automaton:
        """Add integers modulo m: letters and states 0, …, m−1, δ(q, a) = q + a mod m."""
        return cls(*constructors.modular_addition(modulus))

    @classmethod
    def parity(cls) -> Automaton:
        """Whether the number of ones is odd: addition modulo 2."""
        return cls.modular_addition(2)

    @classmethod
    def left_to_right_arithmetic(cls, modulus: int) -> Automaton:
        """Evaluate +, −, × modulo m from left to right; see `bistate.theory.automata.constructors`."""
        return cls(*constructors.left_to_right_arithmetic(modulus))

    modular_arithmetic = left_to_right_arithmetic  # the old name

    @classmethod
    def arithmetic(cls, modulus: int) -> Automaton:
        """Expressions modulo m in which × binds more strongly; see `bistate.theory.automata.constructors`."""
        return cls(*constructors.arithmetic(modulus))

    @classmethod
    def random(cls, states: int, letters: int, kind: str = "map", seed: int = 0) -> Automaton:
        """A random state machine; see `bistate.theory.automata.constructors`."""
        return cls(*constructors.random_automaton(states, letters, kind, seed))

    @classmethod
    def reset(cls, states: int, keep: bool = True) -> Automaton:
        """A memory of n values with a letter for each; see `bistate.theory.automata.products`."""
        return cls(*products.reset_automaton(states, keep))

    @classmethod
    def counter(cls, threshold: int, reset: bool = False, down: bool = False) -> Automaton:
        """Count up to a threshold and stay there; see `bistate.theory.automata.products`."""
        return cls(*products.saturating_counter(threshold, reset, down))

    def product(self, other: Automaton, letters: str = "shared") -> Automaton:
        """Two automata side by side; see `bistate.theory.automata.products`."""
        return Automaton(*products.product(self, other, letters))

    @classmethod
    def from_regex(cls, pattern: str, letters: Iterable[str] | None = None) -> Automaton:
        """The minimal complete automaton of a regular expression; see `bistate.theory.automata.languages`."""
        return cls(*languages.from_regex(pattern, letters))

    @classmethod
    def from_dfa(cls, dfa: Any, trim: bool = False) -> Automaton:
        """The automaton of an automata-lib `DFA`; see `bistate.theory.automata.languages`."""
        return cls(*languages.from_dfa(dfa, trim))

    @classmethod
    def from_networkx(cls, graph: nx.MultiDiGraph, complete: str | None = None) -> Automaton:
        """The automaton of a labelled graph; see `bistate.theory.automata.graphs`."""
        return cls(*graphs.from_networkx(graph, complete))

    @classmethod
    def from_file(cls, path: str | Path, complete: str | None = None) -> Automaton:
        """The automaton of a file .dot, .hoa, .aut, .json, .csv or .npz; see `bistate.theory.automata.stored`."""
        return cls(*stored.from_file(path, complete))

    @classmethod
    def from_maps(cls, maps: Mapping[Label, Sequence[int]], start: int = 0) -> Automaton:
        """The automaton of letters given as maps of 0, …, n−1; see `bistate.theory.automata.maps`."""
        return cls(*from_maps(maps, start))

    def save(self, path: str | Path) -> None:
        """Write a file that `from_file` reads; its ending names the format, and .json keeps all labels."""
        write_automaton(self, path)

    def to_dot(self) -> str:
        """A DOT graph; see `bistate.theory.formats.dot`."""
        return to_dot(self)

    def to_hoa(self) -> str:
        """A text in the Hanoi Omega-Automata format; see `bistate.theory.formats.hoa`."""
        return to_hoa(self)

    def to_regex(self) -> str:
        """A regular expression of the accepted words, checked; see `bistate.theory.automata.languages`."""
        return languages.to_regex(self)

    def draw(self, path: str | Path) -> None:
        """Draw states and edges into a file .svg, .png or .pdf; see `bistate.theory.automata.drawing`."""
        drawing.draw(self, path)

    def equivalent(self, other: Automaton) -> tuple[Label, ...] | None:
        """None, or a shortest word after which the labels differ; see `bistate.theory.automata.difference`."""
        return shortest_difference(self, other)

    def to_dfa(self) -> Any:
        """The automata-lib `DFA`; see `bistate.theory.automata.languages`."""
        return languages.to_dfa(self)

    def to_networkx(self) -> nx.MultiDiGraph:
        """A graph with an edge q → δ(q, x) with attribute `letter` for each state and letter."""
        return graphs.to_networkx(self)

    # --- labels ---

    @cached_property
    def _state_positions(self) -> dict[Label, int]:
        return {label: k for k, label in enumerate(self.states)}

    @cached_property
    def _letter_positions(self) -> dict[Label, int]:
        return {label: k for k, label in enumerate(self.letters)}

    @property
    def start_index(self) -> int:
        """The position of the start state in `states`."""
        return self._state_positions[self.start]

    def state_index(self, state: Label) -> int:
        """The position of a state.

        Raises:
            AutomatonError: if it is not a state.
        """
        position = position_of(self._state_positions, state)
        if position is None:
            raise AutomatonError(f"{state!r} is not a state; the states are {shown(self.states)}")
        return position

    def letter_index(self, letter: Label) -> int:
        """The position of a letter.

        Raises:
            AutomatonError: if it is not in the alphabet.
        """
        position = position_of(self._letter_positions, letter)
        if position is None:
            raise AutomatonError(f"{letter!r} is not a letter; the alphabet is {shown(self.letters)}")
        return position

    def encode(self, word: Iterable[Label]) -> NDArray[np.int64]:
        """A word as positions of its letters: (time,).

        Raises:
            AutomatonError: naming a letter outside the alphabet and its place in the word.
        """
        letters = tuple(word)
        positions = [position_of(self._letter_positions, letter) for letter in letters]
        if None in positions:
            at = positions.index(None)
            raise AutomatonError(
                f"letter {letters[at]!r} at position {at} of the word is not in the alphabet {shown(self.letters)}"
            )
        return np.array(positions, dtype=np.int64)

    # --- outputs ---

    @cached_property
    def labels(self) -> tuple[Label, ...]:
        """What a model has to tell apart: the different outputs, in the order of `states`; without any, the states."""
        return self.states if self.outputs is None else tuple(dict.fromkeys(self.outputs))

    @cached_property
    def label_indices(self) -> NDArray[np.int64]:
        """The position in `labels` of each state's output: (states,)."""
        return label_positions(self.states if self.outputs is None else self.outputs)

    def output(self, word: Iterable[Label]) -> Label:
        """The label after a word: its state's output; without outputs, whether it is accepted, or the state itself.

        Raises:
            AutomatonError: for a letter outside the alphabet.
        """
        state = self.run(word)
        if self.outputs is not None:
            return self.outputs[self.state_index(state)]
        return state if self.accepting is None else state in self.accepting

    def with_outputs(self, outputs: Mapping[Label, Label] | Iterable[Label] | None) -> Automaton:
        """The same automaton with a label for each state, or with none, so that every state is its own.

        Raises:
            AutomatonError: unless there is one label for each state.

        Example:
            >>> Automaton.modular_addition(6).with_outputs(["odd" if q % 2 else "even" for q in range(6)]).labels
            ('even', 'odd')
        """
        return Automaton(
            self.states, self.letters, self.table, self.start, self.accepting, self.group_task, outputs=outputs
        )

    def acceptor(self) -> Automaton:
        """The same automaton with the outputs True, where a word is accepted, and False.

        Raises:
            AutomatonError: if `accepting` is not set.

        Example:
            >>> Automaton.from_regex("(ab)*").acceptor().labels
            (True, False)
        """
        if self.accepting is None:
            raise AutomatonError("accepting is not set, so no word is accepted or rejected; name outputs instead")
        return self.with_outputs([q in self.accepting for q in self.states])

    # --- running ---

    def run(self, word: Iterable[Label]) -> Label:
        """The state δ*(q_0, w) after a word; the start state after the empty word.

        Raises:
            AutomatonError: for a letter outside the alphabet.
        """
        state = self.start_index
        for letter in self.encode(word).tolist():
            state = int(self.table[state, letter])
        return self.states[state]

    def run_batch(self, words: NDArray[np.int64], every: bool = False) -> NDArray[np.int64]:
        """States after many words of one length, as positions.

        Args:
            words: positions of letters, integers of shape (batch, time).
            every: give the state after every letter.

        Returns:
            (batch,), or (batch, time) when `every`.

        Raises:
            AutomatonError: for another shape or type, or a position outside the alphabet.
        """
        words = checked_words(words, len(self.letters))
        flat = np.ascontiguousarray(self.table).ravel()  # (states · letters,): one gather per step
        steps = np.ascontiguousarray(words.T)  # (time, batch)
        state = np.full(words.shape[0], self.start_index, dtype=np.int64)  # (batch,)
        trail = np.empty((words.shape[1], words.shape[0]), dtype=np.int64) if every else None
        for time, letters in enumerate(steps):
            state = flat.take(state * len(self.letters) + letters)
            if trail is not None:
                trail[time] = state
        return state if trail is None else np.ascontiguousarray(trail.T)

    # --- properties ---

    def merged_states(self) -> tuple[Label, Label, Label] | None:
        """A letter and two states it takes to one state, or None when every letter permutes the states."""
        for k, letter in enumerate(self.letters):
            images, first = np.unique(self.table[:, k], return_index=True)
            if len(images) < len(self.states):
                state = int(np.setdiff1d(np.arange(len(self.states)), first)[0])  # the first that is not the first
                return letter, self.states[int(first[images == self.table[state, k]][0])], self.states[state]
        return None

    @cached_property
    def is_permutation(self) -> bool:
        """Whether every letter permutes the states."""
        return self.merged_states() is None

    def noncommuting_letters(self) -> tuple[Label, Label, Label] | None:
        """Letters x, y and a state from which x then y, and y then x, lead apart; None if all letters commute."""
        found = noncommuting(self.table, self.start_index)
        if found is None:
            return None
        j, k, state = found
        return self.letters[j], self.letters[k], self.states[state]

    @cached_property
    def is_commutative(self) -> bool:
        """Whether the order of letters never matters."""
        return self.noncommuting_letters() is None

    def minimize(self) -> Automaton:
        """The least automaton with the same outputs.

        With outputs, the minimal Moore machine; see `bistate.theory.automata.moore`. With accepting states, the minimal
        DFA; see `bistate.theory.automata.languages`. With neither, every state is its own output, so no two can be
        merged, and this automaton, all of whose states are reachable, is returned.
        """
        if self.outputs is not None:
            parts = moore.minimize(self)
            return self if parts is None else Automaton(*parts)
        return self if self.accepting is None else Automaton(*languages.minimize(self))

    def transition_monoid(self, limit: int = 10_000) -> TransitionMonoid:
        """All maps of the states that words induce; see `bistate.theory.automata.transition_monoid`."""
        return transition_monoid(self, limit)

    def cascade(self, limit: int = IMAGE_LIMIT) -> Cascade:
        """Layers of permutations and resets that emulate it; see `bistate.theory.cascade.holonomy`."""
        return holonomy_cascade(self, limit)

    # --- value ---

    def _key(self) -> tuple[Any, ...]:
        return self.states, self.letters, self.table.tobytes(), self.start, self.accepting, self.outputs

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Automaton) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        if len(self.states) * len(self.letters) > 16:
            labels = "" if self.outputs is None else f"{len(self.labels)} labels, "
            return f"<Automaton: {len(self.states)} states, {len(self.letters)} letters, {labels}start {self.start!r}>"
        tail = "" if self.accepting is None else f", accepting={sorted(self.accepting, key=repr)!r}"
        tail += "" if self.outputs is None else f", outputs={list(self.outputs)!r}"
        return (
            f"Automaton({list(self.states)!r}, {list(self.letters)!r}, {self.table.tolist()!r}, {self.start!r}{tail})"
        )
