"""The cascade of an automaton, and its layers: what a layer does is given by the letter and the layers above."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ...groups.catalogue.identification import name_or_order
from ...groups.compared_by_fields import ComparedByFields
from ...groups.group import PermutationGroup
from ..errors import AutomatonError
from ..machine import Machine
from ..verdict import Verdict
from .complexity import complexity_bounds
from .drawing import to_dot
from .emulation import emulation
from .simple_factors import simple_factors

Coordinates = tuple[int, ...]
Move = tuple[int, ...]  # a map of the states of a layer: state i goes to move[i]


@dataclass(frozen=True)
class ImageClass:
    """Equivalent images of the state set: those that words take to each other.

    Attributes:
        images: the images, as the states in them.
        tiles: the tiles of the first one. A layer's state i says: in tile i, moved along to the present image.
    """

    images: tuple[tuple[Hashable, ...], ...]
    tiles: tuple[tuple[Hashable, ...], ...]


@dataclass(frozen=True, eq=False)
class CascadeLayer(ComparedByFields):
    """A layer: its states 0, …, n−1 are permuted by a group, or reset to one of them.

    Attributes:
        height: the height of the images it speaks about. Layers of one height do not depend on each other.
        size: the number n of its states.
        group: the permutations that images allow; all moves that are no resets lie in it.
        classes: the images it speaks about; more than one only where the group is trivial.
        moves: for the position of a letter and the states of the layers above, what happens to the layer's own state,
            as far as that is not the reset to state 0.
    """

    height: int
    size: int
    group: PermutationGroup
    classes: tuple[ImageClass, ...]
    moves: Mapping[tuple[int, Coordinates], Move] = field(repr=False)

    def move(self, letter: int, above: Coordinates) -> Move:
        """The map of the layer's states for the position of a letter and the states of the layers above."""
        return self.moves.get((letter, above), (0,) * self.size)

    @property
    def is_reset(self) -> bool:
        """Whether the layer has no permutation but the identity."""
        return self.group.order == 1

    @cached_property
    def group_name(self) -> str:
        """The name of the group up to isomorphism, as `bistate.groups.identify` gives it."""
        return name_or_order(self.group)

    @cached_property
    def factors(self) -> tuple[str, ...]:
        """The composition factors of the group by name, sorted; see `bistate.theory.cascade.simple_factors`."""
        return simple_factors(self.group)


