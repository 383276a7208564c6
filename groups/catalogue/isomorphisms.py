"""Isomorphisms of permutation groups.

Small groups: a map of the generators of a presentation extends to a homomorphism if and only if the images satisfy the
relators. Larger ones: g_i ↦ h_i extends to an isomorphism of groups of equal order, with g_i and with h_i generating,
if and only if the pairs (g_i, h_i) generate a subgroup of G × H of order |G|, which Schreier and Sims' method decides
without a presentation. In both cases images are looked for among the elements that look alike: of the same order, in
classes of the same size, with products that look alike. The image of the first generator matters up to conjugacy only.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import TooLargeError
from ..group import PermutationGroup
from ..permutations.generated_group import IntArray
from ..permutations.permutation import Permutation
from ..permutations.presentation import evaluate
from ..permutations.stabiliser_chain import inverted, products
from ..permutations.subgroups import outside_of_earlier
from .numbered import MAX_ORDER

ORDER_LIMIT = 10**5  # of the groups that are compared
TRIED = 200_000  # images of generators, from which a search by relators is given up
PAIRS = 2000  # the same for a search by subgroups of the product, which take milliseconds each
DRAWS = 40  # pairs of elements among which generators with few possible images are looked for
BY_RELATORS = 2 * MAX_ORDER  # largest order at which presentations and multiplication tables are used

Rows = NDArray[np.uint32]


def isomorphism(group: PermutationGroup, other: PermutationGroup) -> tuple[Permutation, ...] | None:
    """Images of `few_generators(group)` under an isomorphism onto `other`, None if there is none.

    Raises:
        TooLargeError: above order 10⁵; or after 200 000 partial maps, above order 126 after 2000 maps, without an
            answer.

    Example:
        >>> from bistate.groups import CyclicGroup, SymmetricGroup, named_group
        >>> isomorphism(SymmetricGroup(3), named_group("D3")) is not None
        True
        >>> isomorphism(CyclicGroup(4), named_group("V4")) is None
        True
    """
    if group.order != other.order:
        return None
    if group.order > ORDER_LIMIT:
        raise TooLargeError(f"groups of order {group.order} are not compared; the limit is order {ORDER_LIMIT}")
    if group.is_abelian != other.is_abelian or _profile(group) != _profile(other):
        return None
    search = _by_relators if group.order <= BY_RELATORS else _by_pairs
    found = search(group, other)
    return None if found is None else _carried(*found, few_generators(group))


def few_generators(group: PermutationGroup) -> tuple[Permutation, ...]:
    """Some of the generators, each outside of the group of those before it, that generate the group."""
    return tuple(outside_of_earlier(group.generators, group.degree))


def _diagonal(
    generators: Sequence[Permutation], images: Sequence[Permutation], degree: int, image_degree: int
) -> PermutationGroup:
    """The subgroup of the product that the pairs (g_i, h_i) generate, on the points of both."""
    pairs = [[*g, *(degree + p for p in h)] for g, h in zip(generators, images, strict=True)]
    return PermutationGroup(pairs, degree + image_degree)


def _carried(
    generators: Sequence[Permutation], images: Sequence[Permutation], wanted: Sequence[Permutation]
) -> tuple[Permutation, ...]:
    """Images of other elements under the isomorphism g_i ↦ h_i."""
    if not wanted:
        return ()
    if tuple(wanted) == tuple(generators):
        return tuple(images)
    degree, image_degree = generators[0].degree, images[0].degree
    rows = _diagonal(generators, images, degree, image_degree).images
    found = [rows[np.flatnonzero((rows[:, :degree] == np.array(g)).all(axis=1))[0], degree:] - degree for g in wanted]
    return tuple(Permutation(row.tolist()) for row in found)


def _by_relators(
    group: PermutationGroup, other: PermutationGroup
) -> tuple[Sequence[Permutation], Sequence[Permutation]] | None:
    """Generators of a presentation and their images."""
    few = few_generators(group)
    presentation = PermutationGroup(few, degree=group.degree).presentation
    generators = presentation.generators
    looks = dict(zip(other.elements, _looks(other), strict=True))
    wanted = [_look(group, g) for g in generators]
    candidates = [[h for h, look in looks.items() if look == mine] for mine in wanted]
    if candidates:  # one element of each class is enough for the first generator
        chosen: dict[int, Permutation] = {}
        for h in candidates[0]:
            chosen.setdefault(other.class_of(h), h)
        candidates[0] = list(chosen.values())
    # a relator is checked as soon as all its generators have images
    due = [[r for r in presentation.relators if max(i for i, _ in r) == k] for k in range(len(generators))]
    tried = 0

    def extended(images: list[Permutation]) -> tuple[Permutation, ...] | None:
        nonlocal tried
        k = len(images)
        if k == len(generators):
            return tuple(images) if PermutationGroup(images, degree=other.degree).order == other.order else None
        for h in candidates[k]:
            tried += 1
            if tried > TRIED:
                raise TooLargeError(f"no isomorphism from {group} to {other} among {TRIED} maps; undecided")
            now = [*images, h]
            if all(evaluate(r, now, other.identity).is_identity for r in due[k]):
                found = extended(now)
                if found is not None:
                    return found
        return None

    images = extended([])
    return None if images is None else (generators, images)


def _by_pairs(
    group: PermutationGroup, other: PermutationGroup
) -> tuple[Sequence[Permutation], Sequence[Permutation]] | None:
    """Generators with few possible images, and their images."""
    generators = _telling_generators(group)
    names = {look: k for k, look in enumerate(dict.fromkeys([*_looks(group), *_looks(other)]))}
    kinds = [np.array([names[look] for look in _looks(g)]) for g in (group, other)]
    mine = kinds[0][[group.index(g) for g in generators]]
    tried = 0

    def extended(images: list[Permutation]) -> tuple[Permutation, ...] | None:
        nonlocal tried
        k = len(images)
        if k == len(generators):
            tried += 1
            if tried > PAIRS:
                raise TooLargeError(f"no isomorphism from {group._short} to {other._short} among {PAIRS} maps; "
                                    "undecided")  # fmt: skip
            graph = _diagonal(generators, images, group.degree, other.degree)
            image = PermutationGroup(images, degree=other.degree)
            return tuple(images) if graph.order == image.order == group.order else None
        candidates = np.flatnonzero(kinds[1] == mine[k])
        if k == 0:  # one element of each class is enough
            candidates = candidates[np.unique(other.class_indices[candidates], return_index=True)[1]]
        for c, h in zip(generators[:k], images, strict=True):
            told = [kinds[0][group.index_rows(w(c, np.array([generators[k]], dtype=np.uint32)))][0] for w in WORDS]
            for word, right in zip(WORDS, told, strict=True):
                if len(candidates):
                    rows = word(h, other.images[candidates])
                    candidates = candidates[kinds[1][other.index_rows(rows)] == right]
        for position in candidates.tolist():
            found = extended([*images, other.elements[position]])
            if found is not None:
                return found
        return None

    images = extended([])
    return None if images is None else (generators, images)


def _power(rows: Rows, exponent: int) -> Rows:
    return rows if exponent == 1 else np.take_along_axis(rows, rows.astype(np.int64), axis=1)


def _product(c: Permutation, rows: Rows, times: int = 1, exponent: int = 1) -> Rows:
    """Rows of images of c^times b^exponent for the rows b; times and exponent are 1 or 2."""
    return np.array(c**times, dtype=np.uint32)[_power(rows, exponent)]


def _commutator(c: Permutation, rows: Rows) -> Rows:
    """Rows of images of c b c⁻¹ b⁻¹."""
    left = np.array(c, dtype=np.uint32)
    moved = left[rows[:, np.argsort(left)]]
    return products(moved, inverted(rows))


# words in a generator with an image and the next one, by which elements that look alike are told apart
WORDS: tuple[Callable[[Permutation, Rows], Rows], ...] = (
    _product,
    lambda c, b: _product(c, b, 1, 2),
    lambda c, b: _product(c, b, 2, 1),
    _commutator,
)


def _telling_generators(group: PermutationGroup) -> tuple[Permutation, ...]:
    """Two generators with few pairs of elements that look like them, where two of some drawn ones generate."""
    looks = _looks(group)
    times = Counter(looks)
    draw = random.Random(0)
    best, fewest = few_generators(group), 0
    for _ in range(DRAWS):
        a, b = (draw.randrange(group.order) for _ in range(2))
        a, b = sorted((a, b), key=lambda k: -times[looks[k]])  # the first counts by classes only
        pairs = times[looks[a]] // looks[a][1] * times[looks[b]]
        if fewest and pairs >= fewest:
            continue
        two = group.elements[a], group.elements[b]
        if PermutationGroup(two).order == group.order:
            best, fewest = two, pairs
    return best


def _look(group: PermutationGroup, element: Permutation) -> tuple[int, int]:
    cls = group.conjugacy_classes()[group.class_of(element)]
    return cls.order, cls.size


def _looks(group: PermutationGroup) -> list[tuple[int, int]]:
    if group._symmetric_classes:  # these classes are not listed
        group = PermutationGroup([*group.generators], group.degree)
    classes, indices = group._listed_classes
    by_class = [(c.order, c.size) for c in classes]
    return [by_class[k] for k in indices.tolist()]


def class_counts(group: PermutationGroup) -> tuple[tuple[int, int], ...]:
    """Order and size of every conjugacy class, sorted: an invariant."""
    return tuple(sorted((c.order, c.size) for c in group.conjugacy_classes()))


def _profile(group: PermutationGroup) -> Hashable:
    """An invariant: how often elements of which looks have products of which looks; larger groups: the looks alone."""
    if group.order > BY_RELATORS:
        return class_counts(group)
    looks = _looks(group)
    names = {look: k for k, look in enumerate(sorted(set(looks)))}
    kinds: IntArray = np.array([names[look] for look in looks])
    table = group.multiplication_table()  # (order, order)
    triples = kinds[:, None] * len(names) ** 2 + kinds[None, :] * len(names) + kinds[table]
    values, times = np.unique(triples, return_counts=True)
    return class_counts(group), tuple(values.tolist()), tuple(times.tolist())
