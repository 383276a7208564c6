r"""Regular expressions read as Python's `re` reads them, for words that match as a whole.

What `re` has besides is refused with the reason: groups that refer back, lookarounds, anchors and word boundaries in
the middle, possessive quantifiers, flags. A lazy quantifier, `a*?`, changes which match is found, not whether the word
matches; it means what `a*` means. `\d`, `\w` and `\s` are the ASCII sets, as with `re.ASCII`. As in `re`, `&` and a
space are letters, and so is a brace that is no quantifier.
"""

from __future__ import annotations

import re
from typing import NoReturn

from ..errors import AutomatonError
from .escapes import ESCAPES, SETS, read_code
from .syntax import Choice, Letter, Node, Ranges, Repeat, Sequence, complement, union

MOST_DEEP = 100  # parentheses inside each other; the reader recurses
NEWLINE = ((10, 10),)
MOST_DIGITS = 12  # of a repetition: a larger one is too large, however large it is

_BRACES = re.compile(r"\{([0-9]+)\}|\{([0-9]*),([0-9]*)\}")
_NAMED = re.compile(r"\(\?P<([^\W\d]\w*)>")
_EXTENSIONS = {
    "(?=": "a lookahead, {!r}, looks at letters without reading them, which is not supported; it is refused",
    "(?!": "a lookahead, {!r}, looks at letters without reading them, which is not supported; it is refused",
    "(?<=": "a lookbehind, {!r}, looks at letters that were read before, which is not supported; it is refused",
    "(?<!": "a lookbehind, {!r}, looks at letters that were read before, which is not supported; it is refused",
    "(?P=": "{!r} refers back to a group, and no finite automaton remembers what was read there; it is refused",
    "(?(": "{!r} asks whether a group has matched, which is not supported; it is refused",
    "(?>": "an atomic group, {!r}, forbids to go back, which is not supported; write (?:...)",
    "(?#": "a comment, {!r}, is not supported; leave it out",
}


def parse(pattern: str) -> Node:
    r"""The tree of a regular expression.

    Args:
        pattern: literal characters, `\` before special ones, `.`, classes like `[a-z_]` and `[^ab]`, `\d \D \w \W
            \s \S`, groups `( )`, `(?: )` and `(?P<name> )`, `|`, and the quantifiers `* + ? {m} {m,} {,n} {m,n}`.
            `^` may stand at the start and `$` at the end, where they change nothing.

    Raises:
        AutomatonError: for another text, with the position, counted from 0.

    Example:
        >>> parse("a{2}").least, parse("a{").parts[1].text
        (2, '{')
    """
    if not isinstance(pattern, str):
        raise AutomatonError(f"a regular expression is a text, not {pattern!r}")
    return _Reader(pattern).whole()


def shortened(pattern: str) -> str:
    """The pattern as it is written in Python, shortened if it is long."""
    return repr(pattern) if len(pattern) <= 80 else f"{pattern[:80]!r}…"


