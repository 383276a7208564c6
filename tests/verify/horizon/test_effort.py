"""How hard a proof is looked for: levels, budgets, what is said meanwhile, and ends before the end."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from bistate.groups import SymmetricGroup
from bistate.theory import Automaton
from bistate.verify import Certificate, MismatchError, certify
from bistate.verify.certificates import effort as efforts
from bistate.verify.exact_check import check
from bistate.verify.horizon import certification, phases
from bistate.verify.horizon.phases import Proved
from bistate.verify.tubes.estimate import squarings_for
from helpers.noisy import noisy

KEPT = Automaton.reset(3, keep=True)


@pytest.mark.parametrize(
    ("task", "size"),
    [
        (Automaton.word_problem(SymmetricGroup(3), letters="generators"), 0.02),  # usual effort proves more than quick
        ("C5", 0.1),
        pytest.param("S3", 0.02, marks=pytest.mark.slow),
        pytest.param("C5", 0.02, marks=pytest.mark.slow),
    ],
)
def test_more_effort_proves_no_less_and_every_level_is_checked(task: str | Automaton, size: float) -> None:
    automaton, model = noisy(task, size, seed=3)
    found = [certify(model, automaton, effort=name) for name in efforts.EFFORTS]
    assert [f.horizon for f in found] == sorted(f.horizon for f in found)
    assert all(check(f.document) == f.horizon > 2 for f in found)


def test_quick_leaves_out_contexts() -> None:
    automaton, model = noisy("C5", 0.05, seed=0)
    assert "memory" not in certify(model, automaton, effort="quick").document["proof"]


def test_a_budget_that_is_spent_begins_nothing_further(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that goes on a second whenever somebody looks at it."""
    automaton, model = noisy(KEPT, 0.02, rung="full")
    whole, seen = certify(model, automaton), set()
    for budget in (1, 3, 6, 20, 25):
        clock = itertools.count()
        monkeypatch.setattr(efforts, "monotonic", lambda clock=clock: float(next(clock)))
        found = certify(model, automaton, budget=budget)
        assert found.horizon <= whole.horizon
        assert found.way == "none" or check(found.document) == found.horizon
        assert found.horizon == whole.horizon or f"the budget of {budget} seconds ended before" in found.reason
        seen.add(found.way)
    assert {"none", "cones"} < seen


def test_what_was_proved_is_returned_after_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    automaton, model = noisy(KEPT, 0.02, rung="full")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(phases, "first_cones_of", interrupted)
    found = certify(model, automaton)
    assert found.horizon > 0
    assert "interrupted at cones" in found.reason
    assert check(found.document) == found.horizon
    monkeypatch.setattr(phases, "attempts", interrupted)
    with pytest.raises(KeyboardInterrupt):  # nothing is proved yet
        certify(model, automaton)


def test_a_search_whose_floats_do_not_converge_leaves_what_was_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    automaton, model = noisy(KEPT, 0.02, rung="full")

    def diverged(*_: object) -> Proved:
        raise np.linalg.LinAlgError("SVD did not converge")

    def replaced(names: set[str]) -> Certificate:
        ways = [(name, diverged if name in names else way) for name, way in phases.PHASES]
        monkeypatch.setattr(certification, "PHASES", ways)
        return certify(model, automaton, effort="quick")

    names = [name for name, _ in phases.PHASES]
    whole = replaced(set())
    assert check(whole.document) == whole.horizon > 0
    found = replaced({names[0]})
    assert found.way == "none" or check(found.document) == found.horizon <= whole.horizon
    assert replaced(set(names) - {names[0]}).horizon <= whole.horizon
    assert replaced(set(names)).way == "none"


def test_progress_says_what_is_done_and_what_is_proved() -> None:
    automaton, model = noisy(KEPT, 0.02, rung="full")
    said: list[str] = []
    certify(model, automaton, effort="quick", progress=said.append)
    assert any(text.startswith("tubes, nothing proved so far") for text in said)
    assert any(text.startswith("cones, ") and "letters proved so far" in text for text in said)


@pytest.mark.parametrize("wrong", [{"effort": "hard"}, {"budget": 0}, {"budget": -1.0}, {"budget": math.nan}])
def test_levels_and_budgets_that_are_none_are_refused(wrong: dict[str, object]) -> None:
    automaton, model = noisy("S3", 0.02)
    with pytest.raises(MismatchError, match=str(next(iter(wrong.values())))):
        certify(model, automaton, **wrong)


def test_squarings_are_as_many_as_the_horizon_asks_for() -> None:
    """size**(2**-k / 4) is what the bound on a norm is off by after k squarings."""
    for size, horizon in itertools.product((2, 30, 64), (10.0, 3000.0)):
        off = math.log(size) * 2.0 ** -squarings_for(size, horizon) / 4
        assert off * horizon <= 0.003
    assert squarings_for(64, 10) < squarings_for(64, 3000) <= squarings_for(64, math.inf) == 48
