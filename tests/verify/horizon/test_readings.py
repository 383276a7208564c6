"""Certificates of imported networks: letters before words, scores in any order, affine terms, last letters."""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from bistate.models import LinearRNN
from bistate.theory import Automaton
from bistate.verify import Certificate, CheckError, MismatchError, certify, check
from bistate.verify.exact_check import FormatError
from bistate.verify.exact_check.document import OLD_KIND
from helpers.documents import signed, stored

PARITY = Automaton.parity()
MERGING = Automaton(range(3), "abc", [[0, 1, 2], [0, 2, 2], [0, 0, 2]], 0)  # a, c reset; b counts
Numbers = Sequence


def scores(net: LinearRNN, word: Sequence[int]) -> list[Fraction]:
    """`h ← A[x] h + b[x]`, `C h + d` in fractions, from the arrays that the module holds."""

    def exact(values: object) -> object:
        return [exact(v) for v in values] if isinstance(values, list) else Fraction(values)  # type: ignore[arg-type]

    A, h, C = (exact(t.tolist()) for t in (net.A, net.start, net.readout))
    for x in word:
        more = [0] * len(h) if net.add is None else exact(net.add[x].tolist())
        h = [sum(a * v for a, v in zip(row, h, strict=True)) + b for row, b in zip(A[x], more, strict=True)]
    C = C[word[-1]] if net.readout.ndim == 3 else C
    d = [0] * len(C) if net.bias is None else exact(net.bias.tolist())
    d = d[word[-1]] if isinstance(d[0], list) else d
    return [sum(c * v for c, v in zip(row, h, strict=True)) + e for row, e in zip(C, d, strict=True)]


def first_wrong(
    net: LinearRNN,
    task: Automaton,
    longest: int,
    shortest: int = 1,
    prefix: tuple[int, ...] = (),
    outputs: Sequence[int] | None = None,
) -> int | None:
    """The length of the shortest wrong word, all words up to a length tried."""
    for length in range(shortest, longest + 1):
        for word in itertools.product(range(len(task.letters)), repeat=length):
            q = task.start_index
            for x in word:
                q = int(task.table[q, x])
            found, own = scores(net, (*prefix, *word)), q if outputs is None else outputs[q]
            if any(v >= found[own] for p, v in enumerate(found) if p != own):
                return length
    return None


def one_less(task: Automaton, shift: float = 0.0) -> tuple[np.ndarray, ...]:
    """Codes of the states without their last entry, which is 1 less the others: A, h_0, C, b, d in whole numbers."""
    table, n = np.asarray(task.table), len(task.states)
    full = np.zeros((len(task.letters), n, n))
    for x in range(len(full)):
        full[x, table[:, x], np.arange(n)] = 1
    low, last = full[:, :-1, :-1], full[:, :-1, -1]
    A, b = low - last[:, :, None], last
    C, d = np.concatenate([np.eye(n - 1), -np.ones((1, n - 1))]), np.eye(n)[-1]
    t = np.full(n - 1, shift)
    return A, np.eye(n)[task.start_index][:-1] + t, C, b + t - A @ t, d - C @ t


def made(task: Automaton, shift: float = 0.0) -> LinearRNN:
    A, h, C, b, d = one_less(task, shift)
    return LinearRNN.from_arrays(A, h, C, add=b, bias=d)


def holds(found: Certificate, net: LinearRNN, task: Automaton) -> bool:
    """Whether the checker and the model say what the certificate says."""
    return found.check() == found.horizon and found.belongs_to(net, task)


# for ever, and not ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", [PARITY, MERGING, Automaton.modular_addition(4)])
@pytest.mark.parametrize("shift", [0.0, 3.0])
def test_exact_affine_codes_are_right_for_ever_and_one_bit_off_they_are_not(task: Automaton, shift: float) -> None:
    net = made(task, shift)
    found = certify(net, task, shortest=0)
    assert found.horizon == math.inf
    assert holds(found, net, task)
    assert "affine terms became a constant unit" in found.claim
    assert first_wrong(net, task, 4, shortest=0) is None
    net.A[0, 0, 0] += 2.0**-40
    less = certify(net, task, shortest=0)
    assert less.way != "exact codes"
    assert not found.belongs_to(net, task)
    assert holds(less, net, task)


def test_an_error_that_adds_up_ends_the_horizon_before_the_first_wrong_word() -> None:
    """h ← ±h + 1/40: after repeated letters that keep the state the sign is lost."""
    net = LinearRNN.from_arrays([[[1.0]], [[-1.0]]], [1.0], [[1.0], [-1.0]], add=[[-0.125], [0.0]])
    found = certify(net, PARITY, shortest=0)
    assert first_wrong(net, PARITY, 8) == 8
    assert found.horizon == 7
    assert holds(found, net, PARITY)


