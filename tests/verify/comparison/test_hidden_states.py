"""`compare` on networks that show hidden states and no weights, planted as known functions of the true state."""

import json

import numpy as np
import pytest
import torch
from bistate.models import Baseline, BilinearRNN, LinearRNN, ModelError
from bistate.verify import MismatchError, alternatives, compare, parse_task, snap, word_states
from helpers.planting import plant
from helpers.shown import HiddenOnly, Planted
from torch import Tensor, nn

S3, C5 = parse_task("S3"), parse_task("C5")
SIGN = np.array([[float(g.sign)] for g in S3.letters])  # all elements are letters, in the order of the states


def plane(scale: float = 1.0) -> np.ndarray:
    """ρ(g) v in the irrep of degree 2, |v| = scale, v on no axis of a reflection: (states, 2)."""
    rho = S3.group_task.group.irreps("real")[2]  # type: ignore[union-attr]
    return np.array([np.real(rho.orthogonal(g)) @ [scale * np.cos(0.2), scale * np.sin(0.2)] for g in S3.letters])


def test_shares_are_those_that_were_planted() -> None:
    """Sign of size 1, plane of size 2, constant of size 3, and a bounded echo of the last letter."""
    draw = np.random.default_rng(0)
    echo = draw.normal(size=(6, 4))
    echo -= echo.mean(axis=0)
    codes = np.concatenate([SIGN, plane(2.0), np.full((6, 1), 3.0)], axis=1)
    found = compare(Planted(S3, codes, echo), S3)
    noise = (echo**2).sum() / 6
    assert found.shown == "hidden states"
    assert found.withheld == "Planted has no linear(), so there are no matrices to look at"
    assert found.spectrum == {"[1,1,1]": pytest.approx(1 / 5, abs=0.01), "[2,1]": pytest.approx(4 / 5, abs=0.01)}
    assert found.constant_share == pytest.approx(9 / 14, abs=0.01)
    assert found.state_share == pytest.approx(5 / (5 + noise), abs=0.02)
    assert found.states.constant == pytest.approx(9 / (14 + noise), abs=0.01)
    assert found.tracked == "the elements of S3"


def test_what_needs_matrices_is_empty() -> None:
    found = compare(Planted(S3, plane()), S3, words=64)
    assert found.residuals == found.defects == found.multiplicities == found.intertwiners == {}
    assert found.learned == found.used == found.letter_distances == found.angles == ()
    assert found.aligned_distance == found.condition == np.inf
    assert found.nearest is None
    assert found.aligned.shape == found.exact.shape == (0, 0, 0)
    data = json.loads(json.dumps(found.to_json()))
    assert data["shown"] == "hidden states"
    assert data["aligned_distance"] is data["condition"] is data["part"] is None


def test_complex_states_are_two_real_ones() -> None:
    turned = np.exp(2j * np.pi * 2 * np.arange(5) / 5)[:, None]
    found = compare(Planted(C5, turned), C5, words=64)
    assert found.states.means.shape == (5, 2)
    assert found.spectrum == {"rot1": pytest.approx(0, abs=1e-9), "rot2": pytest.approx(1)}
    assert found.state_share == pytest.approx(1)


def test_states_are_taken_as_they_are() -> None:
    """Divided by their norms, codes 1 and 3 on a line would be one."""
    found = compare(Planted(parse_task("C2"), np.array([[1.0], [3.0]])), parse_task("C2"), words=64)
    assert found.state_share == pytest.approx(1)
    assert found.constant_share == pytest.approx(4 / 5, abs=0.01)
    assert found.tracked == "the elements of C2"


def test_a_quotient_is_seen() -> None:
    found = compare(Planted(S3, SIGN, np.random.default_rng(1).normal(size=(6, 1))), S3)
    assert found.tracked == "the quotient of S3 by a normal subgroup of order 3, less than the task asks for"


def test_a_nonlinear_function_of_the_state() -> None:
    """Saturated units, as those of an LSTM: all is explained by the state, and irreps mix."""
    mix = np.random.default_rng(2).normal(size=(2, 12))
    network = Planted(S3, plane() @ mix, after=lambda h: torch.tanh(3 * h))
    found = compare(network, S3, words=256)
    assert found.state_share == pytest.approx(1)
    assert sum(found.spectrum.values()) == pytest.approx(1)
    assert found.tracked == "the elements of S3"


