"""Why a certificate is not accepted: it cannot be read or is too large to check, or it is wrong."""

from __future__ import annotations


class CheckError(Exception):
    """Why a certificate is not accepted."""


class FormatError(CheckError):
    """Something that is not a certificate of this version, or is too large: nothing was proved or refuted."""


def require(condition: bool, reason: str) -> None:
    """Raise a `CheckError` with the reason unless the condition holds."""
    if not condition:
        raise CheckError(reason)


def require_form(condition: bool, reason: str) -> None:
    """Raise a `FormatError` with the reason unless the condition holds."""
    if not condition:
        raise FormatError(reason)
