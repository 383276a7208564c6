"""Groups by their multiplication table: it is checked to be one, and the elements become permutations of themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import GroupError, TooLargeError
from .generated_group import IntArray
from .permutation import Permutation

MOST_ELEMENTS = 2000  # the table has their square


def left_translations(table: Any) -> tuple[Permutation, ...]:
    """Generators of the group with the product i * j = table[i][j], as the permutations x ↦ i * x.

    The table is one of a group if it is a Latin square, has an identity, and (i * g) * j = i * (g * j) for all i and j
    and for g in a set that generates it: the elements g with this property are closed under products (Light's test;
    A. H. Clifford and G. B. Preston, The Algebraic Theory of Semigroups I, section 1.2).

    Args:
        table: n × n integers from 0 to n−1.

    Raises:
        GroupError: for a table that is none of a group, with the entries or the triple that show it.
        TooLargeError: for more than `MOST_ELEMENTS` elements.

    Example:
        >>> left_translations([[0, 1, 2], [1, 2, 0], [2, 0, 1]])
        (Permutation([1, 2, 0]),)
    """
    found = _checked(table)
    identity = _identity(found)
    generators = _generators(found, identity)
    for g in generators:
        left, right = found[found[:, g]], found[:, found[g]]  # (i * g) * j and i * (g * j): (elements, elements)
        wrong = np.argwhere(left != right)
        if len(wrong):
            i, j = wrong[0].tolist()
            raise GroupError(
                f"the table is no group's, as it is not associative: ({i} * {g}) * {j} = {left[i, j]}, and {i} * "
                f"({g} * {j}) = {right[i, j]}"
            )
    return tuple(Permutation(found[g].tolist()) for g in generators)


def _checked(table: Any) -> IntArray:
    """The table as an array, if it is a Latin square."""
    try:
        found: NDArray[Any] = np.asarray(table)
    except ValueError:
        raise GroupError("the rows of the multiplication table differ in length") from None
    if found.ndim != 2 or found.shape[0] != found.shape[1] or not len(found) or found.dtype.kind not in "iu":
        raise GroupError(
            f"a multiplication table is n × n whole numbers, and here is shape {found.shape} of type {found.dtype}"
        )
    size = len(found)
    if size > MOST_ELEMENTS:
        raise TooLargeError(f"a multiplication table of {size} elements; at most {MOST_ELEMENTS} are supported")
    if found.min() < 0 or found.max() >= size:
        i, j = np.argwhere((found < 0) | (found >= size))[0].tolist()
        raise GroupError(f"{i} * {j} = {found[i, j]} in the table is none of the elements 0, …, {size - 1}")
    for rows, name in ((found, "{0} * {1} = {0} * {2}"), (found.T, "{1} * {0} = {2} * {0}")):
        bad = np.flatnonzero((np.sort(rows, axis=1) != np.arange(size)).any(axis=1))
        if len(bad):
            i = int(bad[0])
            row = rows[i].tolist()
            j, k = next((row.index(value), k) for k, value in enumerate(row) if row.index(value) < k)
            raise GroupError(f"the table is no group's, as {name.format(i, j, k)} = {row[j]}: nothing can be cancelled")
    return found.astype(np.int64)


def _identity(table: IntArray) -> int:
    size = len(table)
    left = np.flatnonzero((table == np.arange(size)).all(axis=1))
    right = np.flatnonzero((np.arange(size) == table.T).all(axis=1))
    both = np.intersect1d(left, right)
    if not len(both):
        raise GroupError(f"the table is no group's, as no element e has e * x = x = x * e for all of 0, …, {size - 1}")
    return int(both[0])


def _generators(table: IntArray, identity: int) -> list[int]:
    """Elements from which all others come by multiplying on the right: the first that is missing, as long as one is."""
    reached = np.zeros(len(table), dtype=bool)
    reached[identity] = True
    chosen: list[int] = []
    while not reached.all():
        chosen.append(int(np.flatnonzero(~reached)[0]))
        reached[chosen[-1]] = True
        frontier = np.flatnonzero(reached)
        while len(frontier):
            new = np.unique(table[frontier][:, chosen])
            frontier = new[~reached[new]]
            reached[frontier] = True
    return chosen
