"""Wreath products G = H ≀ K: permutation groups that are all of H^d ⋊ K on d blocks of points.

Let B_1, …, B_d be blocks of a transitive group, K its action on them, t_b an element that takes B_1 to B_b, and H the
group that the t_{g(b)}⁻¹ g t_b, for generators g and all b, generate on B_1. With (b, x) in place of the point t_b(x),

    g (b, x) = (k(b), h_b(x)),   h_b = t_{k(b)}⁻¹ g t_b restricted to B_1,

so that G is part of H ≀ K. It is all of it exactly if |G| = |H|^d |K|. Source: J. D. Dixon and B. Mortimer, Permutation
Groups, 2.6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..permutations.generated_group import GeneratedGroup
from ..permutations.permutation import Permutation
from ..permutations.subgroups import blocks_of, outside_of_earlier
from ..representations.representation import RepresentedGroup

POINTS = 200  # at most: to find blocks takes as many steps as the square of their number
SYSTEMS = 30  # systems of blocks that are tried: 2-groups have very many

Blocks = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class Wreath:
    """G as H ≀ K.

    Attributes:
        base: H, on the points of the first block.
        top: K, on the blocks.
        blocks: the blocks.
        movers: t_b.
    """

    base: RepresentedGroup
    top: RepresentedGroup
    blocks: Blocks
    movers: tuple[Permutation, ...]

    def split(self, g: Permutation) -> tuple[Permutation, tuple[Permutation, ...]]:
        """The pair of k and (h_1, …, h_d)."""
        return _split(self.blocks, self.movers, g)


def wreath_blocks(group: RepresentedGroup) -> Wreath | None:
    """A group as a wreath product with as few blocks as possible; None if it is none on the blocks that are found."""
    if not group.is_transitive or group.degree > POINTS:
        return None
    systems = sorted(_systems(group), key=lambda system: (len(system), system))
    return next((found for system in systems if (found := _wreath(group, system)) is not None), None)


def _systems(group: RepresentedGroup) -> set[Blocks]:
    """Systems of blocks: the smallest ones, and those that the group has on the blocks of a system."""
    found: set[Blocks] = set()
    queue = [*blocks_of(group)]
    for system in queue:
        if system in found or len(found) == SYSTEMS:
            continue
        found.add(system)
        on_blocks = GeneratedGroup([_on_blocks(system, g) for g in group.generators], len(system))
        for coarser in blocks_of(on_blocks):
            merged = (tuple(sorted(point for k in part for point in system[k])) for part in coarser)
            queue.append(tuple(sorted(merged)))
    return found


def _on_blocks(blocks: Blocks, g: Permutation) -> Permutation:
    owner = {point: b for b, block in enumerate(blocks) for point in block}
    return Permutation(owner[g[block[0]]] for block in blocks)


def _wreath(group: RepresentedGroup, blocks: Blocks) -> Wreath | None:
    top = group.plain([k for g in group.generators if not (k := _on_blocks(blocks, g)).is_identity], len(blocks))
    if group.order % top.order:
        return None
    movers = _movers(group, blocks)
    parts = dict.fromkeys(h for g in group.generators for h in _split(blocks, movers, g)[1])
    base = group.plain(outside_of_earlier(parts, len(blocks[0])), len(blocks[0]))
    if base.order ** len(blocks) * top.order != group.order:
        return None
    return Wreath(base, top, blocks, movers)


def _movers(group: RepresentedGroup, blocks: Blocks) -> tuple[Permutation, ...]:
    found = {0: group.identity}
    queue = [0]
    steps = [(g, _on_blocks(blocks, g)) for g in group.generators]
    for here in queue:
        for g, on_blocks in steps:
            there = on_blocks[here]
            if there not in found:
                found[there] = g * found[here]
                queue.append(there)
    return tuple(found[b] for b in range(len(blocks)))


def _split(
    blocks: Blocks, movers: Sequence[Permutation], g: Permutation
) -> tuple[Permutation, tuple[Permutation, ...]]:
    first = blocks[0]
    place = {point: x for x, point in enumerate(first)}
    k = _on_blocks(blocks, g)
    parts = []
    for b, mover in enumerate(movers):
        back = movers[k[b]].inverse()
        parts.append(Permutation(place[back[g[mover[point]]]] for point in first))
    return k, tuple(parts)
