"""The rows of the ladder: what is known about the least size of a task on a rung, with certificates both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import combinations
from math import inf

from ..cones.cone_weights import ConeWeights
from ..errors import RungError
from ..robust.decision import Robustness
from ..separation.real_irrep import RealIrrep, TaskIrreps
from ..stacks.stacked_weights import StackedWeights
from ..verdict import Outcome, Verdict
from ..weights.decoded_weights import DecodedWeights
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights

Size = int | tuple[int, float] | None
Witness = BilinearWeights | DecodedWeights | ConeWeights | StackedWeights

ANY = "any weights of the family"
BOUNDED = "bounded weights, linear readout"
RECHECK = 200_000  # sets of irreps that `LowerBound.recheck` looks at


@dataclass(frozen=True)
class LowerBound:
    """Why nothing smaller does the task.

    Attributes:
        size: no tracker in the scope is smaller; infinity where the rung cannot do the task at all.
        reason: the proof, in a sentence.
        scope: "any weights of the family", or "bounded weights, linear readout": weights whose products, each letter
            scaled by a positive number, stay in a compact group, as the averaging lemma needs. Outside the scope the
            bound is a conjecture.
        irreps: for group tasks, all real irreps that can tell states apart, with their degrees, kernels (as points not
            separated), fixed spaces and ranks: what the optimum is taken over.
        costs: what each of the irreps costs on this rung; empty where the bound does not come from a covering problem.
        rule: how costs combine: "sum", "max", or "load" for the largest sum of ranks over one letter.
        nodes: partial covers visited by the search; 0 where a formula or a threshold decides.
    """

    size: float
    reason: str
    scope: str = ANY
    irreps: tuple[RealIrrep, ...] = field(default=(), repr=False)
    costs: tuple[int, ...] = field(default=(), repr=False)
    rule: str = "sum"
    nodes: int = 0
    data: TaskIrreps | None = field(default=None, repr=False)

    def recheck(self) -> Verdict:
        """Look at every set of irreps that costs less than `size`, by plain enumeration, and see that none separates.

        This shares no code with the search that found the optimum. It is undecided where there is nothing to enumerate
        or too much.
        """
        if not self.costs or self.data is None:
            return Verdict(Outcome.UNDECIDED, "the bound does not come from sets of irreps")
        cheap = [i for i, cost in enumerate(self.costs) if cost < self.size]
        if self.rule == "max":
            bad = bool(cheap) and self.data.separates([self.irreps[i] for i in cheap])
            return self._verdict(tuple(cheap) if bad else None, 1)
        looked = 0
        for count in range(1, len(cheap) + 1):  # weights have a unit, so the empty set is none
            below = 0
            for chosen in combinations(cheap, count):
                looked += 1
                if looked > RECHECK:
                    return Verdict(Outcome.UNDECIDED, f"more than {RECHECK} sets of irreps would have to be looked at")
                if self._cost(chosen) >= self.size:
                    continue
                below += 1
                if self.data.separates([self.irreps[i] for i in chosen]):
                    return self._verdict(chosen, looked)
            if not below:  # larger sets cost at least as much
                break
        return self._verdict(None, looked)

    def _cost(self, chosen: tuple[int, ...]) -> int:
        if self.rule == "sum":
            return sum(self.costs[i] for i in chosen)
        loads = zip(*(self.irreps[i].ranks for i in chosen), strict=True)
        return max((sum(load) for load in loads), default=0)

    def _verdict(self, chosen: tuple[int, ...] | None, looked: int) -> Verdict:
        if chosen is None:
            return Verdict(Outcome.PROVED, f"none of {looked} sets of irreps below {self.size} separates the states")
        names = " + ".join(self.irreps[i].label for i in chosen)
        return Verdict(Outcome.REFUTED, f"{names} costs less than {self.size} and separates the states", chosen)


@dataclass(frozen=True)
class UpperBound:
    """What reaches a size.

    Attributes:
        size: reached by a construction; infinity where none is known.
        reason: which one.
        build: makes the weights; None where none are known. It can be pickled, and two bounds may differ in it.
    """

    size: float
    reason: str
    build: Callable[[], Witness] | None = field(default=None, repr=False, compare=False)


def made(size: float, weights: BilinearWeights | ConeWeights | StackedWeights, reason: str = "") -> UpperBound:
    """The upper bound by weights that have been built; its reason is their note unless given."""
    return UpperBound(size, reason or weights.note, partial(_same, weights))


def _same(weights: Witness) -> Witness:
    return weights


@dataclass(frozen=True)
class LadderRow:
    """What is known about a task on one rung.

    Attributes:
        rung: the name of the rung.
        unit: what the size counts.
        lower: the lower bound.
        upper: the upper bound.
    """

    rung: str
    unit: str
    lower: LowerBound
    upper: UpperBound

    @property
    def size(self) -> Size:
        """The least size as an int where it is known; None where the rung cannot do the task; else (lower, upper).

        The upper end is infinite where no construction is known and none is excluded.
        """
        if self.lower.size == inf:
            return None
        if self.lower.size == self.upper.size:
            return int(self.lower.size)
        return int(self.lower.size), self.upper.size if self.upper.size == inf else int(self.upper.size)

    @property
    def label(self) -> str:
        """`exact` where the least size, or that there is none, is proved within the scope of the lower bound."""
        return "conjectured" if isinstance(self.size, tuple) else "exact"

    @property
    def scope(self) -> str:
        """The weights for which the lower bound is proved; see `LowerBound`."""
        return self.lower.scope

    @cached_property
    def weights(self) -> Witness:
        """The witness of the upper bound: built on first use, and proved. With a many-to-one decoder, or a stack,
        where that is what the rung is about; with cones, where words reach infinitely many directions.

        Raises:
            RungError: if the rung cannot do the task, or no construction is known.
        """
        if self.upper.build is None:
            raise RungError(f"there are no weights for rung {self.rung!r}: {self.lower.reason or self.upper.reason}")
        return self.upper.build()

    def __str__(self) -> str:
        return f"{self.rung}: {shown_size(self.size)} {self.unit}, {self.label} ({self.scope})"


def shown_size(size: Size) -> str:
    """The size for people: "4", "4–7", "at least 4", "impossible"."""
    if size is None:
        return "impossible"
    if isinstance(size, int):
        return str(size)
    lower, upper = size
    return f"at least {lower}" if upper == inf else f"{lower}–{int(upper)}"


@dataclass(frozen=True, repr=False)
class Ladder(Mapping[str, LadderRow]):
    """The rows of a task by the names of their rungs, from the most to the least restricted family.

    `print(ladder)` draws a table.

    Attributes:
        rows: one per rung, and further ones where a many-to-one decoder is known.
        task: a line about the task.
        robust: whether weights of the full family are right for ever together with all weights near them.
    """

    rows: tuple[LadderRow, ...]
    task: str
    robust: Robustness

    def __getitem__(self, rung: str) -> LadderRow:
        for row in self.rows:
            if row.rung == rung:
                return row
        raise RungError(f"rung {rung!r} is not on this ladder; its rungs are {', '.join(self)}")

    def __iter__(self) -> Iterator[str]:
        return (row.rung for row in self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, rung: object) -> bool:
        return any(row.rung == rung for row in self.rows)

    def __repr__(self) -> str:
        return f"<Ladder of {self.task}: " + ", ".join(f"{r.rung} {shown_size(r.size)}" for r in self.rows) + ">"

    def __str__(self) -> str:
        cells = [("rung", "least size", "counted in", "", "holds for")]
        cells += [(r.rung, shown_size(r.size), r.unit, r.label, r.scope) for r in self.rows]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in cells
        ]
        return "\n".join([self.task, *lines, shown_robustness(self.robust)])


def shown_robustness(verdict: Robustness) -> str:
    """A line for people: "robust for ever: refuted, the word 0 fixes the states 0, 1 and 2"."""
    return f"robust for ever: {verdict.outcome}, {verdict.reason}"


UNITS = {
    Rung.POSITIVE: "hidden units",
    Rung.DIAGONAL: "hidden units",
    Rung.ROTATION: "hidden units",
    Rung.BLOCK: "units per block",
    Rung.HOUSEHOLDER: "reflections per letter",
    Rung.HOUSEHOLDER_PER_HEAD: "reflections per letter and head",
    Rung.MONOMIAL: "hidden units",
    Rung.CP: "rank-one terms",
    Rung.FULL: "hidden units",
}
