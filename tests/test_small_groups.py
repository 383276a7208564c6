"""Every group of order 2 to 63 against GAP: degrees and indicators of irreps. Oracle: oracles/small_groups.g."""

import json
from pathlib import Path

import pytest
from bistate.groups import PermutationGroup, RepresentationError

ROWS = json.loads((Path(__file__).parent / "oracles" / "small_groups.json").read_text())
# Real type, but only complex matrices were found: their real forms are refused, not guessed.
NO_REAL_FORM_YET = {(48, 15), (48, 17), (48, 41)}


def check(row):
    order, number, degree, generators, expected = row
    group = PermutationGroup(generators, degree=degree)
    assert group.order == order
    irreps, table = group.irreps(), group.character_table()  # each irrep is verified when it is made
    assert sorted([d, i] for d, i in zip(table.degrees, table.indicators, strict=True)) == expected
    assert sorted(rho.degree for rho in irreps) == [d for d, _ in expected]
    if (order, number) in NO_REAL_FORM_YET:
        with pytest.raises(RepresentationError, match="real type"):
            group.irreps("real")
    else:
        assert sum(rho.degree**2 // rho.norm for rho in group.irreps("real")) == order


@pytest.mark.parametrize("row", [row for row in ROWS if row[0] <= 24], ids=lambda row: f"{row[0]}-{row[1]}")
def test_groups_of_order_up_to_24(row):
    check(row)


@pytest.mark.slow
@pytest.mark.parametrize("row", [row for row in ROWS if row[0] > 24], ids=lambda row: f"{row[0]}-{row[1]}")
def test_groups_of_order_25_to_63(row):
    check(row)


def test_the_oracle_has_every_group():
    assert len(ROWS) == 318
