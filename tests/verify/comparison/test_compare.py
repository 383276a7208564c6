"""`compare` on planted models: exact representations in a random basis, beside directions that die out.

The planted answer is known without any code of verify/: A[x] = T (c_x ρ(x) ⊕ junk_x) T⁻¹ with T orthogonal, ρ an
orthogonal sum of real irreps, h_0 = T (v ⊕ junk) and readout rows ρ(g_q) v.
"""

import numpy as np
import pytest
import torch
from bistate.groups import CyclicGroup, named_group
from bistate.models import BilinearRNN, ModelError
from bistate.theory import Automaton, AutomatonError
from bistate.verify import MismatchError, compare, parse_task
from helpers.planting import HIDDEN, fill, plant

# group, and positions in irreps("real") that separate its elements
PLANTED = [
    ("C4", (2,)),
    ("C4", (1, 2)),
    ("C5", (1,)),
    ("C5", (1, 2)),
    ("C7", (1, 3)),
    ("D4", (4,)),
    ("D5", (1, 2)),
    ("S3", (2,)),
    ("S3", (1, 2)),
    ("S4", (3,)),
    ("S4", (2, 4)),
    ("C2xC4", (4, 5)),
    ("S3xC2", (3, 4, 5)),
]


@pytest.mark.parametrize(("name", "positions"), PLANTED)
def test_planted_irreps_are_found(name: str, positions: tuple[int, ...]) -> None:
    planted = plant(name, positions)
    found = compare(planted.model, planted.automaton, words=256)
    assert sum(found.spectrum.values()) == pytest.approx(1)
    assert set(found.learned) == set(planted.shares) == set(found.used)
    for label, share in found.spectrum.items():
        assert share == pytest.approx(planted.shares.get(label, 0), abs=2e-3)
    assert found.state_share == pytest.approx(1, abs=1e-3)
    assert all(found.residuals[label] < 1e-4 for label in planted.shares)
    assert all(value > 0.5 for label, value in found.residuals.items() if label not in planted.shares)
    assert found.aligned_distance < 1e-4
    assert found.defects
    assert max(found.defects.values()) < 1e-3
    assert np.allclose(found.aligned, found.exact, atol=1e-3)


def test_the_strongest_irrep_comes_first() -> None:
    planted = plant("C5", (1, 2), seed=4)
    found = compare(planted.model, planted.automaton, words=256)
    assert list(found.learned) == sorted(planted.shares, key=lambda label: -planted.shares[label])


@pytest.mark.parametrize("name", ["C5", "S3", "S4"])
def test_distance_grows_with_the_perturbation(name: str) -> None:
    positions = {"C5": (1, 2), "S3": (1, 2), "S4": (3,)}[name]
    small, large = (
        compare((p := plant(name, positions, noise=noise)).model, p.automaton, words=256) for noise in (1e-3, 1e-2)
    )
    # E‖noise on d dimensions‖ / √d = noise · √(d/hidden) / scale, and scales lie between 1/2 and 2
    degree = small.exact.shape[1]
    expected = 1e-3 * np.sqrt(degree / HIDDEN)
    assert expected / 3 < small.aligned_distance < 3 * expected
    assert large.aligned_distance / small.aligned_distance == pytest.approx(10, rel=0.3)
    assert large.defects["product"] / small.defects["product"] == pytest.approx(10, rel=0.3)
    assert all(large.residuals[label] > 3 * small.residuals[label] for label in small.learned)


def test_a_perturbed_letter_is_pointed_at() -> None:
    planted = plant("S3", (1, 2))
    with torch.no_grad():
        planted.model.family.weight[3] += 0.02 * torch.randn(
            HIDDEN, HIDDEN, dtype=torch.float64, generator=torch.Generator().manual_seed(0)
        )
    found = compare(planted.model, planted.automaton, words=256)
    assert int(np.argmax(found.letter_distances)) == 3


def test_an_untrained_model_has_learned_nothing() -> None:
    automaton = parse_task("S3")
    found = compare(BilinearRNN(6, 32, 6, seed=1), automaton, words=256)
    assert found.learned == found.used == ()
    assert found.aligned_distance == np.inf
    assert found.state_share < 0.1
    assert found.to_json()["aligned_distance"] is None


def test_a_quotient_is_learned_but_not_usable() -> None:
    planted = plant("S3", (1,))
    found = compare(planted.model, planted.automaton, words=256)
    assert found.learned == ("[1,1,1]",)
    assert found.used == ()


