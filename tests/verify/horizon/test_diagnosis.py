"""Why a proof ends: planted faults are named."""

from __future__ import annotations

import itertools
import math

import networkx as nx
import numpy as np
import pytest
import torch
from bistate.models import BilinearRNN
from bistate.theory import Automaton, realize
from bistate.verify import certify
from bistate.verify.exact_check import MOST_STEPS
from bistate.verify.horizon.cycles import heaviest_cycle
from helpers.noisy import noisy

KEPT = Automaton.reset(3, keep=True)


def test_the_letter_that_drifts_is_named() -> None:
    automaton, model = noisy("S3", 1e-5)
    with torch.no_grad():
        model.family.weight[4] += 0.02 * torch.eye(model.hidden).flip(0)
    found = certify(model, automaton)
    why = found.diagnosis
    assert found.shape == "tube"
    assert why is not None
    assert why.drift is not None
    assert why.length == found.horizon + 1
    assert why.drift.letter == 4
    assert 0.005 < why.drift.size < 0.05
    assert sum(why.shares.values()) == pytest.approx(1)
    assert any(
        "largest drift: letter (0 1 2)" in line or f"letter {automaton.letters[4]}" in line for line in found.why
    )


def test_the_angle_that_is_off_is_named() -> None:
    automaton = Automaton.modular_addition(5)
    model = BilinearRNN.from_weights(realize(automaton, "rotation"), transition="rotation")
    with torch.no_grad():
        model.family.weight[1] += 0.01
    found = certify(model, automaton)
    assert (found.way, found.shape) == ("angles", "sector")
    assert found.diagnosis is not None
    assert found.diagnosis.turn is not None
    assert (found.diagnosis.turn.letter, abs(found.diagnosis.turn.off)) == (1, pytest.approx(0.01, rel=1e-3))
    assert found.why == ("letter 1 turns plane 0 0.01 radians too far",)


def test_a_state_that_outgrows_another_one_is_named_with_the_word() -> None:
    """The letter "keep" multiplies the code of state 1 by 1.02."""
    model = BilinearRNN.from_weights(realize(KEPT, "full"), dtype=torch.float64)
    keep = KEPT.letters.index("keep")
    codes = np.array([model.hidden_states(torch.tensor([[x]]))[0, -1].detach().numpy() for x in range(3)])
    grown = codes.T @ np.diag([1, 1.02, 1]) @ np.linalg.pinv(codes.T)
    with torch.no_grad():
        model.family.weight[keep] = torch.from_numpy(grown) + 1e-6
    found = certify(model, KEPT, effort="quick")
    assert found.diagnosis is not None
    assert found.diagnosis.growth is not None
    growth = found.diagnosis.growth
    assert (growth.rival, growth.word) == (1, (keep,))
    assert growth.rate == pytest.approx(0.02, rel=0.2)


def test_the_word_that_cones_are_worst_for_leads_where_it_says() -> None:
    automaton, model = noisy(KEPT, 0.02, rung="full")
    found = certify(model, automaton, effort="quick")
    why = found.diagnosis
    assert (found.way, found.shape) == ("cones", "ellipsoid")
    assert why is not None
    assert len(why.word) == found.horizon + 1
    q = automaton.start_index
    for x in why.word:
        q = int(automaton.table[q, x])
    assert q == why.state != why.rival


def test_nothing_is_said_where_all_is_proved() -> None:
    automaton = Automaton.modular_addition(5)
    model = BilinearRNN.from_weights(realize(automaton, "rotation"), transition="rotation")
    found = certify(model, automaton)
    assert (found.horizon, found.diagnosis, found.why) == (MOST_STEPS, None, ())


def test_the_heaviest_cycle_is_that_of_all_simple_ones() -> None:
    random = np.random.default_rng(0)
    for _ in range(150):
        nodes, edges = int(random.integers(1, 7)), int(random.integers(1, 14))
        before, after = random.integers(0, nodes, (2, edges))
        weights = random.normal(size=edges)
        graph = nx.DiGraph()
        for v, w, weight in zip(before, after, weights, strict=True):
            graph.add_edge(v, w, weight=max(weight, graph.get_edge_data(v, w, {"weight": -math.inf})["weight"]))
        means = [
            np.mean([graph[v][w]["weight"] for v, w in itertools.pairwise([*cycle, cycle[0]])])
            for cycle in nx.simple_cycles(graph)
        ]
        found = heaviest_cycle(nodes, before, after, weights)
        assert (found is None) == (not means)
        if found is not None:
            assert found.mean == pytest.approx(max(means))
            around = [*found.edges, found.edges[0]]
            assert all(after[e] == before[f] for e, f in itertools.pairwise(around))
