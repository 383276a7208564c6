"""Errors of the verification layer."""

from ..groups.errors import BistateError


class MismatchError(BistateError):
    """A model and a task that do not fit together: other alphabets, other numbers of states."""


class SnapError(BistateError):
    """A trained model for which no exact repair was found; the message says what is missing."""


class CertificateError(BistateError):
    """A certificate that cannot be read, does not hold, or is about another model."""


class ReportError(BistateError):
    """A folder that a report cannot be written to."""
