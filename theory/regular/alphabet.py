"""The letters of a regular expression: those that it names, or those that are given."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ..errors import AutomatonError
from .parser import shortened
from .size import MOST_ENTRIES
from .syntax import Letter, Node, Ranges, count, letters_of, union


def alphabet_of(tree: Node, letters: Iterable[str] | None, pattern: str) -> NDArray[np.int64]:
    r"""The code points of the alphabet, in increasing order: (letters,).

    Without `letters`, they are the characters that match somewhere in the pattern: `a{0,4}` has the letter a alone,
    `[0-9]+` and `\d+` the ten digits. Where a part stands for all characters but some, `.`, `[^ab]`, `\D`, the
    pattern does not say which letters there are, and they have to be given. Then such a part, a range or `\d` stands
    for those letters that it matches, which has to be one at least; what the pattern writes out has to be a letter.

    Args:
        tree: of the pattern.
        letters: the alphabet, single characters; None reads it off.
        pattern: for messages.

    Raises:
        AutomatonError: for an alphabet that cannot be read off, is empty, too large or no set of characters, or does
            not go with the pattern.
    """
    leaves = list(letters_of(tree))
    if letters is not None:
        chosen = _given(letters)
        for leaf in leaves:
            _check(leaf, chosen, pattern)
        return chosen
    for leaf in leaves:
        if leaf.is_open:
            raise AutomatonError(
                f"the regular expression {shortened(pattern)} does not say which letters there are: {leaf.text!r} at "
                f"position {leaf.place} stands for any character but some; name the alphabet, as in letters='ab' (on "
                "the command line --alphabet ab)"
            )
    named = union(leaf.ranges for leaf in leaves)
    if not named:
        raise AutomatonError(
            f"the regular expression {pattern!r} has no letters: name the alphabet, as in letters='ab' (on the command "
            "line --alphabet ab)"
        )
    if count(named) > MOST_ENTRIES:
        raise AutomatonError(
            f"the regular expression {shortened(pattern)} is too large: it names {count(named)} letters; at most "
            f"{MOST_ENTRIES} states times letters are accepted"
        )
    return np.concatenate([np.arange(first, last + 1) for first, last in named])


def _given(letters: Iterable[str]) -> NDArray[np.int64]:
    found = list(letters)
    for letter in found:
        if not isinstance(letter, str) or len(letter) != 1:
            raise AutomatonError(f"the letters of a regular expression are single characters, and {letter!r} is not")
    if not found:
        raise AutomatonError("the alphabet of a regular expression has to have a letter, and letters is empty")
    return np.unique(np.array([ord(letter) for letter in found], dtype=np.int64))


def _check(leaf: Letter, alphabet: NDArray[np.int64], pattern: str) -> None:
    """Refuse a part that names a character outside the alphabet, or matches none of its letters."""
    named = f"{leaf.text!r} at position {leaf.place} of the regular expression {shortened(pattern)}"
    letters = f"the alphabet {shown_letters(alphabet)}"
    for first, last in leaf.written:
        outside = [code for code in range(first, min(last, first + len(alphabet)) + 1) if code not in alphabet]
        if outside:
            raise AutomatonError(f"{named} names the letter {chr(outside[0])!r}, which is not in {letters}")
    if not members(leaf.ranges, alphabet).any():
        raise AutomatonError(f"{named} matches no letter of {letters}, so nothing that needs it would match; add one")


def members(ranges: Ranges, codes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of some code points are in a set: (codes,)."""
    starts, ends = np.array(ranges, dtype=np.int64).reshape(-1, 2).T
    inside: NDArray[np.bool_] = np.searchsorted(starts, codes, "right") > np.searchsorted(ends, codes, "left")
    return inside


def shown_letters(codes: NDArray[np.int64]) -> str:
    """The letters as one text, shortened if they are many."""
    text = "".join(map(chr, codes[:30].tolist()))
    return repr(text) if len(codes) <= 30 else f"{text!r}… of {len(codes)} letters"
