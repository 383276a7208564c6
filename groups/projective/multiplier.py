"""The Schur multiplier M(G) ≅ H²(G, C*) of a finite group, by Hopf's formula.

    M(G) = (R ∩ [F, F]) / [F, R],    G = F/R,

is the torsion subgroup of N = R/[F, R]; how N is found and why stands in `relation_module`. A homomorphism μ: M(G) → C*
is a cohomology class: λ: N → C* with λ = μ on M(G) makes of the factor set c(g, h) = σ(g) σ(h) σ(gh)⁻¹ in N the
2-cocycle α = λ ∘ c, and all of H²(G, C*) comes from one μ each. Written multiplicatively, with g = s_k p along the
tree,

    c(1, h) = 1,    c(g, h) = c(p, h) f(p h, k).

Sources: I. Schur, Über die Darstellung der endlichen Gruppen durch gebrochene lineare Substitutionen, J. reine angew.
Math. 127 (1904); H. Hopf, Comment. Math. Helv. 14 (1942); G. Karpilovsky, The Schur Multiplier, 1987.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import gcd, lcm, prod
from typing import Generic

import numpy as np
from flint import fmpz_mat
from numpy.typing import NDArray

from ..characters.class_function import G
from ..compared_by_fields import ComparedByFields
from ..errors import GroupError
from ..permutations.presentation import Word
from ..watch import tell
from .relation_module import GeneratorTree, RelationModule, relation_module
from .smith_form import SmithForm, smith_form

CohomologyClass = tuple[int, ...]


@dataclass(frozen=True, eq=False, repr=False)
class SchurMultiplier(ComparedByFields, Generic[G]):
    """M(G) ≅ C_{d_1} × C_{d_2} × …, d_1 | d_2 | …, and its generators e_1, e_2, … in R/[F, R].

    Attributes:
        group: G.
        invariants: (d_1, d_2, …), all above 1; () for the trivial group.
        relators: r_1, …, r_m, those of `group.presentation` and some that follow from them.
        paths: the tree of the Cayley graph.
        tails: coordinates of the M(G)-parts of f(g, k), read-only, shape (generators, |G|, number of invariants).
        generator_exponents: row i has integers a_1, …, a_m with e_i = r_1^{a_1} ⋯ r_m^{a_m} modulo [F, R].
    """

    group: G
    invariants: tuple[int, ...]
    relators: tuple[Word, ...]
    generator_exponents: tuple[tuple[int, ...], ...]
    paths: GeneratorTree
    tails: NDArray[np.int64]

    @property
    def order(self) -> int:
        """|M(G)|."""
        return prod(self.invariants)

    @property
    def classes(self) -> tuple[CohomologyClass, ...]:
        """H²(G, C*): all (b_1, b_2, …) with 0 ≤ b_i < d_i, for μ(e_i) = exp(2πi b_i/d_i); (0, 0, …) is first."""
        return tuple(product(*map(range, self.invariants)))

    def order_of(self, cohomology_class: Sequence[int]) -> int:
        """The order of a class in H²(G, C*).

        Raises:
            GroupError: for other than one integer for each invariant.
        """
        chosen = self.require_class(cohomology_class)
        return lcm(*(d // gcd(b, d) for b, d in zip(chosen, self.invariants, strict=True)))

    def require_class(self, cohomology_class: Sequence[int]) -> CohomologyClass:
        """The class with its integers reduced modulo the invariants.

        Raises:
            GroupError: for other than one integer for each invariant.
        """
        given = tuple(cohomology_class)
        if len(given) != len(self.invariants) or any(isinstance(b, bool) or not isinstance(b, int) for b in given):
            raise GroupError(
                f"{cohomology_class!r} is no class in H²({self.group}, C*): give one integer for each of the "
                f"invariants {self.invariants}"
            )
        return tuple(b % d for b, d in zip(given, self.invariants, strict=True))

    def tail_exponents(self, cohomology_class: Sequence[int]) -> NDArray[np.int64]:
        """x(k, g) with λ(f(g, k)) = ζ_e^x, e the order of the class: shape (generators, |G|).

        λ is 1 on a free complement of M(G) in R/[F, R].
        """
        chosen = self.require_class(cohomology_class)
        e = self.order_of(chosen)
        weights = [int(Fraction(b * e, d)) for b, d in zip(chosen, self.invariants, strict=True)]
        return np.asarray(self.tails @ np.array(weights, dtype=np.int64) % e, dtype=np.int64)

    def __str__(self) -> str:
        return " x ".join(f"C{d}" for d in self.invariants) or "C1"

    def __repr__(self) -> str:
        return f"<Schur multiplier {self} of {self.group}>"


def schur_multiplier(group: G) -> SchurMultiplier[G]:
    """The Schur multiplier of a finite group.

    Raises:
        TooLargeError: above order 10⁴, before any work.

    Example:
        >>> from bistate.groups import AbelianGroup, AlternatingGroup, QuaternionGroup
        >>> [str(schur_multiplier(G)) for G in (AbelianGroup(2, 2, 2), AlternatingGroup(4), QuaternionGroup(8))]
        ['C2 x C2 x C2', 'C2', 'C1']
    """
    tell("Schur multiplier")
    module = relation_module(group)
    width = len(module.relators)
    form = smith_form(_row_basis(module.relations, width), width)
    assert form.diagonal.count(0) == len(module.paths.moves), "R/[F, R] has the rank of F"
    _check_relations(module, form)
    places = [i for i, d in enumerate(form.diagonal) if d > 1]
    invariants = tuple(form.diagonal[i] for i in places)
    inverse = fmpz_mat(width, width, [x for row in form.right for x in row]).inv() if width else None
    exponents = tuple(tuple(int(inverse[i, j].p) for j in range(width)) for i in places) if inverse is not None else ()
    shape = (len(module.paths.moves), group.order, len(places))
    tails = np.zeros(shape, dtype=np.int64)
    for k, row in enumerate(module.tails):
        for g, tail in enumerate(row):
            tails[k, g] = [_coordinate(tail, form, i) for i in places]
    tails.setflags(write=False)
    return SchurMultiplier(group, invariants, module.relators, exponents, module.paths, tails)


def _coordinate(vector: Sequence[int], form: SmithForm, i: int) -> int:
    """The i-th coordinate of a vector in ⊕ Z/d_i."""
    value = sum(x * form.right[j][i] for j, x in enumerate(vector) if x)
    return value % form.diagonal[i] if form.diagonal[i] else value


def _row_basis(rows: Sequence[Sequence[int]], width: int) -> list[list[int]]:
    """A basis of the lattice that rows span: the nonzero rows of the Hermite normal form."""
    if not rows:
        return []
    reduced = fmpz_mat(len(rows), width, [x for row in rows for x in row]).hnf()
    table = [[int(reduced[i, j]) for j in range(width)] for i in range(min(len(rows), width))]
    return [row for row in table if any(row)]


def _check_relations(module: RelationModule, form: SmithForm) -> None:
    """Every relation is zero in ⊕ Z/d_i."""
    for relation in module.relations:
        assert not any(_coordinate(relation, form, i) for i in range(len(form.diagonal)))
