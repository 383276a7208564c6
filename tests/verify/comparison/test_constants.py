"""A constant component is no fault: `compare` and `snap` on exact weights beside units that never change."""

import numpy as np
import pytest
import torch
from bistate.models import BilinearRNN, LinearRNN, ModelError, evaluate
from bistate.theory import Automaton, realize
from bistate.verify import alternatives, certify, compare, parse_task, snap, word_states
from bistate.verify.networks.float_network import linear_weights
from bistate.verify.networks.shown import keeps_a_constant
from helpers.planting import fill, plant

S3 = parse_task("S3")
PLANE = np.array([np.real(S3.group_task.group.irreps("real")[2].orthogonal(g)) for g in S3.letters])  # type: ignore[union-attr]
V = np.array([0.8, 0.6])  # on no axis of a reflection


def beside(*blocks: np.ndarray) -> np.ndarray:
    size = sum(block.shape[1] for block in blocks)
    A, first = np.zeros((len(blocks[0]), size, size)), 0
    for block in blocks:
        A[:, first : first + block.shape[1], first : first + block.shape[1]] = block
        first += block.shape[1]
    return A


def s3_and_a_constant(size: float, normalize: bool = True, seed: int = 0) -> BilinearRNN:
    """ρ(x) ⊕ 1 with start (v, size), in a random basis; right on every word."""
    T, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    model = BilinearRNN(6, 3, 6, dtype=torch.float64, normalize=normalize)
    readout = np.concatenate([PLANE @ V, np.zeros((6, 1))], axis=1)
    fill(model, T @ beside(PLANE, np.ones((6, 1, 1))) @ T.T, T @ np.append(V, size), readout @ T.T)
    return model


@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("size", [0.0, 1.0, 20.0, 1e4])
def test_exact_weights_beside_a_constant(size: float, normalize: bool) -> None:
    model = s3_and_a_constant(size, normalize)
    found = compare(model, S3, words=256)
    assert found.spectrum == {"[1,1,1]": pytest.approx(0, abs=1e-6), "[2,1]": pytest.approx(1)}
    assert found.learned == found.used == ("[2,1]",)
    assert found.state_share == pytest.approx(1)
    assert found.constant_share == pytest.approx(size**2 / (size**2 + 1))
    assert found.aligned_distance < 1e-6
    assert found.tracked == "the elements of S3"
    weights = snap(model, S3)
    assert weights.prove(S3).proved
    assert weights.hidden_size == 2
    assert alternatives(model, S3, comparison=found)[0].irreps == ("[2,1]",)


def test_snap_finds_what_certify_proves() -> None:
    """Integer matrices, so that the exact horizon is infinite, and a constant unit of size 20."""
    A, start, C = realize(S3, rung="block").to_numpy()
    model = BilinearRNN(6, 3, 6, dtype=torch.float64)
    fill(model, beside(A, np.ones((6, 1, 1))), np.append(start, 20.0), np.pad(C, ((0, 0), (0, 1))))
    assert evaluate(model, S3, 200, size=50) == 1
    assert certify(model, S3, arithmetic="exact").horizon == np.inf
    assert snap(model, S3).prove(S3).proved


def test_old_figures_follow_from_new_ones() -> None:
    """Shares of all energy, constants and all, as they were before: of μ_q and of the spectrum."""
    planted = plant("S3", (0, 1, 2), junk=0.9)
    sample = word_states(planted.model, planted.automaton)
    weight = sample.counts / sample.counts.sum()
    before = weight @ (sample.means**2).sum(axis=1)  # E‖h‖² = 1
    assert 0.02 < sample.constant < 0.9
    assert sample.constant + (1 - sample.constant) * sample.share == pytest.approx(before)
    found = compare(planted.model, planted.automaton)
    for label, share in planted.shares.items():
        whole = found.constant_share if label == "[3]" else (1 - found.constant_share) * found.spectrum[label]
        assert whole == pytest.approx(share, abs=0.02)
    assert "[3]" not in found.learned
    assert found.residuals["[3]"] < 1e-3


def test_the_trivial_irrep_is_not_taken_into_the_repair() -> None:
    planted = plant("S3", (0, 2))
    assert snap(planted.model, planted.automaton).blocks == (2,)


