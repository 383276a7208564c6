"""Words whose labels or states at the end are uniform: the law, its chance level, training and accuracy."""

from __future__ import annotations

import itertools
from collections import Counter
from fractions import Fraction

import pytest
import torch
from bistate.models import BilinearRNN, StateTracking, TrainConfig, evaluate, train
from bistate.models.errors import TaskError
from bistate.models.tasks.word_laws import balanced_words
from bistate.theory import Automaton, realize

LANGUAGE = Automaton.from_regex("(ab)*").acceptor()
SUMS = Automaton.arithmetic(3)  # digits and operators in turn: 1, 3, 5, … letters
MERGING = Automaton.random(5, 3, seed=2).with_outputs([0, 0, 1, 1, 1])


@pytest.mark.parametrize("over", ["balanced", "balanced_states"])
@pytest.mark.parametrize("length", [0, 1, 4])
def test_the_law_is_that_of_the_definition(over: str, length: int) -> None:
    A, count = MERGING, 40_000
    kind = A.output if over == "balanced" else A.run
    words = list(itertools.product(range(3), repeat=length))
    sizes = Counter(kind(w) for w in words)
    wanted = {w: 1 / (len(sizes) * sizes[kind(w)]) for w in words}
    drawn = balanced_words(A, over).draw(torch.full((count,), length), torch.Generator().manual_seed(1))
    found = Counter(map(tuple, drawn.T.tolist()))
    assert set(found) <= set(wanted)
    # chi-squared, with a chance below 1e-6 to fail for a right law: mean k, variance 2k
    chi = sum((found[w] - count * p) ** 2 / (count * p) for w, p in wanted.items())
    assert chi < len(words) + 6 * (2 * len(words)) ** 0.5 + 25


@pytest.mark.parametrize("over", ["accepted", "balanced_accepted"])
@pytest.mark.parametrize("length", [1, 3])
def test_the_laws_of_accepted_words_are_those_of_the_definition(over: str, length: int) -> None:
    count = 40_000
    words = [
        w for w in itertools.product(range(6), repeat=length) if all((x < 3) == (t % 2 == 0) for t, x in enumerate(w))
    ]
    value = lambda w: eval("".join("012+-*"[x] for x in w)) % 3  # noqa: E731
    sizes = Counter(value(w) if over == "balanced_accepted" else "all" for w in words)
    wanted = {w: 1 / (len(sizes) * sizes[value(w) if over == "balanced_accepted" else "all"]) for w in words}
    drawn = balanced_words(SUMS, over).draw(torch.full((count,), length), torch.Generator().manual_seed(2))
    found = Counter(map(tuple, drawn.T.tolist()))
    assert set(found) <= set(wanted)
    chi = sum((found[w] - count * p) ** 2 / (count * p) for w, p in wanted.items())
    assert chi < len(words) + 6 * (2 * len(words)) ** 0.5 + 25
    largest = max(Counter(map(value, words)).values())
    chance = StateTracking(SUMS, lengths=(1, 9), words=over).chance_level(length)
    assert chance == (Fraction(1, 3) if over == "balanced_accepted" else Fraction(largest, len(words)))


def test_lengths_without_accepted_words_are_left_out() -> None:
    task = StateTracking(SUMS, lengths=(2, 8), words="accepted")
    assert task.law.lengths == (3, 5, 7)
    assert task.length_near(500) == 499
    assert StateTracking(SUMS, lengths=(2, 8)).length_near(500) == 500
    x, y = task.batch(50, 3)
    assert x.shape[1] in (3, 5, 7)
    assert all(SUMS.run([SUMS.letters[k] for k in w]) in SUMS.accepting for w in x.tolist())
    assert [SUMS.labels[k] for k in y.tolist()] == [SUMS.output([SUMS.letters[k] for k in w]) for w in x.tolist()]
    for wrong in (lambda: StateTracking(SUMS, lengths=4, words="accepted"), lambda: task.chance_level(4)):
        with pytest.raises(TaskError, match="accepted"):
            wrong()
    with pytest.raises(TaskError, match="no words of 4 letters"):
        task.sample(3, 4)
    with pytest.raises(TaskError, match="accepting states"):
        StateTracking(Automaton.parity(), words="accepted")


def test_accepted_words_are_asked_about_in_evaluate() -> None:
    exact = BilinearRNN.from_weights(realize(SUMS), dtype=torch.float64)
    for law in ("accepted", "balanced_accepted"):
        assert evaluate(exact, SUMS, 49, words=law, size=200) == 1.0
    assert evaluate(exact, StateTracking(SUMS, lengths=(1, 9), words="accepted"), 9, every=True) == 1.0
    always_none = lambda words: torch.eye(4)[[0] * len(words)]  # noqa: E731
    assert SUMS.labels[0] is None
    assert evaluate(always_none, SUMS, 49) > 0.99
    assert evaluate(always_none, SUMS, 49, words="accepted") == 0.0


