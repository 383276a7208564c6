"""Dihedral groups."""

from __future__ import annotations

from ..group import PermutationGroup
from ..irreducible.dihedral import dihedral_irreps
from ..permutations.permutation import Permutation
from ..permutations.presentation import Presentation, Word
from ..representations.representation import Representation
from .arguments import positive


class DihedralGroup(PermutationGroup):
    """D_n, the symmetries of the regular n-gon, of order 2n (so `DihedralGroup(4)` has order 8).

    Generators: the rotation r: i ↦ i + 1 and the reflection s: i ↦ −i (mod n), with s r s = r⁻¹. For n = 1, 2,
    where the polygon degenerates, D_1 is the group of a swap and D_2 is C_2 × C_2 on four points.

    Raises:
        GroupError: if n is not a positive integer.

    Example:
        >>> G = DihedralGroup(5)
        >>> r, s = G.generators
        >>> G.order, s * r * s == r.inverse(), [rho.degree for rho in G.irreps()]
        (10, True, [1, 1, 2, 2])
    """

    n: int

    def __init__(self, n: int) -> None:
        positive(n, "DihedralGroup")
        rotation = Permutation([1, 0, 2, 3] if n == 2 else [0, 1] if n == 1 else [(i + 1) % n for i in range(n)])
        reflection = Permutation([0, 1, 3, 2] if n == 2 else [1, 0] if n == 1 else [-i % n for i in range(n)])
        super().__init__([rotation, reflection], name=f"D{n}")
        object.__setattr__(self, "n", n)

    def _build_presentation(self) -> Presentation:
        if self.n < 3:
            return super()._build_presentation()
        return Presentation(self.generators, (((0, self.n),), ((1, 2),), ((1, 1), (0, 1), (1, 1), (0, 1))))

    def _word(self, element: Permutation) -> Word:
        """r^k s^j maps 0 ↦ k and 1 ↦ k ± 1."""
        if self.n < 3:
            return super()._word(element)
        turn = ((0, element[0]),) if element[0] else ()
        return turn if element[1] == (element[0] + 1) % self.n else (*turn, (1, 1))

    @property
    def has_own_irreps(self) -> bool:
        """True from the triangle on: see `bistate.groups.irreducible.dihedral`."""
        return self.n >= 3

    def _build_irreps(self, field: str) -> list[Representation] | None:
        return dihedral_irreps(self, self.n, field) if self.n >= 3 else None

    def __repr__(self) -> str:
        return f"DihedralGroup({self.n})"