# which words ---------------------------------------------------------------------------------------------------------


def test_the_empty_word_is_left_out_or_not() -> None:
    """A start that the first letter replaces."""
    A, b = np.zeros((2, 1, 1)), np.array([[1.0], [-1.0]])
    last = Automaton(range(2), "ab", [[0, 1], [0, 1]], 0)
    net = LinearRNN.from_arrays(A, [-7.0], [[1.0], [-1.0]], add=b)
    assert certify(net, last).horizon == math.inf
    with_empty = certify(net, last, shortest=0)
    assert (with_empty.horizon, with_empty.way) == (-1, "none")
    assert with_empty.claim == "nothing is proved"
    nothing = LinearRNN.from_arrays(A, [0.0], [[1.0], [-1.0]], add=b)
    assert certify(nothing, last).horizon == math.inf
    assert certify(nothing, last, shortest=0).horizon == -1


def test_a_unit_that_is_gone_after_two_letters() -> None:
    """Wrong after one letter, right from two letters on."""
    A = np.zeros((2, 3, 3))
    A[:, 0, 0] = [1, -1]
    A[:, 2, 1] = 1
    net = LinearRNN.from_arrays(A, [1.0, 9.0, 0.0], [[1.0, 0.0, 1.0], [-1.0, 0.0, -1.0]])
    assert first_wrong(net, PARITY, 3, shortest=1) == 1
    assert first_wrong(net, PARITY, 5, shortest=2) is None
    assert certify(net, PARITY).horizon == 0
    found = certify(net, PARITY, shortest=2)
    assert found.horizon > 1000
    assert "words of 2 " in found.claim
    assert holds(found, net, PARITY)
    with pytest.raises(CheckError, match="words of 1 letters are not all classified rightly"):
        check(signed(found.document | {"shortest": 1}))


def test_words_that_no_certificate_speaks_of_are_refused() -> None:
    net = made(PARITY)
    for shortest in (15, 2000, 10**9):
        with pytest.raises(MismatchError, match=f"shortest={shortest}; at most 13 is covered"):
            certify(net, PARITY, shortest=shortest)
    assert certify(net, PARITY, shortest=13).horizon == math.inf
    with pytest.raises(MismatchError, match="prefix has 65 letters; at most 64"):
        certify(net, PARITY, prefix=[0] * 65)
    assert certify(net, PARITY, prefix=[0] * 64).horizon == math.inf
    for options in ({"shortest": True}, {"prefix": [2]}, {"outputs": [0]}, {"outputs": [1, 1]}, {"outputs": [0, 2]}):
        with pytest.raises(MismatchError, match=next(iter(options))):
            certify(net, PARITY, **options)


def begun_by_a_letter() -> LinearRNN:
    """Merging codes from a junk state; letter 4 of 5 makes the start, letter 3 is read nowhere."""
    A, h, C, b, d = one_less(MERGING)
    A = np.concatenate([A, np.full((1, 2, 2), 0.3), np.zeros((1, 2, 2))])
    b = np.concatenate([b, [[5.0, -5.0], h]])
    return LinearRNN.from_arrays(A, [-3.0, 17.0], C, add=b, bias=d)


def test_a_letter_before_every_word() -> None:
    net = begun_by_a_letter()
    found = certify(net, MERGING, shortest=0, prefix=[4])
    assert found.horizon == math.inf
    assert found.document["before"] == [3]
    assert "after the letters 4" in found.claim
    assert holds(found, net, MERGING)
    assert first_wrong(net, MERGING, 3, 0, (4,)) is None
    assert first_wrong(net, MERGING, 1, 0, ()) == 0
    assert certify(net, MERGING, shortest=0).horizon == -1
    net.A[3] = 99.0  # a letter that no word has
    assert found.belongs_to(net, MERGING)
    net.A[4] = 1.0
    assert not found.belongs_to(net, MERGING)


def test_letters_of_the_task_before_every_word() -> None:
    """The start is what two letters undo; their order counts."""
    flip = Automaton(range(3), "rs", [[1, 1], [2, 0], [0, 2]], 0)  # S3 on three points
    A, _, C, b, d = one_less(flip)
    start = np.linalg.solve(A[0], np.linalg.solve(A[1], np.array([1.0, 0.0]) - b[1]) - b[0])
    net = LinearRNN.from_arrays(A, start, C, add=b, bias=d)
    found = certify(net, flip, shortest=0, prefix=(0, 1))
    assert found.horizon == math.inf
    assert holds(found, net, flip)
    assert first_wrong(net, flip, 4, 0, (0, 1)) is None
    assert certify(net, flip, shortest=0, prefix=(1, 0)).horizon < first_wrong(net, flip, 4, 0, (1, 0))


# which scores --------------------------------------------------------------------------------------------------------


