"""Tubes made better by gradient descent: the same numbers as the estimate, longer proofs, and nothing lost."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from bistate.models import BilinearRNN
from bistate.theory import Automaton
from bistate.verify import certify, check, parse_task, refute
from bistate.verify.horizon import phases
from bistate.verify.networks.codes_and_rows import ranks, tracking
from bistate.verify.networks.float_network import FloatNetwork
from bistate.verify.tubes import ellipsoids
from bistate.verify.tubes.blocks import blocks
from bistate.verify.tubes.contexts import in_context
from bistate.verify.tubes.ellipsoids import improved
from bistate.verify.tubes.estimate import Estimate
from bistate.verify.tubes.signal_and_remainder import split
from bistate.verify.tubes.smooth_bounds import Change, SmoothBounds
from helpers.noisy import noisy, right_on_all_words

FIRMEST = 1e9  # a soft maximum that is one


def of_blocks(size: float = 0.002, seed: int = 0) -> tuple[Automaton, BilinearRNN]:
    """C_5 by four planes in coordinates of their own, far from orthogonal, and one that is forgotten; with noise."""
    automaton, random = parse_task("C5"), np.random.default_rng(seed)
    model = BilinearRNN(5, 10, 5, "block", block=2, dtype=torch.float64)
    weights, start, rows = np.zeros((5, 5, 2, 2)), np.zeros(10), np.zeros((5, 10))
    for b, turns in enumerate((1, 2, 1, 2, 1)):
        basis = np.eye(2) + random.uniform(-1.5, 1.5) * np.eye(2, k=1)
        angles = 2 * math.pi * turns * np.arange(5) / 5
        for x, angle in enumerate(angles):
            turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
            weights[x, b] = basis @ turn @ np.linalg.inv(basis) * (0.5 if b == 4 else 1)
        start[2 * b : 2 * b + 2] = basis[:, 0] * (0.1 if b == 4 else 1)
        plane = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        rows[:, 2 * b : 2 * b + 2] = plane @ np.linalg.inv(basis)
    with torch.no_grad():
        noise = size * random.standard_normal(weights.shape)
        model.family.weight.copy_(torch.from_numpy(weights + noise).reshape(model.family.weight.shape))
        model.start.copy_(torch.from_numpy(start).reshape(model.start.shape))
        model.readout.copy_(torch.from_numpy(rows))
    return automaton, model


def network_of(model: BilinearRNN, automaton: Automaton) -> FloatNetwork:
    A, h, C = (values.detach().numpy().astype(float) for values in (model.transitions(), model.start, model.rows()))
    return FloatNetwork(A, h.ravel(), C, np.array(automaton.table), automaton.start_index, shortest=1)


def estimates() -> list[tuple[str, Estimate, FloatNetwork]]:
    found = []
    automaton, model = of_blocks()
    network = network_of(model, automaton)
    found.append(("blocks", Estimate(blocks(network, tracking(network, 60), 2), network, 0.0, None), network))
    automaton, model = noisy("S3", 0.02)
    network = network_of(model, automaton)
    seen = tracking(network, 60)
    made = split(network, seen, ranks(seen.hankel)[0])
    assert made is not None
    found.append(("signal and remainder", Estimate(made, network, 0.0, None), network))
    turned = next(in_context(made, network))
    found.append(("contexts", Estimate(turned, network, 0.0, None), network))
    for _, estimate, _ in found:
        estimate.add_path()
    return found


CASES = [pytest.param(estimate, network, id=name) for name, estimate, network in estimates()]


@pytest.mark.parametrize(("found", "network"), CASES)
def test_without_a_change_the_numbers_are_those_of_the_estimate(found: Estimate, network: FloatNetwork) -> None:
    edges, states = found.attempt.scales.shape
    with torch.no_grad():
        numbers = SmoothBounds(found).numbers(Change.none(len(found.attempt.to), states, edges), FIRMEST)
    path, asked = found.path, found.off & np.isfinite(found.decisions.lead)
    assert path is not None
    assert numbers.gap is not None
    pairs = [(numbers.M, found.steps.M), (numbers.eta, found.steps.eta), (numbers.epsilon, found.beginning.epsilon)]
    pairs += [(numbers.lead[asked], found.decisions.lead[asked])]
    pairs += [(numbers.factor[asked], found.decisions.factor[asked]), (numbers.gap[asked], path.gap[asked])]
    pairs += [(numbers.mu, path.mu), (numbers.tau, path.tau), (numbers.begun, path.begun)]
    for ours, theirs in pairs[1:]:
        np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-6, atol=1e-9)
    bounded = pairs[0][1] / pairs[0][0].clamp_min(1e-12).numpy()  # the check bounds couplings a little higher
    assert (bounded[pairs[0][1] > 1e-9] > 1 - 1e-6).all()
    assert (bounded[pairs[0][1] > 1e-9] < 1.04).all()


@pytest.mark.parametrize(("found", "network"), CASES)
def test_a_changed_attempt_has_the_numbers_of_the_change(found: Estimate, network: FloatNetwork) -> None:
    """Norms, codes, scales and rows are moved together; so are the tilts of contexts."""
    (edges, states), n = found.attempt.scales.shape, len(found.attempt.to)
    random, bounds = torch.Generator().manual_seed(0), SmoothBounds(found)
    change = Change.none(n, states, edges)
    with torch.no_grad():
        for values, size in ((change.norms, 0.1), (change.codes, 0.01), (change.scales, 0.01), (change.rows, 0.01)):
            values += size * torch.randn(values.shape, generator=random, dtype=torch.float64)
        numbers = bounds.numbers(change, FIRMEST)
    made = ellipsoids.changed(found.attempt, bounds, change)
    assert made is not None
    again = Estimate(made, network, 0.0, None)
    assert not np.allclose(again.steps.M, found.steps.M, rtol=1e-3)
    np.testing.assert_allclose(numbers.eta.numpy(), again.steps.eta, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(numbers.epsilon.numpy(), again.beginning.epsilon, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(np.diag(numbers.M), np.diag(again.steps.M), rtol=1e-6)
    asked = again.off & np.isfinite(again.decisions.lead)
    np.testing.assert_allclose(numbers.factor[asked].numpy(), again.decisions.factor[asked], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(numbers.lead[asked].numpy(), again.decisions.lead[asked], rtol=1e-6)


@pytest.mark.parametrize("along_path", [False, True])
def test_a_length_is_where_the_loss_changes_its_sign(along_path: bool) -> None:
    automaton, model = of_blocks()
    network = network_of(model, automaton)
    found = Estimate(blocks(network, tracking(network, 60), 2), network, 0.0, None)
    if along_path:
        found.add_path(in_pairs=False)
    bounds, (edges, states) = SmoothBounds(found), found.attempt.scales.shape
    change = Change.none(len(found.attempt.to), states, edges)
    assert float(bounds.loss(change, int(found.horizon * 0.85)).detach()) < 0
    assert float(bounds.loss(change, int(found.horizon) + 1).detach()) > 0


def test_blocks_are_proved_farther(monkeypatch: pytest.MonkeyPatch) -> None:
    automaton, model = of_blocks(size=0.01)
    monkeypatch.setattr(phases, "responses_of", lambda *_: None)  # which prove even more
    after = certify(model, automaton)
    monkeypatch.setattr(phases, "improved", lambda *_: None)
    before = certify(model, automaton)
    assert after.horizon > before.horizon
    assert after.norm_horizon >= 1.1 * before.norm_horizon
    assert check(after.document) == after.horizon
    assert after.belongs_to(model, automaton)
    wrong = refute(model, automaton, longest=int(6 * after.horizon))
    assert wrong is not None
    assert wrong.length > after.horizon


def test_what_is_proved_is_so_by_the_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    automaton, model = of_blocks(size=0.01)
    monkeypatch.setattr(phases, "responses_of", lambda *_: None)
    found = certify(model, automaton)
    assert found.way == "blocks"
    assert found.horizon >= 4
    assert all(right_on_all_words(model, automaton, length) for length in range(1, 5))


def test_rounded_arithmetic_is_covered() -> None:
    automaton, model = of_blocks()
    found = certify(model.float(), automaton, "float32")
    assert found.way == "blocks"
    assert check(found.document) == found.horizon > 10


def test_a_descent_that_does_not_check_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    automaton, model = of_blocks()
    monkeypatch.setattr(phases, "improved", lambda *_: None)
    before = certify(model, automaton)

    def too_bold(found: list[Estimate], *_: object) -> Estimate:
        bold = Estimate.__new__(Estimate)
        bold.__dict__ = dict(found[0].__dict__)
        bold.attempt = replace(found[0].attempt, codes=found[0].attempt.codes[::-1].copy())
        bold.by_norm = found[0].horizon + 10
        return bold

    monkeypatch.setattr(phases, "improved", too_bold)
    after = certify(model, automaton)
    assert (after.horizon, after.way) == (before.horizon, before.way)


def test_nothing_is_tried_where_nothing_can_be_won(monkeypatch: pytest.MonkeyPatch) -> None:
    def tried(*_: object) -> Estimate:
        raise AssertionError("a descent was tried")

    monkeypatch.setattr(ellipsoids, "_descended", tried)
    found, network = CASES[0].values
    assert isinstance(found, Estimate)
    assert isinstance(network, FloatNetwork)
    endless = Estimate.__new__(Estimate)
    endless.__dict__ = dict(found.__dict__) | {"by_norm": math.inf}
    assert improved([endless], network, 0.0, None) is None
    assert improved([], network, 0.0, None) is None
    merging = replace(network, table=np.zeros_like(network.table))
    assert improved([found], merging, 0.0, None) is None
    with pytest.raises(AssertionError, match="was tried"):
        improved([found], network, 0.0, None)
