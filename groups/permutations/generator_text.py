"""Permutations as people write them: cycles, `(1,2,3),(1,2)`, or images, `[2,3,1],[2,1,3]`, from 0 or from 1."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..errors import GroupError, TooLargeError
from .permutation import Permutation

MOST_POINTS = 2000  # as for groups of matrices
MOST_CHARACTERS = 10**5
_TOKEN = re.compile(r"\s+|[()\[\],;]|[0-9]+")


class Generator(NamedTuple):
    """One permutation as it is written: images, or cycles."""

    images: tuple[int, ...] | None
    cycles: tuple[tuple[int, ...], ...]


def permutations_of(text: str, first: int | None = None) -> tuple[Permutation, ...]:
    """The permutations that a text lists, all of one degree.

    Cycles that stand next to each other, `(1,2)(3,4)`, are one permutation; a comma or semicolon ends it. Brackets hold
    images: `[2,3,1]` takes 1 to 2. Numbers are separated by commas or spaces; `()` is the identity; `(3)` names a point
    that stays. Without `first`, points are counted from 0 if a 0 is there, and from 1 if a 1 is there and no 0.

    Args:
        text: the permutations.
        first: the number of the first point, 0 or 1.

    Raises:
        GroupError: for another text, with the place; cycles that are not disjoint; images that are no permutation; or
            cycles that name neither 0 nor 1, with both readings.
        TooLargeError: for more than `MOST_POINTS` points.

    Example:
        >>> permutations_of("(1,2,3),(1,2)") == permutations_of("[2,3,1],[2,1,3]")
        True
        >>> permutations_of("(0 1)(2 3)")
        (Permutation([1, 0, 3, 2]),)
    """
    if first not in (None, 0, 1) or isinstance(first, bool):
        raise GroupError(f"first={first!r} is the number of the first point: 0, 1, or None to read it off")
    generators = _Reader(text).generators()
    named = [g.images if g.images is not None else tuple(p for cycle in g.cycles for p in cycle) for g in generators]
    points = {point for numbers in named for point in numbers}
    largest = max(points, default=0)
    if largest > MOST_POINTS:
        raise TooLargeError(f"{_shown(text)} moves the point {largest}; points up to {MOST_POINTS} are supported")
    base = _first_point(text, points, generators) if first is None else first
    if base == 1 and 0 in points:
        raise GroupError(f"{_shown(text)} names the point 0, and points are counted from 1 there")
    degree = largest + 1 - base if points else 1
    return tuple(_permutation(g, base, degree, text) for g in generators)


def _first_point(text: str, points: set[int], generators: list[Generator]) -> int:
    """Whether points are counted from 0 or 1."""
    if 0 in points:
        return 0
    if 1 in points or not points:
        return 1
    least, largest = min(points), max(points)
    raise GroupError(
        f"{_shown(text)} names neither 0 nor 1, so it is not clear where points are counted from: from 1 it acts on "
        f"{largest} points, from 0 on {largest + 1}, and points below {least} stay. "
        f"Name a fixed point, as in (1){text.strip()[:20]} or (0){text.strip()[:20]}, or say first=1 or first=0"
    )


def _permutation(generator: Generator, base: int, degree: int, text: str) -> Permutation:
    if generator.images is not None:
        images = [image - base for image in generator.images]
        if sorted(images) != list(range(degree)):
            raise GroupError(
                f"{list(generator.images)} in {_shown(text)} is no permutation: the images have to be {base}, …, "
                f"{degree - 1 + base} in some order"
            )
        return Permutation(images)
    points = [point for cycle in generator.cycles for point in cycle]
    if len(set(points)) < len(points):
        twice = next(point for k, point in enumerate(points) if point in points[:k])
        written = "".join(f"({','.join(map(str, cycle))})" for cycle in generator.cycles)
        raise GroupError(f"the point {twice} stands twice in {_shown(written)}; cycles of one permutation are disjoint")
    return Permutation.from_cycles([[p - base for p in cycle] for cycle in generator.cycles], degree)


def _shown(text: str) -> str:
    return repr(text) if len(text) <= 80 else f"{text[:80]!r}…"


class _Reader:
    """A list of permutations, read from the left."""

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise GroupError(f"permutations are a text like '(1,2,3),(1,2)', not {text!r}")
        if len(text) > MOST_CHARACTERS:
            raise TooLargeError(f"permutations of {len(text)} characters; at most {MOST_CHARACTERS} are read")
        self.text, self.tokens = text, list[tuple[str, int]]()
        place = 0
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None:
                raise self.error(f"{text[place]!r} is no number, comma or parenthesis", place)
            if not match[0].isspace():
                self.tokens.append((match[0], place))
            place = match.end()
        self.tokens.append(("", place))
        self.next = 0

    def error(self, what: str, place: int) -> GroupError:
        return GroupError(f"{_shown(self.text)} cannot be read as permutations at position {place}: {what}")

    def peek(self) -> str:
        return self.tokens[self.next][0]

    def move(self) -> tuple[str, int]:
        self.next += 1
        return self.tokens[self.next - 1]

    def generators(self) -> list[Generator]:
        found = [self.generator()]
        while self.peek() in (",", ";"):
            self.move()
            if not self.peek():
                break  # a comma at the end
            found.append(self.generator())
        if self.peek():
            token, place = self.move()
            raise self.error(f"a comma is needed before {token!r}", place)
        return found

    def generator(self) -> Generator:
        if self.peek() == "[":
            return Generator(self.numbers("]"), ())
        cycles = []
        while self.peek() == "(":
            cycles.append(self.numbers(")"))
        if not cycles:
            token, place = self.move()
            raise self.error(f"a permutation begins with '(' or '[', and here is {token!r}", place)
        return Generator(None, tuple(cycles))

    def numbers(self, end: str) -> tuple[int, ...]:
        """What stands up to the closing sign, that one included."""
        sign, opened = self.move()
        found: list[int] = []
        while True:
            token, place = self.move()
            if token == end:
                return tuple(found)
            if token.isdigit():
                found.append(int(token[:9]))
                if self.peek() == ",":
                    self.move()
                continue
            if not token:
                raise self.error(f"{sign!r} is not closed", opened)
            raise self.error(f"a number or {end!r} is needed, and here is {token!r}", place)
