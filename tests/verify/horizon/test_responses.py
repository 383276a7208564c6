"""Horizons by responses: the search beside the check, and beside the words themselves."""

from __future__ import annotations

import itertools
import math
from functools import cache

import numpy as np
import pytest
from bistate.theory import Automaton
from bistate.verify import certify
from bistate.verify.certificates.effort import Watch, effort_named
from bistate.verify.exact_check import CheckError, check
from bistate.verify.networks.float_network import FloatNetwork
from bistate.verify.responses import search
from bistate.verify.responses.averages import averaged_codes
from bistate.verify.responses.bounds import Reach, Responses, reach_of
from bistate.verify.responses.descent import descended, first_shape
from bistate.verify.responses.limits import MOST_STATES, NUMBERS, SHORT
from bistate.verify.responses.search import attempt_of, proof_of, responses_of
from bistate.verify.tubes.bounds import beginning_of
from helpers.lemmas import lemmas, loaded
from helpers.noisy import network_of, noisy_everywhere, right_on_all_words

UNIT = 2.0**96
MERGING = Automaton.random(4, 3, "map", seed=1)
USUAL = effort_named("usual")


@cache
def proved():
    model = noisy_everywhere(MERGING, 0.02)
    return model, certify(model, MERGING)


def test_noisy_weights_are_proved_by_responses_and_are_right():
    model, found = proved()
    assert found.way == "responses"
    assert found.shape == "tube"
    assert check(found.document) == found.horizon
    assert found.horizon > certify(model, MERGING, effort="quick").horizon
    assert all(right_on_all_words(model, MERGING, length) for length in range(min(int(found.horizon), 6) + 1))
    assert found.belongs_to(model, MERGING)


def test_the_diagnosis_says_which_drifts_take_the_lead():
    _, found = proved()
    assert found.diagnosis is not None
    assert found.diagnosis.length == found.horizon + 1
    assert set(found.diagnosis.shares) == {
        "drifts of the last letters",
        "drifts of letters before",
        "errors of the first words",
    }
    assert sum(found.diagnosis.shares.values()) == pytest.approx(1)
    assert any("drifts of" in line for line in found.why)


def test_longer_claims_are_refused_by_the_check():
    _, found = proved()
    with pytest.raises(CheckError, match="need not be classified rightly"):
        check({**found.document, "horizon": int(found.horizon) + 2})


