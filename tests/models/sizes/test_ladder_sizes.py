"""Sizes of untrained models: what the ladder asks for, what is given, and what divides what."""

from typing import Any

import pytest
from bistate.groups import CyclicGroup, SymmetricGroup
from bistate.groups.catalogue.named import named_group
from bistate.models import ModelError, usual_model
from bistate.models.sizes.ladder_sizes import usual_sizes
from bistate.theory import Automaton, classify

S4 = Automaton.word_problem(SymmetricGroup(4))
Q8 = Automaton.word_problem(named_group("Q8"))


@pytest.mark.parametrize(
    ("automaton", "family", "hidden", "options", "expected"),
    [
        (S4, "full", None, {}, {"hidden": 64}),
        (S4, "full", 7, {}, {"hidden": 7}),
        (S4, "block", None, {}, {"hidden": 66, "block": 3}),
        (S4, "block", 64, {}, {"hidden": 64, "block": 4}),  # the least divisor that is large enough
        (S4, "block", 2, {}, {"hidden": 2, "block": 2}),  # too small for exact weights; `advice` says so
        (S4, "block", None, {"block": 2}, {"hidden": 64, "block": 2}),
        (Q8, "householder", None, {}, {"hidden": 64, "heads": 16, "reflections": 4}),
        (Q8, "householder", 12, {}, {"hidden": 12, "heads": 3, "reflections": 4}),
        (Q8, "householder", None, {"heads": 1}, {"hidden": 64, "heads": 1, "reflections": 4}),
        (Q8, "householder", None, {"reflections": 2}, {"hidden": 64, "heads": 16, "reflections": 2}),
        (Q8, "cp", 4, {}, {"hidden": 4, "rank": 8}),
        (Q8, "cp", None, {}, {"hidden": 64, "rank": 64}),
        (Automaton.word_problem(CyclicGroup(67)), "monomial", None, {}, {"hidden": 67}),
        (Q8, "rotation", None, {}, {"hidden": 64}),  # which cannot do it
        (Automaton.random(20, 2, seed=0), "block", None, {}, {"hidden": 66, "block": 3}),  # not 20
    ],
)
def test_sizes(automaton: Automaton, family: str, hidden: int | None, options: dict[str, int], expected: Any) -> None:
    assert usual_sizes(automaton, family, hidden, **options) == expected


@pytest.mark.parametrize("family", ["full", "block", "householder", "monomial", "cp"])
def test_exact_weights_fit_into_a_usual_model(family: str) -> None:
    """As many of what the family counts as the known weights have."""
    model = usual_model(S4, family, seed=1)
    row = classify(S4)["householder_per_head" if family == "householder" else family]
    counted = {"block": model.block, "householder": model.reflections, "cp": model.rank}.get(family, model.hidden)
    assert counted >= row.upper.size
    assert model.config == usual_model(S4, family, seed=2).config


def test_a_family_that_is_not_known_is_refused() -> None:
    with pytest.raises(ModelError, match="unknown transition 'fulll'"):
        usual_model(S4, "fulll")


def test_blocks_are_not_those_of_cones_that_may_touch() -> None:
    """Up and down between three levels: two units do, but come as near to a tie as one likes."""
    levels = Automaton([0, 1, 2], ["down", "up"], [[0, 1], [0, 2], [1, 2]], 0)
    assert classify(levels)["block"].size == 2
    assert usual_model(levels, "block").block == 3
