"""Lemma 1: words multiplied out, against all words by fractions and against the worst rounding that it allows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from bistate.verify.exact_check import FormatError, RangeError, check
from helpers.lemmas import (
    Vector,
    changed,
    close,
    document_of,
    first_wrong,
    fractions_of,
    loaded,
    outcome,
    planted,
    read,
    times,
    words_alone,
    words_of,
)

TRUE = loaded()
STAY, FLIP = [[0], [1]], [[1], [0]]
HALF = Fraction(1, 2)


# without rounding ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_exact_words_are_accepted_as_far_as_all_of_them_are_right(seed):
    document = close(seed)
    wrong = first_wrong(document, 5)
    for length in range(6):
        found = outcome(TRUE, words_alone(document, length))
        if wrong is None or length < wrong:
            assert found == length
        else:
            assert found == f"words of {wrong} letters are not all classified rightly"


def test_these_are_wrong_at_several_lengths():
    found = [first_wrong(close(seed), 5) for seed in range(12)]
    assert {2, 3} <= set(found)


def mixed_up(checker: SimpleNamespace, document: dict, length: int) -> bool:
    """Whether words or their states are not those of the definition; the last letter changes slowest."""
    claim = checker.document.claim_of(document)
    words = checker.words._empty_word(claim, None)
    for _ in range(length):
        words = checker.words._longer(claim, None, words)
    true = {word: (q, H) for word, q, H in words_of(document, length)}
    columns = list(zip(*fractions_of((words.H, words.e)), strict=True))
    order = itertools.product(range(claim.letters), repeat=length)
    found = {word[::-1]: (q, list(H)) for word, q, H in zip(order, words.states, columns, strict=True)}
    return found != true or words.length != length or any(words.off.entries())


@pytest.mark.parametrize("seed", range(12))
def test_words_and_their_states_are_those_of_the_definition(seed):
    assert not any(mixed_up(TRUE, close(seed), length) for length in range(4))


def test_a_tie_is_not_right():
    document = document_of([[[1.0]]], [1.0], [[1.0], [1.0]], STAY, 0, {"prefix": 0})
    assert outcome(TRUE, document) == "words of 0 letters are not all classified rightly"
    for old in ("least > v + m", "in rivals[q]))\n        require"):
        assert document["horizon"] == 0
        new = old.replace(">", ">=").replace("in rivals[q]))", "in rivals[q] if p < q))")
        assert outcome(planted("words", old, new), document) == 0  # which is wrong: a tie


RIGHT = "_require_right(claim, rounding, words, 0)"
PAIRS = "for p in rivals[q])"
LOST = "_times_up(2 * total << deepest, rounding.step[x])"
EXACT_ERRORS = [
    ("every letter is taken", "moved = [claim.A[x][0] *", "moved = [claim.A[0][0] *"),
    ("words end in their state", "claim.table[q][x] for x in letters", "claim.table[q][0] for x in letters"),
    ("words begin in the start", "off, e, (claim.start,))", "off, e, (1 - claim.start,))"),
    (
        "every length is checked",
        f"else:\n            {RIGHT}",
        "else:\n            pass",
    ),
    ("the empty word is checked", f"if not claim.shortest:\n        {RIGHT}", "if False:\n        pass"),
    ("letters have one exponent", "* words.H * (1 << (deepest - claim.A[x][1]))", "* words.H"),
    ("all rivals are compared", PAIRS, PAIRS.replace("[q])", "[q] if p == 0)")),
]


@pytest.mark.parametrize(("hypothesis", "old", "new"), EXACT_ERRORS, ids=[e[0] for e in EXACT_ERRORS])
def test_an_error_planted_in_exact_words_is_noticed(hypothesis, old, new):
    """A word is accepted that is wrong, or a word is not that of the definition."""
    checker = planted("words", old, new)
    upside_down = document_of([[[-1.0]]], [1.0], [[-1.0], [1.0]], FLIP, 0, {"prefix": 0})
    for document in [upside_down, *map(close, range(12))]:
        wrong = first_wrong(document, 3)
        claims = [t for t in range(4) if outcome(checker, words_alone(document, t)) == t]
        if (wrong is not None and claims and max(claims) >= wrong) or mixed_up(checker, document, 2):
            return
    pytest.fail(hypothesis)


# with rounding --------------------------------------------------------------------------------------------------


def rounded(
    A: list,
    C: list,
    table: list,
    h: tuple[float, ...] = (0.75, 0.75),
    terms: int = 2**20,
    underflow: float = 2.0**-120,
    arithmetic: str = "float32",
) -> dict:
    return document_of([A], h, C, table, 0, {"prefix": 0}, arithmetic=arithmetic, terms=terms, underflow=[underflow])


def dragged(checker: SimpleNamespace, document: dict, length: int) -> tuple[Fraction, Fraction]:
    """The lead after a word of one letter, whose rounding drags it down at every step; the norm is 1/2 throughout.

    The second number is the largest error over `off`.
    """
    claim = checker.document.claim_of(document)
    rounding = TRUE.float_model.rounding_of(TRUE.document.claim_of(document))
    A, h, C = (read(document["weights"][k]) for k in ("transitions", "start", "readout"))
    N, q, rows = fractions_of(rounding.N[0]), 0, [[*row] for row in C]
    for _ in range(length):
        q = document["automaton"]["table"][q][0]
    pulls = [[a - b for a, b in zip(rows[q], rows[1 - q], strict=True)]]
    for _ in range(length):  # the direction of the lead, pulled back letter by letter
        pulls.append(times([list(column) for column in zip(*A[0], strict=True)], pulls[-1]))
    pulls.reverse()
    words, H, kappa = checker.words._empty_word(claim, checker.float_model.rounding_of(claim)), h, Fraction(1)
    h = moved(h, [4 * rounding.unit * abs(v) + rounding.tiny for v in h], pulls[0])
    shares = [share(words, h, H)]
    for step in range(length):
        bound = [rounding.gamma * v + rounding.step[0] for v in times(N, [abs(v) for v in h])]
        g = times(A[0], h)
        tall = rounding.even * max(map(abs, g))
        bound = [b + rounding.coarse * abs(v) + tall for b, v in zip(bound, g, strict=True)]
        g = moved(times(A[0], h), bound, pulls[step + 1])
        size = 2 * norm_above(g)  # so that ‖h'‖ is 1/2
        h, kappa, H = [v / size for v in g], kappa / size, times(A[0], H)
        words = checker.words._longer(claim, checker.float_model.rounding_of(claim), words)
        shares.append(share(words, [v / kappa for v in h], H))
    lead = [Fraction(0)] * 2
    for p, sign in ((q, -1), (1 - q, 1)):
        lead[p] = (
            sum(a * v + sign * rounding.read * abs(a * v) for a, v in zip(C[p], h, strict=True)) + sign * rounding.logit
        )
    return lead[q] - lead[1 - q], max(shares)


def moved(vector: Vector, bound: Vector, pull: Vector) -> Vector:
    """Each entry off by its bound, against the pull."""
    return [v - b if p > 0 else v + b for v, b, p in zip(vector, bound, pull, strict=True)]


def norm_above(g: Vector) -> Fraction:
    """The norm, a little smaller than it is: then h is not below 1/2."""
    square = sum(v * v for v in g)
    return Fraction(int((square * 2**80) ** HALF * (1 - 2**-20)), 2**40)


def share(words: SimpleNamespace, h: Vector, H: Vector) -> Fraction:
    off = [row[0] for row in fractions_of((words.off, words.e))]
    return max(abs(a - b) / max(o, Fraction(1, 2**300)) for a, b, o in zip(h, H, off, strict=True))


SHAPES = {  # letter, table, direction of the lead
    "positive": ([[1.0, 0.0], [0.0, 1.0]], STAY, (1, -1)),
    "negative": ([[-1.0, 0.0], [0.0, -1.0]], FLIP, (1, -1)),
    "against a rival": ([[1.0, 0.0], [0.0, 1.0]], STAY, (1, -1)),
    "uneven": ([[1.0, 0.0], [0.0, 0.125]], STAY, (1, -1)),
    "mixed": ([[0.75, -0.25], [-0.25, 0.75]], STAY, (1, -1)),
}


def leads(shape: str, length: int, fine: int = 0, **more: object) -> Iterator[dict]:
    """Readouts whose lead falls: some are lost by rounding, as it may be, and some are not."""
    A, table, (a, b) = SHAPES[shape]
    for k in range(40):
        spare = 2.0 ** (-k / 4 - fine)
        C = [[a, b * (1 - spare)], [0.0, 0.0]]
        if shape == "against a rival":
            C = [[a, 0.0], [0.0, -b * (1 - spare)]]
        yield words_alone(rounded(A, C, table, **more), length)


def beaten(checker: SimpleNamespace, documents: Iterator[dict]) -> tuple[int, int, bool]:
    """How many are accepted; how many rounding cannot turn; whether one is accepted that it does, or `off` is none."""
    accepted, right, false = 0, 0, False
    for document in documents:
        length = document["horizon"]
        holds = outcome(checker, document) == length
        lead, largest = dragged(checker, document, length)
        accepted, right = accepted + holds, right + (lead > 0)
        false |= (holds and lead <= 0) or largest > 1
    return accepted, right, false


SETTINGS = [
    ("positive", 0, {"terms": 1, "fine": 16}),
    ("positive", 0, {"terms": 1, "fine": 16, "h": (1.0, 0.0)}),
    ("against a rival", 0, {"terms": 1, "fine": 16}),
    ("positive", 2, {}),
    ("positive", 3, {"terms": 2, "underflow": 2.0**-8}),
    ("negative", 2, {}),
    ("negative", 3, {"terms": 2, "underflow": 2.0**-8}),
    ("mixed", 2, {"terms": 2**18}),
    ("positive", 2, {"arithmetic": "bfloat16", "terms": 2}),
    ("negative", 2, {"arithmetic": "float16", "terms": 2}),
    ("positive", 2, {"arithmetic": "tf32", "terms": 2}),
    ("negative", 2, {"arithmetic": "int8", "terms": 2}),
    ("mixed", 3, {"arithmetic": "int8", "terms": 2}),
    ("uneven", 1, {"arithmetic": "int8", "terms": 2}),
]


@pytest.mark.parametrize(("shape", "length", "more"), SETTINGS)
def test_no_word_that_is_accepted_is_turned_by_rounding(shape, length, more):
    accepted, right, false = beaten(TRUE, leads(shape, length, **more))
    assert not false
    assert 0 < accepted <= right <= accepted + 12  # a lead that is lost is at most doubled


ROUNDED_ERRORS = [
    ("the start is off by 4 units", "4 * rounding.unit", "0 * rounding.unit"),
    ("the start may be flushed", "[_times_up(1 << e, rounding.tiny)]", "[0]"),
    ("errors grow by |A|", "grown = absolute(A) * (1", "grown = A * (1"),
    ("errors grow with the letter", "_raised(grown + added, lost)", "_raised(added, lost)"),
    ("a step is rounded", "_raised(grown + added, lost)", "_raised(grown, lost)"),
    ("a step is rounded by γ N", "rounding.gamma * 2**deepest / 2**f", "rounding.gamma * 2**deepest / 2 ** (f + 1)"),
    ("γ N acts on errors too", "(words.H) + words.off\n        sums", "(words.H)\n        sums"),
    ("states are kept in fewer digits", "if rounding.coarse:", "if False:"),
    ("and errors as well", "ceiling(absolute(columns) + grown, rounding.coarse)", "ceiling(grown, rounding.coarse)"),
    ("σ counts", "_times_up(max(sizes), rounding.even)", "0"),
    ("of the largest entry", "_times_up(max(sizes), rounding.even)", "_times_up(min(sizes), rounding.even)"),
    (
        "σ acts on errors too",
        "integer_rows(absolute(columns) + grown), strict",
        "integer_rows(absolute(columns)), strict",
    ),
    ("underflow is added", LOST, "0"),
    ("underflow is over κ", LOST, "_times_up(total << deepest, rounding.step[x] / 4)"),
    ("logits are rounded", "ceiling(wide * size, 1 + rounding.read)", "ceiling(wide * size, Fraction(1))"),
    ("the readout sees errors", "ceiling(wide * size, 1 + r", "ceiling(wide * absolute(words.H), 1 + r"),
    ("the rival is rounded as well", "least > v + m for", "least > v for"),
    ("the winner is rounded as well", "least = row[q] - moved[q]", "least = row[q]"),
    ("underflow of logits", "_times_up(2 * total << e, rounding.logit)", "0"),
]


@pytest.mark.parametrize(("hypothesis", "old", "new"), ROUNDED_ERRORS, ids=[e[0] for e in ROUNDED_ERRORS])
def test_an_error_planted_in_what_rounding_adds_is_noticed(hypothesis, old, new):
    """A word is accepted that rounding turns, or a state is off by more than `off`."""
    checker = planted("words", old, new)
    few = (document for shape, length, more in SETTINGS for document in leads(shape, length, **more))
    logit_alone = beaten(checker, iter([words_alone(lost_logit(), 0)]))[2]
    assert logit_alone or any(beaten(checker, iter([document]))[2] for document in few), hypothesis


def test_a_logit_that_may_vanish_is_not_accepted():
    assert beaten(TRUE, iter([words_alone(lost_logit(), 0)])) == (0, 0, False)


def lost_logit() -> dict:
    """Logits that may lose more by underflow than their lead, where the start is off by nothing that counts."""
    return rounded([[1.0, 0.0], [0.0, 1.0]], [[2.0**-122, 0.0], [0.0, 0.0]], STAY, h=(1.0, 0.0), terms=1)


# what the lemma supposes of the range, and what it refuses to multiply out ------------------------------------------


def shrinking(size: float, **more: object) -> dict:
    fields = {"arithmetic": "float32", "terms": 2} | more
    return document_of(
        [[[-size, 0.0], [0.0, 0.0]]], [1.0, 0.0], [[1.0, 0.0], [-1.0, 0.0]], FLIP, 1, {"prefix": 1}, **fields
    )


def test_a_letter_that_shrinks_a_state_below_its_range_is_refused():
    """The bound is LOW · 2 Σ |H|, twice LOW here; numpy divides 0 by 0 where squares vanish."""
    assert check(shrinking(2.0**-48)) == 1
    with pytest.raises(RangeError, match=r"letter 0 may shrink a state below 8\.88e-16 of its norm"):
        check(shrinking(2.0**-50))
    document = shrinking(2.0**-90)
    with pytest.raises(RangeError, match="its square may underflow"):
        check(document)
    assert outcome(planted("words", "max(column) >= 2 * rounding.least * total", "True"), document) == 1
    with np.errstate(all="ignore"):
        g = np.array([-(2.0**-90), 0.0], np.float32)
        assert np.isnan(g / np.sqrt((g * g).sum(dtype=np.float32))).any()
    assert check(shrinking(2.0**-90, arithmetic="exact")) == 1


def test_the_norm_counts_what_rounding_may_take_away():
    """Two entries that cancel: |A H| is 2**-40, and rounding moves it by more."""
    A = [[1.0, -1.0 + 2.0**-40], [0.0, 0.0]]
    document = words_alone(rounded(A, [[1.0, 0.0], [0.0, 0.0]], STAY, terms=2), 1)
    assert "may shrink" in str(outcome(TRUE, document))
    unaware = planted("words", "integer_rows(absolute(moved) - off)", "integer_rows(absolute(moved))")
    assert "may shrink" not in str(outcome(unaware, document))


def test_more_words_than_can_be_multiplied_out_are_refused():
    document = close(1)
    for prefix, reason in ((65, "0 to 64"), (15, "over 20000 words"), (-1, "0 to 64"), (2.0, "has to be int")):
        with pytest.raises(FormatError, match=reason):
            check(changed(document, prefix=prefix))
    claim = TRUE.document.claim_of(document)
    for name, size, reason in (("MOST_LOGITS", 7, "4 words of 2 scores"), ("MOST_DIGITS", 100, "digits a letter")):
        checker = loaded()
        assert checker.words.require_size(claim, 2, 53) is None
        setattr(checker.words, name, size)
        with pytest.raises(checker.errors.FormatError, match=reason):
            checker.words.require_size(claim, 2, 53)
