"""Generalised quaternion (dicyclic) groups."""

from __future__ import annotations

from ..errors import GroupError
from ..group import PermutationGroup
from ..permutations.permutation import Permutation
from .arguments import positive


class QuaternionGroup(PermutationGroup):
    """The dicyclic group ⟨a, x | a^{2m} = 1, x² = a^m, x⁻¹ a x = a⁻¹⟩ of order 4m, in its regular action.

    `QuaternionGroup()` is the quaternion group Q_8; orders 16, 32, … give the generalised quaternion groups, and
    other multiples of 4 the remaining dicyclic groups.

    Args:
        order: 4m with m ≥ 2.

    Raises:
        GroupError: if the order is not a multiple of 4 of at least 8.

    Example:
        >>> G = QuaternionGroup()
        >>> a, x = G.generators
        >>> G.order, a**4 == G.identity, x**2 == a**2, sum((g * g).is_identity for g in G.elements)
        (8, True, True, 2)
    """

    def __init__(self, order: int = 8) -> None:
        positive(order, "QuaternionGroup", least=8)
        if order % 4:
            raise GroupError(f"QuaternionGroup({order}): the order has to be a multiple of 4 of at least 8")
        half = order // 2  # point k is a^k, point half + k is a^k x
        turn = [(k + 1) % half for k in range(half)] + [half + (k + 1) % half for k in range(half)]
        # x · a^k = a^{−k} x and x · a^k x = a^{−k} x² = a^{m−k}
        flip = [half + -k % half for k in range(half)] + [(half // 2 - k) % half for k in range(half)]
        name = f"Dic{order // 4}" if order & (order - 1) else f"Q{order}"
        super().__init__([Permutation(turn), Permutation(flip)], name=name)

    def __repr__(self) -> str:
        return f"QuaternionGroup({self.degree})"
