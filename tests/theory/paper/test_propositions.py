"""The paper's propositions, checked on drawn cases."""

from fractions import Fraction

import pytest
from bistate.groups import ExactMatrix, MatrixError, SymmetricGroup
from bistate.theory import (
    Automaton,
    WeightsError,
    additive_term_breaks_scale_invariance,
    all_commute,
    realize,
    scale_invariant,
    shared_eigenbasis_commutes,
    simulates_every_automaton,
)
from bistate.theory.paper.frozen_parity import (
    FOUR_WORDS,
    TWO_WORDS,
    all_words,
    enumerated_probability,
    fixed_length_probability,
    simulated_probability,
    two_words_probability,
    varying_length_probability,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

S3 = Automaton.word_problem(SymmetricGroup(3))


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 8), st.integers(1, 3), st.integers(0, 10**6))
def test_full_weights_simulate_every_automaton(states, letters, seed):
    try:
        A = Automaton.random(states, letters, seed=seed)
    except ValueError:
        assume(False)
    weights, verdict = simulates_every_automaton(A)
    assert verdict.proved
    assert weights.hidden_size == states


small = st.integers(-3, 3)


@given(
    st.lists(st.lists(small, min_size=2, max_size=2), min_size=2, max_size=2), st.lists(small, min_size=4, max_size=4)
)
def test_a_shared_eigenbasis_commutes(rows, entries):
    basis = ExactMatrix(rows)
    assume(basis.rank() == 2)
    diagonals = [ExactMatrix.diagonal(entries[:2]), ExactMatrix.diagonal(entries[2:])]
    assert shared_eigenbasis_commutes(basis, diagonals).proved


def test_the_commuting_statement_can_fail_and_checks_its_input():
    assert all_commute(realize(S3, "block").transitions).refuted
    with pytest.raises(WeightsError, match="not diagonal"):
        shared_eigenbasis_commutes(ExactMatrix.identity(2), [ExactMatrix([[1, 1], [0, 1]])])
    with pytest.raises(MatrixError):
        shared_eigenbasis_commutes(ExactMatrix([[1, 1], [1, 1]]), [ExactMatrix.identity(2)])


positive = st.fractions(min_value=Fraction(1, 50), max_value=50)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(S3.letters), max_size=6), st.data())
def test_scale_invariance(word, data):
    factors = data.draw(st.lists(positive, min_size=len(word) + 1, max_size=len(word) + 1))
    assert scale_invariant(realize(S3, "block"), word, factors).proved


def test_scaling_needs_positive_factors():
    with pytest.raises(WeightsError, match="positive"):
        scale_invariant(realize(S3, "block"), [], [Fraction(-1)])
    with pytest.raises(WeightsError, match="2 positive factors"):
        scale_invariant(realize(S3, "block"), [S3.letters[0]], [Fraction(1)])


def test_an_additive_term_breaks_it():
    failure = additive_term_breaks_scale_invariance()
    assert failure.plain != failure.scaled


@pytest.mark.parametrize("hidden", [1, 2, 3, 4, 5])
def test_frozen_parity_probabilities_by_enumeration(hidden):
    """Closed forms against all 4^H sign patterns with a fitted readout."""
    every = all_words(range(1, 6))
    assert enumerated_probability(hidden, TWO_WORDS, all_words([2])) == fixed_length_probability(hidden)
    assert enumerated_probability(hidden, FOUR_WORDS, every) == varying_length_probability(hidden)
    assert enumerated_probability(hidden, TWO_WORDS, every) == two_words_probability(hidden)


def test_two_words_are_not_enough_when_lengths_vary():
    assert two_words_probability(20) < Fraction(1, 2) < varying_length_probability(20)


@pytest.mark.parametrize("hidden", [4, 16])
def test_frozen_parity_probabilities_by_simulation(hidden):
    """10 000 draws: three standard deviations are below 0.015."""
    every = all_words(range(1, 6))
    assert abs(simulated_probability(hidden, TWO_WORDS, all_words([2])) - fixed_length_probability(hidden)) < 0.015
    assert abs(simulated_probability(hidden, FOUR_WORDS, every) - varying_length_probability(hidden)) < 0.015
    assert abs(simulated_probability(hidden, TWO_WORDS, every) - two_words_probability(hidden)) < 0.015


def test_enumeration_names_its_limit():
    with pytest.raises(WeightsError, match="hidden=9"):
        enumerated_probability(9, TWO_WORDS, TWO_WORDS)
    with pytest.raises(WeightsError, match="hidden=0"):
        fixed_length_probability(0)
