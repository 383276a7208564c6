"""Schur covers and smaller central extensions of a finite group, as permutation groups.

Let φ be a homomorphism of R/[F, R] onto a finite abelian group A. The set G × A with

    ŝ_k (g, a) = (s_k g, a + φ(f(g, k)))

has, by the lemma of `relation_module`, the group Ĝ = (F/[F, R]) / ker φ acting on it regularly. It has A in its
centre, as (g, a) ↦ (g, a + b), and Ĝ/A = G. If φ is one-to-one on M(G), then A ∩ Ĝ' = M(G); if A = M(G) as well, then
A lies in Ĝ', and Ĝ is a Schur cover (Darstellungsgruppe). By a theorem of Schur every projective representation of G
comes from a linear one of Ĝ, and a class μ of order e needs only A = C_e, φ = μ extended to R/[F, R].
Source: I. Schur, J. reine angew. Math. 127 (1904), §3; Isaacs, Character Theory of Finite Groups, 11.17.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Generic

import numpy as np
from numpy.typing import NDArray

from ..characters.class_function import G
from ..compared_by_fields import ComparedByFields
from ..errors import TooLargeError
from ..permutations.permutation import Permutation
from .multiplier import SchurMultiplier, schur_multiplier

COVER_LIMIT = 2500  # of |Ĝ|, which is also its degree


@dataclass(frozen=True, eq=False, repr=False)
class CentralExtension(ComparedByFields, Generic[G]):
    """1 → A → Ĝ → G → 1 with A = C_{e_1} × C_{e_2} × … in the centre.

    Attributes:
        group: G.
        cover: Ĝ, acting regularly on |Ĝ| points.
        lifts: ŝ_k in Ĝ for each generator s_k of `group.presentation`.
        kernel: generators z_1, z_2, … of A.
        kernel_orders: their orders e_1, e_2, …
    """

    group: G
    cover: G
    lifts: tuple[Permutation, ...]
    kernel: tuple[Permutation, ...]
    kernel_orders: tuple[int, ...]

    def _compared(self) -> tuple[Any, ...]:
        return self.group.presentation.generators, *super()._compared()  # which the lifts belong to

    def project(self, element: Sequence[int]) -> Permutation:
        """The image in G of an element of Ĝ.

        Raises:
            GroupError: if it is not in Ĝ.
        """
        width = prod(self.kernel_orders)
        return self.group.elements[self.cover.element(element)[0] // width]

    def __repr__(self) -> str:
        kernel = " x ".join(f"C{e}" for e in self.kernel_orders) or "C1"
        return f"<central extension of {self.group} by {kernel}, order {self.cover.order}>"


def schur_cover(group: G) -> CentralExtension[G]:
    """A Schur cover of a finite group: A ≅ M(G) lies in the centre and in the commutator subgroup of Ĝ.

    Groups that are not perfect may have several covers up to isomorphism; the presentation decides which one this is.

    Raises:
        TooLargeError: if |G| |M(G)| is above 2500, or for |G| above 10⁴.

    Example:
        >>> from bistate.groups import AlternatingGroup, identify
        >>> identify(schur_cover(AlternatingGroup(4)).cover)
        'SL(2,3)'
    """
    multiplier = schur_multiplier(group)
    return _extension(multiplier, multiplier.invariants, multiplier.tails)


def class_extension(multiplier: SchurMultiplier[G], cohomology_class: Sequence[int]) -> CentralExtension[G]:
    """The extension of G by C_e in which z acts by ζ_e in the representations that have a class of order e.

    Raises:
        GroupError: for what is no class.
        TooLargeError: if |G| e is above 2500.
    """
    e = multiplier.order_of(cohomology_class)
    tails = multiplier.tail_exponents(cohomology_class)[:, :, None]
    return _extension(multiplier, (e,) if e > 1 else (), tails if e > 1 else tails[:, :, :0])


def _extension(
    multiplier: SchurMultiplier[G], orders: tuple[int, ...], tails: NDArray[np.int64]
) -> CentralExtension[G]:
    """The group on G × A; tails are those of φ, shape (generators, |G|, len(orders))."""
    group, width = multiplier.group, prod(orders)
    size = group.order * width
    if size > COVER_LIMIT:
        raise TooLargeError(
            f"a central extension of {group} by {width} elements has order {size}; they are made up to {COVER_LIMIT}"
        )
    labels = np.array(list(np.ndindex(*orders)), dtype=np.int64).reshape(width, len(orders))
    lifts = []
    for move, tail in zip(multiplier.paths.moves, tails, strict=True):
        images = np.array(move)[:, None] * width + _places(labels[None] + tail[:, None], orders)
        lifts.append(Permutation(images.ravel().tolist()))
    kernel = []
    for unit in np.eye(len(orders), dtype=np.int64):
        images = np.arange(group.order)[:, None] * width + _places(labels + unit, orders)[None]
        kernel.append(Permutation(images.ravel().tolist()))
    cover = group.plain(lifts, size)
    found = CentralExtension(group, cover, tuple(lifts), tuple(kernel), orders)
    assert cover.order == size
    assert all(z in cover and z * s == s * z for z in kernel for s in lifts)
    return found


def _places(labels: NDArray[np.int64], orders: tuple[int, ...]) -> NDArray[np.int64]:
    """The positions of elements of A, given by their coordinates along the last axis."""
    place = np.zeros(labels.shape[:-1], dtype=np.int64)
    for i, e in enumerate(orders):
        place = place * e + labels[..., i] % e
    return place
