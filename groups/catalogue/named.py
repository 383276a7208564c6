"""Groups by name."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..constructions.products import direct_product, wreath_product
from ..errors import GroupError
from ..families.abelian import AbelianGroup
from ..families.alternating import AlternatingGroup
from ..families.cyclic import CyclicGroup
from ..families.dihedral import DihedralGroup
from ..families.mathieu import mathieu_group
from ..families.matrix_groups import linear_group
from ..families.quaternion import QuaternionGroup
from ..families.symmetric import SymmetricGroup
from ..group import PermutationGroup
from .numbered import small_group

NAMES = (
    "C12 or Z12 (cyclic), S4 (symmetric), A5 (alternating), D4 (dihedral, order 8), Q8 (quaternion, by its order), "
    "Dic3 (dicyclic, order 12), V4 (Klein), C2^3 (power), M11 M12 M22 M23 M24, GL(2,3) SL(2,5) PGL(2,7) PSL(2,7), "
    "SmallGroup(24,3) (order up to 63, GAP's numbers), products with x as in C2xC4 or A4xC5, wreath "
    "products with wr as in C2wrS4, generators as in (1,2,3),(1,2) or [1,2,0],[1,0,2]"
)

_FAMILIES: list[tuple[str, Callable[[int], PermutationGroup]]] = [
    (r"[CZ](\d+)", CyclicGroup),
    (r"S(\d+)", SymmetricGroup),
    (r"A(\d+)", AlternatingGroup),
    (r"D(\d+)", DihedralGroup),
    (r"Q(\d+)", QuaternionGroup),
    (r"Dic(\d+)", lambda n: QuaternionGroup(4 * n)),
    (r"M(\d+)", mathieu_group),
]


def named_group(name: str) -> PermutationGroup:
    """The group a name stands for: C12, C2xC4, S4, D4 (order 8), Q8, A4xC5, C2wrS4, PSL(2,7), M11, …

    Permutations in parentheses or brackets are generators: `(1,2,3),(1,2)`; see `PermutationGroup.from_text`.
    `x` binds weaker than `wr` and `^`; spaces and letter case of the operators do not matter.

    Raises:
        GroupError: for a name that is not understood; the message lists what is.

    Example:
        >>> [named_group(name).order for name in ("C12", "C2xC4", "D4", "Q8", "A4xC5", "PSL(2,7)", "M11")]
        [12, 8, 8, 8, 60, 168, 7920]
    """
    if not isinstance(name, str):
        raise GroupError(f"a group name is a text, not {name!r}; understood: {NAMES}")
    if name.strip()[:1] in ("(", "["):
        return PermutationGroup.from_text(name)
    text = name.replace(" ", "").replace("×", "x").replace("≀", "wr")
    factors = [_wreath(part, name) for part in re.split(r"[xX]", text)]
    if len(factors) == 1:
        return factors[0]
    if all(isinstance(factor, CyclicGroup | AbelianGroup) for factor in factors):
        return AbelianGroup(order for factor in factors for order in _orders(factor))
    return direct_product(*factors)


def _orders(group: PermutationGroup) -> tuple[int, ...]:
    return group.orders if isinstance(group, AbelianGroup) else (group.order,)


def _wreath(text: str, name: str) -> PermutationGroup:
    parts = [_power(part, name) for part in text.split("wr")]
    group = parts[0]
    for top in parts[1:]:
        group = wreath_product(group, top)
    return group


def _power(text: str, name: str) -> PermutationGroup:
    base, _, exponent = text.partition("^")
    group = _single(base, name)
    if not exponent:
        return group
    if not exponent.isdigit() or int(exponent) < 1:
        raise _unknown(name)
    copies = [group] * int(exponent)
    return AbelianGroup([group.order] * len(copies)) if isinstance(group, CyclicGroup) else direct_product(*copies)


def _single(text: str, name: str) -> PermutationGroup:
    if text in ("V4", "K4"):
        return AbelianGroup([2, 2])
    for pattern, family in _FAMILIES:
        if match := re.fullmatch(pattern, text):
            return family(int(match[1]))
    if match := re.fullmatch(r"(GL|SL|PGL|PSL)\((\d+),(\d+)\)", text):
        return linear_group(match[1], int(match[2]), int(match[3]))
    if match := re.fullmatch(r"SmallGroup\((\d+),(\d+)\)", text):
        return small_group(int(match[1]), int(match[2]))
    raise _unknown(name)


def _unknown(name: str) -> GroupError:
    return GroupError(f"group name {name!r} is not understood; understood: {NAMES}")
