"""Words in chunks: labels against the automaton, templates, laws, determinism, and what is refused."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from bistate.models import StateTracking, TaskError, generate_words
from bistate.models.tasks import generation
from bistate.theory import Automaton

MAP = Automaton.random(6, 3, kind="map", seed=4)
SHARED = MAP.with_outputs([q % 2 for q in range(6)])


@pytest.mark.parametrize("words", ["uniform", "balanced"])
@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("A", [MAP, SHARED], ids=["states", "outputs"])
def test_labels_are_the_automatons(A: Automaton, every: bool, words: str) -> None:
    rows = [row for c in generate_words(A, 300, lengths=(1, 7), every=every, words=words) for row in c.rows()]
    assert len(rows) == 300
    for word, label in rows:
        states = A.run_batch(np.array([word]), every=True)[0]
        labels = A.label_indices[states].tolist()
        assert label == (labels if every else labels[-1])
    assert set(Counter(len(word) for word, _ in rows)) == set(range(1, 8))


def test_chunks_are_padded_and_go_on_where_the_last_one_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generation, "CHUNK_LETTERS", 70)
    chunks = list(generate_words(MAP, 23, lengths=(0, 7), seed=3))
    assert [len(c.x) for c in chunks] == [10, 10, 3]
    for c in chunks:
        np.testing.assert_array_equal((c.x >= 0).sum(axis=1), c.lengths)
        assert ((c.x[:, 1:] >= 0) <= (c.x[:, :-1] >= 0)).all()
    rows = [row for c in chunks for row in c.rows()]
    assert rows == [row for c in generate_words(MAP, 23, lengths=(0, 7), seed=3) for row in c.rows()]
    more = [row for c in generate_words(MAP, 40, lengths=(0, 7), seed=3) for row in c.rows()]
    assert more[:23] == rows
    assert rows != [row for c in generate_words(MAP, 23, lengths=(0, 7), seed=4) for row in c.rows()]
    assert len({str(row) for row in rows[:10]} & {str(row) for row in rows[10:20]}) < 5


def test_letters_and_lengths_are_uniform() -> None:
    chunks = list(generate_words(MAP, 20_000, lengths=(2, 5)))
    lengths = np.concatenate([c.lengths for c in chunks])
    letters = np.concatenate([c.x[c.x >= 0] for c in chunks])
    assert all(abs((lengths == n).sum() - 5000) < 5 * 62 for n in range(2, 6))
    assert all(abs((letters == x).mean() - 1 / 3) < 5 * (2 / 9 / len(letters)) ** 0.5 for x in range(3))
    places = np.concatenate([np.flatnonzero(c.lengths == 2) / len(c.x) for c in chunks])
    assert abs(places.mean() - 0.5) < 0.02  # lengths are mixed inside a chunk


@pytest.mark.parametrize("bos", [False, True])
@pytest.mark.parametrize("tokens", [1, 2, 3])
def test_templates(bos: bool, tokens: int) -> None:
    plain = [row for c in generate_words(MAP, 50, lengths=(1, 4), every=True) for row in c.rows()]
    made = generate_words(MAP, 50, lengths=(1, 4), every=True, bos=bos, tokens_per_symbol=tokens)
    rows = [row for c in made for row in c.rows()]
    last = generate_words(MAP, 50, lengths=(1, 4), bos=bos, tokens_per_symbol=tokens)
    assert [(word, labels[-1]) for word, labels in rows] == [row for c in last for row in c.rows()]
    for (word, labels), (tokened, said) in zip(plain, rows, strict=True):
        start = [MAP.start_index]
        assert tokened == [3] * bos + [x for x in word for _ in range(tokens)]
        after = [q for before in [*start, *labels[:-1]] for q in [before] * (tokens - 1) + [None]]
        done = iter(labels)
        assert said == start * bos + [next(done) if q is None else q for q in after]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"size": 0}, "size=0"),
        ({"size": 2.5}, "size=2.5"),
        ({"seed": -1}, "seed=-1"),
        ({"tokens_per_symbol": 0}, "tokens_per_symbol=0"),
        ({"lengths": (0, 3), "every": True}, "allows the empty word"),
        ({"lengths": (3, 2)}, "empty"),
        ({"lengths": lambda rng: 3}, "no longest word"),
        ({"lengths": 2_000_000}, "2000000 letters"),
        ({"words": "odd"}, "'odd'"),
    ],
)
def test_what_cannot_be_made_is_refused_at_once(options: dict[str, Any], text: str) -> None:
    with pytest.raises(TaskError, match=text):
        generate_words(MAP, **{"size": 5, **options})


def test_words_go_on_into_a_table() -> None:
    rows = [row for c in generate_words(MAP, 200, lengths=(1, 6)) for row in c.rows()]
    task = StateTracking.from_words(*zip(*rows, strict=True), letters=range(3), states=range(6))
    assert len(task.training) + len(task.validation) == 200
