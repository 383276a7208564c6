"""Multiplicities, the nearest representation, the stabiliser and the angles that `compare` reports."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from bistate.groups import named_group
from bistate.models import BilinearRNN
from bistate.theory import Automaton, realize
from bistate.verify import MismatchError, compare, parse_task
from bistate.verify.comparison.multiplicity import multiplicity
from bistate.verify.comparison.nearest import nearest_representation
from bistate.verify.comparison.what_is_tracked import angles, stabiliser
from helpers.planting import fill, plant


@pytest.mark.parametrize(
    ("name", "positions", "copies"),
    [
        ("S3", (2, 2), {"[2,1]": 2}),
        ("S3", (1, 2, 2, 2), {"[1,1,1]": 1, "[2,1]": 3}),
        ("C5", (1, 1, 2), {"rot1": 2, "rot2": 1}),  # complex type: two dimensions of intertwiners a copy
        ("Q8", (4, 4), {"2·χ5": 2}),  # quaternionic type: four
    ],
)
def test_copies_are_counted(name: str, positions: tuple[int, ...], copies: dict[str, int]) -> None:
    planted = plant(name, positions, noise=1e-4)
    found = compare(planted.model, planted.automaton, words=256)
    for label, item in found.multiplicities.items():
        assert item.copies == copies.get(label, 0)
        assert item.residual < 1e-3
        assert item.margin > 0.3
    assert found.to_json()["multiplicities"][next(iter(copies))]["copies"] == next(iter(copies.values()))


def test_singular_values_move_by_no_more_than_the_transitions() -> None:
    group = named_group("S3")
    rho = group.irreps("real")[2]
    letters = np.array([np.real(rho.orthogonal(x)) for x in group.elements])
    random = np.random.default_rng(0)
    exact = np.zeros((6, 7, 7))
    exact[:, :2, :2] = exact[:, 2:4, 2:4] = letters
    exact[:, 4:, 4:] = 0.1 * random.standard_normal((6, 3, 3))
    clean = multiplicity(exact, letters, np.ones(6), 1)
    assert clean.copies == 2
    assert clean.residual < 1e-7
    for size in (1e-3, 1e-2, 3e-2):
        noise = size * random.standard_normal(exact.shape)
        moved = np.linalg.norm(noise.reshape(-1, 7), 2) / np.sqrt(6)
        shaken = multiplicity(exact + noise, letters, np.ones(6), 1)
        assert shaken.copies == 2
        assert 0 < shaken.residual <= moved * (1 + 1e-9)
        assert abs(shaken.margin - clean.margin) <= moved * (1 + 1e-9)


def test_what_is_neither_a_copy_nor_none_is_not_resolved() -> None:
    group = named_group("S3")
    letters = np.array([np.real(group.irreps("real")[2].orthogonal(x)) for x in group.elements])
    half = letters + 0.45 * np.random.default_rng(1).standard_normal(letters.shape)
    found = multiplicity(half, letters, np.ones(6), 1)
    assert found.copies is None


@pytest.mark.parametrize("size", [1e-4, 1e-3, 1e-2])
def test_the_nearest_representation_is_one_and_is_near(size: float) -> None:
    group = named_group("S4")
    rho, letters = group.irreps("real")[3], group.generators
    exact = np.array([np.real(rho.orthogonal(x)) for x in letters])
    noise = size * np.random.default_rng(0).standard_normal(exact.shape)
    found = nearest_representation(group, letters, exact + noise)
    assert found is not None
    f = found.matrices
    for g in range(0, 24, 5):
        for h in range(24):
            both = group.index(group.elements[g] * group.elements[h])
            assert f[both] == pytest.approx(f[g] @ f[h], abs=1e-9)
    assert found.character == pytest.approx([float(v) for v in rho.character().values], abs=1e-8)
    assert 0.2 * size < found.distance < 8 * size
    assert 0.2 * size < found.defect < 20 * size
    begun = nearest_representation(group, letters, exact)
    assert begun is not None
    assert begun.distance < 1e-12


def test_matrices_that_are_near_no_representation_get_none() -> None:
    group = named_group("S3")
    random = np.random.default_rng(3)
    for _ in range(5):
        matrices = np.linalg.qr(random.standard_normal((6, 3, 3)))[0]
        found = nearest_representation(group, group.elements, matrices)
        assert found is None or found.distance > 0.2
    with pytest.raises(MismatchError, match="generate 3 elements"):
        nearest_representation(group, [g for g in group.elements if g.order == 3], matrices[:2])
    assert nearest_representation(group, group.elements, np.full((6, 2, 2), np.nan)) is None


def test_a_quotient_and_cosets_are_named() -> None:
    sign = plant("S3", (1,))
    found = compare(sign.model, sign.automaton, words=256)
    assert found.stabiliser is not None
    assert {g.order for g in found.stabiliser} == {1, 3}
    assert found.tracked == "the quotient of S3 by a normal subgroup of order 3, less than the task asks for"
    assert found.condition == np.inf
    assert found.to_json()["condition"] is None
    points = parse_task("S4", track="point")
    model = BilinearRNN.from_weights(realize(points, "full"), transition="full")
    assert compare(model, points, words=256).tracked == "the cosets of a subgroup of order 6 of S4"
    whole = plant("D4", (4,), seed=1)
    assert compare(whole.model, whole.automaton, words=256).tracked == "the elements of D4"


def test_codes_that_are_neither_equal_nor_apart_are_not_resolved() -> None:
    group = named_group("C4")
    function = np.array([[1.0, 0.0], [0.0, 0.45], [-1.0, 0.0], [0.0, -0.45]])
    order = [group.index(group.generators[0] ** k) for k in range(4)]
    lifted = np.zeros((4, 2))
    lifted[order] = np.array([[1, 0.1], [-1, 0.1], [1, -0.1], [-1, -0.1]])  # nearly of order 2
    assert stabiliser(group, lifted) is None
    assert stabiliser(group, np.zeros((4, 2))) is None
    assert stabiliser(group, function) is not None


@pytest.mark.parametrize("degrees", [5.0, 30.0, 90.0])
def test_the_angle_between_signal_and_remainder(degrees: float) -> None:
    turn = np.radians(degrees)
    basis = np.array([[1.0, np.cos(turn)], [0.0, np.sin(turn)]])  # signal, then remainder
    inverse = np.linalg.inv(basis)
    model = BilinearRNN(2, 2, 2, dtype=torch.float64)
    fill(
        model,
        np.stack([basis @ np.diag([sign, 0.1]) @ inverse for sign in (1.0, -1.0)]),
        basis @ np.array([1.0, 0.2]),
        np.array([[1.0], [-1.0]]) @ inverse[:1],
    )
    found = compare(model, Automaton.parity(), words=256)
    assert found.angles == pytest.approx((degrees,), abs=0.5)
    assert found.condition == pytest.approx(1)


def test_angles_of_a_known_pair_of_planes() -> None:
    S = np.eye(4)[:, :2]
    remainder = np.array([[np.cos(0.3), 0], [0, np.cos(1.1)], [np.sin(0.3), 0], [0, np.sin(1.1)]])
    R = np.linalg.inv(np.concatenate([S, remainder], axis=1))[:2]
    assert angles(S, R) == pytest.approx(np.degrees([0.3, 1.1]))


def test_the_condition_of_the_alignment() -> None:
    planted = plant("C5", (1, 2))
    assert compare(planted.model, planted.automaton, words=256).condition == pytest.approx(1, abs=1e-6)
    model, T = planted.model, np.eye(16)
    T[0, :4] += [0, 0, 3, 0]
    A, h, C = (t.detach().numpy() for t in (model.transitions(), model.start, model.readout))
    fill(model, T @ A @ np.linalg.inv(T), T @ h, C @ np.linalg.inv(T))
    found = compare(model, planted.automaton, words=256)
    assert set(found.used) == {"rot1", "rot2"}
    assert found.condition > 1.2
