"""Weights that are right by cones: the check on a counter, and each of its conditions broken on purpose."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from bistate.groups import ExactMatrix
from bistate.theory import Automaton, BilinearWeights, ConeWeights, WeightsError

# Three levels, up and down, in two units: t = h_2/h_1, down: t/2, up: (1 + t)/2, cones t < 1/3 < t < 2/3 < t.
COUNTER = Automaton([0, 1, 2], ["down", "up"], [[0, 1], [0, 2], [1, 2]], 0)
CUTS = (Fraction(0), Fraction(1, 3), Fraction(2, 3), Fraction(1))
WEIGHTS = BilinearWeights(
    letters=("down", "up"),
    states=(0, 1, 2),
    transitions=(ExactMatrix([[2, 0], [0, 1]]), ExactMatrix([[2, 0], [1, 1]])),
    initial=ExactMatrix([[6], [1]]),
    readout=ExactMatrix([[0, 0], [-1, 3], [-3, 6]]),
)
CONES = tuple(ExactMatrix([[1, 1], [CUTS[q], CUTS[q + 1]]]) for q in range(3))
RIGHT = ConeWeights(WEIGHTS, CONES)


def test_a_counter_is_right_by_cones_that_touch():
    verdict = RIGHT.prove(COUNTER)
    assert verdict.proved
    assert "every letter takes the cone of each state, of 2 generators" in verdict.reason
    for length in range(9):
        for word in product(COUNTER.letters, repeat=length):
            assert RIGHT.predict(word) == COUNTER.run(word)
    assert RIGHT.hidden_size == 2


def test_states_in_another_order_are_matched_by_their_labels():
    other = Automaton([2, 1, 0], ["up", "down"], [[0, 1], [0, 2], [1, 2]], 0)
    assert RIGHT.prove(other).proved


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"initial": ExactMatrix([[6], [2]])}, "the start lies outside the cone of 0"),  # on its border
        ({"initial": ExactMatrix([[6], [-1]])}, "the start lies outside the cone of 0"),
        (
            {"transitions": (ExactMatrix([[2, 0], [0, 1]]), ExactMatrix([[2, 0], [2, 1]]))},
            "letter 'up' does not take the cone of 0 into that of 1",
        ),
        (
            {"transitions": (ExactMatrix([[1, 0], [0, 0]]), WEIGHTS.transitions[1])},  # onto a border
            "letter 'down' does not take the cone of 0 into that of 0",
        ),
        ({"readout": ExactMatrix([[0, 0], [-1, 3], [-2, 4]])}, "in the cone of 2 the readout may choose 1"),
        ({"readout": ExactMatrix([[0, 0], [-1, 3], [-1, 3]])}, "in the cone of 1 the readout may choose 2"),
    ],
)
def test_each_condition_is_asked_for(change, reason):
    verdict = ConeWeights(replace(WEIGHTS, **change), CONES).prove(COUNTER)
    assert verdict.undecided
    assert reason in verdict.reason


def test_another_automaton_is_not_proved():
    assert ConeWeights(WEIGHTS, CONES).prove(Automaton.from_maps({"down": [0, 0, 1], "up": [1, 1, 2]}, 2)).undecided


def test_rays_and_spans():
    """A cone of one generator: vectors outside its line are no multiples of it."""
    signs = BilinearWeights(
        letters=(0, 1),
        states=(0, 1),
        transitions=(ExactMatrix.identity(2), ExactMatrix([[0, 1], [1, 0]])),
        initial=ExactMatrix([[1], [0]]),
        readout=ExactMatrix.identity(2),
    )
    rays = (ExactMatrix([[1], [0]]), ExactMatrix([[0], [1]]))
    assert ConeWeights(signs, rays).prove(Automaton.parity()).proved
    moved = replace(signs, transitions=(ExactMatrix.identity(2), ExactMatrix([[1, 1], [1, 0]])))
    assert ConeWeights(moved, rays).prove(Automaton.parity()).undecided


def test_refusals():
    with pytest.raises(WeightsError, match="2 cones for 3 states"):
        ConeWeights(WEIGHTS, CONES[:2])
    with pytest.raises(WeightsError, match="the cone of 2 needs independent real generators with 2 entries"):
        ConeWeights(WEIGHTS, (*CONES[:2], ExactMatrix([[1, 2], [1, 2]])))
    with pytest.raises(WeightsError, match="this automaton has outputs"):
        RIGHT.prove(COUNTER.with_outputs(["a", "b", "b"]))
