"""The tree of a regular expression, and sets of characters as ranges of code points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LAST = 0x10FFFF  # the largest code point

Ranges = tuple[tuple[int, int], ...]  # first and last code points, in increasing order, with gaps between them


@dataclass(frozen=True)
class Letter:
    r"""One letter out of a set: `a`, `[a-c]`, `.`, `\d`.

    Attributes:
        ranges: the characters that match.
        written: those of them that the pattern spells out one by one; they have to be letters of the alphabet.
        is_open: whether the set is all characters but some, so that the pattern does not say which letters there are.
        text: how the pattern writes it.
        place: where that begins.
    """

    ranges: Ranges
    written: Ranges
    is_open: bool
    text: str
    place: int


@dataclass(frozen=True)
class Sequence:
    """One part after the other; the empty word where there are none."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Choice:
    """One of the parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Repeat:
    """A part from `least` to `most` times; None is without end."""

    part: Node
    least: int
    most: int | None


Node = Letter | Sequence | Choice | Repeat


def letters_of(node: Node) -> Iterator[Letter]:
    """The leaves of a tree, from left to right."""
    if isinstance(node, Letter):
        yield node
    elif isinstance(node, Repeat):
        yield from letters_of(node.part)
    else:
        for part in node.parts:
            yield from letters_of(part)


def union(sets: Iterable[Ranges]) -> Ranges:
    """The characters in any of the sets.

    Example:
        >>> union([((1, 3), (9, 9)), ((4, 5),)])
        ((1, 5), (9, 9))
    """
    found: list[tuple[int, int]] = []
    for first, last in sorted(pair for ranges in sets for pair in ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return tuple(found)


def complement(ranges: Ranges) -> Ranges:
    """All other characters.

    Example:
        >>> complement(((1, LAST),))
        ((0, 0),)
    """
    starts = [0, *(last + 1 for _, last in ranges)]
    ends = [*(first - 1 for first, _ in ranges), LAST]
    return tuple((a, b) for a, b in zip(starts, ends, strict=True) if a <= b)


def count(ranges: Ranges) -> int:
    """How many characters there are."""
    return sum(last - first + 1 for first, last in ranges)


def holds(ranges: Ranges, code: int) -> bool:
    """Whether a code point is one of them."""
    return any(first <= code <= last for first, last in ranges)
