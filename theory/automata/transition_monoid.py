"""The transition monoid: all maps of the states that words induce."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..errors import AutomatonError
from ..machine import Machine

IntArray = NDArray[np.int64]
_CHUNK = 2048  # maps that are multiplied by all letters at a time
MOST_IMAGES = 2**23  # of states, that are looked at together: tables of a thousand letters have memory then


@dataclass(frozen=True, eq=False, repr=False)
class TransitionMonoid:
    """The maps q ↦ δ*(q, w) over all words w, found breadth first; the identity, of the empty word, is first.

    Equality and hash are those of the maps and of what the letters do to them.

    Attributes:
        maps: each map as positions of images, integers of shape (order, states). Read-only.
        right: `right[m, x]` is the position of the map "m, then letter x", shape (order, letters). Read-only.
        parents: the map whose shortest word lacks the last letter of this one's; −1 for the identity. (order,)
        last: that last letter; −1 for the identity. (order,)
    """

    maps: NDArray[np.unsignedinteger]
    right: IntArray
    parents: IntArray
    last: IntArray

    def __post_init__(self) -> None:
        for array in (self.maps, self.right, self.parents, self.last):
            array.setflags(write=False)

    @property
    def order(self) -> int:
        """The number of maps."""
        return len(self.maps)

    @property
    def states(self) -> int:
        """The number of states."""
        return int(self.maps.shape[1])

    @property
    def is_group(self) -> bool:
        """Whether every map permutes the states; it is enough that the letters do."""
        letters = np.sort(self.maps[self.right[0]], axis=1)  # (letters, states)
        return bool((letters == np.arange(self.states)).all())

    @cached_property
    def elements(self) -> tuple[tuple[int, ...], ...]:
        """Each map as the tuple of positions of images."""
        return tuple(map(tuple, self.maps.tolist()))

    @cached_property
    def words(self) -> tuple[tuple[int, ...], ...]:
        """A shortest word, as positions of letters, for each map."""
        found: list[tuple[int, ...]] = [()]
        for parent, letter in zip(self.parents.tolist()[1:], self.last.tolist()[1:], strict=True):
            found.append((*found[parent], letter))
        return tuple(found)

    def word(self, element: int) -> tuple[int, ...]:
        """A shortest word of one map, as positions of letters: the entry of `words`, without making the others.

        Args:
            element: the position of the map.

        Raises:
            AutomatonError: for a position that no map has.
        """
        if not 0 <= element < self.order:
            raise AutomatonError(f"there is no map {element!r}; the positions are 0, …, {self.order - 1}")
        letters = []
        while element:
            letters.append(int(self.last[element]))
            element = int(self.parents[element])
        return tuple(reversed(letters))

    @cached_property
    def left(self) -> IntArray:
        """`left[m, x]` is the position of the map "letter x, then m", shape (order, letters)."""
        found = np.empty_like(self.right)
        found[0] = self.right[0]
        for m, (parent, letter) in enumerate(zip(self.parents.tolist()[1:], self.last.tolist()[1:], strict=True), 1):
            found[m] = self.right[found[parent], letter]  # x (p y) = (x p) y, and the parent p came before m
        found.setflags(write=False)
        return found

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TransitionMonoid):
            return NotImplemented
        return np.array_equal(self.maps, other.maps) and np.array_equal(self.right, other.right)

    def __hash__(self) -> int:
        return hash((self.maps.tobytes(), self.right.tobytes()))

    def __repr__(self) -> str:
        return f"<TransitionMonoid: {self.order} maps of {self.states} states>"


def transition_monoid(automaton: Machine, limit: int = 10_000) -> TransitionMonoid:
    """The transition monoid of an automaton.

    Args:
        automaton: the automaton.
        limit: the number of maps above which the search stops.

    Raises:
        AutomatonError: if it has more than `limit` elements.

    Example:
        >>> from bistate.theory import Automaton
        >>> M = transition_monoid(Automaton.modular_addition(5))
        >>> M.order, M.elements[2], M.words[2], M.right[2].tolist()
        (5, (2, 3, 4, 0, 1), (2,), [2, 3, 4, 0, 1])
    """
    monoid, complete = explore(automaton, limit)
    if not complete:
        raise AutomatonError(f"the transition monoid of {automaton!r} has more than {limit} elements: raise limit")
    return monoid


def explore(automaton: Machine, limit: int) -> tuple[TransitionMonoid, bool]:
    """The first maps of the transition monoid, breadth first, and whether these are all.

    Args:
        automaton: the automaton.
        limit: the most maps to return; there is always the identity.

    Returns:
        The monoid and True; or, if it has more than `limit` elements, that many maps with their words and False, where
        `right` has −1 for what was not looked at.
    """
    states, letters = automaton.table.shape
    table = automaton.table.astype(np.min_scalar_type(states))  # small integers: short keys and little memory
    identity = np.arange(states, dtype=table.dtype)[None, :]  # (1, states)
    found = {identity.tobytes(): 0}
    blocks, edges, parents, last = [identity], [], [np.array([-1])], [np.array([-1])]
    first = 0  # the position of the first map of the block
    chunk = max(1, min(_CHUNK, MOST_IMAGES // (states * letters)))
    for block in blocks:  # first in, first out: shorter words come first
        for begin in range(0, len(block), chunk):
            images = table[block[begin : begin + chunk]].transpose(0, 2, 1).reshape(-1, states)  # (chunk · letters, …)
            keys = np.ascontiguousarray(images).view(f"V{states * table.itemsize}").ravel().tolist()
            known = len(found)
            numbers = np.array([found.setdefault(key, len(found)) for key in keys])  # a new key gets the next number
            edges.append(numbers)
            if len(found) > known:
                fresh = np.unique(numbers, return_index=True)[1][-(len(found) - known) :]  # where each came up first
                blocks.append(images[fresh])
                parents.append(first + begin + fresh // letters)
                last.append(fresh % letters)
            if len(found) > limit:
                break
        first += len(block)
        if len(found) > limit:
            break
    order = max(1, min(len(found), limit))
    right = np.full(len(found) * letters, -1)
    reached = np.concatenate(edges)
    right[: len(reached)] = np.where(reached < order, reached, -1)
    maps, above, letter = (np.concatenate(parts)[:order] for parts in (blocks, parents, last))
    return TransitionMonoid(maps, right.reshape(-1, letters)[:order], above, letter), order == len(found)


def first_periodic(monoid: TransitionMonoid) -> int | None:
    """The position of the first map whose powers move some state in a cycle of length above 1, or None.

    Without one the monoid is aperiodic: every map m has mᵏ⁺¹ = mᵏ for some k.
    """
    for begin in range(0, monoid.order, _CHUNK):
        maps = monoid.maps[begin : begin + _CHUNK].astype(np.int64)  # (chunk, states)
        power = maps
        for _ in range(monoid.states.bit_length()):  # up to a power so high that every state is on a cycle
            power = np.take_along_axis(power, power, axis=1)
        hit = (np.take_along_axis(maps, power, axis=1) != power).any(axis=1)  # (chunk,)
        if hit.any():
            return begin + int(hit.argmax())
    return None


def cycle_of(images: Sequence[int]) -> tuple[int, int]:
    """The least state on a cycle of length above 1 of a map that has one, and that length."""
    for start in range(len(images)):
        here, length = images[start], 1
        while here != start and length <= len(images):
            here, length = images[here], length + 1
        if here == start and length > 1:
            return start, length
    raise AssertionError("unreachable")
