"""A drawing of a cascade: the classes of images, by heights, with their groups, and which tiles they are made of."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Protocol

from ..formats.dot_text import quote


class Class(Protocol):
    """What is read of a class of images."""

    @property
    def images(self) -> Sequence[Sequence[Hashable]]:
        """The images, as the states in them."""

    @property
    def tiles(self) -> Sequence[Sequence[Hashable]]:
        """The tiles of the first image."""


class Layer(Protocol):
    """What is read of a layer."""

    @property
    def height(self) -> int:
        """Its height."""

    @property
    def group_name(self) -> str:
        """The name of its group."""

    @property
    def is_reset(self) -> bool:
        """Whether it has no permutations."""

    @property
    def classes(self) -> Sequence[Class]:
        """The images that it speaks about."""


class Layers(Protocol):
    """What is read of a cascade."""

    @property
    def layers(self) -> Sequence[Layer]:
        """The layers from the top."""


def to_dot(cascade: Layers) -> str:
    """A DOT graph: a box for each layer, in it the first image of each class, with arrows to the classes of its tiles.

    An arrow carries the tile, where that is not the first of its class. Single states are leaves. `dot -Tsvg` draws it.
    """
    lines = ["digraph cascade {", "  rankdir=TB; node [shape=box];"]
    names: dict[tuple[Hashable, ...], str] = {}  # of all images, the name of their class
    for number, layer in enumerate(cascade.layers, 1):
        title = f"layer {number}: " + ("resets" if layer.is_reset else layer.group_name)
        lines.append(f"  subgraph cluster{number} {{ label={quote(title)};")
        for image in layer.classes:
            name = f"s{len(set(names.values()))}"
            names |= dict.fromkeys(map(tuple, image.images), name)
            more = f", 1 of {len(image.images)} images" if len(image.images) > 1 else ""
            lines.append(f"    {name} [label={quote(_text(image.images[0]) + more)}];")
        lines.append("  }")
    first = {name: states for states, name in reversed(names.items())}
    leaves: dict[tuple[Hashable, ...], str] = {}
    edges = []
    for layer in cascade.layers:
        for image in layer.classes:
            here = names[tuple(image.images[0])]
            for tile in map(tuple, image.tiles):
                there = names.get(tile) or leaves.setdefault(tile, f"q{len(leaves)}")
                label = f" [label={quote(_text(tile))}]" if tile in names and first[there] != tile else ""
                edges.append(f"  {here} -> {there}{label};")
    lines += [f"  {name} [label={quote(str(tile[0]))}, shape=circle];" for tile, name in leaves.items()]
    return "\n".join([*lines, *edges, "}"]) + "\n"


def _text(states: Sequence[Hashable]) -> str:
    shown = [str(q) for q in states[:8]] + ["…"] * (len(states) > 8)
    return "{" + ", ".join(shown) + "}"
