"""What a long computation does now, for those who want to be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_told: ContextVar[Callable[[str], None] | None] = ContextVar("told", default=None)


@contextmanager
def progress(told: Callable[[str], None]) -> Iterator[None]:
    """Within this context long computations of groups call `told` with a few words whenever they do something else.

    Args:
        told: takes the words, such as "irrep 3 of 15, of degree 55".

    Example:
        >>> from bistate.groups import named_group, progress
        >>> words = []
        >>> with progress(words.append):
        ...     _ = named_group("A5").irreps()
        >>> words[0], words[-1]
        ('linear characters of subgroups', 'irrep of degree 5')
    """
    token = _told.set(told)
    try:
        yield
    finally:
        _told.reset(token)


def tell(text: str) -> None:
    """Say what is done now, where somebody wants to know."""
    told = _told.get()
    if told is not None:
        told(text)
