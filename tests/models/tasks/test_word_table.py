"""A user's own words: batches, the split, training that resumes, accuracy beside chance, and what is refused."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from bistate.models import BilinearRNN, ModelError, StateTracking, TaskError, TrainConfig, WordTable, evaluate, train
from bistate.theory import Automaton, realize

C3 = Automaton.modular_addition(3)


def drawn(count: int = 400, every: bool = False, seed: int = 0) -> tuple[list[list[int]], list[Any]]:
    """Words of one to five letters of C3 with their labels."""
    random = np.random.default_rng(seed)
    words = [random.integers(3, size=random.integers(1, 6)).tolist() for _ in range(count)]
    if every:
        return words, [(np.cumsum(word) % 3).tolist() for word in words]
    return words, [sum(word) % 3 for word in words]


def rows(task: WordTable, which: Any) -> Counter[tuple[int, ...]]:
    words = task.words.words()
    return Counter(tuple(words[k]) for k in which)


@pytest.mark.parametrize("every", [False, True])
def test_batches_are_words_of_the_table_of_one_length_with_their_labels(every: bool) -> None:
    words, labels = drawn(every=every)
    task = StateTracking.from_words(words, labels)
    known = {tuple(word): label for word, label in zip(words, labels, strict=True)}
    training, lengths = set(rows(task, task.training)), Counter()
    for step in range(60):
        x, y = task.batch(7, step)
        assert x.dtype == y.dtype == torch.long
        assert len(x) == 7
        lengths[x.shape[1]] += 1
        for word, label in zip(x.tolist(), y.tolist(), strict=True):
            assert known[tuple(word)] == label
            assert tuple(word) in training
    assert len(lengths) == 5
    again = StateTracking.from_words(words, labels)
    for step in (59, 3, 0):
        assert all(torch.equal(a, b) for a, b in zip(task.batch(7, step), again.batch(7, step), strict=True))
    assert not torch.equal(task.batch(50, 1, stream=1)[0], task.batch(50, 1, stream=2)[0])


def test_words_held_out_are_in_no_batch_and_given_in_full() -> None:
    task = StateTracking.from_words(*drawn(), validation=0.25, seed=5)
    assert not set(rows(task, task.training)) & set(rows(task, task.validation))
    assert sorted([*task.training, *task.validation]) == list(range(400))
    assert 100 <= len(task.validation) <= 170  # one-letter words are many times in the table, and stay together
    given = [x for x, _ in task.held_out()]
    assert sum(map(len, given)) == len(task.validation)
    assert sum(len(x) for x, _ in task.held_out(20)) == 20
    assert [x.shape[1] for x, _ in task.held_out(length=4)] == [4]


def test_orders_of_letters_and_labels() -> None:
    words, labels = ["ba", "b", "ab", "bb"], [("no",), ("yes",), ("no",), ("yes",)]
    task = StateTracking.from_words(words, labels)
    assert (task.letters, task.labels) == (("a", "b"), (("no",), ("yes",)))  # sorted; first seen
    given = StateTracking.from_words(words, labels, letters="cba", states=[("yes",), ("no",)])
    assert given.words.words()[0] == [1, 2]
    assert given.words.y.tolist() == [1, 0, 1, 0]
    array = StateTracking.from_words(np.array([[0, 1], [1, 1]]), np.array([[0, 1], [1, 0]]), validation=0.5)
    assert array.every
    assert array.letters == (0, 1)
    assert not StateTracking.from_words(["a", "b"], [[0], [1]], every=True, validation=0.5).words.y[0]


def test_a_validation_set_of_its_own() -> None:
    task = StateTracking.from_words(["a", "ab"], [0, 1], validation=(["bbb", "c"], [1, 0]))
    assert [x.tolist() for x, _ in task.held_out()] == [[[2]], [[1, 1, 1]]]
    assert task.letters == ("a", "b", "c")
    assert {tuple(task.batch(1, n)[0][0].tolist()) for n in range(20)} == {(0,), (0, 1)}


@pytest.mark.parametrize("every", [False, True])
def test_training_resumes_and_accuracy_stands_beside_chance(every: bool, tmp_path: Path) -> None:
    task = StateTracking.from_words(*drawn(every=every))
    config = TrainConfig(steps=30, batch=32, validate_every=10, checkpoint_every=10, threads=1)

    def stop(step: int) -> None:
        if step == 15:
            raise KeyboardInterrupt

    whole = BilinearRNN(3, 8, 3, seed=1)
    run = train(whole, task, config)
    halves = BilinearRNN(3, 8, 3, seed=1)
    with pytest.raises(KeyboardInterrupt):
        train(halves, task, config, directory=tmp_path / "run", callback=stop)
    halves = BilinearRNN(3, 8, 3, seed=1)
    resumed = train(halves, StateTracking.from_words(*drawn(every=every)), config, directory=tmp_path / "run")
    assert resumed.history == run.history
    assert torch.equal(whole.readout, halves.readout)
    words, labels = drawn(every=every)
    held = sum(len(x) for x, _ in task.held_out())
    right = sum(int((whole(x).argmax(-1) == (y[:, -1] if every else y)).sum()) for x, y in task.held_out())
    assert evaluate(whole, task, normalize=whole.normalize) == run.history[-1]["accuracy"] == right / held
    other = StateTracking.from_words(words, labels, seed=1)
    assert other.fingerprint != task.fingerprint
    labels[0] = labels[1]
    words[0] = words[1]
    assert StateTracking.from_words(words, labels).fingerprint != task.fingerprint


def test_exact_weights_are_right_on_every_word_held_out() -> None:
    model = BilinearRNN.from_weights(realize(C3, "full"), "full")
    task = StateTracking.from_words(*drawn(every=True))
    assert evaluate(model, task) == evaluate(model, task, every=True) == evaluate(model, task, 3) == 1
    assert evaluate(lambda words: np.eye(3)[words.sum(1).numpy() * 0], task) == pytest.approx(
        np.mean([y == 0 for _, ys in task.held_out() for y in ys[:, -1].tolist()])
    )
    table = StateTracking.from_words(["a", "b"], [0, 0], validation=(["a", "b", "ab", "ba"], [0, 0, 0, 1]))
    assert table.chance == Fraction(3, 4)
    assert table.chance_normalised(0.75) == 0
    assert table.chance_level(2) == Fraction(1, 2)


@pytest.mark.parametrize(
    ("words", "labels", "options", "text"),
    [
        ([], [], {}, "at least one word, got words=\\[\\]"),
        (["a", "b"], [0], {}, "2 words and 1 labels"),
        (["a", 5], [0, 1], {}, "word 1 is 5"),
        (["ab", "b"], [[0, 1], [1, 1]], {}, "word 1 has 1 letters and 2 labels, \\[1, 1\\]"),
        (["ab", "b"], [[0, 1], 1], {}, "labels 1 are 1, others are lists"),
        (["ab", ""], [[0, 1], []], {}, "word 1 is empty"),
        (["ab", "c"], [0, 1], {"letters": "ab"}, "letter 'c' of word 1 is not in the list given: 'a', 'b'"),
        (["ab", "c"], [0, 7], {"states": [0, 1]}, "label 7 of word 1 is not in the list"),
        (["ab", "c"], [0, 7], {"letters": "aba"}, "has 'a' twice"),
        ([[[1]], "b"], [0, 1], {}, "letters have to be hashable.*got \\[1\\]"),
        (["ab", "c"], [0, 1], {"validation": 1.5}, "validation is a share.*got 1.5"),
        (["ab", "c"], [0, 1], {"validation": True}, "got True"),
        (["ab", "ab"], [0, 1], {}, "leaves nothing to train on: the table has 1 different word"),
        (["ab", "c"], [0, 1], {"seed": -1}, "got -1"),
        (["ab", "c"], [0, 1], {"device": "moon"}, "moon"),
        ("", [], {}, "words=''"),
        (7, [], {}, "words=7"),
    ],
)
def test_what_is_no_table_is_refused(words: Any, labels: Any, options: dict[str, Any], text: str) -> None:
    with pytest.raises(TaskError, match=text):
        StateTracking.from_words(words, labels, **options)


def test_questions_a_table_cannot_answer() -> None:
    task, model = StateTracking.from_words(*drawn()), BilinearRNN(3, 4, 3)
    for call, text in (
        (lambda: evaluate(model, task, words="balanced"), "words='balanced'"),
        (lambda: evaluate(model, task, every=True), "labels whole words"),
        (lambda: evaluate(model, task, 99), "no word of length 99 is held out; lengths that are: 2, 3, "),
        (lambda: evaluate(model, C3), "length=None"),
        (lambda: task.batch(0, 1), "size=0"),
        (lambda: train(model, task, TrainConfig(steps=1, validate_length=50)), "no word of length 50"),
    ):
        with pytest.raises(TaskError, match=text):
            call()
    with pytest.raises(ModelError, match="states=5, the table of words has 3"):
        train(BilinearRNN(3, 4, 5), task, TrainConfig(steps=1))
    with pytest.raises(ModelError, match="letters=2, the table of words has 3"):
        evaluate(BilinearRNN(2, 4, 3), task)