@pytest.mark.parametrize(("name", "seed"), [("S3", 4), ("S3", 5), ("S4", 1), ("S4", 3)])
def test_a_constant_askew_does_not_turn_the_start(name: str, seed: int) -> None:
    """In any basis, where the constant has coordinates along the irrep: the learned readout still fits the start."""
    points = parse_task(name, track="point")
    A, start, C = realize(points, rung="block").to_numpy()
    T = np.random.default_rng(seed).normal(size=(len(start) + 1, len(start) + 1))
    back = np.linalg.inv(T)
    wide = beside(A, np.ones((len(A), 1, 1)))
    model = LinearRNN.from_arrays(T @ wide @ back, T @ np.append(start, 20.0), np.pad(C, ((0, 0), (0, 1))) @ back)
    assert snap(model, points).note.endswith("readout learned, rounded")


def affine(centre: np.ndarray, shift: float = 0.0) -> LinearRNN:
    """u ← ρ(x) u + (1 − ρ(x)) centre: the orbit of centre + v, read out by its distance from the centre."""
    codes = PLANE @ V
    add = centre - PLANE @ centre
    return LinearRNN.from_arrays(PLANE, centre + V, codes, add=add, bias=shift - codes @ centre)


@pytest.mark.parametrize("centre", [[0.0, 0.0], [3.0, -4.0], [300.0, 400.0]])
def test_affine_terms(centre: list[float]) -> None:
    """A constant in all coordinates and a constant unit: both are constant."""
    model = affine(np.array(centre), shift=0.5)
    assert evaluate(model, S3, 50, size=50) == 1
    found = compare(model, S3, words=256)
    assert found.shown == "linear recurrence"
    assert found.spectrum["[2,1]"] == pytest.approx(1)
    assert found.state_share == pytest.approx(1)
    assert found.aligned_distance < 1e-6
    size = centre[0] ** 2 + centre[1] ** 2 + 1
    assert found.constant_share == pytest.approx(size / (size + 1), abs=1e-3)
    assert found.states.scales == pytest.approx(np.ones(6), abs=0.5)
    assert snap(model, S3).prove(S3).proved


def test_without_a_task() -> None:
    """The automaton is recognised first, and repaired then."""
    weights = snap(affine(np.array([3.0, -4.0])))
    assert weights.hidden_size == 2
    assert "of a group isomorphic to S3" in weights.note


def test_states_with_a_constant_unit_are_not_normalised() -> None:
    """Norms of the states of a skew basis differ: divided by them, codes would leave the irrep."""
    skew = np.array([[1.0, 3.0], [0.0, 1.0]])
    A = skew @ PLANE @ np.linalg.inv(skew)
    model = LinearRNN.from_arrays(A, skew @ V, PLANE @ V @ np.linalg.inv(skew), bias=np.ones(6))
    found = compare(model, S3, words=256)
    assert found.spectrum["[2,1]"] == pytest.approx(1, abs=1e-9)
    assert found.states.means[0, -1] == pytest.approx(1)  # the unit itself


def test_what_keeps_a_constant() -> None:
    def weights(**given: object) -> bool:
        return keeps_a_constant(linear_weights(LinearRNN.from_arrays(PLANE, V, PLANE @ V, **given)))  # type: ignore[arg-type]

    assert not weights()
    assert weights(bias=np.ones(6))
    assert weights(add=np.ones((6, 2)))
    permuting = LinearRNN.from_arrays([np.eye(3)[[1, 2, 0]]], [1.0, 0.0, 0.0], np.eye(3))
    assert keeps_a_constant(linear_weights(permuting))
    none = LinearRNN.from_arrays([np.diag([-1.0, 1.0])], [1.0, 0.0], np.eye(2))
    assert not keeps_a_constant(linear_weights(none))  # the unit is 0
    assert not keeps_a_constant(linear_weights(s3_and_a_constant(1.0, normalize=True)))
    assert keeps_a_constant(linear_weights(s3_and_a_constant(1.0, normalize=False)))


def test_states_that_outgrow_floats() -> None:
    model = LinearRNN.from_arrays(np.full((2, 1, 1), 1e40), [1.0], [[1.0], [-1.0]], bias=[0.0, 1.0])
    with pytest.raises(ModelError, match="hidden states are beyond 1e\\+150 after 4 letters"):
        compare(model, Automaton.parity())
    linear = LinearRNN.from_arrays([[[1e40]], [[-1e40]]], [1.0], [[1.0], [-1.0]])
    assert compare(linear, Automaton.parity(), words=64).state_share == pytest.approx(1)  # only the scale grows


def test_one_state() -> None:
    """All is constant, and that tells the only state from no other."""
    model = LinearRNN.from_arrays(np.ones((2, 1, 1)), [1.0], [[1.0]])
    automaton = Automaton([0], "ab", [[0, 0]], 0)
    found = compare(model, automaton, words=16)
    assert found.spectrum == {}
    assert found.constant_share == 1
    assert len(found.used) == 1
    assert snap(model, automaton).prove(automaton).proved
