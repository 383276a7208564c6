"""The ladder of tasks with outputs: lower bounds of the minimal Moore machine, upper bounds with a readout."""

from __future__ import annotations

import pytest
from bistate.groups import SymmetricGroup
from bistate.theory import Automaton, Rung, RungError, classify


def test_labels_that_forget_states_are_the_ladder_of_the_smaller_machine() -> None:
    ladder = classify(Automaton.modular_addition(6).with_outputs([q % 2 for q in range(6)]))
    assert "2 labels" in ladder.task
    assert {rung: row.size for rung, row in ladder.items()} == {
        rung: row.size for rung, row in classify(Automaton.parity()).items()
    }


def test_lower_bounds_stay_and_upper_bounds_are_built() -> None:
    A = Automaton.modular_addition(6).with_outputs([0, 1, 0, 1, 1, 0])
    ladder, states = classify(A), classify(Automaton.modular_addition(6))
    for rung in ladder:
        assert ladder[rung].lower.size == states[rung].lower.size
        if ladder[rung].size is not None:
            assert ladder[rung].weights.prove(A).proved
    assert ladder["rotation"].size == (2, 3)
    assert ladder["block"].size == 2
    assert ladder["diagonal"].size is None


def test_labels_that_are_read_off_the_least_weights_are_exact() -> None:
    A = Automaton.word_problem(SymmetricGroup(3)).with_outputs(list(range(6)))
    assert classify(A)["full"].size == classify(Automaton.word_problem(SymmetricGroup(3)))["full"].size == 2


def test_a_decoder_row_is_left_out_and_missing_constructions_are_open() -> None:
    ladder = classify(Automaton.word_problem(SymmetricGroup(4)).with_outputs([k % 5 for k in range(24)]))
    assert "quaternion" not in ladder
    assert ladder["householder"].label == "conjectured"
    assert ladder["householder"].size == (2, float("inf"))
    assert "labels" in ladder["householder"].upper.reason


@pytest.mark.parametrize("task", [Automaton.random(4, 2, seed=3), Automaton.from_regex("(a|b)*abb").acceptor()])
def test_one_row_alone_is_that_of_the_ladder(task: Automaton) -> None:
    ladder = classify(task)
    for rung in Rung:
        alone = classify(task, rung)
        assert (alone[rung].size, alone[rung].lower) == (ladder[rung].size, ladder[rung].lower)
        assert list(alone) == [rung]
    with pytest.raises(RungError, match="only='none' is no rung; the rungs are positive"):
        classify(task, "none")