@dataclass(frozen=True, eq=False)
class Cascade(ComparedByFields):
    """An automaton as layers of permutations and resets; the emulation was checked before this was made.

    The state is a tuple c = (c_1, …, c_n), one state of each layer. For a letter x

        c_i ← m_i(c_i),   m_i = `layers[i].move(x, (c_1, …, c_{i−1}))` a permutation in the layer's group or a constant,

    and with π(c) the automaton's state, π(step(c, x)) = δ(π(c), x). `len` is the number of layers.

    Attributes:
        states: the labels of the automaton's states.
        letters: the labels of its letters.
        layers: from the top, which depends on the letter alone, to the bottom.
        start: the tuple of the start state.
        decoded: π as positions in `states`, for every tuple that words reach from `start`.

    Example:
        >>> from bistate.theory import Automaton
        >>> cascade = Automaton.from_maps({"turn": [1, 2, 0], "flip": [1, 0, 2], "join": [0, 0, 2]}).cascade()
        >>> [(layer.size, layer.group_name) for layer in cascade.layers]
        [(3, 'S3'), (2, 'C2')]
        >>> cascade.run(["turn", "turn", "join", "flip"]), cascade.complexity
        (2, (2, 2))
    """

    states: tuple[Hashable, ...]
    letters: tuple[Hashable, ...]
    layers: tuple[CascadeLayer, ...]
    start: Coordinates
    decoded: Mapping[Coordinates, int] = field(repr=False)

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[CascadeLayer]:
        return iter(self.layers)

    @property
    def group_layers(self) -> tuple[CascadeLayer, ...]:
        """The layers whose group is not trivial; there are none exactly where the transition monoid is aperiodic."""
        return tuple(layer for layer in self.layers if not layer.is_reset)

    @property
    def is_aperiodic(self) -> bool:
        """Whether all layers are resets, so that all subgroups of the transition monoid are trivial.

        Subgroups of a monoid divide some group of any cascade that emulates it (Krohn and Rhodes 1965), and the groups
        here are quotients of subgroups.
        """
        return not self.group_layers

    @cached_property
    def complexity(self) -> tuple[int, int]:
        """Bounds of the Krohn–Rhodes complexity, the least number of group layers between aperiodic ones.

        Proofs in `bistate.theory.cascade.complexity`. Layers of one height stand side by side and count once.
        """
        return complexity_bounds(self)

    def step(self, coordinates: Sequence[int], letter: Hashable) -> Coordinates:
        """The tuple after a letter.

        Raises:
            AutomatonError: for another letter, or a tuple that no word reaches.
        """
        before = self._checked(coordinates)
        if letter not in self.letters:
            raise AutomatonError(f"{letter!r} is not a letter; the alphabet is {self.letters!r}")
        return self.step_by_position(before, self.letters.index(letter))

    def step_by_position(self, coordinates: Coordinates, letter: int) -> Coordinates:
        """The tuple after the letter at a position of the alphabet; nothing is checked."""
        return tuple(layer.move(letter, coordinates[:i])[coordinates[i]] for i, layer in enumerate(self.layers))

    def state(self, coordinates: Sequence[int]) -> Hashable:
        """π: the automaton's state.

        Raises:
            AutomatonError: for a tuple that no word reaches.
        """
        return self.states[self.decoded[self._checked(coordinates)]]

    def run(self, word: Iterable[Hashable]) -> Hashable:
        """The automaton's state after a word, by the layers.

        Raises:
            AutomatonError: for a letter outside the alphabet.
        """
        coordinates = self.start
        for letter in word:
            coordinates = self.step(coordinates, letter)
        return self.state(coordinates)

    def emulates(self, automaton: Machine) -> Verdict:
        """Whether π(step(c, x)) = δ(π(c), x) everywhere; see `bistate.theory.cascade.emulation`."""
        return emulation(self, automaton)

    def to_dot(self) -> str:
        """A DOT graph of the images by heights; see `bistate.theory.cascade.drawing`."""
        return to_dot(self)

    def _checked(self, coordinates: Sequence[int]) -> Coordinates:
        found = tuple(coordinates)
        if found not in self.decoded:
            raise AutomatonError(
                f"no word leads to the tuple {found!r}; {len(self.decoded)} tuples of {len(self)} states are reached "
                f"from the start {self.start!r}"
            )
        return found

    def __repr__(self) -> str:
        names = ", ".join(layer.group_name for layer in self.group_layers) or "none"
        return f"<Cascade: {len(self)} layers for {len(self.states)} states, groups {names}>"

    def __str__(self) -> str:
        cells = [("layer", "height", "states", "group", "factors", "images")]
        for number, layer in enumerate(self.layers, 1):
            shown = "; ".join(f"{{{', '.join(map(str, c.images[0]))}}} of {len(c.images)}" for c in layer.classes)
            shown = shown if len(shown) <= 60 else shown[:57] + "…"
            group = "resets" if layer.is_reset else layer.group_name
            cells.append((str(number), str(layer.height), str(layer.size), group, ", ".join(layer.factors), shown))
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["  ".join(text.ljust(w) for text, w in zip(row, widths, strict=True)).rstrip() for row in cells]
        low, high = self.complexity
        count = f"{low}" if low == high else f"{low} to {high}"
        about = f"{len(self.states)} states, {len(self.layers)} layers, {len(self.decoded)} tuples reached"
        return "\n".join([about, *lines, f"Krohn–Rhodes complexity: {count}"])
