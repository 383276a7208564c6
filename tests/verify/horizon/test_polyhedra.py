"""Cones with finitely many rays: models whose cones touch, or whose rays are many, are right for ever."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from bistate.models import BilinearRNN, LinearRNN
from bistate.theory import Automaton
from bistate.verify import certify, refute
from bistate.verify.certificates.effort import Watch
from bistate.verify.certificates.first_words import Step
from bistate.verify.exact_check import check
from bistate.verify.networks.float_network import FloatNetwork
from bistate.verify.polyhedra.closure import Closure, beginning, limits_of_loops
from bistate.verify.polyhedra.search import polyhedra_of
from bistate.verify.polyhedra.sums import sum_of, whole
from flint import fmpz_mat
from helpers.attack_exhibits import last_letter

COUNTER = Automaton(range(3), ("down", "up"), [[0, 1], [0, 2], [1, 2]], 0)
DOWN_AND_UP = np.array([[[1.0, 0.0], [0.0, 0.5]], [[1.0, 0.0], [0.5, 0.5]]])
ROWS = np.array([[1.0, -3.0], [0.0, 0.0], [-2.0, 3.0]])
LAST = Automaton.reset(3, keep=False)


def counting(A: np.ndarray = DOWN_AND_UP, rows: np.ndarray = ROWS) -> LinearRNN:
    """The saturating counter of docs/horizon.md: t = h_2 / h_1, down t / 2, up (1 + t) / 2."""
    return LinearRNN.from_arrays(A, [1.0, 0.25], rows)


def network(A: np.ndarray = DOWN_AND_UP) -> FloatNetwork:
    return FloatNetwork(A, np.array([1.0, 0.25]), ROWS, np.asarray(COUNTER.table), 0, shortest=1)


def test_a_counter_whose_cones_touch_is_right_for_ever() -> None:
    found = certify(counting(), COUNTER)
    assert (found.horizon, found.way, found.shape) == (math.inf, "polyhedra", "polyhedron")
    assert check(found.document) == math.inf
    assert found.belongs_to(counting(), COUNTER)
    assert refute(counting(), COUNTER) is None
    sizes = np.array([2.0**50, 2.0**-40])[:, None, None]
    assert certify(counting(DOWN_AND_UP * sizes), COUNTER, shortest=0).horizon == math.inf


def test_other_bases_and_readouts_of_last_letters_are_no_hindrance() -> None:
    base = np.array([[2.0, 1.0], [1.0, 1.0]])
    A, rows = base @ DOWN_AND_UP @ np.linalg.inv(base), ROWS @ np.linalg.inv(base)
    net = LinearRNN.from_arrays(A, base @ [1.0, 0.25], np.array([rows, rows + [[1, 0], [1, 0], [1, 0]]]))
    found = certify(net, COUNTER)
    assert (found.horizon, found.way) == (math.inf, "polyhedra")
    labelled = COUNTER.with_outputs(["low", "low", "high"])
    merged = LinearRNN.from_arrays(A, base @ [1.0, 0.25], rows[1:])
    assert certify(merged, labelled).horizon == math.inf


@pytest.mark.parametrize("size", [1e-3, -1e-3])
def test_a_counter_that_is_a_little_off_is_not(size: float) -> None:
    """Up and down have to fix 1/3 and 2/3."""
    A = DOWN_AND_UP.copy()
    A[1, 1, 0] += size
    proof, wrong = certify(counting(A), COUNTER, effort="quick"), refute(counting(A), COUNTER)
    assert wrong is not None
    assert 1 <= proof.horizon < wrong.length


def test_a_ray_that_is_lost_ends_the_search() -> None:
    A = DOWN_AND_UP.copy()
    A[1, 1, 0] += 1e-3
    net = network(A)
    begun = beginning(net, 1, Step(0.0, np.abs(A)))
    assert begun is not None
    closure = Closure(net, begun)
    closure.add_limits()
    assert not closure.close()
    assert closure.lost
    assert polyhedra_of(net, Watch()) is None


def test_rays_that_cancel_have_no_wider_cone() -> None:
    begun = beginning(network(), 1, Step(0.0, np.abs(DOWN_AND_UP)))
    assert begun is not None
    closure = Closure(network(), begun)
    closure.rays = [[np.array([0.6, 0.8]), np.array([-0.6, -0.8])], [], []]
    closure.queue = []
    closure.widen(0.1)
    assert closure.lost
    assert not closure.close()


def test_a_state_may_be_reached_first_when_cones_are_widened() -> None:
    begun = beginning(network(), 1, Step(0.0, np.abs(DOWN_AND_UP)))
    assert begun is not None
    closure = Closure(network(), begun)
    closure.rays = [[np.array([0.6, 0.8])], [], []]
    closure.widen(0.1)
    closure.add(1, np.array([0.8, 0.6]))
    np.testing.assert_allclose(closure.rays[1], [[0.8, 0.6]])


def test_powers_of_loops_converge_to_their_rays() -> None:
    reached = {0: np.array([1.0, 0.25]), 1: np.array([1.0, 0.6]), 2: np.array([1.0, 0.9])}
    found: dict[int, set[float]] = {0: set(), 1: set(), 2: set()}
    for q, v in limits_of_loops(network(), reached):
        assert v[0] > 0  # the side of the states that are reached
        found[q].add(round(float(v[1] / v[0]), 9))
    for q, near in ((0, (0, 1 / 3)), (1, (1 / 3, 2 / 3)), (2, (2 / 3, 1))):
        assert {round(t, 9) for t in near} <= found[q]


def monomial(size: float = 0.0) -> tuple[BilinearRNN, Automaton]:
    """Parity by four units in turn: two rays for each state, and magnitudes that say nothing."""
    draw = np.random.default_rng(0)
    stay = np.diag(draw.uniform(0.5, 2, 4))
    turn = np.roll(np.diag(draw.uniform(0.5, 2, 4)), 1, axis=0)
    model = BilinearRNN(2, 4, 2, "full", dtype=torch.float64)
    with torch.no_grad():
        model.family.weight.copy_(torch.from_numpy(np.array([stay, turn]) + size * draw.standard_normal((2, 4, 4))))
        model.start.copy_(torch.eye(4)[0])
        model.readout.copy_(torch.tensor([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0]]))
    return model, Automaton.parity()


def test_several_rays_of_a_state_are_right_for_ever_whatever_their_sizes() -> None:
    model, automaton = monomial()
    found = certify(model, automaton, shortest=0)
    assert (found.horizon, found.way) == (math.inf, "polyhedra")
    assert all(len(named) == 1 for named in found.document["proof"]["polyhedra"]["sums"])
    assert certify(*monomial(0.05), effort="quick").horizon < math.inf


@pytest.mark.parametrize("arithmetic", ["exact", "float32", "float64"])
def test_weights_that_are_right_with_room_to_spare_have_wider_cones(arithmetic: str) -> None:
    model, automaton = last_letter(torch.float64 if arithmetic == "float64" else torch.float32)
    found = certify(model, automaton, arithmetic)
    assert (found.horizon, found.way) == (math.inf, "polyhedra")
    assert check(found.document) == math.inf
    assert found.belongs_to(model, automaton)


def test_a_budget_that_is_spent_begins_no_cones() -> None:
    assert polyhedra_of(network(), Watch(budget=1e-9)) is None
    assert polyhedra_of(network(), Watch()) is not None


def test_rays_are_small_whole_numbers_where_these_are_near() -> None:
    assert whole(np.array([1.0, -1 / 3])) == (3, -1)
    assert whole(np.array([0.0, -0.7])) == (0, -1)
    far = np.array([1.0, math.pi - 3])
    ray = whole(far)
    assert ray[1] / ray[0] == pytest.approx(far[1], abs=1e-11)


def test_a_cone_without_rays_holds_nothing_but_zero() -> None:
    """Faint entries: a vector that is 0 in floats and not in whole numbers, in a state that nothing else reaches."""
    assert sum_of((), np.zeros(0), fmpz_mat([[0], [0]])) == []
    assert sum_of((), np.zeros(0), fmpz_mat([[1], [0]])) is None
    assert sum_of((), np.zeros(0), fmpz_mat([[1], [0]]), np.zeros(2)) is None


def test_a_sum_names_rays_whose_factors_are_not_negative() -> None:
    rays = [(1, 0, 0), (0, 1, 0), (1, 1, 1), (0, 0, 1)]
    unit = np.array([np.array(ray) / np.linalg.norm(ray) for ray in rays])
    for inside in ((1, 2, 0), (2, 3, 1), (0, 0, 5)):
        named = sum_of(rays, unit, fmpz_mat([[v] for v in inside]))
        assert named is not None
        solved = np.linalg.lstsq(np.array([rays[i] for i in named]).T, np.array(inside), rcond=None)[0]
        np.testing.assert_allclose(np.array([rays[i] for i in named]).T @ solved, inside, atol=1e-9)
        assert solved.min() > 0
    assert sum_of(rays, unit, fmpz_mat([[1], [-1], [0]])) is None
    assert sum_of(rays, unit, fmpz_mat([[0], [0], [0]])) == []
    assert sum_of(rays, unit, fmpz_mat([[3], [2], [1]]), np.full(3, 1e-3)) is not None
    assert sum_of(rays, unit, fmpz_mat([[1], [0], [0]]), np.full(3, 1e-3)) is None  # rounding leads out
