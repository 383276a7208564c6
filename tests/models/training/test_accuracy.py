"""Accuracy of anything that answers: own modules, arrays, functions; and what is no answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from bistate.models import (
    Baseline,
    BilinearRNN,
    InputError,
    LinearRNN,
    ModelError,
    StateTracking,
    TaskError,
    accuracy_by_length,
    evaluate,
)
from bistate.theory import Automaton, realize
from torch import Tensor, nn

C3, PARITY = Automaton.modular_addition(3), Automaton.parity()
A, h, C = (values.squeeze() if values.ndim == 2 and 1 in values.shape else values for values in realize(C3).to_numpy())


class Black:
    """An automaton as a callable, wrong on the words given; it counts what it is asked."""

    def __init__(self, automaton: Automaton, wrong: set[tuple[int, ...]] = frozenset(), scores: int = 0) -> None:
        self.automaton, self.wrong, self.asked = automaton, wrong, []
        self.width = scores or len(automaton.states)

    def __call__(self, words: Tensor) -> np.ndarray:
        self.asked.append(tuple(words.shape))
        states = self.automaton.run_batch(words.numpy())
        bad = np.array([tuple(word) in self.wrong for word in words.tolist()], dtype=bool)
        return np.eye(self.width)[(states + bad) % len(self.automaton.states)]


class Tiny(nn.Module):
    """An LSTM in torch's own terms, with a dropout."""

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embedding, self.body = nn.Embedding(3, 8), nn.LSTM(8, 8, batch_first=True)
        self.dropout, self.head = nn.Dropout(dropout), nn.Linear(8, 3)

    def forward(self, words: Tensor) -> Tensor:
        return self.head(self.dropout(self.body(self.embedding(words))[0][:, -1]))


def share(answers: Any, automaton: Automaton, length: int, size: int, seed: int = 0) -> float:
    x, y = StateTracking(automaton).sample(size, length, seed)
    with torch.no_grad():
        return float((torch.as_tensor(answers(x)).argmax(-1) == y).double().mean())


def test_a_callable_is_asked_about_whole_words() -> None:
    assert evaluate(Black(C3), C3, 12) == 1.0
    x, _ = StateTracking(C3).sample(300, 2, 5)
    wrong = {(0, 1), (2, 2)}
    counted = 1 - float(np.mean([tuple(word) in wrong for word in x.tolist()]))
    black = Black(C3, wrong)
    assert evaluate(black, C3, 2, 300, seed=5) == counted < 1
    assert max(batch for batch, _ in black.asked) <= 128
    assert accuracy_by_length(Black(C3, {()}), C3, [0, 2]) == {0: 0.0, 2: 1.0}
    model = Tiny().eval()
    assert evaluate(model, C3, 6, 200, 1) == share(model, C3, 6, 200, 1)
    assert evaluate(lambda words: model(words).numpy(), C3, 6, 200, 1) == share(model, C3, 6, 200, 1)


def test_every_position_by_prefixes_or_by_the_callables_own_keyword() -> None:
    wrong = {(1,), (1, 1), (0, 2, 1)}
    x, _ = StateTracking(C3).sample(200, 3, 2)
    bad = np.mean([[tuple(word[:n]) in wrong for n in (1, 2, 3)] for word in x.tolist()])
    assert evaluate(Black(C3, wrong), C3, 3, 200, 2, every=True) == pytest.approx(1 - bad)

    lstm = Baseline(3, 8, 3, "lstm", seed=1)
    own = evaluate(lstm, C3, 5, 200, every=True)
    assert own == pytest.approx(evaluate(lambda words: lstm(words), C3, 5, 200, every=True))
    shifted = Baseline(4, 8, 3, "gru", seed=1)
    own = evaluate(shifted, C3, 5, 200, every=True, prefix=(3, 0))
    assert own == pytest.approx(evaluate(lambda words: shifted(words), C3, 5, 200, every=True, prefix=(3, 0)))


def test_linear_networks_in_pieces_answer_as_they_do_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bistate.models.tasks.task.STREAM_LETTERS", 600)
    random = np.random.default_rng(0)
    nets = [
        LinearRNN.from_arrays(A, h, C + 2 * random.standard_normal(C.shape)),
        LinearRNN.from_arrays(A, h, C + random.standard_normal((3, *C.shape)), bias=random.standard_normal((3, 3))),
        LinearRNN.from_arrays(A, h, C, add=random.standard_normal((3, len(h))), bias=random.standard_normal(3)),
    ]
    for net in nets:
        for every in (False, True):
            whole = evaluate(lambda words, net=net: net(words), C3, 7, 200, every=every, prefix=(1, 2))
            assert evaluate(net, C3, 7, 200, every=every, prefix=(1, 2)) == pytest.approx(whole)
            assert 0 < whole < 1
    assert evaluate(LinearRNN.from_arrays(A, h, C), C3, 50) == 1.0
    said = nets[1](torch.tensor([[1]])).argmax().item()
    assert evaluate(nets[1], C3, 0, 10, prefix=(1,)) == float(said == C3.start_index)
    with pytest.raises(InputError, match="the empty word has no scores"):
        evaluate(nets[1], C3, 0)
    with pytest.raises(ModelError, match="gives NaN after words of 20000 letters"):
        evaluate(LinearRNN.from_arrays(2 * A, h, C - C), C3, 20_000, size=2)


