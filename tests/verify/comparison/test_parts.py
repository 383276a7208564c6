"""`compare` and `snap` on tasks with a transient start, letters that reset, and sinks.

Planted: the part's group acts as c_x ρ(x) on a signal space, and the rest of the task is written down by hand.
"""

import json

import numpy as np
import pytest
import torch
from bistate.models import BilinearRNN, LinearRNN
from bistate.theory import Automaton, AutomatonError, realize
from bistate.verify import SnapError, alternatives, compare, parse_task, snap
from helpers.planting import fill
from helpers.shown import HiddenOnly, Planted

S3 = parse_task("S3")
LATE = Automaton(["begin", "even", "odd"], [0, 1], [[1, 2], [1, 2], [2, 1]], "begin")


def hidden_in(A: np.ndarray, start: np.ndarray, C: np.ndarray, noise: float = 0.0, seed: int = 0) -> BilinearRNN:
    """The network in a random orthogonal basis, with noise."""
    draw = np.random.default_rng(seed)
    T, _ = np.linalg.qr(draw.normal(size=(len(start), len(start))))
    model = BilinearRNN(len(A), len(start), len(C), dtype=torch.float64)
    fill(model, T @ (A + noise * draw.normal(size=A.shape)) @ T.T, T @ start, C @ T.T)
    return model


def late_parity(noise: float = 0.0) -> BilinearRNN:
    """A reflection for each 1 as in DeltaNet, on (sign, begin); begin is left for ever after one letter."""
    A = np.array([[[0.9, 0.5], [0.0, 0.0]], [[-0.8, -0.5], [0.0, 0.0]]])
    return hidden_in(A, np.array([0.0, 1.0]), np.array([[0.0, 3.0], [1.0, 0.0], [-1.0, 0.0]]), noise)


