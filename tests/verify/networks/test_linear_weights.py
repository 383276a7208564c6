"""Weights of any linear recurrence, and what is said of objects that are none."""

import numpy as np
import pytest
import torch
from bistate.models import Baseline, BilinearRNN, LinearRNN, ModelError
from bistate.models.linear_weights import LinearWeights
from bistate.theory import Automaton
from bistate.verify import MismatchError, certify, compare, refute
from bistate.verify.networks.float_network import float_weights, linear_weights
from bistate.verify.networks.shown import HIDDEN, shown


class Own:
    """The least that a linear recurrence has to show; nothing is inherited."""

    letters, states = 2, 2

    def __init__(self, A: np.ndarray) -> None:
        self.A = A

    def __call__(self, words: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError

    def linear(self) -> LinearWeights:
        first = np.array([1.0])
        return LinearWeights(self.A, first, np.array([[1.0], [-1.0]]), False, first)


def affine() -> LinearRNN:
    """h ← h/2 + x with scores (h, 1 − h)."""
    return LinearRNN.from_arrays([[[0.5]]] * 2, [0.0], [[1.0], [-1.0]], add=[[0.0], [1.0]], bias=[0.0, 1.0])


def test_anything_with_arrays_is_taken() -> None:
    A = np.array([[[1.0]], [[-1.0]]])
    assert linear_weights(Own(A)).A is A
    assert float_weights(Own(A))[2].tolist() == [[1.0], [-1.0]]


@pytest.mark.parametrize("normalize", [True, False])
def test_a_bilinear_model_gives_its_own_numbers(normalize: bool) -> None:
    model = BilinearRNN(3, 4, 5, normalize=normalize, seed=2)
    A, start, C = float_weights(model)
    assert (model.transitions().double().numpy(force=True) == A).all()
    assert (start == model.start.double().numpy(force=True)).all()
    assert (model.rows().double().numpy(force=True) == C).all()
    first = float_weights(model, normalized=True)[1]
    assert (first == model.initial(1)[0].double().numpy(force=True)).all()
    assert (abs(np.linalg.norm(first) - 1) < 1e-6) == normalize


def test_affine_terms_are_a_constant_unit() -> None:
    A, h, C = float_weights(affine())
    for x in (1, 0, 1):  # 0 → 1 → 1/2 → 5/4
        h = A[x] @ h
    assert h.tolist() == [1.25, 1.0]
    assert (C @ h).tolist() == [1.25, -0.25]


def test_objects_that_show_less_are_told_what_is_missing() -> None:
    with pytest.raises(MismatchError, match=r"LinearRecurrence.*Baseline has no linear\(\); it shows hidden states"):
        linear_weights(Baseline(2, 4, 2))
    with pytest.raises(MismatchError, match=r"function has no letters, states, linear\(\); it shows answers at most"):
        linear_weights(lambda words: words)


def test_the_refusal_of_linear_is_passed_on() -> None:
    with pytest.raises(MismatchError, match="scale invariance is lost"):
        linear_weights(BilinearRNN(2, 3, 2, additive=True))


def test_a_readout_for_each_last_letter_is_kept_or_refused() -> None:
    model = LinearRNN.from_arrays([[[1.0]]] * 2, [1.0], np.ones((2, 3, 1)))
    assert linear_weights(model).by_last_letter
    with pytest.raises(MismatchError, match="the readout depends on the last letter"):
        float_weights(model)


def test_arrays_are_checked() -> None:
    with pytest.raises(MismatchError, match=r"linear\(\).A has the shape \(3, 1, 1\); with 2 letters"):
        linear_weights(Own(np.ones((3, 1, 1))))
    with pytest.raises(ModelError, match=r"linear\(\).A\[1, 0, 0\] is nan"):
        linear_weights(Own(np.array([[[1.0]], [[np.nan]]])))


def test_linear_is_asked_once_and_a_layer_of_that_name_is_none() -> None:
    """Reading a layer off its code takes a while; a layer called `linear`, as many modules have, is none."""

    class Counted(LinearRNN):
        asked = 0

        def linear(self) -> LinearWeights:
            Counted.asked += 1
            return super().linear()

    parity = Automaton.parity()
    net = Counted(np.array([[[1.0]], [[-1.0]]]), np.ones(1), np.array([[1.0], [-1.0]]), None, None, False)
    for verb in (certify, refute, compare):
        Counted.asked = 0
        verb(net, parity)
        assert Counted.asked == 1, verb

    class Named(Baseline):
        def __init__(self) -> None:
            super().__init__(2, 4, 2)
            self.linear = torch.nn.Linear(4, 4)

    assert shown(Named()).kind == HIDDEN
    with pytest.raises(MismatchError, match=r"Named has no linear\(\)"):
        certify(Named(), parity)
