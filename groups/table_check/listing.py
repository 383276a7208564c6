"""The elements of a permutation group, one by one, and its conjugacy classes.

(p*q)(i) = p(q(i)). The set that starts with the identity and is closed under g ↦ g*s for the generators s is the group:
the inverse of a permutation is one of its powers. The set that starts with z and is closed under g ↦ s⁻¹*g*s is the
class of z, for the same reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import lcm

from .errors import require

Images = tuple[int, ...]  # the image of each point


def product(p: Images, q: Images) -> Images:
    """p*q, which applies q first."""
    return tuple(map(p.__getitem__, q))


def inverse(p: Images) -> Images:
    """p⁻¹."""
    found = [0] * len(p)
    for point, image in enumerate(p):
        found[image] = point
    return tuple(found)


def power(p: Images, k: int) -> Images:
    """p^k for k ≥ 0."""
    found: Images = tuple(range(len(p)))
    for _ in range(k):
        found = product(found, p)
    return found


def order_of(p: Images) -> int:
    """The least k ≥ 1 with p^k = 1: the least common multiple of the lengths of the cycles."""
    lengths, seen = [1], set()
    for start in range(len(p)):
        here, length = start, 0
        while here not in seen:
            seen.add(here)
            here, length = p[here], length + 1
        lengths.append(max(length, 1))
    return lcm(*lengths)


@dataclass(frozen=True)
class Listing:
    """A group, listed.

    Attributes:
        tree: all elements, each with one before it and the generator s that leads there, g = h*s; the identity, with
            the generator −1, is first.
        representatives: one element of each class, the identity first.
        class_of: the class of each element.
        members: the elements of each class.
        orders: of the elements of each class.
    """

    tree: dict[Images, tuple[Images, int]]
    representatives: tuple[Images, ...]
    class_of: dict[Images, int]
    members: tuple[tuple[Images, ...], ...]
    orders: tuple[int, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """|C_j|."""
        return tuple(map(len, self.members))

    def power_map(self, k: int) -> tuple[int, ...]:
        """For each class, the class of the k-th powers of its elements, k ≥ 0."""
        return tuple(self.class_of[power(z, k % o)] for z, o in zip(self.representatives, self.orders, strict=True))

    def products(self, i: int, j: int) -> dict[int, int]:
        """How many x of the class i have x*z_j in each class."""
        found: dict[int, int] = {}
        for x in self.members[i]:
            place = self.class_of[product(x, self.representatives[j])]
            found[place] = found.get(place, 0) + 1
        return found

    def powers(self) -> list[list[int]]:
        """For each class the classes of z⁰, z¹, …, z^{o−1}, o the order of its elements."""
        found = []
        for z, o in zip(self.representatives, self.orders, strict=True):
            here, places = power(z, 0), []
            for _ in range(o):
                places.append(self.class_of[here])
                here = product(here, z)
            found.append(places)
        return found

    def fixed_points(self) -> list[int]:
        """How many points the elements of each class fix."""
        return [sum(image == point for point, image in enumerate(z)) for z in self.representatives]


def _tree(generators: Sequence[Images], degree: int, most: int) -> dict[Images, tuple[Images, int]]:
    """All elements, each with the edge that it was found along.

    Raises:
        CheckError: beyond `most` of them.
    """
    identity: Images = tuple(range(degree))
    found = {identity: (identity, -1)}
    queue = [identity]
    for here in queue:
        for k, s in enumerate(generators):
            there = product(here, s)
            if there not in found:
                found[there] = (here, k)
                queue.append(there)
                require(len(queue) <= most, f"the generators have more than {most} products, which is said to be |G|")
    return found


def listed(generators: Sequence[Images], degree: int, order: int, representatives: Sequence[Images]) -> Listing:
    """The group with its classes, which are those of the representatives.

    Raises:
        CheckError: if the group has another order, or the representatives are not one of each class.
    """
    elements = _tree(generators, degree, order)
    require(len(elements) == order, f"the generators have {len(elements)} products, and not {order}")
    pairs = [(inverse(s), s) for s in generators]
    class_of: dict[Images, int] = {}
    members = []
    for j, z in enumerate(representatives):
        require(z in elements, f"the representative of class {j} is not in the group")
        require(z not in class_of, f"the representatives of classes {class_of.get(z)} and {j} are conjugate")
        class_of[z], found = j, [z]
        for here in found:
            for back, s in pairs:
                there = product(product(back, here), s)
                if there not in class_of:
                    class_of[there] = j
                    found.append(there)
        members.append(tuple(found))
    require(len(class_of) == order, f"the classes have {len(class_of)} elements, and the group has {order}")
    return Listing(
        tree=elements,
        representatives=tuple(representatives),
        class_of=class_of,
        members=tuple(members),
        orders=tuple(map(order_of, representatives)),
    )