class _Reader:
    """A place in a pattern, which moves to the right."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.place = 0
        self.names: set[str] = set()

    def refuse(self, what: str, place: int) -> NoReturn:
        raise AutomatonError(
            f"the regular expression {shortened(self.pattern)} cannot be read at position {place}: {what}"
        )

    def here(self, text: str) -> bool:
        return self.pattern.startswith(text, self.place)

    def take(self, text: str) -> bool:
        found = self.here(text)
        self.place += len(text) * found
        return found

    @property
    def ended(self) -> bool:
        return self.place == len(self.pattern)

    # --- the grammar, from the top ---

    def whole(self) -> Node:
        tree = self.choice(0)
        if not self.ended:
            self.refuse("')' closes no parenthesis; write \\) for the letter", self.place)
        return tree

    def choice(self, depth: int) -> Node:
        branches = [self.sequence(depth)]
        while self.take("|"):
            branches.append(self.sequence(depth))
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def sequence(self, depth: int) -> Node:
        parts: list[Node] = []
        if depth == 0:
            self.skip_anchors("^", r"\A")
        while not self.ended and not self.here("|") and not self.here(")"):
            end = self.place
            if depth == 0 and self.skip_anchors("$", r"\Z"):
                if not self.ended and not self.here("|"):
                    self.refuse("nothing can follow '$', the end of the word; write \\$ for the letter", end)
                break
            parts.append(self.item(depth))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def skip_anchors(self, *anchors: str) -> bool:
        found = False
        while any(self.take(anchor) for anchor in anchors):
            found = True
        return found

    def item(self, depth: int) -> Node:
        place = self.place
        if self.bounds() is not None:
            self.refuse(f"there is nothing to repeat before {self.pattern[place : self.place]!r}", place)
        part = self.atom(depth)
        place = self.place
        bounds = self.bounds()
        if bounds is None:
            return part
        sign, after = self.pattern[place : self.place], self.place
        if not self.take("?") and self.here("+"):
            self.refuse(
                f"the possessive quantifier {sign + '+'!r} forbids to go back, which is not supported; for the letter "
                "write \\+",
                after,
            )
        again = self.place
        if self.bounds() is not None:
            self.refuse(f"two quantifiers after each other; put what {sign!r} repeats in parentheses", again)
        return Repeat(part, *bounds)

    def bounds(self) -> tuple[int, int | None] | None:
        """The quantifier that stands here, None if there is none; a brace that makes none is a letter."""
        for sign, found in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self.take(sign):
                return found
        match = _BRACES.match(self.pattern, self.place)
        if match is None:
            return None
        exact, least, most = match.groups()
        if exact is not None:
            least = most = exact
        low, high = int(least[:MOST_DIGITS] or 0), int(most[:MOST_DIGITS]) if most else None
        if high is not None and high < low:
            self.refuse(f"{match[0]!r} asks for at least {low} and at most {high}", self.place)
        self.place = match.end()
        return low, high

    def atom(self, depth: int) -> Node:
        place, sign = self.place, self.pattern[self.place]
        if sign == "(":
            return self.group(depth)
        if sign == "[":
            return self.character_class()
        self.place += 1
        if sign == ".":
            return Letter(complement(NEWLINE), (), True, ".", place)
        if sign in "^$":
            start = "the start" if sign == "^" else "the end"
            self.refuse(f"{sign!r} is {start} of the word, which is not here; write \\{sign} for the letter", place)
        if sign != "\\":
            return self.literal(ord(sign), place)
        if self.here("A") or self.here("Z"):
            self.refuse(f"{self.pattern[place : place + 2]!r} is an end of the word, which is not here", place)
        found = self.escape(place, inside=False)
        return self.literal(found, place) if isinstance(found, int) else self.of_sets([found], [], False, place)

    def literal(self, code: int, place: int) -> Letter:
        one = ((code, code),)
        return Letter(one, one, False, self.pattern[place : self.place], place)

    def group(self, depth: int) -> Node:
        place = self.place
        if depth == MOST_DEEP:
            self.refuse(f"more than {MOST_DEEP} parentheses lie inside each other", place)
        if self.here("(?"):
            self.extension(place)
        else:
            self.place += 1
        inside = self.choice(depth + 1)
        if not self.take(")"):
            self.refuse("'(' is not closed; write \\( for the letter", place)
        return inside

    def extension(self, place: int) -> None:
        """Move over `(?:` or `(?P<name>`, which group; refuse everything else that begins with `(?`."""
        if self.take("(?:"):
            return
        match = _NAMED.match(self.pattern, place)
        if match is not None and match[1] not in self.names:
            self.names.add(match[1])
            self.place = match.end()
            return
        if match is not None:
            self.refuse(f"the group name {match[1]!r} stands twice", place)
        for sign, reason in _EXTENSIONS.items():
            if self.here(sign):
                self.refuse(reason.format(sign), place)
        what = self.pattern[place : place + 3]
        self.refuse(f"{what!r} is a flag or no group at all, which is not supported; (?:...) is", place)

    # --- characters ---

    def escape(self, place: int, inside: bool) -> int | tuple[Ranges, bool]:
        """What follows a backslash: one character, or a set and whether it is open."""
        if self.ended:
            self.refuse("nothing follows the backslash; write \\\\ for the letter", place)
        sign = self.pattern[self.place]
        if sign in SETS:
            self.place += 1
            return SETS[sign]
        if sign == "b" and inside:
            self.place += 1
            return 8  # a backspace
        if sign in "bB" and not inside:
            self.refuse(f"'\\{sign}' looks at the letters on both sides, which is not supported; it is refused", place)
        if sign in ESCAPES:
            self.place += 1
            return ESCAPES[sign]
        found = read_code(self.pattern, self.place, inside)
        if found is not None:
            self.place = found[1]
            return found[0]
        if sign in "123456789" and not inside:
            self.refuse(
                f"'\\{sign}' refers back to a group, and no finite automaton remembers what was read there; it is "
                "refused",
                place,
            )
        if sign.isascii() and sign.isalnum():
            self.refuse(f"'\\{sign}' is no escape that is known, or not a complete one", place)
        self.place += 1
        return ord(sign)

    def character_class(self) -> Letter:
        place = self.place
        self.place += 1
        negated = self.take("^")
        sets: list[tuple[Ranges, bool]] = []
        written: list[Ranges] = []
        while True:
            if self.ended:
                self.refuse("the class '[' is not closed; write \\[ for the letter", place)
            if self.here("]") and (sets or written):
                break
            self.member(sets, written, place)
        self.place += 1
        return self.of_sets(sets, written, negated, place)

    def member(self, sets: list[tuple[Ranges, bool]], written: list[Ranges], opened: int) -> None:
        r"""Read `a`, `a-c` or `\d` inside a class."""
        place = self.place
        first = self.class_character()
        if not self.here("-") or self.pattern.startswith("-]", self.place):
            if isinstance(first, int):
                written.append(((first, first),))
            else:
                sets.append(first)
            return
        self.place += 1
        if self.ended:
            self.refuse("the class '[' is not closed; write \\[ for the letter", opened)
        last = self.class_character()
        text = self.pattern[place : self.place]
        if not isinstance(first, int) or not isinstance(last, int):
            self.refuse(f"{text!r} is no range, as its ends are not both characters", place)
        if last < first:
            self.refuse(f"the range {text!r} runs backwards", place)
        sets.append((((first, last),), False))

    def class_character(self) -> int | tuple[Ranges, bool]:
        place = self.place
        self.place += 1
        sign = self.pattern[place]
        return self.escape(place, inside=True) if sign == "\\" else ord(sign)

    def of_sets(self, sets: list[tuple[Ranges, bool]], written: list[Ranges], negated: bool, place: int) -> Letter:
        inside = union([*(ranges for ranges, _ in sets), *written])
        text = self.pattern[place : self.place]
        if negated:
            return Letter(complement(inside), (), True, text, place)
        return Letter(inside, union(written), any(is_open for _, is_open in sets), text, place)
