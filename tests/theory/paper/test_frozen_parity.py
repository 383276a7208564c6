"""Frozen random parity: closed forms against exhaustive loops, fits in exact arithmetic, and simulation."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from bistate.theory import WeightsError
from bistate.theory.paper.frozen_parity import (
    FOUR_WORDS,
    TWO_WORDS,
    all_words,
    enumerated_probability,
    fixed_length_probability,
    readout_obstruction,
    simulated_probability,
    two_words_probability,
    varying_length_probability,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

EVERY = all_words(range(6))
words = st.lists(st.integers(0, 1), max_size=6).map(tuple)
scalars = st.builds(
    lambda sign, size: sign * size, st.sampled_from([1, -1]), st.fractions(Fraction(1, 9), 9, max_denominator=9)
)
units = st.lists(st.tuples(scalars, scalars), min_size=1, max_size=5)


def state(unit, word):
    h = 1
    for letter in word:
        h = unit[letter] * h
    return h


def slow_share(hidden, training, test):
    """Every sign pattern, the recurrence step by step, numpy's own least squares."""
    right = 0
    for signs in product((1, -1), repeat=2 * hidden):
        pattern = list(zip(signs[:hidden], signs[hidden:], strict=True))
        X = np.array([[state(unit, word) for unit in pattern] for word in training], dtype=float)
        w = np.linalg.lstsq(X, np.array([(-1.0) ** sum(word) for word in training]), rcond=1e-9)[0]
        outputs = [float(w @ [state(unit, word) for unit in pattern]) * (-1) ** sum(word) for word in test]
        right += min(outputs) > 1e-9
    return Fraction(right, 4**hidden)


@pytest.mark.parametrize("hidden", [1, 2, 3])
@pytest.mark.parametrize("training", [TWO_WORDS, FOUR_WORDS, ((), (1,)), ((0,), (0, 0, 1), (1, 1))])
def test_exact_enumeration_agrees_with_the_slow_loop(hidden, training):
    assert enumerated_probability(hidden, training, EVERY) == slow_share(hidden, training, EVERY)


@pytest.mark.parametrize("hidden", [1, 2])
def test_exact_enumeration_agrees_where_the_training_words_contradict_each_other(hidden):
    """Without a (+,−) unit no readout fits all words of lengths 1 and 2; the best one is still right on some."""
    training, test = all_words([1, 2]), all_words([2])
    found = enumerated_probability(hidden, training, test)
    assert found == slow_share(hidden, training, test)
    assert found > varying_length_probability(hidden)


@pytest.mark.parametrize("hidden", [1, 2, 4, 8])
def test_fixed_length(hidden):
    for training in (TWO_WORDS, ((0, 1, 1), (1, 1, 1)), ((1, 0, 0, 1), (1, 0, 0, 0))):
        same = all_words([len(training[0])])
        assert enumerated_probability(hidden, training, same) == fixed_length_probability(hidden)


@pytest.mark.parametrize("hidden", [1, 2, 4, 8])
def test_four_words_reach_the_best_for_all_lengths(hidden):
    assert enumerated_probability(hidden, FOUR_WORDS, EVERY) == varying_length_probability(hidden)


@settings(max_examples=40)
@given(words, words, st.integers(1, 4))
def test_any_two_words_are_right_less_than_half_the_time(first, second, hidden):
    assume(sum(first) % 2 != sum(second) % 2)
    found = enumerated_probability(hidden, (first, second), EVERY)
    assert found == two_words_probability(hidden) < Fraction(1, 2)
    assert found <= varying_length_probability(hidden)


@pytest.mark.parametrize("hidden", [3, 12])
def test_simulation_of_ten_thousand_draws(hidden):
    """Five standard deviations of a share of 10 000 draws are at most 0.025."""
    for training, test, exact in (
        (TWO_WORDS, all_words([2]), fixed_length_probability(hidden)),
        (FOUR_WORDS, EVERY, varying_length_probability(hidden)),
        (TWO_WORDS, EVERY, two_words_probability(hidden)),
    ):
        assert abs(simulated_probability(hidden, training, test, seed=1) - exact) < 0.025


def test_two_words_do_not_fix_the_readout_when_sizes_vary():
    same = all_words([2])
    assert simulated_probability(8, TWO_WORDS, same) > 0.98
    assert simulated_probability(8, TWO_WORDS, same, spread=0.5) < 0.85


@given(units)
def test_an_obstruction_is_a_contradiction(pairs):
    """Σ c χ h = 0 in every unit with c ≥ 0; where there is none, one unit alone is right on every word."""
    weights = readout_obstruction(pairs)
    if weights is None:
        assert any(all(state(pair, word) * (-1) ** sum(word) > 0 for word in EVERY) for pair in pairs)
        return
    assert min(weights.values()) > 0
    assert max(z + k for z, k in weights) <= len(pairs)
    for zero, one in pairs:
        assert sum(c * (-1) ** k * zero**z * one**k for (z, k), c in weights.items()) == 0


@given(units, st.integers(0, 3))
def test_an_obstruction_at_one_length(pairs, more):
    length = len(pairs) + more
    weights = readout_obstruction(pairs, length)
    if weights is None:
        sides = [
            [state(pair, (1,) * k + (0,) * (length - k)) * (-1) ** k > 0 for k in range(length + 1)] for pair in pairs
        ]
        assert any(len(set(side)) == 1 for side in sides)
        return
    assert {z + k for z, k in weights} == {length}
    assert min(weights.values()) > 0
    for zero, one in pairs:
        assert sum(c * (-1) ** k * zero**z * one**k for (z, k), c in weights.items()) == 0


@pytest.mark.parametrize("hidden", [1, 2, 3])
def test_the_obstruction_decides_every_sign_pattern(hidden):
    """Counting the patterns without an obstruction gives both closed forms."""
    patterns = list(product(product((Fraction(1), Fraction(-1)), repeat=2), repeat=hidden))
    free = sum(readout_obstruction(pattern) is None for pattern in patterns)
    assert Fraction(free, 4**hidden) == varying_length_probability(hidden)
    free = sum(readout_obstruction(pattern, hidden) is None for pattern in patterns)
    assert Fraction(free, 4**hidden) == fixed_length_probability(hidden)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: fixed_length_probability(0), "hidden=0"),
        (lambda: two_words_probability(2.0), "hidden=2.0"),
        (lambda: enumerated_probability(9, TWO_WORDS, EVERY), r"hidden=9 means 4\^9"),
        (lambda: enumerated_probability(2, TWO_WORDS, [(0, 2)]), r"\(0, 2\)"),
        (lambda: enumerated_probability(2, (), EVERY), "at least one training word"),
        (lambda: simulated_probability(2, TWO_WORDS, EVERY, trials=0), "trials=0"),
        (lambda: simulated_probability(2, TWO_WORDS, EVERY, spread=-1.0), "spread=-1.0"),
        (lambda: simulated_probability(2, TWO_WORDS, EVERY, spread=float("nan")), "spread=nan"),
        (lambda: readout_obstruction([(Fraction(0), Fraction(1))]), r"Fraction\(0, 1\)"),
        (lambda: readout_obstruction([(Fraction(1), Fraction(1))] * 3, 2), "length=2"),
    ],
)
def test_bad_input_is_named(build, message):
    with pytest.raises(WeightsError, match=message):
        build()
