"""`snap` on exact weights that were hidden: scaled letters, more dimensions, a random orthogonal basis, noise."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from bistate.models import BilinearRNN, ModelError, evaluate
from bistate.theory import Automaton, BilinearWeights, decision_margin, realize
from bistate.verify import MismatchError, SnapError, alternatives, compare, parse_task, snap
from bistate.verify.comparison.exact_repair import rounded
from hypothesis import given, settings
from hypothesis import strategies as st

HIDDEN = 12
TASKS = ["C3", "C5", "C8", "D4", "D5", "S3", "S4", "C2xC4", "C3xC3", "S3xC2"]


def hide(weights: BilinearWeights, noise: float = 0.0, seed: int = 0, hidden: int = HIDDEN) -> BilinearRNN:
    """T (c_x A[x] ⊕ junk) T⁻¹ + noise, with the start vector and readout to match; orthogonal T."""
    draw = np.random.default_rng(seed)
    exact, start, readout = weights.to_numpy()
    letters, size = exact.shape[:2]
    A = np.zeros((letters, hidden, hidden))
    A[:, :size, :size] = exact
    rest = draw.normal(size=(letters, hidden - size, hidden - size))
    A[:, size:, size:] = 0.2 * rest / max(1e-9, *np.linalg.norm(rest, 2, axis=(1, 2)))
    A *= draw.uniform(0.5, 2, size=letters)[:, None, None]
    A += noise * draw.normal(size=A.shape) / np.sqrt(hidden)
    T, _ = np.linalg.qr(draw.normal(size=(hidden, hidden)))
    model = BilinearRNN(letters, hidden, len(readout), dtype=torch.float64)
    with torch.no_grad():
        model.family.weight.copy_(torch.from_numpy(T @ A @ T.T))
        model.start.copy_(torch.from_numpy(T @ np.pad(start, (0, hidden - size))))
        model.readout.copy_(torch.from_numpy(np.pad(readout, ((0, 0), (0, hidden - size))) @ T.T))
    return model


@pytest.mark.parametrize("name", TASKS)
def test_hidden_weights_are_found_again(name: str) -> None:
    automaton = parse_task(name)
    weights = realize(automaton, rung="block")
    found = snap(hide(weights, noise=1e-3), automaton)
    assert found.prove(automaton).proved
    assert found.hidden_size == weights.hidden_size
    assert found.letters == automaton.letters
    assert found.states == automaton.states


@pytest.mark.parametrize("name", ["C5", "S3"])
def test_the_repair_loads_back_in_the_learned_basis(name: str) -> None:
    automaton = parse_task(name)
    model = hide(realize(automaton, rung="block"), noise=1e-2)
    repaired = snap(model, automaton, basis="learned")
    assert repaired.hidden_size == HIDDEN
    assert repaired.prove(automaton).proved
    again = BilinearRNN.from_weights(repaired, transition="full")
    assert evaluate(again, automaton, 10_000, size=50) == 1
    # The same coordinates: apart from its scale each learned matrix stays near on the part that carries the irreps.
    S = again.transitions().detach().numpy()
    A = model.transitions().detach().numpy()
    for learned, exact in zip(A, S, strict=True):
        image, _, _ = np.linalg.svd(exact)
        part = image[:, : np.linalg.matrix_rank(exact, 1e-6)]
        scale = np.vdot(exact @ part, learned @ part) / np.vdot(exact @ part, exact @ part)
        assert scale > 0
        assert np.linalg.norm(learned @ part / scale - exact @ part) < 0.1 * np.linalg.norm(exact @ part)


def test_the_hidden_model_itself_drifts() -> None:
    """Otherwise the test above would show nothing: with noise 0.03 the model is wrong at length 10 000."""
    automaton = parse_task("C5")
    model = hide(realize(automaton, rung="block"), noise=3e-2)
    assert evaluate(model, automaton, 10_000, size=50) < 1
    assert snap(model, automaton).prove(automaton).proved


@settings(max_examples=8)
@given(modulus=st.integers(2, 9), seed=st.integers(0, 10**6), noise=st.sampled_from([0.0, 1e-3, 1e-2]))
def test_cyclic_groups_of_every_size(modulus: int, seed: int, noise: float) -> None:
    automaton = Automaton.modular_addition(modulus)
    found = snap(hide(realize(automaton, rung="block"), noise, seed), automaton)
    assert found.prove(automaton).proved


def test_a_comparison_can_be_handed_in() -> None:
    automaton = parse_task("S3")
    model = hide(realize(automaton, rung="block"))
    found = compare(model, automaton)
    assert snap(model, automaton, comparison=found) == snap(model, automaton)
    with pytest.raises(SnapError):
        snap(model, automaton, comparison=replace(found, used=()))  # it is the one handed in that counts


def test_point_tracking_is_repaired() -> None:
    automaton = parse_task("S4", track="point", letters="generators")
    found = snap(hide(realize(automaton, rung="block"), noise=1e-3), automaton)
    assert found.prove(automaton).proved


def test_right_multiplication_is_repaired() -> None:
    automaton = parse_task("S3", side="right")
    found = snap(hide(realize(automaton, rung="block"), noise=1e-3), automaton)
    assert found.prove(automaton).proved


# --- no repair ---


def sign_model() -> tuple[BilinearRNN, Automaton]:
    """A model of S_3 that keeps only the sign of a permutation."""
    automaton = parse_task("S3")
    model = BilinearRNN(6, 1, 6, dtype=torch.float64)
    signs = np.array([x.sign for x in automaton.letters], dtype=float)
    with torch.no_grad():
        model.family.weight.copy_(torch.from_numpy(signs.reshape(-1, 1, 1)))
        model.start.fill_(1)
        model.readout.copy_(torch.from_numpy(signs[:, None]))
    return model, automaton


@pytest.mark.parametrize("basis", ["canonical", "learned"])
def test_a_quotient_has_no_repair(basis: str) -> None:
    model, automaton = sign_model()
    with pytest.raises(SnapError, match=r"do not tell the 6 states apart.*\[1,1,1\] 100.0% \(residual"):
        snap(model, automaton, basis=basis)


def test_an_untrained_model_has_no_repair() -> None:
    with pytest.raises(SnapError, match="state share"):
        snap(BilinearRNN(5, 16, 5, seed=3), parse_task("C5"))


def test_an_unknown_basis() -> None:
    model, automaton = sign_model()
    with pytest.raises(MismatchError, match="basis 'mine' is not known; choose one of canonical, learned"):
        snap(model, automaton, basis="mine")


def test_infinite_weights_are_named() -> None:
    model, automaton = sign_model()
    with torch.no_grad():
        model.start[0] = float("inf")
    with pytest.raises(ModelError, match=r"start\[0\] is inf"):
        snap(model, automaton)


def test_a_model_of_another_size() -> None:
    model, _ = sign_model()
    with pytest.raises(MismatchError, match="letters=6, the automaton has 7"):
        snap(model, parse_task("C7"))


def test_rounding_keeps_the_direction() -> None:
    values = np.array([0.5, -2.0, 1.0])
    assert [float(x) for x in rounded(values)] == [0.25, -1.0, 0.5]
    assert rounded(np.zeros(2)) == [0, 0]


def two_irreps(name: str, faint: float, letter: int | None = None) -> tuple[BilinearRNN, Automaton]:
    """All of the task's nontrivial irreps side by side, the last one with little energy; one letter may be off."""
    automaton = parse_task(name)
    task = automaton.group_task
    assert task is not None
    irreps = task.group.irreps("real")[1:]
    exact = np.array(
        [
            np.block(
                [
                    [
                        np.real(a.orthogonal(x)) if i == j else np.zeros((a.degree, b.degree))
                        for j, b in enumerate(irreps)
                    ]
                    for i, a in enumerate(irreps)
                ]
            )
            for x in task.letters
        ]
    )
    size = exact.shape[1]
    v = np.random.default_rng(4).normal(size=size)
    v[size - irreps[-1].degree :] *= faint
    code = exact @ v  # (states, size): all elements are letters, in the order of the states
    if letter is not None:
        exact[letter] += 0.02 * np.random.default_rng(5).normal(size=exact[letter].shape)
    model = BilinearRNN(len(exact), size, len(code), dtype=torch.float64)
    with torch.no_grad():
        model.family.get_parameter("weight").copy_(torch.from_numpy(exact))
        model.start.copy_(torch.from_numpy(v))
        model.readout.copy_(torch.from_numpy(code))
    return model, automaton


