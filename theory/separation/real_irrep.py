"""The real irreps of a task as it sees them: what each separates, and what it costs.

Write K for the stabiliser of the start state and V^K for the vectors of a representation V that K fixes. A generic
vector of V^K is fixed by exactly the elements that fix all of V^K, and a generic vector of a direct sum by those that
fix its generic components. So irreps V_1, V_2, … separate the states iff no other state gK fixes all of V_1^K ⊕ V_2^K ⊕
…, which is a covering problem over the states. All of this follows from characters:

    dim V^H = (1/|H|) Σ_{h∈H} χ(h),    rank(ρ(g) − 1) = deg ρ − dim V^⟨g⟩,
    g fixes all of V^K  ⟺  tr(ρ(g) P_K) = (1/|K|) Σ_{k∈K} χ(gk) = dim V^K,

the last because ρ(g) is orthogonal. A real irrep is a complex one of real type, or the sum of a complex one and its
conjugate (complex type), or twice one (quaternionic type).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ...groups.group import PermutationGroup
from ..automata.group_task import GroupTask
from .exact_cover import Problem, reduce_points


@dataclass(frozen=True)
class RealIrrep:
    """A real irrep of the letters' group, as a task sees it.

    Attributes:
        label: its name among the real irreps.
        rows: its complex constituents, as rows of the character table (for abelian groups, of `characters`).
        degree: the real degree.
        complex_degree: the degree of a complex constituent.
        indicator: +1 real, 0 complex, −1 quaternionic type.
        fixed: dim V^K over the reals.
        stuck: the points not told from the start, as a bit mask: see `TaskIrreps.by_class`.
        ranks: rank(ρ(x) − 1) for each letter, in order.
    """

    label: str
    rows: tuple[int, ...]
    degree: int
    complex_degree: int
    indicator: int
    fixed: int
    stuck: int
    ranks: tuple[int, ...]

    @property
    def copies(self) -> int:
        """How many complex irreps make it up: 1 for real type, else 2."""
        return self.degree // self.complex_degree

    @property
    def rank(self) -> int:
        """The largest number of dimensions that a letter moves."""
        return max(self.ranks, default=0)


@dataclass(frozen=True)
class TaskIrreps:
    """The real irreps with V^K ≠ 0 of a group task: those that can tell any states apart.

    Attributes:
        task: the task.
        group: the group that the letters generate.
        irreps: by degree, the trivial one first.
        points: the number of points to separate, and `start` the position of the start among them.
        start: see `points`.
        all_letters: whether every element of the group acts on the states as some letter does.
        class_ranks: rank(ρ(g) − 1) of the complex irreps, (rows, classes); empty for abelian groups.
        basis: of the elements of an abelian group, the rows of a least set of characters that separates; else None.
        complete: whether `irreps` are all; else the trivial one and those of `basis`, which decide the optima.
    """

    task: GroupTask
    group: PermutationGroup
    irreps: tuple[RealIrrep, ...]
    points: int
    start: int
    all_letters: bool
    class_ranks: tuple[tuple[int, ...], ...] = field(default=(), repr=False)
    basis: tuple[int, ...] | None = field(default=None, repr=False)
    complete: bool = True

    @property
    def by_class(self) -> bool:
        """Whether the points are conjugacy classes: for K trivial, and letters that do not commute. Else states."""
        return len(self.task.stabiliser) == 1 and not self.group.is_abelian

    @cached_property
    def problem(self) -> Problem:
        """The covering problem over all irreps."""
        found = reduce_points([v.stuck for v in self.irreps], self.points, self.start)
        assert found is not None, "the irreps of a group separate the points it moves"
        return found

    def separates(self, chosen: Sequence[RealIrrep]) -> bool:
        """Whether these irreps tell every state from the start."""
        left = (1 << self.points) - 1
        for v in chosen:
            left &= v.stuck
        return left == 1 << self.start
