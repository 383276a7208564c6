"""The holonomy decomposition: from the skeleton of an automaton to a cascade of permutations and resets.

A tuple of the cascade stands for a chain Q ⊃ P_1 ⊃ … ⊃ {q}, each set a tile of the one before. For a letter x a new
chain is chosen from the top, such that each of its sets P′ contains P·x for the largest set P of the old chain that is
not higher than P′. Where P·x = P′, the two are equivalent and x permutes tiles. Elsewhere P·x lies in a tile of P′, and
the layer is reset to one such tile, whatever its state. So what a layer does depends on P and P′, which the letter and
the layers above determine, and at the end {q}·x = {q′}.

Tiles of equivalent sets are named by those of the first one: words, breadth first, take it to each of the others, and
are undone by words. Permutations of tiles then generate the holonomy group of the class. Classes with a trivial one
share a layer at each height. Layers that the new chain does not pass are reset to 0.

Source: A. Egri-Nagy and C. L. Nehaniv, Computational holonomy decomposition of transformation semigroups,
arXiv:1508.06345; H. P. Zeiger 1967, S. Eilenberg, Automata, Languages and Machines B, 1976.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from ...groups.group import PermutationGroup
from ...groups.permutations.permutation import Permutation
from ..bit_masks import bits
from ..errors import AutomatonError
from ..machine import Machine
from .emulation import emulation
from .layers import Cascade, CascadeLayer, Coordinates, ImageClass, Move
from .skeleton import IMAGE_LIMIT, Skeleton, skeleton

STEP_LIMIT = 2_000_000  # chains × letters × heights: that many steps of a layer take about ten seconds


def holonomy_cascade(machine: Machine, limit: int = IMAGE_LIMIT) -> Cascade:
    """The cascade of an automaton, with the emulation checked.

    Args:
        machine: the automaton.
        limit: the most images of the state set; see `bistate.theory.cascade.skeleton`.

    Raises:
        AutomatonError: if there are more images than `limit`, or more than `STEP_LIMIT` steps of layers to write down;
            both are counted before the decomposition begins.
    """
    return _Holonomy(machine, skeleton(machine, limit)).cascade()


@dataclass(frozen=True)
class _Place:
    """Where a layer stands: its classes share a height."""

    height: int
    classes: tuple[int, ...]
    group: PermutationGroup


class _Holonomy:
    """The chains of tiles, and what letters do to them."""

    def __init__(self, machine: Machine, bones: Skeleton) -> None:
        self.machine, self.bones = machine, bones
        self._refuse_many_chains()
        self.tiles: list[tuple[int, ...]] = [()] * len(bones.sets)  # of every image, named alike within a class
        groups = [self._move_tiles(number) for number in range(len(bones.members))]
        self.number = [{tile: i for i, tile in enumerate(tiles)} for tiles in self.tiles]
        self.places = self._places(groups)
        self.layer_of = {number: i for i, place in enumerate(self.places) for number in place.classes}

    def _refuse_many_chains(self) -> None:
        """Chains below an image, by height; equivalent images have equally many."""
        bones, chains = self.bones, [1] * len(self.bones.sets)
        for number in sorted(range(len(bones.members)), key=lambda c: bones.height[bones.members[c][0]]):
            count = sum(chains[tile] for tile in bones.tiles[number])
            for k in bones.members[number]:
                chains[k] = count
        steps = chains[0] * len(self.machine.letters) * max(1, bones.height[0])
        if steps > STEP_LIMIT:
            raise AutomatonError(
                f"{chains[0]} chains of images, {len(self.machine.letters)} letters and height {bones.height[0]} make "
                f"{steps} steps of layers; a cascade is written down for at most {STEP_LIMIT}"
            )

    def _move_tiles(self, number: int) -> PermutationGroup:
        """Name the tiles of every image of a class; the group of their permutations."""
        bones, members = self.bones, self.bones.members[number]
        self.tiles[members[0]] = bones.tiles[number]
        queue = [members[0]]
        for here in queue:
            for x, there in enumerate(bones.moved[here]):
                if bones.class_of[there] == number and not self.tiles[there]:
                    self.tiles[there] = tuple(bones.moved[tile][x] for tile in self.tiles[here])
                    queue.append(there)
        places = {k: {tile: i for i, tile in enumerate(self.tiles[k])} for k in members}
        moves = {
            tuple(places[there][bones.moved[tile][x]] for tile in self.tiles[here])
            for here in members
            for x, there in enumerate(bones.moved[here])
            if bones.class_of[there] == number
        }
        size = len(bones.tiles[number])
        generators = sorted(moves - {tuple(range(size))})
        return PermutationGroup(_few([Permutation(move) for move in generators], size), degree=size)

    def _places(self, groups: list[PermutationGroup]) -> list[_Place]:
        bones = self.bones
        height = {number: bones.height[members[0]] for number, members in enumerate(bones.members)}
        found = []
        for h in sorted(set(height.values()), reverse=True):
            here = [number for number in height if height[number] == h]
            resets = tuple(number for number in here if groups[number].order == 1)
            found += [_Place(h, (number,), groups[number]) for number in here if groups[number].order > 1]
            if resets:
                size = max(len(bones.tiles[number]) for number in resets)
                found.append(_Place(h, resets, PermutationGroup([], degree=size)))
        return found

    def cascade(self) -> Cascade:
        """Follow all tuples that words reach, write down what each layer does, and check it."""
        machine, letters = self.machine, range(len(self.machine.letters))
        first = list(machine.states).index(machine.start)
        start = self._start(first)
        moves: list[dict[tuple[int, Coordinates], Move]] = [{} for _ in self.places]
        same: dict[Move, Move] = {}  # one tuple for equal moves
        decoded = {start: first}
        queue = [start]
        for here in queue:
            chain = self._chain(here)
            for x in letters:
                there = self._step(here, chain, x, moves, same)
                if there not in decoded:
                    decoded[there] = bits(self.bones.sets[self._chain(there)[-1]])[0]
                    queue.append(there)
        layers = tuple(
            CascadeLayer(
                place.height, place.group.degree, place.group, tuple(map(self._image_class, place.classes)), found
            )
            for place, found in zip(self.places, moves, strict=True)
        )
        cascade = Cascade(tuple(machine.states), tuple(machine.letters), layers, start, decoded)
        verdict = emulation(cascade, machine)
        if not verdict.proved:
            raise AssertionError(verdict.reason)
        return cascade

    def _start(self, state: int) -> Coordinates:
        found, here = [0] * len(self.places), 0
        while self.bones.height[here]:
            tiles = self.tiles[here]
            i = next(i for i, tile in enumerate(tiles) if self.bones.sets[tile] >> state & 1)
            found[self.layer_of[self.bones.class_of[here]]] = i
            here = tiles[i]
        return tuple(found)

    def _chain(self, coordinates: Coordinates) -> list[int]:
        chain = [0]
        while self.bones.height[chain[-1]]:
            layer = self.layer_of[self.bones.class_of[chain[-1]]]
            chain.append(self.tiles[chain[-1]][coordinates[layer]])
        return chain

    def _step(
        self,
        coordinates: Coordinates,
        chain: list[int],
        x: int,
        moves: list[dict[tuple[int, Coordinates], Move]],
        same: dict[Move, Move],
    ) -> Coordinates:
        """The tuple after a letter; what the layers did is written into `moves`."""
        bones, found = self.bones, [0] * len(self.places)
        there, cut = 0, 0  # the new set P′, and the place in the old chain of its largest set that is not higher
        while bones.height[there]:
            while bones.height[chain[cut]] > bones.height[there]:
                cut += 1
            image, layer = bones.moved[chain[cut]][x], self.layer_of[bones.class_of[there]]
            size = self.places[layer].group.degree
            if image == there:
                named = self.number[there]
                move = tuple(named[bones.moved[tile][x]] for tile in self.tiles[chain[cut]])
                move += tuple(range(len(move), size))
            else:
                inside = bones.sets[image]
                i = next(i for i, tile in enumerate(self.tiles[there]) if inside & ~bones.sets[tile] == 0)
                move = (i,) * size
            move = same.setdefault(move, move)
            moves[layer][x, coordinates[:layer]] = move
            found[layer] = move[coordinates[layer]]
            there = self.tiles[there][found[layer]]
        return tuple(found)

    def _image_class(self, number: int) -> ImageClass:
        labels, bones = self.machine.states, self.bones

        def named(position: int) -> tuple[Hashable, ...]:
            return tuple(labels[q] for q in bits(bones.sets[position]))

        return ImageClass(tuple(map(named, bones.members[number])), tuple(map(named, bones.tiles[number])))


def _few(candidates: list[Permutation], degree: int) -> list[Permutation]:
    """Some of the permutations that generate the same group."""
    chosen: list[Permutation] = []
    group = PermutationGroup([], degree=degree)
    for candidate in candidates:
        if candidate not in group:
            chosen.append(candidate)
            group = PermutationGroup(chosen, degree=degree)
    return chosen
