"""Conjugacy classes of a group that is too large to list, by random search, and a proof that all are there.

Write the cycles of g one after the other, long ones first, (p, gp, g²p, …, q, gq, …), until only the identity of G
fixes all of these points; of long cycles take the first points, and append the image of the last one. An element h of G
takes such a tuple of g to one of h g h⁻¹. Conversely let h take a tuple of g to one of z in G, with cycles of the same
lengths. Then h g h⁻¹ and z agree on points that only the identity fixes, so they are equal. So with canonical forms of
tuples under G:

    g and z are conjugate  ⟺  the canonical form of one tuple of g is that of some tuple of z,
    |C_G(z)| = the number of tuples of z with the canonical form of one of them.

A tuple ends with the first cycle after which only the identity fixes all of its points, as canonical forms tell. The
classes are complete when Σ |G|/|C_G(z)| = |G| over different ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import TooLargeError
from ..watch import tell
from .conjugacy import ConjugacyClass
from .generated_group import GeneratedGroup
from .permutation import Permutation
from .stabiliser_chain import Rows, inverted, products, random_elements
from .tuple_orbits import TooManyOrbits, TupleOrbits

ROUNDS = 40  # batches of random elements before a search is given up
BATCH = 64  # random elements in each, with all their powers
TUPLES = 4 * 10**5  # tuples of one element
CLASSES = 400  # classes that are looked for
RUN = 8  # points of one cycle in a tuple; the image of the last one is kept as well
CELLS = 2**20  # entries of the arrays of elements that are looked at together


@dataclass
class _Type:
    """The classes with one cycle type, and the class of each canonical form of a tuple.

    `alone`: the type is known to have one class, so that no tuple is looked at.
    """

    classes: list[int] = field(default_factory=list)
    forms: dict[bytes, int] = field(default_factory=dict)
    alone: bool = False


@dataclass(frozen=True)
class _Tuples:
    """Tuples of points in which g is known, and for each cycle that is cut short the image of its last point."""

    points: Rows
    images: Rows

    @classmethod
    def empty(cls, count: int) -> _Tuples:
        nothing = np.zeros((count, 0), dtype=np.int64)
        return cls(nothing, nothing)

    @property
    def columns(self) -> Rows:
        return np.concatenate([self.points, self.images], axis=1)

    def chosen(self, which: NDArray[Any]) -> _Tuples:
        return _Tuples(self.points[which], self.images[which])

    def longer(self, cycle: Rows) -> _Tuples:
        points = np.concatenate([self.points, cycle[:, :RUN]], axis=1)
        return _Tuples(points, np.concatenate([self.images, cycle[:, RUN : RUN + 1]], axis=1))


class SearchedClasses:
    """The conjugacy classes of a group, found by random search; complete once `classes` is set.

    Raises:
        TooLargeError: where the search does not end within its budget.
    """

    def __init__(self, group: GeneratedGroup) -> None:
        self.group, self.degree = group, group.degree
        generators = np.array([g for g in group.generators if not g.is_identity], dtype=np.int64)
        self._draw = np.random.default_rng(0)
        self._orbits = TupleOrbits(generators, group.order, self._elements)
        self._types: dict[bytes, _Type] = {}
        self._found: list[tuple[Rows, int]] = []  # representative and size
        self._codes: dict[bytes, int] = {}
        self._exponents: list[int] = []
        try:
            tell("conjugacy classes, by a random search")
            self._search()
        except TooManyOrbits:
            raise self._refusal() from None
        self.classes, self._position = self._sorted()

    def indices(self, rows: Rows) -> Rows:
        """The class of each element, given by rows of images: (k, degree) → (k,)."""
        step = max(1, CELLS // self.degree)
        parts = [self._identified(rows[start : start + step]) for start in range(0, len(rows), step)]
        return self._position[np.concatenate(parts)]

    def members(self, index: int) -> Rows:
        """All elements of a class, by conjugating with the generators: (size, degree)."""
        first = np.array(self.classes[index].representative, dtype=np.int64)[None]
        found, frontier = {first.tobytes()}, first
        rows = [first]
        generators = np.array(self.group.generators, dtype=np.int64)
        inverses = inverted(generators)
        while len(frontier):
            moved = np.concatenate([s[frontier[:, back]] for s, back in zip(generators, inverses, strict=True)])
            fresh = []
            for row in moved:
                key = row.tobytes()
                if key not in found:
                    found.add(key)
                    fresh.append(row)
            frontier = np.array(fresh, dtype=np.int64).reshape(-1, self.degree)
            rows.append(frontier)
        assert len(found) == self.classes[index].size, "an orbit of conjugation is a class"
        return np.concatenate(rows)

    # --- the search ---

    def _search(self) -> None:
        identity = np.arange(self.degree)
        self._types[_keys(np.ones_like(identity)[None])[0]] = _Type([0], alone=True)
        self._found.append((identity, 1))
        for _ in range(ROUNDS):
            self._settle(_with_powers(self._elements(BATCH)))
            if sum(size for _, size in self._found) == self.group.order:
                for known in self._types.values():
                    known.alone = len(known.classes) == 1
                self._learn_codes()
                return
        raise self._refusal()

    def _elements(self, count: int) -> Rows:
        return random_elements(self.group.transversals, self.degree, count, self._draw)

    def _refusal(self) -> TooLargeError:
        return TooLargeError(
            f"{self.group._short} has {self.group.order} elements, too many to list, and a search with a budget of "
            f"{ROUNDS * BATCH} random elements did not find all of its conjugacy classes"
        )

    def _settle(self, rows: Rows) -> None:
        """Make every class that these elements belong to known."""
        while len(rows):
            rows = rows[self._identified(rows) < 0]
            if len(rows):
                self._add(rows[0])

    def _add(self, row: Rows) -> None:
        if len(self._found) == CLASSES:
            raise self._refusal()
        lengths = _cycle_lengths(row[None])
        counts = self._forms_of_all(row, lengths[0])
        sizes, position = set(counts.values()), len(self._found)
        assert len(sizes) == 1, "each form occurs as often as the centraliser has elements"
        known = self._types.setdefault(_keys(np.sort(lengths, axis=1))[0], _Type())
        assert not counts.keys() & known.forms.keys(), "a class is added once"
        known.forms.update(dict.fromkeys(counts, position))
        known.classes.append(position)
        self._found.append((row, self.group.order // sizes.pop()))

    def _forms_of_all(self, row: Rows, lengths: Rows) -> Counter[bytes]:
        """The canonical forms of all tuples of an element, with how often each occurs."""
        counts: Counter[bytes] = Counter()
        growing = _Tuples.empty(1)
        free = np.ones((1, len(row)), dtype=bool)
        for length in _lengths_of_cycles(lengths):
            which, start = np.nonzero(free & (lengths == length))
            if len(which) > TUPLES:
                raise self._refusal()
            cycle = _cycles_through(start, length, lambda points: row[points])
            free = free[which]
            np.put_along_axis(free, cycle, False, axis=1)
            growing = growing.chosen(which).longer(cycle)
            forms, whole = self._orbits.canonical(growing.columns, growing.points.shape[1])
            counts.update(_keys(forms[whole]))
            growing, free = growing.chosen(~whole), free[~whole]
            if not len(free):
                break
        return counts

    def _forms_of_one(self, rows: Rows, kinds: Sequence[int]) -> list[bytes]:
        """The canonical form of one tuple of each element, all with cycles of these lengths, long ones first."""
        found, open_ = [b""] * len(rows), np.arange(len(rows))
        growing, left = _Tuples.empty(len(rows)), _longest(rows, kinds)
        for k, length in enumerate(kinds):
            if k == 1:
                left = _cycle_lengths(rows[open_]) * left
            cycle = _cycles_through(left.argmax(axis=1), length, _image_in(rows, open_))
            if k == 0:
                left = np.ones_like(left)
            np.put_along_axis(left, cycle, 0, axis=1)
            growing = growing.longer(cycle)
            forms, whole = self._orbits.canonical(growing.columns, growing.points.shape[1])
            for position, key in zip(open_[whole].tolist(), _keys(forms[whole]), strict=True):
                found[position] = key
            open_, growing, left = open_[~whole], growing.chosen(~whole), left[~whole]
            if not len(open_):
                break
        return found

    def _identified(self, rows: Rows) -> Rows:
        """The position of the class of each element among those found, −1 where it is not known yet."""
        result = np.full(len(rows), -1)
        for key, chosen in self._by_type(rows):
            known = self._types.get(key)
            if known is None:
                continue
            if known.alone:
                result[chosen] = known.classes[0]
                continue
            kinds = _lengths_of_cycles(np.frombuffer(key, dtype=np.uint16))
            forms = self._forms_of_one(rows[chosen], kinds)
            result[chosen] = [known.forms.get(form, -1) for form in forms]
        return result

    def _by_type(self, rows: Rows) -> Iterator[tuple[bytes, Rows]]:
        """The cycle types of some elements, each with the positions of its elements."""
        if not self._exponents:
            types, inverse = np.unique(np.sort(_cycle_lengths(rows), axis=1), axis=0, return_inverse=True)
            for k, key in enumerate(_keys(types)):
                yield key, np.flatnonzero(inverse.ravel() == k)
            return
        points, power, code = np.arange(self.degree), rows, np.zeros(len(rows), dtype=np.int64)
        for k in range(1, max(self._exponents) + 1):
            power = power if k == 1 else products(rows, power)
            if k in self._exponents:
                code = code * (self.degree + 1) + (power == points).sum(axis=1)
        for key, value in self._codes.items():
            chosen = np.flatnonzero(code == value)
            if len(chosen):
                yield key, chosen

    def _learn_codes(self) -> None:
        """All types are known: a few numbers of fixed points, of g, g², …, tell them apart."""
        types = {key: np.frombuffer(key, dtype=np.uint16).astype(np.int64) for key in self._types}
        codes, exponents = dict.fromkeys(types, 0), list[int]()
        for k in range(1, self.degree + 1):
            if len(set(codes.values())) == len(codes):
                break
            finer = {key: codes[key] * (self.degree + 1) + int((k % types[key] == 0).sum()) for key in types}
            if len(set(finer.values())) > len(set(codes.values())):
                codes, exponents = finer, [*exponents, k]
        if max(codes.values()) < 2**62:
            self._codes, self._exponents = codes, exponents

    def _sorted(self) -> tuple[tuple[ConjugacyClass, ...], Rows]:
        listed = []
        for row, size in self._found:
            g = Permutation._trusted(row.tolist())
            listed.append(ConjugacyClass(g, size, g.order))
        ranking = sorted(range(len(listed)), key=lambda c: (listed[c].order, listed[c].size, listed[c].representative))
        position = np.empty(len(listed), dtype=np.int64)
        position[ranking] = np.arange(len(listed))
        return tuple(listed[c] for c in ranking), position


def _with_powers(rows: Rows) -> Rows:
    """All powers of some elements but the identity, each once."""
    identity, power, found = np.arange(rows.shape[1]), rows, []
    while len(rows):
        keep = (power != identity).any(axis=1)
        rows, power = rows[keep], power[keep]
        found.append(power)
        power = products(rows, power)
    return np.unique(np.concatenate(found), axis=0)


def _cycle_lengths(rows: Rows) -> Rows:
    """The length of the cycle through each point: (k, degree)."""
    identity = np.arange(rows.shape[1])
    lengths, power, step = np.zeros_like(rows), rows, 1
    while True:
        lengths[(power == identity) & (lengths == 0)] = step
        if lengths.all():
            return lengths
        power, step = products(rows, power), step + 1


def _cycles_through(start: Rows, length: int, image: Callable[[Rows], Rows]) -> Rows:
    """The cycles through some points: (k, length)."""
    cycle = [start]
    for _ in range(length - 1):
        cycle.append(image(cycle[-1]))
    return np.stack(cycle, axis=1)


def _image_in(rows: Rows, which: Rows) -> Callable[[Rows], Rows]:
    return lambda points: rows[which, points]


def _longest(rows: Rows, kinds: Sequence[int]) -> Rows:
    """1 for the points on longest cycles: those that powers by the other lengths of cycles move; (k, degree)."""
    found, points, power = np.ones_like(rows), np.arange(rows.shape[1]), rows
    others = set(kinds[1:]) - {kinds[0]}
    for k in range(1, max(others, default=0) + 1):
        power = power if k == 1 else products(rows, power)
        if k in others:
            found[power == points] = 0
    return found


def _lengths_of_cycles(lengths: Rows) -> list[int]:
    """The length of each cycle, long ones first."""
    counts = sorted(Counter(lengths.tolist()).items(), reverse=True)
    return [length for length, points in counts for _ in range(points // length)]


def _keys(rows: Rows) -> Sequence[bytes]:
    return [row.tobytes() for row in np.ascontiguousarray(rows.astype(np.uint16))]
