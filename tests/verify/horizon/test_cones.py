"""Cones for letters that merge states: definite machines are right for ever, others longer than by norms."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from bistate.theory import Automaton
from bistate.verify import certify, refute
from bistate.verify.certificates.effort import Watch
from bistate.verify.cones import search
from bistate.verify.cones.descent import descended
from bistate.verify.cones.limits import AHEAD, STEPS
from bistate.verify.cones.nodes import Nodes, nodes_of
from bistate.verify.cones.search import FirstCones
from bistate.verify.cones.search import _rounded as rounded_cones
from bistate.verify.cones.shapes import Widths, _kept_ball, first_cones, lifted, radii_of
from bistate.verify.exact_check import check
from bistate.verify.networks.float_network import FloatNetwork
from helpers.noisy import network_of, noisy_everywhere
from numpy.typing import NDArray

LAST_TWO = Automaton(range(4), range(2), [[2 * (q % 2) + x for x in range(2)] for q in range(4)], 0)
ENDING = Automaton.from_regex("(a|b)*abb", "ab").acceptor()
LATCH = Automaton.reset(2, keep=True)


@pytest.mark.parametrize("automaton", [LAST_TWO, ENDING], ids=["last two", "abb"])
def test_noisy_weights_that_forget_are_right_for_ever(automaton: Automaton) -> None:
    model = noisy_everywhere(automaton, 0.01)
    found = certify(model, automaton)
    assert (found.horizon, found.way) == (math.inf, "cones")
    assert check(found.document) == math.inf
    assert found.belongs_to(model, automaton)
    assert refute(model, automaton) is None


PARITY = Automaton.parity()


@pytest.mark.parametrize("arithmetic", ["float32", "float64"])
@pytest.mark.parametrize(
    "automaton", [LAST_TWO, Automaton.reset(3, keep=False), PARITY], ids=["last two", "reset", "parity"]
)
def test_rounding_does_not_end_what_is_right_for_ever(automaton: Automaton, arithmetic: str) -> None:
    model = noisy_everywhere(automaton, 0.001).to(getattr(torch, arithmetic))
    found = certify(model, automaton, arithmetic)
    assert (found.horizon, found.way) == (math.inf, "cones")
    assert check(found.document) == math.inf
    assert found.belongs_to(model, automaton)


@pytest.mark.parametrize("size", [1e-12, 1e-9, 1e-6])
def test_codes_that_are_nearly_exact_are_right_for_ever(size: float) -> None:
    """Radii that settle at 1e-10 leave no room for the rounding of the check; larger ones are kept as well."""
    model = noisy_everywhere(LAST_TWO, size)
    found = certify(model, LAST_TWO, effort="quick")
    assert (found.horizon, found.way) == (math.inf, "cones")
    assert check(found.document) == math.inf


@pytest.mark.parametrize(("growth", "share"), [(0.8, 0.1), (0.95, 0.01), (0.9995, 0.0)])
def test_radii_that_are_kept_have_room_at_every_edge(growth: float, share: float) -> None:
    """An edge without drift is as tight as the growth lets it be, however large the radii are."""
    one = np.ones(2)
    drift = np.array([1e-9, 0.0])
    edges = np.array([0, 1]), np.array([1, 0])
    widths = Widths(*edges, one, one, drift, growth * one, one, 0 * one)
    radii = 0 * one
    for _ in range(60_000):
        radii = np.maximum(radii, widths.step(radii))
    ball = _kept_ball(widths, radii, one)
    assert ball is not None
    assert ((1 + share / 2) * widths.step(ball) <= ball).all()
    assert (ball > radii).all()


def test_a_letter_that_keeps_the_state_has_no_proof_for_ever() -> None:
    """What one word keeps and another one merges: for weights that are a little off some word is wrong."""
    model = noisy_everywhere(LATCH, 0.02)
    found, wrong = certify(model, LATCH), refute(model, LATCH)
    assert 1 <= found.horizon < math.inf
    assert wrong is None or wrong.length > found.horizon


@pytest.mark.parametrize("seed", range(3))
def test_what_cones_prove_is_so(seed: int) -> None:
    automaton = Automaton.random(3, 2, "map", seed=seed)
    model = noisy_everywhere(automaton, 0.1, seed)
    net = network_of(model, automaton, shortest=1)
    horizon = certify(model, automaton).horizon
    for n in range(1, int(min(horizon, 8)) + 1):
        for word in itertools.product(range(2), repeat=n):
            q = net.start
            for x in word:
                q = net.table[q, x]
            assert said(net, word) == q
    wrong = refute(model, automaton)
    assert wrong is None or wrong.length > horizon


def said(net: FloatNetwork, word: Sequence[int]) -> int:
    h = net.h
    for x in word:
        h = net.A[x] @ h
    return int(np.argmax(net.C @ h))


def test_nodes_know_the_last_letters_and_follow_the_automaton() -> None:
    net = network_of(noisy_everywhere(LAST_TWO, 0.01), LAST_TWO, shortest=1)
    coarse, fine = nodes_of(net)
    assert coarse.memory == 1 < fine.memory <= fine.prefix
    for nodes in (coarse, fine):
        for v, (q, last) in enumerate(nodes.keys):
            assert nodes.states[v] == q
            for x, w in enumerate(nodes.following[v]):
                assert nodes.keys[w] == (net.table[q, x], (*last, x)[1:])
    words = [word[::-1] for word in itertools.product(range(2), repeat=fine.prefix)]  # the last letter slowest
    for word, v, vector in zip(words, fine.begins, fine.vectors, strict=True):
        assert fine.keys[v][1] == word[-fine.memory :]
        h = net.h
        for x in word:
            h = net.A[x] @ h
        np.testing.assert_allclose(vector, h / np.linalg.norm(h), atol=1e-12)


def test_descent_and_more_letters_lose_nothing() -> None:
    automaton = Automaton.random(3, 2, "map", seed=3)
    net = network_of(noisy_everywhere(automaton, 0.03), automaton, shortest=1)
    coarse, fine = nodes_of(net)
    starts = list(first_cones(coarse))
    before = max(radii_of(coarse, P, 1000).horizon for P in starts)
    P = descended(coarse, starts, coarse.prefix + 6, 2000, Watch())
    assert P is not None
    after = radii_of(coarse, P, 1000).horizon
    assert after > before
    assert radii_of(fine, lifted(P, coarse, fine), 1000).horizon >= after


def test_descents_follow_no_more_letters_than_they_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """A round keeps every letter for its derivative: with 175 000 of them it took a minute and 4 GB."""
    net = network_of(noisy_everywhere(LATCH, 0.01), LATCH, shortest=1)
    nodes = next(iter(nodes_of(net)))
    starts = list(first_cones(nodes))
    best = rounded_cones(nodes, starts[0], STEPS)
    assert best is not None
    assert best.radii.ball is None
    seen: list[int] = []

    def follows(nodes: Nodes, starts: Sequence[NDArray[np.float64]], longest: int, *_: object) -> None:
        seen.append(longest)

    monkeypatch.setattr(search, "descended", follows)
    monkeypatch.setattr(search, "_horizon", lambda cones: 174_766.0)
    search._descended(FirstCones([nodes], [starts], best), 1.0, Watch())
    assert len(seen) == 2
    assert max(seen) <= STEPS + AHEAD


def test_the_search_claims_what_the_check_proves() -> None:
    """Another order of words or edges on one side would show."""
    automaton = Automaton.random(3, 2, "map", seed=2)
    found = certify(noisy_everywhere(automaton, 0.03), automaton)
    assert found.way == "cones"
    assert found.check() == found.horizon
    assert found.norm_horizon == -1


def test_coordinates_without_an_inverse_are_no_cones() -> None:
    """A certificate of them could not be written."""
    nodes = next(nodes_of(network_of(noisy_everywhere(LATCH, 0.02), LATCH, shortest=1)))
    P = next(iter(first_cones(nodes)))
    assert rounded_cones(nodes, P, 10) is not None
    flat = P.copy()
    flat[0, :, 1] = 0
    assert rounded_cones(nodes, flat, 10) is None
    assert descended(nodes, [flat], 10, 100, Watch()) is None
    assert np.array_equal(descended(nodes, [flat, P], 10, 0, Watch()), P)
