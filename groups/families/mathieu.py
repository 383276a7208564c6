"""The Mathieu groups, by standard generators (Conway & Sloane; the ATLAS of finite groups lists the orders)."""

from __future__ import annotations

from ..errors import GroupError
from ..group import PermutationGroup
from ..permutations.permutation import Permutation

ORDERS = {11: 7920, 12: 95040, 22: 443520, 23: 10200960, 24: 244823040}


def mathieu_group(degree: int) -> PermutationGroup:
    """M_11, M_12, M_22, M_23 or M_24 in its natural action.

    M_23 and M_24 share their first two generators: M_23 fixes the last point of M_24. The order is checked before
    the group is returned.

    Raises:
        GroupError: for another degree.
    """
    if degree not in ORDERS:
        raise GroupError(f"M{degree} is no Mathieu group; choose M11, M12, M22, M23 or M24")
    group = PermutationGroup(_GENERATORS[degree](), degree, name=f"M{degree}")
    assert group.order == ORDERS[degree]
    return group


def _from_cycles(degree: int, *cycles: tuple[int, ...]) -> Permutation:
    return Permutation.from_cycles([tuple(i - 1 for i in cycle) for cycle in cycles], degree)


def _m11() -> list[Permutation]:
    return [
        _from_cycles(11, tuple(range(1, 12))),
        _from_cycles(11, (3, 7, 11, 8), (4, 10, 5, 6)),
    ]


def _m12() -> list[Permutation]:
    return [
        _from_cycles(12, tuple(range(1, 12))),
        _from_cycles(12, (3, 7, 11, 8), (4, 10, 5, 6)),
        _from_cycles(12, (1, 12), (2, 11), (3, 6), (4, 8), (5, 9), (7, 10)),
    ]


def _m22() -> list[Permutation]:
    return [
        _from_cycles(22, tuple(range(1, 12)), tuple(range(12, 23))),
        _from_cycles(22, (1, 4, 5, 9, 3), (2, 8, 10, 7, 6), (12, 15, 16, 20, 14), (13, 19, 21, 18, 17)),
        _from_cycles(22, (1, 21), (2, 10, 8, 6), (3, 13, 4, 17), (5, 19, 9, 18), (11, 22), (12, 14, 16, 20)),
    ]


def _m23() -> list[Permutation]:
    return [
        _from_cycles(23, tuple(range(1, 24))),
        _from_cycles(23, (3, 17, 10, 7, 9), (4, 13, 14, 19, 5), (8, 18, 11, 12, 23), (15, 20, 22, 21, 16)),
    ]


def _m24() -> list[Permutation]:
    swap = [
        (1, 24),
        (2, 23),
        (3, 12),
        (4, 16),
        (5, 18),
        (6, 10),
        (7, 20),
        (8, 14),
        (9, 21),
        (11, 17),
        (13, 22),
        (15, 19),
    ]
    return [Permutation([*g, 23]) for g in _m23()] + [_from_cycles(24, *swap)]


_GENERATORS = {11: _m11, 12: _m12, 22: _m22, 23: _m23, 24: _m24}
