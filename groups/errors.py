"""The base of every error that bistate raises on a user's input."""


class BistateError(ValueError):
    """A value the library cannot accept; the message repeats the value and says what would be accepted."""


class GroupError(BistateError):
    """A permutation, group, group name or group element that is not what it has to be."""


class TooLargeError(GroupError):
    """The group is too large for the method asked for; the message names the limit."""


class GroupNameError(GroupError):
    """A text that is not the name of a group, or of more than one; `piece` is the part that is not understood."""

    def __init__(self, message: str, piece: str = "") -> None:
        super().__init__(message)
        self.piece = piece


class RepresentationError(BistateError):
    """Matrices that are not a representation, or a representation the library cannot construct."""


class CyclotomicError(BistateError):
    """A value that is not a cyclotomic number of the kind asked for."""


class MatrixError(BistateError):
    """Entries, shapes or operations that do not make an exact matrix."""


class FieldError(BistateError):
    """A number that does not lie in the field it should lie in."""
