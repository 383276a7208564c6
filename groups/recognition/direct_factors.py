"""Direct products: G = N × M, and its irreps as outer tensor products of those of N and M.

    (ρ ⊗ σ)(n m) = ρ(n) ⊗ σ(m)

are all irreps of N × M, once each. N and M are found in one of three ways: as the actions on two unions of orbits,
when the product of their orders is |G|; as the groups of two sets of generators that commute; or as N, the commutator
subgroup or the normal closure of an element, and its centraliser M. In the latter two N and M commute, N ∩ M = 1 and
|N| |M| = |G|. Source: Isaacs, Character Theory of Finite Groups, 4.21.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from ..arithmetic.cyclotomic_field import prime_divisors
from ..arithmetic.exact_matrix import ExactMatrix
from ..permutations.permutation import Permutation
from ..permutations.subgroups import commutators, normal_closure, outside_of_earlier
from ..representations.representation import Representation, RepresentedGroup
from .recognised import Made, Residues

ORBITS = 8  # at most: all unions of up to half of them are tried
CLOSURES = 6  # elements whose normal closures are tried, each at the cost of a list of its centraliser


@dataclass(frozen=True, eq=False)
class DirectFactors:
    """G as a direct product.

    Attributes:
        factors: N and M.
        project: the map g = n m ↦ (n, m).
    """

    factors: tuple[RepresentedGroup, RepresentedGroup]
    project: Callable[[Permutation], tuple[Permutation, Permutation]]


def direct_factors(group: RepresentedGroup) -> DirectFactors | None:
    """Two smaller groups whose direct product G is, by its orbits or generators; None if none are found."""
    return _by_orbits(group) or _by_generators(group)


def product_irreps(group: RepresentedGroup, residues: Residues, found: DirectFactors) -> list[Made]:
    """The outer tensor products; irreps of the factors are verified when they are made."""
    pairs = [found.project(cls.representative) for cls in group.conjugacy_classes()]
    rows, steps = [], [found.project(g) for g in group.generators]
    for k, factor in enumerate(found.factors):
        columns = [factor.class_of(pair[k]) for pair in pairs]
        rows.append(residues.table(factor.character_table())[:, columns])
    left, right = (factor.irreps() for factor in found.factors)
    return [
        Made(rows[0][i] * rows[1][j] % residues.prime, _tensor(left[i], right[j], steps))
        for i, j in product(range(len(left)), range(len(right)))
    ]


def _tensor(
    rho: Representation, sigma: Representation, steps: Sequence[tuple[Permutation, Permutation]]
) -> Callable[[], tuple[tuple[ExactMatrix, ...], ExactMatrix]]:
    def build() -> tuple[tuple[ExactMatrix, ...], ExactMatrix]:
        return tuple(rho(n).kronecker(sigma(m)) for n, m in steps), rho.form.kronecker(sigma.form)

    return build


# --- by orbits ---


def _by_orbits(group: RepresentedGroup) -> DirectFactors | None:
    """The least set of orbits that splits off; orbits of one point belong to either side."""
    orbits = sorted({orbit for point in range(group.degree) if len(orbit := group.orbit(point)) > 1})
    if not 1 < len(orbits) <= ORBITS:
        return None
    for size in range(1, len(orbits) // 2 + 1):
        for chosen in combinations(range(len(orbits)), size):
            sides = [
                sorted(point for k, orbit in enumerate(orbits) if (k in chosen) == side for point in orbit)
                for side in (True, False)
            ]
            one, other = (_acting_on(group, points) for points in sides)
            if one.order * other.order == group.order:
                return DirectFactors((one, other), _restricted(*sides))
    return None


def _acting_on(group: RepresentedGroup, points: Sequence[int]) -> RepresentedGroup:
    images = dict.fromkeys(_moved(g, points) for g in group.generators)
    found: RepresentedGroup = group.plain([g for g in images if not g.is_identity], len(points))
    return found


def _moved(g: Permutation, points: Sequence[int]) -> Permutation:
    place = {point: k for k, point in enumerate(points)}
    return Permutation(place[g[point]] for point in points)


def _restricted(one: Sequence[int], other: Sequence[int]) -> Callable[[Permutation], tuple[Permutation, Permutation]]:
    return lambda g: (_moved(g, one), _moved(g, other))


# --- inside of G ---


def _by_generators(group: RepresentedGroup) -> DirectFactors | None:
    """Generators that do not commute belong together."""
    left = [g for g in group.generators if not g.is_identity]
    parts: list[list[Permutation]] = []
    while left:
        part = [left.pop()]
        for g in part:
            part += (linked := [h for h in left if g * h != h * g])
            left = [h for h in left if h not in linked]
        parts.append(part)
    if not group.can_be_listed or len(parts) == 1:
        return None
    one = group.plain(parts[0], group.degree)
    other = group.plain([g for part in parts[1:] for g in part], group.degree)
    return _inside(group, one, other) if one.order * other.order == group.order else None


def hidden_factors(group: RepresentedGroup) -> DirectFactors | None:
    """N the commutator subgroup or the normal closure of an element in a small class, M its centraliser."""
    for elements in _candidates(group):
        closure = normal_closure(group, elements)
        if closure.order == group.order:
            continue
        commuting = np.ones(group.order, dtype=bool)
        for s in closure.generators:
            step = np.array(s)
            on_base = step[group.images[:, group.base]]
            commuting &= (group.images[:, step[group.base]] == on_base).all(axis=1)
        if closure.order * int(commuting.sum()) != group.order:
            continue
        members = [Permutation(row) for row in group.images[commuting].tolist()]
        if sum(member in closure for member in members) == 1:
            few = outside_of_earlier(members, group.degree)
            return _inside(group, *(group.plain(gens, group.degree) for gens in (closure.generators, few)))
    return None


def _candidates(group: RepresentedGroup) -> Iterator[list[Permutation]]:
    """Elements whose normal closure may be a factor: commutators, where there is a centre, or one in a small class."""
    classes = sorted(group.conjugacy_classes(), key=lambda cls: cls.size)
    if classes[1].size == 1:
        yield commutators(group)
    primes = [cls for cls in classes if cls.size > 1 and prime_divisors(cls.order) == (cls.order,)]
    for cls in primes[:CLOSURES]:
        if cls.size**2 <= group.order:  # as for elements of the smaller factor
            yield [cls.representative]


def _inside(group: RepresentedGroup, one: RepresentedGroup, other: RepresentedGroup) -> DirectFactors:
    """Every g = n m, by a list of all products."""
    place = np.empty((group.order, 2), dtype=np.int64)
    on_base = other.images[:, group.base]
    for i, row in enumerate(one.images):
        places = group.index_base_images(row[on_base])
        place[places, 0], place[places, 1] = i, np.arange(other.order)

    def project(g: Permutation) -> tuple[Permutation, Permutation]:
        i, j = place[group.index(g)].tolist()
        return Permutation(one.images[i].tolist()), Permutation(other.images[j].tolist())

    return DirectFactors((one, other), project)
