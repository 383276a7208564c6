"""How far a network and the code it was read off agree: against scores that are known."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import torch
from bistate.models import LinearRNN, ModelError
from bistate.verify import MismatchError, agreement

NET = LinearRNN.from_arrays([[[1.0]], [[-1.0]]], [1.0], [[1.0], [-1.0]])  # scores (±1, ∓1)


def test_the_same_scores() -> None:
    found = agreement(NET, NET, words=500)
    assert (found.words, found.lengths, found.difference) == (500, (1, 200), 0.0)
    assert (found.near_ties, found.different, found.word, found.agrees) == (0, 0, None, True)
    with pytest.raises(FrozenInstanceError):
        found.words = 1  # type: ignore[misc]


def test_the_largest_difference_relative_to_the_scores() -> None:
    def shaken(x: torch.Tensor) -> torch.Tensor:
        scores = 1000 * NET(x)
        scores[:, 1] += 20 * (x.shape[1] == 7)
        return scores

    big = LinearRNN.from_arrays(NET.A, NET.start, 1000 * NET.readout)
    assert agreement(big, shaken, words=300, lengths=(1, 9)).difference == pytest.approx(20 / 1000, rel=0.03)
    assert agreement(big, shaken, words=300, lengths=(1, 6)).difference == 0


def test_other_answers_are_counted_and_the_first_is_shown() -> None:
    def wrong(x: torch.Tensor) -> torch.Tensor:
        return torch.where((x[:, :2].sum(1) == 2)[:, None], -NET(x), NET(x))

    found = agreement(NET, wrong, words=2000, lengths=(2, 5))
    assert 400 < found.different < 600
    assert not found.agrees
    assert found.word is not None
    assert found.word[:2] == (1, 1)
    assert found.difference == 2
    again = agreement(NET, wrong, words=2000, lengths=(2, 5))
    assert again == found
    assert agreement(NET, wrong, words=2000, lengths=(2, 5), seed=1) != found


@pytest.mark.parametrize(("gap", "ties", "different"), [(1e-7, 50, 0), (1e-5, 0, 50)])
def test_words_whose_best_scores_are_near_each_other(gap: float, ties: int, different: int) -> None:
    """In either network: one is ahead by the gap, the other behind."""
    net = LinearRNN.from_arrays([[[1.0]]] * 2, [1.0], [[1.0], [1.0 - gap]])
    found = agreement(net, lambda x: net(x).flip(1), words=50, lengths=(0, 3))
    assert (found.near_ties, found.different) == (ties, different)
    clear = agreement(NET, lambda x: torch.ones(len(x), 2), words=50)
    assert (clear.near_ties, clear.different) == (50, 0)


def test_numpy_single_scores_zeros_and_infinities() -> None:
    one = LinearRNN.from_arrays([[[1.0]]], [0.0], [[1.0]])
    assert agreement(one, lambda x: np.zeros((len(x), 1)), words=20).difference == 0
    infinite = agreement(NET, lambda x: torch.tensor([[float("inf"), 0.0]]).expand(len(x), -1), words=20)
    assert infinite.difference == float("inf")


def test_what_is_refused() -> None:
    for options in ({"words": 0}, {"lengths": (3, 2)}, {"lengths": (-1, 2)}, {"lengths": (1,)}, {"words": 1.0}):
        with pytest.raises(MismatchError, match="a number of words and two lengths"):
            agreement(NET, NET, **options)  # type: ignore[arg-type]
    with pytest.raises(MismatchError, match="2 scores are compared with 3"):
        agreement(NET, lambda x: torch.ones(len(x), 3), words=5)
    with pytest.raises(MismatchError, match="no number of letters"):
        agreement(lambda x: x, NET)
    with pytest.raises(ModelError, match="gave NaN"):
        agreement(NET, lambda x: torch.full((len(x), 2), float("nan")), words=5)