@pytest.mark.parametrize("reach", [Reach(0, 0, 0), Reach(2, 1, 1), Reach(1, 2, 0)])
def test_the_numbers_of_the_search_are_those_of_the_check(reach):
    """To a millionth, and never above; so is the horizon."""
    model, certificate = proved()
    given = network_of(model, MERGING)
    codes = averaged_codes(given)
    start = first_shape(given, codes)
    begin = beginning_of(attempt_of(start), given, 0.0)
    shape = descended(given, (begin.errors + codes[begin.states], begin.states), start, 8, 2, 40)
    found = Responses(attempt_of(shape), given, reach)
    document = {**certificate.document, "proof": proof_of(found, np.ones(3)), "horizon": found.horizon}
    assert check(document) == found.horizon
    checker = loaded()
    true = lemmas(checker, document)
    numbers = checker.responses.responses_of(true.claim, true.coordinates, true.edges, true.tube, true.leads)
    rivals = checker.responses.rivals_of(true.leads)
    for ours, theirs in ((found.V, numbers.V), (found.E, numbers.E)):
        for a, b in zip(ours, theirs, strict=False):
            np.testing.assert_allclose(a, [v / UNIT for v in b], rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(found.growth, np.array(numbers.growth, dtype=float) / UNIT, rtol=1e-2)
    for ours, theirs in zip(found.K, numbers.K, strict=True):
        for (r, q), row in theirs.items():
            np.testing.assert_allclose(ours[r, q, rivals[q]], [v / UNIT for v in row], rtol=1e-5)
    for ours, theirs in zip(found.X, numbers.X, strict=True):
        for (q, p), value in theirs.items():
            assert ours[q, p] == pytest.approx(value / UNIT, rel=1e-5, abs=1e-7)


def test_codes_of_states_that_no_word_leads_to_are_zero():
    table = np.array([[1, 1], [1, 1], [0, 2]])
    given = network_of(noisy_everywhere(MERGING, 0.0), MERGING)
    small = FloatNetwork(given.A[:2], given.h, given.C[:3], table, 0)
    codes = averaged_codes(small)
    assert not codes[[0, 2]].any()
    assert codes[1].any()
    np.testing.assert_array_equal(codes, averaged_codes(small))


def test_averaged_codes_of_exact_weights_are_their_states():
    """A[x] c_q is a multiple of c_δ(q,x), up to what single precision of the mean leaves."""
    given = network_of(noisy_everywhere(MERGING, 0.0), MERGING)
    codes = averaged_codes(given)
    moved = np.einsum("xij,qj->xqi", given.A, codes)
    aims = codes[given.table.T]
    cosines = (moved * aims).sum(-1) / np.linalg.norm(moved, axis=-1) / np.linalg.norm(aims, axis=-1)
    np.testing.assert_allclose(cosines, 1, atol=1e-9)


@pytest.mark.parametrize(("letters", "states"), [(1, 2), (2, 5), (3, 3), (60, 60)])
def test_as_many_letters_are_multiplied_out_as_numbers_allow(letters, states):
    given = FloatNetwork(
        np.zeros((letters, 8, 8)), np.zeros(8), np.zeros((states, 8)), np.zeros((states, letters), dtype=np.int64), 0
    )
    sizes = [reach_of(given, numbers, 2) for numbers in (1, 2**12, 2**18, 2**24)]
    assert sizes[0] == Reach(0, 0, 0)
    for few, many in itertools.pairwise(sizes):
        assert few.rows <= many.rows
        assert few.vectors <= many.vectors
        assert few.products <= many.products <= many.rows
    assert letters ** sizes[2].rows * states**2 <= 2**18 or letters == 1


@pytest.mark.parametrize("proved_before", [-1, SHORT, math.inf])
def test_responses_are_not_looked_for_where_they_prove_nothing(proved_before):
    given = network_of(noisy_everywhere(MERGING, 0.02), MERGING)
    assert responses_of(given, proved_before, USUAL, Watch()) is None
    assert responses_of(given, 1, effort_named("quick"), Watch()) is None


def test_many_states_are_left_out():
    many = MOST_STATES + 1
    given = FloatNetwork(np.eye(2)[None], np.ones(2), np.ones((many, 2)), np.zeros((many, 1), dtype=np.int64), 0)
    assert responses_of(given, 1, USUAL, Watch()) is None


def test_a_budget_multiplies_out_what_it_has_time_for(monkeypatch):
    given, asked = network_of(noisy_everywhere(MERGING, 0.02), MERGING, shortest=1), []

    def reached(network, numbers, prefix):
        asked.append(numbers)
        return reach_of(network, numbers, prefix)

    monkeypatch.setattr(search, "reach_of", reached)
    monkeypatch.setattr(search, "descended", lambda network, words, shape, *others: shape)
    monkeypatch.setattr(search, "_measured", lambda *others: None)  # nothing is multiplied out here
    for budget in (None, 1000.0, 60.0, 2.0):
        responses_of(given, 1, effort_named("thorough"), Watch(budget))
    assert asked[::2][0] == 64 * NUMBERS  # the other ones are of the first, short descents
    assert asked[::2][1] == 64 * NUMBERS
    assert 9 * NUMBERS < asked[::2][2] <= 10 * NUMBERS
    assert asked[::2][3] == NUMBERS


def test_a_spent_budget_ends_the_search():
    given = network_of(noisy_everywhere(MERGING, 0.02), MERGING)
    found = responses_of(given, 0, USUAL, Watch(budget=1e-9))
    assert found is None or found.horizon >= 0