@pytest.mark.parametrize(("name", "sets"), [("C5", 3), ("S3", 2), ("D4", 8)])
def test_alternatives_are_proved_and_sorted_by_margin(name: str, sets: int) -> None:
    model, automaton = two_irreps(name, 1.0)
    found = compare(model, automaton)
    ways = alternatives(model, automaton, comparison=found)
    assert len(ways) == sets == len({way.irreps for way in ways})  # of the sets that tell the states apart
    assert all(way.weights.prove(automaton).proved for way in ways)
    assert [way.margin for way in ways] == sorted((way.margin for way in ways), reverse=True)
    for way in ways:
        margin = decision_margin(way.weights)
        assert margin is not None
        assert way.margin == margin.value > 0
        assert way.energy == pytest.approx(sum(found.spectrum[label] for label in way.irreps))
        assert way.size == way.weights.hidden_size
    whole = next(way for way in ways if set(way.irreps) == set(found.used))
    assert whole.letter_distances == pytest.approx(found.letter_distances)
    assert whole.distance == pytest.approx(found.aligned_distance)


def test_a_faint_irrep_is_an_alternative_and_not_what_snap_takes() -> None:
    model, automaton = two_irreps("C5", 0.025)
    found = compare(model, automaton)
    assert len(found.used) == 1
    assert {len(way.irreps) for way in alternatives(model, automaton)} == {1, 2}
    assert snap(model, automaton).hidden_size == 2


def test_the_letter_that_is_off_is_the_one_that_moves() -> None:
    model, automaton = two_irreps("C5", 1.0, letter=3)
    for way in alternatives(model, automaton):
        assert int(np.argmax(way.letter_distances)) == 3
        assert 1e-3 < way.letter_distances[3] < 0.1


def test_a_model_without_a_repair_has_no_alternatives() -> None:
    model = BilinearRNN(6, 8, 6, seed=0)
    assert alternatives(model, parse_task("S3")) == ()
