"""Spanning trees of Cayley graphs, on positions of elements."""

from __future__ import annotations

from collections.abc import Sequence

Tree = tuple[tuple[int, int], ...]  # (parent, generator) for each element; the root 0 has (0, −1)


def spanning_tree(moves: Sequence[Sequence[int]], order: int) -> Tree:
    """A breadth-first spanning tree, rooted at 0, of the graph with an edge h → moves[k][h] for every generator k."""
    tree: list[tuple[int, int]] = [(-1, -1)] * order
    tree[0] = (0, -1)
    queue = [0]
    for here in queue:
        for k, move in enumerate(moves):
            if tree[move[here]][0] < 0:
                tree[move[here]] = (here, k)
                queue.append(move[here])
    return tuple(tree)


def parents_first(tree: Tree) -> tuple[int, ...]:
    """All positions with every parent before its children, by their distance from the root."""
    depth = [-1] * len(tree)
    depth[0] = 0
    for start in range(len(tree)):
        path = []
        here = start
        while depth[here] < 0:
            path.append(here)
            here = tree[here][0]
        for step, position in enumerate(reversed(path), 1):
            depth[position] = depth[here] + step
    return tuple(sorted(range(len(tree)), key=depth.__getitem__))
