"""Least sizes of four rungs for a small group, by plain searches over its multiplication table.

Only the table and numpy are used: no characters, no subgroups, nothing of the library. Homomorphisms and signed
permutation matrices are looked through completely, so what they say is proved for the group at hand; the search for
rank-one terms is numerical, and what it never finds is evidence only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, permutations, product
from math import lcm
from typing import NamedTuple, TypeVar

import numpy as np

Values = TypeVar("Values")

# --- the group ---


def generators_of(table: np.ndarray) -> list[int]:
    """Elements that generate the group, as few as there are, those of large order first."""
    orders = orders_of(table)
    by_order = sorted(range(1, len(table)), key=lambda g: -orders[g])
    for count in range(len(table)):
        for chosen in combinations(by_order, count):
            if len(_words(table, chosen)) == len(table):
                return list(chosen)
    raise AssertionError("all elements together generate the group")


def orders_of(table: np.ndarray) -> list[int]:
    """The order of each element; the identity is element 0."""
    orders = []
    for g in range(len(table)):
        power, order = g, 1
        while power != 0:
            power, order = int(table[power, g]), order + 1
        orders.append(order)
    return orders


def _words(table: np.ndarray, generators: tuple[int, ...] | list[int]) -> list[tuple[int, int, int]]:
    """For each element reached from the identity (element, element before, position of the generator multiplied by)."""
    reached, known = [(0, 0, -1)], {0}
    for before, _, _ in reached:  # grows on the way
        for k, generator in enumerate(generators):
            element = int(table[before, generator])
            if element not in known:
                known.add(element)
                reached.append((element, before, k))
    return reached


def _extend(
    table: np.ndarray,
    generators: list[int],
    images: list[Values],
    one: Values,
    times: Callable[[Values, Values], Values],
) -> list[Values]:
    """The images of all elements, in the table's order, that the images of the generators lead to along words."""
    found: list[Values] = [one] * len(table)
    for element, before, k in _words(table, generators)[1:]:
        found[element] = times(found[before], images[k])
    return found


# --- homomorphisms to a cyclic group: the rungs diagonal and rotation ---


def homomorphisms(table: np.ndarray, modulus: int) -> list[tuple[int, ...]]:
    """All homomorphisms to the integers modulo a number, each as the images of all elements."""
    generators, found = generators_of(table), []
    for images in product(range(modulus), repeat=len(generators)):
        f = np.array(_extend(table, generators, list(images), 0, lambda x, y: (x + y) % modulus))
        if (f[table] == (f[:, None] + f[None, :]) % modulus).all():
            found.append(tuple(f.tolist()))
    return found


def least_joint_size(maps: list[tuple[int, ...]], sizes: list[int]) -> int | None:
    """The least total size of a set of maps, not empty, that together tell all elements apart; every set is tried."""
    best = None
    for count in range(1, len(maps) + 1):
        for chosen in combinations(range(len(maps)), count):
            size = sum(sizes[i] for i in chosen)
            if best is not None and size >= best:
                continue
            if len(set(zip(*(maps[i] for i in chosen), strict=True))) == len(maps[0]):
                best = size
    return best


def least_diagonal(table: np.ndarray) -> int | None:
    """The least n such that the group embeds in the diagonal matrices of size n with entries ±1; None if none."""
    maps = homomorphisms(table, 2)
    return least_joint_size(maps, [1] * len(maps))


def least_rotation(table: np.ndarray) -> int | None:
    """The least size of an embedding in block matrices of signs (size 1) and plane rotations (size 2); None if none."""
    exponent = lcm(*orders_of(table))
    maps = homomorphisms(table, exponent)
    # A rotation by a multiple of half a turn is a sign.
    sizes = [1 if all(2 * value % exponent == 0 for value in f) else 2 for f in maps]
    return least_joint_size(maps, sizes)


# --- signed permutations: the rung monomial ---


def signed_permutations(size: int) -> np.ndarray:
    """All signed permutations, shape (2^n n!, 2n): images of the points 0 to 2n − 1, where p + n is p with a minus."""
    found = [
        [image + size * sign for image, sign in zip(images, signs, strict=True)]
        for images in permutations(range(size))
        for signs in product((0, 1), repeat=size)
    ]
    plus = np.array(found, dtype=np.int8).reshape(-1, size)
    return np.concatenate([plus, (plus + size) % (2 * size)], axis=1)