@pytest.mark.parametrize("large", [1.0, 30.0])
def test_noise_tells_nothing_apart(large: float) -> None:
    """Hidden states that follow the last letters only: the means are noise, whatever a constant adds."""
    draw = np.random.default_rng(3)
    echo = draw.normal(size=(6, 20))
    network = Planted(S3, np.full((6, 20), large), echo - echo.mean(axis=0))
    found = compare(network, S3)
    assert found.state_share < 0.01
    assert found.tracked == "unresolved"


def test_hidden_states_of_a_linear_recurrence_say_the_same() -> None:
    planted = plant("S3", (1, 2))
    whole = compare(planted.model, planted.automaton, words=256)
    alone = compare(HiddenOnly(planted.model), planted.automaton, words=256)
    assert (whole.shown, alone.shown) == ("linear recurrence", "hidden states")
    assert alone.spectrum == pytest.approx(whole.spectrum, abs=1e-9)
    assert alone.state_share == pytest.approx(whole.state_share, abs=1e-9)
    assert alone.tracked == whole.tracked
    assert word_states(HiddenOnly(planted.model), planted.automaton).share == pytest.approx(whole.state_share, abs=1e-3)


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm", "transformer", "mamba"])
def test_baselines_have_hidden_states(kind: str) -> None:
    found = compare(Baseline(6, 8, 6, kind=kind).eval(), S3, words=256, length=20)
    assert found.shown == "hidden states"
    assert sum(found.spectrum.values()) == pytest.approx(1)
    assert found.state_share < 0.2


def test_affine_terms_with_normalised_states() -> None:
    network = LinearRNN.from_arrays(np.ones((2, 1, 1)), [1.0], [[1.0], [-1.0]], add=np.ones((2, 1)), normalize=True)
    found = compare(network, parse_task("C2"), words=64)
    assert found.shown == "hidden states"
    assert "scale invariance is lost" in found.withheld


# --- bad input ---


class Odd(nn.Module):
    """Hidden states of any kind."""

    letters, states = 6, 6

    def __init__(self, give: object) -> None:
        super().__init__()
        self.give = give

    def hidden_states(self, words: Tensor) -> Tensor:
        return self.give(words)  # type: ignore[operator]


def test_hidden_states_that_change() -> None:
    drop = nn.Dropout(0.5)
    with pytest.raises(ModelError, match=r"Odd gives other hidden states.*eval\(\)"):
        compare(Odd(lambda words: drop(torch.ones(*words.shape, 8))), S3)


@pytest.mark.parametrize("shape", [(5,), (5, 6, 2)])
def test_another_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(MismatchError, match=r"hidden_states of words of shape .* has to be of shape"):
        compare(Odd(lambda words: torch.ones(len(words), *shape)), S3)


def test_numbers_that_are_none() -> None:
    states = torch.zeros(1, 5, 2)
    states[0, 2, 1] = float("nan")
    with pytest.raises(ModelError, match="a hidden state is nan in unit 1 after 3 letters"):
        compare(Odd(lambda words: states.expand(len(words), 5, 2)), S3)


def test_answers_alone_are_not_enough() -> None:
    with pytest.raises(MismatchError, match=r"HiddenStates, the second row .* function has no letters, states, hidden"):
        compare(lambda words: words, S3)
    with pytest.raises(MismatchError, match="letters=5, the automaton has 6"):
        compare(Baseline(5, 8, 6), S3)


@pytest.mark.parametrize("function", [snap, alternatives])
def test_repairs_need_weights(function: object) -> None:
    with pytest.raises(MismatchError, match=r"LinearRecurrence.*Planted has no linear\(\); it shows hidden states"):
        function(Planted(S3, plane()), S3)  # type: ignore[operator]
    with pytest.raises(MismatchError, match="scale invariance is lost"):
        function(BilinearRNN(6, 4, 6, additive=True), S3)  # type: ignore[operator]
