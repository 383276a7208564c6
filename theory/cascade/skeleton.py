"""The skeleton of an automaton: the images of its state set, which words take them to each other, and their tiles.

Images are the sets Q·w of words w, Q itself, and the single states. P lies below R (subduction) if P ⊆ R·w for some
word w. Two sets below each other are equivalent: they are images of each other, so they are the strongly connected
components of the graph P → P·x. The tiles of P are the largest images that are proper subsets of P. The height of a
single state is 0, that of another set the length of the longest strict chain from it down to a single state.

Source: A. Egri-Nagy and C. L. Nehaniv, Computational holonomy decomposition of transformation semigroups,
arXiv:1508.06345.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..bit_masks import bits
from ..errors import AutomatonError
from ..machine import Machine

IMAGE_LIMIT = 4000  # images: the tiles of that many take some seconds


@dataclass(frozen=True)
class Skeleton:
    """Images as bit sets: bit q is state q. Lists are indexed by images, classes numbered by their first images.

    Attributes:
        sets: the images: Q first, then breadth first, then those single states that no word makes of Q.
        moved: `moved[k][x]` is the position of the image that letter x makes of image k.
        members: for each class of equivalent images with two states or more, their positions, in increasing order.
        class_of: the class of an image; −1 for a single state.
        height: the height of an image.
        tiles: for each class the positions of the tiles of its first member, the largest first.
    """

    sets: tuple[int, ...]
    moved: tuple[tuple[int, ...], ...]
    members: tuple[tuple[int, ...], ...]
    class_of: tuple[int, ...]
    height: tuple[int, ...]
    tiles: tuple[tuple[int, ...], ...]


def skeleton(machine: Machine, limit: int = IMAGE_LIMIT) -> Skeleton:
    """Images, classes, heights and tiles; the transition monoid is not listed.

    Args:
        machine: the automaton.
        limit: the most images there may be.

    Raises:
        AutomatonError: if there are more.

    Example:
        >>> from bistate.theory import Automaton
        >>> found = skeleton(Automaton.counter(2))
        >>> [bin(image) for image in found.sets], found.height
        (['0b111', '0b110', '0b100', '0b1', '0b10'], (2, 1, 0, 0, 0))
    """
    states = len(machine.states)
    columns = [[1 << q for q in column] for column in machine.table.T.tolist()]
    positions = {(1 << states) - 1: 0}
    sets = [(1 << states) - 1]
    moved: list[tuple[int, ...]] = []
    singles = iter(range(states))
    while True:
        if len(moved) == len(sets):
            fresh = next((q for q in singles if 1 << q not in positions), None)
            if fresh is None:
                break
            positions[1 << fresh] = len(sets)
            sets.append(1 << fresh)
        members = bits(sets[len(moved)])
        row = []
        for column in columns:
            image = 0
            for q in members:
                image |= column[q]
            row.append(positions.setdefault(image, len(sets)))
            if row[-1] == len(sets):
                sets.append(image)
        if len(sets) > limit:
            raise AutomatonError(
                f"words make more than {limit} different sets of the {states} states; a cascade is built from at most "
                "that many: raise limit"
            )
        moved.append(tuple(row))
    return _with_classes(sets, moved)


def _with_classes(sets: list[int], moved: list[tuple[int, ...]]) -> Skeleton:
    import networkx as nx

    large = [k for k, image in enumerate(sets) if image & (image - 1)]
    graph = nx.DiGraph()
    graph.add_nodes_from(large)
    graph.add_edges_from((k, there) for k in large for there in moved[k] if sets[there] & (sets[there] - 1))
    members = sorted(tuple(sorted(component)) for component in nx.strongly_connected_components(graph))
    class_of = [-1] * len(sets)
    for number, positions in enumerate(members):
        for k in positions:
            class_of[k] = number
    by_size = sorted(range(len(sets)), key=lambda k: (-sets[k].bit_count(), sets[k]))
    tiles = [_tiles(sets, by_size, positions[0]) for positions in members]
    # Words that move an image into a tile of an equivalent one are undone on it, so tiles of the first member are
    # enough to know which classes lie below.
    below = nx.DiGraph()
    below.add_nodes_from(range(len(members)))
    for number, positions in enumerate(members):
        reached = {class_of[there] for k in positions for there in moved[k]} | {class_of[t] for t in tiles[number]}
        below.add_edges_from((number, other) for other in reached - {number, -1})
    heights = [0] * len(members)
    for number in reversed(list(nx.topological_sort(below))):
        heights[number] = 1 + max((heights[other] for other in below.successors(number)), default=0)
    height = tuple(0 if number < 0 else heights[number] for number in class_of)
    return Skeleton(tuple(sets), tuple(moved), tuple(members), tuple(class_of), height, tuple(tiles))


def _tiles(sets: list[int], by_size: list[int], position: int) -> tuple[int, ...]:
    whole = sets[position]
    found: list[int] = []
    for k in by_size:
        image = sets[k]
        if image & ~whole == 0 and image != whole and all(image & ~sets[tile] for tile in found):
            found.append(k)
    return tuple(found)
