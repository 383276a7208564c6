"""Classes by random search and tables from them: against lists of elements, and planted errors for every check."""

from __future__ import annotations

from itertools import permutations as arrangements

import numpy as np
import pytest
from bistate.groups import E, PermutationGroup, RepresentationError, SymmetricGroup, TooLargeError, named_group
from bistate.groups.characters.class_products import searched_central_characters
from bistate.groups.characters.dixon import modular_table
from bistate.groups.characters.exact_checks import check_table
from bistate.groups.permutations import class_search, listed_group
from bistate.groups.permutations.class_search import SearchedClasses
from bistate.groups.permutations.stabiliser_chain import chain_on, random_elements
from bistate.groups.permutations.tuple_orbits import TupleOrbits
from bistate.theory import classify

SMALL = ["A5", "PSL(2,7)", "M11", "PSL(2,11)", "PSL(3,3)"]


def drawn(group, seed=0):
    draw = np.random.default_rng(seed)
    return lambda count: random_elements(group.transversals, group.degree, count, draw)


# --- chains and orbits of tuples ---


@pytest.mark.parametrize("name", ["A5", "D6", "C2xC4", "M11"])
def test_a_chain_begins_with_the_points_it_is_given(name):
    group = named_group(name)
    points = [group.degree - 1, 0, group.degree - 1]
    levels = chain_on(points, group.order, drawn(group), group.degree)
    assert [level.point for level in levels[:3]] == points
    assert np.prod([len(level.orbit) for level in levels]) == group.order
    for k, level in enumerate(levels):
        for c, mover, back in zip(level.orbit, level.movers, level.inverses, strict=True):
            assert mover.tolist() in group
            assert mover[level.point] == c
            assert all(mover[earlier.point] == earlier.point for earlier in levels[:k])
            assert (mover[back] == np.arange(group.degree)).all()


@pytest.mark.parametrize(
    "group",
    [named_group("A4"), named_group("D5"), PermutationGroup([[1, 0, 2, 3, 4], [0, 1, 3, 4, 2]]), SymmetricGroup(3)],
)
def test_canonical_forms_are_equal_on_orbits_and_nowhere_else(group):
    tuples = np.array(list(arrangements(range(group.degree), 3)))
    orbits = TupleOrbits(np.array(group.generators), group.order, drawn(group))
    forms, whole = orbits.canonical(tuples, 3)
    for row, form, alone in zip(tuples.tolist(), forms.tolist(), whole.tolist(), strict=True):
        images = {tuple(g[p] for p in row) for g in group.elements}
        same = {tuple(other) for other, known in zip(tuples.tolist(), forms.tolist(), strict=True) if known == form}
        assert same == images
        assert alone == (len(images) == group.order)


# --- classes ---


@pytest.mark.parametrize("name", SMALL)
def test_searched_classes_are_the_listed_ones(name):
    group = named_group(name)
    found = SearchedClasses(group)
    indices = found.indices(group.images.astype(np.int64))
    pairs = set(zip(indices.tolist(), group.class_indices.tolist(), strict=True))
    assert len(pairs) == len(found.classes) == len(group.conjugacy_classes())
    sizes = np.bincount(indices)
    for k, cls in enumerate(found.classes):
        assert (cls.size, cls.order) == (sizes[k], cls.representative.order)
        if cls.size < 1000:
            members = found.members(k)
            assert len(np.unique(members, axis=0)) == cls.size
            assert (found.indices(members) == k).all()


@pytest.mark.parametrize("name", SMALL)
def test_central_characters_of_searched_classes_are_those_of_the_list(name):
    """The same rows, once the columns are put in the same order."""
    listed, group = named_group(name), named_group(name)
    object.__setattr__(group, "searched_classes", SearchedClasses(group))
    table = modular_table(listed)
    places = [listed.class_of(cls.representative) for cls in group.conjugacy_classes()]
    rows = searched_central_characters(group, group.searched_classes, table.prime)
    sizes = np.array([cls.size for cls in listed.conjugacy_classes()])
    scale = np.array([pow(int(d), -1, table.prime) for d in table.degrees])
    expected = table.values * sizes % table.prime * scale[:, None] % table.prime
    assert {tuple(row) for row in rows.tolist()} == {tuple(row) for row in expected[:, places].tolist()}


