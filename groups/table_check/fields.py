"""The fields of a certificate: each of a type and in a range."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from .cyclotomic_integers import Number
from .errors import require_form

NAME = "a certificate of a character table of bistate"


def names(holder: Any, expected: tuple[str, ...], what: str) -> Mapping[str, Any]:
    """An object with exactly these entries."""
    require_form(isinstance(holder, dict), f"this is not {NAME}: {what} is not a JSON object")
    missing, further = [n for n in expected if n not in holder], [n for n in holder if n not in expected]
    require_form(not missing, f"this is not {NAME}: {', '.join(map(repr, missing))} of {what} is missing")
    require_form(not further, f"{', '.join(map(repr, further))} of {what} is unknown; known are {', '.join(expected)}")
    found: Mapping[str, Any] = holder
    return found


def whole(value: Any, least: int, most: int, what: str) -> int:
    """A whole number in a range."""
    fine = type(value) is int and least <= value <= most
    require_form(fine, f"{what} is {str(value)[:40]}, and has to be a whole number from {least} to {most}")
    return int(value)


def array(value: Any, least: int, most: int, what: str) -> list[Any]:
    """A list of a length in a range."""
    require_form(type(value) is list, f"{what} is {type(value).__name__}, and has to be list")
    lengths = f"has to have {least} to {most} entries" if least < most else f"has to have {least} entries"
    require_form(least <= len(value) <= most, f"{what} has {len(value)} entries, and {lengths}")
    return list(value)


def images(value: Any, degree: int, what: str) -> tuple[int, ...]:
    """A permutation of 0, …, degree − 1 as its list of images."""
    found = array(value, degree, degree, what)
    fine = all(type(point) is int for point in found) and sorted(found) == list(range(degree))
    require_form(fine, f"{what} is no permutation of 0 to {degree - 1}: {str(found)[:60]}")
    return tuple(found)


def number(value: Any, e: int, most: int, what: str) -> Number:
    """An integer c, or the sum Σ c·ζ_e^k as a list of pairs [k, c] with increasing k; zero is the integer 0."""
    if type(value) is int:
        return {0: whole(value, -most, most, what)} if value else {}
    pairs = array(value, 1, e, what)
    form = f"{what} has to be an integer, or pairs of an exponent from 0 to {e - 1} and a coefficient other than 0"
    fine = all(type(p) is list and len(p) == 2 and type(p[0]) is type(p[1]) is int and p[1] for p in pairs)
    require_form(fine and all(0 <= k < e and abs(c) <= most for k, c in pairs), form)
    exponents = [k for k, _ in pairs]
    require_form(all(a < b for a, b in pairwise(exponents)), f"{form}, by exponents")
    require_form(exponents != [0], f"{form}: {pairs[0][1]} is an integer")
    return dict(map(tuple, pairs))
