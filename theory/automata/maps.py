"""Automata of letters that are given as maps alone: the generators of a transformation monoid."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from ..errors import AutomatonError
from .constructors import trimmed
from .parts import Parts
from .transition_table import shown


def from_maps(maps: Mapping[Hashable, Sequence[int]], start: int = 0) -> Parts:
    """The automaton with δ(q, x) = maps[x][q] on the states among 0, …, n−1 that words reach from the start.

    Args:
        maps: from each letter to the images of 0, …, n−1.
        start: the start state.

    Raises:
        AutomatonError: for no letters, maps of different lengths, images that are no integers from 0 to n−1, or a start
            that is none.

    Example:
        >>> from bistate.theory import Automaton
        >>> A = Automaton.from_maps({"swap": [1, 0, 2], "merge": [0, 0, 2]})
        >>> A.states, A.transition_monoid().order
        ((0, 1), 4)
    """
    if not isinstance(maps, Mapping) or not maps:
        raise AutomatonError(f"a map for each letter is needed, as in {{'a': [1, 0, 2]}}, and here is {maps!r}")
    columns = [list(images) for images in maps.values()]
    size = len(columns[0])
    for letter, images in zip(maps, columns, strict=True):
        if len(images) != size:
            first = next(iter(maps))
            raise AutomatonError(f"the map of {letter!r} has {len(images)} images, and that of {first!r} {size}")
        for image in images:
            if isinstance(image, bool) or not hasattr(image, "__index__") or not 0 <= image < size:
                raise AutomatonError(
                    f"the map of {letter!r}, {shown(tuple(images))}, leads to {image!r}, which is none of "
                    f"0, …, {size - 1}"
                )
    return trimmed(range(size), tuple(maps), list(zip(*columns, strict=True)), start)
