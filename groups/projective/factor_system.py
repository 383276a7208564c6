"""Factor systems: 2-cocycles of a finite group with values in roots of unity.

    α(g, h) α(gh, k) = α(g, hk) α(h, k),    α(1, g) = α(g, 1) = 1.

**Lemma.** The law holds for all g if it holds for the g of a generating set S, all h and all k.

Proof. In the algebra with basis u_g and u_g u_h = α(g, h) u_gh the law says (u_g u_h) u_k = u_g (u_h u_k). If it holds
for s and for p, then u_sp is a multiple of u_s u_p, and ((u_s u_p) u_h) u_k = (u_s (u_p u_h)) u_k = u_s ((u_p u_h) u_k)
= u_s (u_p (u_h u_k)) = (u_s u_p) (u_h u_k). G is finite, so all elements are products of those in S. ∎

Source: I. Schur, J. reine angew. Math. 127 (1904); Karpilovsky, Projective Representations of Finite Groups, 1985.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

import numpy as np
from numpy.typing import NDArray

from ..arithmetic.cyclotomic import Cyclotomic, E
from ..characters.class_function import G
from ..compared_by_fields import ComparedByFields
from ..errors import RepresentationError, TooLargeError
from ..permutations.listed_group import ListedGroup
from .relation_module import GeneratorTree

TABLE_LIMIT = 1000  # of the order of G: tables have order² entries, checks some such tables for each generator


@dataclass(frozen=True, eq=False, repr=False)
class FactorSystem(ComparedByFields, Generic[G]):
    """α(g, h) = ζ_e^x with e = `root_order` and x = `exponents[i, j]` for the i-th and j-th of `group.elements`.

    Attributes:
        group: G.
        root_order: e.
        exponents: read-only integers in 0, …, e−1, shape (|G|, |G|).
    """

    group: G
    root_order: int
    exponents: NDArray[np.int64]

    def __call__(self, g: Sequence[int], h: Sequence[int]) -> Cyclotomic:
        """α(g, h).

        Raises:
            GroupError: if g or h is not in the group.
        """
        return E(self.root_order, int(self.exponents[self.group.index(g), self.group.index(h)]))

    def verify(self) -> bool:
        """Check the law for all triples, by the lemma of this file.

        Returns:
            True: a failure raises, so that it cannot pass unseen.

        Raises:
            RepresentationError: with three elements for which it fails.
        """
        x, e = self.exponents, self.root_order
        table, elements = self.group.multiplication_table(), self.group.elements
        for g in (0, *(self.group.index(s) for s in self.group.generators)):
            difference = x[g][:, None] + x[table[g]] - x[g][table] - x
            failures = np.argwhere(difference % e)
            if len(failures):
                triple = [elements[int(i)] for i in (g, *failures[0])]
                raise RepresentationError(f"α(g, h) α(gh, k) is not α(g, hk) α(h, k) for g, h, k = {triple}")
        for row in (x[0], x[:, 0]):
            if row.any():
                first = elements[int(np.flatnonzero(row)[0])]
                raise RepresentationError(f"α(1, g) and α(g, 1) have to be 1, and are not for g = {first!r}")
        return True

    def regular_classes(self) -> tuple[int, ...]:
        """The conjugacy classes, by index, of α-regular elements.

        Those are the g with α(g, h) = α(h, g) for all h that commute with g. There are as many
        irreducible projective representations with this factor system, up to equivalence.
        """
        table = self.group.multiplication_table()
        bad = ((table == table.T) & ((self.exponents - self.exponents.T) % self.root_order != 0)).any(axis=1)
        irregular = {int(c) for c in self.group.class_indices[bad]}
        return tuple(c for c in range(len(self.group.conjugacy_classes())) if c not in irregular)

    def __repr__(self) -> str:
        return f"<factor system of {self.group} with values in roots of unity of order {self.root_order}>"


def require_table_order(group: ListedGroup) -> None:
    """Refuse groups for which a table of all pairs is too large.

    Raises:
        TooLargeError: above order 1000.
    """
    if group.order > TABLE_LIMIT:
        raise TooLargeError(f"{group} has order {group.order}; factor systems are listed up to order {TABLE_LIMIT}")


def from_tails(group: G, paths: GeneratorTree, tails: NDArray[np.int64], root_order: int) -> FactorSystem[G]:
    """α from s_k ρ(g) = ζ_e^{tails[k, g]} ρ(s_k g), where ρ(g) is the product along the tree; verified.

    With g = s_k p along the tree, ρ(g) ρ(h) = s_k ρ(p) ρ(h) = α(p, h) s_k ρ(ph), and so
    α(g, h) = α(p, h) ζ_e^{tails[k, ph]}.
    """
    require_table_order(group)
    table = group.multiplication_table()
    exponents = np.zeros((group.order, group.order), dtype=np.int64)
    for g in paths.order[1:]:
        parent, k = paths.tree[g]
        exponents[g] = (exponents[parent] + tails[k][table[parent]]) % root_order
    exponents.setflags(write=False)
    found = FactorSystem(group, root_order, exponents)
    found.verify()
    return found
