"""How hard a proof is looked for, and until when."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from ..errors import MismatchError
from .limits import LONGEST_PREFIX


@dataclass(frozen=True)
class Effort:
    """A level of effort.

    Attributes:
        name: "quick", "usual" or "thorough".
        contexts: whether coordinates and paths may depend on the last letters.
        paths: attempts whose worst paths are looked at.
        descent: letters that descents of cones follow, and products in those of tubes, times the usual number; 0: none.
        prefixes: lengths up to which words are multiplied out before cones begin, each tried.
    """

    name: str
    contexts: bool
    paths: int
    descent: float
    prefixes: tuple[int, ...]


EFFORTS = {
    effort.name: effort
    for effort in (
        Effort("quick", contexts=False, paths=1, descent=0, prefixes=(LONGEST_PREFIX,)),
        Effort("usual", contexts=True, paths=3, descent=1, prefixes=(LONGEST_PREFIX,)),
        Effort("thorough", contexts=True, paths=12, descent=4, prefixes=(LONGEST_PREFIX, 4, 3)),
    )
}


@dataclass(frozen=True)
class Watch:
    """The time that a search may take, and who is told what it does.

    Attributes:
        budget: seconds, or None for as long as it takes.
        told: called with what is done now, in a few words.
        begun: when it began, in seconds of a clock that only goes forward.
    """

    budget: float | None = None
    told: Callable[[str], None] | None = None
    begun: float = field(default_factory=lambda: monotonic())

    @property
    def seconds(self) -> float:
        """Since it began."""
        return monotonic() - self.begun

    @property
    def left(self) -> float:
        """Seconds of the budget that are left, infinite without one."""
        return math.inf if self.budget is None else max(0.0, self.budget - self.seconds)

    @property
    def over(self) -> bool:
        """Whether the budget is spent."""
        return self.budget is not None and self.seconds >= self.budget

    def tell(self, text: str) -> None:
        """Say what is done now."""
        if self.told is not None:
            self.told(text)


def effort_named(name: str) -> Effort:
    """The level of a name.

    Raises:
        MismatchError: if there is none.
    """
    if name not in EFFORTS:
        raise MismatchError(f"effort={name!r} is not known; it is one of {', '.join(map(repr, EFFORTS))}")
    return EFFORTS[name]


def watch_of(budget: float | None, progress: Callable[[str], None] | None) -> Watch:
    """The watch of a search that begins now.

    Raises:
        MismatchError: if the budget is not a positive number of seconds.
    """
    if budget is not None and not budget > 0:
        raise MismatchError(f"budget={budget!r} is not a positive number of seconds")
    return Watch(budget, progress)
