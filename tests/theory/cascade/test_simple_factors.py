"""Composition factors by name, for groups whose factors are known."""

from math import prod

import pytest
from bistate.groups import CyclicGroup, PermutationGroup, named_group, wreath_product
from bistate.theory.cascade import simple_factors as module
from bistate.theory.cascade.simple_factors import simple_factors


@pytest.mark.parametrize(
    ("name", "factors"),
    [
        ("C1", ()),
        ("C12", ("C2", "C2", "C3")),
        ("S4", ("C2", "C2", "C2", "C3")),
        ("A5", ("A5",)),
        ("S6", ("C2", "A6")),
        ("C2xA5", ("C2", "A5")),
        ("SL(2,5)", ("C2", "A5")),
        ("PSL(2,7)", ("PSL(2,7)",)),
        ("A5xA5", ("A5", "A5")),
        ("PGL(2,7)", ("C2", "PSL(2,7)")),
        ("AGL(1,5)", ("C2", "C2", "C5")),
        ("M11", ("M11",)),
    ],
)
def test_known_factors(name, factors):
    assert simple_factors(named_group(name)) == factors


def test_orders_multiply_to_the_order():
    group = wreath_product(named_group("A5"), CyclicGroup(2))
    factors = simple_factors(group)
    assert factors == ("C2", "A5", "A5")
    assert prod(2 if name == "C2" else 60 for name in factors) == group.order


def test_a_large_perfect_group_is_named_by_its_order(monkeypatch):
    monkeypatch.setattr(module, "LISTED", 100)
    group = PermutationGroup(named_group("PSL(2,7)").generators)
    assert simple_factors(group) == ("factors of a perfect group of order 168",)
