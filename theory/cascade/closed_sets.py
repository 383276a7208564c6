"""Maps of points 0, 1, … as tuples, and the sets of them that further maps do not leave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf

Map = tuple[int, ...]


def closed(starts: Iterable[Map], maps: Sequence[Map], limit: float = inf) -> set[Map] | None:
    """The least set with some maps s in it and, with every s, all s followed by one of `maps`.

    None where it has more than `limit` members.

    >>> sorted(closed([(0, 1, 2)], [(1, 2, 0)]))
    [(0, 1, 2), (1, 2, 0), (2, 0, 1)]
    """
    queue = list(starts)
    found = set(queue)
    for here in queue:
        for move in maps:
            there = tuple([move[q] for q in here])
            if there not in found:
                found.add(there)
                queue.append(there)
        if len(found) > limit:
            return None
    return found
