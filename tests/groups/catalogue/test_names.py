"""Names of groups: one name means one group, as GAP has it where it says the same, and what is unclear is refused."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from bistate.groups import (
    AbelianGroup,
    CyclicGroup,
    DihedralGroup,
    GroupError,
    GroupNameError,
    PermutationGroup,
    QuaternionGroup,
    SymmetricGroup,
    TooLargeError,
    direct_product,
    isomorphism,
    named_group,
    semidirect_product,
    small_group,
    small_groups,
    wreath_product,
)
from bistate.groups.catalogue.point_groups import HERMANN_MAUGUIN, SCHOENFLIES
from bistate.groups.catalogue.single_names import KINDS
from bistate.groups.catalogue.suggestions import suggestion

FACTS = [line.split() for line in (Path(__file__).parents[2] / "oracles" / "names.txt").read_text().splitlines()]


def same(one: PermutationGroup, other: PermutationGroup) -> bool:
    return one == other or isomorphism(one, other) is not None


# --- what names mean ---


@pytest.mark.parametrize(("name", "order", "number", "classes"), FACTS, ids=[row[0] for row in FACTS])
def test_names_mean_what_gap_builds(name: str, order: str, number: str, classes: str) -> None:
    group = named_group(name)
    assert group.order == int(order)
    found = sorted((c.order, c.size) for c in group.conjugacy_classes())
    assert ",".join(f"{o}:{s}" for o, s in found) == classes
    if int(number):
        assert same(group, small_group(int(order), int(number)))


def test_every_description_of_the_catalogue_is_the_name_of_its_group() -> None:
    """No two groups share one, so that none is described by the name of another."""
    assert len({entry.structure for entry in small_groups()}) == 319
    for entry in small_groups():
        assert same(entry.group, named_group(entry.structure)), entry.structure
        assert same(entry.group, named_group(entry.name)), entry.name


@pytest.mark.parametrize("name", [name for kind in KINDS for name in kind.examples])
def test_a_printed_name_means_the_group_that_prints_it(name: str) -> None:
    group = named_group(name)
    again = named_group(str(group))
    assert (again.order, str(again)) == (group.order, str(group))
    assert same(group, again)


def test_what_families_and_products_print_means_them() -> None:
    parts = [
        CyclicGroup(4), AbelianGroup([2, 2]), SymmetricGroup(3), DihedralGroup(4), QuaternionGroup(8),
        QuaternionGroup(12), named_group("C7:C3"), named_group("C5:C4[2]"), named_group("S3xC2"), named_group("C2wrC2"),
    ]  # fmt: skip
    for one, other in itertools.product(parts, repeat=2):
        product = direct_product(one, other)
        assert same(named_group(str(product)), product)
        if other.degree < 6:
            wreath = wreath_product(one, other)
            assert named_group(str(wreath)) == wreath


def test_a_semidirect_product_is_named_by_its_action_or_not_at_all() -> None:
    C5, C4, V4 = CyclicGroup(5), CyclicGroup(4), AbelianGroup([2, 2])
    for power, name in ((1, "C5xC4"), (2, "C5:C4[2]"), (4, "C5:C4[4]")):
        product = semidirect_product(C5, C4, lambda h, n, power=power: n ** (power ** h[0]))
        assert product.name == name
        assert same(named_group(name), product)
    swap = semidirect_product(
        V4, CyclicGroup(2), {CyclicGroup(2).generators[0]: dict(zip(V4.generators, V4.generators[::-1], strict=True))}
    )
    assert swap.name == ""
    assert direct_product(swap, C4).name == wreath_product(swap, C4).name == ""


@pytest.mark.parametrize(
    ("names", "order"),
    [
        ("D4 D_4 D_{4} D₄ Dih(8)", 8), ("D8 D_8 Dih(16)", 16),
        ("C4 Z4 Z_4 Z/4 Z/4Z ℤ/4 CyclicGroup(4) 4 -4", 4),
        ("S4 Sym(4) SymmetricGroup(4) Td O -43m 432 W(A3) W(D3)", 24), ("A5 Alt(5) I 235 PSL(2,4) PSL(2,5) L2(5)", 60),
        ("Oh m-3m m3̅m m3m C2xS4 W(B3) C2wrS3 S4xC2", 48), ("Ih C2xA5 W(H3)", 120), ("2I 2.A5 SL(2,5)", 120),
        ("2O 2.S4- SmallGroup(48,28)", 48), ("SD16 QD16 C8:C2[3]", 16), ("C7:C3 C7:C3[2] C7:C3[4] C7⋊C3", 21),
        ("AGL(1,5) C5:C4[2] C5:C4[3] SmallGroup(20,3)", 20), ("Dic5 C5:C4[4] SmallGroup(20,1)", 20),
        ("D4xC2 C2×D4 C2XD4 4/mmm D4h D4xCs", 16), ("C2wr(C2xC2) C2≀V4", 64), ("C2^3 mmm D2h C2xC2xC2", 8),
    ],
)  # fmt: skip
def test_spellings_of_one_group(names: str, order: int) -> None:
    first, *others = [named_group(name) for name in names.split()]
    assert first.order == order
    for other in others:
        assert same(first, other)


def test_point_groups_have_the_orders_of_their_symbols() -> None:
    """The 32 crystal classes fall into 18 groups; both symbols of a class mean the same."""
    pairs = (
        "C1 1 Ci -1 C2 2 Cs m C2h 2/m D2 222 C2v mm2 D2h mmm C4 4 C4h 4/m D4 422 C4v 4mm D2d -42m D4h 4/mmm",
        "C3 3 C3i -3 D3 32 C3v 3m D3d -3m C6 6 C3h -6 C6h 6/m D6 622 C6v 6mm D3h -6m2 D6h 6/mmm",
        "T 23 Th m-3 O 432 Td -43m Oh m-3m",
    )
    symbols = " ".join(pairs).split()
    crystal = [named_group("-4"), *(named_group(symbol) for symbol in symbols[1::2])]
    assert len(crystal) == 32
    for schoenflies, hermann in zip(symbols[::2], symbols[1::2], strict=True):
        assert same(named_group(schoenflies), named_group(hermann)), schoenflies
    orders = sorted(group.order for group in crystal)
    assert orders == [
        1,
        2,
        2,
        2,
        3,
        4,
        4,
        4,
        4,
        4,
        6,
        6,
        6,
        6,
        6,
        8,
        8,
        8,
        8,
        8,
        12,
        12,
        12,
        12,
        12,
        12,
        16,
        24,
        24,
        24,
        24,
        48,
    ]
    different: list[PermutationGroup] = []
    for group in crystal:
        if not any(same(group, other) for other in different):
            different.append(group)
    assert len(different) == 18
    assert set(symbols) <= set(HERMANN_MAUGUIN) | set(SCHOENFLIES) | {s for s in symbols if s[0] in "CD"}


# --- what is refused ---


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Dih4", "here D4 has order 8, D2 has order 4"), ("DihedralGroup(8)", "here D8 has order 16, D4 has order 8"),
        ("Dih(5)", "write D5 for order 10"), ("2.S4", r"2O .* and GL\(2,3\)"), ("2.A7", r"2.A7 is not known here"),
        ("C5:C4[5]", "has to be 1"),
        ("C5:C4", r"written for 2 groups.*C5:C4\[2\], C5:C4\[4\]"), ("C5:C3", "write C5xC3"),
        ("(C4xC2):C2", r"2 groups; write one of \(C4xC2\):C2\[16,3\], \(C4xC2\):C2\[16,13\]"),
        ("(C4xC2):C2[16,4]", r"SmallGroup\(16,4\) is not written so"), ("A5:C2", "no description of a group"),
        ("C2xC7:C3", "two ways"), ("C7:C3:C2", "two ways"), ("C4x", "a group is missing at the end"),
        ("(C4", r"'\)' is missing"), ("C4)", "left over"), ("C4^", "a number is missing"), ("C4^0", "at least 1"),
        ("C5:C4[2", r"'\]' is missing"),
        ("", "is empty"), ("C2xFoo", "'Foo' is not understood"), ("psl(2,7)", r"did you mean 'PSL\(2,7\)'"),
        ("C12345678901", "too large"), ("9" * 5000, "too large|characters"), ("C2x" * 300, "characters"),
        ("(" * 150, "missing"), (7, "a group name is a text, not 7"), ("M13", "choose M11"),
        ("W(E5)", r"W\(E5\) does not exist"),
        ("PSU(3,2)", "by generators"), ("Sp(3,2)", "has to be even"), ("PSL(2,6)", "prime power"),
        ("SD24", "16, 32, 64"),
    ],
)  # fmt: skip
def test_refusals_are_one_line_and_say_what_to_write(name: str, message: str) -> None:
    with pytest.raises(GroupError, match=message) as caught:
        named_group(name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["S999999", "C2^50000", "C3000wrC3000", "GL(9,9)", "SL(2,8191)", "W(A99)", "C99999:C7"]
)
def test_large_groups_are_refused_before_they_are_built(name: str) -> None:
    with pytest.raises((TooLargeError, GroupNameError), match=r"too large|too many|at most"):
        named_group(name)


def test_suggestions_are_names() -> None:
    for piece, meant in (("s4", "S4"), ("a5", "A5"), ("oh", "Oh"), ("Symm(5)", "Sym(5)"), ("agl(1,7)", "AGL(1,7)"),
                         ("W(e6)", "W(E6)"), ("smallgroup(8,3)", "SmallGroup(8,3)"), ("M-3M", "m-3m")):  # fmt: skip
        assert suggestion(piece) == meant
        named_group(meant)
    assert suggestion("Foo") is None
