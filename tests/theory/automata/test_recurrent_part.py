"""Parts of automata that letters permute, against planted ones and against the definition on random automata."""

import itertools

import numpy as np
import pytest
from bistate.groups import SymmetricGroup
from bistate.theory import Automaton, AutomatonError
from bistate.theory.automata.recurrent_part import RecurrentPart, recurrent_part


def late(automaton: Automaton, steps: int = 1) -> Automaton:
    """The automaton after `steps` letters that it does not listen to."""
    n, letters = len(automaton.states), len(automaton.letters)
    rows = [[n + k + 1] * letters for k in range(steps - 1)] + [list(automaton.table[automaton.start_index])]
    return Automaton(
        [*automaton.states, *(f"before {k}" for k in range(steps))],
        automaton.letters,
        [*automaton.table.tolist(), *rows],
        "before 0",
    )


def with_letter(automaton: Automaton, name: str, column: list[int], rows: int = 0) -> Automaton:
    """One more letter, and states at the end that every letter keeps."""
    n = len(automaton.states)
    table = [[*row, column[q]] for q, row in enumerate(automaton.table.tolist())]
    table += [[n + k] * (len(automaton.letters) + 1) for k in range(rows)]
    states = [*automaton.states, *(f"sink {k}" for k in range(rows))]
    return Automaton(states, [*automaton.letters, name], table, automaton.start)


S3 = Automaton.word_problem(SymmetricGroup(3))


def test_a_group_task_is_its_own_part() -> None:
    part = recurrent_part(S3)
    assert part.automaton is S3
    assert part.entry == part.resets == part.leaving == part.merging == ()
    assert str(part) == "S3"


@pytest.mark.parametrize(("steps", "said"), [(1, "C2, after one letter"), (3, "C2, after 3 letters")])
def test_a_start_that_is_left_for_ever(steps: int, said: str) -> None:
    part = recurrent_part(late(Automaton.parity(), steps))
    assert part.description == said
    assert part.automaton.states == (0, 1)
    assert len(part.entry) == steps
    assert part.whole.run(part.entry) == part.automaton.start


def test_a_letter_that_resets() -> None:
    part = recurrent_part(with_letter(S3, "BOS", [0] * 6))
    assert part.resets == ("BOS",)
    assert part.automaton.letters == S3.letters
    assert (part.automaton.table == S3.table).all()
    assert part.description == "S3; 'BOS' resets"
    assert part.staying.tolist() == list(range(7))
    assert part.letters.tolist() == list(range(6))


def test_a_reset_to_a_state_before_the_group() -> None:
    """A first token: the component holds the state before as well, and no letter permutes it."""
    whole = with_letter(late(S3), "BOS", [6] * 7)
    part = recurrent_part(whole)
    assert part.automaton.states == S3.states
    assert part.leaving == ("BOS",)
    assert part.description == "S3, after one letter; 'BOS' leads out"


def test_a_sink() -> None:
    part = recurrent_part(with_letter(Automaton.modular_addition(4), "end", [4] * 4, rows=1))
    assert part.leaving == ("end",)
    assert part.automaton.states == (0, 1, 2, 3)
    assert part.description == "C4; 'end' leads out"
    assert part.staying.tolist() == [0, 1, 2, 3]


def test_letters_that_merge_are_left_out() -> None:
    """x ↦ a x + b modulo 4: units turn and reflect the square, 2 merges, 0 resets."""
    maps = [(1, 1), (3, 0), (2, 1), (0, 3)]
    part = recurrent_part(Automaton(range(4), maps, [[(a * q + b) % 4 for a, b in maps] for q in range(4)], 0))
    assert part.automaton.states == (0, 1, 2, 3)
    assert part.automaton.letters == ((1, 1), (3, 0))
    assert part.merging == ((2, 1),)
    assert part.resets == ((0, 3),)
    assert part.description == "D4 on 4 states; (0, 3) resets; (2, 1) merges states"


def test_the_part_that_is_not_left_comes_first() -> None:
    """Three states that turn until "go", and two that turn for ever."""
    whole = Automaton(range(5), ["a", "go"], [[1, 3], [2, 3], [0, 3], [4, 4], [3, 3]], 0)
    assert recurrent_part(whole).automaton.states == (3, 4)


@pytest.mark.parametrize(
    "automaton", [Automaton.from_regex("(ab)*"), Automaton.reset(3), Automaton.counter(3, reset=True, down=True)]
)
def test_no_group_anywhere(automaton: Automaton) -> None:
    with pytest.raises(AutomatonError, match=r"takes the states .* to one.*generate no group"):
        recurrent_part(automaton)


def permuted(automaton: Automaton, states: tuple[int, ...]) -> bool:
    """Whether the letters that permute a set of states take each of them to each other one: the definition."""
    columns = [automaton.table[list(states), x].tolist() for x in range(len(automaton.letters))]
    columns = [column for column in columns if sorted(column) == sorted(states)]
    hit = {states[0]}
    for _ in states:
        hit |= {column[states.index(q)] for q in hit for column in columns}
    return hit == set(states)


def test_many_letters() -> None:
    """More letters than all sets of them are tried for: S3 with a first token, an end, and ten letters that merge."""
    draw = np.random.default_rng(0)
    whole = with_letter(with_letter(late(S3), "BOS", [6] * 7), "end", [7] * 7, rows=1)
    for k in range(10):
        whole = with_letter(whole, f"noise {k}", draw.integers(3, size=8).tolist())
    part = recurrent_part(whole)
    assert part.automaton.states == S3.states
    assert part.automaton.letters == S3.letters


@pytest.mark.parametrize("seed", range(40))
def test_random_automata(seed: int) -> None:
    """What is found is a part; where nothing is found there is none, by trying all sets of states."""
    draw = np.random.default_rng(seed)
    table = draw.integers(5, size=(5, 2))
    if seed % 2:
        table[:, 0] = draw.permutation(5)
    automaton = Automaton.trimmed(range(5), "ab", table, 0)
    count = len(automaton.states)
    if count == 1:
        return
    sets = [s for n in range(2, count + 1) for s in itertools.combinations(range(count), n) if permuted(automaton, s)]
    part: RecurrentPart | None = None
    try:
        part = recurrent_part(automaton)
    except AutomatonError:
        assert sets == []
        return
    mine = tuple(part.states.tolist())
    assert mine in sets
    closed = [s for s in sets if set(automaton.table[list(s)].ravel().tolist()) <= set(s)]
    assert mine in closed or not closed
    assert len(mine) == max(map(len, closed or sets))
    assert part.automaton.is_permutation
    for letter in part.automaton.letters:
        for state in part.automaton.states:
            there = automaton.states[automaton.table[automaton.state_index(state), automaton.letter_index(letter)]]
            k = part.automaton.table[part.automaton.state_index(state), part.automaton.letter_index(letter)]
            assert part.automaton.states[k] == there
