"""Wrong words are wrong, and short."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import torch
from bistate.models import Baseline, BilinearRNN, InputError, LinearRNN, ModelError, StateTracking, TrainConfig, train
from bistate.theory import Automaton, realize
from bistate.verify import MismatchError, certify, parse_task, refute
from bistate.verify.networks.float_network import float_weights
from bistate.verify.refutation.by_weights import exact_prediction
from helpers.noisy import noisy

S3, C3, PARITY = parse_task("S3"), Automaton.modular_addition(3), Automaton.parity()
A3, START3, ROWS3 = (np.squeeze(values) for values in realize(C3).to_numpy())
WEIGHTS, ANSWERS = "the weights, multiplied exactly", "the answers of the callable"


def test_a_wrong_word_is_wrong_by_fractions_and_short():
    automaton, model = noisy("S3", 5e-2)
    found = refute(model, automaton)
    assert found == refute(model, automaton)  # the same seed, the same word
    assert automaton.run(found.word) == found.true != found.predicted
    A, h, C = float_weights(model)
    word = tuple(automaton.letter_index(x) for x in found.word)
    v = [Fraction(x) for x in h.tolist()]
    for x in word:
        v = [sum(Fraction(a) * b for a, b in zip(row, v, strict=True)) for row in A[x].tolist()]
    logits = [sum(Fraction(a) * b for a, b in zip(row, v, strict=True)) for row in C.tolist()]
    assert logits[automaton.state_index(found.predicted)] >= logits[automaton.state_index(found.true)]
    assert certify(model, automaton).horizon < found.horizon
    assert found.random_horizon is None or found.random_horizon > found.horizon
    for k in range(len(word)):  # no letter can be left out
        shorter = word[:k] + word[k + 1 :]
        true = automaton.start_index
        for x in shorter:
            true = int(automaton.table[true, x])
        assert exact_prediction(A, h, C, shorter, true) is None


def test_no_wrong_word_for_exact_weights_and_bad_arguments():
    model = BilinearRNN.from_weights(realize(S3, "block"), transition="full")
    assert refute(model, S3, longest=100) is None
    with pytest.raises(MismatchError, match="longest=-1 has to be at least 0"):
        refute(model, S3, longest=-1)


def test_an_error_that_a_loop_lets_grow_and_a_later_letter_shows():
    """The unit e grows by a tenth with every a, unseen; b adds it to ±1, turned around, and begins anew."""
    automaton = Automaton(("even", "odd"), ("a", "b"), [[0, 1], [1, 0]], "even")
    A = [np.diag([1, 1, 1.1]), np.array([[-1, 0, 1], [0, 1, 0], [0, 1e-3, 0]])]
    model = LinearRNN.from_arrays(A, [1, 1, 1e-3], [[1, 0, 0], [-1, 0, 0]])
    assert 1e-3 * 1.1**72 < 1 < 1e-3 * 1.1**73
    found = refute(model, automaton)
    assert found.word == ("a",) * 73 + ("b",)
    assert (found.true, found.predicted) == ("odd", "even")
    assert refute(model, automaton, shortest=90).length >= 90


def fractions(values):
    return [fractions(v) for v in values] if isinstance(values, list) else Fraction(values)


def times(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def wrong_by_fractions(net, automaton, word, outputs, prefix=()):
    """From the definition: affine steps, and the readout of the last letter."""
    each = [None if v is None else fractions(v.tolist()) for v in (net.A, net.start, net.readout, net.add, net.bias)]
    A, h, C, add, bias = each
    q = automaton.start_index
    for x in word:
        q = int(automaton.table[q, x])
    for x in (*prefix, *word):
        h = times(A[x], h)
        h = h if add is None else [a + b for a, b in zip(h, add[x], strict=True)]
    last = (*prefix, *word)[-1]
    scores = times(C[last] if net.readout.ndim == 3 else C, h)
    if bias is not None:
        scores = [a + b for a, b in zip(scores, bias[last] if net.bias.ndim == 2 else bias, strict=True)]
    return [k for k, score in enumerate(scores) if k != outputs[q] and score >= scores[outputs[q]]]


@pytest.mark.parametrize("kind", ["plain", "affine", "by the last letter", "more letters and scores"])
def test_any_linear_recurrence_is_multiplied_out(kind):
    random = np.random.default_rng(1)
    A = A3 + 0.01 * random.standard_normal(A3.shape)
    options, prefix, outputs, rows, start = {}, (), (0, 1, 2), ROWS3, START3
    if kind == "affine":
        options = {"add": 0.02 * random.standard_normal(A.shape[:2]), "bias": 0.02 * random.standard_normal(3)}
    elif kind == "by the last letter":
        rows = ROWS3 + 0.05 * random.standard_normal((3, *ROWS3.shape))
        options = {"bias": 0.05 * random.standard_normal((3, 3))}
    elif kind == "more letters and scores":  # letter 3 alone leads from where the network begins into the signal
        hidden, prefix, outputs = len(START3), (3,), (4, 0, 2)
        A = np.pad(A, ((0, 1), (0, 1), (0, 1)))
        A[3, :hidden, hidden] = START3
        start = np.eye(hidden + 1)[hidden]
        rows = np.pad(np.stack([ROWS3[1], 0 * ROWS3[0], ROWS3[2], -ROWS3[0], ROWS3[0]]), ((0, 0), (0, 1)))
    net = LinearRNN.from_arrays(A, start, rows, **options)
    found = refute(net, C3, prefix=prefix, outputs=outputs, longest=300)
    assert found.about == WEIGHTS
    assert found.score in wrong_by_fractions(net, C3, found.word, outputs, prefix)
    assert found.true == C3.run(found.word)
    assert found.predicted == (C3.states[outputs.index(found.score)] if found.score in outputs else None)
    for length in range(1, min(found.length, 6)):  # none of the shortest words is wrong
        assert not any(wrong_by_fractions(net, C3, w, outputs, prefix) for w in product(range(3), repeat=length))
    assert found.length > 1


def test_extra_scores_are_rivals_of_every_state():
    rows = np.concatenate([ROWS3, 1.5 * ROWS3[2:]])  # score 3 is ahead of score 2 wherever this is right
    found = refute(LinearRNN.from_arrays(A3, START3, rows), C3)
    assert (C3.states.index(found.true), found.score, found.predicted, found.length) == (2, 3, None, 1)
    assert refute(LinearRNN.from_arrays(A3, START3, rows), C3, outputs=(0, 1, 3)) is None


class Black:
    """An automaton that answers, wrongly where `wrong` says so; a score says how near a word is to a wrong answer."""

    def __init__(self, automaton, wrong, near=lambda word: 0.0):
        self.automaton, self.wrong, self.near, self.asked = automaton, wrong, near, []

    def __call__(self, words):
        self.asked.append(tuple(words.shape))
        states = self.automaton.run_batch(words.numpy())
        scores = np.eye(len(self.automaton.states))[states] * 1.0
        for k, word in enumerate(words.tolist()):
            scores[k, (states[k] + 1) % scores.shape[1]] = 2.0 if self.wrong(tuple(word)) else self.near(word)
        return scores


def test_short_wrong_words_of_a_callable_are_shortest():
    planted = {(2, 1, 0, 2), (1, 1, 1, 1, 1), (0,) * 6}
    black = Black(C3, lambda word: word in planted)
    found = refute(black, C3)
    assert (found.word, found.about, found.score) == ((2, 1, 0, 2), ANSWERS, C3.state_index(found.predicted))
    assert (found.true, found.predicted) == ((2 + 1 + 2) % 3, (2 + 1 + 2 + 1) % 3)
    assert black.asked[-1] == (1, 4)  # once more, and alone
    assert found == refute(Black(C3, lambda word: word in planted), C3)
    assert refute(Black(C3, lambda word: word in planted), C3, longest=3) is None
    assert refute(Black(C3, lambda word: word in planted), C3, shortest=5).length == 5
    assert refute(Black(C3, lambda word: False), C3, longest=60) is None


def test_the_empty_word_counts_when_asked_for():
    for model in (
        Black(PARITY, lambda word: not word),
        LinearRNN.from_arrays([np.eye(3)[[0, 1, 2]], np.eye(3)[[1, 0, 2]]], [1, 0, 1], [[1, 0, 0], [0, 1, 0.0]]),
    ):
        assert refute(model, PARITY, longest=50) is None
    assert refute(Black(PARITY, lambda word: not word), PARITY, shortest=0).word == ()
    wrong_start = LinearRNN.from_arrays([[[0, 1, 0.5], [1, 0, 0.5], [0, 0, 0]]] * 2, [1, 1, 0], np.eye(3)[:2])
    assert refute(wrong_start, PARITY, shortest=0).word == ()
    assert refute(wrong_start, PARITY).length == 1


def test_powers_and_lengthened_words_reach_errors_that_are_far_away():
    found = refute(Black(C3, lambda word: len(word) >= 40 and word == (1, 2) * (len(word) // 2)), C3)
    assert (found.word, found.random_horizon) == ((1, 2) * 20, None)

    # Wrong as soon as nine more ones than zeros were read: near is how many there are.
    def excess(word):
        return word.count(1) - word.count(0)

    found = refute(Black(PARITY, lambda w: excess(w) >= 9, lambda w: 0.9 * min(9, max(0, excess(w))) / 9), PARITY)
    assert found.word == (1,) * 9
    assert found.random_horizon > 9

    # One that neither powers nor random words meet: a word to be found letter by letter.
    secret = tuple(np.random.default_rng(3).integers(2, size=24).tolist())

    def known(w):
        return next((k for k, (a, b) in enumerate(zip(w, secret, strict=False)) if a != b), len(w))

    found = refute(Black(PARITY, lambda w: w == secret, lambda w: 0.9 * known(w) / 24), PARITY)
    assert (found.word, found.random_horizon) == (secret, None)


def test_what_is_found_is_shrunk():
    """Wrong where there are twelve ones, two twos and a zero: words that show it are longer at first."""

    def wrong(word):
        return word.count(1) >= 12 and word.count(2) >= 2 and word.count(0) >= 1

    found = refute(Black(C3, wrong), C3)
    assert wrong(found.word)
    assert found.length == 15 < found.random_horizon


class Marked(torch.nn.Module):
    """Reads a letter 5 first; scores 3, 1, 4 are the states 0, 1, 2; it forgets what lies more than eight back."""

    def __init__(self):
        super().__init__()
        self.register_buffer("place", torch.tensor([3, 1, 4]))

    def forward(self, words):
        assert (words[:, 0] == 5).all()
        scores = torch.zeros(len(words), 6)
        states = words[:, 1:][:, -8:].sum(1) % 3
        scores[torch.arange(len(words)), self.place[states]] = 1
        return scores


def test_prefix_and_outputs_of_a_callable():
    found = refute(Marked(), C3, prefix=(5,), outputs=torch.tensor([3, 1, 4]))
    assert found.length == 9
    assert sum(found.word) % 3 == found.true != found.predicted == sum(found.word[-8:]) % 3
    assert found.score == (3, 1, 4)[found.predicted]
    assert refute(Marked(), C3, prefix=(5,), outputs=(3, 1, 4), longest=8, shortest=0) is None
    assert refute(Marked(), C3, prefix=(5,)).predicted is None  # score 3 stands for no state then
    with pytest.raises(InputError, match=r"(?s)Marked raised AssertionError .*longest=500") as caught:
        refute(Marked(), C3)
    assert isinstance(caught.value.__cause__, AssertionError)


def test_baselines_and_affine_networks_that_are_normalised_answer():
    run = train(
        Baseline(2, 8, 2, "lstm", seed=1),
        StateTracking(PARITY, lengths=(1, 6), every=True),
        TrainConfig(steps=60, lr=2e-2, validate_every=60, weight_decay=0.0, threads=1),
        progress=False,
    )
    affine = BilinearRNN(2, 4, 2, additive=True, seed=1)
    torch.nn.init.normal_(affine.shift)
    for model in (run.model, affine):
        found = refute(model, PARITY, longest=200)
        assert found.about == ANSWERS
        with torch.no_grad():
            scores = model(torch.tensor([found.word]))[0]
        assert scores[PARITY.state_index(found.predicted)] >= scores[PARITY.state_index(found.true)]
        assert PARITY.run(found.word) == found.true
        # With and without scores at every position the search is the same, but for what random words are asked.
        plain = refute(lambda words, model=model: model(words), PARITY, longest=200)
        assert plain.length >= found.length


def test_what_cannot_be_asked_is_said():
    fitting = LinearRNN.from_arrays(A3, START3, np.repeat(ROWS3[None], 3, 0))
    for wrong, message in (
        ({"shortest": -1}, "shortest=-1 has to be an integer"),
        ({"prefix": (7,)}, r"prefix=\(7,\) has letter 7"),
        ({"outputs": (0, 1)}, r"outputs=\(0, 1\) has 2 entries"),
        ({"width": 0}, "width=0 at least 1"),
        ({"shortest": 0}, "the empty word has no scores; shortest=0 needs a prefix"),
    ):
        with pytest.raises(MismatchError, match=message):
            refute(fitting, C3, **wrong)
    with pytest.raises(MismatchError, match="states=2, the automaton has 3"):
        refute(Baseline(3, 4, 2), C3)
    with pytest.raises(ModelError, match=r"2 scores for .* 3 or more are needed"):
        refute(lambda words: torch.zeros(len(words), 2), C3)
    with pytest.raises(ModelError, match="refute needs answers"):
        refute("lstm", C3)
    dropping = torch.nn.Sequential(torch.nn.Embedding(3, 3), torch.nn.Dropout(0.5), Last())
    with pytest.raises(ModelError, match=r"call model.eval\(\) first"):
        refute(dropping, C3)
    broken = LinearRNN.from_arrays(A3, START3, ROWS3)
    broken.A[0, 0, 0] = math.nan
    with pytest.raises(ModelError, match=r"A\[0, 0, 0\] is nan"):
        refute(broken, C3)


class Last(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(3, 3)  # a layer of this name is no recurrence

    def forward(self, vectors):
        return self.linear(vectors.sum(1))


def test_a_layer_called_linear_is_no_recurrence():
    class Own(torch.nn.Module):
        letters, states = 3, 3

        def __init__(self):
            super().__init__()
            self.linear = torch.nn.Linear(3, 3)

        def forward(self, words):
            return self.linear(torch.nn.functional.one_hot(words, 3).float().sum(1))

    assert refute(Own(), C3).about == ANSWERS