def s3_with(*columns: np.ndarray, size: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """ρ(x) ⊕ 1 on (v, size) for S3, and more letters: A, h_0, C of the six states."""
    A, start, C = realize(S3, rung="block").to_numpy()
    wide = np.zeros((6 + len(columns), len(start) + 1, len(start) + 1))
    wide[:6, :-1, :-1], wide[:6, -1, -1] = A, 1
    for k, column in enumerate(columns):
        wide[6 + k, :, -1] = column / size
    return wide, np.append(start, size), np.pad(C, ((0, 0), (0, 1)))


def with_letter(automaton: Automaton, name: str, column: list[int]) -> Automaton:
    table = [[*row, column[q]] for q, row in enumerate(automaton.table.tolist())]
    return Automaton(automaton.states, [*automaton.letters, name], table, automaton.start)


@pytest.mark.parametrize("noise", [0.0, 1e-3])
def test_parity_after_one_letter(noise: float) -> None:
    model = late_parity(noise)
    found = compare(model, LATE, words=256)
    assert found.part is not None
    assert found.part.description == "C2, after one letter"
    assert found.automaton.states == ("even", "odd")
    assert found.tracked == "the elements of C2"
    assert len(found.used) == 1
    assert found.aligned_distance <= 10 * noise + 1e-9
    assert found.state_share > 0.99
    assert json.loads(json.dumps(found.to_json()))["part"] == "C2, after one letter"
    weights = snap(model, LATE)
    assert weights.prove(LATE).proved
    assert weights.hidden_size == 1 + 1 + 1  # the sign, a constant and the start
    assert weights.note.endswith(
        "of the part C2, after one letter, with a constant unit and a unit for the other state"
    )
    assert alternatives(model, LATE)[0].weights.prove(LATE).proved


def test_a_first_token_that_resets() -> None:
    """BOS takes every state to the start."""
    A, start, C = s3_with(np.zeros(3))
    A[6, :, -1] = start
    automaton = with_letter(S3, "BOS", [S3.start_index] * 6)
    model = hidden_in(A, start, C, noise=1e-4)
    found = compare(model, automaton, words=256)
    assert found.part is not None
    assert found.part.resets == ("BOS",)
    assert found.part.description == "S3; 'BOS' resets"
    assert len(found.letter_distances) == 6
    assert found.aligned_distance < 1e-2
    assert found.tracked == "the elements of S3"
    weights = snap(model, automaton)
    assert weights.prove(automaton).proved
    assert weights.letters == automaton.letters
    assert weights.note.endswith("of the part S3; 'BOS' resets, with a constant unit")


def test_a_sink() -> None:
    """C3 until "end", after which nothing matters: words are drawn that stay in the part."""
    automaton = Automaton([0, 1, 2, "sink"], [1, 2, "end"], [[1, 2, 3], [2, 0, 3], [0, 1, 3], [3, 3, 3]], 0)
    turn = np.array([[-0.5, -np.sqrt(3) / 2], [np.sqrt(3) / 2, -0.5]])
    A = np.zeros((3, 4, 4))  # plane, constant, sink
    A[0, :2, :2], A[1, :2, :2], A[:2, 2, 2], A[:, 3, 3], A[2, 3, 2] = turn, turn @ turn, 1, 1, 1
    codes = np.array([np.linalg.matrix_power(turn, k) @ [1.0, 0.2] for k in range(3)])
    C = np.zeros((4, 4))
    C[:3, :2], C[3, 3] = codes, 1
    model = hidden_in(A, np.array([1.0, 0.2, 1.0, 0.0]), C)
    found = compare(model, automaton, words=64)
    assert found.part is not None
    assert found.part.description == "C3; 'end' leads out"
    assert found.states.counts.sum() == 64 * 30
    assert found.state_share == pytest.approx(1)
    assert found.constant_share == pytest.approx(1 / 2.04, abs=0.01)
    assert snap(model, automaton).prove(automaton).proved


def test_a_letter_that_merges_without_a_matrix() -> None:
    """x ↦ 2 x + 1 modulo 4 on the corners of a square: 0 + 2 and 1 + 3 are alike, their images are not."""
    maps = [(1, 1), (3, 0), (2, 1)]
    automaton = Automaton(range(4), maps, [[(a * q + b) % 4 for a, b in maps] for q in range(4)], 0)
    one_hot = np.stack([np.eye(4)[automaton.table[:, x]].T for x in range(3)])
    model = hidden_in(one_hot, np.eye(4)[0], np.eye(4))
    found = compare(model, automaton, words=256)
    assert found.part is not None
    assert found.part.merging == ((2, 1),)
    assert snap(model, automaton).prove(automaton).proved  # with all irreps of the points every map has a matrix
    square = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    A = np.zeros((3, 2, 2))
    A[:2] = [[[0, -1], [1, 0]], [[1, 0], [0, -1]]]
    A[2] = [[0, 0], [0.5, 0.0]]
    plane = hidden_in(A, square[0], square)
    with pytest.raises(SnapError, match=r"for a part of the task, D4 on 4 states; .* letter \(2, 1\) merges states"):
        snap(plane, automaton, comparison=compare(plane, automaton, words=64))


def test_the_learned_basis_is_for_whole_groups() -> None:
    with pytest.raises(SnapError, match="is its part, C2, after one letter; basis='learned' is for tasks"):
        snap(late_parity(), LATE, basis="learned")


def test_a_part_that_was_not_learned() -> None:
    with pytest.raises(
        SnapError, match=r"no exact weights were found near it.*compared was the part C2, after one letter"
    ):
        snap(BilinearRNN(2, 8, 3, seed=1), LATE)


def test_hidden_states_of_a_part() -> None:
    codes = np.array([[9.0, 9.0], [1.0, 0.5], [-1.0, 0.5]])
    for network in (Planted(LATE, codes), HiddenOnly(Planted(LATE, codes))):
        found = compare(network, LATE, words=64)
        assert found.state_share == pytest.approx(1)
        assert found.constant_share == pytest.approx(0.2, abs=0.01)
        assert found.tracked == "the elements of C2"
        assert str(found.part) == "C2, after one letter"


def test_a_part_that_only_one_word_leads_to() -> None:
    """Open, count modulo 2, and never open again: the letters of the part do not lead there."""
    table = [[0, 1], [2, 3], [1, 3], [3, 3]]
    door = Automaton(["closed", "even", "odd", "broken"], ["turn", "open"], table, "closed")
    found = compare(Planted(door, np.array([[5.0], [1.0], [-1.0], [7.0]])), door, words=64)
    assert str(found.part) == "C2, after one letter; 'open' leads out"
    assert found.states.counts.tolist() == [64 * 15] * 2
    assert found.states.means.ravel().tolist() == [1.0, -1.0]


def test_no_part_is_a_group() -> None:
    with pytest.raises(AutomatonError, match="generate no group, in no part"):
        compare(BilinearRNN(2, 4, 3), parse_task("regex:(ab)*"))


def test_a_readout_for_each_last_letter() -> None:
    """Addition modulo 5 with codes after a turn of each last letter's own."""
    automaton = parse_task("C5")
    turns = 2 * np.pi * np.arange(5) / 5
    A = np.array([[[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]] for a in turns])
    codes = A @ [1.0, 0.3]
    plain = LinearRNN.from_arrays(A, [1.0, 0.3], codes)
    last = LinearRNN.from_arrays(A, [1.0, 0.3], codes * np.arange(1.0, 6.0)[:, None, None])
    one, two = compare(plain, automaton, words=64), compare(last, automaton, words=64)
    assert two.angles == pytest.approx(one.angles)
    assert len(two.angles) == 2
    assert two.used == one.used == ("rot1",)
    assert snap(plain, automaton).note.endswith("readout learned, rounded")
    assert snap(last, automaton).note.endswith("readout matched to the orbit")
    assert snap(last, automaton).prove(automaton).proved
    assert alternatives(last, automaton)[0].irreps == ("rot1",)


@pytest.mark.parametrize("degrees", [30.0, 90.0])
def test_angles_with_a_readout_for_each_last_letter(degrees: float) -> None:
    turn = np.radians(degrees)
    basis = np.array([[1.0, np.cos(turn)], [0.0, np.sin(turn)]])  # signal, then remainder
    back = np.linalg.inv(basis)
    A = np.stack([basis @ np.diag([sign, 0.1]) @ back for sign in (1.0, -1.0)])
    C = np.array([[1.0], [-1.0]]) @ back[:1]
    model = LinearRNN.from_arrays(A, basis @ [1.0, 0.2], np.stack([C, C]))
    assert compare(model, Automaton.parity(), words=64).angles == pytest.approx((degrees,), abs=0.5)
