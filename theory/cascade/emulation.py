"""The check that a cascade emulates an automaton, on all tuples that words reach and all letters.

It reads the cascade as plain data: layers, moves, the start and π. How they were made does not matter to it.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Protocol

from ...groups.group import PermutationGroup
from ..machine import Machine
from ..verdict import Outcome, Verdict


class Layer(Protocol):
    """What is read of a layer."""

    @property
    def size(self) -> int:
        """The number of its states."""

    @property
    def group(self) -> PermutationGroup:
        """Its permutations."""

    @property
    def moves(self) -> Mapping[tuple[int, tuple[int, ...]], tuple[int, ...]]:
        """What happens for a letter and the states of the layers above."""


class Layers(Protocol):
    """What is read of a cascade."""

    @property
    def layers(self) -> Sequence[Layer]:
        """The layers from the top."""

    @property
    def start(self) -> tuple[int, ...]:
        """The tuple of the start state."""

    @property
    def decoded(self) -> Mapping[tuple[int, ...], int]:
        """The automaton's state for each tuple."""

    def step_by_position(self, coordinates: tuple[int, ...], letter: int) -> tuple[int, ...]:
        """The tuple after a letter."""


def emulation(cascade: Layers, automaton: Machine) -> Verdict:
    """Whether a cascade of permutations and resets emulates an automaton.

    Checked are: every move of a layer is a permutation in its group, or constant; π(start) = q_0; and
    π(step(c, x)) = δ(π(c), x) for every letter x and every tuple c that words reach, breadth first.

    Args:
        cascade: the layers.
        automaton: the automaton, with letters in the same order.

    Returns:
        Proved; or refuted, with a shortest word after which π is another state than the automaton's, where a tuple is
        wrong, and without a word where a move is neither a permutation of the group nor a reset.
    """
    for number, layer in enumerate(cascade.layers, 1):
        for move in set(layer.moves.values()):
            if len(move) != layer.size or not (len(set(move)) == 1 or move in layer.group):
                return Verdict(
                    Outcome.REFUTED,
                    f"layer {number} has the move {move!r}, which is no reset and no permutation of its group",
                )
    letters, table = len(automaton.letters), automaton.table.tolist()
    first = list(automaton.states).index(automaton.start)
    if cascade.decoded.get(cascade.start) != first:
        return Verdict(Outcome.REFUTED, f"the start {cascade.start!r} does not stand for the start state", witness=())
    words: dict[tuple[int, ...], tuple[Hashable, ...]] = {cascade.start: ()}
    queue = [cascade.start]
    for here in queue:
        state = cascade.decoded[here]
        for x in range(letters):
            there = cascade.step_by_position(here, x)
            if cascade.decoded.get(there) != table[state][x]:
                word = (*words[here], automaton.letters[x])
                wrong = f"after the word {word!r} the tuple {there!r} does not stand for the automaton's state"
                return Verdict(Outcome.REFUTED, wrong, witness=word)
            if there not in words:
                words[there] = (*words[here], automaton.letters[x])
                queue.append(there)
    return Verdict(
        Outcome.PROVED,
        f"π(step(c, x)) = δ(π(c), x) for all {len(queue)} tuples that words reach and all {letters} letters; every "
        "move of a layer is a reset or a permutation of its group",
    )
