"""Permutations as texts: cycles and images, counted from 0 or 1, against the permutations they were written from."""

import pytest
from bistate.groups import AlternatingGroup, GroupError, Permutation, PermutationGroup, TooLargeError, named_group
from bistate.groups.permutations.generator_text import permutations_of
from bistate.verify import parse_task
from hypothesis import given
from hypothesis import strategies as st

PERMUTATIONS = st.integers(1, 7).flatmap(
    lambda n: st.lists(st.permutations(range(n)).map(Permutation), min_size=1, max_size=3)
)


@given(PERMUTATIONS, st.sampled_from([0, 1]), st.sampled_from([", ", ";", " ,"]), st.sampled_from([",", " ", ", "]))
def test_what_was_written_is_read(perms: list[Permutation], first: int, between: str, comma: str) -> None:
    images = between.join(f"[{comma.join(str(i + first) for i in p)}]" for p in perms)
    assert permutations_of(images) == permutations_of(images, first) == tuple(perms)
    fixed = f"({perms[0].degree - 1 + first})"  # names the last point
    cycles = between.join(
        ("".join(f"({comma.join(str(i + first) for i in c)})" for c in p.cycles if c) or "()") for p in perms
    )
    if all(p(p.degree - 1) == p.degree - 1 for p in perms):
        cycles += between + fixed
        perms = [*perms, Permutation.identity(perms[0].degree)]
    assert permutations_of(cycles, first) == tuple(perms)


@pytest.mark.parametrize(
    ("text", "images"),
    [
        ("(1,2,3),(1,2)", [[1, 2, 0], [1, 0, 2]]),
        ("(0,1,2),(0,1)", [[1, 2, 0], [1, 0, 2]]),
        ("(1 2)(3 4)", [[1, 0, 3, 2]]),
        ("(1,2)(3,4);(1,3)", [[1, 0, 3, 2], [2, 1, 0, 3]]),
        ("(1)(2,3)", [[0, 2, 1]]),
        ("(0)(2,3)", [[0, 1, 3, 2]]),
        ("[1,2,0]", [[1, 2, 0]]),
        ("[2,3,1], [2 1 3],", [[1, 2, 0], [1, 0, 2]]),
        ("()", [[0]]),
        ("(1,3),()", [[2, 1, 0], [0, 1, 2]]),
    ],
)
def test_texts(text: str, images: list[list[int]]) -> None:
    assert permutations_of(text) == tuple(map(Permutation, images))


@pytest.mark.parametrize(
    ("text", "first", "said"),
    [
        ("(2,3)", None, r"from 1 it acts on 3 points, from 0 on 4.*\(1\)\(2,3\) or \(0\)\(2,3\)"),
        ("(0,1)", 1, "names the point 0, and points are counted from 1"),
        ("(1,2", None, r"position 0: '\(' is not closed"),
        ("(1,2)(2,3)", None, r"the point 2 stands twice in '\(1,2\)\(2,3\)'"),
        ("[1,2,4]", None, r"\[1, 2, 4\] in .* is no permutation: the images have to be 1, …, 4"),
        ("[1,2],[1,2,3]", None, r"\[1, 2\] in .* is no permutation"),
        ("(1,2) 3", None, "position 6: a comma is needed before '3'"),
        ("(1,-2)", None, "position 3: '-' is no number"),
        ("(1,(2))", None, r"position 3: a number or '\)' is needed, and here is '\('"),
        ("(1,2),,(1,3)", None, "position 6: a permutation begins with"),
        ("", None, "position 0: a permutation begins with"),
        ("(1,2)", 2, "first=2"),
        (5, None, "not 5"),
    ],
)
def test_texts_that_are_none(text: str, first: int | None, said: str) -> None:
    with pytest.raises(GroupError, match=said):
        permutations_of(text, first)


def test_large_texts_are_refused() -> None:
    with pytest.raises(TooLargeError, match="moves the point 999999999"):
        permutations_of("(1,99999999999999999999)")
    with pytest.raises(TooLargeError, match="at most 100000"):
        permutations_of("(1,2)" * 10**5)


def test_a_name_may_be_a_list_of_generators() -> None:
    G = named_group("(1,2,3,4,5),(3,4,5)")
    assert G == AlternatingGroup(5) == PermutationGroup.from_text("(0 1 2 3 4), (2 3 4)")
    assert len(parse_task("(1,2,3),(1,2)").states) == 6
    assert len(parse_task(" (1,2,3),(1,2)", track="point").states) == 3
    with pytest.raises(GroupError, match="names neither 0 nor 1"):
        named_group("(2,3)")
