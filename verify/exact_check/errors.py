"""Why a certificate is not accepted: it cannot be read, it does not hold, or floats leave their range."""

from __future__ import annotations


class CheckError(Exception):
    """Why a certificate is not accepted."""


class FormatError(CheckError):
    """Something that is not a certificate of this version: nothing was proved or refuted."""


class RangeError(CheckError):
    """Numbers that leave the range in which floats have their relative precision."""


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