def test_rare_labels_of_long_words_are_half_of_them() -> None:
    x = balanced_words(LANGUAGE, "balanced").draw(torch.full((400,), 1000), torch.Generator().manual_seed(0))
    accepted = LANGUAGE.run_batch(x.T.numpy()) == LANGUAGE.start_index  # one word in 2**1000
    assert 140 < accepted.sum() < 260


def test_words_of_several_lengths_are_drawn_together() -> None:
    lengths = torch.tensor([0, 3, 6, 6, 2] * 50)
    x = balanced_words(LANGUAGE, "balanced").draw(lengths, torch.Generator().manual_seed(0))
    assert x.shape == (6, 250)
    accepted = [
        LANGUAGE.output(["ab"[k] for k in word[:n]]) for word, n in zip(x.T.tolist(), lengths.tolist(), strict=True)
    ]
    assert all(accepted[::5])  # the empty word
    assert not any(accepted[1::5])  # no word of three letters
    assert 20 < sum(accepted[2::5]) + sum(accepted[3::5]) < 80


@pytest.mark.parametrize("automaton", [LANGUAGE, MERGING])
@pytest.mark.parametrize("words", ["balanced", "balanced_states"])
def test_chance_counts_what_words_of_the_length_can_end_with(automaton: Automaton, words: str) -> None:
    task = StateTracking(automaton, words=words)
    for n in range(5):
        ends = {automaton.run(w) for w in itertools.product(automaton.letters, repeat=n)}
        kinds = Counter(automaton.outputs[automaton.state_index(q)] for q in ends)  # type: ignore[index]
        if words == "balanced":
            kinds = Counter(dict.fromkeys(kinds, 1))
        assert task.chance_level(n) == Fraction(max(kinds.values()), sum(kinds.values()))
    assert task.chance_level(2, "uniform") == StateTracking(automaton).chance_level(2)


def test_batches_resume_and_samples_differ_from_them() -> None:
    task, again = (StateTracking(LANGUAGE, lengths=(2, 8), words="balanced", seed=3) for _ in range(2))
    x, y = task.batch(32, 7)
    assert torch.equal(x, again.batch(32, 7)[0])
    assert [LANGUAGE.labels[k] for k in y.tolist()] == [LANGUAGE.output(["ab"[k] for k in w]) for w in x.tolist()]
    assert task.fingerprint["words"] == "balanced"
    assert "words" not in StateTracking(LANGUAGE).fingerprint
    assert 300 < int((task.sample(1000, 40)[1] == 0).sum()) < 700


def test_accuracy_of_what_knows_nothing_is_one_half() -> None:
    always_no = torch.tensor([[0.0, 1.0]])
    knows_nothing = lambda words: always_no.expand(len(words), 2)  # noqa: E731
    assert evaluate(knows_nothing, LANGUAGE, 50) == 1.0
    assert 0.4 < evaluate(knows_nothing, LANGUAGE, 50, words="balanced") < 0.6
    assert 0.4 < evaluate(knows_nothing, StateTracking(LANGUAGE, words="balanced"), 50) < 0.6
    exact = BilinearRNN.from_weights(realize(LANGUAGE), dtype=torch.float64)
    assert evaluate(exact, LANGUAGE, 50, words="balanced") == 1.0


def test_a_model_is_trained_on_balanced_words() -> None:
    model = BilinearRNN(letters=2, hidden=8, states=2, seed=0)
    train(model, StateTracking(LANGUAGE, lengths=(1, 6), words="balanced"), TrainConfig(steps=400, lr=0.01))
    assert evaluate(model, LANGUAGE, 6, words="balanced") > 0.95


def test_normalised_accuracy_is_one_for_what_is_right_and_refused_where_it_says_nothing() -> None:
    task = StateTracking(LANGUAGE)
    assert task.chance_normalised(1.0, 500) == 1.0
    with pytest.raises(TaskError, match="says nothing"):
        task.chance_normalised(0.999, 500)
    assert task.chance_normalised(0.75, 500, words="balanced") == 0.5
    with pytest.raises(TaskError, match="chance level is 1"):
        StateTracking(Automaton.parity().with_outputs([0, 0])).chance_normalised(1.0, 5)


def test_wrong_laws_are_named() -> None:
    with pytest.raises(TaskError, match="'uniform', 'balanced', 'balanced_states', 'accepted', 'balanced_accepted'"):
        StateTracking(LANGUAGE, words="even")
    with pytest.raises(TaskError, match="every=True"):
        evaluate(lambda words: words, LANGUAGE, 5, every=True, words="balanced")
    with pytest.raises(TaskError, match="counts"):
        StateTracking(LANGUAGE, words="balanced").sample(1, 30_000_000)
