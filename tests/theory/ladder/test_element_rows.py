"""`classify(group)`: the same verdicts as for the table of all products, without that table."""

from __future__ import annotations

from math import inf, isqrt

import pytest
from bistate.groups import AbelianGroup, CyclicGroup, PermutationGroup, TooLargeError, named_group, small_groups
from bistate.groups.arithmetic.reduction import reduced
from bistate.groups.characters.dixon import prime_and_root
from bistate.theory import Automaton, classify
from bistate.theory.separation import by_characters

LARGEST = 31  # orders of the groups compared; all 319 stored ones, up to order 63, take ten seconds


def verdicts(ladder, commuting):
    """All that is claimed. Not for groups that do not commute: what names an obstruction, or states that a word fixes.

    Points are not compared where letters commute: elements of prime order are enough.
    """
    return ladder.task, [
        (
            row.rung,
            row.size,
            row.lower.size,
            row.upper.size,
            row.label,
            row.scope,
            row.lower.reason if commuting or row.lower.size < inf else "",
            row.upper.reason,
            row.lower.costs,
            row.lower.rule,
            row.lower.nodes,
            row.lower.irreps and [(v.label, v.rows, v.degree, v.rank, commuting or v.stuck) for v in row.lower.irreps],
            ladder.robust if commuting else (ladder.robust.outcome, ladder.robust.witness),
        )
        for row in ladder.rows
    ]


def agree(group):
    commuting = group.is_abelian
    by_table = classify(Automaton.word_problem(group))
    assert verdicts(classify(group), commuting) == verdicts(by_table, commuting)


@pytest.mark.parametrize("order", range(1, LARGEST + 1))
def test_stored_groups_have_the_verdicts_of_their_tables(order):
    for entry in small_groups(order, order):
        agree(entry.group)


@pytest.mark.parametrize("name", ["A5", "S5", "A6", "PSL(2,7)", "SL(2,5)", "C2wrS4"])
def test_larger_groups_have_the_verdicts_of_their_tables(name):
    agree(named_group(name))


def factors(order, least=2):
    """The ways to write an order as a product n_1 · n_2 · … with n_1 | n_2 | …: one for each abelian group."""
    yield (order,)
    for n in range(least, isqrt(order) + 1):
        if order % n == 0:
            yield from ((n, *rest) for rest in factors(order // n, n) if rest[0] % n == 0)


@pytest.mark.parametrize("order", range(32, 64))
def test_abelian_groups_have_the_verdicts_of_their_tables(order):
    for orders in factors(order):
        agree(AbelianGroup(*orders))


@pytest.mark.parametrize(
    "orders",
    [(2, 2, 2, 2, 2, 2, 2), (2, 4, 16), (3, 3, 9), (5, 25), (4, 6, 5), (2, 50), (12, 12), (180,), (199,), (2, 10, 10)],
)
def test_larger_abelian_groups_have_the_verdicts_of_their_tables(orders):
    agree(AbelianGroup(*orders))


@pytest.mark.parametrize(
    "generators", [[[1, 2, 3, 0, 5, 4], [2, 3, 0, 1, 4, 5]], [[1, 2, 3, 0, 4, 5], [3, 0, 1, 2, 5, 4]]]
)
def test_generators_of_an_abelian_group_may_depend_on_each_other(generators):
    group = PermutationGroup(generators)
    agree(group)
    agree(PermutationGroup([*generators, (group.generators[0] * group.generators[1])[:]]))


@pytest.mark.parametrize(
    ("orders", "full", "signs", "cp"),
    [((2,) * 12, 12, 12, 12), ((3,) * 8, 16, None, 24), ((20_000,), 2, None, 3), ((2, 2, 6, 600), 6, None, 8)],
)
def test_abelian_groups_are_classified_without_their_elements(orders, full, signs, cp):
    group = AbelianGroup(*orders)
    ladder = classify(group)
    sizes = {rung: ladder[rung].size for rung in ("full", "rotation", "householder", "diagonal", "cp")}
    assert sizes == {"full": full, "rotation": full, "householder": full, "diagonal": signs, "cp": cp}
    assert not {"images", "elements", "_abelian_structure"} & set(group.__dict__)
    assert ladder.robust.outcome == "refuted"
    assert ladder["full"].lower.recheck().outcome != "refuted"


def test_an_abelian_group_above_the_limit_is_refused():
    with pytest.raises(TooLargeError, match=r"131072 elements; abelian groups .* up to 100000"):
        classify(AbelianGroup(*[2] * 17))


def test_weights_of_an_abelian_group_are_proved():
    group = AbelianGroup(2, 4, 3)
    task, ladder = Automaton.word_problem(group), classify(group)
    for rung in ("rotation", "block", "householder", "monomial", "cp", "full"):
        assert ladder[rung].weights.prove(task).proved
        assert ladder[rung].lower.recheck().outcome != "refuted"


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


def test_each_value_of_a_table_is_reduced_once(monkeypatch):
    """The residues are those of all values one by one."""
    group = named_group("C3wrC3")
    table = group.character_table()
    prime, root = prime_and_root(group)
    expected = [[reduced(value, prime, root, group.exponent) for value in row] for row in table.values]
    looked_at = []

    def counted(value, *further):
        looked_at.append(value)
        return reduced(value, *further)

    monkeypatch.setattr(by_characters, "reduced", counted)
    assert by_characters._residues(table, prime, root, group.exponent).tolist() == expected
    assert len(looked_at) == len(set(looked_at)) == len({value for row in table.values for value in row})