def permutation_orders(elements: np.ndarray, largest: int) -> np.ndarray:
    """The order of each row as a permutation; 0 where it is above `largest`."""
    orders = np.zeros(len(elements), dtype=int)
    power = elements
    for order in range(1, largest + 1):
        is_one = (power == np.arange(elements.shape[1])).all(axis=1)
        orders[is_one & (orders == 0)] = order
        power = np.take_along_axis(elements, power, axis=1)
    return orders


def signed_embedding(table: np.ndarray, size: int) -> np.ndarray | None:
    """An embedding in the signed permutations of a size, as the images of all elements (order, 2n); None if none.

    Generators may go to any signed permutations of their orders, and all these choices are tried, those for the last
    generator at once.
    """
    if len(table) == 1:
        return signed_permutations(size)[:1]
    generators, orders = generators_of(table), orders_of(table)
    everything = signed_permutations(size)
    found = permutation_orders(everything, max(orders))
    candidates = [everything[found == orders[g]] for g in generators]
    last = candidates.pop()
    if not len(last):
        return None
    one = np.broadcast_to(np.arange(2 * size, dtype=np.int8), last.shape)
    for first in product(*candidates):
        images = [*(np.broadcast_to(f, last.shape) for f in first), last]
        maps = np.stack(_extend(table, generators, images, one, _compose))  # (order, candidates, 2n)
        good = np.ones(len(last), dtype=bool)
        # f(g s) = f(g) f(s) for all g and all generators s is enough for a homomorphism.
        for k, s in enumerate(generators):
            for g in range(len(table)):
                good &= (maps[table[g, s]] == _compose(maps[g], images[k])).all(axis=1)
        for i in np.flatnonzero(good):
            if len(np.unique(maps[:, i], axis=0)) == len(table):
                return maps[:, i]
    return None


def _compose(f: np.ndarray, g: np.ndarray) -> np.ndarray:
    """f∘g for each pair of rows."""
    return np.take_along_axis(f, g, axis=1)


def is_signed_embedding(table: np.ndarray, images: np.ndarray) -> bool:
    """Whether images (order, 2n) are different signed permutations that multiply as the table says."""
    size = images.shape[1] // 2
    return bool(
        (np.sort(images, axis=1) == np.arange(2 * size)).all()
        and ((images[:, :size] + size) % (2 * size) == images[:, size:]).all()
        and all((images[table[g]] == images[g][images]).all() for g in range(len(table)))
        and len(np.unique(images, axis=0)) == len(table)
    )


def orders_with_lines(size: int) -> set[int]:
    """The orders of all signed permutations of a size.

    They depend on the cycles alone: a signed cycle on l lines has order l or, if its signs multiply to −1, 2l.
    """
    orders: list[set[int]] = [{1}]  # of those on 0, 1, 2, … lines
    for lines in range(1, size + 1):
        orders.append(
            {
                lcm(order, length * signs)
                for length in range(1, lines + 1)
                for order in orders[lines - length]
                for signs in (1, 2)
            }
        )
    return orders[size]


# --- sums of rank-one tensors: the rung cp ---


class Fit(NamedTuple):
    """Where the starts of a least-squares fit ended.

    Attributes:
        residuals: ‖tensor − sum of terms‖ / ‖tensor‖ of each start.
        norms: the norm of the largest of the terms of each start.
    """

    residuals: np.ndarray
    norms: np.ndarray


def compressed(rho: np.ndarray) -> np.ndarray:
    """The tensor in an orthonormal basis of the span of its slices: (span, d, d), of the same rank and norm."""
    letters, degree, _ = rho.shape
    _, singular, right = np.linalg.svd(rho.reshape(letters, -1), full_matrices=False)
    kept = singular > 1e-6 * singular[0]
    return (singular[kept, None] * right[kept]).reshape(-1, degree, degree)


