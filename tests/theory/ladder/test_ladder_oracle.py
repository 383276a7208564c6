"""Four numbers of small groups: GAP's answers, a numerical search that knows no characters, and the published values.

The answers are in oracles/ladder.json, written and described by oracles/make_ladder_oracle.py.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from typing import Any

import numpy as np
import pytest
from bistate.groups import PermutationGroup
from bistate.theory import Automaton, classify
from helpers import representation_search as search
from helpers.paths import ORACLES

MAKER = ORACLES / "make_ladder_oracle.py"

LADDER = json.loads((ORACLES / "ladder.json").read_text())
NUMBERS = ("d_min", "b_min", "k_single", "k_head")
GROUPS = {
    row[0]: dict(zip(("name", "order", "degree", "generators", "structure", *NUMBERS), row, strict=True))
    for row in LADDER["groups"] + LADDER["named"]
}
POINTS = {row[0]: dict(zip(("name", "degree", "generators", *NUMBERS), row, strict=True)) for row in LADDER["points"]}
for row in POINTS.values():
    row["order"] = len(search.elements_of(row["generators"], row["degree"]))
STARTS = 100
SEARCHED_ORDER = 24  # where the order is larger the search takes seconds for each group
PLAIN_ORDER = 12

Row = dict[str, Any]


def values(row: Row) -> dict[str, int]:
    return {key: row[key] for key in NUMBERS}


def table_of(row: Row) -> np.ndarray:
    return search.multiplication_table(search.elements_of(row["generators"], row["degree"]))


def marked(rows: dict[str, Row]) -> list[Any]:
    """The rows as test parameters, those of larger groups in the slow run."""
    slow = pytest.mark.slow
    return [
        pytest.param(row, id=name, marks=[slow] if row["order"] > PLAIN_ORDER else []) for name, row in rows.items()
    ]


# --- the stored answers ---

# Faithful real degrees and ranks that are in the literature or quickly found by hand.
KNOWN = {
    "C2 x C2": {"d_min": 2, "b_min": 1, "k_single": 2, "k_head": 1},
    "S3": {"d_min": 2, "k_single": 2},
    "D8": {"d_min": 2, "b_min": 2, "k_single": 2},
    "Q8": {"d_min": 4, "b_min": 4, "k_single": 4, "k_head": 4},
    "A4": {"d_min": 3, "b_min": 3, "k_single": 2},
    "S4": {"d_min": 3, "k_single": 2},
    "A5": {"d_min": 3, "k_single": 2},
    "S5": {"d_min": 4, "k_single": 4},
    "A6": {"d_min": 5, "k_single": 4},
    "S6": {"d_min": 5},
    "PSL(3,2)": {"d_min": 6},
    "A7": {"d_min": 6},
    "C6 x C2 x C2 x C2": {"d_min": 5, "b_min": 2, "k_single": 5, "k_head": 2},
    "C2 x C2 x C2 x C2 x C2": {"d_min": 5, "b_min": 1, "k_single": 5, "k_head": 1},
}


@pytest.mark.parametrize("structure", KNOWN)
def test_known_values(structure):
    rows = [row for row in GROUPS.values() if row["structure"] == structure]
    assert len(rows) == 1
    assert {key: rows[0][key] for key in KNOWN[structure]} == KNOWN[structure]


def test_cyclic_groups_take_two_dimensions():
    rows = {row["order"]: row for row in GROUPS.values() if row["structure"] == f"C{row['order']}"}
    assert sorted(rows) == list(range(2, 64))
    assert all(set(values(row).values()) == {1 if order == 2 else 2} for order, row in rows.items())
    assert values(GROUPS["SmallGroup(1,1)"]) == {"d_min": 1, "b_min": 1, "k_single": 0, "k_head": 0}


def test_the_store_has_every_small_group_and_its_generators():
    stored = {row[0]: row[:4] for row in json.loads((ORACLES / "oracle.json").read_text())}
    small = {name for name, row in stored.items() if name.startswith("SmallGroup") and row[1] < 64}
    assert len(small) == 319
    assert set(GROUPS) == small | {"S5", "A6", "PSL(2,7)", "S6", "A7"}
    assert all(
        [row["name"], row["order"], row["degree"], row["generators"]] == stored[row["name"]] for row in GROUPS.values()
    )
    assert Counter(row["degree"] for row in POINTS.values()) == {2: 1, 3: 2, 4: 5, 5: 5, 6: 16}
    for row in [*GROUPS.values(), *POINTS.values()]:
        assert row["b_min"] <= row["d_min"], row
        assert row["k_head"] <= row["k_single"] <= row["d_min"], row


@pytest.mark.gap
@pytest.mark.slow
def test_gap_gives_what_is_stored():
    done = subprocess.run([sys.executable, str(MAKER), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# --- the stored answers against a search that knows only the multiplication table ---

SEARCHED = {name: row for name, row in GROUPS.items() if row["order"] <= SEARCHED_ORDER}
SEARCHED_POINTS = {name: row for name, row in POINTS.items() if row["order"] <= SEARCHED_ORDER}


def test_how_many_groups_are_searched():
    assert Counter(row["order"] <= PLAIN_ORDER for row in SEARCHED.values()) == {True: 24, False: 50}
    assert len(SEARCHED_POINTS) == 19


@pytest.mark.parametrize("row", marked(SEARCHED))
def test_search_gives_the_numbers_of_a_group(row):
    assert search.numbers(table_of(row), row["d_min"] + 1, STARTS, seed=0) == values(row)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SmallGroup(60,5)", "S5"])
def test_search_gives_the_numbers_of_a5_and_s5(name):
    row = GROUPS[name]
    assert search.numbers(table_of(row), row["d_min"] + 1, 20, seed=0) == values(row)


@pytest.mark.parametrize("row", marked(SEARCHED_POINTS))
def test_search_gives_the_numbers_of_points(row):
    elements = search.elements_of(row["generators"], row["degree"])
    points = np.array([element[0] for element in elements])
    table = search.multiplication_table(elements)
    assert search.numbers(table, row["d_min"] + 1, STARTS, seed=0, points=points) == values(row)


@pytest.mark.parametrize("row", [row for row in GROUPS.values() if row["order"] <= 8], ids=lambda row: row["name"])
def test_search_fails_below_the_least_degree_and_succeeds_at_it(row):
    """A failure below counts because the same runs find representations, only no faithful ones."""
    table = table_of(row)
    found = search.samples(table, row["d_min"], STARTS, seed=1)
    for degree in range(1, row["d_min"] + 1):
        faithful = [sample.is_faithful for sample in found if sample.degree == degree]
        assert faithful, f"nothing found in degree {degree}"
        assert any(faithful) == (degree == row["d_min"])
    if row["d_min"] > 1:
        below = search.numbers(table, row["d_min"] - 1, STARTS, seed=1)
        assert (below["d_min"], below["k_single"]) == (None, None)


@pytest.mark.parametrize("row", [row for row in GROUPS.values() if row["order"] <= 8], ids=lambda row: row["name"])
def test_search_finds_every_real_irrep(row):
    """As many irreducible samples with different traces as GAP has real irreps, in each degree up to 4."""
    stored = {line[0]: line[4] for line in json.loads((ORACLES / "oracle.json").read_text())}
    expected: Counter[int] = Counter()
    for degree, indicator, _, _, count in stored[row["name"]]:
        expected[degree if indicator == 1 else 2 * degree] += count // 2 if indicator == 0 else count
    for degree in range(1, 5):
        found = search.search(table_of(row), degree, 2 * STARTS, seed=2)
        traces = {
            tuple(np.trace(rho, axis1=1, axis2=2).round(3) + 0.0)  # no −0
            for rho in found
            if search.is_irreducible(rho)
        }
        assert len(traces) == expected[degree], f"degree {degree}"


def test_what_is_found_is_a_representation():
    elements = search.elements_of([[1, 2, 0], [1, 0, 2]], 3)
    table = search.multiplication_table(elements)
    found = search.search(table, 2, STARTS, seed=0)
    assert {search.largest_rank(rho) for rho in found} == {0, 1, 2}
    for rho in found:
        assert all(
            np.allclose(rho[g] @ rho[h], rho[table[g, h]]) and np.allclose(rho[g] @ rho[g].T, np.eye(2))
            for g in range(6)
            for h in range(6)
        )


# --- bistate's own answers against the stored ones ---

RUNGS = ("full", "block", "householder", "householder_per_head")


def test_classify_agrees_with_gap_on_every_group():
    """All 319 groups of order at most 63, all elements as letters, and S5, A6, PSL(2,7)."""
    for name, row in GROUPS.items():
        if row["order"] <= 400:
            group = PermutationGroup(row["generators"], degree=row["degree"])
            ladder = classify(Automaton.word_problem(group))
            assert [ladder[rung].size for rung in RUNGS] == [row[key] for key in NUMBERS], name
            assert {ladder[rung].label for rung in RUNGS} == {"exact"}, name


@pytest.mark.parametrize("row", POINTS.values(), ids=POINTS)
def test_classify_agrees_with_gap_on_points(row: Row):
    group = PermutationGroup(row["generators"], degree=row["degree"])
    ladder = classify(Automaton.word_problem(group, track="point"))
    assert [ladder[rung].size for rung in RUNGS] == [row[key] for key in NUMBERS]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["S6", "A7"])
def test_classify_agrees_with_gap_on_larger_groups(name: str):
    row = GROUPS[name]
    group = PermutationGroup(row["generators"], degree=row["degree"])
    generated = classify(Automaton.word_problem(group, letters="generators"))
    assert [generated[rung].size for rung in ("full", "block")] == [row["d_min"], row["b_min"]]


@pytest.mark.parametrize("name", [name for name, row in GROUPS.items() if row["order"] <= 16])
def test_commutative_rungs_do_exactly_their_groups(name: str):
    """Real diagonal: elementary abelian 2-groups. Rotation: abelian groups. Positive: the trivial group."""
    row = GROUPS[name]
    group = PermutationGroup(row["generators"], degree=row["degree"])
    ladder = classify(Automaton.word_problem(group))
    table = table_of(row)
    assert (ladder["rotation"].size is not None) == (table == table.T).all()
    assert (ladder["diagonal"].size is not None) == (np.diag(table) == 0).all()  # every square is the identity
    assert (ladder["positive"].size is not None) == (row["order"] == 1)