def test_a_search_that_does_not_end_is_refused_or_a_list_is_made(monkeypatch):
    monkeypatch.setattr(listed_group, "SEARCHED_FROM", 1000)
    monkeypatch.setattr(class_search, "TUPLES", 5)
    with pytest.raises(TooLargeError, match="M23 has 10200960 elements, too many to list, and a search with a budget"):
        named_group("M23").conjugacy_classes()
    group = named_group("M11")
    assert group.searched_classes is None
    assert len(group.conjugacy_classes()) == 10


def test_positions_of_elements_follow_the_searched_classes(monkeypatch):
    monkeypatch.setattr(listed_group, "SEARCHED_FROM", 1000)
    group = named_group("M11")
    assert group.searched_classes is not None
    for position in range(0, group.order, 97):
        assert group.class_indices[position] == group.class_of(group.elements[position])
    assert group.character_table().degrees == named_group("M11").character_table().degrees


# --- tables ---

DEGREES = {
    "M23": [1, 22, 45, 45, 230, 231, 231, 231, 253, 770, 770, 896, 896, 990, 990, 1035, 2024],
    "M24": [1, 23, 45, 45, 231, 231, 252, 253, 483, 770, 770, 990, 990, 1035, 1035, 1035, 1265, 1771, 2024, 2277, 3312]
    + [3520, 5313, 5544, 5796, 10395],
}  # GAP 4.12: CharacterDegrees(MathieuGroup(24))


@pytest.mark.parametrize("name", ["M23", pytest.param("M24", marks=pytest.mark.slow)])
def test_tables_of_large_mathieu_groups(name):
    group = named_group(name)
    table = group.character_table()
    assert list(table.degrees) == DEGREES[name]
    fixed = [sum(i == p for i, p in enumerate(cls.representative)) for cls in table.classes]
    assert [x - 1 for x in fixed] in [list(row) for row in table.values]  # two-transitive
    assert "images" not in group.__dict__
    n = int(name[1:])
    assert classify(group)["full"].size == n - 1


@pytest.mark.parametrize(
    ("row", "column", "value", "message"),
    [
        (3, 2, 7, "are not orthonormal"),
        (2, 0, 2, "a class sum of row 2"),
    ],
)
def test_a_wrong_value_is_found(row, column, value, message):
    group = named_group("S4")
    rows = [list(r) for r in group.character_table().values]
    check_table(group, tuple(map(tuple, rows)))
    rows[row][column] = rows[row][column] + value
    with pytest.raises(RepresentationError, match=message):
        check_table(group, tuple(map(tuple, rows)))


def test_shape_class_sums_automorphisms_and_powers_are_checked_each():
    """Tables that pass the checks before: a row less, rows mixed by a rotation, one row twice, columns exchanged."""
    group = named_group("C5")
    rows = group.character_table().values
    with pytest.raises(RepresentationError, match="with 5 classes, has 4 rows"):
        check_table(group, rows[:4])
    with pytest.raises(RepresentationError, match="with 5 classes, has 5 rows"):
        check_table(group, (*rows[:4], rows[4][:4]))
    cosine, sine = E(1) * 3 / 5, E(1) * 4 / 5
    first, second = rows[1], rows[2]
    mixed = tuple(a * cosine + b * sine for a, b in zip(first, second, strict=True))
    other = tuple(b * cosine - a * sine for a, b in zip(first, second, strict=True))
    with pytest.raises(RepresentationError, match="class sum of row 1"):
        check_table(group, (rows[0], mixed, other, *rows[3:]))
    with pytest.raises(RepresentationError, match="does not permute the rows"):
        check_table(group, (*rows[:4], rows[3]))
    with pytest.raises(RepresentationError, match="is not in Q"):
        check_table(group, (*rows[:4], tuple(value * E(7) for value in rows[4])))
    q8 = named_group("C9")
    values = q8.character_table().values
    cubes = [j for j, cls in enumerate(q8.conjugacy_classes()) if cls.order == 3]
    swapped = []
    for r in values:
        columns = list(r)
        columns[cubes[0]], columns[cubes[1]] = columns[cubes[1]], columns[cubes[0]]
        swapped.append(tuple(columns))
    with pytest.raises(RepresentationError, match="contradicts powers by 3"):
        check_table(q8, tuple(swapped))
