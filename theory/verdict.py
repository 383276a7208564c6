"""Verdicts: a claim is proved, refuted or undecided, and nothing in between."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

from ..groups.arithmetic.cyclotomic import Cyclotomic


class Outcome(StrEnum):
    """What became of a claim."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class OrbitCertificate:
    """Why weights are right for words of every length: the finite orbit that was checked.

    Attributes:
        directions: number of hidden directions that words can reach; every letter maps each to another of them.
        pairs: number of (direction, state) pairs that words can reach together; in each the readout is strictly right.
        margin: the least difference between the right logit and another one over the orbit, at the scale at which
            each direction was first reached; None when there is only one state. Exact.
    """

    directions: int
    pairs: int
    margin: Cyclotomic | None


@dataclass(frozen=True)
class Verdict:
    """The outcome of checking weights against an automaton.

    `bool(verdict)` raises, because "undecided" is neither true nor false: ask `.proved`, `.refuted`, `.undecided`.

    Attributes:
        outcome: proved, refuted or undecided.
        reason: one sentence for a person.
        witness: for a refuted claim, a word the weights get wrong, as a tuple of letters; else None.
        certificate: for a proved claim, what was checked; else None.
    """

    outcome: Outcome
    reason: str
    witness: tuple[Hashable, ...] | None = None
    certificate: OrbitCertificate | None = None

    @property
    def proved(self) -> bool:
        """Whether the claim holds, with a proof."""
        return self.outcome is Outcome.PROVED

    @property
    def refuted(self) -> bool:
        """Whether the claim fails, with a witness."""
        return self.outcome is Outcome.REFUTED

    @property
    def undecided(self) -> bool:
        """Whether neither was reached within the limits, as the reason says."""
        return self.outcome is Outcome.UNDECIDED

    def __bool__(self) -> NoReturn:
        raise TypeError("a verdict is proved, refuted or undecided: ask .proved, .refuted or .undecided")
