"""Singular values, differences and truncations of recurrences that are no `BilinearRNN`."""

import numpy as np
import pytest
import torch
from bistate.models import Baseline, BilinearRNN, LinearRNN
from bistate.theory import realize
from bistate.verify import MismatchError, balanced_truncation, difference, hankel_singular_values, parse_task

S3 = parse_task("S3")
PLAIN = BilinearRNN.from_weights(realize(S3, "block"), transition="full")


def affine(centre: np.ndarray) -> LinearRNN:
    """The same logits as `PLAIN`, from states moved by a vector: u ← A[x] u + (1 − A[x]) centre."""
    A, start, C = realize(S3, "block").to_numpy()
    return LinearRNN.from_arrays(A, start + centre, C, add=centre - A @ centre, bias=-C @ centre)


def test_affine_terms_that_change_no_logits() -> None:
    moved = affine(np.array([3.0, -4.0]))
    assert difference(moved, PLAIN, 20).relative < 1e-6
    values = hankel_singular_values(moved)
    assert values[:2] == pytest.approx(hankel_singular_values(PLAIN), rel=1e-6)
    assert (values[2:] < 1e-6).all()  # Gramians square what rounding leaves
    small = balanced_truncation(moved, 2, length=20)
    assert small.model.hidden == 2
    assert small.model.normalize is False
    assert small.difference.relative < 1e-6


def test_complex_states() -> None:
    turns = np.exp(2j * np.pi * np.arange(5) / 5)
    complex_one = LinearRNN.from_arrays(turns[:, None, None], [1.0], turns.conj()[:, None])
    real = BilinearRNN(5, 2, 5, dtype=torch.float64)
    A = np.array([[[z.real, -z.imag], [z.imag, z.real]] for z in turns])
    with torch.no_grad():
        real.family.get_parameter("weight").copy_(torch.from_numpy(A))
        real.start.copy_(torch.tensor([1.0, 0.0]))
        real.readout.copy_(torch.from_numpy(np.stack([turns.real, turns.imag], axis=1)))
    assert difference(complex_one, real, 20).relative < 1e-9
    assert hankel_singular_values(complex_one) == pytest.approx(hankel_singular_values(real))


@pytest.mark.parametrize(
    "function", [hankel_singular_values, lambda m: balanced_truncation(m, 1), lambda m: difference(m, m)]
)
def test_what_is_no_recurrence_with_one_readout_is_named(function: object) -> None:
    last = LinearRNN.from_arrays(np.ones((2, 1, 1)), [1.0], np.ones((2, 3, 1)))
    with pytest.raises(MismatchError, match="the readout depends on the last letter"):
        function(last)  # type: ignore[operator]
    with pytest.raises(MismatchError, match=r"Baseline has no linear\(\); it shows hidden states"):
        function(Baseline(2, 4, 2))  # type: ignore[operator]
