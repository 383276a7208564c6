"""StateTracking: labels against the automaton itself, determinism, exact chance, length laws, speed."""

import itertools
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
import torch
from bistate.models import StateTracking, TaskError, length_law, word_pieces
from bistate.theory.automata.automaton import Automaton
from hypothesis import given, settings
from hypothesis import strategies as st

C5 = Automaton.modular_addition(5)
MAP = Automaton.random(6, 3, kind="map", seed=4)


@given(seed=st.integers(0, 50), size=st.integers(1, 9), step=st.integers(0, 300), every=st.booleans())
@settings(max_examples=40, deadline=None)
def test_labels_are_the_automatons_states(seed: int, size: int, step: int, every: bool) -> None:
    x, y = StateTracking(MAP, lengths=(1, 6), every=every, seed=seed).batch(size, step)
    assert x.dtype == y.dtype == torch.long
    assert x.shape[0] == size
    assert 1 <= x.shape[1] <= 6
    np.testing.assert_array_equal(y.numpy(), MAP.run_batch(x.numpy(), every=every))


@pytest.mark.parametrize("every", [False, True])
def test_batches_depend_on_seed_and_step_alone(every: bool) -> None:
    def batches(task: StateTracking, steps: list[int]) -> dict[int, tuple[torch.Tensor, torch.Tensor]]:
        return {n: task.batch(4, n) for n in steps}

    steps = [0, 1, 127, 128, 129, 1000]
    forward = batches(StateTracking(C5, seed=3, every=every), steps)
    backward = batches(StateTracking(C5, seed=3, every=every), steps[::-1])
    for n in steps:
        assert all(torch.equal(a, b) for a, b in zip(forward[n], backward[n], strict=True))
    assert len({str(x.tolist()) for x, _ in forward.values()}) == len(steps)
    other = StateTracking(C5, seed=4, every=every).batch(4, 0)
    assert not torch.equal(other[0], forward[0][0])
    assert not torch.equal(StateTracking(C5, seed=3, every=every).batch(4, 0, stream=1)[0], forward[0][0])


def test_generation_leaves_the_global_random_state_alone() -> None:
    torch.manual_seed(1)
    state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()  # type: ignore[index] # noqa: NPY002
    StateTracking(C5).batch(8, 0)
    StateTracking(C5).sample(8, 5)
    assert torch.equal(torch.get_rng_state(), state)
    np.testing.assert_array_equal(np.random.get_state()[1], numpy_state)  # type: ignore[index] # noqa: NPY002


def test_lengths_and_letters_are_uniform() -> None:
    task = StateTracking(C5, lengths=(2, 5))
    seen = [task.batch(16, n)[0] for n in range(2000)]
    lengths = Counter(x.shape[1] for x in seen)
    assert set(lengths) == {2, 3, 4, 5}
    assert all(abs(n - 500) < 5 * 20 for n in lengths.values())  # five standard deviations
    letters = torch.bincount(torch.cat([x.flatten() for x in seen]), minlength=5).double()
    expected = letters.sum() / 5
    assert (letters - expected).abs().max() < 5 * expected.sqrt()


