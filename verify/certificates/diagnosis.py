"""Why a proof ends where it ends, as a value: which letter, which states, which part of the error."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

TOLD_SHARE, TOLD_GROWTH = 0.05, 0.05  # of the lead, and growth over the whole length: less is not told
SPELLED = 12  # runs of letters of a word


@dataclass(frozen=True)
class Growth:
    """A state that outgrows another one along a word which leads both back to themselves.

    Attributes:
        state: whose code grows less, as an index.
        rival: whose code grows more.
        word: letters, as indices.
        rate: how much more per letter, 0.07 for 7 %.
    """

    state: int
    rival: int
    word: tuple[int, ...]
    rate: float


@dataclass(frozen=True)
class Drift:
    """The letter that moves a state farthest from the code it should reach.

    Attributes:
        letter: its index.
        state: before it, as an index.
        size: ‖A[x] c_q / λ − c_δ(q,x)‖ over the length of the code.
    """

    letter: int
    state: int
    size: float


@dataclass(frozen=True)
class Turn:
    """The angle of a rotation that is farthest from the one it should have.

    Attributes:
        letter: its index.
        plane: likewise.
        off: in radians.
    """

    letter: int
    plane: int
    off: float


@dataclass(frozen=True)
class Diagnosis:
    """Why nothing longer is proved; in floats, a description and no proof.

    Attributes:
        length: the first one that is not proved.
        state: the state whose decision is lost first, as an index; None for rotations.
        rival: the score that it might lose against.
        shares: of what takes its lead away at that length, by part.
        drift: the largest one, None for cones and rotations.
        growth: the worst one, None where states have no codes, or are too many pairs.
        word: of cones, the letters along which their bound is worst.
        turn: of rotations.
    """

    length: int
    state: int | None = None
    rival: int | None = None
    shares: dict[str, float] = field(default_factory=dict)
    drift: Drift | None = None
    growth: Growth | None = None
    word: tuple[int, ...] = ()
    turn: Turn | None = None

    def lines(self, states: Sequence[object], letters: Sequence[object]) -> list[str]:
        """In words.

        Args:
            states: their names; further scores have none.
            letters: their names.
        """

        def named(q: int) -> str:
            return f"state {states[q]}" if q < len(states) else f"score {q}"

        def spelled(word: Sequence[int]) -> str:
            runs = [(letters[x], len(list(run))) for x, run in itertools.groupby(word)]
            shown = " ".join(f"{x}" if n == 1 else f"{x} ({n} times)" for x, n in runs[:SPELLED])
            return shown + (" …" if len(runs) > SPELLED else "")

        text = []
        if self.state is not None and self.rival is not None:
            parts = sorted(self.shares.items(), key=lambda part: -part[1])
            taken = ", ".join(f"{share:.0%} {name}" for name, share in parts if share >= TOLD_SHARE)
            text.append(
                f"at {self.length} letters {named(self.state)} need not win against {named(self.rival)}: {taken}"
            )
        if self.turn is not None:
            by = f"{abs(self.turn.off):.2g} radians too {'far' if self.turn.off > 0 else 'little'}"
            text.append(f"letter {letters[self.turn.letter]} turns plane {self.turn.plane} {by}")
        if self.drift is not None:
            moved = f"{self.drift.size:.2g} of its length"
            text.append(f"largest drift: letter {letters[self.drift.letter]} at {named(self.drift.state)}, {moved}")
        growth = self.growth
        if growth is not None and growth.rate * self.length > TOLD_GROWTH:
            by = f"by {growth.rate:.2g} a letter along {spelled(growth.word)}"
            text.append(f"{named(growth.rival)} outgrows {named(growth.state)} {by}")
        if self.word:
            text.append(f"the bound is worst along {spelled(self.word)}")
        return text
