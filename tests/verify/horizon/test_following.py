"""The compiled recursions of cones against the same recursions as they are written in torch and numpy."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from bistate.theory import Automaton
from bistate.verify.cones.following import GOES_ON, SETTLED, TOO_LARGE, Followed, walk
from bistate.verify.cones.limits import BELOW, EXPLODED, FAINT, SHARPNESS
from bistate.verify.cones.nodes import nodes_of
from bistate.verify.cones.shapes import Widths, first_cones, radii_of, widths_of
from helpers.noisy import network_of, noisy_everywhere
from torch import Tensor

LAST_TWO = Automaton(range(4), range(2), [[2 * (q % 2) + x for x in range(2)] for q in range(4)], 0)
BEFORE, AFTER = np.array([0, 0, 1, 1, 2, 2]), np.array([1, 2, 2, 1, 1, 0])


def numbers(seed: int, growth: float) -> list[Tensor]:
    """Drift, growth, lost of six edges, what decisions take of three nodes, first radii, and two other terms."""
    random = np.random.default_rng(seed)
    drawn = [0.02, growth, 0.3, 3.0, 0.05, 0.4]
    sizes = [6, 6, 6, 3, 3, 2]
    parts = [size * random.uniform(0.5, 1, count) for size, count in zip(drawn, sizes, strict=True)]
    parts[1][3] = parts[1][0]  # two edges with one radius now and then
    parts[0][3], parts[2][3], parts[4][1] = parts[0][0], parts[2][0], parts[4][0]
    return [torch.tensor(part, requires_grad=True) for part in (*parts[:5], np.log(parts[5]))]


def by_torch(given: list[Tensor], letters: int) -> Tensor:
    """Letter by letter, by operations of torch."""
    drift, growth, lost, taken, E, others = given
    before, after = torch.tensor(BEFORE), torch.tensor(AFTER)
    terms = [others]
    for _ in range(letters):
        used = lost * E[before]
        start = torch.full((3,), FAINT, dtype=torch.float64)
        reached = (drift + growth * E[before]) / (1 - used).clamp_min(BELOW)
        moved = start.scatter_reduce(0, after, reached, "amax")
        terms += [torch.log(moved * taken), torch.log(used.clamp_min(FAINT) / (1 - BELOW))]
        if bool(((moved * taken).max() > EXPLODED) | ((moved - E).abs().max() < FAINT)):
            break
        E = moved
    return torch.logsumexp(SHARPNESS * torch.cat(terms), 0) / SHARPNESS


@pytest.mark.parametrize("letters", [0, 1, 7, 300])
@pytest.mark.parametrize("growth", [0.5, 1.1, 3.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_worst_radius_and_its_derivative_are_those_of_torch(seed: int, growth: float, letters: int) -> None:
    given, same = numbers(seed, growth), numbers(seed, growth)
    found = Followed.apply(*given, (BEFORE, AFTER), letters)
    wanted = by_torch(same, letters)
    assert float(found.detach()) == pytest.approx(float(wanted.detach()), rel=1e-12)
    (3 * found).backward()
    (3 * wanted).backward()
    for one, other in zip(given, same, strict=True):
        expected = torch.zeros_like(other) if other.grad is None else other.grad
        torch.testing.assert_close(one.grad, expected, rtol=1e-9, atol=1e-12)


def test_edges_that_share_a_radius_share_its_derivative() -> None:
    given, same = numbers(0, 0.5), numbers(0, 0.5)
    for part in (given, same):
        with torch.no_grad():
            for values, size in zip(part, (0.02, 0.5, 0.3, 2.0, 0.04, -20.0), strict=True):
                values[:] = size
    Followed.apply(*given, (BEFORE, AFTER), 1).backward()
    by_torch(same, 1).backward()
    drifts = given[0].grad
    assert drifts is not None
    torch.testing.assert_close(drifts, same[0].grad)
    assert drifts[1] == drifts[2] > 0.1  # of the two edges to node 2
    assert drifts[0] == drifts[3] == drifts[4] > 0.1


def by_numpy(widths: Widths, E: np.ndarray, prefix: int, letters: int) -> tuple[int, int, np.ndarray]:
    """The last letter, why it is the last, and its radii."""
    highest = E
    for t in range(prefix, prefix + letters):
        E = widths.step(E)
        if not (widths.most > E).all():
            return t, TOO_LARGE, E
        if (highest * (1 + 1e-7) >= E).all() and highest.min() >= 0:
            return t, SETTLED, E
        highest = np.maximum(highest, E)
    return prefix + letters - 1, GOES_ON, E


def test_a_walk_is_that_of_numpy_bit_for_bit() -> None:
    reasons = set()
    tasks = (LAST_TWO, Automaton.reset(2, keep=True), Automaton.random(3, 2, "map", seed=3))
    for automaton, noise, letters in itertools.product(tasks, (0.003, 0.03), (3, 400)):
        net = network_of(noisy_everywhere(automaton, noise), automaton, shortest=1)
        for nodes in nodes_of(net):
            for P in itertools.islice(first_cones(nodes), 4):
                widths = widths_of(nodes, P)
                E = widths.first(nodes.begins)
                t, reason, last = by_numpy(widths, E, nodes.prefix, letters)
                counts = np.array([nodes.prefix, nodes.prefix + letters, 0, GOES_ON])
                numbers = widths.before, widths.after, widths.kept, widths.lost, widths.drift, widths.growth
                walk(*numbers, widths.most, 1e-7, E, E.copy(), counts)
                assert (counts[0], counts[3]) == (t, reason)
                np.testing.assert_array_equal(E, last)
                reasons.add(reason)
    assert reasons == {GOES_ON, TOO_LARGE, SETTLED}


def test_an_infinite_or_missing_radius_ends_a_walk() -> None:
    one = np.ones(1)
    edge = np.zeros(1, dtype=np.int64)
    for start, kept, most in ((2.0, 1.0, 10.0), (math.nan, 1.0, 10.0), (0.5, 1.0, 0.6)):
        counts = np.array([0, 9, 0, GOES_ON])
        walk(edge, edge, kept * one, one, one, one, most * one, 1e-7, start * one, start * one, counts)
        assert (counts[0], counts[3]) == (0, TOO_LARGE)  # the scale vanishes; not a number; not decided rightly


def test_nodes_that_no_word_leads_to_have_no_radius() -> None:
    edges, one, counts = np.zeros(1, dtype=np.int64), np.ones(1), np.array([0, 2, 0, GOES_ON])
    radii, highest = np.array([0.1, 0.1]), np.array([0.1, -1.0])
    walk(edges, edges, one, 0 * one, 0 * one, one, np.ones(2), 1e-7, radii, highest, counts)
    assert radii.tolist() == [0.1, -1.0]
    assert (counts[0], counts[3]) == (1, GOES_ON)  # nothing settles before there is a word for every node


def test_what_cones_prove_does_not_depend_on_where_a_walk_pauses() -> None:
    """Radii that have settled for floats alone are looked at again later: the walk goes on from there."""
    automaton = Automaton.reset(2, keep=True)
    net = network_of(noisy_everywhere(automaton, 1e-5), automaton, shortest=1)
    nodes = next(iter(nodes_of(net)))
    P = next(iter(first_cones(nodes)))
    whole, short = radii_of(nodes, P, 1000, settle=False), radii_of(nodes, P, 1000)
    assert short.horizon >= whole.horizon
    assert short.horizon == whole.horizon or short.ball is not None
