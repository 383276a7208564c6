"""`classify(group)`: the same verdicts as for the table of all products, without that table."""

from __future__ import annotations

from math import inf

import pytest
from bistate.groups import CyclicGroup, PermutationGroup, TooLargeError, named_group, small_groups
from bistate.theory import Automaton, classify

LARGEST = 31  # orders of the groups compared; all 319 stored ones, up to order 63, take ten seconds


def verdicts(ladder):
    """All that is claimed, but for the letters that name an obstruction and the states that a word fixes."""
    return ladder.task, [
        (
            row.rung,
            row.size,
            row.lower.size,
            row.upper.size,
            row.label,
            row.scope,
            row.lower.reason if row.lower.size < inf else "",
            row.upper.reason,
            row.lower.irreps and [(v.label, v.degree, v.rank, v.stuck) for v in row.lower.irreps],
            ladder.robust.outcome,
            ladder.robust.witness,
        )
        for row in ladder.rows
    ]


@pytest.mark.parametrize("order", range(1, LARGEST + 1))
def test_stored_groups_have_the_verdicts_of_their_tables(order):
    for entry in small_groups(order, order):
        assert verdicts(classify(entry.group)) == verdicts(classify(Automaton.word_problem(entry.group)))


@pytest.mark.parametrize("name", ["A5", "S5", "A6", "PSL(2,7)", "SL(2,5)", "C2wrS4"])
def test_larger_groups_have_the_verdicts_of_their_tables(name):
    group = named_group(name)
    assert verdicts(classify(group)) == verdicts(classify(Automaton.word_problem(group)))


@pytest.mark.parametrize(("name", "full", "cp"), [("A8", 7, 49), ("S8", 7, 49), ("M12", 11, 121)])
def test_no_table_and_no_list_of_elements_is_made(name, full, cp):
    group = named_group(name)
    ladder = classify(group)
    assert (ladder["full"].size, ladder["block"].size, ladder["cp"].size) == (full, full, cp)
    assert not {"_multiplication_table", "elements", "cayley_tree"} & set(group.__dict__)
    assert ladder["full"].lower.recheck().proved
    with pytest.raises(TooLargeError, match=r"a table of all products would take .* GB"):
        ladder["full"].weights


def test_letters_that_generate_need_no_images_of_all_elements():
    """The action of 20 160 elements on themselves is not written down."""
    ladder = classify(Automaton.word_problem(named_group("A8"), letters="generators"))
    assert (ladder["full"].size, ladder["monomial"].size) == (7, (7, 8))
    assert ladder["monomial"].upper.reason == "orbit of 8 points"


def test_what_an_obstruction_says_is_true():
    group = named_group("PSL(2,7)")
    three = classify(group).robust.three
    assert three.word == (group.identity,)
    assert len(set(three.states)) == 3
    assert all(g in group for g in three.states)
    involutions = PermutationGroup([[1, 0, 2], [0, 2, 1]])
    x, y = involutions.generators
    reason = classify(involutions)["rotation"].lower.reason
    assert f"{x!r} and {y!r} do not" in reason
    assert reason.endswith(f"leads to {y * x!r}, {y!r} then {x!r} to {x * y!r}")


def test_a_table_is_refused_before_work():
    with pytest.raises(TooLargeError, match=r"3.3 GB.*classify\(group\)"):
        Automaton.word_problem(named_group("A8"))


def test_a_start_that_is_not_the_first_state_changes_nothing():
    first, last = (Automaton([0, 1, 2], ["a"], [[1], [2], [0]], start) for start in (0, 2))
    sizes = {rung: row.size for rung, row in classify(first).items()}
    assert {rung: row.size for rung, row in classify(last).items()} == sizes
    assert sizes["monomial"] == 3
    assert {rung: row.size for rung, row in classify(CyclicGroup(3)).items()} == sizes | {"cp": 3}