@pytest.mark.parametrize("every", [False, True])
def test_sample_is_made_of_its_pieces(every: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bistate.models.tasks.task.STREAM_LETTERS", 40)
    task = StateTracking(MAP, every=every)
    x, y = task.sample(10, 23, seed=5)
    assert x.shape == (10, 23)
    np.testing.assert_array_equal(y.numpy(), MAP.run_batch(x.numpy(), every=every))
    pieces = [p for p, _ in word_pieces(MAP, 10, 23, seed=5)]
    assert [p.shape[1] for p in pieces] == [4] * 5 + [3]
    assert torch.equal(torch.cat(pieces, 1), x)
    assert not torch.equal(task.sample(10, 23, seed=6)[0], x)


def test_the_empty_word_ends_in_the_start_state() -> None:
    x, y = StateTracking(C5, lengths=0).batch(3, 0)
    assert x.shape == (3, 0)
    assert y.tolist() == [C5.start_index] * 3
    assert StateTracking(C5).sample(3, 0)[1].tolist() == [C5.start_index] * 3


@given(states=st.integers(1, 4), letters=st.integers(1, 3), length=st.integers(0, 5), seed=st.integers(0, 20))
@settings(max_examples=40, deadline=None)
def test_chance_level_is_the_best_constant(states: int, letters: int, length: int, seed: int) -> None:
    try:
        automaton = Automaton.random(states, letters, kind="map", seed=seed)
    except ValueError:  # no automaton of this size with every state reachable
        return
    ends: Counter[int] = Counter()
    for word in itertools.product(range(letters), repeat=length):
        q = automaton.start_index
        for letter in word:
            q = int(automaton.table[q, letter])
        ends[q] += 1
    exact = StateTracking(automaton).chance_level(length)
    assert exact == Fraction(max(ends.values()), letters**length)


def test_chance_of_known_tasks() -> None:
    task = StateTracking(C5)
    assert task.chance_level(0) == 1
    assert task.chance_level(500) == Fraction(1, 5)
    assert task.chance == Fraction(1, 5)
    assert StateTracking(C5, lengths={0: 1, 3: 3}).chance == Fraction(1, 4) + Fraction(3, 4) * Fraction(1, 5)
    assert task.chance_normalised(0.2, 500) == pytest.approx(0)
    assert task.chance_normalised(1.0, 500) == 1
    with pytest.raises(TaskError, match="length 0"):
        task.chance_normalised(0.5, 0)
    with pytest.raises(TaskError, match="no known distribution"):
        StateTracking(C5, lengths=lambda rng: 3).chance


@pytest.mark.parametrize(
    ("lengths", "choices", "support"),
    [(4, None, {4}), ((2, 3), None, {2, 3}), ({3: 1, 7: 0.5}, None, {3, 7}), (9, [1, 6], {1, 6})],
)
def test_length_laws(lengths: object, choices: list[int] | None, support: set[int]) -> None:
    task = StateTracking(C5, lengths=lengths, choices=choices)
    assert {task.batch(2, n)[0].shape[1] for n in range(100)} == support


def test_a_function_is_a_length_law() -> None:
    task = StateTracking(C5, lengths=lambda rng: int(rng.geometric(0.3)))
    lengths = [task.batch(2, n)[0].shape[1] for n in range(200)]
    assert min(lengths) == 1
    assert max(lengths) > 5
    assert length_law({2: 1, 4: 3}).weights == (Fraction(1, 4), Fraction(3, 4))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lengths": (5, 2)}, r"empty: lengths=\(5, 2\)"),
        ({"lengths": {}}, "empty: lengths={}"),
        ({"lengths": {3: 0}}, "empty"),
        ({"choices": []}, r"empty: choices=\[\]"),
        ({"lengths": -1}, "got -1"),
        ({"lengths": (-3, 2)}, "got -3"),
        ({"lengths": {2: -1}}, "got -1"),
        ({"lengths": {2: float("nan")}}, "got nan"),
        ({"lengths": (1.5, 2)}, "got 1.5"),
        ({"lengths": "ten"}, "got 'ten'"),
        ({"lengths": (1, 2, 3)}, r"got \(1, 2, 3\)"),
        ({"lengths": (0, 4), "every": True}, "allows the empty word"),
        ({"seed": -1}, "got -1"),
    ],
)
def test_bad_tasks_are_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(TaskError, match=message):
        StateTracking(C5, **options)  # type: ignore[arg-type]


def test_bad_requests_are_named() -> None:
    task = StateTracking(C5)
    with pytest.raises(TaskError, match="size=0"):
        task.batch(0, 1)
    with pytest.raises(TaskError, match="step=-1"):
        task.batch(2, -1)
    with pytest.raises(TaskError, match="size=0"):
        task.sample(0, 5)
    with pytest.raises(TaskError, match="got -5"):
        task.sample(2, -5)
    with pytest.raises(TaskError, match="got -2"):
        StateTracking(C5, lengths=lambda rng: -2).batch(2, 0)


@pytest.fixture
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
