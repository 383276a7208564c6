"""Orthogonal representations of a finite group found numerically, from its multiplication table alone.

No characters, no theory of representations and nothing of the library: random orthogonal matrices are moved until they
multiply as the table says, and what comes out is counted. What is never found in many starts is evidence, no proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

STEPS = 30  # convergence is quadratic: nearly all starts that converge at all need fewer
RESIDUAL = 1e-10  # the largest error of a product in what counts as a representation
DISTINCT = 1e-6  # entries and singular values beyond this are not 0


def elements_of(generators: Iterable[Iterable[int]], degree: int) -> list[tuple[int, ...]]:
    """The elements of a permutation group from image lists from 0, as image lists; the identity is the first."""
    steps = [tuple(g) for g in generators]
    elements = [tuple(range(degree))]
    known = set(elements)
    for element in elements:  # grows on the way
        for step in steps:
            product = tuple(element[point] for point in step)
            if product not in known:
                known.add(product)
                elements.append(product)
    return elements


def multiplication_table(elements: Sequence[tuple[int, ...]]) -> np.ndarray:
    """table[g, h], the index of g∘h, for all elements of a permutation group."""
    index = {element: i for i, element in enumerate(elements)}
    return np.array([[index[tuple(g[point] for point in h)] for h in elements] for g in elements])


def search(table: np.ndarray, degree: int, starts: int, seed: int) -> list[np.ndarray]:
    """Orthogonal representations of a degree, each of shape (order, degree, degree), from random starts.

    A map f from the group to the orthogonal matrices is replaced by the orthogonal matrices nearest to the mean over h
    of f(gh) f(h)ᵀ. Where f is a representation, each f(gh) f(h)ᵀ is f(g) already, and nearby f get there quadratically.
    From random starts a part of the runs ends elsewhere and is dropped. Decomposable representations come up as well.

    Args:
        table: The index of the product of elements g and h at [g, h].
        degree: The degree of the representations.
        starts: How many random starts.
        seed: Of the random starts.
    """
    order = len(table)
    rng = np.random.default_rng((seed, degree))
    maps = _orthogonal(rng.standard_normal((starts, order, degree, degree)))
    for _ in range(STEPS):
        means = sum(maps[:, table[:, h]] @ maps[:, h].transpose(0, 2, 1)[:, None] for h in range(order)) / order
        before, maps = maps, _orthogonal(means)
        if np.abs(maps - before).max() < RESIDUAL / 100:
            break
    return [rho for rho in maps if _residual(table, rho) < RESIDUAL]


def _orthogonal(matrices: np.ndarray) -> np.ndarray:
    """The orthogonal matrix nearest to each matrix."""
    left, _, right = np.linalg.svd(matrices)
    return left @ right


def _residual(table: np.ndarray, rho: np.ndarray) -> float:
    """The largest entry of ρ(gh) − ρ(g) ρ(h), over all g and h."""
    return float(np.abs(rho[table] - rho[:, None] @ rho[None]).max())


def largest_rank(rho: np.ndarray) -> int:
    """The maximum over g of the rank of ρ(g) − 1."""
    singular = np.linalg.svd(rho - np.eye(rho.shape[1]), compute_uv=False)
    return int((singular > DISTINCT).sum(axis=1).max())


def is_irreducible(rho: np.ndarray) -> bool:
    """Whether the symmetric matrices that commute with all ρ(g) are scalar, judged by the projection of one of them."""
    degree = rho.shape[1]
    matrix = np.random.default_rng(0).standard_normal((degree, degree))
    projected = (rho @ (matrix + matrix.T) @ rho.transpose(0, 2, 1)).mean(axis=0)
    return bool(np.abs(projected - np.trace(projected) / degree * np.eye(degree)).max() < DISTINCT)


def missed(rho: np.ndarray, points: np.ndarray) -> frozenset[int] | None:
    """The points that no vector fixed by the start's stabiliser tells from the start; None if it fixes no vector.

    `points` has the point to which each element takes the start, points[0]. Where the points are the elements
    themselves, the stabiliser is trivial and the points missed are the kernel.
    """
    projector = rho[points == points[0]].mean(axis=0)  # onto what the stabiliser fixes
    if np.trace(projector) < 0.5:  # the trace is the dimension, an integer
        return None
    moved = np.abs(rho @ projector - projector).max(axis=(1, 2)) > DISTINCT
    return frozenset(points[~moved].tolist())


class Sample(NamedTuple):
    """What the numbers need of a representation."""

    degree: int
    largest_rank: int
    missed: frozenset[int]

    @property
    def is_faithful(self) -> bool:
        return len(self.missed) == 1


def samples(
    table: np.ndarray, largest_degree: int, starts: int, seed: int, points: np.ndarray | None = None
) -> list[Sample]:
    """What a search finds in the degrees 1 to `largest_degree`, with so many starts in each."""
    points = np.arange(len(table)) if points is None else points
    found = []
    for degree in range(1, largest_degree + 1):
        for rho in search(table, degree, starts, seed):
            alike = missed(rho, points)
            if alike is not None:
                found.append(Sample(degree, largest_rank(rho), alike))
    return found


def numbers(
    table: np.ndarray, largest_degree: int, starts: int, seed: int, points: np.ndarray | None = None
) -> dict[str, int | None]:
    """Four numbers of a group from sampled representations of the degrees 1 to `largest_degree`; None if not reached.

    d_min is the least degree of a faithful sample, and k_single the least `largest_rank` of one. b_min is the least b
    such that the samples of degree at most b have a trivial joint kernel, and k_head the least k such that those with
    `largest_rank` at most k have. Decomposable samples do no harm: their parts are of no higher degree and rank, and
    their kernels are the intersections of those of the parts.

    The minima are over the degrees searched. These suffice for d_min if there is a faithful sample at all; for k_single
    a larger degree might be needed.

    Args:
        table: The index of the product of elements g and h at [g, h].
        largest_degree: The last degree searched, at least d_min + 1 to be of use.
        starts: How many random starts in each degree.
        seed: Of the random starts.
        points: For states that are cosets, the point to which each element takes the start, points[0]; the states are
            the elements otherwise. "Kernel" then stands for the points `missed`.
    """
    found = samples(table, largest_degree, starts, seed, points)
    faithful = [sample for sample in found if sample.is_faithful]
    return {
        "d_min": min((sample.degree for sample in faithful), default=None),
        "b_min": _least_bound([(sample.degree, sample.missed) for sample in found]),
        "k_single": min((sample.largest_rank for sample in faithful), default=None),
        "k_head": _least_bound([(sample.largest_rank, sample.missed) for sample in found]),
    }


def _least_bound(sets: list[tuple[int, frozenset[int]]]) -> int | None:
    """The least number such that the sets that come with at most this number meet in one point, the start."""
    for number in sorted({number for number, _ in sets}):
        if len(frozenset.intersection(*(points for other, points in sets if other <= number))) == 1:
            return number
    return None