def test_letters_before_words_and_scores_of_states() -> None:
    """The states are scores 4, 0 and 2; letter 3 begins a word, and a score that is no state may win."""

    def answers(words: Tensor) -> np.ndarray:
        assert (words[:, 0] == 3).all()
        states = C3.run_batch(words[:, 1:].numpy())
        scores = np.zeros((len(words), 5))
        scores[np.arange(len(words)), np.array([4, 0, 2])[states]] = 1
        scores[(words[:, 1:] == 2).all(1).numpy(), 1] = 2  # a rival that stands for no state
        return scores

    x, _ = StateTracking(C3).sample(400, 2)
    right = 1 - float((x == 2).all(1).double().mean())
    assert evaluate(answers, C3, 2, 400, prefix=[3], outputs=(4, 0, 2)) == right < 1
    assert accuracy_by_length(answers, C3, [2], 400, prefix=[3], outputs=(4, 0, 2)) == {2: right}

    model = BilinearRNN(4, 6, 5, seed=3, dtype=torch.float64)
    whole = evaluate(lambda words: model(words), C3, 4, 300, prefix=(3,), outputs=(4, 0, 2))
    assert evaluate(model, C3, 4, 300, prefix=(3,), outputs=(4, 0, 2)) == whole
    assert evaluate(model, C3, 4, 300, prefix=(3,)) != whole
    first = np.array([4, 0, 2])[C3.start_index]
    assert evaluate(model, C3, 0, 3, prefix=(3,), outputs=(4, 0, 2)) == (model(torch.tensor([[3]])).argmax() == first)
    for wrong, message in (
        ({"prefix": (4,)}, r"prefix=\(4,\) has letter 4; letters of the network are 0 to 3"),
        ({"outputs": (0, 1)}, r"outputs=\(0, 1\) has 2 entries; the automaton has 3 states"),
        ({"outputs": (0, 1, 5)}, r"outputs=\(0, 1, 5\) has 5 for state 2; scores are 0 to 4"),
        ({"outputs": (0, 1, 1)}, r"has score 1 twice"),
        ({"outputs": "abc"}, r"outputs='abc' has to be a sequence"),
    ):
        with pytest.raises(ModelError, match=message):
            evaluate(model, C3, 3, **wrong)


def test_a_module_that_drops_units_is_told_to_evaluate() -> None:
    model = Tiny(dropout=0.5)
    with pytest.raises(ModelError, match=r"Tiny gives other scores .* again.*call model.eval\(\) first"):
        evaluate(model, C3, 5)
    assert 0 < evaluate(model.eval(), C3, 5) < 1
    with pytest.raises(ModelError, match="a word alone"):  # (time, batch) instead of (batch, time)
        evaluate(nn.Sequential(nn.Embedding(3, 3), Turned()), C3, 8)


class Turned(nn.Module):
    def forward(self, vectors: Tensor) -> Tensor:
        return vectors.cumsum(0)[-1] if vectors.shape[0] == vectors.shape[1] else vectors.sum(1)


def scores(words: Tensor) -> Tensor:
    return torch.zeros(len(words), 3)


@pytest.mark.parametrize(
    ("answers", "error", "message"),
    [
        (lambda words: scores(words)[1:], ModelError, r"shape \(7, 3\) when asked about 8 words of 5 letters"),
        (lambda words: scores(words)[:, :2], ModelError, "gave 2 scores for 8 words .* 3 or more are needed"),
        (lambda words: scores(words) * np.nan, ModelError, "gave NaN as score 0 of the word"),
        (lambda words: scores(words).tolist(), ModelError, "gave list when asked about"),
        (lambda words: (scores(words), None), ModelError, "gave tuple when asked about"),
        (lambda words: scores(words) + 1j, ModelError, "gave torch.complex64 when asked"),
        (lambda words: scores(words)[None], ModelError, r"shape \(1, 8, 3\).*\(batch, states\) is needed"),
        (lambda words: nn.Embedding(2, 3)(words).sum(1), InputError, "raised IndexError .*5 letters.*letters 0 to 2"),
        (3, ModelError, "evaluate needs answers, the first row of the table .* got int"),
    ],
)
def test_what_is_no_answer_is_said(answers: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        evaluate(answers, C3, 5)


def test_the_callables_own_exception_is_the_cause_and_sizes_are_checked() -> None:
    with pytest.raises(InputError) as caught:
        evaluate(lambda words: nn.Embedding(2, 3)(words).sum(1), C3, 5)
    assert isinstance(caught.value.__cause__, IndexError)
    with pytest.raises(ModelError, match="letters=2, the automaton has 3"):
        evaluate(Baseline(2, 4, 3), C3, 5)
    with pytest.raises(ModelError, match="states=2, the automaton has 3"):
        evaluate(Baseline(3, 4, 2), C3, 5)
    with pytest.raises(TaskError, match="size=0"):
        evaluate(Black(C3), C3, 5, size=0)
    with pytest.raises(TaskError, match="-1"):
        evaluate(Black(C3), C3, -1)


@pytest.mark.parametrize("make", [BilinearRNN, Baseline])
def test_models_are_of_single_or_double_precision(make: Any) -> None:
    for dtype in (torch.complex128, torch.float16, torch.int64):
        with pytest.raises(ModelError, match=f"torch.float32 or torch.float64, got {dtype}"):
            make(3, 4, 3, dtype=dtype)
    assert not hasattr(Baseline(3, 4, 3), "additive")