def test_scores_that_stand_for_states_in_another_order() -> None:
    A, h, C, b, d = one_less(MERGING)
    order = [3, 0, 2]  # of states 0, 1, 2; score 1 stands for none, and is lowest
    rows, bias = np.zeros((4, 2)), np.full(4, -1.0)
    rows[order], bias[order] = C, d
    net = LinearRNN.from_arrays(A, h, rows, add=b, bias=bias)
    found = certify(net, MERGING, shortest=0, outputs=order)
    assert found.horizon == math.inf
    assert "with the scores 3 0 2 for the states" in found.claim
    assert holds(found, net, MERGING)
    assert first_wrong(net, MERGING, 3, 0, (), order) is None
    assert certify(net, MERGING, shortest=0).horizon == -1


@pytest.mark.parametrize(("height", "right"), [(0.5, True), (1.0, False), (1.5, False)])
def test_a_score_that_stands_for_nothing_may_not_win(height: float, right: bool) -> None:
    """Scores of the state are 1, of others 0 and less; one more is constant."""
    A, h, C, b, d = one_less(MERGING)
    C, d = np.concatenate([C, np.zeros((1, 2))]), np.append(d, height)
    net = LinearRNN.from_arrays(A, h, C, add=b, bias=d)
    found = certify(net, MERGING, shortest=0)
    assert (found.horizon == math.inf) == right == (first_wrong(net, MERGING, 3, 0) is None)
    assert right or found.horizon == -1


def test_a_score_that_wins_later_ends_the_horizon() -> None:
    """A unit that doubles, seen by a score of its own: 2**t · 2**-6 > 1 from t = 6 on."""
    A = np.zeros((2, 2, 2))
    A[:, 0, 0], A[:, 1, 1] = [1, -1], 2
    net = LinearRNN.from_arrays(A, [1.0, 2.0**-6], [[1.0, 0], [-1.0, 0], [0, 1.0]])
    found = certify(net, PARITY, shortest=0)
    assert first_wrong(net, PARITY, 7, 0) == 6
    assert 0 < found.horizon < 6
    assert holds(found, net, PARITY)


# readouts of the last letter -----------------------------------------------------------------------------------------


def by_letter(tilt: float) -> LinearRNN:
    """Parity read upside down after letter b, on states that b has turned once more; the tilt is after b alone."""
    return LinearRNN.from_arrays(
        [[[1.0]], [[-1.0]]], [1.0], [[[1.0], [-1.0]], [[2.0], [-2.0]]], bias=[[0.0, 0.0], [tilt, 0.0]]
    )


@pytest.mark.parametrize(("tilt", "right"), [(0.0, True), (3.9, True), (4.0, False), (-4.5, False)])
def test_a_readout_for_each_last_letter(tilt: float, right: bool) -> None:
    net = by_letter(tilt)
    found = certify(net, PARITY)
    assert (found.horizon == math.inf) == right == (first_wrong(net, PARITY, 4) is None)
    if right:
        assert holds(found, net, PARITY)
        assert found.document["weights"]["readout"]["shape"] == [2, 2, 2]
    for task in (PARITY, Automaton([0], "a", [[0]], 0)):
        with pytest.raises(MismatchError, match="the empty word has no scores"):
            certify(net, task, shortest=0)


def test_a_readout_is_asked_only_about_states_that_its_letter_leads_to() -> None:
    """After a reset only one state is possible: the other rows may be anything below."""
    last = Automaton(range(2), "ab", [[0, 1], [0, 1]], 0)
    A, b = np.zeros((2, 1, 1)), np.array([[1.0], [-1.0]])
    rows = np.array([[[1.0], [-5.0]], [[3.0], [-1.0]]])  # after b score 0 is −3 and score 1 is 1
    net = LinearRNN.from_arrays(A, [0.0], rows, add=b)
    assert certify(net, last).horizon == math.inf
    swapped = LinearRNN.from_arrays(A, [0.0], rows[::-1].copy(), add=b)
    assert certify(swapped, last).horizon == math.inf
    bad = LinearRNN.from_arrays(A, [0.0], np.array([[[1.0], [2.0]], [[3.0], [-1.0]]]), add=b)
    assert certify(bad, last).horizon == 0
    assert first_wrong(bad, last, 1) == 1
    with pytest.raises(CheckError, match="words of 1 letters are not all classified rightly"):
        check(certify(bad, last).document | {"horizon": 1, "proof": {"prefix": 1}})
    late = LinearRNN.from_arrays(A, [0.0], np.array([[[1.0], [-5.0]], [[-3.0], [-1.0]]]), add=b)  # wrong after b alone
    assert first_wrong(late, last, 1) == 1
    with pytest.raises(CheckError, match="words of 1 letters are not all classified rightly"):
        check(certify(late, last).document | {"horizon": 1, "proof": {"prefix": 1}})


# tampering -----------------------------------------------------------------------------------------------------------


