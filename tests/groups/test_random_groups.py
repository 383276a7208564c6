"""Random permutation groups against GAP: a few where GAP is there, two thousand in `make gaptables`."""

import json

import pytest
from bistate.groups import NumberField, named_group
from oracles.random_groups import LEAST, MOST, ask_gap, differences, random_group

BATCH = 50
TWO_THOUSAND = pytest.mark.gaptables


def answer_of(group):
    """What GAP would say if it agreed, in the form of random_groups.g."""
    table = group.character_table()
    irreps = []
    for degree, indicator, row in zip(table.degrees, table.indicators, table.values, strict=True):
        field = NumberField.containing(row)
        irreps.append([degree, indicator, field.conductor, sorted(field.fixing)])
    numbers = list(dict.fromkeys(value for row in table.values for value in row))
    values = [[numbers.index(value) for value in row] for row in table.values]
    stored = [[x.conductor, [int(c) for c in x.coefficients]] for x in numbers]
    return json.loads(json.dumps([group.order, irreps, stored, values]))


def test_groups_are_known_by_their_seeds_and_have_the_orders_that_are_said():
    groups = [random_group(seed) for seed in range(40)]
    assert all(LEAST <= group.order <= MOST for group in groups)
    assert [group.generators for group in groups] == [random_group(seed).generators for seed in range(40)]
    assert len({group.order for group in groups}) > 20


@pytest.mark.parametrize("name", ["SL(2,3)", "A5", "C5:C8[2]"])
def test_every_part_of_an_answer_is_compared(name):
    group = named_group(name)
    order, irreps, numbers, values = answer_of(group)
    assert differences(group, [order, irreps, numbers, values]) == []
    wrong = {
        "order": [order + 1, irreps, numbers, values],
        "degrees": [order, [[irreps[0][0] + 1, *irreps[0][1:]], *irreps[1:]], numbers, values],
        "degrees with indicators": [order, [[k[0], 1 - abs(k[1]), *k[2:]] for k in irreps], numbers, values],
        "degrees with fields": [order, [*irreps[:-1], [*irreps[-1][:2], 7, [1]]], numbers, values],
        "values": [order, irreps, numbers, [row[::-1] for row in values]],
    }
    for what, answer in wrong.items():
        assert any(line.startswith(f"{what}:") for line in differences(group, answer)), what


@pytest.mark.gap
@pytest.mark.parametrize(
    ("first", "count"),
    [(10_000, 8), *(pytest.param(k, BATCH, marks=TWO_THOUSAND) for k in range(0, 2000, BATCH))],
)
def test_random_groups_against_gap(first, count):
    groups = [random_group(seed) for seed in range(first, first + count)]
    for seed, (group, answer) in enumerate(zip(groups, ask_gap(groups), strict=True), first):
        assert differences(group, answer) == [], f"seed {seed}"
        assert group.character_table().certificate().proved.order == group.order
