"""Seven hundred groups against GAP: characters, and irreps over the complex numbers, the reals and the rationals.

The stored answers and the checks are in oracles/gap_oracle.py. Orders up to 24 and small named groups are in a plain
run, orders up to 63 in `make slow`, the rest in `make nightly`.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import FrameType
from typing import Any

import pytest
from bistate.groups import E, PermutationGroup
from helpers.paths import ORACLES
from oracles import gap_oracle as oracle

ROWS = oracle.load()
BY_NAME = {row["name"]: row for row in ROWS}
QUICK = {"A5", "S5", "A6", "S6", "PSL(2,7)", "SL(2,3)", "SL(2,5)", "PGL(2,5)", "GL(2,3)", "2.S4-", "PSU(3,2)", "C2wrS3"}
SECONDS = 300  # for one check of one group: a search that does not end must not stop the others
FIELD_SHARE = 0.95


def is_sampled(row: dict[str, Any]) -> bool:
    """Whether the row is in a library of small groups, and not named for itself."""
    return row["name"].startswith(("SmallGroup", "TransitiveGroup"))


def marked(row: dict[str, Any]) -> Any:
    """The row as a test parameter, in the run it belongs to."""
    if row["name"] in QUICK or (is_sampled(row) and row["order"] <= 24):
        marks = []
    elif is_sampled(row) and row["order"] <= 63:
        marks = [pytest.mark.slow]
    else:
        marks = [pytest.mark.nightly]
    return pytest.param(row, id=row["name"], marks=marks)


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    def stop(signum: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"not done after {seconds} s")

    if not hasattr(signal, "SIGALRM"):  # not on Windows
        yield
        return
    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@lru_cache(maxsize=1)  # the checks of one row follow each other, so that its irreps are computed once
def group_named(name: str) -> PermutationGroup:
    return oracle.group_of(BY_NAME[name])


@pytest.mark.parametrize(
    "check", [oracle.check_characters, oracle.check_complex, oracle.check_real, oracle.check_rational]
)
@pytest.mark.parametrize("row", [marked(row) for row in ROWS])
def test_against_gap(row, check):
    with time_limit(SECONDS):
        check(row, group_named(row["name"]))


def share_of(rows: list[dict[str, Any]]) -> float:
    shares = [oracle.field_share(row, group_named(row["name"])) for row in rows]
    return sum(reached for reached, _ in shares) / sum(total for _, total in shares)


def test_irreps_are_over_the_field_of_their_character():
    assert share_of([row for row in ROWS if not marked(row).marks]) >= FIELD_SHARE


@pytest.mark.nightly
def test_irreps_of_small_groups_are_over_the_field_of_their_character():
    assert share_of([row for row in ROWS if is_sampled(row) and row["order"] <= 63]) >= FIELD_SHARE


def test_the_store_has_every_small_group_and_every_named_one():
    names = [row["name"] for row in ROWS]
    assert len(set(names)) == len(names) == 721
    assert sum(name.startswith("SmallGroup") and row["order"] < 64 for name, row in BY_NAME.items()) == 319
    assert {f"TransitiveGroup(8,{i})" for i in range(1, 51)} | QUICK | {"M11", "M12", "PSU(3,3)", "Sz(8)"} <= set(names)


@pytest.mark.parametrize("name", ["S5", "SL(2,3)", "SmallGroup(21,1)"])
def test_a_wrong_store_is_noticed(name):
    row = BY_NAME[name]
    degree, indicator, size, index, count = row["irreps"][-1]
    irreps = row["irreps"][:-1]
    wrong = [
        {**row, "irreps": [*irreps, [degree, 1 - abs(indicator), size, index, count]]},
        {**row, "irreps": [*irreps, [degree, indicator, size, index, count + 1]]},
        {**row, "digest": "0" * 32},
    ]
    for changed in wrong:
        with pytest.raises(AssertionError):
            oracle.check_characters(changed, group_named(name))
    with pytest.raises(AssertionError):
        oracle.check_rational(
            {**row, "irreps": [[*irrep[:3], 7, irrep[4]] for irrep in row["irreps"]]}, group_named(name)
        )


def test_the_digest_depends_on_the_rows_and_not_on_their_order():
    rows = [[E(5), E(1)], [E(3), E(4) / 2]]
    digest = oracle.digest_of_rows(rows)
    assert digest == oracle.digest_of_rows(rows[::-1])
    assert digest != oracle.digest_of_rows([row[::-1] for row in rows])


@pytest.mark.gap
@pytest.mark.parametrize("names", ["S5", pytest.param("", marks=pytest.mark.nightly, id="all")])
def test_gap_gives_what_is_stored(names):
    command = [sys.executable, str(ORACLES / "make_oracle.py"), "--check", "--only", names]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    if "GAP package" in said and "is missing" in said:
        pytest.skip("GAP is here without the packages that the oracle reads")
    assert done.returncode == 0, said