def everything() -> tuple[LinearRNN, Automaton, Certificate]:
    """A network with all of it: a letter before words, scores in another order and one too many, by last letter."""
    A, h, C, b, d = one_less(MERGING)
    A, b = np.concatenate([A, np.zeros((1, 2, 2))]), np.concatenate([b, h[None]])
    C, d = np.concatenate([np.zeros((1, 2)), C[::-1]]), np.append(-1.0, d[::-1])
    rows = C * np.array([1.0, 2.0, 4.0, 1.0])[:, None, None]
    bias = d * np.array([1.0, 2.0, 4.0, 1.0])[:, None]
    net = LinearRNN.from_arrays(A, [9.0, 9.0], rows, add=b, bias=bias)
    return net, MERGING, certify(net, MERGING, prefix=[3], outputs=[3, 2, 1])


def test_all_of_it_at_once() -> None:
    net, task, found = everything()
    assert found.horizon == math.inf
    assert holds(found, net, task)
    assert first_wrong(net, task, 3, 1, (3,), [3, 2, 1]) is None
    assert found.claim == (
        "right on all words of 1 or more letters after the letters 3, with the scores 3 2 1 for the states, in exact "
        "arithmetic; about its numbers after these changes: affine terms became a constant unit"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"before": []},
        {"before": [0]},
        {"before": [3, 3]},
        {"before": [4]},
        {"before": [True]},
        {"before": "3"},
        {"before": [3] * 65},
        {"shortest": 0},
        {"shortest": -1},
        {"shortest": True},
        {"shortest": 65},
        {"read": 5},
        {"read": []},
        {"read": {}},
        {"read": {"prefix": 7, "outputs": [3, 2, 1]}},
        {"read": {"prefix": [0], "outputs": [3, 2, 1]}},
        {"read": {"prefix": [], "outputs": [3, 2, 1]}},
        {"read": {"prefix": [3], "outputs": [3, 2]}},
        {"read": {"prefix": [3], "outputs": [3, 2, 2]}},
        {"read": {"prefix": [3], "outputs": [3, 2, 4]}},
        {"read": {"prefix": [3], "outputs": [3, 2, 1.0]}},
        {"changes": 1},
        {"changes": [1]},
        {"kind": OLD_KIND},
        {"weights": {"readout": 0}},
        {"weights": {"readout": 1}},
    ],
)
def test_documents_that_contradict_themselves_are_refused(change: dict) -> None:
    net, task, found = everything()
    document = copy.deepcopy(found.document)
    if "weights" in change:
        values = np.zeros((4, 4, 3)) if change["weights"]["readout"] == 0 else np.zeros((3, 2, 3))
        change = {"weights": document["weights"] | {"readout": stored(values)}}
    document |= change
    with pytest.raises(FormatError):
        check(signed(document))
    with pytest.raises(CheckError):
        check(document)  # and the old digest does not fit
    if not {"shortest", "kind"} & set(change):  # which words it speaks of is no matter of the model
        assert not replace(found, document=signed(document)).belongs_to(net, task)


@pytest.mark.parametrize("gone", ["before", "read", "changes", "shortest"])
def test_without_a_field_the_claim_is_about_another_network(gone: str) -> None:
    net, task, found = everything()
    document = signed({name: value for name, value in found.document.items() if name != gone})
    assert replace(found, document=document).belongs_to(net, task) == (gone == "shortest")
    if gone in ("before", "shortest"):
        with pytest.raises(CheckError):
            check(document)
    else:
        assert check(document) == math.inf
        assert "after the letters 3" in replace(found, document=document).claim


def test_other_names_of_letters_and_scores_are_about_another_network() -> None:
    """The checker cannot know the model's own numbers; the model can."""
    net, task, found = everything()
    for read in ({"prefix": [3], "outputs": [1, 2, 3]}, {"prefix": [7], "outputs": [3, 2, 1]}):
        document = signed(found.document | {"read": read})
        assert check(document) == math.inf
        assert not replace(found, document=document).belongs_to(net, task)
    document = signed(found.document | {"changes": []})
    assert not replace(found, document=document).belongs_to(net, task)


def test_an_old_certificate_says_nothing_of_letters_before_words() -> None:
    """Its checker would not read them, and its claim would name them."""
    net = LinearRNN.from_arrays([[[1.0]], [[-1.0]]], [1.0], [[1.0], [-1.0]])
    found = certify(net, PARITY, shortest=0)
    old = {name: value for name, value in found.document.items() if name != "shortest"} | {"kind": OLD_KIND}
    assert check(signed(old)) == math.inf
    for more in ({"before": [1], "read": {"prefix": [1], "outputs": [0, 1]}}, {"changes": []}, {"shortest": 1}):
        with pytest.raises(FormatError, match="has no '"):
            check(signed(old | more))
