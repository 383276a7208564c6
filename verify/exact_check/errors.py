"""Why a certificate is not accepted: it cannot be read, it is wrong, floats leave their range, or balls are wide."""

from __future__ import annotations


class CheckError(Exception):
    """Why a certificate is not accepted."""


class FormatError(CheckError):
    """Something that is not a certificate of this version: nothing was proved or refuted."""


class RangeError(CheckError):
    """Numbers that leave the range in which floats have their relative precision."""


class UndecidedError(CheckError):
    """A decoder whose largest score balls do not tell: nothing is proved, and nothing refuted."""


def require(condition: bool, reason: str) -> None:
    """Raise a `CheckError` with the reason unless the condition holds."""
    if not condition:
        raise CheckError(reason)


def require_form(condition: bool, reason: str) -> None:
    """Raise a `FormatError` with the reason unless the condition holds."""
    if not condition:
        raise FormatError(reason)


def require_range(condition: bool, reason: str) -> None:
    """Raise a `RangeError` with the reason unless the condition holds."""
    if not condition:
        raise RangeError(reason)


def require_decided(condition: bool, reason: str) -> None:
    """Raise an `UndecidedError` with the reason unless the condition holds."""
    if not condition:
        raise UndecidedError(reason)