def fit_terms(tensors: np.ndarray, rank: int, steps: int, seed: int, ridge: float = 0.0) -> Fit:
    """Fit each tensor of shape (a, b, c) by a sum of rank-one terms, by Levenberg and Marquardt's method.

    Args:
        tensors: One for each start, (starts, a, b, c).
        rank: The number of terms.
        steps: How many steps.
        seed: Of the random starts.
        ridge: The sum of the squares of all entries of the factors is added to the squared error with this weight
            (the tensors are scaled to norm 1), so that terms that grow and cancel each other do not pay.
    """
    starts, shape = len(tensors), tensors.shape[1:]
    if rank == 0:
        return Fit(np.ones(starts), np.zeros(starts))
    targets = tensors / np.linalg.norm(tensors.reshape(starts, -1), axis=1)[:, None, None, None]
    rng = np.random.default_rng((seed, rank, *shape))
    size = rank * sum(shape)
    point = rng.standard_normal((starts, size)) * (rank * np.prod(shape)) ** (-1 / 6)
    damping = np.ones(starts)
    error = _error(targets, point, rank)
    cost = _cost(error, point, ridge)
    for _ in range(steps):
        matrix, slope = _normal_equations(error, point, rank)
        matrix[:, range(size), range(size)] += ridge + damping[:, None]
        step = np.linalg.solve(matrix, (slope + ridge * point)[..., None])[..., 0]
        proposed = point - step
        new_error = _error(targets, proposed, rank)
        new_cost = _cost(new_error, proposed, ridge)
        better = new_cost < cost
        damping = np.where(better, np.maximum(damping / 4, 1e-13), np.minimum(damping * 3, 1e3))
        point[better], error[better], cost[better] = proposed[better], new_error[better], new_cost[better]
    sizes = np.prod([np.linalg.norm(part, axis=1) for part in _parts(point, shape, rank)], axis=0)  # (starts, rank)
    return Fit(np.linalg.norm(error.reshape(starts, -1), axis=1), sizes.max(axis=1))


def _parts(point: np.ndarray, shape: tuple[int, ...], rank: int) -> list[np.ndarray]:
    """The factors that make up a point: (starts, a, rank), (starts, b, rank), (starts, c, rank)."""
    ends = np.cumsum(shape) * rank
    return [part.reshape(len(point), -1, rank) for part in np.split(point, ends[:-1], axis=1)]


def _error(targets: np.ndarray, point: np.ndarray, rank: int) -> np.ndarray:
    x, y, z = _parts(point, targets.shape[1:], rank)
    pairs = x[:, :, None] * y[:, None]  # (starts, a, b, rank)
    return pairs @ z.transpose(0, 2, 1)[:, None] - targets


def _cost(error: np.ndarray, point: np.ndarray, ridge: float) -> np.ndarray:
    return (error**2).sum(axis=(1, 2, 3)) + ridge * (point**2).sum(axis=1)


def _normal_equations(error: np.ndarray, point: np.ndarray, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """JᵀJ and Jᵀ error for the Jacobian J of the sum of terms, without J itself.

    The derivatives by x_ir and x_jp multiply to (i = j) (y_r·y_p) (z_r·z_p), those by x_ir and y_jp to
    x_ip y_jr (z_r·z_p).
    """
    shape = error.shape[1:]
    parts = _parts(point, shape, rank)
    grams = [part.transpose(0, 2, 1) @ part for part in parts]  # (starts, rank, rank)
    blocks: list[list[np.ndarray]] = [[], [], []]
    slopes = []
    for m in range(3):
        one, two = (k for k in range(3) if k != m)
        for k in range(3):
            if k == m:
                block = np.einsum("ij,srp->sirjp", np.eye(shape[m]), grams[one] * grams[two])
            else:
                block = np.einsum("sip,sjr,srp->sirjp", parts[m], parts[k], grams[3 - m - k])
            blocks[m].append(block.reshape(len(point), shape[m] * rank, shape[k] * rank))
        facing = np.moveaxis(error, m + 1, 1).reshape(len(point), shape[m], -1)
        products = (parts[one][:, :, None] * parts[two][:, None]).reshape(len(point), -1, rank)
        slopes.append((facing @ products).reshape(len(point), -1))
    return np.block(blocks), np.concatenate(slopes, axis=1)


def by_trace(found: list[np.ndarray]) -> Iterator[list[np.ndarray]]:
    """Lists of the representations with the same traces: these differ by an orthogonal change of basis only."""
    alike: dict[tuple[float, ...], list[np.ndarray]] = {}
    for rho in found:
        alike.setdefault(tuple(np.trace(rho, axis1=1, axis2=2).round(3) + 0.0), []).append(rho)
    yield from alike.values()


def is_faithful(rho: np.ndarray) -> bool:
    """Whether only the identity, element 0, acts as the identity."""
    return bool((np.abs(rho[1:] - np.eye(rho.shape[1])).max(axis=(1, 2)) > 1e-6).all())
