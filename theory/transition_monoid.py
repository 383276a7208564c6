"""The transition monoid: all maps of the states that words induce."""

from __future__ import annotations

from dataclasses import dataclass

from .automaton import Automaton
from .errors import AutomatonError


@dataclass(frozen=True)
class TransitionMonoid:
    """The maps q ↦ δ*(q, w) over all words w, found breadth first.

    Attributes:
        elements: each map as the tuple of positions of images; the identity, of the empty word, is first.
        words: a shortest word, as positions of letters, for each element.
        states: number of states.
    """

    elements: tuple[tuple[int, ...], ...]
    words: tuple[tuple[int, ...], ...]
    states: int

    @property
    def order(self) -> int:
        """The number of maps."""
        return len(self.elements)

    @property
    def is_group(self) -> bool:
        """Whether every map permutes the states."""
        return all(len(set(element)) == self.states for element in self.elements)


def transition_monoid(automaton: Automaton, limit: int = 10_000) -> TransitionMonoid:
    """The transition monoid of an automaton.

    Raises:
        AutomatonError: if it has more than `limit` elements.

    Example:
        >>> from bistate.theory import Automaton
        >>> transition_monoid(Automaton.modular_addition(5)).order
        5
    """
    letters = [tuple(column) for column in automaton.table.T.tolist()]
    identity = tuple(range(len(automaton.states)))
    words: dict[tuple[int, ...], tuple[int, ...]] = {identity: ()}
    queue = [identity]
    for element in queue:
        for k, letter in enumerate(letters):
            image = tuple(letter[q] for q in element)
            if image in words:
                continue
            if len(words) >= limit:
                raise AutomatonError(
                    f"the transition monoid of {automaton!r} has more than {limit} elements: raise limit"
                )
            words[image] = (*words[element], k)
            queue.append(image)
    return TransitionMonoid(tuple(words), tuple(words.values()), len(automaton.states))