def test_points_need_only_the_fixed_vectors() -> None:
    automaton = parse_task("S4", track="point")
    task = automaton.group_task
    assert task is not None
    rho = task.group.irreps("real")[3]
    v = sum(np.real(rho.orthogonal(k)) for k in task.stabiliser) @ np.ones(3)
    if np.linalg.norm(v) < 1e-9:
        rho = task.group.irreps("real")[4]
        v = sum(np.real(rho.orthogonal(k)) for k in task.stabiliser) @ np.ones(3)
    model = BilinearRNN(len(automaton.letters), 3, 4, dtype=torch.float64)
    states = np.array([np.real(rho.orthogonal(g)) @ v for g in task.states])
    fill(model, np.array([np.real(rho.orthogonal(x)) for x in task.letters]), v, states)
    found = compare(model, automaton, words=256)
    assert found.learned == found.used == (rho.label,)
    assert found.spectrum[rho.label] == pytest.approx(1)
    assert found.aligned_distance < 1e-6


def test_right_multiplication_is_compared_too() -> None:
    # On the right, A[x] = ρ(x)⁻¹ acts on v_g = ρ(g)⁻¹ v.
    automaton = parse_task("S3", side="right")
    task = automaton.group_task
    assert task is not None
    rho = task.group.irreps("real")[2]
    v = np.array([1.0, 0.3])
    model = BilinearRNN(6, 2, 6, dtype=torch.float64)
    matrices = np.array([np.real(rho.orthogonal(x.inverse())) for x in task.letters])
    fill(model, matrices, v, np.array([np.real(rho.orthogonal(g.inverse())) @ v for g in task.states]))
    found = compare(model, automaton, words=256)
    assert found.used == (rho.label,)
    assert found.aligned_distance < 1e-6


def test_letters_that_generate_a_subgroup() -> None:
    group = named_group("S3")
    automaton = Automaton.word_problem(group, letters=[[1, 2, 0]])
    model = BilinearRNN(1, 2, 3, dtype=torch.float64)
    turn = np.array([[-0.5, -np.sqrt(3) / 2], [np.sqrt(3) / 2, -0.5]])
    v = np.array([1.0, 0.0])
    powers = {automaton.run([automaton.letters[0]] * k): np.linalg.matrix_power(turn, k) @ v for k in range(3)}
    fill(model, turn[None], v, np.array([powers[q] for q in automaton.states]))
    found = compare(model, automaton, words=64)
    assert found.group.order == 3
    assert found.aligned_distance < 1e-6


# --- bad input ---


@pytest.mark.parametrize(("letters", "states", "said"), [(5, 6, "letters=5, the automaton has 6"), (6, 5, "states=5")])
def test_sizes_that_do_not_fit(letters: int, states: int, said: str) -> None:
    with pytest.raises(MismatchError, match=said):
        compare(BilinearRNN(letters, 4, states), parse_task("S3"))


def test_additive_terms_with_normalised_states_leave_the_hidden_states() -> None:
    """They are no linear recurrence, so what is said is said of the hidden states as the model runs."""
    found = compare(BilinearRNN(6, 4, 6, additive=True), parse_task("S3"), words=64)
    assert found.shown == "hidden states"
    assert "additive=True" in found.withheld
    assert found.residuals == {}
    assert compare(BilinearRNN(6, 4, 6, additive=True, normalize=False), parse_task("S3"), words=64).withheld == ""


def test_nan_weights_are_named() -> None:
    model = BilinearRNN(6, 4, 6)
    with torch.no_grad():
        model.readout[2, 1] = float("nan")
    with pytest.raises(ModelError, match=r"readout\[2, 1\] is nan"):
        compare(model, parse_task("S3"))


def test_merging_letters_generate_no_group() -> None:
    with pytest.raises(AutomatonError, match="letters generate no group"):
        compare(BilinearRNN(2, 4, 3), parse_task("regex:(ab)*"))


def test_zero_transitions_do_not_pass_as_exact() -> None:
    """A model that forgets everything must not look like a representation: no division by zero hides it."""
    model = BilinearRNN(3, 4, 3, dtype=torch.float64)
    fill(model, np.zeros((3, 4, 4)), np.ones(4), np.ones((3, 4)))
    found = compare(model, Automaton.modular_addition(CyclicGroup(3).order), words=64)
    assert found.used == ()
