"""Transitive signed permutation representations of a task's group: the building blocks of monomial transitions.

For subgroups L ≤ H of index one or two, Ind_H^G λ with ker λ = L and values ±1 permutes [G:H] lines with signs. On the
cosets of L it is the permutation action (L = H), or its action on functions that change sign between xL and x g_0 L,
with H = L ∪ g_0 L. Its dimension is [G:H], and every irreducible real monomial representation of a finite group is of
this kind: the lines are permuted transitively, H is the stabiliser of one of them and acts on it by ±1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ...groups.constructions.subgroup_lattice import subgroup_classes
from ...groups.errors import TooLargeError
from ...groups.group import PermutationGroup
from ...groups.permutations.permutation import Permutation
from ..automata.acting_elements import acting_states
from .real_irrep import TaskIrreps

IntArray = NDArray[np.int64]
Moves = Callable[[Sequence[Permutation]], IntArray]


@dataclass(frozen=True)
class SignedAction:
    """A transitive action on signed lines.

    Attributes:
        size: [G:H], the number of lines.
        signed: whether signs occur, so that the points below come in pairs ±.
        moves: the images of the points (cosets of L) under some elements: (elements, points).
        partner: of each point the point of opposite sign on the same line; itself without signs.
        stuck: what the vectors fixed by K do not tell from the start, as a bit mask over the task's points.
        note: for people.
    """

    size: int
    signed: bool
    moves: Moves
    partner: IntArray
    stuck: int
    note: str

    def lines(self) -> IntArray:
        """One point on each line: (size,)."""
        return np.flatnonzero(np.arange(len(self.partner)) <= self.partner)

    def matrix(self, element: Permutation) -> ExactMatrix:
        """The signed permutation matrix of an element: (size, size)."""
        lines = self.lines()
        row = {int(p): i for i, p in enumerate(lines)}
        entries = [[0] * self.size for _ in range(self.size)]
        images = self.moves([element])[0]
        for j, p in enumerate(lines):
            image = int(images[p])
            plain = image in row
            entries[row[image] if plain else row[int(self.partner[image])]][j] = 1 if plain else -1
        return ExactMatrix(entries)

    def fixed(self, stabiliser: Sequence[Permutation]) -> ExactMatrix:
        """A basis of the vectors fixed by K as columns: signed sums over orbits, (size, orbits)."""
        orbit = _orbits(self.moves(stabiliser))
        lines = self.lines()
        columns = []
        for o in np.unique(orbit):
            inside = np.flatnonzero(orbit == o)
            opposite = orbit[self.partner[inside[0]]]
            if self.signed and opposite <= o:
                continue  # opposite == o: the sum over the orbit vanishes; < o: the same line as before
            columns.append([int(orbit[p] == o) - int(self.signed and orbit[self.partner[p]] == o) for p in lines])
        return ExactMatrix([list(row) for row in zip(*columns, strict=True)])


def signed_actions(data: TaskIrreps) -> tuple[list[SignedAction], bool]:
    """The actions in which K fixes some vector, and whether they are all there are up to isomorphism.

    Beyond the limits of `subgroup_classes` only the actions on the states and on the orbits of the group's points are
    given.
    """
    try:
        classes = subgroup_classes(data.group)
    except TooLargeError:
        return [a for a in _natural(data) if a is not None], False
    found = []
    for subgroup in classes:
        for half in _extensions(data.group, subgroup.members):
            action = _coset_action(data, subgroup.members, half)
            if action is not None:
                found.append(action)
    return sorted(found, key=lambda a: (a.size, a.signed)), True


def _extensions(group: PermutationGroup, members: tuple[int, ...]) -> Iterator[int | None]:
    """None for L = H, and an element g_0 for each H = L ∪ g_0 L that contains L with index two."""
    yield None
    table, inside = group.multiplication_table(), np.zeros(group.order, dtype=bool)
    inside[list(members)] = True
    tried = inside.copy()
    generators = np.array(members)
    for g in range(group.order):
        if tried[g]:
            continue
        coset = table[g, generators]
        tried[coset] = True
        conjugate = table[coset, group.inverses[g]]
        if inside[table[g, g]] and inside[conjugate].all():
            yield g


def _coset_action(data: TaskIrreps, members: tuple[int, ...], half: int | None) -> SignedAction | None:
    group, table = data.group, data.group.multiplication_table()
    coset = np.full(group.order, -1, dtype=np.int64)
    representatives: list[int] = []
    for g in range(group.order):
        if coset[g] < 0:
            coset[table[g, list(members)]] = len(representatives)
            representatives.append(g)
    count = len(representatives)
    partner = np.arange(count) if half is None else coset[table[representatives, half]]
    note = f"cosets of a subgroup of order {len(members)}" + ("" if half is None else ", with signs")

    def moves(elements: Sequence[Permutation]) -> IntArray:
        return coset[table[np.ix_([group.index(g) for g in elements], representatives)]]

    return _action(data, moves, partner, note)


def _natural(data: TaskIrreps) -> Iterator[SignedAction | None]:
    orbits: list[tuple[int, ...]] = []
    covered: set[int] = set()
    for point in range(data.group.degree):
        if point not in covered:
            orbits.append(data.group.orbit(point))
            covered.update(orbits[-1])
    for orbit in set(orbits):
        yield _action(data, _on_orbit(orbit), np.arange(len(orbit)), f"orbit of {len(orbit)} points")
    if len(data.task.stabiliser) == 1 and data.group.order <= data.group.degree:
        # Only the identity fixes an element. Of a larger group all orbits together, which separate, have fewer points.
        partner, note = np.arange(data.group.order), "the group's own elements"
        yield SignedAction(data.group.order, False, _on_elements(data.group), partner, 1 << data.start, note)


def _on_orbit(orbit: tuple[int, ...]) -> Moves:
    place = np.zeros(max(orbit) + 1, dtype=np.int64)
    place[list(orbit)] = np.arange(len(orbit))
    return lambda elements: np.stack([place[np.array(g)[list(orbit)]] for g in elements])


def _on_elements(group: PermutationGroup) -> Moves:
    return lambda elements: np.stack([group.left_action(g) for g in elements])


def _action(data: TaskIrreps, moves: Moves, partner: IntArray, note: str) -> SignedAction | None:
    signed = bool((partner != np.arange(len(partner))).any())
    orbit = _orbits(moves(data.task.stabiliser))
    good = orbit != orbit[partner] if signed else np.ones(len(orbit), dtype=bool)  # points whose orbit sum is not 0
    if not good.any():
        return None
    still = (orbit[moves(_points(data))] == orbit)[:, good].all(axis=1)  # (points of the task,)
    mask = sum(1 << q for q in np.flatnonzero(still).tolist())
    return SignedAction(len(partner) // (2 if signed else 1), signed, moves, partner, mask, note)


def _points(data: TaskIrreps) -> Sequence[Permutation]:
    """An element for each point of the task: for each class where K is trivial, else for each state."""
    if data.by_class:
        return [cls.representative for cls in data.group.conjugacy_classes()]
    return acting_states(data.task)


def _orbits(rows: IntArray) -> IntArray:
    """The least point of the orbit of each point under some permutations that form a group: (points,)."""
    return np.asarray(rows.min(axis=0), dtype=np.int64)
