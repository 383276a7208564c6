"""What a backslash makes of the characters after it, as in Python's `re` with `re.ASCII`."""

from __future__ import annotations

import re
import unicodedata

from .syntax import LAST, Ranges, complement, union

DIGITS: Ranges = ((48, 57),)
SPACES: Ranges = union([((code, code),) for code in map(ord, " \t\n\r\f\v")])
WORDS: Ranges = union([DIGITS, ((65, 90),), ((97, 122),), ((95, 95),)])

# From the letter after the backslash to the set, and whether it is open: all characters but some.
SETS: dict[str, tuple[Ranges, bool]] = {
    "d": (DIGITS, False),
    "s": (SPACES, False),
    "w": (WORDS, False),
    "D": (complement(DIGITS), True),
    "S": (complement(SPACES), True),
    "W": (complement(WORDS), True),
}
ESCAPES = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92}

_HEX = re.compile(r"x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})")
_NAME = re.compile(r"N\{([^}]+)\}")
_OCTAL = re.compile(r"0[0-7]{0,2}|[0-3][0-7]{2}")
_OCTAL_INSIDE = re.compile(r"[0-7]{1,3}")


def read_code(pattern: str, place: int, inside: bool) -> tuple[int, int] | None:
    r"""A character by its number or name, and the place after it; None where none stands.

    Args:
        pattern: the regular expression.
        place: after the backslash.
        inside: whether a class is read, where there are no references to groups: `[\1]` is a character.

    Example:
        >>> read_code("x41b", 0, False), read_code("101", 0, False), read_code("1", 0, False)
        ((65, 3), (65, 3), None)
    """
    if match := _HEX.match(pattern, place):
        code = int(match[1] or match[2] or match[3], 16)
        return (code, match.end()) if code <= LAST else None
    if match := (_OCTAL_INSIDE if inside else _OCTAL).match(pattern, place):
        code = int(match[0], 8)
        return (code, match.end()) if code <= 0o377 else None
    if match := _NAME.match(pattern, place):
        try:
            return ord(unicodedata.lookup(match[1])), match.end()
        except (KeyError, TypeError):  # no such name, or a name of several characters
            return None
    return None
