"""The catalogue of groups of order at most 63."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from bistate.groups import GroupError, named_group, small_group, small_groups

# OEIS A000001
COUNTS = (
    *(1, 1, 1, 2, 1, 2, 1, 5, 2, 2, 1, 5, 1, 2, 1, 14, 1, 5, 1, 5, 2, 2, 1, 15, 2, 2, 5, 4, 1, 4, 1),
    *(51, 1, 2, 1, 14, 1, 2, 2, 14, 1, 6, 1, 4, 2, 2, 1, 52, 2, 5, 1, 5, 1, 15, 2, 13, 2, 2, 1, 13, 1, 2, 4),
)


def invariants(group):
    """Degrees, and for every class its size, order, and the sizes and orders of the classes of its powers."""
    table = group.character_table()
    classes = table.classes
    powers = [table.power_map(k) for k in range(2, group.exponent + 1)]
    kinds = Counter(
        (cls.size, cls.order, tuple((classes[p[j]].size, classes[p[j]].order) for p in powers))
        for j, cls in enumerate(classes)
    )
    return table.degrees, tuple(sorted(table.indicators)), frozenset(kinds.items())


def test_there_are_as_many_as_there_should_be():
    found = Counter(entry.order for entry in small_groups())
    assert [found[n] for n in range(1, 64)] == list(COUNTS)
    assert sum(COUNTS) == 319
    for order, count in enumerate(COUNTS, start=1):
        assert [e.number for e in small_groups(order, min_order=order)] == list(range(1, count + 1))


def test_every_group_has_its_order_and_abelian_ones_their_structure():
    for entry in small_groups():
        assert entry.group.order == entry.order, entry
        factors = re.fullmatch(r"C\d+(xC\d+)*", entry.structure)
        assert entry.group.is_abelian == (factors is not None), entry
        if factors:
            orders = Counter(g.order for g in named_group(entry.structure).elements)
            assert Counter(g.order for g in entry.group.elements) == orders, entry


def test_no_two_of_an_order_up_to_31_look_alike():
    """The invariants separate all groups below order 32."""
    for order in range(1, 32):
        found = [invariants(entry.group) for entry in small_groups(order, min_order=order)]
        assert len(set(found)) == len(found), order


@pytest.mark.parametrize(
    ("order", "number", "name"),
    [(8, 3, "D4"), (8, 4, "Q8"), (12, 3, "A4"), (24, 3, "SL(2,3)"), (24, 12, "S4"), (60, 5, "A5"), (6, 1, "S3")],
)
def test_known_groups_stand_where_gap_has_them(order, number, name):
    assert invariants(small_group(order, number)) == invariants(named_group(name))
    assert named_group(f"SmallGroup({order},{number})") == small_group(order, number)


def test_what_is_not_there_is_refused():
    with pytest.raises(GroupError, match=r"there is no SmallGroup\(8,6\): of order 8 there are the numbers 1 to 5"):
        small_group(8, 6)
    for order in (0, 64, -1, True, "8", 8.0):
        with pytest.raises(GroupError, match="is not in the catalogue"):
            small_group(order, 1)
    with pytest.raises(GroupError, match="order 64 is not"):
        small_groups(64)
    with pytest.raises(GroupError, match="is not in the catalogue"):
        named_group("SmallGroup(64,1)")
