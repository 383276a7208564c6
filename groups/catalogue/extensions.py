"""What C7:C3 and (C4xC2):C4 mean: semidirect products by name, where one group is meant.

Two cyclic groups: all actions are known, and where there are several non-trivial ones the unit has to be given, as in
C5:C4[2], ⟨a, x | a^5 = x^4 = 1, x a x⁻¹ = a²⟩. Other groups: a description as GAP's StructureDescription gives it, for
the orders of the catalogue; it leaves out groups that have a better name, as direct products.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ..errors import GroupNameError
from ..families.cyclic import CyclicGroup
from ..families.metacyclic import metacyclic_group, metacyclic_units
from ..group import PermutationGroup
from .numbered import small_groups
from .single_names import LARGEST, renamed
from .syntax import Extension, Single, Tree


def extension_group(tree: Extension, built: Callable[[Tree], PermutationGroup]) -> PermutationGroup:
    """The group that normal:top stands for.

    Args:
        tree: the name.
        built: makes the group of a part.

    Raises:
        GroupNameError: where several groups, or none that is known, are written so.
    """
    if isinstance(tree.normal, Single) and isinstance(tree.top, Single):
        normal, top = built(tree.normal), built(tree.top)
        if isinstance(normal, CyclicGroup) and isinstance(top, CyclicGroup):
            return _of_cyclic(normal.order, top.order, tree.unit)
    if tree.unit is not None:
        raise GroupNameError(f"{tree}: a number in brackets goes with two cyclic groups, as in C5:C4[2]")
    return _described(str(tree))


def _of_cyclic(n: int, m: int, unit: int | None) -> PermutationGroup:
    if n * m > LARGEST:
        raise GroupNameError(f"C{n}:C{m} is too large: such groups are named up to order {LARGEST}")
    if unit is not None:
        return metacyclic_group(n, m, unit)
    units = metacyclic_units(n, m)
    if not units:
        raise GroupNameError(f"C{m} has no action on C{n} but the trivial one: write C{n}xC{m}")
    if len(units) > 1:
        names = ", ".join(f"C{n}:C{m}[{u}]" for u in units[:8]) + (", …" if len(units) > 8 else "")
        raise GroupNameError(
            f"C{n}:C{m} is written for {len(units)} groups, a^{n} = x^{m} = 1, x a x⁻¹ = a^u; write one of {names}"
        )
    return renamed(metacyclic_group(n, m, units[0]), f"C{n}:C{m}")


def _described(text: str) -> PermutationGroup:
    entries = [entry for entry in small_groups() if re.sub(r"\[\d+,\d+\]$", "", entry.structure) == text]
    if not entries:
        raise GroupNameError(
            f"{text} is no description of a group of order up to 63 that is known here; write C7:C3 with two cyclic "
            "groups, SmallGroup(24,3), or give generators"
        )
    if len(entries) > 1:
        names = ", ".join(entry.structure for entry in entries)
        raise GroupNameError(f"{text} is written for {len(entries)} groups; write one of {names}")
    return renamed(entries[0].group, entries[0].structure)
