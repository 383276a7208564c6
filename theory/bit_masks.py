"""Sets of small numbers as the ones of an integer."""

from __future__ import annotations


def bits(mask: int) -> list[int]:
    """The positions of the ones of a bit mask, in increasing order.

    >>> bits(0b1101)
    [0, 2, 3]
    """
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found
